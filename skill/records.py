"""What is kept about a session: events that are only ever added, and the records they make up.

Every event carries a key that is unique in its session. The same happening always gets the same key, so
recording it again changes nothing, and nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from routines.plan import Plan

#: The longest an event's data may be as JSON, in bytes: an event is one happening, not a document.
MAX_DATA_BYTES = 1024


class EventKind(StrEnum):
    """What happened in a session."""

    STARTED = "started"  #: data: whatever `begin` was told about the session, such as its exercises
    BLOCK_DONE = "block_done"  #: data: exercise, set, side, work_ms
    PAIN = "pain"  #: data: block, and number (0-10) if one was told
    ANSWERED = "answered"  #: data: what (a `Question`), value
    PAUSED = "paused"
    RESUMED = "resumed"
    SKIPPED = "skipped"  #: data: exercise
    EASED = "eased"  #: the plan was changed on the way; data: the exercises from then on
    INTERRUPTED = "interrupted"  #: broken off, for example by Ctrl-C; can be gone on with
    LEFT = "left"  #: an interrupted session that the person chose not to go on with
    STOPPED = "stopped"  #: data: reason (a `StopReason`)
    DONE = "done"

    @property
    def ends_session(self) -> bool:
        """Whether nothing is left to go on with after this."""
        return self in (EventKind.LEFT, EventKind.STOPPED, EventKind.DONE)

    @property
    def stays(self) -> bool:
        """Whether it has happened to the person, and is true whoever leads them by now."""
        return self in (EventKind.BLOCK_DONE, EventKind.PAIN, EventKind.ANSWERED)


class StopReason(StrEnum):
    """Why a session was stopped before its end."""

    PERSON = "stopped"  #: by the person, for no reason that matters here
    PAIN = "pain"
    RED_FLAG = "red_flag"
    REFUSED = "refused"  #: the safety check was not agreed to


class Question(StrEnum):
    """What a person was asked."""

    PAIN_BEFORE = "pain_before"  #: 0-10
    PAIN_AFTER = "pain_after"  #: 0-10
    EFFORT = "effort"  #: 0-10
    NEXT_DAY = "next_day"  #: true: it was as usual by the next morning; asked when the next session begins


def utc_ms(moment: datetime) -> datetime:
    """Return an aware moment in UTC, to the millisecond that is kept. ValueError if it has no time zone."""
    if moment.tzinfo is not UTC:
        if moment.utcoffset() is None:
            raise ValueError(f"{moment!r} has no time zone")
        moment = moment.astimezone(UTC)
    beyond = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - beyond) if beyond else moment


def small(value: Mapping[str, Any], limit: int, name: str) -> dict[str, Any]:
    """Return `value` as JSON gives it back. ValueError, naming it, if it is longer than `limit` bytes."""
    plain: dict[str, Any] = small_json(value, limit, name)
    return plain


def small_json(value: Any, limit: int, name: str) -> Any:
    """Return what `small` returns, for any value that JSON can hold."""
    return orjson.loads(_packed(value, limit, name))


def packed(value: Any, limit: int, name: str) -> orjson.Fragment:
    """Return `value` as a piece of JSON that orjson takes as it is; ValueError as with `small`."""
    return orjson.Fragment(_packed(value, limit, name))


def _packed(value: Any, limit: int, name: str) -> bytes:
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    if len(text) > limit:
        raise ValueError(f"{name}: {len(text)} bytes as JSON (at most {limit})")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvent:
    """One thing that happened in a session."""

    at: datetime  #: aware; kept in UTC to the millisecond
    kind: EventKind
    key: str  #: unique in the session: `done:wall-slides/1/left`
    data: Mapping[str, Any] = field(default_factory=dict)  #: small, plain values for JSON
    seq: int | None = None  #: its place in the session, from 1; given by the store

    def __post_init__(self) -> None:
        """Bring the time to what is kept."""
        object.__setattr__(self, "at", utc_ms(self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A session and everything that happened in it, in order."""

    session_id: str
    person: str
    routine_id: str
    plan: Plan  #: the choices it was begun with
    device: str
    at: datetime  #: when it began, UTC
    ended_at: datetime | None  #: None: it can still be gone on with
    events: tuple[SessionEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """A session without an end, and where it stood."""

    session_id: str
    routine_id: str
    plan: Plan
    device: str
    snapshot: dict[str, Any]  #: as it was last saved
    at: datetime  #: when that was, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """One version of a person's plan: who changed it and when."""

    version: int  #: from 1
    plan: Plan
    by: str
    at: datetime


def exercises_data(exercises: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Return the data that lists a session's exercises, each with its number of sets over all sides."""
    return {"exercises": [[exercise, sets] for exercise, sets in exercises]}
