from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from skill.care.asking import MAX_NOTE
from skill.care.device import BUSY
from skill.care.live_state import Phase
from skill.care.records import (
    Caregiver,
    CommandKind,
    ConsentKind,
    ConsentState,
    Device,
    DeviceKind,
    Role,
)
from tests.skill.web.home import PHRASES, Home, open_home, post, text_of


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path) as home:
        yield home


@pytest.fixture(name="carer")
def _carer(home: Home) -> Caregiver:
    return home.caregiver("Björn", Role.START)


def shown(home: Home, who: Caregiver, path: str = "/people/me") -> str:
    return text_of(home.browser(who).get(path))


# -- what goes on ----------------------------------------------------------------------------------


def test_the_page_says_where_in_the_routine_somebody_is(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.DONE)
    home.works()

    page = shown(home, carer)

    assert "Anna is exercising." in page
    assert "Exercise 3 of 6, second set, left side" in page
    assert "Wall slides" in page
    assert "Anna is exercising. Exercise 3 of 6" in shown(home, carer, "/")


def test_nothing_of_it_is_shown_without_consent_not_even_to_the_owner(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.START)
    home.works()

    for who in (carer, home.owner):
        pages = [shown(home, who, path) for path in ("/", "/people/me", "/people/me/panel")]
        assert not any("Wall slides" in page or "exercising" in page for page in pages)
        assert home.browser(who).get("/people/me/live.json").status_code == 403
    assert PHRASES("web.live.unseen", name="Anna") in shown(home, carer)


def test_how_long_a_pause_has_been_is_said(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.DONE)
    home.works(phase=Phase.PAUSED)
    home.clock.pass_by(minutes=2, seconds=10)
    home.coach.seen()

    assert "Paused. Exercise 3 of 6, second set, left side Wall slides Paused for 2 minutes." in shown(
        home, carer
    )


def test_since_when_a_device_is_offline_is_said_in_the_persons_time(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.DONE)
    home.works()
    home.clock.pass_by(minutes=10)

    assert "Kitchen computer has been offline since 15:05." in shown(home, carer)


def test_why_it_was_stopped_is_only_told_with_consent_for_that(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.DONE)
    home.tell(phase=Phase.STOPPED, reason="pain", routine_title="Knee routine")

    assert "Stopped." in shown(home, carer)
    assert "pain" not in shown(home, carer, "/people/me/panel")
    home.allow(carer, ConsentKind.PAIN)
    assert "Anna stopped because of pain." in shown(home, carer)


def test_the_end_of_a_session_is_told_for_some_hours(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.DONE)
    home.tell(phase=Phase.DONE, routine_title="Knee routine")

    assert "Done. Anna went through to the end. At 15:05." in shown(home, carer)
    home.clock.pass_by(hours=5)
    assert "Anna is not exercising right now." in shown(home, carer)


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_words(home: Home, carer: Caregiver, phase: Phase) -> None:
    home.allow(carer, ConsentKind.DONE, ConsentKind.START)
    home.works(phase=phase, asked_by="Björn")

    page = shown(home, carer)

    assert PHRASES(f"web.live.phase.{phase}", name="Anna") in page
    assert ("Stop" in page.split()) is phase.running


def test_a_person_with_a_tablet_beside_the_computer_is_seen_on_whichever_leads(
    home: Home, carer: Caregiver
) -> None:
    home.house.care.add_device(
        Device(id="tab", name="Tablet", kind=DeviceKind.BROWSER, person="me"), "hash of a key"
    )
    home.allow(carer, ConsentKind.DONE)
    home.works()

    page = shown(home, carer)

    assert "Kitchen computer: Knee routine" in page
    assert "Tablet" not in page


# -- starting --------------------------------------------------------------------------------------


def test_a_start_is_sent_to_the_device_with_its_note(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.START, ConsentKind.DONE)
    browser = home.browser(carer)

    done = post(
        browser, "/people/me/start", form_of="/people/me", routine="knee", device="pc", note="Soup at one"
    )

    (sent,) = home.coach.waiting()
    assert (done.status_code, done.headers["Location"]) == (303, "/people/me")
    assert (sent.command.routine, sent.command.note, sent.command.at_once) == ("knee", "Soup at one", False)
    assert PHRASES("web.sent.on-its-way.start") in text_of(browser.get("/people/me"))


def test_a_form_that_is_sent_twice_asks_once(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.START)
    browser = home.browser(carer)

    for _ in range(2):
        post(
            browser, "/people/me/start", form_of="/people/me", routine="knee", device="pc", id="abcdefghijkl"
        )

    assert [sent.command.id for sent in home.coach.waiting()] == ["abcdefghijkl"]


def test_without_asking_is_offered_and_obeyed_only_where_it_is_allowed(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.START)
    browser = home.browser(carer)
    fields = {"routine": "knee", "device": "pc", "at_once": "yes"}

    assert 'name="at_once"' not in browser.get("/people/me").text
    assert post(browser, "/people/me/start", form_of="/people/me", **fields).status_code == 403
    home.allow(carer, ConsentKind.AT_ONCE)
    assert 'name="at_once"' in browser.get("/people/me").text
    assert post(browser, "/people/me/start", form_of="/people/me", **fields).status_code == 303
    assert home.coach.waiting()[-1].command.at_once


def test_a_note_that_is_too_long_is_told_and_what_was_chosen_stays(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.START)

    answer = post(
        home.browser(carer),
        "/people/me/start",
        form_of="/people/me",
        routine="knee",
        device="pc",
        note="a" * (MAX_NOTE + 1),
    )

    assert answer.status_code == 400
    assert PHRASES("care.error.note-long", most=MAX_NOTE) in text_of(answer)
    assert 'value="knee" selected' in answer.text


@pytest.mark.parametrize("fields", [{"routine": "none"}, {"routine": "knee", "device": "nothing"}])
def test_what_is_not_there_is_not_started(home: Home, carer: Caregiver, fields: dict[str, str]) -> None:
    home.allow(carer, ConsentKind.START)

    answer = post(home.browser(carer), "/people/me/start", form_of="/people/me", **fields)

    assert answer.status_code == 400
    assert home.coach.waiting() == ()


@pytest.mark.parametrize(
    ("answer", "words"),
    [(False, "web.sent.start.declined"), (None, "web.sent.start.no_answer"), (True, "")],
)
def test_what_the_person_answered_is_told_to_who_asked(
    home: Home, carer: Caregiver, answer: bool | None, words: str
) -> None:
    home.allow(carer, ConsentKind.START, ConsentKind.DONE)
    command = home.house.start(carer, "me", "knee", "pc")
    home.coach.take(command)
    home.coach.answer(command, yes=answer)

    page = home.browser(carer).get("/people/me").text

    assert (PHRASES(words, name="Anna") in page) if words else ('aria-live="polite"></div>' in page)


def test_the_answer_is_not_told_to_who_may_not_see(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.START)
    command = home.house.start(carer, "me", "knee", "pc")
    home.coach.take(command)
    home.coach.answer(command, yes=False)

    assert PHRASES("web.sent.start.declined", name="Anna") not in shown(home, carer)


def test_a_start_that_no_device_heard_of_is_told_as_not_started(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.START, ConsentKind.DONE)
    home.house.start(carer, "me", "knee", "pc")
    home.clock.pass_by(minutes=1)

    assert PHRASES("web.sent.unheard.start") in shown(home, carer)


def test_why_a_device_refused_is_told(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.START, ConsentKind.DONE)
    home.coach.refuse(home.house.start(carer, "me", "knee", "pc"), BUSY)

    assert PHRASES("web.sent.refused.busy") in shown(home, carer)


# -- pausing and stopping --------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["pause", "resume", "stop"])
def test_a_button_reaches_the_device(home: Home, carer: Caregiver, what: str) -> None:
    home.allow(carer, ConsentKind.START, ConsentKind.DONE)
    home.works()

    done = post(home.browser(carer), f"/people/me/pc/{what}", form_of="/people/me")

    assert done.status_code == 303
    assert [sent.command.what for sent in home.coach.waiting()] == [CommandKind(what)]


def test_a_script_stays_on_its_page(home: Home, carer: Caregiver) -> None:
    home.allow(carer, ConsentKind.START, ConsentKind.DONE)
    home.works()
    browser = home.browser(carer)
    token = {"X-CSRF-Token": browser.get("/people/me").text.split('name="csrf" value="')[1].split('"')[0]}

    answer = browser.post("/people/me/pc/pause", headers={"HX-Request": "true", **token})

    assert (answer.status_code, answer.text) == (204, "")
    assert PHRASES("web.sent.on-its-way.pause") in browser.get("/people/me/panel").text


@pytest.mark.parametrize("path", ["/people/me/pc/explode", "/people/me/pc/start", "/people/me/other/stop"])
def test_nothing_else_can_be_asked_of_a_device(home: Home, carer: Caregiver, path: str) -> None:
    home.allow(carer, ConsentKind.START)

    assert post(home.browser(carer), path, form_of="/people/me").status_code == 400
    assert home.coach.waiting() == ()


def test_a_device_of_somebody_else_is_not_reached_through_ones_own(home: Home, carer: Caregiver) -> None:
    berta = home.house.add_person(home.owner, "Berta", "UTC")
    home.house.care.add_device(Device(id="x", name="X", kind=DeviceKind.BROWSER, person=berta.id), "hash")
    home.allow(carer, ConsentKind.START)

    assert post(home.browser(carer), "/people/me/x/stop", form_of="/people/me").status_code == 400


# -- sharing ---------------------------------------------------------------------------------------


def test_asking_reaches_the_persons_own_device(home: Home, carer: Caregiver) -> None:
    browser = home.browser(carer)

    done = post(browser, "/people/me/ask", form_of="/people/me", kind=["done", "start"])

    (sent,) = home.coach.waiting()
    assert done.status_code == 303
    assert sent.command.consent == (ConsentKind.START, ConsentKind.DONE)
    assert PHRASES("web.sent.on-its-way.ask_consent", name="Anna") in text_of(browser.get("/people/me"))


def test_asking_again_at_once_is_refused_kindly(home: Home, carer: Caregiver) -> None:
    browser = home.browser(carer)
    post(browser, "/people/me/ask", form_of="/people/me", kind="done")

    again = post(browser, "/people/me/ask", form_of="/people/me", kind="done")

    assert again.status_code == 400
    assert PHRASES("web.error.care") in text_of(again)


@pytest.mark.parametrize(("given", "state"), [(True, ConsentState.GIVEN), (False, ConsentState.REFUSED)])
def test_what_the_person_said_is_shown_with_its_day(
    home: Home, carer: Caregiver, given: bool, state: ConsentState
) -> None:
    home.allow(carer, ConsentKind.DONE, given=given)

    page = shown(home, carer, "/people/me/sharing")

    assert f"{PHRASES(f'web.sharing.state.{state}')} today, 15:05" in page


def test_what_others_are_allowed_is_not_shown(home: Home, carer: Caregiver) -> None:
    home.allow(home.owner, ConsentKind.DONE)

    assert PHRASES("web.sharing.log-empty") in shown(home, carer, "/people/me/sharing")


def test_a_page_that_is_added_later_is_found_beside_the_others(home: Home, carer: Caregiver) -> None:
    from flask import Blueprint  # noqa: PLC0415 - for this one page

    from skill.web.navigation import Tab  # noqa: PLC0415

    later = Blueprint("later", __name__)
    later.add_url_rule("/people/<person>/later", "page", lambda person: person)
    home.app.register_blueprint(later)
    home.site.navigation.person.append(Tab(endpoint="later.page", label="web.next", order=20))
    home.site.navigation.person.append(Tab(endpoint="not.there", label="web.save", order=30))

    assert "Now Go on Sharing" in shown(home, carer)


def test_the_first_thing_an_owner_is_asked_is_who_exercises(tmp_path: Path) -> None:
    with open_home(tmp_path) as home:
        home.house.delete_person(home.owner, "me")
        browser = home.browser(home.owner)
        assert PHRASES("web.home.first") in text_of(browser.get("/"))

        done = post(browser, "/household/people", form_of="/", name="Berta", zone="UTC", first="yes")

        assert "Berta" in text_of(browser.get(done.headers["Location"]))
        assert PHRASES("web.home.first") not in text_of(browser.get("/"))
