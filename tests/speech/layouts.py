"""Timelines made of a few cues, and how to hear where each one starts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from routines.cue import Cue, CueKind
from routines.model import Side
from routines.script import BlockKind
from routines.timeline import LaidBlock, Timeline
from speech.clips import SAMPLES_PER_MS, Samples
from speech.mix import Sounds, placed


def count(at_ms: int, text: str = "one", length_ms: int = 300) -> Cue:
    """Return a count."""
    return Cue(at_ms, length_ms, CueKind.COUNT, text, "block")


def say(at_ms: int, text: str, length_ms: int = 800) -> Cue:
    """Return something said."""
    return Cue(at_ms, length_ms, CueKind.SAY, text, "block")


def block(
    at_ms: int,
    length_ms: int,
    cues: Iterable[Cue] = (),
    *,
    kind: BlockKind = BlockKind.WORK,
    title: str = "wall slides",
    set_no: int | None = 1,
    sets: int | None = 1,
    side: Side | None = None,
) -> LaidBlock:
    """Return a block with these cues."""
    return LaidBlock(
        id=f"block-{at_ms}",
        kind=kind,
        exercise="wall-slides",
        title=title,
        set=set_no,
        sets=sets,
        side=side,
        at_ms=at_ms,
        length_ms=length_ms,
        work_at_ms=None,
        work_ms=0,
        rep_ms=None,
        cues=tuple(cues),
    )


def timeline(total_ms: int, *cues: Cue) -> Timeline:
    """Return a session of one block."""
    return Timeline(routine="knee", blocks=(block(0, total_ms, cues),))


def onset_errors(track: npt.NDArray[np.int16], session: Timeline, sounds: Sounds) -> list[int]:
    """Return how many samples each cue is heard late, by where it fits the track best (25 ms either way)."""
    reach = 25 * SAMPLES_PER_MS
    around = np.pad(track.astype(np.float64), (reach, reach + 48_000))
    errors = []
    for part in placed(session, sounds):
        shape: Samples = part.clip.samples[: 200 * SAMPLES_PER_MS]
        near = around[part.at_sample : part.at_sample + len(shape) + 2 * reach]
        fit = np.correlate(near, shape.astype(np.float64), "valid")
        errors.append(int(fit.argmax()) - reach)
    return errors
