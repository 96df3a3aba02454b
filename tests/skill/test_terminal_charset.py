from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.terminal.charset import ASCII, UTF8, charset_for, clean, to_ascii


@pytest.mark.parametrize(
    ("encoding", "env"),
    [
        ("ascii", {}),
        ("latin-1", {"LANG": "de_DE.ISO-8859-1"}),
        (None, {}),
        ("no such thing", {}),
        ("utf-8", {"LANG": "C"}),
        ("utf-8", {"LC_ALL": "POSIX", "LANG": "en_GB.UTF-8"}),
        ("utf-8", {"TERM": "linux", "LANG": "en_GB.UTF-8"}),
    ],
)
def test_where_utf8_is_not_certain_ascii_is_drawn(encoding: str | None, env: dict[str, str]) -> None:
    assert charset_for(encoding, env) is ASCII


@pytest.mark.parametrize(
    "env", [{}, {"LANG": "en_GB.UTF-8"}, {"LANG": "C.UTF-8"}, {"LC_ALL": "C.UTF-8", "LANG": "C"}]
)
def test_a_utf8_terminal_gets_its_signs(env: dict[str, str]) -> None:
    assert charset_for("UTF-8", env) is UTF8


def test_typographic_signs_and_accents_have_a_likeness_in_ascii() -> None:
    assert to_ascii("\u201cDon\u2019t\u201d \u2013 größe, café… 膝") == '"Don\'t" - grosse, cafe... ?'


@given(st.text())
def test_cleaned_text_is_one_line_without_controls(text: str) -> None:
    assert clean(text).isprintable()


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P"])))
def test_plain_ascii_stays_as_it_is(text: str) -> None:
    assert to_ascii(clean(text)) == text
