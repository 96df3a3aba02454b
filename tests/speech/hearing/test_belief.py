"""Which sentence is believed, and when it counts as said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routines.phrases import load_phrases
from speech.hearing.belief import HALTING, Evidence, believed, in_order, is_enough
from speech.hearing.grammar import Sentence, grammar
from speech.hearing.port import ALWAYS, ANSWERS, COMMANDS, Amid, Meaning, Word

STOP = Sentence("stop please", Meaning(Word.STOP))
PAUSE = Sentence("pause please", Meaning(Word.PAUSE))
FASTER = Sentence("faster", Meaning(Word.FASTER))
TWO = Sentence("two", Meaning(Word.NUMBER, 2))

HARDLY, CLEARLY = 0.0003, 0.003


def test_in_doubt_a_command_was_stop() -> None:
    assert in_order(FASTER, STOP, HARDLY) == (STOP, FASTER)


def test_what_clearly_fits_better_is_not_taken_for_stop() -> None:
    assert in_order(FASTER, STOP, CLEARLY) == (FASTER,)


def test_in_doubt_a_command_was_pause_too_so_that_pause_competes_with_stop() -> None:
    assert in_order(FASTER, PAUSE, HARDLY) == (PAUSE, FASTER)
    assert {Word.PAUSE, Word.STOP, Word.HURTS} == HALTING


def test_talk_that_is_hardly_closer_to_something_else_may_have_been_stop() -> None:
    assert in_order(None, STOP, HARDLY) == (STOP,)
    assert in_order(None, STOP, CLEARLY) == ()


def test_where_nothing_halts_there_is_no_doubt() -> None:
    assert in_order(PAUSE, None, 0.0) == (PAUSE,)
    assert in_order(None, None, 0.0) == ()


def test_pause_can_be_told_from_stop_in_every_phrase_of_the_locale() -> None:
    meanings: dict[str, set[Word]] = {}
    for sentence in grammar(load_phrases(), {}).sentences:
        meanings.setdefault(sentence.text, set()).add(sentence.meaning.word)

    assert not [text for text, words in meanings.items() if len(words & {Word.PAUSE, Word.STOP}) > 1]


@pytest.mark.parametrize("amid", Amid)
@given(score=st.floats(0, 1), word=st.sampled_from(sorted(COMMANDS - ALWAYS)))
def test_whatever_is_enough_for_a_command_is_enough_for_stop(amid: Amid, score: float, word: Word) -> None:
    assert is_enough(score, Word.STOP, amid, asked=False) >= is_enough(score, word, amid, asked=False)


@pytest.mark.parametrize("amid", [Amid.COACH, Amid.NOISE])
@given(score=st.floats(0, 1), word=st.sampled_from(sorted(COMMANDS | ANSWERS)), asked=st.booleans())
def test_whatever_is_enough_amid_other_sounds_is_enough_in_quiet(
    amid: Amid, score: float, word: Word, asked: bool
) -> None:
    assert is_enough(score, word, Amid.QUIET, asked=asked) >= is_enough(score, word, amid, asked=asked)


def test_noise_takes_more_to_stop_than_the_coachs_own_voice() -> None:
    assert is_enough(0.4, Word.HURTS, Amid.COACH, asked=False)
    assert not is_enough(0.4, Word.HURTS, Amid.NOISE, asked=False)


def certain(score: float) -> Evidence:
    """Return evidence with about this score."""
    clarities = (step / 100_000 for step in range(-10_000, 1))
    return next(one for c in clarities if (one := Evidence(c, 0.0, 0.0, 10)).score() >= score)


def test_an_answer_that_was_nearly_understood_is_asked_for_again() -> None:
    guess = believed([(TWO, certain(0.3))], Amid.QUIET, asked=True)

    assert guess is not None
    assert guess.meaning == Meaning(Word.UNCLEAR)


def test_what_is_nothing_like_an_answer_is_not_asked_about() -> None:
    assert believed([(TWO, certain(0.05))], Amid.QUIET, asked=True) is None
    assert believed([], Amid.QUIET, asked=True) is None


def test_a_command_that_was_nearly_understood_is_nothing() -> None:
    assert believed([(FASTER, certain(0.3))], Amid.QUIET, asked=False) is None


def test_where_the_first_sentence_is_not_sure_enough_the_second_may_be() -> None:
    guess = believed([(STOP, certain(0.1)), (FASTER, certain(0.9))], Amid.QUIET, asked=False)

    assert guess is not None
    assert guess.meaning == Meaning(Word.FASTER)


@given(clarity=st.floats(-1, 0), weakest=st.floats(-1, 0), margin=st.floats(-1, 1), sounds=st.integers(1, 40))
def test_a_score_is_a_likelihood(clarity: float, weakest: float, margin: float, sounds: int) -> None:
    assert 0.0 <= Evidence(clarity, weakest, margin, sounds).score() <= 1.0


@given(clarity=st.floats(-0.1, -0.01), margin=st.floats(-0.01, 0.01), sounds=st.integers(1, 40))
def test_what_fits_better_is_likelier(clarity: float, margin: float, sounds: int) -> None:
    worse = Evidence(clarity, clarity, margin, sounds)
    better = Evidence(clarity + 0.005, clarity, margin, sounds)

    assert better.score() >= worse.score()
