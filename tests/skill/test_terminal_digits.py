from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.terminal.digits import FONTS, Font, font_for

CLOCKS = st.text(alphabet="0123456789: -", min_size=1, max_size=8)


@given(CLOCKS, st.sampled_from(FONTS))
def test_a_drawn_text_has_exactly_the_size_that_the_font_tells(text: str, font: Font) -> None:
    rows = font.rows(text, "#")

    assert len(rows) == font.height
    assert {len(row) for row in rows} == {font.width(text)}


@pytest.mark.parametrize("font", FONTS)
def test_no_two_digits_look_the_same(font: Font) -> None:
    assert len({font.rows(digit, "#") for digit in "0123456789:- "}) == 13


@given(CLOCKS, st.integers(0, 250), st.integers(0, 60))
def test_the_chosen_font_fits_and_a_larger_one_would_not(text: str, width: int, height: int) -> None:
    chosen = font_for(text, width, height)

    fitting = [font for font in FONTS if font.width(text) <= width and font.height <= height]
    assert chosen == (fitting[0] if fitting else None)


def test_a_word_is_not_drawn_in_digits() -> None:
    assert font_for("ready", 200, 60) is None
    assert font_for("", 200, 60) is None


def test_a_seven_looks_like_a_seven() -> None:
    small = next(font for font in FONTS if font.height == 5)

    assert small.rows("7", "#") == ("######", "    ##", "    ##", "    ##", "    ##")
