"""The side that every exercise begins with: as the plan has it, with the same time for both."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest
from hypothesis import given, settings

from routines.course import Course
from routines.cue import CueKind
from routines.events import Answer, Ask, BlockFinished, Easier, Ready, Resume, Save, Slower, Start
from routines.load import load_advice, load_routine
from routines.model import Barrier, Routine, Side
from routines.phrases import load_phrases
from routines.plan import FirstSide, FixedSteady, Plan, PlanError
from routines.script import BlockKind, Occasion, Script, write_script
from routines.session import Session, State, reopened, step
from routines.timeline import lay
from tests import strategies
from tests.doubles import LetterLengths

PHRASES = load_phrases()
EXAMPLES = settings(max_examples=int(os.environ.get("STEADY_EXAMPLES", "60")), deadline=None)
SIDE_LINES = {side: PHRASES("script.side", side=PHRASES(f"script.sides.{side}")) for side in Side}
CHANGE_LINES = {side: PHRASES("script.change-sides", side=PHRASES(f"script.sides.{side}")) for side in Side}


def script_of(routine: Routine, plan: Plan, occasion: Occasion) -> Script:
    return write_script(routine, plan, PHRASES, occasion, about_minutes=10)


def beginning(plan: Plan, first: FirstSide) -> Plan:
    return replace(plan, first_side=first)


def course(routine: str = "knee", *, questions: tuple[str, ...] = ("floor", "first-side", "ready")) -> Course:
    return Course(
        routine=load_routine(routine),
        phrases=PHRASES,
        topics=load_advice(),
        occasion=Occasion(),
        lengths=LetterLengths(),
        questions=questions,
    )


# -- the order -------------------------------------------------------------------------------------


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions)
def test_every_set_is_done_on_the_asked_side_first(routine: Routine, plan: Plan, occasion: Occasion) -> None:
    order = [Side.RIGHT, Side.LEFT] if plan.first_side is FirstSide.RIGHT else [Side.LEFT, Side.RIGHT]
    done: dict[tuple[str | None, int | None], list[Side]] = {}
    for block in script_of(routine, plan, occasion).blocks:
        if block.kind is BlockKind.WORK and block.side:
            done.setdefault((block.exercise, block.set), []).append(block.side)

    assert all(sides == order for sides in done.values())


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_what_is_announced_is_what_comes(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths
) -> None:
    blocks = lay(script_of(routine, plan, occasion), lengths).blocks
    for place, block in enumerate(blocks):
        said = [cue.text for cue in block.cues if cue.kind is CueKind.SAY]
        if block.kind is BlockKind.CHANGE:
            coming = blocks[place + 1].side
            assert block.side is plan.first_side.order[0]
            assert coming is plan.first_side.order[1]
            assert said == [CHANGE_LINES[coming]]
        elif block.kind is BlockKind.WORK:
            named = [line for line in said if line in SIDE_LINES.values()]
            assert named == ([SIDE_LINES[block.side]] if block.side else [])


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_which_side_comes_first_changes_no_time(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths
) -> None:
    left, right = (
        lay(script_of(routine, beginning(plan, first), occasion), lengths)
        for first in (FirstSide.LEFT, FirstSide.RIGHT)
    )

    assert left.total_ms == right.total_ms
    assert [block.length_ms for block in left.blocks] == [block.length_ms for block in right.blocks]
    for timeline in (left, right):
        work_ms = {
            side: sum(block.work_ms for block in timeline.blocks if block.side is side and block.work_ms)
            for side in Side
        }
        assert work_ms[Side.LEFT] == work_ms[Side.RIGHT]


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions)
def test_where_nobody_asks_it_begins_with_the_left(routine: Routine, plan: Plan, occasion: Occasion) -> None:
    asking, left = (beginning(plan, first) for first in (FirstSide.ASK, FirstSide.LEFT))

    assert script_of(routine, asking, occasion) == script_of(routine, left, occasion)


@EXAMPLES
@given(strategies.routines(), strategies.plans)
def test_whether_an_exercise_has_sides_agrees_with_its_dose(routine: Routine, plan: Plan) -> None:
    for exercise in routine.exercises:
        dose = plan.dose_for(plan.exercise_for(exercise))
        sided = not isinstance(dose, FixedSteady) and dose.sides != (None,)
        assert plan.is_sided(exercise) == sided


def test_while_words_for_the_other_side_are_longer_the_silence_begins_when_these_are_over() -> None:
    class Odd:
        def length_ms(self, text: str) -> int:
            return 20_000 if text == CHANGE_LINES[Side.LEFT] else 1_000

    script = script_of(load_routine("knee"), Plan(), Occasion())
    change = next(block for block in lay(script, Odd()).blocks if block.kind is BlockKind.CHANGE)
    say, quiet = change.cues

    assert (say.length_ms, quiet.kind) == (1_000, CueKind.QUIET)
    assert quiet.at_ms - say.end_ms < 1_000
    assert quiet.end_ms - change.at_ms > 20_000


# -- what is kept ----------------------------------------------------------------------------------


def test_a_plan_that_was_kept_before_begins_with_the_left() -> None:
    assert Plan.from_dict({"level": "easy"}).first_side is FirstSide.LEFT
    assert "first_side" not in Plan().to_dict()


@pytest.mark.parametrize("first", FirstSide)
def test_a_choice_comes_back_as_it_was_kept(first: FirstSide) -> None:
    plan = Plan(first_side=first)

    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_what_is_no_side_is_refused_with_what_is_possible() -> None:
    with pytest.raises(PlanError) as raised:
        Plan.from_dict({"first_side": "both"})

    assert (raised.value.field, raised.value.allowed) == ("first_side", "left, right, ask")


def test_slower_and_easier_keep_the_order() -> None:
    plan = Plan(first_side=FirstSide.RIGHT)

    assert {one.first_side for one in (plan.slower(), plan.faster(), plan.easier())} == {FirstSide.RIGHT}
    assert plan.cannot(Barrier.KNEEL).first_side is FirstSide.RIGHT


def test_an_interrupted_session_goes_on_in_the_order_it_had() -> None:
    on = course(questions=())
    session, _ = step(Session(routine="knee", plan=Plan(first_side=FirstSide.RIGHT)), Start(), on)
    while session.block != "wall-slides/1/right":
        session, _ = step(session, BlockFinished(block=session.block), on)

    again = reopened(Session.from_dict(json.loads(json.dumps(session.to_dict()))))
    going, _ = step(again, Resume(), on)
    changing, _ = step(going, BlockFinished(block=going.block), on)
    other, _ = step(changing, BlockFinished(block=changing.block), on)

    assert [one.block for one in (going, changing, other)] == [
        "wall-slides/1/right",
        "wall-slides/1/right/change",
        "wall-slides/1/left",
    ]


def test_a_session_that_was_kept_before_goes_on_with_the_left_first() -> None:
    kept = Session(routine="knee", plan=Plan(), state=State.WORKING, block="wall-slides/1/left").to_dict()

    assert "first_side" not in kept["plan"]
    assert Session.from_dict(kept).plan == Plan()


# -- the question ----------------------------------------------------------------------------------


def asked(plan: Plan, on: Course | None = None) -> list[str]:
    """Return what is asked before the start; all is well, and the right leg is the first."""
    on = on or course()
    session, effects = step(Session(routine=on.routine.id, plan=plan), Start(), on)
    found = []
    while session.question is not None:
        found += [effect.question for effect in effects if isinstance(effect, Ask)]
        answer = {"first-side": Answer(value=Side.RIGHT), "ready": Ready()}
        session, effects = step(session, answer.get(session.question, Answer(value=True)), on)
    return found


def test_the_side_is_asked_for_only_where_the_plan_leaves_it_open() -> None:
    assert "first-side" in asked(Plan(first_side=FirstSide.ASK))
    assert "first-side" not in asked(Plan()) + asked(Plan(first_side=FirstSide.RIGHT))


def test_nobody_is_asked_for_a_side_where_no_exercise_has_one() -> None:
    routine = load_routine("knee")
    both = replace(routine, exercises=tuple(one for one in routine.exercises if not Plan().is_sided(one)))

    assert both.exercises
    assert "first-side" not in asked(Plan(first_side=FirstSide.ASK), replace(course(), routine=both))


@pytest.mark.parametrize(
    ("value", "first"), [(Side.LEFT, "left"), (Side.RIGHT, "right"), (None, "left")], ids=str
)
def test_the_answer_decides_the_order_and_is_kept(value: Side | None, first: str) -> None:
    on = course(questions=("first-side",))
    asking, effects = step(Session(routine="knee", plan=Plan(first_side=FirstSide.ASK)), Start(), on)
    begun, after = step(asking, Answer(value=value), on)
    work = [block.side for block in on.script(begun.plan).blocks if block.kind is BlockKind.WORK]
    records = [record for effect in after if isinstance(effect, Save) for record in effect.records]

    assert [effect.expects for effect in effects if isinstance(effect, Ask)] == ["side"]
    assert next(side for side in work if side) == first
    assert begun.state is State.LEADING
    assert [(record.key, record.data["value"]) for record in records] == [("answered:first-side", value)]
    assert Session.from_dict(json.loads(json.dumps(begun.to_dict()))) == begun


@pytest.mark.parametrize("answer", [Answer(value=True), Answer(value=3), Ready()], ids=str)
def test_another_kind_of_answer_is_asked_for_again(answer: Answer | Ready) -> None:
    on = course(questions=("first-side",))
    asking, _ = step(Session(routine="knee", plan=Plan(first_side=FirstSide.ASK)), Start(), on)
    still, effects = step(asking, answer, on)

    assert still == asking
    assert [effect.question for effect in effects if isinstance(effect, Ask)] == ["first-side"]


def test_a_side_is_no_answer_to_another_question() -> None:
    for question in ("floor", "pain-before", "ready"):
        on = course(questions=(question,))
        asking, _ = step(Session(routine="knee", plan=Plan()), Start(), on)

        assert step(asking, Answer(value=Side.LEFT), on)[0] == asking


def test_what_is_made_slower_or_easier_while_the_question_waits_leaves_it_open() -> None:
    on = course(questions=("first-side",))
    asking, _ = step(Session(routine="knee", plan=Plan(first_side=FirstSide.ASK)), Start(), on)
    for event in (Slower(), Easier()):
        asking, _ = step(asking, event, on)

    assert (asking.question, asking.plan.first_side) == ("first-side", FirstSide.ASK)
