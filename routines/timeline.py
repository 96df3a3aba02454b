"""Script + how long each utterance takes -> cues with exact times.

Times are whole milliseconds from the start of the session. Each block is laid out by itself from its own
utterances, so a session can start while later blocks are still being measured; the total is a plain sum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from routines.cue import CHIME_MS, TICK_MS, Cue, CueKind, Tone
from routines.model import Side
from routines.script import Beat, Block, BlockKind, Filler, Grid, Line, Period, Script, Sound, Speech

__all__ = [
    "CHIME_MS",
    "TICK_MS",
    "Cue",
    "CueKind",
    "LaidBlock",
    "Lengths",
    "Timeline",
    "Tone",
    "cues_from",
    "lay",
    "lay_block",
    "lay_count_in",
    "lay_lines",
    "relocate",
    "resume_ms",
    "utterances",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidBlock:
    """A block of the script with its place in time."""

    id: str
    kind: BlockKind
    exercise: str | None  #: the routine's id of it
    title: str  #: the exercise that is done, as it is spoken
    set: int | None
    sets: int | None
    side: Side | None
    at_ms: int
    length_ms: int
    work_at_ms: (
        int | None
    )  #: where the hold, the first repetition or the steady work starts; None without work
    work_ms: int  #: how long that lasts
    rep_ms: int | None  #: how long one repetition takes; None where none are counted
    cues: tuple[Cue, ...]  #: times are from the start of the session

    @property
    def end_ms(self) -> int:
        """When it is over."""
        return self.at_ms + self.length_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A whole session in time: blocks one after the other without a gap."""

    routine: str
    blocks: tuple[LaidBlock, ...]

    @property
    def total_ms(self) -> int:
        """The length of the session."""
        return self.blocks[-1].end_ms if self.blocks else 0

    @property
    def cues(self) -> tuple[Cue, ...]:
        """Every cue in order."""
        return tuple(cue for block in self.blocks for cue in block.cues)


class Lengths(Protocol):
    """How long utterances take: measured from a voice, or estimated."""

    def length_ms(self, text: str) -> int:
        """Return how long `text` sounds, in milliseconds."""


#: Silence between two utterances that are fitted into a grid, so that they are heard as two.
MIN_GAP_MS = 60
COUNTDOWN_S = 3
SECOND_MS = 1000
#: Blocks and work start on multiples of this (one MP3 frame at 24 kHz), so that what is said again and again
#: falls into the same few places of a file and has to be encoded only once for each.
GRAIN_MS = 24


def lay(script: Script, lengths: Lengths) -> Timeline:
    """Return the whole session in time."""
    blocks: list[LaidBlock] = []
    at_ms = 0
    for block in script.blocks:
        laid = lay_block(block, lengths, at_ms)
        blocks.append(laid)
        at_ms = laid.end_ms
    return Timeline(routine=script.routine, blocks=tuple(blocks))


def lay_block(block: Block, lengths: Lengths, at_ms: int = 0) -> LaidBlock:
    """Return one block in time, starting at `at_ms`."""
    pen = _Pen(block.id, lengths, at_ms)
    for part in block.parts:
        match part:
            case Speech():
                pen.speech(part.lines, part.gap_ms)
            case Period():
                pen.period(part)
            case Sound(tone):
                pen.put(CueKind.CHIME, tone, CHIME_MS)
            case Grid():
                pen.grid(part)
            case _:
                assert_never(part)
    pen.align()
    return LaidBlock(
        id=block.id,
        kind=block.kind,
        exercise=block.exercise,
        title=block.title,
        set=block.set,
        sets=block.sets,
        side=block.side,
        at_ms=at_ms,
        length_ms=pen.at_ms - at_ms,
        work_at_ms=pen.work_at_ms,
        work_ms=pen.work_ms,
        rep_ms=pen.rep_ms,
        cues=tuple(sorted(pen.cues, key=lambda cue: cue.at_ms)),
    )


def lay_lines(block_id: str, lines: tuple[str, ...], lengths: Lengths, gap_ms: int) -> LaidBlock:
    """Return lines said one after the other as a block of their own: an answer, a remark."""
    speech = Speech(tuple(Line(line) for line in lines), gap_ms)
    return lay_block(Block(id=block_id, kind=BlockKind.LEAD, parts=(speech,)), lengths)


def lay_count_in(block_id: str, lengths: Lengths) -> LaidBlock:
    """Return "3, 2, 1" on a one-second beat, to come before work that goes on."""
    beats = tuple(Beat(nth * 1000, CueKind.COUNT, (str(COUNTDOWN_S - nth),)) for nth in range(COUNTDOWN_S))
    grid = Grid(COUNTDOWN_S * 1000, beats, ())
    return lay_block(Block(id=block_id, kind=BlockKind.LEAD, parts=(grid,)), lengths)


def utterances(block: Block) -> tuple[str, ...]:
    """Return every text whose length the layout of a block may ask for, in the order it would be heard."""
    texts: list[str] = []
    for part in block.parts:
        match part:
            case Speech() | Period():
                texts += [text for line in part.lines for text in (line.text, line.twin) if text]
            case Grid():
                marks: list[Beat | Filler] = [*part.beats, *part.fillers]
                marks.sort(key=_mark_ms)
                texts += [form for mark in marks for form in mark.forms]
            case Sound():
                pass
            case _:
                assert_never(part)
    return tuple(dict.fromkeys(texts))


class _Pen:
    """Lays the parts of one block one after the other."""

    def __init__(self, block_id: str, lengths: Lengths, at_ms: int) -> None:
        self.block_id = block_id
        self.lengths = lengths
        self.start_ms = self.at_ms = at_ms
        self.work_at_ms: int | None = None
        self.work_ms = 0
        self.rep_ms: int | None = None
        self.cues: list[Cue] = []

    def put(self, kind: CueKind, text: str, length_ms: int) -> None:
        """Lay a cue here and go on after it."""
        self.put_at(self.at_ms, kind, text, length_ms)
        self.at_ms += length_ms

    def put_at(self, at_ms: int, kind: CueKind, text: str, length_ms: int) -> None:
        self.cues.append(Cue(at_ms, length_ms, kind, str(text), self.block_id))

    def speech(self, lines: tuple[Line, ...], gap_ms: int) -> int:
        """Lay lines, and return for how much longer than the last one's words there is time."""
        spare_ms = 0
        for line in lines:
            length_ms = self.lengths.length_ms(line.text)
            self.put_at(self.at_ms, CueKind.SAY, line.text, length_ms)
            # The other side's words may be longer: both sides get the same time.
            spare_ms = max(0, self.lengths.length_ms(line.twin) - length_ms) if line.twin else 0
            self.at_ms += length_ms + spare_ms + max(gap_ms, MIN_GAP_MS)
        return spare_ms

    def period(self, period: Period) -> None:
        start_ms = self.at_ms
        spare_ms = self.speech(period.lines, period.gap_ms)
        tail_ms = COUNTDOWN_S * 1000 if period.countdown else 0
        end_ms = start_ms + max(period.length_ms, self.at_ms - start_ms + tail_ms)
        self.at_ms -= spare_ms  # the silence begins when the words are over
        quiet_ms = end_ms - tail_ms - self.at_ms
        if quiet_ms:
            self.put(CueKind.QUIET, period.purpose, quiet_ms)
        for left in range(COUNTDOWN_S if period.countdown else 0, 0, -1):
            self.put_at(end_ms - left * 1000, CueKind.TICK, "", TICK_MS)
        self.at_ms = end_ms

    def align(self) -> None:
        """Go on to the next multiple of the grain."""
        self.at_ms += -(self.at_ms - self.start_ms) % GRAIN_MS

    def grid(self, grid: Grid) -> None:
        self.align()
        self.work_at_ms, self.work_ms, self.rep_ms = self.at_ms, grid.length_ms, grid.rep_ms
        taken = self._beats(grid)
        for filler in sorted(grid.fillers, key=lambda filler: (-filler.priority, filler.from_ms)):
            self._fill(filler, taken)
        for (from_ms, until_ms), (kind, text) in taken.items():
            self.put_at(self.at_ms + from_ms, kind, text, until_ms - from_ms)
        self.at_ms += grid.length_ms

    def _beats(self, grid: Grid) -> dict[tuple[int, int], tuple[CueKind, str]]:
        """Return what is heard on each beat, by its span of time within the grid."""
        taken: dict[tuple[int, int], tuple[CueKind, str]] = {}
        ends = [beat.at_ms for beat in grid.beats[1:]] + [grid.length_ms]
        for beat, next_ms in zip(grid.beats, ends, strict=True):
            kind, text, length_ms = self._on_beat(beat, next_ms - beat.at_ms - MIN_GAP_MS)
            if length_ms:
                taken[beat.at_ms, beat.at_ms + length_ms] = (kind, text)
        return taken

    def _on_beat(self, beat: Beat, room_ms: int) -> tuple[CueKind, str, int]:
        for form in beat.forms:
            length_ms = self.lengths.length_ms(form)
            if length_ms <= room_ms:
                return beat.kind, form, length_ms
        if beat.or_tick and room_ms >= TICK_MS:
            return CueKind.TICK, "", TICK_MS
        return CueKind.QUIET, "", 0

    def _fill(self, filler: Filler, taken: dict[tuple[int, int], tuple[CueKind, str]]) -> None:
        """Put a filler's first form that fits into the first free place of its window; else leave it out."""
        spans = sorted(taken)
        for form in filler.forms:
            length_ms = self.lengths.length_ms(form)
            start_ms = filler.from_ms
            for from_ms, until_ms in spans:
                if until_ms + MIN_GAP_MS <= start_ms:
                    continue
                if start_ms + length_ms + MIN_GAP_MS <= from_ms:
                    break
                start_ms = max(start_ms, until_ms + MIN_GAP_MS)
            if start_ms + length_ms + MIN_GAP_MS <= filler.until_ms:
                taken[start_ms, start_ms + length_ms] = (CueKind.SAY, form)
                return


def _mark_ms(mark: Beat | Filler) -> int:
    return mark.at_ms if isinstance(mark, Beat) else mark.from_ms


def cues_from(block: LaidBlock, from_ms: int) -> tuple[Cue, ...]:
    """Return the cues of a block from a place on, timed from there; what has begun before is left out."""
    start_ms = block.at_ms + from_ms
    return tuple(replace(cue, at_ms=cue.at_ms - start_ms) for cue in block.cues if cue.at_ms >= start_ms)


def resume_ms(block: LaidBlock, offset_ms: int) -> int:
    """Return where to go on in a block that was left at `offset_ms` (both from the block's start).

    A repetition is begun again, a hold goes on at the second that had begun, words before the work are said
    again, and so is a sentence that was cut off. In a silence the time that has passed stays passed.
    """
    at_ms = block.at_ms + offset_ms
    from_ms = block.at_ms
    if block.work_at_ms is not None:
        gone_ms = at_ms - block.work_at_ms
        if gone_ms < 0:
            return 0
        if gone_ms < block.work_ms:
            return offset_ms - gone_ms % (block.rep_ms or SECOND_MS)
        from_ms = block.work_at_ms + block.work_ms
    said = [cue for cue in block.cues if from_ms <= cue.at_ms <= at_ms and cue.kind is not CueKind.CHIME]
    if not said:
        return from_ms - block.at_ms
    return offset_ms if said[-1].kind is CueKind.QUIET else said[-1].at_ms - block.at_ms


def relocate(before: LaidBlock, offset_ms: int, after: LaidBlock) -> int | None:
    """Return the place in `after` that answers to `offset_ms` in `before`: the same block under another plan.

    Repetitions go on at the one that was begun; holds and steady work at the same time; words at the
    same sentence, or from the start. None if by now all of `after`'s work has been done.
    """
    here_ms = before.at_ms + resume_ms(before, offset_ms)
    if before.work_at_ms is None or after.work_at_ms is None:
        return _same_line(before, here_ms, after)
    if here_ms < before.work_at_ms:
        return 0
    gone_ms = here_ms - before.work_at_ms
    if before.rep_ms and after.rep_ms:
        gone_ms = gone_ms // before.rep_ms * after.rep_ms
    return after.work_at_ms - after.at_ms + gone_ms if gone_ms < after.work_ms else None


def _same_line(before: LaidBlock, here_ms: int, after: LaidBlock) -> int:
    said = [cue.text for cue in before.cues if cue.kind is CueKind.SAY and cue.at_ms <= here_ms]
    places = [cue.at_ms for cue in after.cues if said and cue.kind is CueKind.SAY and cue.text == said[-1]]
    return places[0] - after.at_ms if places else 0
