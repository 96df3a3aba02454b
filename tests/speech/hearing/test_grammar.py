"""What can be said: made from the phrases, with a meaning for each sentence."""

from __future__ import annotations

from routines.load import Library
from routines.model import Barrier
from routines.phrases import load_phrases
from speech.hearing.grammar import grammar, plain
from speech.hearing.port import ALWAYS, COMMANDS, Meaning, Word

SAID = grammar(load_phrases(), {"knee": ["knee routine"]})


def meanings(*expecting: Word) -> dict[str, Meaning]:
    return {sentence.text: sentence.meaning for sentence in SAID.live(frozenset(expecting))}


def test_every_word_but_the_one_for_nonsense_can_be_said() -> None:
    assert {sentence.meaning.word for sentence in SAID.sentences} == set(Word) - {Word.UNCLEAR}


def test_stop_and_it_hurts_are_understood_whatever_is_expected() -> None:
    assert {meaning.word for meaning in meanings(Word.NUMBER).values()} == {Word.NUMBER, *ALWAYS}


def test_answers_are_not_taken_for_commands() -> None:
    said = meanings(*COMMANDS)

    assert "seven" not in said
    assert "yes" not in said


def test_a_number_is_understood_alone_and_in_a_sentence() -> None:
    said = meanings(Word.NUMBER)

    assert said["nought"] == said["zero"] == Meaning(Word.NUMBER, 0)
    assert said["it's a ten"] == Meaning(Word.NUMBER, 10)


def test_what_cannot_be_done_is_one_of_the_barriers() -> None:
    values = {meaning.value for meaning in meanings(Word.CANNOT).values()} - {None}

    assert values <= {barrier.value for barrier in Barrier}
    assert meanings(Word.CANNOT)["i can't kneel"] == Meaning(Word.CANNOT, "kneel")


def test_a_routine_is_called_by_its_name() -> None:
    assert meanings(Word.ROUTINE)["the knee routine"] == Meaning(Word.ROUTINE, "knee")


def test_no_two_commands_sound_the_same() -> None:
    texts = [sentence.text for sentence in SAID.sentences if sentence.meaning.word in COMMANDS]

    assert len(texts) == len(set(texts))


def test_hyphens_and_typographic_marks_do_not_matter() -> None:
    assert plain("I\u2019m READY - now!") == "i'm ready now"


def test_every_routine_of_the_library_has_a_name_that_can_be_said() -> None:
    for routine_id in Library("en").ids():
        assert plain(routine_id)
