"""Makes the events that stores and histories are tested with, with the data that a session gives them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from routines.model import Side
from skill.records import EventKind, Question, SessionEvent, StopReason, exercises_data


def block_done(
    at: datetime, exercise: str, set_number: int, side: Side | None, work_ms: int, again: int = 0
) -> SessionEvent:
    """Return one set on one side done, for the first time or again."""
    key = f"done:{exercise}/{set_number}/{side or '-'}:{again}"
    data = {"exercise": exercise, "set": set_number, "side": side, "work_ms": work_ms}
    return SessionEvent(at=at, kind=EventKind.BLOCK_DONE, key=key, data=data)


def pain(at: datetime, block: str) -> SessionEvent:
    """Return pain told during a block."""
    return SessionEvent(at=at, kind=EventKind.PAIN, key=f"pain:{block}", data={"block": block})


def answered(at: datetime, what: Question, value: int | bool) -> SessionEvent:
    """Return a question answered."""
    data = {"what": what.value, "value": value}
    return SessionEvent(at=at, kind=EventKind.ANSWERED, key=f"answered:{what}", data=data)


def eased(at: datetime, exercises: Sequence[tuple[str, int]]) -> SessionEvent:
    """Return the plan made easier, with the exercises from then on."""
    return SessionEvent(at=at, kind=EventKind.EASED, key="eased", data=exercises_data(exercises))


def stopped(at: datetime, reason: StopReason) -> SessionEvent:
    """Return a stop before the end."""
    return SessionEvent(at=at, kind=EventKind.STOPPED, key="stopped", data={"reason": reason.value})


def plain(at: datetime, kind: EventKind) -> SessionEvent:
    """Return an event without data."""
    return SessionEvent(at=at, kind=kind, key=kind.value)
