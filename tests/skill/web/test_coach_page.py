"""A tablet that is the coach: what it is told, what it may ask for, and what caregivers then see."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from skill.care.device import DeviceSide
from skill.care.live_state import Phase
from skill.care.records import CommandKind, CommandState, ConsentKind, DeviceKind
from tests.skill.web.home import PHRASES
from tests.skill.web.tablet import Tablet


@pytest.mark.parametrize("path", ["/coach", "/coach/waiting", "/coach/events", "/coach/sharing"])
def test_a_browser_that_was_not_paired_gets_nothing(tablet: Tablet, path: str) -> None:
    assert tablet.home.app.test_client().get(path).status_code == 401
    assert tablet.home.browser(tablet.home.owner).get(path).status_code == 401


def test_the_person_begins_by_themself_and_caregivers_see_it(tablet: Tablet) -> None:
    told = tablet.deed(do="begin", routine="knee-short")

    assert told["ask"]["question"] == "assessed"
    assert told["play"]["url"].startswith("/audio/")
    assert tablet.live.phase is Phase.CHECKING
    assert tablet.live.routine == "knee-short"


def test_an_invitation_says_who_asks_and_starts_on_yes(tablet: Tablet) -> None:
    command = tablet.invited("Take it slowly.")

    (waiting,) = tablet.waiting()
    asked = tablet.deed(do="take", command=waiting["id"])
    assert waiting == {"id": command.id, "what": "invite"}
    assert asked["invite"]["lines"][0] == "Hanna says: Take it slowly."
    assert "Hanna asks" in asked["invite"]["lines"][1]
    assert (tablet.live.phase, tablet.live.asked_by) == (Phase.INVITED, "Hanna")

    told = tablet.deed(do="answer", command=command.id, yes=True)
    assert told["ask"]
    assert tablet.state(command) is CommandState.ACCEPTED
    assert tablet.waiting() == []


@pytest.mark.parametrize(("yes", "state"), [(False, CommandState.DECLINED), (None, CommandState.NO_ANSWER)])
def test_no_and_no_answer_start_nothing(tablet: Tablet, yes: bool | None, state: CommandState) -> None:
    command = tablet.invited()
    tablet.deed(do="take", command=command.id)

    assert tablet.deed(do="answer", command=command.id, yes=yes) == {}

    assert tablet.state(command) is state
    assert tablet.live.phase is Phase.IDLE
    assert tablet.home.house.history.last_session(tablet.device.person) is None


def test_yes_after_the_page_was_asleep_starts_nothing(tablet: Tablet) -> None:
    command = tablet.invited()
    tablet.deed(do="take", command=command.id)
    tablet.home.clock.pass_by(minutes=6)

    tablet.deed(do="answer", command=command.id, yes=True)

    assert tablet.state(command) is CommandState.NO_ANSWER
    assert tablet.home.house.history.last_session(tablet.device.person) is None


def test_an_invitation_that_comes_late_starts_nothing(tablet: Tablet) -> None:
    command = tablet.invited()
    tablet.home.clock.pass_by(minutes=1)

    assert tablet.waiting() == []
    assert tablet.deed(do="take", command=command.id) == {"gone": True}
    assert tablet.state(command) is CommandState.LATE


def test_where_the_person_allowed_it_a_start_begins_at_once(tablet: Tablet) -> None:
    command = tablet.invited(at_once=True)

    told = tablet.deed(do="take", command=command.id)

    assert told["session"]
    assert tablet.state(command) is CommandState.ACCEPTED
    begun = PHRASES("care.invite.at-once", who="Hanna", routine="short knee routine")
    assert told["play"]["cues"][0][3] == begun


def test_consent_is_asked_in_the_same_words_on_a_tablet_and_at_the_pc(
    pair: Callable[[DeviceKind], Tablet],
) -> None:
    tablet = pair(DeviceKind.BROWSER)
    home = tablet.home
    home.house.remove_device(home.owner, home.pc.id)
    home.house.ask_consent(home.owner, home.person.id, [ConsentKind.START])

    (waiting,) = tablet.waiting()
    asked = tablet.deed(do="take", command=waiting["id"])

    what = PHRASES("care.consent.kinds.start")
    assert asked["invite"]["lines"] == list(PHRASES.lines("care.consent.ask", who="Hanna", what=what))
    assert "plan your week" in asked["invite"]["lines"][0]


def test_a_start_in_the_middle_of_a_session_is_refused(tablet: Tablet) -> None:
    tablet.led()
    command = tablet.invited()

    assert tablet.deed(do="take", command=command.id) == {"gone": True}
    assert tablet.state(command) is CommandState.REFUSED


def test_a_caregivers_pause_holds_the_set_where_it_was(tablet: Tablet) -> None:
    told = tablet.led()
    command = tablet.home.house.control(tablet.home.owner, tablet.device.id, CommandKind.PAUSE)
    block = told["play"]["parts"][-1][0]

    held = tablet.deed(do="control", command=command.id, session=told["session"], block=block, offset_ms=700)

    assert held["halt"]
    assert held["view"]["state"] == "paused"
    assert tablet.state(command) is CommandState.DONE
    assert tablet.live.phase is Phase.PAUSED


def _heard(told: dict[str, Any]) -> dict[str, Any]:
    """Return a reply without the names of its sounds, which the double counts."""
    return told | {"play": told["play"] | {"url": ""}}


def test_yes_that_is_sent_again_begins_one_session_and_is_told_the_same(tablet: Tablet) -> None:
    command = tablet.invited()
    asked = [tablet.deed(do="take", command=command.id) for _ in range(2)]
    told = [tablet.deed(do="answer", command=command.id, yes=True, id="yes") for _ in range(2)]

    assert _heard(asked[0]) == _heard(asked[1])
    assert _heard(told[0]) == _heard(told[1])
    assert tablet.deed(do="answer", command=command.id, yes=True, id="of another page") == {"gone": True}
    assert len(tablet.home.house.history.history(tablet.device.person)) == 1


def test_a_start_at_once_that_is_taken_again_begins_one_session(tablet: Tablet) -> None:
    command = tablet.invited("Take it slowly.", at_once=True)
    told = [tablet.deed(do="take", command=command.id, id="take") for _ in range(2)]

    assert _heard(told[0]) == _heard(told[1])
    assert len(tablet.home.house.history.history(tablet.device.person)) == 1
    tablet.answered(told[1])
    assert tablet.deed(do="take", command=command.id, id="take") == {"gone": True}


def test_a_caregivers_pause_that_is_sent_again_is_one_pause(tablet: Tablet) -> None:
    session = tablet.led()["session"]
    command = tablet.home.house.control(tablet.home.owner, tablet.device.id, CommandKind.PAUSE)
    held = [tablet.deed(do="control", command=command.id, session=session) for _ in range(2)]
    tablet.deed(do="act", session=session, name="resume")

    assert held[0] == held[1]
    assert tablet.deed(do="control", command=command.id, session=session) == {"gone": True}
    assert tablet.live.phase is not Phase.PAUSED


def test_a_page_that_is_opened_anew_asks_again_what_was_not_answered(tablet: Tablet) -> None:
    command = tablet.invited()
    tablet.deed(do="take", command=command.id)

    assert tablet.waiting() == [{"id": command.id, "what": "invite"}]
    assert tablet.deed(do="take", command=command.id)["invite"]

    tablet.home.clock.pass_by(minutes=6)
    assert tablet.waiting() == []
    assert tablet.state(command) is CommandState.NO_ANSWER


def test_a_page_that_is_opened_anew_says_that_the_session_broke_off(tablet: Tablet) -> None:
    tablet.led()

    assert "Go on at" in tablet.browser.get("/coach").text
    assert tablet.live.phase is Phase.INTERRUPTED


def test_who_began_the_last_session_did_not_begin_the_next(tablet: Tablet) -> None:
    command = tablet.invited()
    tablet.deed(do="take", command=command.id)
    told = tablet.deed(do="answer", command=command.id, yes=True)
    assert tablet.live.asked_by == "Hanna"
    tablet.deed(do="act", session=told["session"], name="stop")

    tablet.deed(do="begin", routine="knee-short")

    assert (tablet.live.asked_by, tablet.live.command) == ("", "")


def test_a_whole_session_ends_the_command_that_began_it(tablet: Tablet) -> None:
    command = tablet.invited()
    tablet.deed(do="take", command=command.id)
    told = tablet.deed(do="answer", command=command.id, yes=True)
    while told["ask"]:
        told = tablet.answered(told)
    while not told["outcome"]:
        if told["ask"]:
            told = tablet.answered(told)
        else:
            block = told["play"]["parts"][-1][0]
            told = tablet.deed(do="act", session=told["session"], name="finished", block=block)

    sent = tablet.home.house.care.sent(command.id)
    assert sent is not None
    assert (sent.state, sent.events[-1].detail) == (CommandState.DONE, "done")
    assert tablet.live.phase is Phase.DONE


def test_a_page_that_is_closed_leaves_a_session_to_go_on_with(tablet: Tablet) -> None:
    told = tablet.led()

    assert tablet.deed(do="leave", session=told["session"]) == {}

    assert tablet.live.phase is Phase.INTERRUPTED
    assert "Go on at" in tablet.browser.get("/coach").text
    assert tablet.deed(do="go-on")["session"] == told["session"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"do": "fly"}, 409),
        ({"do": "begin", "routine": "no-such"}, 409),
        ({"do": "begin", "routine": "../secrets.yaml"}, 409),
        ({"do": "act", "session": "nobody's", "name": "pause"}, 409),
        ({"do": "act", "session": "nobody's"}, 409),
        ({"do": "answer", "command": "none", "yes": True}, 409),
        ({"do": "go-on"}, 409),
    ],
)
def test_what_cannot_be_done_is_said_in_words(tablet: Tablet, said: dict[str, Any], status: int) -> None:
    assert tablet.deed(status, **said)["error"]


def test_a_deed_from_another_sites_page_is_refused(tablet: Tablet) -> None:
    assert tablet.browser.post("/coach/deed", json={"do": "go-on"}).status_code == 403


def test_a_question_about_sharing_is_answered_on_the_tablet(pair: Callable[[DeviceKind], Tablet]) -> None:
    tablet = pair(DeviceKind.BROWSER)
    home = tablet.home
    home.house.remove_device(home.owner, home.pc.id)
    home.house.ask_consent(home.owner, home.person.id, [ConsentKind.DONE])

    (waiting,) = tablet.waiting()
    asked = tablet.deed(do="take", command=waiting["id"])
    tablet.deed(do="answer", command=waiting["id"], yes=True)

    assert "see what you do" in asked["invite"]["lines"][0]
    assert home.house.consents(home.person.id, home.owner.id) == {ConsentKind.DONE}


def test_sharing_is_changed_and_stopped_on_the_tablet_without_a_script(tablet: Tablet) -> None:
    home, who = tablet.home, tablet.home.owner
    page = tablet.browser.get("/coach/sharing").text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]

    tablet.browser.post("/coach/sharing", data={"csrf": csrf, "caregiver": who.id, "kind": ["start", "done"]})
    assert home.house.consents(home.person.id, who.id) == {ConsentKind.START, ConsentKind.DONE}

    tablet.browser.post("/coach/sharing", data={"csrf": csrf, "stop": "all"})
    assert home.house.consents(home.person.id, who.id) == frozenset()


def test_a_screen_shows_the_pc_and_hands_its_keys_on(pair: Callable[[DeviceKind], Tablet]) -> None:
    screen = pair(DeviceKind.SCREEN)
    screen.home.works()

    told = screen.browser.get("/coach/waiting").get_json()
    screen.browser.post("/coach/key", json={"key": "space"}, headers={"X-CSRF-Token": screen.csrf})

    assert told["live"]["exercise_title"] == "Wall slides"
    (sent,) = DeviceSide(screen.home.house, screen.home.pc).waiting()
    assert (sent.command.what, sent.command.note) == (CommandKind.KEY, "space")


def test_a_tablet_presses_no_keys_of_the_pc(tablet: Tablet) -> None:
    answer = tablet.browser.post("/coach/key", json={"key": "space"}, headers={"X-CSRF-Token": tablet.csrf})

    assert answer.status_code == 400


def test_a_device_that_is_removed_is_out_at_once(tablet: Tablet) -> None:
    tablet.home.house.remove_device(tablet.home.owner, tablet.device.id)

    assert tablet.browser.get("/coach").status_code == 401
