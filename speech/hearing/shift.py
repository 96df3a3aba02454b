"""Notices when the speaker is suddenly heard a little earlier or later: each stream begins a bit differently.

How the room sounds is known by then, so what is expected of the speaker can be laid over what is heard: a
quarter of a second tells to the sample how far apart the two are.
"""

from __future__ import annotations

import numpy as np

from speech.hearing.echo import BLOCK, Floats

#: How much is compared, how often, and how far apart the two may be: 256, 64 and 30 ms.
_SPAN = 16 * BLOCK
_EVERY = 4
_FARTHEST = 480

#: How alike the two must be where they fit best (1: the same), and how much more than where they are now.
_ALIKE = 0.5
_BETTER = 1.5

#: Quieter than this nothing can be found out.
_AUDIBLE = 1e-6


class Shift:
    """Takes what is heard and what is expected of the speaker; says how much later it comes."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._heard: Floats = np.zeros(_SPAN, dtype=np.float32)
        self._expected: Floats = np.zeros(_SPAN, dtype=np.float32)
        self._fresh = 0

    def take(self, heard: Floats, expected: Floats) -> int:
        """Take a block of each; return by how many samples the speaker is later, 0 if that is not clear."""
        self._heard = np.concatenate([self._heard[BLOCK:], heard])
        self._expected = np.concatenate([self._expected[BLOCK:], expected])
        self._fresh += 1
        if self._fresh < _EVERY:
            return 0
        self._fresh = 0
        later = self._look()
        if later:
            self._expected[:] = 0.0  # what is there was expected elsewhere
        return later

    def _look(self) -> int:
        powers = float(np.sum(np.square(self._heard))), float(np.sum(np.square(self._expected)))
        if min(powers) < _AUDIBLE * _SPAN:
            return 0
        padded = 2 * _SPAN
        cross = np.fft.rfft(self._heard, padded) * np.conj(np.fft.rfft(self._expected, padded))
        match = np.fft.irfft(cross, padded) / np.sqrt(powers[0] * powers[1])
        near = np.concatenate([match[-_FARTHEST:], match[: _FARTHEST + 1]])
        best = int(np.argmax(near))
        clear = near[best] > _ALIKE and near[best] > _BETTER * max(float(near[_FARTHEST]), 0.0)
        return best - _FARTHEST if clear else 0
