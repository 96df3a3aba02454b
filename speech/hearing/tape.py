"""What is being played, laid along the microphone's sound: sample beside sample."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from speech.clips import RATE_HZ, Samples
from speech.hearing.echo import Floats
from speech.hearing.port import HEARING_HZ

#: Times that differ by less than this are trusted less than the count of samples.
_SLACK = HEARING_HZ * 250 // 1000

#: How much is kept.
_KEPT = 4 * HEARING_HZ

_TAPS = 48


class Thinner:
    """Turns sound of the player's rate into 16 kHz: two samples of three, nothing left to fold."""

    def __init__(self) -> None:
        """Begin with silence."""
        at = np.arange(-_TAPS, _TAPS + 1, dtype=np.float64)
        cutoff = 0.92 * HEARING_HZ / RATE_HZ
        self._phases = [self._kernel(at, shift, cutoff) for shift in (0.0, 0.5)]
        self._rest: Floats = np.zeros(2 * _TAPS, dtype=np.float32)

    @staticmethod
    def _kernel(at: np.typing.NDArray[np.float64], shift: float, cutoff: float) -> Floats:
        kernel = np.sinc((at - shift) * cutoff) * cutoff
        window = 0.5 + 0.5 * np.cos(np.pi * (at - shift) / (_TAPS + 1))
        return np.asarray(kernel * window, dtype=np.float32)

    def take(self, samples: Samples) -> Floats:
        """Return what can be said of these samples by now; full scale is 1. A little of them comes later."""
        self._rest = np.concatenate([self._rest, samples.astype(np.float32) / np.float32(32768)])
        # Output 2k stands on input 3k, output 2k + 1 half-way between inputs 3k + 1 and 3k + 2.
        threes = (len(self._rest) - 2 * _TAPS - 1) // 3
        if threes <= 0:
            return np.zeros(0, dtype=np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._rest, 2 * _TAPS + 1)
        out = np.empty(2 * threes, dtype=np.float32)
        out[0::2] = windows[: 3 * threes : 3] @ self._phases[0]
        out[1::2] = windows[1 : 3 * threes : 3] @ self._phases[1]
        self._rest = self._rest[3 * threes :]
        return out


class Tape:
    """Keeps what was handed to the speaker, by the sample of the clock at which it is heard."""

    def __init__(self) -> None:
        """Nothing was played yet."""
        self._lock = threading.Lock()
        self._told: deque[tuple[Samples, int]] = deque()
        self._thinner = Thinner()
        self._samples: Floats = np.zeros(0, dtype=np.float32)
        self._first = 0  # the clock's sample at which `_samples` begins

    def tell(self, samples: Samples, at_ms: int) -> None:
        """Note what is heard from about `at_ms` on. Brief: for the speaker's thread."""
        with self._lock:
            self._told.append((samples, at_ms))

    def take(self, first: int, count: int) -> Floats:
        """Return what is heard at these samples of the clock; silence where nothing was told."""
        with self._lock:
            told = tuple(self._told)
            self._told.clear()
        for samples, at_ms in told:
            self._lay(self._thinner.take(samples), at_ms * HEARING_HZ // 1000)
        out = np.zeros(count, dtype=np.float32)
        begin, end = max(first, self._first), min(first + count, self._first + len(self._samples))
        if begin < end:
            out[begin - first : end - first] = self._samples[begin - self._first : end - self._first]
        stale = len(self._samples) - _KEPT
        if stale > 0:
            self._samples = self._samples[stale:]
            self._first += stale
        return out

    def _lay(self, samples: Floats, at: int) -> None:
        """Put sound behind the last, or where its time says if that is far off: the speaker began anew."""
        end = self._first + len(self._samples)
        if not len(self._samples):
            self._first = end = at
        if abs(at - end) > _SLACK:
            if at > end:
                self._samples = np.concatenate([self._samples, np.zeros(min(at - end, _KEPT), np.float32)])
                self._first += max(0, at - end - _KEPT)
            else:
                keep = max(0, at - self._first)
                self._samples = self._samples[:keep]
                self._first = at - keep
        self._samples = np.concatenate([self._samples, samples])
