"""A plan: one person's choices inside what a routine allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any, assert_never

from routines.memo import Memo
from routines.model import Barrier, Exercise, Hold, Range, Reps, Side, Sides, Steady, Tempo
from routines.own_dose import (
    MAX_DOSES,
    MAX_ID,
    MOST_NUMBERS,
    NO_DOSES,
    WIDEST,
    Doses,
    OwnDose,
    limits,
    outside,
)

#: How many plans are kept in a form that is asked for over and over.
_PLANS = 256


class Level(StrEnum):
    """How much of a dose's range is asked for."""

    EASY = "easy"  #: the low end
    STANDARD = "standard"  #: the middle
    FULL = "full"  #: the high end

    def pick(self, span: Range) -> int:
        """Return this level's number in a range."""
        match self:
            case Level.EASY:
                return span.low
            case Level.STANDARD:
                return span.middle
            case Level.FULL:
                return span.high
            case _:
                assert_never(self)

    @property
    def easier(self) -> Level:
        """One level down; easy stays easy."""
        return Level.STANDARD if self is Level.FULL else Level.EASY


class Words(StrEnum):
    """How much the coach explains."""

    FULL = "full"
    BRIEF = "brief"


class CountStyle(StrEnum):
    """How the seconds of a hold are counted."""

    SECONDS = "seconds"  #: each second aloud
    FIVES = "fives"  #: every five seconds aloud, ticks between


class PhaseStyle(StrEnum):
    """How the phases of a repetition are marked."""

    SPOKEN = "spoken"
    TICKED = "ticked"


class FirstSide(StrEnum):
    """With which side the sets of an exercise begin."""

    LEFT = "left"
    RIGHT = "right"
    ASK = "ask"  #: a coach that can ask does so before the start; any other begins with the left

    @property
    def order(self) -> tuple[Side, Side]:
        """Both sides, the one to begin with first."""
        return (Side.RIGHT, Side.LEFT) if self is FirstSide.RIGHT else (Side.LEFT, Side.RIGHT)


#: What a plan may hold, as name -> (lowest, highest). Pace is a time factor: 200 % takes twice as long. Its
#: span is WCAG 2.2.1's "at least ten times the default" upwards, and half downwards. The hold's span is the
#: adductor stretch's (15-30 s). Rest: 30-60 s for light work (ACSM), less or more as the person likes. Rate:
#: synthetic speech is most comfortable at 150-200 words a minute, about 150 liked best (Sutton 1995).
SPANS: dict[str, Range] = {
    "hold_s": Range(15, 30),
    "pace_percent": Range(50, 1000),
    "rest_s": Range(10, 180),
    "get_ready_s": Range(5, 10),
    "time_left_s": Range(15, 120),
    "rate_wpm": Range(120, 175),
    "pain_limit": Range(2, 9),
    "pain_rise": Range(1, 5),
}


class PlanError(ValueError):
    """A choice outside what is possible. `field`, `value` and `allowed` say which, what and the limits."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        """Keep the parts, so that an edge can put them in the person's words."""
        super().__init__(f"{field}: {value!r} is not possible (allowed: {allowed})")
        self.field = field
        self.value = value
        self.allowed = allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One person's choices. Numbers outside `SPANS` raise `PlanError`."""

    level: Level = Level.STANDARD
    hold_s: int | None = None  #: None: as the level has it (15, 20 or 30 where the dose allows)
    pace_percent: int = 100  #: 200 takes twice as long
    rest_s: int = 30
    get_ready_s: int = 5
    time_left_s: int = 60  #: in steady work, how often the time left is said
    words: Words = Words.FULL
    count: CountStyle = CountStyle.SECONDS
    phases: PhaseStyle = PhaseStyle.SPOKEN
    first_side: FirstSide = FirstSide.LEFT
    wait: bool = False  #: "wait for me": no set starts until the person says that they are ready
    listen: bool = False  #: a coach with a microphone listens to spoken commands
    without: frozenset[Barrier] = frozenset()
    rate_wpm: int = 150
    pain_limit: int = 5  #: pain above this number stops the session; a professional may set it
    pain_rise: int = 2  #: so does a rise of this much over the number before the session
    doses: Mapping[str, OwnDose] = NO_DOSES  #: own numbers by the exercise's id; they go before the level's
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what no routine allows."""
        for name, span in SPANS.items():
            value = getattr(self, name)
            if value is not None and not span.low <= value <= span.high:
                raise PlanError(name, value, str(span))
        if self.doses is not NO_DOSES:
            _check_doses(self.doses)
            object.__setattr__(self, "doses", Doses(self.doses))
        # Plans are looked up by over and over: what was worked out for one is kept by it.
        object.__setattr__(self, "_hash", hash(_choices(self)))

    def __hash__(self) -> int:
        """Return the same for plans that are equal."""
        return self._hash

    def stretch(self, length_ms: int) -> int:
        """Return a length at this plan's pace."""
        return length_ms * self.pace_percent // 100

    def slower(self) -> Plan:
        """Return the plan one step slower: everything takes a quarter longer, up to ten times."""
        return replace(self, pace_percent=SPANS["pace_percent"].clamp(self.pace_percent * 5 // 4))

    def faster(self) -> Plan:
        """Return the plan one step faster, down to half the time."""
        return replace(self, pace_percent=SPANS["pace_percent"].clamp(self.pace_percent * 4 // 5))

    def easier(self) -> Plan:
        """Return the plan one level easier; a chosen hold length gives way to the level's.

        With own doses it is the easy level for everything: of what a person may choose nothing is less.
        """
        level = Level.EASY if self.doses else self.level.easier
        return replace(self, level=level, hold_s=None, doses=NO_DOSES)

    def cannot(self, barrier: Barrier) -> Plan:
        """Return the plan with alternatives for one more barrier."""
        return replace(self, without=self.without | {barrier})

    def exercise_for(self, exercise: Exercise) -> Exercise:
        """Return the exercise itself, or its first alternative that goes round this plan's barriers."""
        blocked = self.without
        if Barrier.FLOOR in blocked and exercise.posture.is_low:
            blocked = blocked | {Barrier.KNEEL, Barrier.LIE}
        for alternative in exercise.alternatives:
            if alternative.instead_of & blocked:
                return alternative.exercise
        return exercise

    def dose_for(self, exercise: Exercise) -> FixedDose:
        """Return the numbers this plan takes for an exercise; always inside its dose's own ranges.

        An own dose is brought into these if the routine has changed since it was chosen.
        """
        own = self.doses.get(exercise.id, _AS_LEVEL)
        match exercise.dose:
            case Hold(seconds, repeats, sides):
                return FixedHold(
                    seconds=seconds.clamp(own.hold_s or self.hold_s or self._hold_s(seconds)),
                    sets=self._pick(repeats, own.sets),
                    sides=self._in_order(sides),
                )
            case Reps(count, sets, sides, tempo):
                return FixedReps(
                    count=self._pick(count, own.reps),
                    sets=self._pick(sets, own.sets),
                    sides=self._in_order(sides),
                    tempo=tempo,
                )
            case Steady(minutes):
                return FixedSteady(minutes=self._pick(minutes, own.minutes))
            case _:
                assert_never(exercise.dose)

    def is_sided(self, exercise: Exercise) -> bool:
        """Whether what this plan takes for an exercise is done on one side after the other."""
        dose = self.exercise_for(exercise).dose
        return not isinstance(dose, Steady) and dose.sides is Sides.EACH

    def _in_order(self, sides: Sides) -> tuple[Side | None, ...]:
        return self.first_side.order if sides is Sides.EACH else (None,)

    def _pick(self, span: Range, own: int | None) -> int:
        return self.level.pick(span) if own is None else span.clamp(own)

    def _hold_s(self, seconds: Range) -> int:
        # Standard is 20 s, not the middle of 15-30: the usual default, and easy to count in fives.
        return 20 if self.level is Level.STANDARD else self.level.pick(seconds)

    def to_dict(self) -> dict[str, Any]:
        """Return the choices that differ from the default, as plain values for JSON."""
        return {name: _plain(value) for name, value in _different(self)}

    @staticmethod
    def from_dict(plain: dict[str, Any]) -> Plan:
        """Return the plan that `to_dict` gave; unknown names are left out, wrong values raise `PlanError`."""
        return _READ.get(repr(plain), lambda: _plan(plain)) if plain else _USUAL


_NAMES = tuple(one.name for one in fields(Plan) if one.init)
_choices = attrgetter(*_NAMES)
_USUAL = Plan()
#: Plans by what they were read from: the same few come with every request to a server.
_READ: Memo[str, Plan] = Memo(_PLANS)


@lru_cache(maxsize=_PLANS)
def _different(plan: Plan) -> tuple[tuple[str, Any], ...]:
    choices = zip(_NAMES, _choices(plan), _choices(_USUAL), strict=True)
    return tuple((name, value) for name, value, usual in choices if value != usual)


def _plan(plain: dict[str, Any]) -> Plan:
    return Plan(**{name: _typed(name, value) for name, value in plain.items() if name in _NAMES})


_AS_LEVEL = OwnDose()


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.to_dict() if isinstance(value, Doses) else value


def check_doses(doses: Mapping[str, OwnDose], exercises: Iterable[Exercise]) -> None:
    """Raise `PlanError` for the first own dose that these exercises do not allow, or that is for none.

    Alternatives count as exercises. One that stands in several routines has to allow it in one of them.
    """
    by_id: dict[str, list[Exercise]] = {}
    for exercise in exercises:
        for one in (exercise, *(other.exercise for other in exercise.alternatives)):
            by_id.setdefault(one.id, []).append(one)
    for exercise_id, own in doses.items():
        if exercise_id not in by_id:
            raise PlanError("doses", exercise_id, ", ".join(by_id))
        found = [outside(own, exercise.dose) for exercise in by_id[exercise_id]]
        if None not in found and found[0] is not None:
            name, value, span = found[0]
            allowed = str(span) if span else ", ".join(map(_said, limits(by_id[exercise_id][0].dose)))
            raise PlanError(f"{exercise_id} {_said(name)}", value, allowed)


def _said(field_name: str) -> str:
    return field_name.removesuffix("_s")


def _check_doses(doses: Mapping[str, OwnDose]) -> None:
    """Raise `PlanError` for what no routine can allow."""
    if len(doses) > MAX_DOSES:
        raise PlanError("doses", len(doses), f"0-{MAX_DOSES}")
    for exercise_id, own in doses.items():
        if not 0 < len(exercise_id) <= MAX_ID:
            raise PlanError("doses", exercise_id, f"1-{MAX_ID}")
        if len(own.to_dict()) > MOST_NUMBERS:
            raise PlanError("doses", exercise_id, ", ".join(WIDEST))
        for name, value in own.to_dict().items():
            if WIDEST[name].clamp(value) != value:
                raise PlanError("doses", f"{exercise_id}:{name}={value}", str(WIDEST[name]))


def _doses(value: Any) -> Doses:
    known = ", ".join(WIDEST)
    if not isinstance(value, Mapping):
        raise PlanError("doses", value, known)
    doses: dict[str, OwnDose] = {}
    for exercise_id, plain in value.items():
        if not isinstance(plain, Mapping) or not set(plain) <= set(WIDEST):
            raise PlanError("doses", exercise_id, known)
        for name, number in plain.items():
            if isinstance(number, bool) or not isinstance(number, int):
                raise PlanError("doses", f"{exercise_id}:{name}={number}", str(WIDEST[name]))
        doses[exercise_id] = OwnDose(**plain)
    _check_doses(doses)
    return Doses(doses)


_ENUMS: dict[str, type[Level | Words | CountStyle | PhaseStyle | FirstSide]] = {
    "level": Level,
    "words": Words,
    "count": CountStyle,
    "phases": PhaseStyle,
    "first_side": FirstSide,
}


def _typed(name: str, value: Any) -> Any:
    if name in _ENUMS:
        choices = _ENUMS[name]
        if value not in [str(choice) for choice in choices]:
            raise PlanError(name, value, ", ".join(choices))
        return choices(value)
    if name == "without":
        known = [str(barrier) for barrier in Barrier]
        unknown = (
            [item for item in value if item not in known]
            if isinstance(value, (list, tuple, frozenset))
            else [value]
        )
        if unknown:
            raise PlanError(name, unknown[0], ", ".join(known))
        return frozenset(Barrier(item) for item in value)
    if name == "doses":
        return _doses(value)
    if name in ("wait", "listen"):
        if not isinstance(value, bool):
            raise PlanError(name, value, "true, false")
        return value
    if value is None and name == "hold_s":
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise PlanError(name, value, str(SPANS[name]))
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedHold:
    """A hold with its numbers settled."""

    seconds: int
    sets: int
    sides: tuple[Side | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedReps:
    """Repetitions with their numbers settled."""

    count: int
    sets: int
    sides: tuple[Side | None, ...]
    tempo: Tempo


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSteady:
    """Steady work with its minutes settled."""

    minutes: int


FixedDose = FixedHold | FixedReps | FixedSteady
