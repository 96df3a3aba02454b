"""What is heard of the coach itself, sample by sample on the machine's clock: for ears that take it out.

A speaker hands blocks over before they are heard, and takes some back when it is silenced. Here they lie
where they are heard, with silence between them, and each sample is given out once.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from speech.clips import SAMPLES_PER_MS, Samples

#: How long the first block of a stream takes to be heard, and how much of a block has been played when the
#: one after the next is asked for: with PulseAudio 17-29 ms, and 60-65 of 200 ms.
_WAKE_MS = 25
_BEGUN = 0.3

#: A block is asked for late on a busy machine, but never early: one that is earlier than was believed tells
#: better. If so many in a row are all later than this, the stream has lost some time.
_ASTRAY = 40 * SAMPLES_PER_MS
_IN_A_ROW = 8

#: A stream that is later than this with its next block has stopped: what comes after it is silence.
_LATE = 300 * SAMPLES_PER_MS

#: What nobody takes is forgotten after so long.
_KEPT = 5_000 * SAMPLES_PER_MS


class Tap(Protocol):
    """Is told what a speaker plays. For the speaker's threads: brief, never raises."""

    def begin(self) -> None:
        """Take note that a stream begins."""

    def put(self, samples: Samples, at_s: float) -> None:
        """Take the stream's next block, handed over at `at_s` on `time.monotonic`."""

    def cut(self, at_s: float) -> None:
        """Forget what would be heard after `at_s`: it will not be."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Samples and where they are heard, counted from the clock's own start."""

    start: int
    samples: Samples

    @property
    def end(self) -> int:
        return self.start + len(self.samples)


class Played:
    """A tap that gives out what is heard. `take` is for one thread; the rest is for the speaker's."""

    def __init__(self) -> None:
        """Begin with silence."""
        self._lock = threading.Lock()
        self._parts: deque[_Part] = deque()
        self._blocks = 1  # a stream may be under way already
        self._frames = 0  # of the stream
        self._origin: int | None = None  # where the stream's first sample is heard
        self._believed: deque[int] = deque(maxlen=_IN_A_ROW)
        self._known: int | None = None  # where the stream ends so far; None: there is none
        self._taken: int | None = None

    def begin(self) -> None:
        """Take note that a stream begins."""
        with self._lock:
            self._blocks = self._frames = 0
            self._origin = None
            self._believed.clear()

    def put(self, samples: Samples, at_s: float) -> None:
        """Take the stream's next block, handed over at `at_s` on `time.monotonic`."""
        with self._lock:
            start = self._settled(_frame(at_s * 1000), len(samples)) + self._frames
            self._frames += len(samples)
            self._blocks += 1
            self._parts.append(_Part(start, samples))
            self._known = self._parts[-1].end
            while self._parts and self._parts[0].end < start - _KEPT:
                self._parts.popleft()

    def cut(self, at_s: float) -> None:
        """Forget what would be heard after `at_s`: it will not be."""
        end = _frame(at_s * 1000)
        with self._lock:
            kept = [_Part(part.start, part.samples[: max(0, end - part.start)]) for part in self._parts]
            self._parts = deque(part for part in kept if len(part.samples))
            self._known = None

    def take(self, until_ms: int) -> tuple[Samples, int]:
        """Return what is heard from the last call on until a time, and when its first sample is heard.

        Milliseconds of `time.monotonic`. The first call begins there. Speakers hand blocks over early, so
        what is heard a moment from now may be known already; what is not known yet comes with a later call.
        """
        with self._lock:
            until = self._within_known(until_ms * SAMPLES_PER_MS)
            since = until if self._taken is None else self._taken
            since = max(since, until - _KEPT)  # the machine slept
            out = np.zeros(max(0, until - since), dtype=np.int16)
            for part in self._parts:
                first, last = max(part.start, since), min(part.end, until)
                if first < last:
                    out[first - since : last - since] = part.samples[first - part.start : last - part.start]
            while self._parts and self._parts[0].end <= until:
                self._parts.popleft()
            self._taken = max(since, until)
        return out, since // SAMPLES_PER_MS

    def _within_known(self, until: int) -> int:
        """Return `until`, or where the stream that is playing ends so far."""
        if self._known is None or not self._known < until < self._known + _LATE:
            return until
        return self._known // SAMPLES_PER_MS * SAMPLES_PER_MS

    def _settled(self, at: int, length: int) -> int:
        """Return where the stream's first sample is heard, from when a block of it was handed over."""
        if self._blocks == 0:
            self._origin = at + _WAKE_MS * SAMPLES_PER_MS
            return self._origin
        believed = at + round(length * (1 - _BEGUN)) - self._frames
        self._believed.append(believed)
        earliest = min(self._believed)
        lost_time = (
            len(self._believed) == _IN_A_ROW
            and self._origin is not None
            and earliest > self._origin + _ASTRAY
        )
        if self._origin is None or self._blocks == 1 or believed < self._origin - _ASTRAY // 2 or lost_time:
            self._origin = earliest
        return self._origin


def _frame(at_ms: float) -> int:
    return round(at_ms * SAMPLES_PER_MS)
