"""The stream of a person's page, as a browser reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from skill.care.live_state import Phase
from skill.care.records import Caregiver, ConsentKind, Role
from skill.web.live import LOOK_S
from skill.web.streams import KEEP_ALIVE_S
from tests.skill.web.home import PHRASES, Home, open_home, text_of


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path, threads=10) as home:
        yield home


@pytest.fixture(name="carer")
def _carer(home: Home) -> Caregiver:
    carer = home.caregiver("Björn", Role.START)
    home.allow(carer, ConsentKind.START, ConsentKind.DONE)
    return carer


@contextmanager
def stream(browser: FlaskClient, path: str = "/people/me/live") -> Iterator[Iterator[tuple[str, str]]]:
    answer = browser.get(path, headers={"Accept": "text/event-stream"}, buffered=False)
    assert answer.status_code == 200
    assert answer.mimetype == "text/event-stream"
    try:
        yield events(answer)
    finally:
        answer.close()


def events(answer: TestResponse) -> Iterator[tuple[str, str]]:
    """Yield each event's name and what it says."""
    for chunk in answer.response:
        text = chunk.decode() if isinstance(chunk, bytes) else chunk
        name, said = "", []
        for line in text.splitlines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                said.append(line.removeprefix("data: "))
        if name:
            yield name, text_of("\n".join(said))


def test_what_changes_on_the_device_is_seen_on_the_page(home: Home, carer: Caregiver) -> None:
    home.works()
    with stream(home.browser(carer)) as heard:
        name, first = next(heard)
        home.works(set_no=3, side="right")
        _, second = next(heard)

    assert name == "panel"
    assert "second set, left side" in first
    assert "third set, right side" in second


def test_a_pause_is_seen_by_everybody_who_may(home: Home) -> None:
    home.works()
    home.allow(home.owner, ConsentKind.DONE)
    with stream(home.browser(home.owner)) as heard:
        next(heard)
        home.works(phase=Phase.PAUSED)
        _, paused = next(heard)

    assert "Paused." in paused


def test_the_stream_ends_as_soon_as_the_person_takes_their_word_back(home: Home, carer: Caregiver) -> None:
    home.works()
    with stream(home.browser(carer)) as heard:
        next(heard)
        home.allow(carer, ConsentKind.DONE, given=False)

        assert list(heard) == [("over", "")]


def test_without_consent_the_stream_shows_nothing_of_what_goes_on(home: Home) -> None:
    home.works()
    with stream(home.browser(home.owner)) as heard:
        name, said = next(heard)

    assert (name, said) == ("panel", PHRASES("web.live.unseen", name="Anna"))


def test_the_page_is_another_one_as_soon_as_the_person_says_yes(home: Home) -> None:
    home.works()
    with stream(home.browser(home.owner)) as heard:
        next(heard)
        home.allow(home.owner, ConsentKind.START)

        assert list(heard) == [("over", "")]


def test_the_stream_ends_with_the_sign_in(home: Home, carer: Caregiver) -> None:
    home.works()
    browser = home.browser(carer)
    with stream(browser) as heard:
        next(heard)
        home.house.remove_caregiver(home.owner, carer.id)
        home.works(set_no=3)  # whatever makes the stream look

        assert list(heard) == [("over", "")]


def test_the_stream_ends_with_the_server(home: Home, carer: Caregiver) -> None:
    home.works()
    with stream(home.browser(carer)) as heard:
        next(heard)
        home.house.bell.close()

        assert list(heard) == []


def test_only_so_many_streams_are_open_and_the_others_are_told_to_look_now_and_then(
    home: Home, carer: Caregiver
) -> None:
    """Of ten threads, eight are for everything else."""
    browser = home.browser(carer)
    with stream(browser), stream(browser):
        refused = browser.get("/people/me/live", headers={"Accept": "text/event-stream"})
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert browser.get("/people/me/panel").status_code == 200
    with stream(browser) as heard:
        assert next(heard)[0] == "panel"


def test_a_script_that_is_not_signed_in_gets_no_page(home: Home) -> None:
    for path, accept in (
        ("/people/me/live", "text/event-stream"),
        ("/people/me/live.json", "application/json"),
    ):
        assert home.browser().get(path, headers={"Accept": accept}).status_code == 401
    assert home.browser().get("/people/me/panel", headers={"HX-Request": "true"}).status_code == 401


def test_a_stream_says_that_it_is_there_before_anybody_in_between_gives_it_up() -> None:
    assert LOOK_S < KEEP_ALIVE_S < 30


def test_the_same_is_there_as_plain_values(home: Home, carer: Caregiver) -> None:
    home.works(reason="pain")

    (device,) = (home.browser(carer).get("/people/me/live.json").json or {})["devices"]

    assert (device["phase"], device["exercise_no"], device["device"]) == ("working", 3, "pc")
    assert "reason" not in device


def test_a_page_without_scripts_can_be_looked_at_again(home: Home, carer: Caregiver) -> None:
    page = home.browser(carer).get("/people/me").text

    assert "<noscript>" in page
    assert PHRASES("web.live.again") in page
