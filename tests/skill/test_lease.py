"""One coach at a time for one person, on the real store; what a killed process left is taken over."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from routines.phrases import load_phrases
from skill.care.records import Device, DeviceKind, Person
from skill.errors import EXIT_LED_ELSEWHERE, LedElsewhereError, UserError, explain
from skill.lease import LASTS, Leader, Lease, leading_alone
from skill.ports import LeaseLostError, StoreError, StoreFault
from skill.store import open_store
from skill.store.sql import SqlStore
from skill.watched_keys import WatchedKeys
from tests.doubles import MemoryStore, ScriptedKeys
from tests.skill.care.household import NOW, Clock


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[SqlStore]:
    with closing(open_store(tmp_path / "steady.db", durable=False)) as store:
        yield store


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


def test_one_has_it_until_it_is_given_back(store: SqlStore, clock: Clock) -> None:
    one, other = Lease(store, "me", clock), Lease(store, "me", clock)

    assert one.take()
    assert one.take()
    assert not other.take()
    other.give_back()
    assert not other.take()
    one.give_back()
    assert other.take()


def test_each_person_has_their_own(store: SqlStore, clock: Clock) -> None:
    assert Lease(store, "me", clock).take()
    assert Lease(store, "you", clock).take()


def test_what_nobody_renews_is_free_after_a_while(store: SqlStore, clock: Clock) -> None:
    one, other = Lease(store, "me", clock), Lease(store, "me", clock)
    assert one.take()
    clock.at += LASTS + timedelta(seconds=1)

    assert other.take()
    assert not one.take()


def test_renewing_keeps_it(store: SqlStore, clock: Clock) -> None:
    one, other = Lease(store, "me", clock), Lease(store, "me", clock)
    assert one.take()
    for _ in range(10):
        clock.go_on(seconds=4)
        one.renew()

    assert not other.take()


def test_renewing_takes_nothing_that_is_not_ours(store: SqlStore, clock: Clock) -> None:
    one, other = Lease(store, "me", clock), Lease(store, "me", clock)
    one.renew()
    clock.go_on(seconds=60)
    one.renew()

    assert other.take()


def sleep(clock: Clock) -> None:
    clock.at += 2 * LASTS


def test_whoever_wakes_first_still_has_it(store: SqlStore, clock: Clock) -> None:
    one, other = Lease(store, "me", clock), Lease(store, "me", clock)
    assert one.take()
    sleep(clock)

    one.renew()

    assert not other.take()


@pytest.mark.parametrize("given_back", [False, True])
def test_whoever_wakes_after_another_has_led_is_told_so_until_it_is_taken_anew(
    store: SqlStore, clock: Clock, given_back: bool
) -> None:
    one, other = Lease(store, "me", clock), Lease(store, "me", clock)
    assert one.take()
    sleep(clock)
    assert other.take()
    if given_back:
        other.give_back()

    for _ in range(2):
        with pytest.raises(LeaseLostError):
            one.renew()
    one.give_back()
    other.give_back()

    assert one.take()
    one.renew()


def test_the_store_is_asked_only_now_and_then(store: SqlStore, clock: Clock) -> None:
    one, other = Lease(store, "me", clock), Lease(store, "me", clock)
    assert one.take()
    other_holder = other.held.holder
    store.end_lease(one.held.name, one.held.holder)
    store.take_lease(one.held.name, other_holder, clock(), clock() + LASTS)

    one.renew()
    clock.go_on(seconds=6)
    one.renew(LASTS)

    with pytest.raises(LeaseLostError):
        one.renew()


def test_a_terminal_that_waits_for_a_key_hears_that_another_leads(store: SqlStore, clock: Clock) -> None:
    one, other = Lease(store, "me", clock), Lease(store, "me", clock)
    assert one.take()
    with WatchedKeys(ScriptedKeys("a", "b"), one) as keys:
        assert keys.poll(0) == "a"
        sleep(clock)
        assert other.take()

        with pytest.raises(LeaseLostError):
            keys.poll(0)


def test_a_terminal_goes_on_while_nobody_can_say_who_leads(tmp_path: Path, clock: Clock) -> None:
    with closing(open_store(tmp_path / "steady.db", durable=False)) as store:
        one = Lease(Away(store), "me", clock)
        assert one.take()
        sleep(clock)

        assert WatchedKeys(ScriptedKeys("a"), one).poll(0) == "a"


class Away:
    """A store that can be reached once, when a lease is taken."""

    def __init__(self, store: SqlStore) -> None:
        self.take_lease = store.take_lease
        self.end_lease = store.end_lease
        self.device = store.device

    def keep_lease(self, name: str, *_: object) -> str:
        raise StoreError(StoreFault.UNREACHABLE, name)


_TAKES_AND_IS_KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from skill.lease import Lease
from skill.store import open_store

assert Lease(open_store(sys.argv[1]), "me", lambda: datetime.fromisoformat(sys.argv[2])).take()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can be asked whether a process lives")
def test_a_killed_process_of_this_machine_holds_nothing(
    store: SqlStore, clock: Clock, tmp_path: Path
) -> None:
    path = str(tmp_path / "steady.db")
    done = subprocess.run(
        [sys.executable, "-c", _TAKES_AND_IS_KILLED, path, NOW.isoformat()], check=False, capture_output=True
    )
    assert (done.returncode, done.stderr) == (-9, b"")

    assert Lease(store, "me", clock).take()


def test_leading_alone_says_so_if_somebody_else_leads(store: SqlStore, clock: Clock) -> None:
    with leading_alone(store, "me", clock):
        with pytest.raises(UserError) as caught, leading_alone(store, "me", clock):
            pass
        assert caught.value.code == "led-already"
    with leading_alone(store, "me", clock):
        pass


def test_a_store_that_knows_no_leases_keeps_nobody_apart(clock: Clock) -> None:
    with leading_alone(MemoryStore(), "me", clock), leading_alone(MemoryStore(), "me", clock):
        pass


def told_after_losing_it_to(
    other: Lease, store: SqlStore, clock: Clock
) -> tuple[tuple[str, ...], int] | None:
    """Return what is said, and the exit code, when a session ends because another coach has woken earlier."""

    def lead() -> None:
        with leading_alone(store, "me", clock) as lease:
            assert lease is not None
            sleep(clock)
            assert other.take()
            lease.renew()

    with pytest.raises(LedElsewhereError) as caught:
        lead()
    return explain(caught.value, load_phrases())


def test_a_session_that_is_led_in_another_window_by_now_ends_and_says_so(
    store: SqlStore, clock: Clock
) -> None:
    told = told_after_losing_it_to(Lease(store, "me", clock), store, clock)

    assert told is not None
    assert "is led elsewhere on this computer now" in told[0][0]
    assert told[1] == EXIT_LED_ELSEWHERE


# -- a page in a browser ---------------------------------------------------------------------------


@pytest.fixture(name="tablet")
def _tablet(store: SqlStore, clock: Clock) -> Device:
    """Return a tablet that is paired."""
    store.save_person(Person(id="me", name="Maria"), clock())
    tablet = Device(id="t1", name="Kitchen tablet", kind=DeviceKind.BROWSER, person="me")
    store.add_device(tablet, "the hash of its key")
    return tablet


def page_of(store: SqlStore, clock: Clock, tablet: Device) -> Lease:
    return Lease(store, "me", clock, device=tablet.id, page=True)


def test_a_page_has_it_whatever_process_serves_it(store: SqlStore, clock: Clock, tablet: Device) -> None:
    assert page_of(store, clock, tablet).take()

    assert page_of(store, clock, tablet).take()
    assert not Lease(store, "me", clock).take()
    page_of(store, clock, tablet).give_back()
    assert Lease(store, "me", clock).take()


def test_a_page_that_has_vanished_has_it_as_long_as_a_process(
    store: SqlStore, clock: Clock, tablet: Device
) -> None:
    assert page_of(store, clock, tablet).take()
    clock.at += LASTS - timedelta(seconds=1)
    assert not Lease(store, "me", clock).take()
    clock.at += timedelta(seconds=2)

    assert Lease(store, "me", clock).take()
    assert not page_of(store, clock, tablet).take()


def test_the_page_of_a_device_that_was_removed_holds_nothing(
    store: SqlStore, clock: Clock, tablet: Device
) -> None:
    assert page_of(store, clock, tablet).take()
    store.remove_device(tablet.id)

    assert Lease(store, "me", clock).take()


def test_who_has_it_is_told_by_the_name_that_people_know(
    store: SqlStore, clock: Clock, tablet: Device
) -> None:
    pc = Device(id="pc-1", name="den", kind=DeviceKind.PC, person="me")
    store.add_device(pc, "the hash of another key")
    home, terminal, page = (
        Lease(store, "me", clock, device=pc.id),
        Lease(store, "me", clock),
        page_of(store, clock, tablet),
    )

    assert home.take()
    assert not page.take()
    assert page.leader() == Leader(device="pc-1", name="den", here=True)
    home.give_back()
    assert terminal.take()
    assert not page.take()
    assert page.leader() == Leader(device="", name=socket.gethostname(), here=True)
    terminal.give_back()
    assert page.take()
    assert not terminal.take()
    assert terminal.leader() == Leader(device="t1", name="Kitchen tablet", here=False)


def test_whoever_comes_second_is_told_on_which_device_a_session_is_led(
    store: SqlStore, clock: Clock, tablet: Device
) -> None:
    assert page_of(store, clock, tablet).take()

    with pytest.raises(UserError) as caught, leading_alone(store, "me", clock):
        pass

    told = explain(caught.value, load_phrases())
    assert told is not None
    assert told[0][0] == "A session is being led already, on Kitchen tablet."


def test_a_session_that_a_tablet_has_gone_on_with_ends_and_says_where(
    store: SqlStore, clock: Clock, tablet: Device
) -> None:
    told = told_after_losing_it_to(page_of(store, clock, tablet), store, clock)

    assert told is not None
    assert "is led on Kitchen tablet now" in told[0][0]
    assert told[1] == EXIT_LED_ELSEWHERE
