"""A person's week on a page: times, quiet hours, holidays, and what comes next. Plain forms, no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any

from flask import Blueprint, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from skill.care.gate import Access
from skill.care.permissions import Action
from skill.care.planning import standing
from skill.care.planning_words import fault_lines, standing_line, weekday
from skill.care.record import week_of
from skill.care.secrets import new_id
from skill.care.week import Weekday, coming
from skill.care.week_document import MAX_AT_MOST, VERSION, WeekFaults
from skill.care.weeks import change_week, week_versions
from skill.web.navigation import Tab
from skill.web.site import Site, back_to, caregiver

Answer = tuple[str, int] | Response

_SHOWN_AHEAD = 6
_DAYS_AHEAD = 28
_VERSIONS = 10
#: A form with more rows than this was not made here.
_MOST_ROWS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One time of the form: as it is kept, or as it was written."""

    name: str  #: of its fields
    id: str
    time: str = ""
    days: tuple[str, ...] = ()
    every_other_from: str = ""
    routine: str = ""
    device: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Quiet hours or holidays of the form."""

    name: str
    start: str = ""
    end: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The whole form, with an empty row at the end of each list."""

    zone: str
    at_most: str
    rows: tuple[Row, ...]
    quiet: tuple[Span, ...]
    holidays: tuple[Span, ...]
    faults: tuple[str, ...] = field(default=())


def week_pages(site: Site) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("week", __name__, url_prefix="/people/<person>/week")
    site.navigation.person.append(
        Tab(endpoint="week.week", label="web-care.nav.week", order=30, needs=Action.EDIT_WEEK)
    )

    @pages.get("")
    def week(person: str) -> Answer:
        access = site.access(person)
        site.demand(Action.EDIT_WEEK, person)
        version = site.house.care.week(person)
        document = version.document if version else {"zone": access.person.zone}
        return _page(site, access, _form(document, {}))

    @pages.post("")
    def save(person: str) -> Answer:
        access = site.access(person)
        site.demand(Action.EDIT_WEEK, person)
        document = _document(request.form)
        try:
            change_week(site.house, caregiver(), person, document, {one.id for one in site.routines()})
        except WeekFaults as found:
            return _page(site, access, _form(document, _by_place(site, found)), status=400)
        return back_to("week.week", said="saved", person=person)

    return pages


def _page(site: Site, access: Access, form: Form, status: int = 200) -> Answer:
    person = access.person.id
    stands = standing(site.house, person)
    return site.page(
        "week.html",
        status,
        access=access,
        form=form,
        stands=standing_line(site.phrases, stands),
        runs=stands.value == "running",
        weekdays=_weekdays(site),
        routines=site.routines(),
        coaches=site.house.coaches(person),
        most=range(1, MAX_AT_MOST + 1),
        ahead=_ahead(site, access),
        versions=[
            (
                one.version,
                site.moments.when(one.at, access.person.zone),
                one.by or site.phrases("web.change.gone"),
                _changed(site, one.changes),
            )
            for one in week_versions(site.house, caregiver(), person)[:_VERSIONS]
        ],
    )


def _weekdays(site: Site) -> list[tuple[str, str]]:
    monday = date(2024, 1, 1)
    return [(str(day), weekday(site.phrases, monday + timedelta(days=n))) for n, day in enumerate(Weekday)]


def _ahead(site: Site, access: Access) -> list[str]:
    """Return the next times, in words."""
    week = week_of(site.house, access.person.id)
    if week is None:
        return []
    now = site.now()
    today = now.astimezone(week.tz).date()
    titles = {one.id: one.title for one in site.routines()}
    times = (one for one in coming(week, today, today + timedelta(days=_DAYS_AHEAD)) if one[2] > now)
    return [
        site.phrases(
            "web-care.week.next",
            when=site.moments.when(at, week.zone),
            routine=titles.get(slot.routine, slot.routine),
        )
        for slot, _, at in islice(times, _SHOWN_AHEAD)
    ]


def _changed(site: Site, changes: tuple[str, ...]) -> str:
    """Return what of a week was changed, in words."""
    parts = dict.fromkeys(one.partition(".")[0] for one in changes)
    return site.phrases.joined(tuple(site.phrases(f"web-care.week.changed.{part}") for part in parts))


# -- the form and the document ---------------------------------------------------------------------


def _document(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the document that a form means; rows that are empty or were taken out are left out."""
    return {
        "v": VERSION,
        "zone": form.get("zone", "").strip(),
        "at_most": int(form["at_most"]) if form.get("at_most", "").isdigit() else 1,
        "slots": [
            _slot(form, name)
            for name in _rows(form, "slot")
            if form.get(f"{name}-time") and f"{name}-out" not in form
        ],
        "quiet": _spans(form, "quiet"),
        "holidays": _spans(form, "holiday"),
    }


def _rows(form: MultiDict[str, str], kind: str) -> list[str]:
    return [f"{kind}-{n}" for n in range(_MOST_ROWS) if f"{kind}-{n}" in form]


def _slot(form: MultiDict[str, str], name: str) -> dict[str, Any]:
    plain: dict[str, Any] = {"id": form.get(name) or _new_slot_id(), "time": form[f"{name}-time"][:5]}
    if form.get(f"{name}-how") == "every-other":
        plain["every_other_day_from"] = form.get(f"{name}-from", "")
    else:
        plain["days"] = form.getlist(f"{name}-day")
    return plain | {"routine": form.get(f"{name}-routine", ""), "device": form.get(f"{name}-device", "")}


def _new_slot_id() -> str:
    return "t" + "".join(one for one in new_id().lower() if one.isalnum())


def _spans(form: MultiDict[str, str], kind: str) -> list[dict[str, str]]:
    return [
        {"from": form.get(f"{name}-from", "")[:10], "to": form.get(f"{name}-to", "")[:10]}
        for name in _rows(form, kind)
        if (form.get(f"{name}-from") or form.get(f"{name}-to")) and f"{name}-out" not in form
    ]


def _by_place(site: Site, found: WeekFaults) -> dict[str, list[str]]:
    """Return what is wrong by the part of the form where it shows: `slots.0`, `quiet.1`; `` for the whole."""
    told: dict[str, list[str]] = {}
    for where, line in fault_lines(site.phrases, found.faults):
        parts = where.split(".")
        place = ".".join(parts[:2]) if parts[0] in ("slots", "quiet", "holidays") and parts[1:] else ""
        told.setdefault(place, []).append(line)
    return told


def _form(document: Mapping[str, Any], faults: Mapping[str, list[str]]) -> Form:
    """Return the form of a document that was kept or sent."""
    slots = document.get("slots", [])
    rows = [
        Row(
            name=f"slot-{n}",
            id=str(plain.get("id", "")),
            time=str(plain.get("time", "")),
            days=tuple(plain.get("days", ())),
            every_other_from=str(plain.get("every_other_day_from", "")),
            routine=str(plain.get("routine", "")),
            device=str(plain.get("device", "")),
            faults=tuple(faults.get(f"slots.{n}", ())),
        )
        for n, plain in enumerate(slots)
    ]
    rows.append(Row(name=f"slot-{len(rows)}", id=""))
    return Form(
        zone=str(document.get("zone", "")),
        at_most=str(document.get("at_most", 1)),
        rows=tuple(rows),
        quiet=_span_rows(document, "quiet", "quiet", faults),
        holidays=_span_rows(document, "holidays", "holiday", faults),
        faults=tuple(faults.get("", ())),
    )


def _span_rows(
    document: Mapping[str, Any], part: str, kind: str, faults: Mapping[str, list[str]]
) -> tuple[Span, ...]:
    rows = [
        Span(
            name=f"{kind}-{n}",
            start=str(plain.get("from", "")),
            end=str(plain.get("to", "")),
            faults=tuple(faults.get(f"{part}.{n}", ())),
        )
        for n, plain in enumerate(document.get(part, []))
    ]
    return (*rows, Span(name=f"{kind}-{len(rows)}"))
