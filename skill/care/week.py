"""A person's week: when they are invited to exercise, and which of these times have come. Pure.

A week is kept as a plain document (`skill.care.week_document`). Its times are local: 09:00 stays 09:00 when
the clocks change. A time that a day does not have (the clocks go forward over it) is the first moment after;
of one that a day has twice, the first counts. So every day has each of its times once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from skill.care.records import ScheduledRun

#: How late a time may still start something.
GRACE = timedelta(minutes=15)
#: How long after a session that was missed there is one more invitation.
REPEAT_AFTER = timedelta(minutes=30)

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


class Weekday(StrEnum):
    """A day of the week, in the order of `date.weekday()`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @staticmethod
    def of(day: date) -> Weekday:
        """Return the weekday of a date."""
        return tuple(Weekday)[day.weekday()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One time of the week: on some weekdays, or every other day."""

    id: str  #: unique in the week; stays the same when the time is changed
    at: time  #: local, to the minute
    days: frozenset[Weekday] = frozenset()
    every_other_from: date | None = None  #: instead of days: this day, and every second day after it
    routine: str
    device: str

    def is_on(self, day: date) -> bool:
        """Whether the slot is on this date."""
        if self.every_other_from is not None:
            return day >= self.every_other_from and (day - self.every_other_from).days % 2 == 0
        return Weekday.of(day) in self.days


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nobody is invited, from a local time until just before another; may pass midnight."""

    start: time
    end: time

    def has(self, at: time) -> bool:
        """Whether a local time lies inside."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days without invitations, both ends included."""

    first: date
    last: date

    def has(self, day: date) -> bool:
        """Whether a day lies inside."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """When a person is invited."""

    zone: str  #: IANA name
    slots: tuple[Slot, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    at_most: int = 1  #: sessions a day; what the person does of their own accord counts

    @property
    def tz(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.zone)

    def is_quiet(self, at: time) -> bool:
        """Whether a local time lies in quiet hours."""
        return any(quiet.has(at) for quiet in self.quiet)

    def is_holiday(self, day: date) -> bool:
        """Whether a local day is one without invitations."""
        return any(holiday.has(day) for holiday in self.holidays)

    def slot(self, slot_id: str) -> Slot | None:
        """Return the slot with this id."""
        return next((slot for slot in self.slots if slot.id == slot_id), None)


# -- moments ---------------------------------------------------------------------------------------


def moment(tz: ZoneInfo, day: date, at: time) -> datetime:
    """Return the first moment, in UTC, at which the clocks of a zone show this local time or a later one."""
    wanted = datetime.combine(day, at)
    found = wanted.replace(tzinfo=tz).astimezone(UTC)  # of two, fold=0 is the first
    if _local(tz, found) == wanted:
        return found
    # The clocks go forward over it: somewhere between these two, at a whole second.
    before, after = wanted.replace(tzinfo=tz, fold=1).astimezone(UTC), found
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        before, after = (before, middle) if _local(tz, middle) >= wanted else (middle, after)
    return after


def _local(tz: ZoneInfo, at: datetime) -> datetime:
    return at.astimezone(tz).replace(tzinfo=None)


def times_on(week: Week, day: date) -> tuple[tuple[Slot, datetime], ...]:
    """Return a local day's slots with their moments in UTC, in order; none on holidays.

    None, too, on a day that a zone has left out (Samoa had no 30 December 2011).
    """
    midnight = time(0)
    if week.is_holiday(day) or moment(week.tz, day, midnight) == moment(week.tz, day + _DAY, midnight):
        return ()
    found = [(slot, moment(week.tz, day, slot.at)) for slot in week.slots if slot.is_on(day)]
    return tuple(sorted(found, key=lambda one: (one[1], one[0].id)))


def coming(week: Week, first: date, last: date) -> Iterator[tuple[Slot, date, datetime]]:
    """Yield each slot, its local day and its moment in UTC, from one local day to another, both included."""
    for n in range((last - first).days + 1):
        day = first + n * _DAY
        yield from ((slot, day, at) for slot, at in times_on(week, day))


# -- what is due -----------------------------------------------------------------------------------


class RunOutcome(StrEnum):
    """What became of a time that had come; the values of `ScheduledRun.outcome`."""

    OPEN = ""
    DONE = "done"
    PART = "part"
    STOPPED = "stopped"  #: begun, and ended before anything was done
    MISSED = "missed"  #: nobody answered, or said no, or the device was off
    ALREADY = "already"  #: not asked: the person had done it that day, or it is enough for that day
    MOST = "most"  #: not asked: so many sessions a day and no more
    LATE = "late"  #: not asked: the coach's home was off when the time came
    QUIET = "quiet"  #: not asked: quiet hours
    REFUSED = "refused"  #: not allowed, or not possible


#: Runs that stand for one of the day's sessions, done or about to be.
_COUNTS = (RunOutcome.OPEN, RunOutcome.DONE, RunOutcome.PART, RunOutcome.ALREADY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A time that has come and that nobody has claimed yet."""

    slot: Slot
    day: date  #: the local day that it belongs to
    attempt: int  #: 1, or 2 for the one repeat
    at: datetime  #: when it came, UTC
    until: datetime  #: what arrives later starts nothing
    outcome: RunOutcome = RunOutcome.OPEN  #: OPEN: to be started; else why nothing is


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a person has done, by local day."""

    sessions: Mapping[date, int]  #: how many with at least one set, however they were begun
    enough: frozenset[date] = frozenset()  #: days on which nothing more is to start, such as after pain


NOTHING_DONE = Done(sessions={})


def due(
    week: Week,
    now: datetime,
    done: Done,
    claimed: Iterable[ScheduledRun],
    *,
    since: datetime | None = None,
) -> tuple[Due, ...]:
    """Return the times that have come by `now` (aware) and are not among the claimed ones, in order.

    Looks at the local day, the one before and the one after. What came before `since` (when the week was
    saved) is left alone. `claimed` has to reach back as far as those days.
    """
    runs = {(run.slot, run.day, run.attempt): run for run in claimed}
    today = now.astimezone(week.tz).date()
    found: list[Due] = []
    for slot, day, at in coming(week, today - _DAY, today + _DAY):
        attempt, came = 1, at
        first = runs.get((slot.id, day, 1))
        if first is not None:
            again = repeat_at(week, first)
            if again is None or (slot.id, day, 2) in runs:
                continue
            attempt, came = 2, again
        if came > now or (first is None and since is not None and came < since):
            continue
        begun = sum(one.day == day and one.outcome is RunOutcome.OPEN for one in found)
        found.append(
            Due(
                slot=slot,
                day=day,
                attempt=attempt,
                at=came,
                until=last_moment(week, came),
                outcome=_judged(week, now, day, came, done, runs.values(), begun),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.at, one.slot.id)))


def _judged(
    week: Week, now: datetime, day: date, at: datetime, done: Done, runs: Iterable[ScheduledRun], begun: int
) -> RunOutcome:
    """Return OPEN for a time that is to be started, else why it is not; `begun`: others begun just now."""
    did = done.sessions.get(day, 0)
    planned = stood_for(runs, day)
    if day in done.enough or did > planned:
        return RunOutcome.ALREADY
    if now >= at + GRACE:
        return RunOutcome.LATE
    if week.is_quiet(now.astimezone(week.tz).time()):
        return RunOutcome.QUIET
    if planned + begun >= week.at_most:
        return RunOutcome.MOST
    return RunOutcome.OPEN


def stood_for(runs: Iterable[ScheduledRun], day: date) -> int:
    """Return how many of a day's claimed runs stand for a session that was, is or will be done."""
    return sum(run.day == day and run.outcome in _COUNTS for run in runs)


def last_moment(week: Week, at: datetime) -> datetime:
    """Return until when a time that came at this moment may start something: not into quiet hours."""
    end = at + GRACE
    later = at
    while (later := later + _MINUTE) < end:
        if week.is_quiet(later.astimezone(week.tz).time()):
            return later
    return end


def repeat_at(week: Week, run: ScheduledRun) -> datetime | None:
    """Return when a missed session is invited to once more, UTC; None if it is not.

    Not in quiet hours, not on a holiday, not on another day than its own, not if its slot is gone.
    """
    if run.outcome != RunOutcome.MISSED or run.attempt != 1 or week.slot(run.slot) is None:
        return None
    at = run.at + REPEAT_AFTER
    local = at.astimezone(week.tz)
    if local.date() != run.day or week.is_holiday(run.day) or week.is_quiet(local.time()):
        return None
    return at


def is_missed_for_good(week: Week, run: ScheduledRun) -> bool:
    """Whether a session was missed and nobody is invited to it again."""
    if run.attempt == 1:
        return run.outcome == RunOutcome.MISSED and repeat_at(week, run) is None
    return run.outcome in (RunOutcome.MISSED, RunOutcome.LATE, RunOutcome.QUIET)
