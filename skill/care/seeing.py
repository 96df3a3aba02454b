"""What a caregiver sees of what was done: a calendar, how regularly, each exercise, and pain. Pure.

Everything comes from a `Record`, which has nothing in it that the caregiver may not know.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from routines.progress import (
    ExerciseTotal,
    Outcome,
    Regularity,
    Session,
    Summary,
    regularity_of,
    summary,
    totals,
)
from skill.care.record import Record, between, days_of
from skill.care.records import ScheduledRun
from skill.care.week import RunOutcome


class Mark(StrEnum):
    """What a day is marked with. Names the phrase `planning.mark.<value>`."""

    DONE = "done"
    PART = "part"
    PAIN = "pain"  #: stopped for pain; without consent it is a part
    MISSED = "missed"  #: planned, and nobody came
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySeen:
    """One day of the calendar."""

    day: date
    mark: Mark
    sessions: tuple[Summary, ...]  #: in order; also those in which nothing was done


@dataclass(frozen=True, slots=True, kw_only=True)
class PainPoint:
    """Pain told about one session, 0-10; at least one of the two is there."""

    day: date
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a caregiver sees of a stretch of days."""

    days: tuple[DaySeen, ...]  #: every day, oldest first
    regularity: Regularity  #: over the whole record; a day of rest between breaks no streak
    exercises: tuple[ExerciseTotal, ...]  #: within the stretch, by side
    pain: tuple[PainPoint, ...] | None  #: within the stretch, oldest first; None: not to be seen


def see(record: Record, first: date, last: date) -> Seen:
    """Return what is seen of the days from `first` to `last`, both included."""
    part = between(record, first, last)
    missed = _missed(part.runs, record.today)
    return Seen(
        days=tuple(_day(day, part.sessions, missed) for day in days_of(first, last)),
        regularity=regularity_of(record.worked, record.today),
        exercises=totals(part.sessions),
        pain=_points(part.sessions) if record.pain else None,
    )


def _day(day: date, sessions: tuple[Session, ...], missed: Collection[date]) -> DaySeen:
    theirs = tuple(summary(session) for session in sessions if session.day == day)
    marks = {_mark(session) for session in sessions if session.day == day}
    best = next((mark for mark in (Mark.PAIN, Mark.DONE, Mark.PART) if mark in marks), None)
    return DaySeen(day=day, mark=best or (Mark.MISSED if day in missed else Mark.NONE), sessions=theirs)


def _mark(session: Session) -> Mark:
    match summary(session).outcome:
        case Outcome.DONE:
            return Mark.DONE
        case Outcome.PART:
            return Mark.PART
        case Outcome.PAIN:
            return Mark.PAIN
        case Outcome.STOPPED:
            return Mark.PART if session.sets else Mark.NONE


def _missed(runs: tuple[ScheduledRun, ...], today: date) -> frozenset[date]:
    """Return the days with a time that was missed for good: today's first miss may still be made up for."""
    return frozenset(
        run.day for run in runs if run.outcome == RunOutcome.MISSED and (run.attempt > 1 or run.day < today)
    )


def _points(sessions: tuple[Session, ...]) -> tuple[PainPoint, ...]:
    return tuple(
        PainPoint(day=one.day, before=one.pain_before, after=one.pain_after)
        for one in sessions
        if one.pain_before is not None or one.pain_after is not None
    )
