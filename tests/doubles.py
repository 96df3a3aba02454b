"""Small real classes that stand in for our ports."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from routines.cue import Cue, CueKind
from speech.clips import SAMPLES_PER_MS, Clip


class Bursts:
    """Sounds: each cue is noise with a sharp onset, as long as the cue, always the same for a text and length.

    Words in `silent` have no sound.
    """

    def __init__(self, *silent: str) -> None:
        self.silent = silent

    def for_cue(self, cue: Cue) -> Clip | None:
        if cue.kind is CueKind.QUIET or cue.text in self.silent:
            return None
        name = f"{cue.text} {cue.length_ms}"
        samples = np.random.default_rng(crc32(name.encode())).normal(0, 5000, cue.length_ms * SAMPLES_PER_MS)
        fade = np.minimum(1, np.arange(len(samples), 0, -1) / 400)
        return Clip((samples * fade).clip(-32768, 32767).astype(np.int16), name)
