"""What holds for every timeline, whatever the routine, the plan and the voice."""

from __future__ import annotations

import os
from itertools import pairwise

from hypothesis import given, settings

from routines.course import Course
from routines.cue import CueKind
from routines.model import Reps, Routine, Side
from routines.phrases import load_phrases
from routines.plan import FixedHold, FixedReps, FixedSteady, Plan
from routines.script import BlockKind, Grid, Occasion, Script, write_script
from routines.timeline import LaidBlock, lay, lay_block, relocate, resume_ms, utterances
from tests import strategies
from tests.doubles import LetterLengths

PHRASES = load_phrases()
#: A sample that fits a test run; STEADY_EXAMPLES=10000 runs the whole proof.
EXAMPLES = settings(max_examples=int(os.environ.get("STEADY_EXAMPLES", "60")), deadline=None)


def script_of(routine: Routine, plan: Plan, occasion: Occasion) -> Script:
    return write_script(routine, plan, PHRASES, occasion, about_minutes=10)


def course_of(routine: Routine, lengths: LetterLengths) -> Course:
    return Course(routine=routine, phrases=PHRASES, topics=(), occasion=Occasion(), lengths=lengths)


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_no_two_sounds_overlap(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths
) -> None:
    timeline = lay(script_of(routine, plan, occasion), lengths)

    for before, after in pairwise(timeline.cues):
        assert before.end_ms <= after.at_ms, (before, after)


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_blocks_follow_one_another_and_the_totals_agree(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths
) -> None:
    timeline = lay(script_of(routine, plan, occasion), lengths)

    assert timeline.blocks[0].at_ms == 0
    for before, after in pairwise(timeline.blocks):
        assert before.end_ms == after.at_ms
    assert timeline.total_ms == sum(block.length_ms for block in timeline.blocks)
    for block in timeline.blocks:
        assert all(block.at_ms <= cue.at_ms and cue.end_ms <= block.end_ms for cue in block.cues)
        assert all(cue.block == block.id for cue in block.cues)


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_no_beat_moves_for_speech(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths
) -> None:
    script = script_of(routine, plan, occasion)
    for block in script.blocks:
        laid = lay_block(block, lengths)
        for grid in (part for part in block.parts if isinstance(part, Grid)):
            assert laid.work_at_ms is not None
            heard = {cue.at_ms - laid.work_at_ms: cue for cue in laid.cues}
            for beat in grid.beats:
                cue = heard.get(beat.at_ms)
                if beat.or_tick:
                    assert cue is not None, beat
                if cue is not None and cue.kind is CueKind.COUNT:
                    assert cue.text in beat.forms


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_left_gets_the_same_time_as_right(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths
) -> None:
    timeline = lay(script_of(routine, plan, occasion), lengths)
    work = [block for block in timeline.blocks if block.kind is BlockKind.WORK and block.side]
    left = {(block.exercise, block.set): block for block in work if block.side is Side.LEFT}
    right = {(block.exercise, block.set): block for block in work if block.side is Side.RIGHT}

    assert left.keys() == right.keys()
    for key, block in left.items():
        other = right[key]
        assert block.length_ms == other.length_ms
        assert block.work_ms == other.work_ms
        assert _onset(block) == _onset(other)


def _onset(block: LaidBlock) -> int:
    assert block.work_at_ms is not None
    return block.work_at_ms - block.at_ms


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions)
def test_work_lasts_exactly_as_long_as_the_plan_says(
    routine: Routine, plan: Plan, occasion: Occasion
) -> None:
    timeline = lay(script_of(routine, plan, occasion), LetterLengths())
    for block in timeline.blocks:
        if block.kind is not BlockKind.WORK:
            continue
        assert block.exercise is not None
        dose = plan.dose_for(plan.exercise_for(routine.exercise(block.exercise)))
        match dose:
            case FixedHold(seconds=seconds):
                assert block.work_ms == seconds * 1000
            case FixedReps(count=count, tempo=tempo):
                assert block.work_ms == count * sum(plan.stretch(phase.length_ms) for phase in tempo.phases)
            case FixedSteady(minutes=minutes):
                assert block.work_ms == minutes * 60_000


@EXAMPLES
@given(strategies.routines(), strategies.plans)
def test_every_repetition_is_counted_when_the_voice_is_quick_enough(routine: Routine, plan: Plan) -> None:
    timeline = lay(script_of(routine, plan, Occasion()), LetterLengths(letter_ms=10, least_ms=50))
    for block in timeline.blocks:
        if block.kind is not BlockKind.WORK or block.exercise is None:
            continue
        exercise = plan.exercise_for(routine.exercise(block.exercise))
        if isinstance(exercise.dose, Reps):
            dose = plan.dose_for(exercise)
            assert isinstance(dose, FixedReps)
            counts = [cue.text for cue in block.cues if cue.kind is CueKind.COUNT]
            assert counts == [str(number) for number in range(1, dose.count + 1)]


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions)
def test_the_layout_asks_only_for_utterances_it_has_announced(
    routine: Routine, plan: Plan, occasion: Occasion
) -> None:
    for block in script_of(routine, plan, occasion).blocks:
        announced = set(utterances(block))
        spoken = lay_block(block, LetterLengths()).cues
        assert {cue.text for cue in spoken if cue.kind in (CueKind.SAY, CueKind.COUNT)} <= announced


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.lengths)
def test_going_on_never_jumps_ahead_and_loses_less_than_a_beat_or_a_sentence(
    routine: Routine, plan: Plan, lengths: LetterLengths
) -> None:
    for block in lay(script_of(routine, plan, Occasion()), lengths).blocks:
        for offset_ms in range(0, block.length_ms, 1 + block.length_ms // 7):
            again_ms = resume_ms(block, offset_ms)
            assert 0 <= again_ms <= offset_ms
            assert resume_ms(block, again_ms) == again_ms


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.lengths)
def test_a_change_of_pace_goes_on_at_the_same_repetition_or_second(
    routine: Routine, plan: Plan, lengths: LetterLengths
) -> None:
    course = course_of(routine, lengths)
    slower = plan.slower()
    before, after = course.timeline(plan), course.timeline(slower)
    for old, new in zip(before.blocks, after.blocks, strict=True):
        offset_ms = old.length_ms // 2
        place_ms = relocate(old, offset_ms, new)
        if old.kind is not BlockKind.WORK or place_ms is None:
            continue
        assert _done(old, resume_ms(old, offset_ms)) == _done(new, place_ms)


def _done(block: LaidBlock, offset_ms: int) -> int:
    """Return how many repetitions, or milliseconds of a hold, lie behind a place in a block."""
    assert block.work_at_ms is not None
    return max(0, block.at_ms + offset_ms - block.work_at_ms) // (block.rep_ms or 1)
