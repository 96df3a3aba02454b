"""A plan: one person's choices inside what a routine allows."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from operator import attrgetter
from typing import Any, assert_never

from routines.model import Barrier, Dose, Exercise, Hold, Range, Reps, Side, Sides, Steady, Tempo


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
    wait: bool = False  #: "wait for me": no set starts until the person says that they are ready
    listen: bool = False  #: a coach with a microphone listens to spoken commands
    without: frozenset[Barrier] = frozenset()
    rate_wpm: int = 150
    pain_limit: int = 5  #: pain above this number stops the session; a professional may set it
    pain_rise: int = 2  #: so does a rise of this much over the number before the session
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what no routine allows."""
        for name, span in SPANS.items():
            value = getattr(self, name)
            if value is not None and not span.low <= value <= span.high:
                raise PlanError(name, value, str(span))
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
        """Return the plan one level easier; a chosen hold length gives way to the level's."""
        return replace(self, level=self.level.easier, hold_s=None)

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

    def dose_for(self, dose: Dose) -> FixedDose:
        """Return the numbers this plan takes from a dose; always inside the dose's own ranges."""
        match dose:
            case Hold(seconds, repeats, sides):
                return FixedHold(
                    seconds=seconds.clamp(self.hold_s or self._hold_s(seconds)),
                    sets=self.level.pick(repeats),
                    sides=_in_order(sides),
                )
            case Reps(count, sets, sides, tempo):
                return FixedReps(
                    count=self.level.pick(count),
                    sets=self.level.pick(sets),
                    sides=_in_order(sides),
                    tempo=tempo,
                )
            case Steady(minutes):
                return FixedSteady(minutes=self.level.pick(minutes))
            case _:
                assert_never(dose)

    def _hold_s(self, seconds: Range) -> int:
        # Standard is 20 s, not the middle of 15-30: the usual default, and easy to count in fives.
        return 20 if self.level is Level.STANDARD else self.level.pick(seconds)

    def to_dict(self) -> dict[str, Any]:
        """Return the choices that differ from the default, as plain values for JSON."""
        if self is _USUAL:
            return {}
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value, usual in zip(_NAMES, _choices(self), _choices(_USUAL), strict=True)
            if value != usual
        }

    @staticmethod
    def from_dict(plain: dict[str, Any]) -> Plan:
        """Return the plan that `to_dict` gave; unknown names are left out, wrong values raise `PlanError`."""
        given = {name: _typed(name, value) for name, value in plain.items() if name in _NAMES}
        return Plan(**given) if given else _USUAL


_NAMES = tuple(one.name for one in fields(Plan) if one.init)
_choices = attrgetter(*_NAMES)
_USUAL = Plan()


_ENUMS: dict[str, type[Level | Words | CountStyle | PhaseStyle]] = {
    "level": Level,
    "words": Words,
    "count": CountStyle,
    "phases": PhaseStyle,
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


def _in_order(sides: Sides) -> tuple[Side | None, ...]:
    return (Side.LEFT, Side.RIGHT) if sides is Sides.EACH else (None,)
