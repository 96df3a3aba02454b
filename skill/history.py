"""What is kept about a person, as progress sees it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from routines.model import Side
from routines.progress import Ending, Session, SetDone
from skill.records import EventKind, Question, SessionEvent, SessionRecord, StopReason

_ENDINGS = {
    StopReason.PERSON: Ending.PERSON,
    StopReason.PAIN: Ending.PAIN,
    StopReason.RED_FLAG: Ending.RED_FLAG,
    StopReason.REFUSED: Ending.REFUSED,
}


def sessions_of(records: Iterable[SessionRecord], zone: tzinfo | None = None) -> tuple[Session, ...]:
    """Return kept sessions for `routines.progress`; days are those of `zone`, or of this machine."""
    records = tuple(records)
    mornings = _mornings(records)
    return tuple(_session(record, zone, mornings.get(record.session_id)) for record in records)


def _mornings(records: tuple[SessionRecord, ...]) -> dict[str, bool]:
    """Return what was said about the morning after, by session: it is about the last one with work before."""
    work: list[tuple[datetime, str]] = []
    answers: list[tuple[datetime, bool]] = []
    for record in records:
        for event in record.events:
            if event.kind is EventKind.BLOCK_DONE:
                work.append((event.at, record.session_id))
            elif event.kind is EventKind.ANSWERED and event.data["what"] == Question.NEXT_DAY:
                answers.append((event.at, event.data["value"]))
    before = ((max((w for w in work if w[0] < at), default=None), value) for at, value in sorted(answers))
    return {about[1]: value for about, value in before if about is not None}


def _session(record: SessionRecord, zone: tzinfo | None, next_day_ok: bool | None) -> Session:
    answers = {
        event.data["what"]: event.data["value"] for event in record.events if event.kind is EventKind.ANSWERED
    }
    return Session(
        id=record.session_id,
        day=record.at.astimezone(zone).date(),
        routine=record.routine_id,
        exercises=_exercises(record.events),
        sets=tuple(_set(event.data) for event in record.events if event.kind is EventKind.BLOCK_DONE),
        ending=_ending(record.events),
        pain_before=answers.get(Question.PAIN_BEFORE),
        pain_after=answers.get(Question.PAIN_AFTER),
        effort=answers.get(Question.EFFORT),
        next_day_ok=next_day_ok,
    )


def _exercises(events: Iterable[SessionEvent]) -> tuple[tuple[str, int], ...]:
    # A session that is made easier has other sets from then on: the latest list counts.
    lists = [event.data["exercises"] for event in events if "exercises" in event.data]
    return tuple((str(exercise), int(sets)) for exercise, sets in lists[-1]) if lists else ()


def _set(data: Any) -> SetDone:
    side = data["side"]
    return SetDone(
        exercise=data["exercise"],
        set=data["set"] or 1,
        side=None if side is None else Side(side),
        work_ms=data["work_ms"],
    )


def _ending(events: tuple[SessionEvent, ...]) -> Ending:
    # Pain counts whatever was kept after it: the process may have been killed before the stop was, or it may
    # have been told only after the end.
    if any(event.kind is EventKind.PAIN for event in events):
        return Ending.PAIN
    for event in reversed(events):
        if event.kind is EventKind.STOPPED:
            return _ENDINGS[StopReason(event.data["reason"])]
        if event.kind is EventKind.DONE:
            return Ending.DONE
    return Ending.OPEN
