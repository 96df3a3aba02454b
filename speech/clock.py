"""The clock that everything which waits is given, so that a test can give it another."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Milliseconds that only ever go forward, from an arbitrary start."""

    def now_ms(self) -> int:
        """Return the time in milliseconds."""

    def sleep_until_ms(self, at_ms: int) -> None:
        """Return when it is `at_ms` or later; at once if it already is."""


class MonotonicClock:
    """The machine's own clock, which setting the time of day does not move."""

    def now_ms(self) -> int:
        """Return the time in milliseconds."""
        return time.monotonic_ns() // 1_000_000

    def sleep_until_ms(self, at_ms: int) -> None:
        """Return when it is `at_ms` or later; at once if it already is."""
        left_ns = at_ms * 1_000_000 - time.monotonic_ns()
        if left_ns > 0:
            time.sleep(left_ns / 1e9)
