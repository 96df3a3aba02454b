"""The words of the project as values: routine, exercise, dose.

A routine is data. It is read from a YAML file by `load`, judged by `rules`, and compiled to a `script`.
All values are frozen; a number's unit stands in its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """The side of the body that one set works."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Sides(StrEnum):
    """How a dose is spread over the body."""

    BOTH = "both"  #: both legs work together; a set has no side
    EACH = "each"  #: first one leg, then the other, with the same time for each


class Posture(StrEnum):
    """The position an exercise is done in; it decides how long getting there takes."""

    STANDING = "standing"
    CHAIR = "chair"
    FLOOR = "floor"
    LYING = "lying"
    KNEELING = "kneeling"
    BIKE = "bike"

    @property
    def is_low(self) -> bool:
        """Whether the person is down on the floor."""
        return self in (Posture.FLOOR, Posture.LYING, Posture.KNEELING)


class Barrier(StrEnum):
    """What a person cannot do or does not have today; an alternative goes round it."""

    KNEEL = "kneel"
    LIE = "lie"
    FLOOR = "floor"  #: cannot get down to the floor and up again
    STAND = "stand"
    CYCLE = "cycle"  #: no stationary bike, or cannot ride it
    EQUIPMENT = "equipment"  #: no band and no ball


@dataclass(frozen=True, slots=True)
class Range:
    """A range of whole numbers, both ends included."""

    low: int
    high: int

    def __post_init__(self) -> None:
        """Refuse a range that is empty or upside down."""
        if not 0 < self.low <= self.high:
            raise ValueError(f"{self.low}-{self.high} is not a range")

    @property
    def middle(self) -> int:
        """The whole number half-way, rounded down."""
        return (self.low + self.high) // 2

    def clamp(self, value: int) -> int:
        """Return `value`, or the nearer end of the range if it lies outside."""
        return max(self.low, min(self.high, value))

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of a repetition: the word that starts it and how long it lasts at pace 1."""

    word: str
    length_ms: int


@dataclass(frozen=True, slots=True)
class Tempo:
    """The phases of one repetition in order, for example squeeze 2 s, hold 1 s, release 2 s."""

    phases: tuple[Phase, ...]

    @property
    def length_ms(self) -> int:
        """How long one repetition takes at pace 1."""
        return sum(phase.length_ms for phase in self.phases)


@dataclass(frozen=True, slots=True)
class Hold:
    """Stay in a position: seconds range, how often, which sides."""

    seconds: Range
    repeats: Range
    sides: Sides


@dataclass(frozen=True, slots=True)
class Reps:
    """Repeat a movement on a beat: how many, how many sets, which sides, which tempo."""

    count: Range
    sets: Range
    sides: Sides
    tempo: Tempo


@dataclass(frozen=True, slots=True)
class Steady:
    """Keep moving evenly for some minutes."""

    minutes: Range


Dose = Hold | Reps | Steady


@dataclass(frozen=True, slots=True)
class Wording:
    """The same instruction twice: in full, one short spoken line after another, and in brief."""

    full: tuple[str, ...]
    brief: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise with everything that is said about it and its dose."""

    id: str
    title: str  #: as it is spoken and shown: "wall slides"
    synonyms: tuple[str, ...]  #: other names a person may say
    needs: tuple[str, ...]  #: "a mat", "a wall"; empty if nothing
    posture: Posture
    dose: Dose
    set_up: Wording  #: the start position
    movement: Wording
    feel: str  #: what should be felt, and what not
    breathing: str
    benefit: str  #: why this exercise
    cautions: tuple[str, ...]
    source: str  #: where dose and facts come from
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """A way round one or more barriers: the exercise to do instead, with the same purpose."""

    instead_of: frozenset[Barrier]
    exercise: Exercise  #: has no alternatives of its own; its id is "<exercise id>.<alternative id>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """An ordered list of exercises."""

    id: str
    title: str  #: as it is spoken in mid-sentence: "knee routine"
    synonyms: tuple[str, ...]
    summary: str  #: one spoken line
    advice: tuple[str, ...]  #: ids of the advice topics that belong to it
    exercises: tuple[Exercise, ...]
    locale: str
    source: str

    @property
    def needs(self) -> tuple[str, ...]:
        """Everything the exercises need, each once, in order of first use."""
        return tuple(dict.fromkeys(need for exercise in self.exercises for need in exercise.needs))

    def exercise(self, exercise_id: str) -> Exercise:
        """Return the exercise with this id; KeyError if the routine has none."""
        for exercise in self.exercises:
            if exercise.id == exercise_id:
                return exercise
        raise KeyError(exercise_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One entry of advice that can be asked for by name or by a question in plain words."""

    id: str
    title: str
    asks: tuple[str, ...]  #: example questions in people's words: the search learns from these
    keywords: tuple[str, ...]
    say: tuple[str, ...]  #: spoken lines
    brief: tuple[str, ...]
    source: str
    urgent: bool = False  #: a red flag: wins over every other topic that matches, and blocks exercise
