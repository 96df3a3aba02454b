"""Captions: everything said and counted, readable, never two at once."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from routines.cue import Cue, CueKind
from speech.captions import LINGER_MS, Caption, caption_at, captions, to_srt, to_vtt
from tests.speech.layouts import count, say

cues = st.lists(
    st.builds(
        Cue,
        at_ms=st.integers(0, 20_000),
        length_ms=st.integers(1, 3_000),
        kind=st.sampled_from(CueKind),
        text=st.text(st.characters(exclude_categories=["C"]) | st.just("\n"), max_size=60),
        block=st.just("block"),
    ),
    max_size=30,
)


def test_each_count_is_shown_from_its_beat_to_the_next() -> None:
    shown = captions([count(1_000, "1"), count(2_000, "2"), count(3_000, "3")])
    assert shown == (Caption(1_000, 2_000, "1"), Caption(2_000, 3_000, "2"), Caption(3_000, 3_300, "3"))


def test_what_is_said_lingers_when_nothing_follows() -> None:
    shown = captions([say(0, "Hold on.", 800), say(5_000, "And go.", 800)])
    assert shown[0] == Caption(0, 800 + LINGER_MS, "Hold on.")


def test_ticks_and_silence_have_no_caption_and_a_chime_has_the_one_given() -> None:
    heard = [Cue(at, 30, kind, "start", "b") for at, kind in ((0, CueKind.TICK), (900, CueKind.CHIME))]
    heard.append(Cue(2_000, 900, CueKind.QUIET, "get ready", "b"))
    assert captions(heard) == ()
    assert [caption.text for caption in captions(heard, {"start": "(start tone)"})] == ["(start tone)"]


def test_words_gone_too_quickly_to_read_are_shown_with_the_next() -> None:
    shown = captions([count(1_000, "4", 200), say(1_250, "squeeze", 500), say(3_000, "release", 500)])
    assert shown[0] == Caption(1_000, 2_750, "4 squeeze")
    assert shown[1].text == "release"


@given(cues)
def test_captions_are_in_order_never_overlap_and_lose_no_word(heard: list[Cue]) -> None:
    shown = captions(heard)
    for before, after in pairwise(shown):
        assert before.at_ms < before.end_ms <= after.at_ms
    spoken = [cue for cue in heard if cue.kind in (CueKind.SAY, CueKind.COUNT)]
    words = sorted(word for cue in spoken for word in cue.text.split())
    assert sorted(word for caption in shown for word in caption.text.split()) == words


@given(cues, st.integers(0, 25_000))
def test_the_caption_at_a_time_is_the_one_whose_span_holds_it(heard: list[Cue], at_ms: int) -> None:
    shown = captions(heard)
    there = [caption.text for caption in shown if caption.at_ms <= at_ms < caption.end_ms]
    assert caption_at(shown, at_ms) == "".join(there)


@given(cues)
def test_no_text_breaks_the_files(heard: list[Cue]) -> None:
    shown = captions(heard)
    for text in (to_vtt(shown, "a --> b"), to_srt(shown)):
        assert text.count("-->") == len(shown)
        blocks = [block for block in re.split(r"\n\n+", text) if "-->" in block]
        assert len(blocks) == len(shown)
        assert "<" not in text


def test_webvtt_has_its_head_its_times_and_escapes() -> None:
    shown = [Caption(3_723_004, 3_724_000, "Legs < arms & more")]
    assert to_vtt(shown, "Knee\nroutine") == (
        "WEBVTT Knee routine\n\n01:02:03.004 --> 01:02:04.000\nLegs &lt; arms &amp; more\n"
    )


def test_subrip_numbers_its_captions() -> None:
    shown = [Caption(0, 1_000, "one"), Caption(1_000, 2_500, "two")]
    assert to_srt(shown) == (
        "1\n00:00:00,000 --> 00:00:01,000\none\n\n2\n00:00:01,000 --> 00:00:02,500\ntwo\n"
    )


def test_long_lines_are_wrapped() -> None:
    text = "Stand with your back against the wall and your feet a step away from it."
    assert max(len(line) for line in to_srt([Caption(0, 9_000, text)]).splitlines()) <= 42
