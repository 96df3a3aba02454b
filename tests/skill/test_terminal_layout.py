from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routines.model import Side
from skill.terminal.charset import ASCII, UTF8
from skill.terminal.digits import FONTS
from skill.terminal.frame import width_of
from skill.terminal.layout import draw
from skill.terminal.regions import Region, Wants, hand_out
from skill.terminal.view import View, ViewState
from tests.skill.golden import CASES, LEADING, PAUSED, PHRASES, WORKING, drawn, path

TEXTS = st.text(max_size=120) | st.sampled_from(["", "And lift.", "Ünïcode “words” — 膝の運動", "x" * 200])
VIEWS = st.builds(
    View,
    state=st.sampled_from(ViewState),
    title=TEXTS,
    exercise_no=st.none() | st.integers(1, 9),
    exercises=st.none() | st.integers(1, 9),
    side=st.none() | st.sampled_from(Side),
    set_no=st.none() | st.integers(1, 9),
    sets=st.none() | st.integers(1, 9),
    big=st.sampled_from(["", "7", "12", "0:42", "1:02:03", "ready", "膝"]),
    big_label=TEXTS,
    caption=TEXTS,
    next=TEXTS,
    elapsed_ms=st.integers(0, 4_000_000),
    total_ms=st.integers(0, 4_000_000),
    block_ms=st.integers(0, 60_000),
    block_total_ms=st.integers(0, 60_000),
    notice=TEXTS,
    muted=st.booleans(),
    hint=TEXTS,
    listening=st.booleans(),
)


@pytest.mark.parametrize("name", CASES)
def test_the_screen_looks_as_it_was_reviewed(name: str) -> None:
    assert drawn(name) == path(name).read_text(encoding="utf-8")


@given(VIEWS, st.integers(0, 220), st.integers(0, 70), st.sampled_from([UTF8, ASCII]))
@example(WORKING, 0, 0, UTF8)
def test_nothing_is_wider_or_higher_than_the_screen(
    view: View, width: int, height: int, charset: object
) -> None:
    frame = draw(view, width, height, PHRASES, ASCII if charset is ASCII else UTF8)

    assert len(frame.lines) == height
    assert all(width_of(line) <= width for line in frame.lines)


@given(VIEWS, st.integers(20, 120), st.integers(3, 50))
def test_no_text_can_steer_the_terminal(view: View, width: int, height: int) -> None:
    nasty = replace(view, caption="\x1b[2Jgone\x07" + view.caption, title="\x9b2J\r\n\t" + view.title)

    assert all(letter.isprintable() for letter in str(draw(nasty, width, height, PHRASES)).replace("\n", ""))


@given(VIEWS, st.integers(20, 120), st.integers(3, 50))
def test_a_screen_without_utf8_gets_ascii_only(view: View, width: int, height: int) -> None:
    assert str(draw(view, width, height, PHRASES, ASCII)).isascii()


@given(st.integers(12, 70), st.integers(40, 220), st.sampled_from(["7", "12", "0:42", "12:34"]))
def test_from_40_by_12_on_the_number_is_drawn_large_and_whole(height: int, width: int, big: str) -> None:
    screen = str(draw(replace(WORKING, big=big), width, height, PHRASES))

    drawings = ["\n".join(row.strip() for row in font.rows(big, "█")) for font in FONTS]
    rows = "\n".join(line.strip() for line in screen.splitlines())
    assert any(drawing in rows for drawing in drawings)


@given(st.integers(40, 220), st.integers(12, 70))
def test_from_40_by_12_on_state_caption_notice_and_the_keys_that_stop_are_seen(
    width: int, height: int
) -> None:
    seen = " ".join(str(draw(PAUSED, width, height, PHRASES)).split())

    for words in ("Paused", "Left side", PAUSED.caption, "Note: No sound device", "o it hurts", "q stop"):
        assert words in seen


@given(st.integers(20, 220), st.integers(6, 70))
def test_a_caption_is_never_cut_where_there_are_rows_for_it(width: int, height: int) -> None:
    caption = "And lift. Keep your back flat, and breathe."

    assert caption in " ".join(str(draw(replace(WORKING, caption=caption), width, height, PHRASES)).split())


def test_the_number_stays_in_its_place_while_captions_change() -> None:
    short = str(draw(replace(WORKING, caption="Lift."), 80, 24, PHRASES)).splitlines()
    long = str(draw(replace(WORKING, caption="Lift. " * 30), 80, 24, PHRASES)).splitlines()

    assert [row for row in range(24) if "█" in short[row]] == [row for row in range(24) if "█" in long[row]]


def test_without_a_number_a_long_instruction_takes_its_place() -> None:
    caption = " ".join(["Kneel down slowly on the mat."] * 16)

    assert caption in " ".join(str(draw(replace(LEADING, caption=caption), 80, 24, PHRASES)).split())


def test_a_label_without_a_number_is_seen_over_the_caption() -> None:
    screen = str(draw(replace(LEADING, big_label="get ready"), 80, 24, PHRASES))

    assert screen.index("get ready") < screen.index("Kneel on all fours")


def test_a_state_is_told_by_its_word_not_by_colour() -> None:
    screens = {str(draw(replace(WORKING, state=state), 80, 24, PHRASES)) for state in ViewState}

    assert len(screens) == len(ViewState)


@given(st.integers(0, 80), st.builds(Wants, caption=st.integers(0, 9), notice=st.integers(0, 2),
                                     keys=st.integers(1, 2), settings=st.integers(0, 1)))  # fmt: skip
def test_the_rows_of_all_regions_add_up_to_the_screen(height: int, wants: Wants) -> None:
    assert sum(hand_out(height, wants).values()) == height


def test_a_smaller_screen_loses_air_first_and_the_caption_last() -> None:
    wants = Wants(caption=2, notice=1, keys=2, settings=1)
    lost_at = {
        region: max((height for height in range(60) if not hand_out(height, wants)[region]), default=-1)
        for region in (Region.AIR_1, Region.RULE, Region.NEXT, Region.SESSION_BAR, Region.HEADER, Region.KEYS)
    }

    assert list(lost_at.values()) == sorted(lost_at.values(), reverse=True)
    assert lost_at[Region.KEYS] < 6
