"""A person's week as a calendar that other programs subscribe to: times, and nothing about health.

Whoever has the address sees the times, so the address is a secret. Every time stands there as a moment in
UTC, found as for the invitations themselves: when clocks change, both agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from routines.phrases import Phrases
from skill.care.errors import NotAllowedError
from skill.care.gate import Gate
from skill.care.permissions import Action
from skill.care.records import Caregiver
from skill.care.secrets import digest, new_key
from skill.care.week import Week, coming
from skill.care.week_document import WeekFaults, read_week

#: How much of a week is in the calendar; it is fetched again and again.
BACK = timedelta(days=14)
AHEAD = timedelta(days=60)
#: How long a time is in the calendar.
LENGTH = timedelta(minutes=15)
#: How often calendars are asked to fetch it.
REFRESH = timedelta(hours=6)

_NAMESPACE = UUID("3a1c6c0b-7f0e-4f5b-8a52-9d1f2d0b6c44")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One time in a calendar."""

    uid: str  #: the same time of the same day has always the same
    start: datetime  #: UTC
    length: timedelta
    changed: datetime  #: UTC


def new_feed(gate: Gate, who: Caregiver, person: str) -> str:
    """Return a new secret for the address of a person's calendar; the caregiver's old one opens nothing.

    NotAllowedError if the caregiver may neither start nor see what was done.
    """
    access = gate.access(who, person)
    if not access.actions & _ENOUGH:
        raise NotAllowedError("consent", action=Action.SEE_DONE.value)
    secret = new_key()
    gate.care.set_feed(digest(secret), person, who.id)
    gate.note_change(who.id, "feed.made", person)
    return secret


_ENOUGH = {Action.START, Action.SEE_DONE}


def feed(gate: Gate, secret: str, say: Phrases) -> bytes | None:
    """Return the calendar behind an address (text/calendar); None if it opens nothing, or no longer."""
    found = gate.care.feed_of(digest(secret))
    if found is None:
        return None
    person, caregiver = found
    if not any(gate.allowed(caregiver, action, person) for action in _ENOUGH):
        return None
    version = gate.care.week(person)
    try:
        week = None if version is None else read_week(version.document)
    except WeekFaults:
        week = None
    entries = () if week is None or version is None else week_entries(week, person, gate.now(), version.at)
    return calendar(entries, say)


def week_entries(week: Week, person: str, now: datetime, changed: datetime) -> tuple[Entry, ...]:
    """Return the times of a week around a moment; holidays have none."""
    today = now.astimezone(week.tz).date()
    return tuple(
        Entry(
            uid=uuid5(_NAMESPACE, f"{person}\n{slot.id}\n{day}").hex,
            start=at,
            length=LENGTH,
            changed=changed.astimezone(UTC),
        )
        for slot, day, at in coming(week, today - BACK, today + AHEAD)
    )


def calendar(entries: Iterable[Entry], say: Phrases) -> bytes:
    """Return entries as an iCalendar file: each says "Exercise time" and no more."""
    from icalendar import Calendar, Event, vDuration  # noqa: PLC0415 - slow to import

    whole = Calendar()
    whole.add("prodid", "-//Steady Coach//EN")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    whole.add("x-wr-calname", say("planning.feed.summary"))
    whole.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("summary", say("planning.feed.summary"))
        event.add("dtstart", entry.start)
        event.add("duration", entry.length)
        event.add("dtstamp", entry.changed)
        whole.add_component(event)
    return bytes(whole.to_ical())
