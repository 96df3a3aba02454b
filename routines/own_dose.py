"""A person's own numbers for one exercise, beside the level that holds for all. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, assert_never

from routines.model import Dose, Hold, Range, Reps, Steady

#: The widest that any routine may allow (`routines.doses.LIMITS`), by an own dose's field.
WIDEST = {
    "hold_s": Range(5, 60),
    "reps": Range(1, 30),
    "sets": Range(1, 10),
    "minutes": Range(1, 30),
}

#: For how many exercises a plan can hold numbers, so that it stays small enough to travel.
MAX_DOSES = 12

#: No dose has more numbers than these.
MOST_NUMBERS = 2

#: The longest id of an exercise that can have them.
MAX_ID = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDose:
    """Numbers for one exercise; None: as the level has it. What its kind of dose has not is left alone."""

    hold_s: int | None = None  #: seconds of a hold
    reps: int | None = None  #: repetitions in a set
    sets: int | None = None  #: sets on each side; of a hold: how often
    minutes: int | None = None  #: of steady work

    def to_dict(self) -> dict[str, int]:
        """Return the numbers that are chosen."""
        return {name: value for name, value in self.items() if value is not None}

    def items(self) -> tuple[tuple[str, int | None], ...]:
        """Return every field with its number."""
        return tuple((one.name, getattr(self, one.name)) for one in fields(self))


class Doses(Mapping[str, OwnDose]):
    """Own doses by the exercise's id; never changes, and can be a part of a key."""

    __slots__ = ("_by_id",)

    def __init__(self, by_id: Mapping[str, OwnDose] | None = None) -> None:
        """Take the doses; those without a number are left out."""
        self._by_id = {name: dose for name, dose in sorted((by_id or {}).items()) if dose.to_dict()}

    def __getitem__(self, exercise_id: str) -> OwnDose:
        return self._by_id[exercise_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def __hash__(self) -> int:
        return hash(tuple(self._by_id.items()))

    def __repr__(self) -> str:
        return f"Doses({self._by_id!r})"

    def with_dose(self, exercise_id: str, dose: OwnDose | None) -> Doses:
        """Return these with another dose for one exercise, or (None) without one."""
        others = {name: one for name, one in self._by_id.items() if name != exercise_id}
        return Doses(others if dose is None else {**others, exercise_id: dose})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {name: dose.to_dict() for name, dose in self._by_id.items()}


NO_DOSES = Doses()


def limits(dose: Dose) -> dict[str, Range]:
    """Return what can be chosen for a dose, as an own dose's field -> the dose's own limits."""
    match dose:
        case Hold(seconds, repeats, _):
            return {"hold_s": seconds, "sets": repeats}
        case Reps(count, sets, _, _):
            return {"reps": count, "sets": sets}
        case Steady(minutes):
            return {"minutes": minutes}
        case _:
            assert_never(dose)


def outside(own: OwnDose, dose: Dose) -> tuple[str, int, Range | None] | None:
    """Return the first number that a dose does not allow, with its field and the limits; None: all are fine.

    The limits are None where the dose has no such number at all.
    """
    allowed = limits(dose)
    for name, value in own.to_dict().items():
        span = allowed.get(name)
        if span is None or span.clamp(value) != value:
            return name, value, span
    return None
