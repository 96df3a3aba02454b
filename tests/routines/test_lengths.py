from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routines.lengths import EstimatedLengths, estimate_ms, spoken_letters

WORDS = {
    0: "zero",
    7: "seven",
    12: "twelve",
    19: "nineteen",
    20: "twenty",
    45: "fortyfive",
    60: "sixty",
    90: "ninety",
    100: "onehundred",
    215: "twohundredandfifteen",
    1000: "onethousand",
}


@pytest.mark.parametrize(("number", "words"), WORDS.items())
def test_a_number_has_the_letters_of_its_words(number: int, words: str) -> None:
    assert spoken_letters(number) == len(words)


def test_a_number_in_figures_takes_as_long_as_in_words() -> None:
    assert estimate_ms("12", 150) == estimate_ms("twelve", 150)


def test_pauses_take_time() -> None:
    assert estimate_ms("One, two", 150) > estimate_ms("One two", 150)
    assert estimate_ms("One. Two", 150) > estimate_ms("One, two", 150)


@pytest.mark.parametrize("text", ["", " ", "...", "-"])
def test_what_has_no_words_takes_no_time(text: str) -> None:
    assert estimate_ms(text, 150) == 0


@given(text=st.text(max_size=60), more=st.text(max_size=60), rate_wpm=st.integers(120, 175))
def test_more_text_never_takes_less_time(text: str, more: str, rate_wpm: int) -> None:
    assert estimate_ms(f"{text} {more}", rate_wpm) >= estimate_ms(text, rate_wpm)


def test_a_faster_voice_takes_less_time() -> None:
    assert EstimatedLengths(175).length_ms("Get ready") < EstimatedLengths(120).length_ms("Get ready")
