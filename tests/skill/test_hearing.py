from __future__ import annotations

from dataclasses import replace

import pytest

from routines.events import (
    Answer,
    Cannot,
    Event,
    Next,
    Pain,
    Pause,
    Ready,
    Repeat,
    Resume,
    Skip,
    Stop,
)
from routines.lengths import EstimatedLengths
from routines.load import load_routine
from routines.model import Barrier, Side
from routines.phrases import load_phrases
from routines.plan import Plan
from routines.session import State
from skill.coach import new_run
from skill.hearing import Aside, Standing, Wanted, listened_for, understood
from skill.hearing_talk import SITUATIONS, Talk
from skill.key_events import Control
from speech.hearing.grammar import grammar, plain
from speech.hearing.port import ALWAYS, Meaning, Word

PHRASES = load_phrases()
RUN = new_run(load_routine("knee"), Plan(), PHRASES, EstimatedLengths(), asked=True)

EXPECTS = ("yes-no", "ready", "number", "choice", "side")
RUNNING = (State.LEADING, State.WORKING, State.RESTING)


def standing(
    state: State = State.WORKING, expects: str = "", *, waiting: bool = False, block: str = "opening"
) -> Standing:
    session = replace(RUN.session, state=state, waiting=waiting, block=block)
    return Standing(session, RUN.course, expects, 700)


def means(word: Word, where: Standing, value: int | str | None = None) -> Wanted:
    return understood(Meaning(word, value), where)


@pytest.mark.parametrize("state", [state for state in State if state not in (State.DONE, State.STOPPED)])
@pytest.mark.parametrize("expects", ["", *EXPECTS])
@pytest.mark.parametrize(("word", "event"), [(Word.STOP, Stop), (Word.HURTS, Pain), (Word.PAUSE, Pause)])
def test_what_keeps_one_safe_means_the_same_everywhere(
    state: State, expects: str, word: Word, event: type[Event]
) -> None:
    assert isinstance(means(word, standing(state, expects)), event)


@pytest.mark.parametrize("state", [State.DONE, State.STOPPED])
def test_when_it_is_over_only_stop_is_listened_for(state: State) -> None:
    assert listened_for(standing(state)) == {Word.STOP}


@pytest.mark.parametrize("expects", EXPECTS)
def test_nothing_that_moves_the_session_is_listened_for_while_a_question_waits(expects: str) -> None:
    words = listened_for(standing(State.CHECKING, expects))

    assert not words & {Word.NEXT, Word.PREVIOUS, Word.SKIP, Word.EASIER, Word.HOW_LONG, Word.RESUME}
    assert Word.UNCLEAR in words


@pytest.mark.parametrize("state", RUNNING)
def test_answers_and_unclear_talk_mean_nothing_while_it_runs(state: State) -> None:
    words = (Word.YES, Word.NO, Word.NUMBER, Word.LEFT, Word.ROUTINE, Word.UNCLEAR, Word.RESUME)

    assert [means(word, standing(state), 3) for word in words] == [None] * len(words)


def test_ready_does_not_end_a_set() -> None:
    assert means(Word.READY, standing(State.WORKING)) is None
    assert means(Word.READY, standing(State.LEADING)) == Ready()


@pytest.mark.parametrize(
    ("expects", "word", "value", "answer"),
    [
        ("yes-no", Word.YES, None, Answer(value=True)),
        ("yes-no", Word.NO, None, Answer(value=False)),
        ("ready", Word.READY, None, Ready()),
        ("ready", Word.YES, None, Answer(value=True)),
        ("number", Word.NUMBER, 0, Answer(value=0)),
        ("number", Word.NUMBER, 10, Answer(value=10)),
        ("number", Word.RATHER_NOT, None, Answer(value=None)),
        ("choice", Word.CHOICE, 2, Answer(value=2)),
        ("choice", Word.RATHER_NOT, None, Answer(value=None)),
        ("side", Word.LEFT, None, Answer(value=Side.LEFT)),
        ("side", Word.RIGHT, None, Answer(value=Side.RIGHT)),
        ("side", Word.RATHER_NOT, None, Answer(value=None)),
    ],
)
def test_each_question_takes_its_own_answers(
    expects: str, word: Word, value: int | None, answer: Event
) -> None:
    assert means(word, standing(State.CHECKING, expects), value) == answer


@pytest.mark.parametrize(
    ("expects", "word"),
    [
        ("yes-no", Word.NUMBER),
        ("number", Word.YES),
        ("choice", Word.NUMBER),
        ("ready", Word.NO),
        ("yes-no", Word.LEFT),
        ("choice", Word.RIGHT),
        ("side", Word.YES),
        ("side", Word.NUMBER),
    ],
)
def test_an_answer_to_another_question_is_none(expects: str, word: Word) -> None:
    assert means(word, standing(State.CHECKING, expects), 3) is None


@pytest.mark.parametrize(
    ("said", "side"),
    [("left", Side.LEFT), ("The left leg.", Side.LEFT), ("right", Side.RIGHT), ("the right leg", Side.RIGHT)],
)
def test_a_side_can_be_said_in_several_ways(said: str, side: Side) -> None:
    where = standing(State.CHECKING, "side")
    live = grammar(PHRASES, {}).live(listened_for(where))
    (meaning,) = (sentence.meaning for sentence in live if sentence.text == plain(said))

    assert understood(meaning, where) == Answer(value=side)


@pytest.mark.parametrize("word", [Word.READY, Word.YES, Word.RESUME])
def test_whoever_is_waited_for_may_say_so_in_several_ways(word: Word) -> None:
    assert means(word, standing(State.RESTING, waiting=True)) == Ready()


@pytest.mark.parametrize("word", [Word.READY, Word.RESUME])
def test_a_pause_ends_with_continue_or_ready(word: Word) -> None:
    assert means(word, standing(State.PAUSED)) == Resume()


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        (Word.NEXT, Next(offset_ms=700)),
        (Word.REPEAT, Repeat(offset_ms=700)),
        (Word.SKIP, Skip(offset_ms=700)),
        (Word.LOUDER, Control.LOUDER),
        (Word.QUIETER, Control.SOFTER),
        (Word.HELP, Aside.CAN_SAY),
    ],
)
def test_commands_while_it_runs(word: Word, wanted: Wanted) -> None:
    assert means(word, standing()) == wanted


def test_what_cannot_be_done_is_named_or_seen_from_the_exercise() -> None:
    kneeling = next(
        block.id
        for block in RUN.course.script(Plan()).blocks
        if block.exercise and RUN.course.routine.exercise(block.exercise).posture == "kneeling"
    )

    assert means(Word.CANNOT, standing(), "lie") == Cannot(barrier=Barrier.LIE, offset_ms=700)
    assert means(Word.CANNOT, standing(block=kneeling)) == Cannot(barrier=Barrier.KNEEL, offset_ms=700)
    assert means(Word.CANNOT, standing(block="opening")) is None


def test_repeat_asks_the_question_again() -> None:
    assert means(Word.REPEAT, standing(State.CHECKING, "yes-no")) is Aside.AGAIN


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_situation_says_what_can_be_said(situation: str) -> None:
    assert PHRASES.lines(f"hearing.can-say.{situation}")


class Noting:
    """An ear that notes what it is told to listen for."""

    on = True

    def __init__(self) -> None:
        self.told: list[frozenset[Word]] = []

    def expect(self, words: frozenset[Word]) -> None:
        self.told.append(words)

    def heard(self) -> tuple[()]:
        return ()

    def fault(self) -> None:
        return None


def test_an_ear_is_told_only_what_is_new() -> None:
    ear = Noting()
    talk = Talk(ear, PHRASES)
    for _ in range(3):
        talk.attend(standing(State.CHECKING, "yes-no"), 1, quiet=True)
    talk.attend(standing(State.CHECKING, "yes-no"), 2, quiet=True)
    talk.attend(standing(), 2, quiet=False)

    assert len(ear.told) == 3
    assert all(words >= ALWAYS for words in ear.told)


def test_an_answer_counts_when_the_coach_has_finished_asking() -> None:
    ear = Noting()
    talk = Talk(ear, PHRASES)
    talk.attend(standing(State.CHECKING, "yes-no"), 1, quiet=False)
    talk.attend(standing(State.CHECKING, "yes-no"), 1, quiet=True)

    assert [Word.YES in words for words in ear.told] == [False, True]
    assert all(words >= ALWAYS for words in ear.told)
