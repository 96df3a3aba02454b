"""What a caregiver may know of a person's record. What they may not know is taken out here, once for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routines.progress import Ending, Session
from skill.care.gate import Gate
from skill.care.permissions import Action
from skill.care.records import Caregiver, Person, ScheduledRun
from skill.care.week import Week
from skill.care.week_document import WeekFaults, read_week
from skill.history import sessions_of

#: Weeks were not planned before this.
_EVER = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one caregiver may know of one person, as of now."""

    person: Person
    today: date  #: where the person is
    pain: bool  #: whether pain, effort and why they stopped are in it
    sessions: tuple[Session, ...]  #: oldest first
    worked: frozenset[date]  #: the days on which any set was done, of all time
    runs: tuple[ScheduledRun, ...]  #: times of their week that came, oldest first
    week: Week | None


def record_of(
    gate: Gate,
    who: Caregiver,
    person: str,
    *,
    action: Action = Action.SEE_DONE,
    since: date | None = None,
) -> Record:
    """Return what a caregiver may know of a person. NotAllowedError if that is nothing.

    With `since`, only what was on that local day or later: years of sessions take a while to read.
    """
    gate.demand(who, action, person)
    access = gate.access(who, person)
    zone = ZoneInfo(access.person.zone)
    start = None if since is None else datetime.combine(since, time(0), zone)
    sessions = sessions_of(gate.history.history(person, start), zone)
    pain = Action.SEE_PAIN in access.actions
    return Record(
        person=access.person,
        today=gate.now().astimezone(zone).date(),
        pain=pain,
        sessions=sessions if pain else without_pain(sessions),
        worked=frozenset(at.astimezone(zone).date() for at in gate.care.worked(person)),
        runs=gate.care.runs(person, since or _EVER),
        week=week_of(gate, person),
    )


def week_of(gate: Gate, person: str) -> Week | None:
    """Return a person's week; None if there is none, or none that can be read."""
    version = gate.care.week(person)
    if version is None:
        return None
    try:
        return read_week(version.document)
    except WeekFaults:
        return None


def without_pain(sessions: Iterable[Session]) -> tuple[Session, ...]:
    """Return sessions without pain, effort, and why they were stopped: a stop for pain is a stop like any."""
    return tuple(
        replace(
            session,
            ending=Ending.PERSON if session.ending in _WHY else session.ending,
            pain_before=None,
            pain_after=None,
            effort=None,
            next_day_ok=None,
        )
        for session in sessions
    )


_WHY = (Ending.PAIN, Ending.RED_FLAG, Ending.REFUSED)


def between(record: Record, first: date, last: date) -> Record:
    """Return the part of a record from one local day to another, both included."""
    return replace(
        record,
        sessions=tuple(one for one in record.sessions if first <= one.day <= last),
        runs=tuple(one for one in record.runs if first <= one.day <= last),
    )


def days_of(first: date, last: date) -> tuple[date, ...]:
    """Return each day from one to another, both included."""
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
