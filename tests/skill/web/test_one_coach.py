"""A tablet and the PC never lead one person at once, and whoever comes second is told where it goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from skill.care.device import LED_ELSEWHERE, NOTHING_ON
from skill.care.live_state import Phase
from skill.care.records import Command, CommandKind, CommandState, ConsentKind, DeviceKind
from skill.errors import UserError
from skill.lease import LASTS, Lease, leading_alone
from skill.records import EventKind
from tests.skill.web.home import PHRASES
from tests.skill.web.tablet import Tablet

_A_MOMENT = timedelta(seconds=1)


@pytest.fixture(name="pc")
def _pc(tablet: Tablet) -> Lease:
    """Return the lease of the PC's coach."""
    home = tablet.home
    return Lease(home.house.care, home.person.id, home.clock, device=home.pc.id)


def elsewhere(name: str = "Kitchen computer") -> str:
    return PHRASES("coach-page.error.led-elsewhere", name=name)


def passes(tablet: Tablet, time: timedelta) -> None:
    tablet.home.clock.at += time


def why(tablet: Tablet, command: Command) -> tuple[CommandState, str]:
    """Return what became of a command at last, and its detail."""
    sent = tablet.home.house.care.sent(command.id)
    assert sent is not None
    return sent.events[-1].state, sent.events[-1].detail


def kept(tablet: Tablet) -> list[EventKind]:
    """Return everything that is recorded of the one session there is."""
    (record,) = tablet.home.house.history.history(tablet.device.person)
    return [event.kind for event in record.events]


def working(tablet: Tablet) -> tuple[str, str]:
    """Lead the tablet to the first set; return the session and the set's block."""
    told = tablet.led()
    while told["view"]["state"] != "working":
        block = told["play"]["parts"][-1][0]
        told = tablet.deed(do="act", session=told["session"], name="finished", block=block)
        if told["ask"]:
            told = tablet.answered(told)
    return told["session"], told["play"]["parts"][-1][0]


# -- who comes second ------------------------------------------------------------------------------


def test_while_a_tablet_leads_the_pc_does_not_and_says_where_it_goes_on(tablet: Tablet, pc: Lease) -> None:
    tablet.led()

    assert not pc.take()
    with (
        pytest.raises(UserError) as caught,
        leading_alone(tablet.home.house.care, tablet.device.person, tablet.home.clock),
    ):
        pass
    assert (caught.value.code, caught.value.values) == ("led-on-device", {"name": "Tablet"})


def test_while_the_pc_leads_a_tablet_begins_nothing_and_says_where_it_goes_on(
    tablet: Tablet, pc: Lease
) -> None:
    assert pc.take()

    told = tablet.deed(409, do="begin", routine="knee-short")

    assert told == {"error": elsewhere(), "code": "led-elsewhere"}
    assert tablet.home.house.history.last_session(tablet.device.person) is None
    pc.give_back()
    assert tablet.deed(do="begin", routine="knee-short")["session"]


@pytest.mark.parametrize("deed", [{"do": "begin", "routine": "knee-short"}, {"do": "go-on"}])
def test_the_session_that_the_pc_leads_is_left_alone(tablet: Tablet, pc: Lease, deed: dict[str, Any]) -> None:
    """The PC has gone on with what the tablet began: for the tablet it looks like an interrupted session."""
    session = tablet.led()["session"]
    tablet.deed(do="leave", session=session)
    assert pc.take()
    before = kept(tablet)

    tablet.deed(409, **deed)

    assert kept(tablet) == before
    assert EventKind.LEFT not in before


def test_a_session_in_a_terminal_is_told_by_the_computers_name(tablet: Tablet) -> None:
    home = tablet.home
    home.house.care.take_lease(f"session:{home.person.id}", "attic:77:0", home.clock(), home.clock() + LASTS)

    assert tablet.deed(409, do="begin", routine="knee-short")["error"] == elsewhere("attic")


def test_of_two_tablets_one_leads(tablet: Tablet, pair: Callable[[DeviceKind], Tablet]) -> None:
    other = pair(DeviceKind.BROWSER)
    tablet.led()

    assert other.deed(409, do="begin", routine="knee-short")["error"] == elsewhere("Tablet")


# -- how long it lasts -----------------------------------------------------------------------------


def test_a_tablet_that_vanishes_keeps_the_pc_away_as_long_as_another_pc_would(
    tablet: Tablet, pc: Lease
) -> None:
    tablet.led()

    passes(tablet, LASTS - _A_MOMENT)
    assert not pc.take()
    passes(tablet, 2 * _A_MOMENT)
    assert pc.take()


def test_a_page_that_says_that_it_leads_keeps_the_lease(tablet: Tablet, pc: Lease) -> None:
    session = tablet.led()["session"]

    for _ in range(10):
        passes(tablet, LASTS / 3)
        assert tablet.is_there(session) == ""

    assert not pc.take()


def test_a_page_that_leads_nothing_keeps_nobody_away(tablet: Tablet, pc: Lease) -> None:
    tablet.led()
    passes(tablet, LASTS - _A_MOMENT)

    tablet.waiting()
    tablet.is_there("another session")
    passes(tablet, 2 * _A_MOMENT)

    assert pc.take()


@pytest.mark.parametrize(
    "deed", [{"do": "act", "name": "stop"}, {"do": "act", "name": "pain"}, {"do": "leave"}]
)
def test_when_a_session_is_over_the_pc_may_lead_at_once(
    tablet: Tablet, pc: Lease, deed: dict[str, Any]
) -> None:
    tablet.deed(**deed, session=tablet.led()["session"])

    assert pc.take()


def test_what_could_not_be_begun_keeps_nobody_away(tablet: Tablet, pc: Lease) -> None:
    tablet.deed(409, do="begin", routine="no-such")
    tablet.deed(409, do="go-on")
    tablet.deed(409, do="act", session="nobody's", name="pause")

    assert pc.take()


def test_a_tablet_that_was_removed_keeps_nobody_away(tablet: Tablet, pc: Lease) -> None:
    tablet.led()
    tablet.home.house.remove_device(tablet.home.owner, tablet.device.id)

    assert pc.take()


# -- loaded again, and lost ------------------------------------------------------------------------


@pytest.mark.parametrize("said_so", [True, False], ids=["left", "without a word"])
def test_a_tablet_that_is_loaded_again_goes_on(tablet: Tablet, pc: Lease, said_so: bool) -> None:
    session, _ = working(tablet)
    before = kept(tablet)
    if said_so:
        tablet.deed(do="leave", session=session)
    assert "Go on at" in tablet.browser.get("/coach").text

    told = tablet.deed(do="go-on")

    assert told["session"] == session
    assert kept(tablet)[: len(before)] == before
    assert not pc.take()


def test_a_goodbye_that_comes_late_does_not_end_what_was_begun_since(tablet: Tablet, pc: Lease) -> None:
    first = tablet.led()["session"]
    tablet.browser.get("/coach")
    tablet.led()

    tablet.deed(do="leave", session=first)

    assert not pc.take()
    assert tablet.live.phase.running


def test_a_network_that_was_away_for_long_is_no_matter_if_nobody_else_leads(
    tablet: Tablet, pc: Lease
) -> None:
    session, block = working(tablet)
    passes(tablet, timedelta(minutes=2))

    tablet.deed(do="act", session=session, name="finished", block=block)

    assert EventKind.BLOCK_DONE in kept(tablet)
    assert not pc.take()


def test_a_tablet_whose_session_is_led_elsewhere_by_now_says_so_and_stops(tablet: Tablet, pc: Lease) -> None:
    session, _ = working(tablet)
    passes(tablet, LASTS + _A_MOMENT)
    assert pc.take()
    before = kept(tablet)

    told = tablet.deed(409, do="act", session=session, name="next")

    assert told == {"error": elsewhere(), "code": "led-elsewhere"}
    assert tablet.live.phase is Phase.INTERRUPTED
    assert kept(tablet) == before
    tablet.deed(do="leave", session=session)
    assert kept(tablet) == before


def test_a_page_that_only_asks_is_told_too(tablet: Tablet, pc: Lease) -> None:
    session, _ = working(tablet)
    passes(tablet, LASTS + _A_MOMENT)
    assert pc.take()

    assert tablet.is_there(session) == elsewhere()
    assert tablet.live.phase is Phase.INTERRUPTED
    assert tablet.is_there(session) == ""


def test_a_set_that_was_done_before_anybody_else_led_counts(tablet: Tablet, pc: Lease) -> None:
    session, block = working(tablet)
    passes(tablet, LASTS + _A_MOMENT)
    assert pc.take()

    for _ in range(2):
        told = tablet.deed(409, do="act", session=session, name="finished", block=block)

    assert told["error"] == elsewhere()
    assert kept(tablet).count(EventKind.BLOCK_DONE) == 1


def test_it_hurts_is_answered_whoever_leads(tablet: Tablet, pc: Lease) -> None:
    session, _ = working(tablet)
    passes(tablet, LASTS + _A_MOMENT)
    assert pc.take()

    told = tablet.deed(do="act", session=session, name="pain")

    assert (told["halt"], told["outcome"]) == (True, "pain")
    assert not Lease(tablet.home.house.care, tablet.device.person, tablet.home.clock).take()


def test_a_caregivers_pause_of_what_is_led_elsewhere_by_now_is_refused(tablet: Tablet, pc: Lease) -> None:
    session, _ = working(tablet)
    passes(tablet, LASTS + _A_MOMENT)
    assert pc.take()
    command = tablet.home.house.control(tablet.home.owner, tablet.device.id, CommandKind.PAUSE)

    tablet.deed(409, do="control", command=command.id, session=session)

    assert why(tablet, command) == (CommandState.REFUSED, NOTHING_ON)
    assert tablet.live.phase is Phase.INTERRUPTED


# -- what caregivers ask for -----------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [False, True])
def test_a_start_for_somebody_who_is_led_elsewhere_is_refused_and_says_so(
    tablet: Tablet, pc: Lease, at_once: bool
) -> None:
    assert pc.take()
    command = tablet.invited(at_once=at_once)

    assert tablet.deed(do="take", command=command.id) == {"gone": True}

    assert why(tablet, command) == (CommandState.REFUSED, LED_ELSEWHERE)
    page = tablet.home.browser(tablet.home.owner).get(f"/people/{tablet.device.person}").text
    assert PHRASES("web.sent.refused.led-elsewhere", name="Anna") in page


def test_where_somebody_is_led_is_not_for_those_who_may_not_see_it(tablet: Tablet, pc: Lease) -> None:
    home = tablet.home
    home.allow(home.owner, ConsentKind.DONE, ConsentKind.PAIN, given=False)
    assert pc.take()
    tablet.deed(do="take", command=tablet.invited().id)

    page = home.browser(home.owner).get(f"/people/{tablet.device.person}").text

    assert PHRASES("web.sent.refused.busy") in page
    assert PHRASES("web.sent.refused.led-elsewhere", name="Anna") not in page


def test_whoever_is_being_asked_on_a_tablet_is_not_led_elsewhere_meanwhile(tablet: Tablet, pc: Lease) -> None:
    command = tablet.invited()
    tablet.deed(do="take", command=command.id)
    for _ in range(4):
        passes(tablet, LASTS / 3)
        assert tablet.is_there(command.id) == ""
        assert not pc.take()

    tablet.deed(do="answer", command=command.id, yes=False)

    assert pc.take()


def test_a_yes_holds_the_lease_for_the_session(tablet: Tablet, pc: Lease) -> None:
    command = tablet.invited()
    tablet.deed(do="take", command=command.id)

    tablet.deed(do="answer", command=command.id, yes=True)

    assert not pc.take()


@pytest.mark.parametrize("answered", [True, False])
def test_an_invitation_is_over_once_somebody_else_leads(tablet: Tablet, pc: Lease, answered: bool) -> None:
    command = tablet.invited()
    tablet.deed(do="take", command=command.id)
    passes(tablet, LASTS + _A_MOMENT)
    assert pc.take()

    if answered:
        said = tablet.deed(409, do="answer", command=command.id, yes=True)["error"]
    else:
        said = tablet.is_there(command.id)

    assert said == elsewhere()
    assert why(tablet, command) == (CommandState.REFUSED, LED_ELSEWHERE)
    assert tablet.live.phase is Phase.IDLE
    assert tablet.home.house.history.last_session(tablet.device.person) is None
    assert tablet.waiting() == []
