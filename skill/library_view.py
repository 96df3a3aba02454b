"""The routines there are: what each is, how long it takes, what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routines.faults import RoutineFaults
from routines.lengths import EstimatedLengths
from routines.model import Routine
from routines.phrases import Phrases
from routines.plan import Plan
from skill.bootstrap import find_routine, open_library
from skill.settings import Settings
from skill.showing import course_to_show
from skill.transcript import capital


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One routine of the library. `routine` is None if its file is at fault; `path`: a file of one's own."""

    id: str
    routine: Routine | None
    path: Path | None
    total_ms: int = 0
    titles: tuple[str, ...] = ()  #: of the exercises that the plan takes
    needs: tuple[str, ...] = ()

    @property
    def minutes(self) -> int:
        """About how long it takes."""
        return max(1, round(self.total_ms / 60_000))


def entries(settings: Settings, plan: Plan, phrases: Phrases) -> Iterator[Entry]:
    """Yield every routine, its length estimated for a plan."""
    for routine_id in open_library(settings).ids():
        own = settings.routines_folder / f"{routine_id}.yaml"
        path = own if own.is_file() else None
        try:
            routine = find_routine(routine_id, settings)
        except RoutineFaults:
            yield Entry(id=routine_id, routine=None, path=path)
            continue
        taken = tuple(plan.exercise_for(exercise) for exercise in routine.exercises)
        course = course_to_show(routine, phrases, EstimatedLengths(plan.rate_wpm, typical=True))
        yield Entry(
            id=routine_id,
            routine=routine,
            path=path,
            total_ms=course.timeline(plan).total_ms,
            titles=tuple(exercise.title for exercise in taken),
            needs=tuple(dict.fromkeys(need for exercise in taken for need in exercise.needs)),
        )


def entry_lines(entry: Entry, say: Phrases) -> Iterator[str]:
    """Yield what is said about a routine."""
    if entry.routine is None:
        yield say("list.faulty", id=entry.id, path=entry.path or entry.id)
        return
    yield say("list.routine", id=entry.id, title=capital(entry.routine.title))
    yield f"    {entry.routine.summary}"
    minutes = say("list.minutes", n=entry.minutes)
    exercises = say("list.exercises", n=len(entry.titles), titles=say.joined(entry.titles))
    yield "    " + say("list.length", minutes=minutes, exercises=exercises)
    needs = say("list.needs", needs=say.joined(entry.needs)) if entry.needs else say("list.nothing-needed")
    yield "    " + needs
    if entry.path is not None:
        yield "    " + say("list.own", path=entry.path)


def entry_data(entry: Entry) -> dict[str, Any]:
    """Return a routine as plain values for JSON."""
    routine = entry.routine
    return {
        "id": entry.id,
        "ok": routine is not None,
        "title": routine and routine.title,
        "summary": routine and routine.summary,
        "minutes": entry.minutes if routine else None,
        "exercises": list(entry.titles),
        "needs": list(entry.needs),
        "path": entry.path and str(entry.path),
    }
