"""What a browser is to play next: everything one answer is about to be heard, as one piece. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from routines.course import Course
from routines.cue import Cue
from routines.events import Ask, BlockFinished, Effect, End, Halt, Play, Refuse, Say
from routines.script import SENTENCE_GAP_MS, BlockKind
from routines.session import Session, step
from routines.timeline import LaidBlock, Timeline, cues_from, lay_count_in, lay_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a piece: a place in a block, or words in between (`block` is "")."""

    block: str
    at_ms: int  #: where in the piece it starts
    base_ms: int  #: where in the block it starts
    length_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something to be heard in one go, from its own beginning."""

    parts: tuple[Part, ...]
    cues: tuple[Cue, ...]
    length_ms: int

    @property
    def timeline(self) -> Timeline:
        """The same for whatever makes sound."""
        laid = LaidBlock(
            id="",
            kind=BlockKind.LEAD,
            exercise=None,
            title="",
            set=None,
            sets=None,
            side=None,
            at_ms=0,
            length_ms=self.length_ms,
            work_at_ms=None,
            work_ms=0,
            rep_ms=None,
            cues=self.cues,
        )
        return Timeline(routine="", blocks=(laid,))


def piece_of(effects: Iterable[Effect], session: Session, course: Course) -> Piece | None:
    """Return what is to be heard of a step's effects, in their order; None if nothing is.

    What is not possible (`Refuse`) is said only where nothing else could be playing: see `told`.
    """
    effects = tuple(effects)
    parts: list[Part] = []
    cues: list[Cue] = []
    at_ms = 0

    def add(block: str, base_ms: int, length_ms: int, some: tuple[Cue, ...]) -> None:
        nonlocal at_ms
        parts.append(Part(block=block, at_ms=at_ms, base_ms=base_ms, length_ms=length_ms))
        cues.extend(replace(cue, at_ms=cue.at_ms + at_ms) for cue in some)
        at_ms += length_ms

    for effect in effects:
        match effect:
            case Say(lines) | Ask(lines=lines):
                gap_ms = session.plan.stretch(SENTENCE_GAP_MS)
                laid = lay_lines("", lines, course.lengths, gap_ms)
                add("", 0, laid.length_ms, laid.cues)
            case Play(block=block, from_ms=from_ms, count_in=count_in):
                if count_in:
                    laid = lay_count_in("", course.lengths)
                    add("", 0, laid.length_ms, laid.cues)
                laid = course.block(session.plan, block)
                add(block, from_ms, laid.length_ms - from_ms, cues_from(laid, from_ms))
            case _:
                pass
    return Piece(parts=tuple(parts), cues=tuple(cues), length_ms=at_ms) if parts else None


def told(effects: Iterable[Effect]) -> tuple[str, ...]:
    """Return what is to be read of a step's effects: why something is not possible."""
    return tuple(line for effect in effects if isinstance(effect, Refuse) for line in effect.lines)


def following(session: Session, course: Course) -> Piece | None:
    """Return what is heard when the session's block is over, if that is nothing but the next block."""
    after, effects = step(session, BlockFinished(block=session.block), course)
    heard = [effect for effect in effects if isinstance(effect, (Play, Say, Ask, Halt, End))]
    if len(heard) == 1 and isinstance(heard[0], Play):
        return piece_of(heard, after, course)
    return None
