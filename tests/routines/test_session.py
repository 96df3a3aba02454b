"""The session reads like its specification: what each event does in each state."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routines.course import Course
from routines.events import (
    EFFECTS,
    EVENTS,
    Answer,
    Ask,
    AskTopic,
    BlockFinished,
    Cannot,
    Easier,
    Effect,
    End,
    Event,
    Faster,
    Halt,
    HowLong,
    Next,
    Pain,
    Pause,
    Play,
    Previous,
    Ready,
    Refuse,
    Repeat,
    Resume,
    Save,
    Say,
    Skip,
    Slower,
    Start,
    Stop,
)
from routines.load import load_advice, load_routine
from routines.model import Barrier
from routines.phrases import load_phrases
from routines.plan import Level, Plan
from routines.script import BlockKind, Channel, Occasion
from routines.session import (
    TRANSITIONS,
    Session,
    SessionError,
    State,
    possible,
    reopened,
    step,
)
from tests.doubles import LetterLengths

QUESTIONS = ("assessed", "red-flags", "red-flags-urgent", "pain-before", "floor", "ready")
AFTER = ("pain-after", "effort")


def course(questions: tuple[str, ...] = (), after: tuple[str, ...] = (), routine: str = "knee") -> Course:
    return Course(
        routine=load_routine(routine),
        phrases=load_phrases(),
        topics=load_advice(),
        occasion=Occasion(told=not questions, channel=Channel.KEYS),
        lengths=LetterLengths(),
        questions=questions,
        questions_after=after,
    )


TOLD = course()
ASKED = course(QUESTIONS, AFTER)


def begun(plan: Plan | None = None, on: Course = TOLD) -> Session:
    return step(Session(routine="knee", plan=plan or Plan()), Start(), on)[0]


def at(block: str, plan: Plan | None = None) -> Session:
    """Return a session in a block of the knee routine."""
    session = begun(plan)
    while session.block != block:
        session, _ = step(session, BlockFinished(block=session.block), TOLD)
        if session.waiting:
            session, _ = step(session, Ready(), TOLD)
    return session


def ask_through(answers: dict[str, bool | int | None]) -> tuple[Session, tuple[Effect, ...]]:
    """Return where a session stands after these answers."""
    session, effects = step(Session(routine="knee", plan=Plan()), Start(), ASKED)
    while session.question in answers:
        session, effects = step(session, Answer(value=answers[session.question]), ASKED)
    return session, effects


WELL: dict[str, bool | int | None] = {
    "assessed": True,
    "red-flags": False,
    "red-flags-urgent": False,
    "pain-before": 2,
    "floor": True,
}


def kinds(effects: tuple[Effect, ...]) -> list[type[Effect]]:
    return [type(effect) for effect in effects]


def said(effects: tuple[Effect, ...]) -> str:
    return " ".join(
        line for effect in effects if isinstance(effect, (Say, Ask, Refuse)) for line in effect.lines
    )


def test_told_sessions_lead_at_once() -> None:
    session, effects = step(Session(routine="knee", plan=Plan()), Start(), TOLD)

    assert session.state is State.LEADING
    assert effects == (Save(), Play(block="opening"))


def test_asked_sessions_ask_one_question_at_a_time_then_lead() -> None:
    session, effects = ask_through(WELL)
    assert session.question == "ready"
    assert isinstance(effects[-1], Ask)

    session, effects = step(session, Ready(), ASKED)

    assert session.state is State.LEADING
    assert session.pain_before == 2
    assert effects[-1] == Play(block="opening")


@pytest.mark.parametrize("question", ["red-flags", "red-flags-urgent"])
def test_a_red_flag_blocks_the_session(question: str) -> None:
    session, effects = ask_through(WELL | {question: True})

    assert session.state is State.STOPPED
    assert effects[-1] == End("red-flag")
    assert Play not in kinds(effects)


def test_without_an_assessment_the_person_is_advised_and_may_go_on_gently() -> None:
    session, _ = ask_through({"assessed": False})
    assert session.question == "go-gently"

    gently, _ = step(session, Answer(value=True), ASKED)
    refused, effects = step(session, Answer(value=False), ASKED)

    assert gently.plan.level is Level.EASY
    assert gently.question == "red-flags"
    assert refused.state is State.STOPPED
    assert effects[-1] == End("refused")


def test_strong_pain_before_the_start_means_no_exercises_today() -> None:
    session, effects = ask_through(WELL | {"pain-before": 6})

    assert session.state is State.STOPPED
    assert effects[-1] == End("refused")


def test_the_pain_number_may_be_left_out() -> None:
    session, _ = ask_through(WELL | {"pain-before": None})

    assert session.question == "ready"
    assert session.pain_before is None


def test_who_cannot_get_to_the_floor_gets_alternatives() -> None:
    session, _ = ask_through(WELL | {"floor": False})

    assert Barrier.FLOOR in session.plan.without
    exercises = [session.plan.exercise_for(exercise) for exercise in ASKED.routine.exercises]
    assert not any(exercise.posture.is_low for exercise in exercises)


def test_an_answer_of_the_wrong_kind_is_asked_again() -> None:
    session, effects = step(Session(routine="knee", plan=Plan()), Start(), ASKED)

    again, effects = step(session, Answer(value=7), ASKED)

    assert again == session
    assert effects[-1] == Ask(
        question="assessed", lines=load_phrases().lines("questions.assessed.ask"), expects="yes-no"
    )


def test_a_finished_set_is_recorded_before_the_next_block_plays() -> None:
    session = at("adductor-stretch/1/left")

    after, effects = step(session, BlockFinished(block=session.block), TOLD)

    assert after.state is State.RESTING
    saved, play = effects
    assert isinstance(saved, Save)
    assert [record.key for record in saved.records] == ["done:adductor-stretch/1/left:0"]
    assert saved.records[0].data["work_ms"] == 20_000
    assert play == Play(block="adductor-stretch/1/left/change")


def test_a_late_word_about_a_block_that_was_left_does_nothing() -> None:
    session = at("adductor-stretch/1/left")

    assert step(session, BlockFinished(block="adductor-stretch/lead"), TOLD) == (session, ())


def test_pause_keeps_the_second_of_a_hold_and_resume_counts_in() -> None:
    session = at("adductor-stretch/1/left")
    block = TOLD.block(session.plan, session.block)
    assert block.work_at_ms is not None
    paused, effects = step(session, Pause(offset_ms=block.work_at_ms + 7_900), TOLD)

    assert paused.state is State.PAUSED
    assert effects[0] == Halt()
    assert not said(effects)

    going, effects = step(paused, Resume(), TOLD)

    assert going.state is State.WORKING
    assert effects[-1] == Play(block=session.block, from_ms=block.work_at_ms + 7_000, count_in=True)


def test_pause_in_the_middle_of_a_sentence_says_it_again() -> None:
    session = at("wall-slides/lead")
    block = TOLD.block(session.plan, session.block)
    third = block.cues[2]

    paused, _ = step(session, Pause(offset_ms=third.at_ms + third.length_ms // 2), TOLD)

    assert paused.offset_ms == third.at_ms


def test_pain_stops_at_once_gives_the_advice_and_offers_nothing_else() -> None:
    session = at("knee-bends/1/both")

    stopped, effects = step(session, Pain(offset_ms=20_000), TOLD)

    assert stopped.state is State.STOPPED
    assert kinds(effects)[0] is Halt
    assert effects[-1] == End("pain")
    assert Play not in kinds(effects)
    assert Ask not in kinds(effects)
    records = [record.kind for effect in effects if isinstance(effect, Save) for record in effect.records]
    assert records == ["pain", "stopped"]
    assert "continue" not in said(effects)


def test_next_goes_to_the_other_side_then_to_the_next_exercise() -> None:
    left = at("adductor-stretch/1/left")

    right, _ = step(left, Next(offset_ms=9_000), TOLD)
    led, _ = step(right, Next(offset_ms=9_000), TOLD)

    assert right.block == "adductor-stretch/1/right"
    assert led.block == "wall-slides/lead"


def test_a_set_that_is_left_is_recorded_as_skipped_not_as_done() -> None:
    _, effects = step(at("adductor-stretch/1/left"), Next(offset_ms=9_000), TOLD)

    assert [record.kind for record in effects[0].records if isinstance(effects[0], Save)] == ["skipped"]  # type: ignore[union-attr]


def test_skip_leaves_the_exercise_and_previous_goes_back() -> None:
    skipped, _ = step(at("adductor-stretch/1/left"), Skip(), TOLD)
    back, _ = step(skipped, Previous(), TOLD)

    assert skipped.block == "wall-slides/lead"
    assert back.block == "adductor-stretch/1/right"


def test_a_set_done_over_on_purpose_counts_again() -> None:
    session = at("wall-slides/1/right")

    back, _ = step(session, Previous(), TOLD)
    _, effects = step(back, BlockFinished(block=back.block), TOLD)

    assert isinstance(effects[0], Save)
    assert effects[0].records[0].key == "done:wall-slides/1/left:1"


def test_repeat_starts_the_block_again() -> None:
    session = at("wall-slides/1/left")

    again, effects = step(session, Repeat(offset_ms=30_000), TOLD)

    assert again.block == session.block
    assert effects[-1] == Play(block=session.block)


def test_ready_cuts_the_explanation_short() -> None:
    session, _ = step(at("knee-bends/lead"), Ready(offset_ms=3_000), TOLD)

    assert session.block == "knee-bends/1/both"


def test_slower_goes_on_at_the_same_repetition() -> None:
    session = at("wall-slides/1/left")
    block = TOLD.block(session.plan, session.block)
    fifth = next(cue for cue in block.cues if cue.text == "5")

    slower, effects = step(session, Slower(offset_ms=fifth.at_ms + 1_200), TOLD)

    after = TOLD.block(slower.plan, session.block)
    place = next(cue for cue in after.cues if cue.text == "5")
    assert slower.plan.pace_percent == 125
    assert effects[-1] == Play(block=session.block, from_ms=place.at_ms, count_in=True)


def test_easier_counts_a_set_as_done_once_it_reaches_the_easier_dose() -> None:
    session = at("wall-slides/1/left", Plan(level=Level.FULL))
    block = TOLD.block(session.plan, session.block)
    fourteenth = next(cue for cue in block.cues if cue.text == "14")

    eased, effects = step(session, Easier(offset_ms=fourteenth.at_ms + 100), TOLD)

    assert eased.plan.level is Level.STANDARD
    assert eased.block == "wall-slides/1/left/change"
    records = [record.kind for effect in effects if isinstance(effect, Save) for record in effect.records]
    assert records == ["eased", "block_done"]


def test_cannot_kneel_explains_the_other_way_from_its_start() -> None:
    session = at("leg-extensions/1/left")

    other, effects = step(session, Cannot(barrier=Barrier.KNEEL, offset_ms=9_000), TOLD)

    assert other.block == "leg-extensions/lead"
    assert effects[-1] == Play(block="leg-extensions/lead")
    assert TOLD.block(other.plan, other.block).title != TOLD.block(session.plan, session.block).title


def test_at_the_limit_of_the_pace_it_says_so_and_goes_on() -> None:
    session = at("wall-slides/1/left", Plan(pace_percent=50))

    same, effects = step(session, Faster(offset_ms=9_000), TOLD)

    assert same == session
    assert kinds(effects) == [Refuse]


def test_how_long_is_answered_and_the_set_goes_on() -> None:
    session = at("cycling/1/both")

    after, effects = step(session, HowLong(offset_ms=65_000), TOLD)

    assert after.state is State.WORKING
    assert "minutes" in said(effects)
    assert isinstance(effects[-1], Play)
    assert effects[-1].count_in


def test_a_question_is_answered_and_the_session_goes_on() -> None:
    session = at("wall-slides/lead")

    after, effects = step(session, AskTopic(topic="how-often", offset_ms=2_000), TOLD)

    assert after.state is State.LEADING
    assert TOLD.topic("how-often").say[0] in said(effects)
    assert isinstance(effects[-1], Play)


def test_a_red_flag_told_in_mid_session_stops_it() -> None:
    session = at("wall-slides/1/left")

    stopped, effects = step(session, AskTopic(topic="red-flag-chest", offset_ms=2_000), TOLD)

    assert stopped.state is State.STOPPED
    assert effects[-1] == End("red-flag")


def test_wait_for_me_starts_no_set_before_the_person_is_ready() -> None:
    session = begun(Plan(wait=True))
    while not session.waiting:
        session, effects = step(session, BlockFinished(block=session.block), TOLD)
    assert session.block == "adductor-stretch/1/left"
    assert Play not in kinds(effects)

    ready, effects = step(session, Ready(), TOLD)

    assert ready.state is State.WORKING
    assert effects[-1] == Play(block="adductor-stretch/1/left")


def test_after_the_last_block_it_is_done_before_anything_is_asked() -> None:
    session = replace(at("closing"))

    asking, effects = step(session, BlockFinished(block="closing"), course(QUESTIONS, AFTER))

    assert asking.state is State.ASKING
    assert isinstance(effects[0], Save)
    assert [record.kind for record in effects[0].records] == ["done"]
    assert asking.question == "pain-after"


def test_more_pain_than_before_is_answered_with_the_advice() -> None:
    asking = replace(at("closing"), state=State.ASKING, question="pain-after", pain_before=2)

    _, effects = step(asking, Answer(value=4), course(QUESTIONS, AFTER))

    assert TOLD.topic("worse-after-exercise").say[0] in said(effects)


def test_an_interrupted_set_starts_again_from_its_beginning() -> None:
    session = replace(at("wall-slides/1/right"), offset_ms=12_000)

    again, effects = step(reopened(session), Resume(), TOLD)

    assert again.block == "wall-slides/1/right"
    assert effects[-1] == Play(block="wall-slides/1/right")


def test_what_is_not_allowed_changes_nothing_and_says_what_is() -> None:
    session = at("wall-slides/1/left")

    same, effects = step(session, Resume(), TOLD)

    assert same == session
    assert kinds(effects) == [Refuse]
    assert "pause" in said(effects)


@pytest.mark.parametrize("state", State)
def test_pain_and_stop_work_in_every_state_that_is_not_over(state: State) -> None:
    if state in (State.DONE, State.STOPPED):
        assert possible(state) == ()
    else:
        assert {Pain, Stop} <= set(possible(state))


def test_every_event_is_allowed_somewhere() -> None:
    assert set(EVENTS) == {event for events in TRANSITIONS.values() for event in events}


def test_a_saved_session_is_small_and_comes_back_the_same() -> None:
    plan = Plan(level=Level.FULL, hold_s=25, pace_percent=150, wait=True, without=frozenset(Barrier))
    session = replace(at("leg-extensions/1/right", plan), offset_ms=1234, pain_before=3)

    text = json.dumps(session.to_dict())

    assert len(text) < 1_000
    assert Session.from_dict(json.loads(text)) == session


@pytest.mark.parametrize(
    "plain", [{}, {"v": 99}, {"v": 1, "routine": "knee"}, {"v": 1, "routine": "knee", "plan": {"level": "x"}}]
)
def test_a_damaged_or_foreign_session_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(SessionError):
        Session.from_dict(plain)


def events() -> st.SearchStrategy[Event]:
    offsets = st.none() | st.integers(0, 120_000)
    plain = [Start, Ready, Next, Previous, Repeat, Pause, Resume, Slower, Faster, Easier, Skip, HowLong]
    return st.one_of(
        *[st.builds(kind, offset_ms=offsets) for kind in plain],
        st.builds(Cannot, barrier=st.sampled_from(Barrier), offset_ms=offsets),
        st.builds(AskTopic, topic=st.sampled_from(["how-often", "ice", None]), offset_ms=offsets),
        st.builds(Answer, value=st.one_of(st.booleans(), st.integers(0, 10), st.none())),
        st.just(BlockFinished(block="?")),
        st.just(BlockFinished(block="?")),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(events(), max_size=60), st.booleans(), st.booleans())
def test_whatever_happens_the_table_holds(happenings: list[Event], asked: bool, waits: bool) -> None:
    on = ASKED if asked else TOLD
    session = Session(routine="knee", plan=Plan(wait=waits))
    for happening in happenings:
        event = BlockFinished(block=session.block) if isinstance(happening, BlockFinished) else happening
        after, effects = step(session, event, on)

        allowed = TRANSITIONS[session.state].get(type(event))
        if allowed is None:
            assert after == session
            assert kinds(effects) == [Refuse]
        else:
            assert after.state in (*allowed.to, session.state)
        assert all(type(effect) in EFFECTS for effect in effects)
        plays = [effect for effect in effects if isinstance(effect, Play)]
        assert len(plays) <= 1
        if plays:  # saved before it is heard, and it is the block the session stands in
            assert kinds(effects).index(Save) < kinds(effects).index(Play)
            assert plays[0].block == after.block
            block = on.block(after.plan, after.block)
            assert 0 <= plays[0].from_ms < block.length_ms
        if after.is_over:
            assert isinstance(effects[-1], End) or after == session
        session = after


@settings(max_examples=30, deadline=None)
@given(st.lists(events(), max_size=40))
def test_after_pain_nothing_is_ever_played_again(happenings: list[Event]) -> None:
    session, _ = step(at("wall-slides/1/left"), Pain(), TOLD)
    for event in happenings:
        session, effects = step(session, event, TOLD)
        assert session.state is State.STOPPED
        assert Play not in kinds(effects)


def test_a_whole_session_on_a_fake_clock_does_every_set_once() -> None:
    session = begun()
    keys: list[str] = []
    elapsed_ms = 0
    while not session.is_over:
        elapsed_ms += TOLD.block(session.plan, session.block).length_ms
        session, effects = step(session, BlockFinished(block=session.block), TOLD)
        keys += [record.key for effect in effects if isinstance(effect, Save) for record in effect.records]

    work = [block.id for block in TOLD.script(Plan()).blocks if block.kind is BlockKind.WORK]
    assert keys == [f"done:{block}:0" for block in work] + ["done"]
    assert elapsed_ms == TOLD.timeline(Plan()).total_ms
