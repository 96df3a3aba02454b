"""The option that chooses numbers for one exercise: `--dose inner-thigh-squeeze:sets=2,reps=10`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from routines.own_dose import Doses, OwnDose
from routines.plan import PlanError
from skill.commands.plan_options import AS_LEVEL

if TYPE_CHECKING:
    from routines.model import Exercise
    from skill.settings import Settings

DOSE_METAVAR = f"EXERCISE:NAME=NUMBER,...|EXERCISE:{AS_LEVEL}"

#: What a number is called here -> its field.
_NAMES = {"hold": "hold_s", "reps": "reps", "sets": "sets", "minutes": "minutes"}


def read_doses(given: Iterable[str]) -> dict[str, OwnDose | None]:
    """Return what was given, by exercise; None: as the level has it again. `PlanError` says what is wrong."""
    found: dict[str, OwnDose | None] = {}
    for text in given:
        exercise_id, _, numbers = text.partition(":")
        if numbers == AS_LEVEL:
            found[exercise_id] = None
        else:
            own = found.get(exercise_id) or OwnDose()
            found[exercise_id] = replace(own, **dict(_number(text, one) for one in numbers.split(",")))
    return found


def _number(text: str, part: str) -> tuple[str, int]:
    name, _, number = part.strip().partition("=")
    if name not in _NAMES or not number.isascii() or not number.isdigit():
        raise PlanError("doses", text, DOSE_METAVAR)
    return _NAMES[name], int(number)


def known_exercises(settings: Settings) -> tuple[Exercise, ...]:
    """Return every exercise of every routine that can be read; one may be there more than once."""
    from routines.faults import RoutineFaults  # noqa: PLC0415
    from skill.bootstrap import find_routine, open_library  # noqa: PLC0415

    found: list[Exercise] = []
    for routine_id in open_library(settings).ids():
        with suppress(RoutineFaults):
            found.extend(find_routine(routine_id, settings).exercises)
    return tuple(found)


def with_doses(doses: Doses, changes: Mapping[str, OwnDose | None]) -> Doses:
    """Return doses with changes: each number that is given in place of the one before."""
    for exercise_id, own in changes.items():
        before = doses.get(exercise_id, OwnDose())
        doses = doses.with_dose(exercise_id, replace(before, **own.to_dict()) if own else None)
    return doses


def dose_text(exercise_id: str, own: OwnDose) -> str:
    """Return an own dose as the option takes it."""
    numbers = own.to_dict()
    return f"{exercise_id}:" + ",".join(
        f"{name}={numbers[field]}" for name, field in _NAMES.items() if field in numbers
    )
