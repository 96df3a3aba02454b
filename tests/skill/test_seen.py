"""Requests are claimed once, forgotten in time, and never more than there is room for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from skill.seen import Claim, Seen, SeenByAll, SeenHere
from skill.store import open_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=5)


@pytest.fixture(params=["here", "by all"])
def seen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Seen]:
    """Give each kind; what is seen by all is kept in a real store."""
    if request.param == "here":
        yield SeenHere()
        return
    store = open_store(tmp_path / "history.sqlite3")
    yield SeenByAll(store.seen)
    store.close()


def test_the_first_claim_is_the_only_one(seen: Seen) -> None:
    assert seen.claim("a", NOW, UNTIL) == Claim(first=True)
    assert seen.claim("a", NOW, UNTIL) == Claim(first=False)
    assert seen.claim("b", NOW, UNTIL).first


def test_what_was_answered_is_answered_again(seen: Seen) -> None:
    seen.claim("a", NOW, UNTIL)
    seen.keep("a", b"answer")

    assert seen.claim("a", NOW, UNTIL) == Claim(first=False, answer=b"answer")


def test_what_could_not_be_carried_out_may_be_tried_again_once(seen: Seen) -> None:
    seen.claim("a", NOW, UNTIL)
    seen.release("a")

    assert seen.claim("a", NOW, UNTIL).first
    assert not seen.claim("a", NOW, UNTIL).first


def test_a_claim_is_forgotten_in_time(seen: Seen) -> None:
    seen.claim("a", NOW, UNTIL)
    seen.keep("a", b"answer")
    later = UNTIL + timedelta(seconds=1)

    assert seen.claim("a", later, later + timedelta(minutes=5)) == Claim(first=True)


def test_of_many_claims_at_the_same_moment_one_is_the_first(seen: Seen) -> None:
    def claim(_: int) -> bool:
        return seen.claim("a", NOW, UNTIL).first

    with ThreadPoolExecutor(8) as threads:
        firsts = list(threads.map(claim, range(32)))

    assert sum(firsts) == 1


@pytest.mark.parametrize("kind", [lambda: SeenHere(room=10), lambda: SeenHere(room=1)])
def test_the_oldest_is_forgotten_where_there_is_no_room(kind: Callable[[], SeenHere]) -> None:
    seen = kind()
    for n in range(100):
        seen.claim(str(n), NOW, UNTIL)

    assert len(seen) <= 10
    assert not seen.claim("99", NOW, UNTIL).first
    assert seen.claim("0", NOW, UNTIL).first


def test_an_answer_to_what_nobody_claimed_is_not_kept(seen: Seen) -> None:
    seen.keep("a", b"answer")

    assert seen.claim("a", NOW, UNTIL) == Claim(first=True)
