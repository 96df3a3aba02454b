"""How much later than it was told the speaker is picked up: found by ear, watched all the time."""

from __future__ import annotations

import numpy as np

from speech.hearing.echo import Floats
from speech.hearing.port import HEARING_HZ

#: How much sound is compared at a time, how often, and how far apart the two may be, either way.
_SPAN = 2 * HEARING_HZ
_EVERY = HEARING_HZ // 2
_FARTHEST = HEARING_HZ * 700 // 1000

#: How much clearer than the rest a match must be; how long what was found before counts.
_CLEAR = 9.0
_KEEPS = 0.8

#: Quieter than this nothing can be found out.
_AUDIBLE = 1e-8


class Delay:
    """Takes both streams; says how many samples the one lags behind the other."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._heard: Floats = np.zeros(_SPAN, dtype=np.float32)
        self._played: Floats = np.zeros(_SPAN, dtype=np.float32)
        self._fresh = 0
        self._cross = np.zeros(_SPAN + 1, dtype=np.complex64)

    def take(self, heard: Floats, played: Floats) -> int | None:
        """Take a block of each; return the lag in samples if that is clear just now, else None."""
        count = len(heard)
        self._heard = np.concatenate([self._heard[count:], heard])
        self._played = np.concatenate([self._played[count:], played])
        self._fresh += count
        if self._fresh < _EVERY:
            return None
        self._fresh = 0
        if np.mean(np.square(self._played)) < _AUDIBLE or np.mean(np.square(self._heard)) < _AUDIBLE:
            return None
        return self._look()

    def _look(self) -> int | None:
        padded = 2 * _SPAN
        cross = np.fft.rfft(self._heard, padded) * np.conj(np.fft.rfft(self._played, padded))
        # All bands count the same, whatever the room and the voice favour.
        self._cross = _KEEPS * self._cross + (cross / (np.abs(cross) + 1e-6)).astype(np.complex64)
        match = np.fft.irfft(self._cross, padded)
        near = np.concatenate([match[-_FARTHEST:], match[: _FARTHEST + 1]])
        best = int(np.argmax(near))
        if near[best] < _CLEAR * float(np.std(near)):
            return None
        return best - _FARTHEST
