"""Moments in words, and how tries are counted."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import TooManyRequests

from skill.store import open_store
from skill.web.limits import LOOK_AGAIN_AFTER, Counter, Limit, network_of
from skill.web.moments import Moments
from tests.doubles import MemoryStore
from tests.skill.web.home import PHRASES, Clock

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
MOMENTS = Moments(PHRASES, lambda: NOW)


@pytest.mark.parametrize(
    ("ago", "zone", "words"),
    [
        (timedelta(0), "UTC", "today, 00:30"),
        (timedelta(hours=1), "UTC", "yesterday, 23:30"),
        (timedelta(hours=1), "Europe/Berlin", "today, 00:30"),
        (timedelta(days=3), "UTC", "Fri 20 Nov, 00:30"),
        (timedelta(days=400), "UTC", "19 Oct 2025, 00:30"),
        (timedelta(0), "Mars/North", "today, 00:30"),
    ],
)
def test_a_moment_is_said_as_it_was_where_the_person_is(ago: timedelta, zone: str, words: str) -> None:
    assert MOMENTS.when(NOW - ago, zone) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ""),
        (59, ""),
        (60, "one minute"),
        (125, "2 minutes"),
        (3600, "one hour"),
        (200_000, "2 days"),
        (-5, ""),
    ],
)
def test_how_long_it_has_been_is_said_in_whole_units(seconds: int, words: str) -> None:
    assert MOMENTS.for_how_long(NOW - timedelta(seconds=seconds)) == words


# -- tries -----------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 90), max_size=40), st.integers(1, 6))
def test_there_are_never_more_tries_than_allowed_in_any_stretch_of_time(waits: list[int], tries: int) -> None:
    clock, limit = Clock(), Limit(tries=tries, within=timedelta(seconds=100))
    counter = Counter(MemoryStore(), clock)
    let_in: list[datetime] = []
    for seconds in waits:
        clock.pass_by(seconds=seconds)
        try:
            counter.take(limit, "door")
        except TooManyRequests:
            recent = [at for at in let_in if clock() - at <= limit.within + LOOK_AGAIN_AFTER]
            assert len(recent) >= tries
        else:
            let_in.append(clock())

    for start in let_in:
        assert sum(start <= at < start + limit.within for at in let_in) <= tries


def test_tries_at_one_thing_leave_others_alone() -> None:
    counter = Counter(MemoryStore(), Clock())
    limit = Limit(tries=1, within=timedelta(minutes=1))

    counter.take(limit, "login", "anna")
    counter.take(limit, "login", "berta")
    with pytest.raises(TooManyRequests):
        counter.take(limit, "login", "anna")


def test_a_flood_of_tries_does_not_reach_the_store() -> None:
    store, limit = _Counting(), Limit(tries=2, within=timedelta(minutes=1))
    counter = Counter(store, Clock())

    for _ in range(50):
        with suppress(TooManyRequests):
            counter.take(limit, "door")

    assert store.asked == 1 + 2 + 2


class _Counting(MemoryStore):
    """A store that knows how often it was asked."""

    asked = 0

    def seen(self, key: str, at: datetime, keep: timedelta) -> bool:
        self.asked += 1
        return super().seen(key, at, keep)


def test_processes_count_together(tmp_path: Path) -> None:
    limit, clock = Limit(tries=2, within=timedelta(minutes=1)), Clock()
    with_one, with_other = (open_store(tmp_path / "steady.db") for _ in range(2))
    try:
        Counter(with_one, clock).take(limit, "door")
        Counter(with_other, clock).take(limit, "door")
        with pytest.raises(TooManyRequests):
            Counter(with_one, clock).take(limit, "door")
    finally:
        with_one.close()
        with_other.close()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.168.1.7", "192.168.1.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("::ffff:192.168.1.7", "192.168.1.7"),
        (None, ""),
        ("unix", "unix"),
    ],
)
def test_whoever_has_many_addresses_of_one_network_counts_once(address: str | None, network: str) -> None:
    assert network_of(address) == network
