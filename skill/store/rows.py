"""Rows of the tables as values, and moments as they are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from routines.plan import Plan, PlanError
from skill.records import EventKind, SessionEvent, SessionRecord

Row = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_MS = timedelta(milliseconds=1)
_DAY_S = 24 * 60 * 60


def record_of(row: Row, events: tuple[SessionEvent, ...]) -> SessionRecord:
    """Return a session's id, person, routine, plan, device, beginning and end as a record."""
    session_id, person, routine, plan, device, at_ms, ended_at_ms = row
    return SessionRecord(
        session_id=session_id,
        person=person,
        routine_id=routine,
        plan=plan_of(plan),
        device=device,
        at=to_moment(at_ms),
        ended_at=None if ended_at_ms is None else to_moment(ended_at_ms),
        events=events,
    )


def event_of(row: Row) -> SessionEvent:
    """Return an event's number, moment, kind, key and data as an event."""
    seq, at_ms, kind, key, data = row
    return SessionEvent(seq=seq, at=to_moment(at_ms), kind=EventKind(kind), key=key, data=data)


def plan_of(plain: dict[str, Any]) -> Plan:
    """Return a kept plan, without the choices that are no longer possible."""
    while True:
        try:
            return Plan.from_dict(plain)
        except PlanError as error:
            if error.field not in plain:
                raise
            plain = {name: value for name, value in plain.items() if name != error.field}


def to_ms(moment: datetime) -> int:
    """Return a moment as it is kept."""
    since = moment - _EPOCH
    return (since.days * _DAY_S + since.seconds) * 1000 + since.microseconds // 1000


def to_moment(ms: int) -> datetime:
    """Return a kept moment."""
    return _EPOCH + ms * _ONE_MS
