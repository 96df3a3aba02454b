"""A timeline and its sounds as one track, block by block: an hour takes no more memory than a minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from routines.cue import Cue
from routines.timeline import Timeline
from speech.clips import RATE_HZ, SAMPLES_PER_MS, Clip, Samples

#: One second: few steps, little memory.
BLOCK_SAMPLES = RATE_HZ

_LOWEST, _HIGHEST = -32768, 32767


class Sounds(Protocol):
    """What each cue sounds like."""

    def for_cue(self, cue: Cue) -> Clip | None:
        """Return the sound of a cue; None if it has none."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A clip and the sample its onset falls on, counted from the start of the track."""

    at_sample: int
    clip: Clip

    @property
    def end_sample(self) -> int:
        """The first sample after it."""
        return self.at_sample + len(self.clip.samples)


def placed(timeline: Timeline, sounds: Sounds) -> Iterator[Placed]:
    """Yield every sounding cue's clip at its place, in order. Clips are asked for as they are reached."""
    for block in timeline.blocks:
        for cue in block.cues:
            clip = sounds.for_cue(cue)
            if clip is not None and len(clip.samples):
                yield Placed(cue.at_ms * SAMPLES_PER_MS, clip)


def mix(timeline: Timeline, sounds: Sounds, block_samples: int = BLOCK_SAMPLES) -> Iterator[Samples]:
    """Yield the session as 24 kHz mono samples in blocks, `total_ms` long altogether.

    What would sound past the end is cut off.
    """
    return mix_placed(placed(timeline, sounds), timeline.total_ms * SAMPLES_PER_MS, block_samples)


def mix_placed(
    parts: Iterable[Placed], total_samples: int, block_samples: int = BLOCK_SAMPLES
) -> Iterator[Samples]:
    """Yield `total_samples` samples in blocks with every part at its place; parts must be in order.

    Parts that overlap are added and kept inside 16 bits. A part that starts before sample 0 loses its start.
    """
    waiting = iter(parts)
    ahead = next(waiting, None)
    sounding: list[Placed] = []
    for start in range(0, total_samples, block_samples):
        end = min(start + block_samples, total_samples)
        while ahead is not None and ahead.at_sample < end:
            sounding.append(ahead)
            ahead = next(waiting, None)
        block = np.zeros(end - start, dtype=np.int16)
        for part in sounding:
            _add(block, start, part)
        sounding = [part for part in sounding if part.end_sample > end]
        yield block


def _add(block: Samples, start: int, part: Placed) -> None:
    first = max(start, part.at_sample)
    last = min(start + len(block), part.end_sample)
    if first >= last:
        return
    there = block[first - start : last - start]
    new = part.clip.samples[first - part.at_sample : last - part.at_sample]
    if there.any():
        there[:] = np.clip(there.astype(np.int32) + new, _LOWEST, _HIGHEST)
    else:
        there[:] = new
