"""What is done again and again goes on after what goes wrong, and ends when it is closed."""

from __future__ import annotations

import logging
import threading

import pytest

from skill.care.repeating import Repeating
from skill.ports import StoreError, StoreFault


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StoreError(StoreFault.LOCKED, "secret.sqlite3"), "test: the store: locked"),
        (ValueError("Anna's pain is 7"), "test: ValueError"),
    ],
)
def test_it_goes_on_after_a_fault_and_tells_nothing_private(
    error: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    again = threading.Event()
    turns: list[int] = []

    def what() -> None:
        turns.append(1)
        if len(turns) == 1:
            raise error
        again.set()

    repeating = Repeating(what, every_s=0.001, name="test")
    with caplog.at_level(logging.WARNING):
        repeating.start()
        assert again.wait(10)
        repeating.close()

    assert told in caplog.messages
    assert not any("secret" in line or "Anna" in line for line in caplog.messages)


def test_closing_waits_for_what_is_under_way_and_can_be_done_twice() -> None:
    begun, go_on = threading.Event(), threading.Event()
    ended: list[bool] = []

    def what() -> None:
        begun.set()
        go_on.wait(10)
        ended.append(True)

    repeating = Repeating(what, every_s=60, name="test")
    repeating.start()
    assert begun.wait(10)
    go_on.set()
    repeating.close()
    repeating.close()

    assert ended == [True]


def test_closing_before_the_start_is_harmless() -> None:
    Repeating(lambda: None, every_s=1, name="test").close()
