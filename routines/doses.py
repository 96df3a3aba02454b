"""The rules for a dose by itself, and about how long a routine's doses take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from routines.faults import Severity
from routines.lines import Values, spoken_ms
from routines.model import Dose, Exercise, Hold, Range, Reps, Routine, Steady
from routines.plan import FixedHold, FixedReps, FixedSteady, Plan

#: What a dose may ask for, as field -> limits. Holds: 10-30 s for adults, 30-60 s may help older people
#: (ACSM); 5 s for a hold under strength. Counts and sets: light endurance work. Minutes: the article's 10-15
#: for cycling, doubled.
LIMITS = {
    "hold.seconds": Range(5, 60),
    "hold.repeats": Range(1, 10),
    "reps.count": Range(1, 30),
    "reps.sets": Range(1, 5),
    "steady.minutes": Range(1, 30),
}
#: Up and down in 1.5 s and in 4.5 s gave the same gains (Dias 2015): below a second nobody can follow by ear.
PHASE_MS = Range(1_000, 10_000)
REP_MS = Range(2_000, 15_000)
#: Most sources ask for no longer stretch (ACSM); longer is for those who have been told so.
USUAL_HOLD_S = 30
MAX_PHASE_WORD = 12  # characters: it has to be said within its second

Broken = tuple[str, Values]  #: the field inside the dose, and the values


@dataclass(frozen=True, slots=True)
class DoseRule:
    """A rule for one dose."""

    code: str
    severity: Severity
    breaks: Callable[[Dose], Iterable[Broken]]


def _out_of_range(dose: Dose) -> Iterator[Broken]:
    for field, span in _spans(dose):
        limits = LIMITS[field]
        if span.low < limits.low or span.high > limits.high:
            yield field, {"given": str(span), "low": limits.low, "high": limits.high}


def _spans(dose: Dose) -> tuple[tuple[str, Range], ...]:
    match dose:
        case Hold(seconds, repeats, _):
            return ("hold.seconds", seconds), ("hold.repeats", repeats)
        case Reps(count, sets, _, _):
            return ("reps.count", count), ("reps.sets", sets)
        case Steady(minutes):
            return (("steady.minutes", minutes),)
        case _:
            assert_never(dose)


def _long_hold(dose: Dose) -> Iterator[Broken]:
    if isinstance(dose, Hold) and USUAL_HOLD_S < dose.seconds.high <= LIMITS["hold.seconds"].high:
        yield "hold.seconds", {"given": str(dose.seconds), "limit": USUAL_HOLD_S}


def _phase_length(dose: Dose) -> Iterator[Broken]:
    if isinstance(dose, Reps):
        for nth, phase in enumerate(dose.tempo.phases):
            if PHASE_MS.clamp(phase.length_ms) != phase.length_ms:
                yield f"reps.tempo[{nth}]", _seconds(phase.length_ms, PHASE_MS)


def _rep_length(dose: Dose) -> Iterator[Broken]:
    if isinstance(dose, Reps) and REP_MS.clamp(dose.tempo.length_ms) != dose.tempo.length_ms:
        yield "reps.tempo", _seconds(dose.tempo.length_ms, REP_MS)


def _phase_word(dose: Dose) -> Iterator[Broken]:
    if isinstance(dose, Reps):
        for nth, phase in enumerate(dose.tempo.phases):
            if len(phase.word) > MAX_PHASE_WORD or not phase.word.replace("-", "").isalpha():
                yield f"reps.tempo[{nth}]", {"word": phase.word, "limit": MAX_PHASE_WORD}


def _seconds(length_ms: int, limits: Range) -> Values:
    return {"given": f"{length_ms / 1000:g}", "low": limits.low // 1000, "high": limits.high // 1000}


DOSE_RULES = (
    DoseRule("out-of-range", Severity.ERROR, _out_of_range),
    DoseRule("long-hold", Severity.WARNING, _long_hold),
    DoseRule("phase-length", Severity.ERROR, _phase_length),
    DoseRule("rep-length", Severity.ERROR, _rep_length),
    DoseRule("phase-word", Severity.WARNING, _phase_word),
)


def minutes_of(routine: Routine, plan: Plan | None = None) -> int:
    """Return about how many minutes a routine takes with its words and rests, for a plan or the usual one."""
    plan = plan or Plan()
    return round(
        sum(_length_ms(plan.exercise_for(exercise), plan) for exercise in routine.exercises) / 60_000
    )


def _length_ms(exercise: Exercise, plan: Plan) -> int:
    said = (
        *exercise.set_up.full,
        *exercise.movement.full,
        exercise.feel,
        exercise.breathing,
        *exercise.cautions,
    )
    return sum(map(spoken_ms, said)) + plan.stretch(_work_ms(exercise, plan)) + _rest_ms(exercise, plan)


def _work_ms(exercise: Exercise, plan: Plan) -> int:
    match fixed := plan.dose_for(exercise):
        case FixedHold():
            return fixed.seconds * 1000 * fixed.sets * len(fixed.sides)
        case FixedReps():
            return fixed.count * fixed.tempo.length_ms * fixed.sets * len(fixed.sides)
        case FixedSteady():
            return fixed.minutes * 60_000
        case _:
            assert_never(fixed)


def _rest_ms(exercise: Exercise, plan: Plan) -> int:
    fixed = plan.dose_for(exercise)
    blocks = 1 if isinstance(fixed, FixedSteady) else fixed.sets * len(fixed.sides)
    return blocks * 1000 * (plan.rest_s if blocks > 1 else plan.get_ready_s)
