"""Clips: utterances as trimmed sound, made once and kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Everything after the voice runs at this rate, mono, 16 bit. 24 kHz is what Alexa's <audio> takes, and one
#: MP3 frame is then exactly 24 ms.
RATE_HZ = 24_000
SAMPLES_PER_MS = RATE_HZ // 1000

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Sound that starts at its true onset: sample 0 is the moment it is first heard."""

    samples: Samples
    digest: str  #: names the content; equal digests are equal sounds

    @property
    def length_ms(self) -> int:
        """The length, rounded up to a whole millisecond."""
        return -(-len(self.samples) // SAMPLES_PER_MS)
