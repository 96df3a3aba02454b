"""A person's own numbers for one exercise: taken, kept small, and never outside what the routine allows."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routines.load import load_routine
from routines.model import Dose, Exercise, Hold, Range, Reps, Routine, Steady
from routines.own_dose import MAX_DOSES, NO_DOSES, WIDEST, Doses, OwnDose, limits, outside
from routines.plan import FixedDose, FixedHold, FixedReps, FixedSteady, Level, Plan, PlanError
from routines.session import Session
from tests import strategies

KNEE = load_routine("knee")
#: One exercise of each kind.
HOLD, REPS, STEADY = (
    next(one for one in KNEE.exercises if isinstance(one.dose, kind)) for kind in (Hold, Reps, Steady)
)


def numbers(fixed: FixedDose) -> dict[str, int]:
    match fixed:
        case FixedHold(seconds=seconds, sets=sets):
            return {"hold_s": seconds, "sets": sets}
        case FixedReps(count=count, sets=sets):
            return {"reps": count, "sets": sets}
        case FixedSteady(minutes=minutes):
            return {"minutes": minutes}


def high(dose: Dose) -> dict[str, int]:
    return {name: span.high for name, span in limits(dose).items()}


@pytest.mark.parametrize("exercise", [HOLD, REPS, STEADY], ids=lambda one: one.id)
def test_own_numbers_go_before_the_levels(exercise: Exercise) -> None:
    own = high(exercise.dose)
    plan = Plan(level=Level.EASY, doses={exercise.id: OwnDose(**own)})

    assert numbers(plan.dose_for(exercise)) == own
    others = [one for one in KNEE.exercises if one is not exercise]
    assert [plan.dose_for(one) for one in others] == [Plan(level=Level.EASY).dose_for(one) for one in others]


def test_what_is_not_chosen_is_as_the_level_has_it() -> None:
    plan = Plan(level=Level.FULL, doses={REPS.id: OwnDose(sets=1)})

    assert numbers(plan.dose_for(REPS)) == {**high(REPS.dose), "sets": limits(REPS.dose)["sets"].clamp(1)}


def test_an_own_hold_goes_before_that_for_all_exercises() -> None:
    plan = Plan(hold_s=30, doses={HOLD.id: OwnDose(hold_s=16)})

    assert numbers(plan.dose_for(HOLD))["hold_s"] == limits(HOLD.dose)["hold_s"].clamp(16)


def number(name: str) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(WIDEST[name].low, WIDEST[name].high)


OWN = st.one_of(
    st.builds(OwnDose, hold_s=number("hold_s"), sets=number("sets")),
    st.builds(OwnDose, reps=number("reps"), sets=number("sets")),
    st.builds(OwnDose, minutes=number("minutes")),
)


@given(strategies.routines(), st.lists(OWN, min_size=6, max_size=6), strategies.plans)
def test_no_own_dose_leads_outside_what_a_routine_allows(
    routine: Routine, own: list[OwnDose], plan: Plan
) -> None:
    """Also one that was chosen before the routine became another."""
    exercises = routine.exercises
    doses = {one.id: chosen for one, chosen in zip(exercises, own, strict=False)}
    plan = replace(plan, doses=doses)

    for one in exercises:
        for name, value in numbers(plan.dose_for(one)).items():
            assert limits(one.dose)[name].clamp(value) == value


@given(st.dictionaries(st.text(min_size=1, max_size=48), OWN, max_size=MAX_DOSES), strategies.plans)
def test_a_plan_with_doses_comes_back_from_json_as_it_was(doses: dict[str, OwnDose], plan: Plan) -> None:
    plan = replace(plan, doses=doses)

    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert hash(Plan.from_dict(plan.to_dict())) == hash(plan)


def test_a_plan_from_before_has_no_own_doses() -> None:
    assert Plan.from_dict({"level": "easy", "hold_s": 20}).doses == NO_DOSES
    assert "doses" not in Plan(level=Level.FULL).to_dict()


@pytest.mark.parametrize(
    "doses",
    [
        {"x": {"sets": 0}},
        {"x": {"sets": True}},
        {"x": {"sets": "2"}},
        {"x": {"hold_s": 61}},
        {"x": {"speed": 2}},
        {"x": {"reps": 2, "sets": 2, "hold_s": 20}},
        {"x": 3},
        {"": {"sets": 2}},
        {"x" * 49: {"sets": 2}},
        [],
        {f"x{n}": {"sets": 1} for n in range(MAX_DOSES + 1)},
    ],
    ids=str,
)
def test_what_no_routine_can_allow_is_refused_by_name(doses: object) -> None:
    with pytest.raises(PlanError) as raised:
        Plan.from_dict({"doses": doses})

    assert raised.value.field == "doses"


def test_what_a_routine_does_not_allow_is_told_with_its_limits() -> None:
    sets = limits(REPS.dose)["sets"]

    assert outside(OwnDose(sets=sets.high), REPS.dose) is None
    assert outside(OwnDose(sets=sets.high + 1), REPS.dose) == ("sets", sets.high + 1, sets)
    assert outside(OwnDose(minutes=5), REPS.dose) == ("minutes", 5, None)


def test_easier_is_never_more_than_an_own_dose() -> None:
    plan = Plan(level=Level.FULL, doses={REPS.id: OwnDose(sets=1, reps=limits(REPS.dose)["reps"].low)})

    before, after = (numbers(one.dose_for(REPS)) for one in (plan, plan.easier()))

    assert all(after[name] <= before[name] for name in before)


def test_a_dose_for_an_exercise_is_not_taken_for_its_alternative() -> None:
    exercise = next(one for one in KNEE.exercises if one.alternatives)
    other = exercise.alternatives[0].exercise
    plan = Plan(doses={exercise.id: OwnDose(**high(exercise.dose))})

    assert plan.dose_for(other) == Plan().dose_for(other)


def test_doses_are_changed_one_by_one() -> None:
    doses = NO_DOSES.with_dose("a", OwnDose(sets=2)).with_dose("b", OwnDose(reps=3)).with_dose("a", None)

    assert doses == Doses({"b": OwnDose(reps=3)})
    assert doses.with_dose("b", OwnDose()) == NO_DOSES


def test_a_saved_session_stays_small_with_as_many_doses_as_there_can_be() -> None:
    longest = max((one.id for one in KNEE.exercises), key=len)
    doses = {f"{longest}-{n:02}": OwnDose(hold_s=60, sets=10) for n in range(MAX_DOSES)}
    session = Session(routine="knee", plan=Plan(level=Level.FULL, hold_s=25, pace_percent=150, doses=doses))

    assert len(json.dumps(session.to_dict())) < 1_100


def test_limits_are_those_of_the_dose() -> None:
    assert limits(Steady(Range(10, 15))) == {"minutes": Range(10, 15)}
