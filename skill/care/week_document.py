"""A week as the document that is kept: plain values for JSON, strict, with every fault at once. Pure.

{"v": 1, "zone": "Europe/Berlin", "at_most": 1,
 "slots": [{"id": "am", "time": "09:00", "days": ["mon", "thu"], "routine": "knee", "device": "<id>"},
           {"id": "pm", "time": "17:30", "every_other_day_from": "2026-11-23", ...}],
 "quiet": [{"from": "21:00", "to": "08:00"}],
 "holidays": [{"from": "2026-12-24", "to": "2026-12-26"}]}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from itertools import combinations
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from skill.care.week import Holiday, Quiet, Slot, Week, Weekday

VERSION = 1
MAX_SLOTS = 28
MAX_QUIET = 4
MAX_HOLIDAYS = 40
MAX_AT_MOST = 6
MAX_NAME = 64

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_YEARS = range(2000, 2200)

T = TypeVar("T")


class WeekFault(StrEnum):
    """What can be wrong with a week. Names the phrase `planning.fault.<value>`."""

    NOT_A_WEEK = "not-a-week"  #: the whole is not such a document
    VERSION = "version"  #: of a newer program
    UNKNOWN = "unknown"  #: a name that means nothing
    MISSING = "missing"
    TOO_MANY = "too-many"
    ZONE = "zone"
    TIME = "time"
    DATE = "date"
    DAYS = "days"  #: weekdays, or every other day from a date: one of the two
    ID = "id"
    SAME_ID = "same-id"
    NAME = "name"  #: a routine or device is not a name
    NUMBER = "number"
    ORDER = "order"  #: a holiday ends before it begins, or quiet hours are no time at all
    IN_QUIET = "in-quiet"  #: a slot lies in quiet hours: it would never start
    SAME_TIME = "same-time"  #: two slots at the same time of the same day
    NO_ROUTINE = "no-routine"  #: there is no such routine
    NO_DEVICE = "no-device"  #: the person has no such device


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `where` is a path such as `slots.0.time`, `value` what stands there."""

    code: WeekFault
    where: str = ""
    value: str = ""


class WeekFaults(ValueError):  # noqa: N818 - like RoutineFaults: several at once
    """A week that cannot be kept. `faults` has everything that is wrong with it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Keep the faults, so that an edge can put them in a person's words."""
        super().__init__("; ".join(f"{fault.where}: {fault.code}: {fault.value}" for fault in faults))
        self.faults = faults


def read_week(document: Any) -> Week:
    """Return the week in a document. `WeekFaults` with all that is wrong with it.

    Whether routines and devices exist is not asked here.
    """
    reading = _Reading()
    week = reading.week(document)
    if week is not None and not reading.faults:
        reading.faults.extend(_together(week))
    if week is None or reading.faults:
        raise WeekFaults(tuple(reading.faults))
    return week


def week_document(week: Week) -> dict[str, Any]:
    """Return the document of a week: `read_week` reads it back."""
    return {
        "v": VERSION,
        "zone": week.zone,
        "at_most": week.at_most,
        "slots": [_slot_document(slot) for slot in week.slots],
        "quiet": [{"from": f"{quiet.start:%H:%M}", "to": f"{quiet.end:%H:%M}"} for quiet in week.quiet],
        "holidays": [
            {"from": holiday.first.isoformat(), "to": holiday.last.isoformat()} for holiday in week.holidays
        ],
    }


def _slot_document(slot: Slot) -> dict[str, Any]:
    plain: dict[str, Any] = {"id": slot.id, "time": f"{slot.at:%H:%M}"}
    if slot.every_other_from is None:
        plain["days"] = [str(day) for day in Weekday if day in slot.days]
    else:
        plain["every_other_day_from"] = slot.every_other_from.isoformat()
    return plain | {"routine": slot.routine, "device": slot.device}


def zone_named(name: str) -> ZoneInfo | None:
    """Return a time zone by its IANA name; None if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder's name is no zone
        return None


@dataclass
class _Reading:
    """Reads one document, and goes on after a fault to find the others."""

    faults: list[Fault] = field(default_factory=list)

    def week(self, document: Any) -> Week | None:
        if not isinstance(document, dict):
            self._fault(WeekFault.NOT_A_WEEK)
            return None
        if document.get("v") != VERSION:
            self._fault(WeekFault.VERSION, "v", document.get("v"))
            return None
        self._known(document, "", {"v", "zone", "at_most", "slots", "quiet", "holidays"})
        zone = self._zone(document.get("zone"))
        at_most = self._number(document.get("at_most", 1), "at_most", MAX_AT_MOST)
        slots = self._each(document, "slots", MAX_SLOTS, self._slot)
        quiet = self._each(document, "quiet", MAX_QUIET, self._quiet)
        holidays = self._each(document, "holidays", MAX_HOLIDAYS, self._holiday)
        for n, slot in enumerate(slots):
            if slot.id in [other.id for other in slots[:n]]:
                self._fault(WeekFault.SAME_ID, f"slots.{n}.id", slot.id)
        if zone is None or at_most is None:
            return None
        return Week(zone=zone, slots=slots, quiet=quiet, holidays=holidays, at_most=at_most)

    def _fault(self, code: WeekFault, where: str = "", value: object = "") -> None:
        self.faults.append(Fault(code, where, str(value)[:MAX_NAME]))

    def _known(self, plain: dict[Any, Any], where: str, names: set[str]) -> None:
        for name in plain:
            if name not in names:
                self._fault(WeekFault.UNKNOWN, where, name)

    def _each(
        self, document: dict[str, Any], name: str, most: int, read: Callable[[dict[str, Any], str], T | None]
    ) -> tuple[T, ...]:
        items = document.get(name, [])
        if not isinstance(items, list):
            self._fault(WeekFault.NOT_A_WEEK, name, items)
            return ()
        if len(items) > most:
            self._fault(WeekFault.TOO_MANY, name, most)
            return ()
        found: list[T] = []
        for n, item in enumerate(items):
            where = f"{name}.{n}"
            if not isinstance(item, dict):
                self._fault(WeekFault.NOT_A_WEEK, where, item)
                continue
            one = read(item, where)
            if one is not None:
                found.append(one)
        return tuple(found)

    def _slot(self, plain: dict[str, Any], where: str) -> Slot | None:
        self._known(plain, where, {"id", "time", "days", "every_other_day_from", "routine", "device"})
        slot_id = self._text(plain, "id", where, WeekFault.ID)
        if slot_id is not None and not _ID.fullmatch(slot_id):
            self._fault(WeekFault.ID, f"{where}.id", slot_id)
            slot_id = None
        at = self._time(plain, "time", where)
        days, from_day = self._days(plain, where)
        routine = self._text(plain, "routine", where, WeekFault.NAME)
        device = self._text(plain, "device", where, WeekFault.NAME)
        if slot_id is None or at is None or routine is None or device is None:
            return None
        return Slot(id=slot_id, at=at, days=days, every_other_from=from_day, routine=routine, device=device)

    def _days(self, plain: dict[str, Any], where: str) -> tuple[frozenset[Weekday], date | None]:
        nothing: frozenset[Weekday] = frozenset()
        if ("days" in plain) == ("every_other_day_from" in plain):
            self._fault(WeekFault.DAYS, where)
            return nothing, None
        if "days" not in plain:
            return nothing, self._date(plain, "every_other_day_from", where)
        days = plain["days"]
        if not isinstance(days, list) or not days or any(day not in list(Weekday) for day in days):
            self._fault(WeekFault.DAYS, f"{where}.days", days)
            return nothing, None
        return frozenset(Weekday(day) for day in days), None

    def _quiet(self, plain: dict[str, Any], where: str) -> Quiet | None:
        self._known(plain, where, {"from", "to"})
        start, end = self._time(plain, "from", where), self._time(plain, "to", where)
        if start is None or end is None:
            return None
        if start == end:
            self._fault(WeekFault.ORDER, where)
            return None
        return Quiet(start, end)

    def _holiday(self, plain: dict[str, Any], where: str) -> Holiday | None:
        self._known(plain, where, {"from", "to"})
        first, last = self._date(plain, "from", where), self._date(plain, "to", where)
        if first is None or last is None:
            return None
        if first > last:
            self._fault(WeekFault.ORDER, where)
            return None
        return Holiday(first, last)

    def _zone(self, value: Any) -> str | None:
        if not isinstance(value, str) or not value or zone_named(value) is None:
            self._fault(WeekFault.ZONE, "zone", "" if value is None else value)
            return None
        return value

    def _number(self, value: Any, where: str, most: int) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            self._fault(WeekFault.NUMBER, where, value)
            return None
        return value

    def _text(self, plain: dict[str, Any], name: str, where: str, code: WeekFault) -> str | None:
        value = plain.get(name)
        if value is None or value == "":
            self._fault(WeekFault.MISSING, f"{where}.{name}")
            return None
        if not isinstance(value, str) or len(value) > MAX_NAME or not value.isprintable():
            self._fault(code, f"{where}.{name}", value)
            return None
        return value

    def _time(self, plain: dict[str, Any], name: str, where: str) -> time | None:
        said = self._text(plain, name, where, WeekFault.TIME)
        if said is None:
            return None
        found = _TIME.fullmatch(said)
        if found is None:
            self._fault(WeekFault.TIME, f"{where}.{name}", said)
            return None
        return time(int(found[1]), int(found[2]))

    def _date(self, plain: dict[str, Any], name: str, where: str) -> date | None:
        said = self._text(plain, name, where, WeekFault.DATE)
        if said is None:
            return None
        try:
            day = date.fromisoformat(said) if _DAY.fullmatch(said) else None
        except ValueError:
            day = None
        if day is None or day.year not in _YEARS:
            self._fault(WeekFault.DATE, f"{where}.{name}", said)
            return None
        return day


def _together(week: Week) -> Iterator[Fault]:
    """Yield what is wrong with slots beside the rest of the week."""
    for n, slot in enumerate(week.slots):
        if week.is_quiet(slot.at):
            yield Fault(WeekFault.IN_QUIET, f"slots.{n}.time", f"{slot.at:%H:%M}")
    for (_, one), (n, other) in combinations(enumerate(week.slots), 2):
        if one.at == other.at and _may_meet(one, other):
            yield Fault(WeekFault.SAME_TIME, f"slots.{n}.time", f"{other.at:%H:%M}")


def _may_meet(one: Slot, other: Slot) -> bool:
    if one.every_other_from is None and other.every_other_from is None:
        return bool(one.days & other.days)
    if one.every_other_from is not None and other.every_other_from is not None:
        return (one.every_other_from - other.every_other_from).days % 2 == 0
    return True  # every other day comes to every weekday in time
