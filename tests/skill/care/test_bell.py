from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from skill.care.bell import Bell
from skill.care.records import Change
from skill.ports import StoreError, StoreFault


class Changes:
    """A store's newest change; counts how often it is asked, and can be out of reach."""

    def __init__(self) -> None:
        self.newest = 0
        self.asked = 0
        self.away = False
        self.looked = threading.Event()
        self.kept: list[Change] = []

    def add(self, person: str) -> int:
        self.kept.append(Change(id=self.newest + 1, topic="live", device="", person=person))
        self.newest += 1
        return self.newest

    def after(self, number: int) -> list[Change]:
        return [one for one in self.kept if one.id > number]

    def last_change(self) -> int:
        self.asked += 1
        self.looked.set()
        if self.away:
            raise StoreError(StoreFault.UNREACHABLE, "test")
        return self.newest


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def bell(changes: Changes) -> Iterator[Bell]:
    bell = Bell(changes.last_change, look_every_s=0.01)
    yield bell
    bell.close()


def test_what_has_happened_already_is_told_at_once(bell: Bell, changes: Changes) -> None:
    changes.newest = 7

    assert bell.wait(3, 10) == 7


def test_when_the_time_is_up_it_says_where_things_stand(bell: Bell, changes: Changes) -> None:
    changes.newest = 7
    bell.wait(0, 10)

    assert bell.wait(7, 0.02) == 7


def test_everybody_who_waits_hears_of_a_change(bell: Bell, changes: Changes) -> None:
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(bell.wait, 0, 10) for _ in range(20)]
        changes.newest = 1

        assert [one.result(timeout=10) for one in waiting] == [1] * 20


def test_ringing_does_not_wait_for_the_next_look(changes: Changes) -> None:
    bell = Bell(changes.last_change, look_every_s=3600)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bell.wait, 0, 60)
        assert changes.looked.wait(10)
        while not waiting.done():  # the first look may still be under way
            changes.newest = 1
            bell.ring()
        assert waiting.result() == 1
    bell.close()


def test_nobody_asks_the_store_before_somebody_waits(bell: Bell, changes: Changes) -> None:
    bell.ring()

    assert changes.asked == 0


def test_a_store_that_is_away_for_a_while_is_asked_again(bell: Bell, changes: Changes) -> None:
    changes.away = True
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bell.wait, 0, 20)
        assert changes.looked.wait(10)
        changes.newest, changes.away = 5, False
        bell.ring()

        assert waiting.result(timeout=20) == 5


def test_closing_lets_everybody_go(changes: Changes) -> None:
    bell = Bell(changes.last_change, look_every_s=0.01)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(bell.wait, 0, 3600) for _ in range(2)]
        assert changes.looked.wait(10)
        bell.close()

        assert [one.result(timeout=10) for one in waiting] == [0, 0]
    bell.close()


def test_who_asks_again_and_again_hears_of_a_change_without_waiting(bell: Bell, changes: Changes) -> None:
    assert bell.newest() == 0
    changes.newest = 4
    while bell.newest() != 4:
        assert changes.looked.wait(10)
        bell.ring()


def test_a_bell_that_is_closed_says_so(bell: Bell) -> None:
    assert not bell.closed
    bell.close()
    assert bell.closed
    assert bell.wait(0, 3600) == 0


@pytest.fixture
def knowing(changes: Changes) -> Iterator[Bell]:
    """Give a bell that knows whom changes are about, and has looked once."""
    bell = Bell(changes.last_change, changes=changes.after, look_every_s=0.01)
    first = changes.add("anna")
    assert bell.wait(0, 10) == first
    yield bell
    bell.close()


def test_a_change_about_somebody_else_wakes_nobody(knowing: Bell, changes: Changes) -> None:
    before = changes.newest
    with ThreadPoolExecutor(2) as pool:
        of_anna = pool.submit(knowing.wait, before, 10, "anna")
        of_berta = pool.submit(knowing.wait, before, 10, "berta")
        first = changes.add("berta")

        assert of_berta.result(timeout=10) == first
        assert not of_anna.done()

        second = changes.add("anna")
        assert of_anna.result(timeout=10) == second


def test_a_change_about_everybody_wakes_each(knowing: Bell, changes: Changes) -> None:
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(knowing.wait, changes.newest, 10, person) for person in ("anna", "berta")]
        newest = changes.add("")

        assert [one.result(timeout=10) for one in waiting] == [newest, newest]


def test_changes_that_were_dropped_unread_are_taken_to_be_about_everybody(
    knowing: Bell, changes: Changes
) -> None:
    before = changes.newest
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(knowing.wait, before, 10, "anna")
        changes.newest += 3  # of which nothing is there any more

        assert waiting.result(timeout=10) == before + 3


def test_what_happened_to_somebody_meanwhile_is_told_at_once(knowing: Bell, changes: Changes) -> None:
    before = changes.newest
    changes.add("anna")
    newest = changes.add("berta")
    knowing.wait(before + 1, 10)

    assert knowing.wait(before, 10, "anna") == newest
    assert knowing.wait(newest, 0.02, "anna") == newest
