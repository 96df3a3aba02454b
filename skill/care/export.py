"""Everything about a person that a caregiver may know, as files: CSV, JSON, a calendar, or all in one zip."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from routines.phrases import Phrases
from routines.progress import Session, regularity, summary, totals
from skill.care.feed import Entry, calendar, week_entries
from skill.care.gate import Gate
from skill.care.permissions import Action
from skill.care.record import Record, record_of
from skill.care.records import Caregiver
from skill.care.week_document import week_document
from skill.records import SessionRecord

#: The version of the JSON.
FORMAT = 1
#: What of a plan is about pain.
_ABOUT_PAIN = frozenset({"pain_limit", "pain_rise"})
_NAMESPACE = UUID("c1b7a7f2-94f1-4d58-9d5a-02c4f54b9f3e")
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the same content is the same zip


class Format(StrEnum):
    """A form in which a record is given out; also the ending of the file's name."""

    CSV = "csv"  #: one row for each session
    JSON = "json"  #: everything
    ICS = "ics"  #: what was done and what is planned, as a calendar without a word about health
    ZIP = "zip"  #: all of these, and one row for each set


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that is given out."""

    name: str
    mime: str
    content: bytes


_MIME = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
    Format.ICS: "text/calendar; charset=utf-8",
    Format.ZIP: "application/zip",
}


def export(gate: Gate, who: Caregiver, person: str, form: Format, say: Phrases) -> Export:
    """Return everything about a person that a caregiver may know. NotAllowedError without `EXPORT`.

    What is about pain is there with consent alone: without it there are no such columns or names.
    """
    record = record_of(gate, who, person, action=Action.EXPORT)
    match form:
        case Format.CSV:
            content = sessions_csv(record).encode()
        case Format.JSON:
            content = _json(gate, record)
        case Format.ICS:
            content = _ics(gate, record, say)
        case Format.ZIP:
            content = _zip(
                {
                    "sessions.csv": sessions_csv(record).encode(),
                    "sets.csv": sets_csv(record).encode(),
                    "everything.json": _json(gate, record),
                    "calendar.ics": _ics(gate, record, say),
                }
            )
    gate.note_change(who.id, "exported", person, {"format": form.value})
    name = f"steady-{record.today.isoformat()}.{form}"  # no person's name: files lie about
    return Export(name=name, mime=_MIME[form], content=content)


# -- tables

_COLUMNS = ("session", "day", "routine", "outcome", "exercises_done", "exercises_total")
_SIDES = ("left", "right", "both")
_SIDE_COLUMNS = tuple(f"{side}_{what}" for side in _SIDES for what in ("sets", "work_ms"))
_PAIN_COLUMNS = ("pain_before", "pain_after", "effort")
_SET_COLUMNS = ("session", "day", "exercise", "set", "side", "work_ms")


def sessions_csv(record: Record) -> str:
    """Return one row for each session, with a header; times of work in milliseconds."""
    return _csv(
        (*_COLUMNS, *_SIDE_COLUMNS, *(_PAIN_COLUMNS if record.pain else ())),
        (_session_row(one) for one in record.sessions),
    )


def _session_row(session: Session) -> dict[str, Any]:
    told = summary(session)
    row = {name: getattr(told, name) for name in (*_COLUMNS, *_PAIN_COLUMNS)}
    for side in _SIDES:
        total = getattr(told.sides, side)
        row |= {f"{side}_sets": total.sets, f"{side}_work_ms": total.work_ms}
    return row


def sets_csv(record: Record) -> str:
    """Return one row for each set that was done, with a header; the side is empty for both legs together."""
    return _csv(
        _SET_COLUMNS,
        (
            {**asdict(one), "session": session.id, "day": session.day}
            for session in record.sessions
            for one in session.sets
        ),
    )


def _csv(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _safe(value: Any) -> Any:
    # A spreadsheet takes what begins so for a formula.
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


# -- JSON


def _json(gate: Gate, record: Record) -> bytes:
    whole = {
        "format": FORMAT,
        "at": gate.now().isoformat(),
        "person": asdict(record.person),
        "sessions": [_session_data(one, record.pain) for one in record.sessions],
        "exercises": [asdict(one) for one in totals(record.sessions)],
        "regularity": asdict(regularity(record.sessions, record.today)),
        "week": None if record.week is None else week_document(record.week),
        "planned": [
            {"slot": run.slot, "day": run.day, "attempt": run.attempt, "at": run.at, "outcome": run.outcome}
            for run in record.runs
        ],
        "programme": _programme(gate, record),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False, default=_plain).encode()


def _session_data(session: Session, pain: bool) -> dict[str, Any]:
    data = asdict(session) | {"outcome": summary(session).outcome}
    if not pain:
        for name in (*_PAIN_COLUMNS, "next_day_ok", "ending"):
            del data[name]
    return data


def _programme(gate: Gate, record: Record) -> list[dict[str, Any]]:
    hidden = frozenset() if record.pain else _ABOUT_PAIN
    names = {one.id: one.name for one in gate.care.caregivers()}
    return [
        {
            "version": one.version,
            "at": one.at,
            "by": names.get(one.by, ""),
            "plan": {name: value for name, value in one.plan.to_dict().items() if name not in hidden},
        }
        for one in gate.history.plan_versions(record.person.id)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(type(value).__name__)


# -- calendar and zip


def _ics(gate: Gate, record: Record, say: Phrases) -> bytes:
    now = gate.now()
    done = [_entry(one) for one in gate.history.history(record.person.id)]
    planned = week_entries(record.week, record.person.id, now, now) if record.week is not None else ()
    return calendar((*done, *(one for one in planned if one.start > now)), say)


def _entry(record: SessionRecord) -> Entry:
    end = record.ended_at or (record.events[-1].at if record.events else record.at)
    return Entry(
        uid=uuid5(_NAMESPACE, record.session_id).hex,
        start=record.at,
        length=max(end - record.at, timedelta(minutes=1)),
        changed=end,
    )


def _zip(files: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_TIME), content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()
