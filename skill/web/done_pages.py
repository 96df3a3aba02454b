"""What a person has done: a calendar, each exercise, pain over time; a sheet for the physiotherapist."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from routines.phrases import Phrases
from routines.progress import SideTotal, Summary
from skill.care.gate import Access
from skill.care.permissions import Action
from skill.care.planning_words import mark_word
from skill.care.plot import PainRow, pain_plot, pain_rows
from skill.care.record import Record, record_of
from skill.care.seeing import DaySeen, Mark, Seen, see
from skill.web.navigation import Tab
from skill.web.site import Site, caregiver

Answer = tuple[str, int]

#: What a sheet is about if nobody says: four weeks.
_SHEET = timedelta(days=27)
#: The longest stretch of days that one sheet shows.
_MOST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCell:
    """One field of the calendar; `day` is None outside the month."""

    day: date | None = None
    mark: str = ""  #: a `Mark`; "" for days to come
    word: str = ""
    today: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseRow:
    """What one exercise adds up to."""

    title: str
    sessions: int
    left: str
    right: str
    both: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One session of the sheet."""

    day: str
    routine: str
    outcome: str
    left: str
    right: str
    both: str
    pain: str
    effort: str


def done_pages(site: Site, titles: Callable[[], Mapping[str, str]]) -> Blueprint:
    """Return the pages. `titles` gives the title of each routine and exercise by id."""
    pages = Blueprint("done", __name__, url_prefix="/people/<person>")
    site.navigation.person.append(
        Tab(endpoint="done.calendar", label="web-care.nav.done", order=20, needs=Action.SEE_DONE)
    )

    @pages.get("/done")
    def calendar(person: str) -> Answer:
        access = site.access(person)
        today = _today(site, access)
        first, last = _month(request.args.get("month"), today)
        record = record_of(site.house, caregiver(), person, since=first)
        words = _Words(site.phrases, titles())
        seen = see(record, first, last)
        return site.page(
            "done.html",
            access=access,
            month=words.month(first),
            before=_other(first - timedelta(days=1)),
            after=_other(last + timedelta(days=1)) if last < record.today else None,
            weekdays=words.weekdays(),
            marks=words.marks(seen),
            weeks=words.weeks(first, seen, record.today),
            streak=words.streak(seen),
            week=site.phrases("history.week", n=seen.regularity.this_week_days),
            **_figures(site, words, record, seen),
        )

    @pages.get("/sheet")
    def sheet(person: str) -> Answer:
        access = site.access(person)
        last = _day(request.args.get("to"), _today(site, access))
        first = _day(request.args.get("from"), last - _SHEET)
        if not timedelta() <= last - first <= _MOST:
            raise BadRequest
        record = record_of(site.house, caregiver(), person, since=first)
        words = _Words(site.phrases, titles())
        seen = see(record, first, last)
        rows = [words.session(one, pain=record.pain) for day in seen.days for one in day.sessions]
        return site.page(
            "sheet.html",
            access=access,
            first=first,
            last=last,
            span=site.phrases("web-care.sheet.span", first=words.day(first), last=words.day(last)),
            made=words.day(record.today),
            counts=words.counts(seen),
            sessions=rows,
            **_figures(site, words, record, seen),
        )

    return pages


def _figures(site: Site, words: _Words, record: Record, seen: Seen) -> dict[str, Any]:
    """Return what both pages show: exercises and, with consent, pain."""
    rows: tuple[PainRow, ...] = ()
    plot = ""
    if seen.pain:
        rows = pain_rows(seen.pain, words.short_day)
        plot = pain_plot(seen.pain, site.phrases, words.short_day)
    return {
        "exercises": [words.exercise(one.exercise, one.sessions, one.sides) for one in seen.exercises],
        "sees_pain": record.pain,
        "pain": rows,
        "plot": Markup(plot),  # noqa: S704 - made safe by `pain_plot`
    }


class _Words:
    """Says figures in words."""

    def __init__(self, say: Phrases, titles: Mapping[str, str]) -> None:
        self._say = say
        self._titles = titles

    def month(self, first: date) -> str:
        return self._date(first, "LLLL yyyy")

    def day(self, day: date) -> str:
        return self._date(day, "d MMMM yyyy")

    def short_day(self, day: date) -> str:
        return self._date(day, "d MMM")

    def weekdays(self) -> list[tuple[str, str]]:
        """Return each weekday, short and in full."""
        monday = date(2024, 1, 1)
        days = [monday + timedelta(days=n) for n in range(7)]
        return [(self._date(day, "EEE"), self._date(day, "EEEE")) for day in days]

    def marks(self, seen: Seen) -> list[tuple[str, str]]:
        """Return what the marks of these days mean."""
        there = {one.mark for one in seen.days} - {Mark.NONE}
        return [(mark.value, mark_word(self._say, mark)) for mark in Mark if mark in there]

    def weeks(self, first: date, seen: Seen, today: date) -> list[list[DayCell]]:
        """Return the month's weeks, from Monday."""
        known = {one.day: one for one in seen.days}
        weeks = Calendar().monthdatescalendar(first.year, first.month)
        return [[self._cell(day, known.get(day), today) for day in week] for week in weeks]

    def _cell(self, day: date, seen: DaySeen | None, today: date) -> DayCell:
        if seen is None:
            return DayCell()
        if day > today:
            return DayCell(day=day)
        word = mark_word(self._say, seen.mark)
        return DayCell(day=day, mark=seen.mark.value, word=word, today=day == today)

    def streak(self, seen: Seen) -> str:
        n = seen.regularity.streak_days
        return self._say("history.streak.going", n=n) if n else self._say("history.streak.new")

    def counts(self, seen: Seen) -> list[tuple[str, int]]:
        """Return how many days of each kind there were."""
        return [
            (mark_word(self._say, mark), n)
            for mark in Mark
            if mark is not Mark.NONE and (n := sum(one.mark is mark for one in seen.days))
        ]

    def exercise(self, exercise: str, sessions: int, sides: object) -> ExerciseRow:
        """Return what an exercise adds up to."""
        left, right, both = (self._side(getattr(sides, name)) for name in ("left", "right", "both"))
        return ExerciseRow(
            title=self._titles.get(exercise, exercise), sessions=sessions, left=left, right=right, both=both
        )

    def session(self, one: Summary, *, pain: bool) -> SessionRow:
        """Return one session for the sheet."""
        say, none = self._say, self._say("history.nothing")
        told = [none if value is None else str(value) for value in (one.pain_before, one.pain_after)]
        outcome = say(
            f"history.cell.outcome.{one.outcome}", done=one.exercises_done, total=one.exercises_total
        )
        return SessionRow(
            day=self.short_day(one.day),
            routine=self._titles.get(one.routine, one.routine),
            outcome=outcome,
            left=self._side(one.sides.left),
            right=self._side(one.sides.right),
            both=self._side(one.sides.both),
            pain=say("history.cell.pain", before=told[0], after=told[1])
            if pain and told != [none] * 2
            else "",
            effort=str(one.effort) if pain and one.effort is not None else "",
        )

    def _side(self, total: SideTotal) -> str:
        if not total.sets:
            return ""
        minutes, seconds = divmod(round(total.work_ms / 1000), 60)
        time = self._say("history.time", minutes=minutes, seconds=seconds)
        return self._say("history.cell.side", sets=total.sets, time=time)

    def _date(self, day: date, pattern: str) -> str:
        from babel.dates import format_date  # noqa: PLC0415 - slow to import

        return str(format_date(day, pattern, locale=self._say.locale))


def _today(site: Site, access: Access) -> date:
    """Return the day it is where the person is."""
    return site.now().astimezone(ZoneInfo(access.person.zone)).date()


def _month(said: str | None, today: date) -> tuple[date, date]:
    """Return the first and the last day of a month: "2026-11", or this one. BadRequest if it is none."""
    first = _day(f"{said}-01", today) if said else today.replace(day=1)
    if first > today:
        raise BadRequest
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def _day(said: str | None, usual: date) -> date:
    if not said:
        return usual
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise BadRequest from None
    if not date(2000, 1, 1) <= day <= date(2200, 1, 1):
        raise BadRequest
    return day


def _other(day: date) -> str:
    return f"{day:%Y-%m}"
