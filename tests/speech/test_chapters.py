"""Chapters: where a player can jump to."""

from __future__ import annotations

from routines.model import Side
from routines.phrases import load_phrases
from routines.script import BlockKind
from routines.timeline import Timeline
from speech.chapters import Chapter, chapter_title, chapters
from tests.speech.layouts import block

SESSION = Timeline(
    routine="knee",
    blocks=(
        block(0, 1_000, kind=BlockKind.OPENING),
        block(1_000, 2_000, kind=BlockKind.LEAD),
        block(3_000, 1_000, sets=2, side=Side.LEFT),
        block(4_000, 500, kind=BlockKind.CHANGE, sets=2, side=Side.LEFT),
        block(4_500, 1_000, sets=2, side=Side.RIGHT),
        block(5_500, 500, kind=BlockKind.REST, sets=2),
        block(6_000, 1_000, set_no=2, sets=2),
        block(7_000, 500, kind=BlockKind.NEXT),
        block(7_500, 500, kind=BlockKind.LEAD, title="cycling"),
        block(8_000, 3_000, title="cycling"),
        block(11_000, 900, kind=BlockKind.CLOSING),
    ),
)


def test_each_introduction_set_and_side_is_a_chapter_and_rests_belong_to_the_one_before() -> None:
    assert chapters(SESSION, chapter_title(load_phrases())) == (
        Chapter(0, 1_000, "Welcome"),
        Chapter(1_000, 2_000, "Wall slides"),
        Chapter(3_000, 1_500, "Wall slides, set 1 of 2, left"),
        Chapter(4_500, 1_500, "Wall slides, set 1 of 2, right"),
        Chapter(6_000, 1_500, "Wall slides, set 2 of 2"),
        Chapter(7_500, 3_500, "Cycling"),
        Chapter(11_000, 900, "The end"),
    )


def test_a_block_without_a_title_before_the_first_chapter_belongs_to_none() -> None:
    titles = {0: " ", 1_000: "two\nlines"}
    made = chapters(SESSION, lambda block: titles.get(block.at_ms, ""))
    assert made == (Chapter(1_000, SESSION.total_ms - 1_000, "two lines"),)


def test_no_blocks_give_no_chapters() -> None:
    assert chapters(Timeline(routine="knee", blocks=()), lambda _: "one") == ()
