"""Caregivers are told what they want to know and may, once, in calm words."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from routines.phrases import load_phrases
from skill.care.errors import CareError
from skill.care.house import House
from skill.care.notices import GIVE_UP_AFTER, Outbox, choose_notices, is_time_for, rule_of, send_test
from skill.care.planning_words import NoticePhrases
from skill.care.records import Caregiver, ConsentKind, ConsentState, NoticeRule
from skill.care.sending import AppriseSender
from skill.records import Question, StopReason
from tests.skill.care.anna import MAY, SAM, Household

#: Apprise looks for a module that Python 3.13 has no more.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

WORDS = NoticePhrases(load_phrases())
ALL = frozenset({"done", "missed", "pain"})


class Letters:
    """A sender that keeps what it sends; while `broken`, nothing gets there."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.tries = 0
        self.broken = False

    def knows(self, address: str) -> bool:
        return address.startswith("letter://")

    def send(self, address: str, title: str, body: str) -> bool:
        self.tries += 1
        if self.broken:
            return False
        assert title
        self.sent.append((address.removeprefix("letter://"), body))
        return True


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    home = Household(tmp_path / "history.sqlite3")
    home.clock.to("08:00")
    yield home
    home.store.close()


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def outbox(home: Household, letters: Letters) -> Outbox:
    for who in (MAY, SAM):
        rule = NoticeRule(caregiver=who.id, url=f"letter://{who.id}", kinds=ALL)
        home.store.set_notice_rule(rule)
    return Outbox(home.house, letters, WORDS)


def test_a_session_that_was_done_is_told_once(home: Household, outbox: Outbox, letters: Letters) -> None:
    home.allow(SAM, ConsentKind.DONE)
    home.do("s1", answers=[(Question.PAIN_AFTER, 7)])

    for _ in range(3):
        outbox.look()
        home.clock.later(minutes=2)

    assert letters.sent == [("sam", "Anna did the exercises on Monday.")]


def test_a_session_that_goes_on_is_not_told(home: Household, outbox: Outbox, letters: Letters) -> None:
    home.allow(SAM, ConsentKind.DONE)
    home.do("s1", ends=False)

    outbox.look()

    assert letters.sent == []


@pytest.mark.parametrize(
    ("kinds", "consents", "told"),
    [
        (ALL, {ConsentKind.DONE, ConsentKind.PAIN}, "stopped the exercises early"),
        (ALL, {ConsentKind.DONE}, "did part of the exercises"),
        (ALL, {ConsentKind.PAIN}, ""),
        (ALL, set(), ""),
        ({"done"}, {ConsentKind.DONE, ConsentKind.PAIN}, "did part of the exercises"),
        ({"pain"}, {ConsentKind.DONE, ConsentKind.PAIN}, "stopped the exercises early"),
        ({"pain"}, {ConsentKind.DONE}, ""),
        ({"missed"}, {ConsentKind.DONE, ConsentKind.PAIN}, ""),
    ],
)
def test_a_stop_for_pain_is_told_to_those_who_want_to_know_and_may(
    home: Household,
    outbox: Outbox,
    letters: Letters,
    kinds: frozenset[str],
    consents: set[ConsentKind],
    told: str,
) -> None:
    home.store.set_notice_rule(NoticeRule(caregiver="sam", url="letter://sam", kinds=frozenset(kinds)))
    home.allow(SAM, *consents)
    home.do("s1", sets=1, stop=StopReason.PAIN)

    outbox.look()

    bodies = [body for _, body in letters.sent]
    assert len(bodies) == bool(told)
    assert all(told in body for body in bodies)


def test_consent_is_asked_for_at_the_moment_of_sending(
    home: Household, outbox: Outbox, letters: Letters
) -> None:
    home.allow(SAM, ConsentKind.DONE)
    home.do("s1")
    letters.broken = True
    outbox.look()
    home.allow(SAM, ConsentKind.DONE, state=ConsentState.WITHDRAWN)
    letters.broken = False

    home.clock.later(minutes=2)
    outbox.look()

    assert letters.sent == []


def test_a_rule_that_is_new_tells_nothing_old(home: Household, outbox: Outbox, letters: Letters) -> None:
    home.store.set_notice_rule(NoticeRule(caregiver="sam", url="", kinds=frozenset()))
    home.allow(SAM, ConsentKind.DONE)
    home.do("s1")
    outbox.look()
    home.store.set_notice_rule(NoticeRule(caregiver="sam", url="letter://sam", kinds=ALL))

    home.clock.later(minutes=2)
    outbox.look()

    assert letters.sent == []


def test_what_could_not_be_sent_is_tried_again_with_growing_pauses_and_sent_once(
    home: Household, outbox: Outbox, letters: Letters
) -> None:
    home.allow(SAM, ConsentKind.DONE)
    home.do("s1")
    letters.broken = True
    tried_after = []
    for minute in range(40):
        before = letters.tries
        outbox.look()
        if letters.tries > before:
            tried_after.append(minute)
        home.clock.later(minutes=1)
    letters.broken = False
    for _ in range(70):
        outbox.look()
        home.clock.later(minutes=1)

    assert tried_after == [0, 1, 3, 7, 15, 31]
    assert len(letters.sent) == 1


def test_pauses_end_at_about_an_hour() -> None:
    times = [n for n in range(1, 400) if is_time_for(n)]

    assert times == [1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 320, 384]


def test_after_a_day_a_notice_is_given_up(home: Household, outbox: Outbox, letters: Letters) -> None:
    home.allow(SAM, ConsentKind.DONE)
    home.do("s1")
    letters.broken = True
    outbox.look()
    letters.broken = False

    home.clock.later(seconds=GIVE_UP_AFTER.total_seconds() + 1)
    outbox.look()

    assert letters.sent == []


def test_two_processes_send_a_notice_once(home: Household, outbox: Outbox, letters: Letters) -> None:
    home.allow(SAM, ConsentKind.DONE)
    home.do("s1")
    store = home.opened()
    other = Outbox(House(store, store, now=home.clock), letters, WORDS)

    threads = [threading.Thread(target=one.look) for one in (outbox, other) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()

    assert len(letters.sent) == 1


def test_a_notice_that_a_process_took_with_it_is_sent_by_the_next(
    home: Household, outbox: Outbox, letters: Letters
) -> None:
    home.allow(SAM, ConsentKind.DONE)
    home.do("s1")
    letters.broken = True
    outbox.look()
    home.store.take_notices(home.clock() + timedelta(minutes=1), home.clock() + timedelta(minutes=2))
    letters.broken = False

    for _ in range(4):
        home.clock.later(minutes=1)
        Outbox(home.house, letters, WORDS).look()

    assert len(letters.sent) == 1


# -- what a caregiver chooses


def test_a_caregiver_chooses_where_and_about_what(home: Household, letters: Letters) -> None:
    choose_notices(home.house, SAM, letters, "letter://sam", frozenset({"done"}))
    chosen = rule_of(home.house, SAM)
    choose_notices(home.house, SAM, letters, "", frozenset())

    assert chosen == NoticeRule(caregiver="sam", url="letter://sam", kinds=frozenset({"done"}))
    assert rule_of(home.house, SAM) is None
    rows = home.store.audit(2)
    assert [(row.by, row.action, dict(row.data)) for row in rows] == [
        ("sam", "notices.changed", {"kinds": []}),
        ("sam", "notices.changed", {"kinds": ["done"]}),
    ]


@pytest.mark.parametrize("address", ["", "nonsense", "letter://" + "x" * 500, "letter://a\nb"])
def test_an_address_that_means_nothing_is_not_kept(home: Household, letters: Letters, address: str) -> None:
    with pytest.raises(CareError) as raised:
        choose_notices(home.house, SAM, letters, address, ALL)

    assert raised.value.code == "address"
    assert rule_of(home.house, SAM) is None


def test_nobody_is_told_what_there_is_no_notice_for(home: Household, letters: Letters) -> None:
    with pytest.raises(CareError, match="notice-kind"):
        choose_notices(home.house, SAM, letters, "letter://sam", frozenset({"weather"}))


def test_a_test_message_that_does_not_arrive_is_told(letters: Letters) -> None:
    letters.broken = True

    with pytest.raises(CareError, match="not-sent"):
        send_test(SAM, letters, WORDS, "letter://sam")


# -- Apprise, over a real connection


class Listening:
    """A web server that keeps what is sent to it, as Apprise's `json://` does."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        listening = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listening.got.append(json.loads(body))
                self.send_response(listening.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/told"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def listening() -> Iterator[Listening]:
    pytest.importorskip("apprise", reason="it is an extra")
    server = Listening()
    yield server
    server.close()


def test_apprise_takes_a_notice_to_its_address(home: Household, listening: Listening) -> None:
    sender = AppriseSender()
    choose_notices(home.house, SAM, sender, listening.address, ALL)
    home.allow(SAM, ConsentKind.DONE)
    home.do("s1")
    outbox = Outbox(home.house, sender, WORDS)
    listening.status = 503
    outbox.look()
    listening.status = 200
    for _ in range(3):
        home.clock.later(minutes=1)
        outbox.look()

    assert [(one["title"], one["message"]) for one in listening.got] == [
        ("Steady Coach", "Anna did the exercises on Monday.")
    ] * 2  # the first was refused


def test_a_test_message_shows_that_an_address_works(listening: Listening) -> None:
    who = Caregiver(id="x", name="Mia", login="mia", owner=False, at=MAY.at)

    send_test(who, AppriseSender(), WORDS, listening.address)

    assert [one["message"] for one in listening.got] == ["Hello Mia. Messages from Steady Coach arrive here."]


@pytest.mark.parametrize("address", ["", "hello", "http//x", "nosuchservice://x"])
def test_apprise_tells_what_is_no_address(address: str) -> None:
    pytest.importorskip("apprise", reason="it is an extra")

    assert not AppriseSender().knows(address)
    assert not AppriseSender().send(address, "title", "body")
