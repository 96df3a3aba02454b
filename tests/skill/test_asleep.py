"""A real `steady start` that is asleep while a tablet goes on with its session, and then wakes.

The tablet's clock is ahead, so that nobody has to wait for the lease to be over.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routines.phrases import load_phrases
from skill.care.records import Device, DeviceKind, Person
from skill.errors import EXIT_LED_ELSEWHERE
from skill.lease import LASTS, Lease
from skill.ports import ME
from skill.records import EventKind, SessionEvent, SessionRecord
from skill.store import open_store
from skill.store.sql import SqlStore
from tests.skill.command_line import Home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are put to sleep by signals")

_TABLET = Device(id="t1", name="Kitchen tablet", kind=DeviceKind.BROWSER, person=ME)
_ON_TABLET = {"as": "the tablet has it"}


def later() -> datetime:
    return datetime.now(UTC) + 2 * LASTS


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(name="store")
def _store(home: Home) -> Iterator[SqlStore]:
    home.database.parent.mkdir(parents=True)
    with closing(open_store(home.database)) as store:
        assert isinstance(store, SqlStore)
        store.save_person(Person(id=ME, name="Maria"), later())
        store.add_device(_TABLET, "the hash of its key")
        yield store


@pytest.fixture(name="coach")
def _coach(home: Home, store: SqlStore) -> Iterator[subprocess.Popen[bytes]]:
    """Give a coach that has begun to lead."""
    del store
    with home.start("start", "knee-short", "--mute", "--plain", "--tell") as coach:
        assert coach.stdout is not None
        while line := coach.stdout.readline():
            if b"Welcome" in line:
                break
        yield coach
        coach.kill()


def record_of(store: SqlStore) -> SessionRecord:
    (record,) = store.history(ME)
    return record


def test_it_wakes_says_where_the_session_goes_on_and_leaves_that_alone(
    store: SqlStore, coach: subprocess.Popen[bytes]
) -> None:
    coach.send_signal(signal.SIGSTOP)
    assert Lease(store, ME, later, device=_TABLET.id, page=True).take()
    event = SessionEvent(at=later(), kind=EventKind.RESUMED, key="tablet:resumed")
    store.record(record_of(store).session_id, [event], _ON_TABLET, later())

    coach.send_signal(signal.SIGCONT)
    _, err = coach.communicate(timeout=60)

    said = load_phrases()("errors.led-on-by-now", name=_TABLET.name)
    assert (coach.returncode, err.decode().strip()) == (EXIT_LED_ELSEWHERE, said)
    record = record_of(store)
    assert record.events[-1].key == event.key
    found = store.interrupted(ME, later(), timedelta(hours=1))
    assert found is not None
    assert found.snapshot == _ON_TABLET
    assert Lease(store, ME, later, device=_TABLET.id, page=True).take()


def test_it_wakes_and_goes_on_where_nobody_else_has_led(
    store: SqlStore, coach: subprocess.Popen[bytes]
) -> None:
    coach.send_signal(signal.SIGSTOP)
    long_ago = later() - timedelta(days=1)
    holder = store.take_lease(f"session:{ME}", "nobody", long_ago, long_ago)
    assert store.keep_lease(f"session:{ME}", holder, long_ago) == holder  # so that it was over as it slept

    coach.send_signal(signal.SIGCONT)
    coach.send_signal(signal.SIGINT)
    coach.communicate(timeout=60)

    assert coach.returncode == 130
    assert record_of(store).events[-1].kind is EventKind.INTERRUPTED
