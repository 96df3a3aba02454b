"""Real engines: what they understand of a real voice, and what they say when something is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from routines.phrases import load_phrases
from speech.clips import Samples
from speech.hearing.aside import Aside
from speech.hearing.engines import open_recogniser
from speech.hearing.grammar import grammar
from speech.hearing.port import COMMANDS, HearingCode, HearingError, Meaning, Recogniser, Word

SAID = grammar(load_phrases(), {"knee": ["knee routine"]})


def spoken(text: str) -> Samples:
    """Return what a synthetic voice says, at 16 kHz, between two short silences."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    command = ["espeak-ng", "-v", "en-us", "-s", "150", "--stdout", text]
    wav = subprocess.run(command, check=True, capture_output=True).stdout
    sound = np.frombuffer(wav[44:], dtype="<i2").astype(np.float64)
    times = np.arange(0, len(sound), 22_050 / 16_000)
    quiet = np.zeros(4000)
    return np.concatenate([quiet, np.interp(times, np.arange(len(sound)), sound), quiet]).astype(np.int16)


@pytest.fixture(scope="module")
def sphinx() -> Recogniser:
    pytest.importorskip("pocketsphinx")
    return open_recogniser(SAID)


@pytest.mark.parametrize(("text", "word"), [("please stop", Word.STOP), ("slower please", Word.SLOWER)])
def test_a_command_is_understood(sphinx: Recogniser, text: str, word: Word) -> None:
    guess = sphinx.recognise(spoken(text), COMMANDS)

    assert guess is not None
    assert guess.meaning == Meaning(word)


def test_other_talk_is_not_taken_for_a_command(sphinx: Recogniser) -> None:
    assert sphinx.recognise(spoken("what did the plumber say about the kitchen"), COMMANDS) is None


def test_what_is_not_expected_is_not_understood(sphinx: Recogniser) -> None:
    guess = sphinx.recognise(spoken("the next exercise"), frozenset({Word.YES, Word.NO}))

    assert guess is None


@pytest.mark.parametrize("counted", ["two", "three", "one two three", "four five six", "three two one"])
def test_who_counts_along_gives_no_command(sphinx: Recogniser, counted: str) -> None:
    assert sphinx.recognise(spoken(counted), COMMANDS) is None


def test_the_same_number_is_an_answer_where_one_is_asked_for(sphinx: Recogniser) -> None:
    guess = sphinx.recognise(spoken("three"), frozenset({Word.NUMBER, Word.UNCLEAR}))

    assert guess is not None
    assert guess.meaning == Meaning(Word.NUMBER, 3)


def test_talk_of_the_language_is_no_command_in_any_grammar() -> None:
    said = {sentence.text for sentence in SAID.sentences}

    assert SAID.talk
    assert not said & set(SAID.talk)
    assert set(SAID.talk) <= SAID.besides(frozenset(Word))


def test_an_engine_in_a_process_of_its_own_understands_the_same(sphinx: Recogniser) -> None:
    aside = Aside(SAID, "sphinx", None)
    try:
        sound = spoken("please stop")
        assert aside.key == sphinx.key
        there, here = aside.recognise(sound, COMMANDS), sphinx.recognise(sound, COMMANDS)
        assert there is not None
        assert here is not None
        # How sure it is depends a little on what an engine has heard before.
        assert (there.meaning, there.text) == (here.meaning, here.text)
    finally:
        aside.close()
        aside.close()


def test_an_engine_that_came_to_an_end_is_told_of() -> None:
    pytest.importorskip("pocketsphinx")
    aside = Aside(SAID, "sphinx", None)
    aside.close()

    with pytest.raises(HearingError) as told:
        aside.recognise(np.zeros(1600, dtype=np.int16), COMMANDS)

    assert told.value.code is HearingCode.BROKEN


def test_an_engine_that_there_is_not_is_told_of() -> None:
    with pytest.raises(HearingError) as told:
        Aside(SAID, "parrot", None)

    assert (told.value.code, told.value.name) == (HearingCode.NO_ENGINE, "parrot")


@pytest.mark.parametrize("engine", ["sphinx", "whisper"])
def test_a_model_that_is_not_there_is_told_of(engine: str, tmp_path: Path) -> None:
    with pytest.raises(HearingError) as told:
        open_recogniser(SAID, engine, tmp_path)

    assert told.value.code is HearingCode.NO_MODEL


def test_a_language_without_a_model_is_told_of() -> None:
    with pytest.raises(HearingError) as told:
        open_recogniser(type(SAID)("fi", SAID.sentences))

    assert told.value.code is HearingCode.NO_LANGUAGE


@pytest.mark.parametrize("code", list(HearingCode))
def test_every_fault_has_words_and_a_remedy(code: HearingCode) -> None:
    phrases = load_phrases()

    assert phrases(f"listen.fault.{code}", name="x")
    assert phrases(f"listen.remedy.{code}", name="x")
