"""What holds for every turn that a session is cut into."""

from __future__ import annotations

import os
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routines.course import Course
from routines.cue import CueKind
from routines.lengths import EstimatedLengths
from routines.load import load_routine
from routines.model import Routine
from routines.phrases import load_phrases
from routines.plan import FixedHold, FixedReps, Plan
from routines.script import BlockKind, Occasion, write_script
from routines.timeline import LaidBlock, Timeline, lay
from speech.limits import TURN_MS, TooLongError
from speech.turns import ROOM_MS, Place, Slice, Turn, fill_turn, place, slice_block, whole_turn
from tests import strategies
from tests.doubles import LetterLengths
from tests.speech.layouts import block, count, say

PHRASES = load_phrases()
EXAMPLES = settings(max_examples=int(os.environ.get("STEADY_EXAMPLES", "30")), deadline=None)
at_mosts = st.integers(30_000, 90_000)


def laid(routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths) -> Timeline:
    return lay(write_script(routine, plan, PHRASES, occasion, 10), lengths)


def slices_of(one: LaidBlock, at_most_ms: int) -> list[Slice]:
    slices = [slice_block(one, 0, at_most_ms)]
    while not slices[-1].ends:
        slices.append(slice_block(one, slices[-1].to_ms, at_most_ms))
    return slices


def turns_of(session: Timeline, at_most_ms: int) -> list[Turn]:
    after = {before.id: block for before, block in pairwise(session.blocks)}
    first: LaidBlock | None = session.blocks[0]
    from_ms, turns = 0, []
    while first is not None:
        turns.append(fill_turn(first, from_ms, after.get, at_most_ms))
        last = turns[-1].slices[-1]
        from_ms = 0 if last.ends else last.to_ms
        first = after.get(last.block_id) if last.ends else _by_id(session, last.block_id)
    return turns


def _by_id(session: Timeline, block_id: str) -> LaidBlock:
    return next(block for block in session.blocks if block.id == block_id)


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths, at_mosts)
def test_slices_put_together_are_the_block(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths, at_most_ms: int
) -> None:
    for one in laid(routine, plan, occasion, lengths).blocks:
        slices = slices_of(one, at_most_ms)

        assert slices[0].from_ms == 0
        assert all(before.to_ms == after.from_ms < after.to_ms for before, after in pairwise(slices))
        assert slices[0].whole == (len(slices) == 1)
        again = [(s.from_ms + cue.at_ms, cue.kind, cue.text) for s in slices for cue in s.cues]
        assert again == [(cue.at_ms - one.at_ms, cue.kind, cue.text) for cue in one.cues]


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths, at_mosts)
def test_no_cut_falls_into_a_sound_or_the_last_seconds(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths, at_most_ms: int
) -> None:
    for one in laid(routine, plan, occasion, lengths).blocks:
        for piece in slices_of(one, at_most_ms)[:-1]:
            cut_ms = one.at_ms + piece.to_ms
            sounding = [cue for cue in one.cues if cue.at_ms < cut_ms < cue.end_ms]
            assert all(cue.kind is CueKind.QUIET for cue in sounding)
            counts = [cue for cue in one.cues if cue.kind is CueKind.COUNT]
            if counts and counts[0].text != "1":  # the time that is left, not repetitions
                left = [cue.text for cue in counts if cue.at_ms >= cut_ms]
                assert left[-5:] == [cue.text for cue in counts[-5:]]


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths, at_mosts)
def test_a_hold_is_never_cut_and_repetitions_only_where_one_starts(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths, at_most_ms: int
) -> None:
    doses = {exercise.id: plan.dose_for(plan.exercise_for(exercise)) for exercise in routine.exercises}
    for one in laid(routine, plan, occasion, lengths).blocks:
        if one.work_at_ms is None or one.exercise is None:
            continue
        work_ms = one.work_at_ms - one.at_ms
        cuts = [piece.to_ms for piece in slices_of(one, at_most_ms)[:-1] if piece.to_ms >= work_ms]
        dose = doses[one.exercise]
        if isinstance(dose, FixedHold):
            assert cuts == []
        elif isinstance(dose, FixedReps):
            rep_ms = one.work_ms // dose.count
            tail_ms = one.length_ms - work_ms - one.work_ms
            if rep_ms + tail_ms <= at_most_ms:
                assert all((cut_ms - work_ms) % rep_ms == 0 for cut_ms in cuts)


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_turns_stay_below_ninety_seconds(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths
) -> None:
    for turn in turns_of(laid(routine, plan, occasion, lengths), ROOM_MS):
        assert turn.length_ms <= TURN_MS or _is_one_piece(turn)


def _is_one_piece(turn: Turn) -> bool:
    """Tell whether a turn cannot be shorter: a slow voice's announcement and a hold of a minute."""
    return len(turn.slices) == 1


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_turns_put_together_are_the_session(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths
) -> None:
    session = laid(routine, plan, occasion, lengths)

    again, at_ms = [], 0
    for turn in turns_of(session, ROOM_MS):
        again += [(at_ms + cue.at_ms, cue.kind, cue.text) for cue in turn.cues]
        at_ms += turn.length_ms

    assert at_ms == session.total_ms
    assert again == [(cue.at_ms, cue.kind, cue.text) for cue in session.cues]


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths, st.floats(0, 0.999))
def test_an_interruption_is_placed_where_the_session_was(
    routine: Routine, plan: Plan, occasion: Occasion, lengths: LetterLengths, how_far: float
) -> None:
    session = laid(routine, plan, occasion, lengths)
    at_ms = 0
    for turn in turns_of(session, ROOM_MS):
        elapsed_ms = int(turn.length_ms * how_far)
        here = place(turn, elapsed_ms)
        assert here.block_id is not None
        assert _by_id(session, here.block_id).at_ms + here.offset_ms == at_ms + elapsed_ms
        ids = [piece.block_id for piece in turn.slices]
        assert list(here.finished) == ids[: ids.index(here.block_id)]
        at_ms += turn.length_ms


def test_after_a_turn_everything_in_it_is_finished() -> None:
    turn = whole_turn(block(0, 2_000), block(2_000, 3_000))

    assert place(turn, 99_000) == Place(("block-0", "block-2000"), None, 0)


def test_after_a_turn_that_ends_in_mid_block_the_block_goes_on_there() -> None:
    session = knee(Plan())
    steady = next(one for one in session.blocks if one.work_ms > 120_000)
    turn = Turn((slice_block(steady, 0, 80_000),))

    assert place(turn, 99_000) == Place((), steady.id, turn.slices[0].to_ms)


def knee(plan: Plan) -> Timeline:
    routine = load_routine("knee")
    course = Course(
        routine=routine, phrases=PHRASES, topics=(), occasion=Occasion(), lengths=EstimatedLengths()
    )
    script = write_script(course.routine, plan, PHRASES, course.occasion, 20)
    return lay(script, EstimatedLengths())


def test_steady_work_is_left_where_the_time_that_is_left_is_said() -> None:
    steady = next(one for one in knee(Plan()).blocks if one.work_ms > 120_000)

    second = slices_of(steady, ROOM_MS)[1]

    assert second.cues[0].kind is CueKind.SAY
    assert second.work is not None
    assert second.work[0] == 0


def test_a_set_or_rest_that_has_room_in_one_turn_is_not_cut() -> None:
    cut = [piece for turn in turns_of(knee(Plan()), ROOM_MS) for piece in turn.slices if not piece.whole]

    assert {piece.block_id for piece in cut if not piece.block_id.endswith("/lead")} == {"cycling/1/both"}


@pytest.mark.parametrize("pace_percent", [50, 100, 150, 200, 300])
def test_the_library_s_turns_stay_below_ninety_seconds_at_any_sensible_pace(pace_percent: int) -> None:
    for turn in turns_of(knee(Plan(pace_percent=pace_percent, rest_s=180)), ROOM_MS):
        assert turn.length_ms <= ROOM_MS


def test_a_turn_stops_where_the_session_stops() -> None:
    session = knee(Plan())

    turn = fill_turn(session.blocks[0], 0, lambda _: None)

    assert {piece.block_id for piece in turn.slices} == {"opening"}


def test_a_turn_is_made_shorter_until_its_reply_fits() -> None:
    session = knee(Plan())
    after = {before.id: block for before, block in pairwise(session.blocks)}

    turn = fill_turn(session.blocks[0], 0, after.get, fits=lambda turn: len(turn.cues) <= 3)

    assert 0 < len(turn.cues) <= 3


def test_a_turn_that_never_fits_is_an_error() -> None:
    def never(turn: Turn) -> bool:
        raise TooLongError("SPEECH_CHARS", len(turn.cues))

    with pytest.raises(TooLongError):
        fill_turn(block(0, 9_000, [say(0, "Hello.")]), 0, lambda _: None, fits=never)


def test_a_rest_is_left_in_its_silence() -> None:
    rest = next(one for one in knee(Plan(rest_s=180)).blocks if one.kind is BlockKind.REST)

    first, *others = slices_of(rest, 60_000)

    assert first.length_ms == 60_000
    assert sum(len(piece.cues) for piece in others) == 3
    assert max(cue.at_ms + cue.length_ms for cue in first.cues) == 60_000


def test_a_question_comes_after_the_turn() -> None:
    turn = whole_turn(block(0, 2_000, [count(500)])).then(block(7_000, 1_500, [say(7_100, "Ready?")]))

    assert turn.length_ms == 3_500
    assert [cue.at_ms for cue in turn.cues] == [500, 2_100]
