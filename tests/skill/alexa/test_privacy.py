"""What the privacy policy promises, looked for in the very file that the server keeps and in its log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from routines.plan import Plan
from skill.alexa.accounts import delivery_note, person_id
from skill.alexa.standing import WORDS_NOTE
from skill.store import open_store
from skill.store.sql import SqlStore
from tests.alexa_device import Backend, Device

SAID = "my neighbour Mister Butterworth wonders whether I can take a painkiller"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """Give a store in a file."""
    found = open_store(tmp_path / "history.sqlite3")
    assert isinstance(found, SqlStore)
    yield found
    found.close()


def use_it(store: SqlStore) -> Device:
    """Return a device after somebody has used everything that keeps something."""
    device = Device(Backend(store=store))
    device.one_shot("keep it brief")
    device.one_shot("explain everything")
    device.one_shot("start the knee routine")
    device.listen()
    device.say("ready")
    device.interrupt(10_000)
    device.intent("QuestionIntent", question=SAID)
    device.say("slower")
    device.intent("NumberIntent", number="8675309")
    device.say("I cannot kneel")
    device.ended("ERROR", {"type": "INVALID_RESPONSE"})
    device.launch()
    device.say("yes")
    device.say("it hurts")
    return device


def everything_in(folder: Path) -> bytes:
    """Return every byte that is kept."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_neither_ids_nor_words_nor_numbers_are_kept(store: SqlStore, tmp_path: Path) -> None:
    device = use_it(store)
    kept = everything_in(tmp_path)

    assert person_id(device.account).encode() in kept
    for never in (device.account, device.name, "Butterworth", "painkiller", "8675309", "a-token"):
        assert never.encode() not in kept, never


def test_of_pain_is_kept_that_it_was_so_and_where_and_no_number(store: SqlStore) -> None:
    device = use_it(store)
    session = store.last_session(device.person)
    assert session is not None

    (pain,) = [event for event in session.events if event.kind == "pain"]
    assert set(pain.data) == {"block", "state"}


def test_nothing_is_left_under_the_account_when_the_skill_is_disabled(store: SqlStore) -> None:
    device = use_it(store)
    account = person_id(device.account)
    assert store.note(account, delivery_note(device.name)) is not None
    device.event("AlexaSkillEvent.SkillDisabled")

    assert store.history(account) == ()
    assert store.plan_versions(account) == ()
    assert store.plan(account) == Plan()
    assert store.note(account, WORDS_NOTE) is None
    assert store.note(account, delivery_note(device.name)) is None


def test_the_log_holds_nothing_that_was_said(store: SqlStore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    device = use_it(store)

    for never in ("Butterworth", "8675309", device.account, device.name):
        assert never not in caplog.text
