"""Loudness, sample by sample: even ramps, and a limit that rounds peaks off instead of cutting them.

Each sample's value depends on its place alone, so sound comes out the same however it is divided into blocks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from speech.clips import Samples

Floats = npt.NDArray[np.float32]

_FULL = 32767.0
#: How long sound takes to fade when it is cut off: too short to hear as a fade, long enough not to click.
FADE_MS = 4
#: Below this nothing is changed; above, peaks approach full scale without reaching it.
_KNEE = 28000.0


class Ramp:
    """A factor that moves evenly from where it is to where it should be."""

    def __init__(self, value: float) -> None:
        """Stand still at `value`."""
        self._from = self._to = value
        self._length = self._done = 0

    @classmethod
    def rise(cls, length: int) -> Ramp:
        """Return a ramp from silence to full within `length` samples."""
        ramp = cls(0.0)
        ramp.go(1.0, length)
        return ramp

    @property
    def left(self) -> int:
        """How many samples the ramp still has to go."""
        return self._length - self._done

    def go(self, value: float, length: int) -> None:
        """Move to `value` within `length` samples, from wherever it is."""
        if value != self._to:
            self._from, self._to = self._now(), value
            self._length, self._done = length, 0

    def apply(self, sound: Floats) -> None:
        """Multiply `sound` in place and move on by its length."""
        moving = min(self.left, len(sound))
        if moving:
            places = np.arange(self._done + 1, self._done + moving + 1, dtype=np.float32)
            slope = np.float32((self._to - self._from) / self._length)
            sound[:moving] *= np.float32(self._from) + slope * places
            self._done += moving
        if self._to != 1.0 and moving < len(sound):
            sound[moving:] *= np.float32(self._to)

    def _now(self) -> float:
        if not self.left:
            return self._to
        return self._from + (self._to - self._from) * self._done / self._length


def soften(sound: Floats) -> Samples:
    """Return `sound` as 16-bit samples; what is too loud is rounded off."""
    over = np.abs(sound) - np.float32(_KNEE)
    if over.size and over.max() > 0:
        room = np.float32(_FULL - _KNEE)
        beyond = np.maximum(over, 0) / room
        rounded = np.float32(_KNEE) + room * beyond / (1 + beyond)
        sound = np.where(over > 0, np.copysign(rounded, sound), sound)
    return np.rint(sound).astype(np.int16)
