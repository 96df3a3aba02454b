"""Cutting blocks into turns: what is said in one reply, no longer than Alexa should go on before she asks.

A cut falls where a body can wait: between sentences, at the start of a repetition, in a rest, at a mark of
steady work. Never in a word, never in a hold of up to a minute, never between work and the words that end it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from routines.cue import Cue, CueKind
from routines.script import BlockKind
from routines.timeline import LaidBlock
from speech.limits import QUESTION_MS, TURN_MS, TooLongError

#: What a turn may take where a question follows it.
ROOM_MS = TURN_MS - QUESTION_MS
#: A hold up to this length is one piece.
ONE_PIECE_MS = 60_000
#: Steady work can be left at such marks where nothing is being said.
MARK_MS = 30_000
#: The end of steady work that belongs together: "10 seconds left", the last five.
STEADY_END_MS = 12_000
#: A rest of a block shorter than this is no turn of its own, if there is another place to cut.
SHORTEST_MS = 10_000
#: A cut in a silence stays this far from its ends.
MARGIN_MS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A stretch of one block. Times are from the slice's start, except `from_ms` and `to_ms`."""

    block_id: str
    from_ms: int  #: from the block's start
    to_ms: int  #: from the block's start
    cues: tuple[Cue, ...]
    work: tuple[int, int] | None  #: where beats must be exact: from, until; None if no work is in it
    whole: bool  #: it is the whole block
    ends: bool  #: it reaches the block's end

    @property
    def length_ms(self) -> int:
        """How long it takes."""
        return self.to_ms - self.from_ms


@dataclass(frozen=True, slots=True)
class Turn:
    """What is heard in one reply: slices one after the other without a gap."""

    slices: tuple[Slice, ...]

    @property
    def length_ms(self) -> int:
        """How long it takes."""
        return sum(piece.length_ms for piece in self.slices)

    @property
    def cues(self) -> tuple[Cue, ...]:
        """Every cue in order; times are from the turn's start."""
        return tuple(
            replace(cue, at_ms=cue.at_ms + at_ms) for at_ms, piece in self._placed() for cue in piece.cues
        )

    @property
    def work(self) -> tuple[tuple[int, int], ...]:
        """Where beats must be exact: from, until; from the turn's start."""
        return tuple(
            (at_ms + piece.work[0], at_ms + piece.work[1]) for at_ms, piece in self._placed() if piece.work
        )

    def then(self, block: LaidBlock) -> Turn:
        """Return this turn with a whole block after it: the question that ends it."""
        return Turn((*self.slices, _slice(block, 0, block.length_ms)))

    def _placed(self) -> Iterable[tuple[int, Slice]]:
        at_ms = 0
        for piece in self.slices:
            yield at_ms, piece
            at_ms += piece.length_ms


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is in a turn."""

    finished: tuple[str, ...]  #: ids of the blocks that were heard to their end
    block_id: str | None  #: the block that is going on; None after the end of the last one
    offset_ms: int  #: from the start of that block


def whole_turn(*blocks: LaidBlock) -> Turn:
    """Return blocks as one turn, uncut, however long they are."""
    return Turn(tuple(_slice(block, 0, block.length_ms) for block in blocks))


def slice_block(block: LaidBlock, from_ms: int, at_most_ms: int) -> Slice:
    """Return a block from `from_ms` on, for as long as there is room and a place to cut.

    If there is no such place in time, the slice is longer than `at_most_ms`: up to the first place, or whole.
    """
    limit_ms = from_ms + at_most_ms
    if block.length_ms <= limit_ms:
        return _slice(block, from_ms, block.length_ms)
    places = _Places(block, limit_ms)
    good = [at_ms for at_ms in places.good() if at_ms > from_ms]
    in_time = [at_ms for at_ms in good if at_ms <= limit_ms]
    in_time = in_time or [at_ms for at_ms in places.bearable() if from_ms < at_ms <= limit_ms]
    if not in_time:
        return _slice(block, from_ms, min(good, default=block.length_ms))
    roomy = [at_ms for at_ms in in_time if block.length_ms - at_ms >= SHORTEST_MS]
    return _slice(block, from_ms, max(roomy or in_time))


def fill_turn(
    first: LaidBlock,
    from_ms: int,
    following: Callable[[str], LaidBlock | None],
    at_most_ms: int = ROOM_MS,
    fits: Callable[[Turn], bool] | None = None,
) -> Turn:
    """Return as much as one turn takes, from `from_ms` in `first` on.

    `following` gives the block after one of that id, or None where the session stops to ask or wait. `fits`
    judges the reply made of a turn; if it says no, or raises TooLongError, the turn is made shorter.
    TooLongError if even the shortest does not fit.
    """
    room_ms = at_most_ms
    while True:
        turn = _filled(first, from_ms, following, room_ms)
        if fits is None or _fits(turn, fits):
            return turn
        room_ms = min(room_ms, turn.length_ms) * 3 // 4
        if room_ms < 1000:  # noqa: PLR2004 - a second; nothing is said in less
            raise TooLongError("TURN_MS", turn.length_ms)


def place(turn: Turn, elapsed_ms: int) -> Place:
    """Return where a person was who interrupted a turn after `elapsed_ms` of it."""
    finished: list[str] = []
    left_ms = max(0, elapsed_ms)
    for piece in turn.slices:
        if left_ms < piece.length_ms:
            return Place(tuple(finished), piece.block_id, piece.from_ms + left_ms)
        left_ms -= piece.length_ms
        if piece.ends:
            finished.append(piece.block_id)
        elif piece is turn.slices[-1]:
            return Place(tuple(finished), piece.block_id, piece.to_ms)
    return Place(tuple(finished), None, 0)


def _fits(turn: Turn, fits: Callable[[Turn], bool]) -> bool:
    try:
        return fits(turn)
    except TooLongError:
        return False


def _filled(
    first: LaidBlock, from_ms: int, following: Callable[[str], LaidBlock | None], room_ms: int
) -> Turn:
    slices: list[Slice] = []
    block: LaidBlock | None = first
    while block is not None:
        piece = slice_block(block, from_ms, room_ms)
        if slices and not _worth_beginning(block, piece, room_ms):
            break
        slices.append(piece)
        room_ms -= piece.length_ms
        if not piece.ends:
            break
        block, from_ms = following(block.id), 0
    return Turn(tuple(slices))


def _worth_beginning(block: LaidBlock, piece: Slice, room_ms: int) -> bool:
    """Whether a block is begun in a turn that has other things in it already.

    Words may go on in the next turn. A set, a rest or a change that would not fit is not begun: it gets a
    turn of its own, so that no question comes in the midst of it.
    """
    in_words = block.kind in (BlockKind.OPENING, BlockKind.LEAD, BlockKind.CLOSING)
    return piece.length_ms <= room_ms and (piece.ends or in_words)


def _slice(block: LaidBlock, from_ms: int, to_ms: int) -> Slice:
    start_ms, end_ms = block.at_ms + from_ms, block.at_ms + to_ms
    return Slice(
        block_id=block.id,
        from_ms=from_ms,
        to_ms=to_ms,
        cues=tuple(
            # a silence may be cut: the part in the next slice needs no cue
            replace(cue, at_ms=cue.at_ms - start_ms, length_ms=min(cue.length_ms, end_ms - cue.at_ms))
            for cue in block.cues
            if start_ms <= cue.at_ms < end_ms
        ),
        work=_work_in(block, from_ms, to_ms),
        whole=from_ms == 0 and to_ms == block.length_ms,
        ends=to_ms == block.length_ms,
    )


def _work_in(block: LaidBlock, from_ms: int, to_ms: int) -> tuple[int, int] | None:
    if block.work_at_ms is None:
        return None
    at_ms = block.work_at_ms - block.at_ms
    start_ms, end_ms = max(at_ms, from_ms), min(at_ms + block.work_ms, to_ms)
    return (start_ms - from_ms, end_ms - from_ms) if start_ms < end_ms else None


class _Places:
    """Where one block can be cut, in milliseconds from its start."""

    def __init__(self, block: LaidBlock, limit_ms: int) -> None:
        self.cues = [replace(cue, at_ms=cue.at_ms - block.at_ms) for cue in block.cues]
        self.limit_ms = limit_ms
        self.is_work = block.work_at_ms is not None
        self.work_ms = block.work_ms
        self.work_at_ms = block.length_ms if block.work_at_ms is None else block.work_at_ms - block.at_ms
        self.beats = [cue for cue in self.cues if self._in_work(cue.at_ms)]

    def good(self) -> list[int]:
        """Return the places that are meant for it."""
        sentences = [
            cue.at_ms for cue in self.cues if cue.kind is CueKind.SAY and cue.at_ms < self.work_at_ms
        ]
        if self.is_work:
            return sentences + self._work()
        return sentences + [cue.at_ms for cue in self.cues if cue.kind is CueKind.QUIET] + self._in_quiet()

    def bearable(self) -> list[int]:
        """Return the places for when one repetition, or getting ready, is longer than a turn."""
        beats = [] if self._is_hold() else [cue.at_ms for cue in self.beats if cue.kind is not CueKind.CHIME]
        if self._counts_down():
            beats = [at_ms for at_ms in beats if at_ms <= self._work_end_ms - STEADY_END_MS]
        return beats + self._in_quiet()

    def _work(self) -> list[int]:
        if self._counts_up():
            return [cue.at_ms for cue in self.beats if cue.kind is CueKind.COUNT]
        return self._marks() if self._counts_down() and not self._is_hold() else []

    def _marks(self) -> list[int]:
        """Return where steady work can be left: where the time that is left is said, or at silent marks."""
        marks = range(self.work_at_ms + MARK_MS, self._work_end_ms, MARK_MS)
        said = [cue.at_ms for cue in self.beats if cue.kind is CueKind.SAY]
        places = said + [at_ms for at_ms in marks if self._silent(at_ms)]
        return [at_ms for at_ms in places if self.work_at_ms < at_ms <= self._work_end_ms - STEADY_END_MS]

    def _in_quiet(self) -> list[int]:
        """Return the last moment there is room for, if that lies in a silence on purpose."""
        return [
            self.limit_ms
            for cue in self.cues
            if cue.kind is CueKind.QUIET and cue.at_ms + MARGIN_MS <= self.limit_ms <= cue.end_ms - MARGIN_MS
        ]

    def _silent(self, at_ms: int) -> bool:
        return all(
            cue.end_ms <= at_ms - MARGIN_MS or at_ms + MARGIN_MS <= cue.at_ms
            for cue in self.beats
            if cue.kind is not CueKind.QUIET
        )

    @property
    def _work_end_ms(self) -> int:
        return self.work_at_ms + self.work_ms

    def _in_work(self, at_ms: int) -> bool:
        return self.work_at_ms <= at_ms < self._work_end_ms

    def _numbers(self) -> list[int]:
        return [int(cue.text) for cue in self.beats if cue.kind is CueKind.COUNT and cue.text.isdecimal()]

    def _counts_up(self) -> bool:
        numbers = self._numbers()
        return numbers[:1] == [1] and all(before < after for before, after in pairwise(numbers))

    def _counts_down(self) -> bool:
        numbers = self._numbers()
        return bool(numbers) and not self._counts_up()

    def _is_hold(self) -> bool:
        """Whether work is one piece: it does not count up, and is not longer than a hold can be."""
        return not self._counts_up() and self.work_ms <= ONE_PIECE_MS
