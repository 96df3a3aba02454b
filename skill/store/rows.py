"""Rows of the tables as values, and moments as they are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from routines.plan import Plan, PlanError
from skill.records import EventKind, SessionEvent, SessionRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_MS = timedelta(milliseconds=1)

Row = Any  # SQLAlchemy 2.0 and 2.1 differ in what a row's type is made of


def record_of(row: Row, events: tuple[SessionEvent, ...]) -> SessionRecord:
    """Return a row of `session` with its events."""
    return SessionRecord(
        session_id=row.id,
        person=row.person,
        routine_id=row.routine,
        plan=plan_of(row.plan),
        device=row.device,
        at=to_moment(row.at_ms),
        ended_at=None if row.ended_at_ms is None else to_moment(row.ended_at_ms),
        events=events,
    )


def event_of(row: Row) -> SessionEvent:
    """Return a row of `event`."""
    return SessionEvent(
        seq=row.seq, at=to_moment(row.at_ms), kind=EventKind(row.kind), key=row.key, data=row.data
    )


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
    return (moment - _EPOCH) // _ONE_MS


def to_moment(ms: int) -> datetime:
    """Return a kept moment."""
    return _EPOCH + ms * _ONE_MS
