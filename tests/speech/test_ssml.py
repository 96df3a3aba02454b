"""What holds for every turn as SSML, whatever is said."""

from __future__ import annotations

import os
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routines.cue import CueKind
from routines.model import Routine
from routines.phrases import load_phrases
from routines.plan import Plan
from routines.script import Occasion, write_script
from routines.timeline import lay
from speech import ssml
from speech.limits import AUDIO_TAGS, BREAK_MS, CARD_CHARS, SPEECH_CHARS, TooLongError
from speech.turns import slice_block, whole_turn
from tests import strategies
from tests.alexa_hearing import OneLine, breaks, hear_ssml
from tests.doubles import LetterLengths
from tests.speech.layouts import block, count, say

PHRASES = load_phrases()
EXAMPLES = settings(max_examples=int(os.environ.get("STEADY_EXAMPLES", "20")), deadline=None)


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_every_count_of_every_block_is_there_at_its_time(
    routine: Routine, plan: Plan, occasion: Occasion, voice: LetterLengths
) -> None:
    lengths = OneLine(voice)
    script = write_script(routine, plan, PHRASES, occasion, 10)
    for one in lay(script, lengths).blocks:
        piece = slice_block(one, 0, 80_000)
        made = ssml.speak(ssml.body(piece.cues, piece.length_ms, lengths))

        heard = hear_ssml(made, lengths)
        said = [cue for cue in piece.cues if cue.kind in (CueKind.SAY, CueKind.COUNT)]
        assert heard.voices == tuple((cue.at_ms, " ".join(cue.text.split())) for cue in said)
        assert heard.length_ms == piece.length_ms
        assert not said or max(breaks(made), default=0) <= BREAK_MS
        assert len(heard.files) <= AUDIO_TAGS
        assert len(made) < SPEECH_CHARS


@given(st.text())
def test_any_text_is_well_formed(text: str) -> None:
    assert ET.fromstring(f'<speak a="{ssml.escaped(text)}">{ssml.escaped(text)}</speak>').tag == "speak"  # noqa: S314 - our own text


@pytest.mark.parametrize("sign", ["&", "<", ">", '"', "'", "]]>", "<break/>", "&amp;"])
def test_signs_of_xml_are_heard_as_they_stand(sign: str) -> None:
    made = ssml.speak(ssml.body([say(0, f"up {sign} down")], 3_000, LetterLengths()))

    assert hear_ssml(made, LetterLengths()).voices == ((0, f"up {sign} down"),)


def test_control_characters_are_left_out() -> None:
    assert ssml.escaped("a\x00b\x1bc\ud800d\nend") == "a b c d end"


def test_a_text_of_nothing_is_left_out() -> None:
    assert ssml.body([say(0, " \x00 ")], 1_000, LetterLengths()) == '<break time="1000ms"/>'


def test_long_silence_is_a_chain_of_breaks() -> None:
    made = ssml.body([count(25_000, "1", 500)], 26_000, LetterLengths(least_ms=500))

    chain = '<break time="10000ms"/><break time="10000ms"/><break time="5000ms"/>'
    assert made == f'{chain}1<break time="500ms"/>'


def test_words_that_take_longer_than_planned_shorten_the_silence_after_them() -> None:
    cues = [say(0, "slow words", 300), count(1_000, "1", 300), count(5_000, "2", 300)]
    lengths = LetterLengths(letter_ms=200, least_ms=200)

    heard = hear_ssml(ssml.speak(ssml.body(cues, 6_000, lengths)), lengths)

    assert [at_ms for at_ms, _ in heard.voices] == [0, 2_010, 5_000]
    assert heard.length_ms == 6_000


def test_speech_over_the_limit_is_an_error() -> None:
    cues = [say(at_ms * 1000, "word " * 100, 900) for at_ms in range(20)]

    with pytest.raises(TooLongError) as caught:
        ssml.body(cues, 20_000, LetterLengths())

    assert (caught.value.limit, caught.value.code) == ("SPEECH_CHARS", "too-long")


def test_bodies_together_may_be_too_long() -> None:
    with pytest.raises(TooLongError):
        ssml.speak("a" * 5_000, "b" * 5_000)


def test_a_card_shows_what_is_said_and_not_the_counting() -> None:
    turn = whole_turn(
        block(0, 9_000, [say(0, "Get ready."), count(2_000), say(3_000, "Get ready."), say(4_000, "Go.")])
    )

    assert ssml.plain(turn.cues) == "Get ready.\nGo."


def test_a_card_ends_with_a_whole_line() -> None:
    cues = [say(nth * 1000, f"{nth} " + "word " * 500) for nth in range(9)]

    shown = ssml.plain(cues)

    assert len(shown) <= CARD_CHARS
    assert shown.splitlines()[-1].startswith("2 ")
