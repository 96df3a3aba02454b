"""Chapters: the places in a session that a player can jump to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from routines.phrases import Phrases
from routines.script import BlockKind
from routines.timeline import LaidBlock, Timeline

#: Gives the title of the chapter that a block belongs to; "" leaves the block in the chapter before it.
ChapterTitle = Callable[[LaidBlock], str]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: its start from the start of the session, its length, its title."""

    at_ms: int
    length_ms: int
    title: str

    @property
    def end_ms(self) -> int:
        """When it is over."""
        return self.at_ms + self.length_ms


def chapters(timeline: Timeline, title: ChapterTitle) -> tuple[Chapter, ...]:
    """Return the chapters in order, without gaps. Blocks in a row with the same title are one chapter."""
    made: list[Chapter] = []
    for block in timeline.blocks:
        name = " ".join(title(block).split())
        if made and name in ("", made[-1].title):
            made[-1] = replace(made[-1], length_ms=block.end_ms - made[-1].at_ms)
        elif name:
            made.append(Chapter(block.at_ms, block.length_ms, name))
    return tuple(made)


def chapter_title(phrases: Phrases) -> ChapterTitle:
    """Return what names the chapters: one for each exercise's introduction and for each set on each side.

    Rests and changes of side belong to the set before them.
    """

    def title(block: LaidBlock) -> str:
        if block.kind in (BlockKind.REST, BlockKind.CHANGE, BlockKind.NEXT):
            return ""
        if block.kind in (BlockKind.OPENING, BlockKind.CLOSING):
            return phrases(f"render.chapter.{block.kind}")
        name = block.title[:1].upper() + block.title[1:]
        if block.kind is BlockKind.LEAD:
            return name
        if block.sets is not None and block.sets > 1:
            name = phrases("render.chapter.set", title=name, set=block.set, sets=block.sets)
        return (
            phrases("render.chapter.side", title=name, side=phrases(f"render.chapter.sides.{block.side}"))
            if block.side
            else name
        )

    return title
