"""What is remembered within bounds."""

from __future__ import annotations

from itertools import count

from routines.memo import Memo


def test_a_value_is_made_once() -> None:
    made = count()
    memo: Memo[str, int] = Memo(2)

    assert [memo.get("a", lambda: next(made)) for _ in range(3)] == [0, 0, 0]


def test_there_are_never_more_than_there_is_room_for() -> None:
    memo: Memo[int, int] = Memo(3)
    for number in range(10):
        assert memo.get(number, lambda number=number: number * 2) == number * 2  # type: ignore[misc]
        assert len(memo) <= 3


def test_what_was_put_takes_the_place_of_what_was_there() -> None:
    memo: Memo[str, int] = Memo(2)
    memo.get("a", lambda: 1)

    assert memo.put("a", 2) == 2
    assert memo.find("a") == 2
    assert memo.find("b") is None


def test_what_could_not_be_made_is_tried_again() -> None:
    memo: Memo[str, float] = Memo(2)
    for divisor in (0, 2):
        try:
            assert memo.get("a", lambda divisor=divisor: 1 / divisor) == 0.5  # type: ignore[misc]
        except ZeroDivisionError:
            assert divisor == 0
