"""Everything about a person as files; pain with consent alone."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from routines.phrases import load_phrases
from routines.plan import Level, Plan
from skill.care.errors import NotAllowedError
from skill.care.export import Format, export
from skill.care.records import ConsentKind, ScheduledRun
from skill.records import Question, StopReason
from tests.skill.care.anna import LONG_AGO, MAY, SAM, Household

SAY = load_phrases()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    home = Household(tmp_path / "history.sqlite3")
    home.plan()
    home.store.save_plan("anna", Plan(level=Level.EASY, pain_limit=3), by="may", at=LONG_AGO)
    home.clock.to("09:00")
    home.do("one", answers=[(Question.PAIN_BEFORE, 2), (Question.PAIN_AFTER, 7), (Question.EFFORT, 6)])
    home.clock.later(days=1)
    home.do("two", sets=1, stop=StopReason.PAIN)
    run = ScheduledRun(
        person="anna", slot="am", day=home.clock().date(), attempt=1, at=home.clock(), outcome="part"
    )
    assert home.store.claim_run(run)
    yield home
    home.store.close()


def given(home: Household, form: Format, *consents: ConsentKind) -> bytes:
    home.allow(SAM, *consents)
    return export(home.house, SAM, "anna", form, SAY).content


BOTH = (ConsentKind.DONE, ConsentKind.PAIN)


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_a_table_has_a_row_for_each_session(home: Household) -> None:
    one, two = table(given(home, Format.CSV, *BOTH))

    assert (one["day"], one["outcome"], one["left_sets"], one["pain_after"]) == (
        "2026-11-23",
        "done",
        "1",
        "7",
    )
    assert (two["day"], two["outcome"], two["right_sets"], two["effort"]) == ("2026-11-24", "pain", "0", "")


def test_without_consent_to_pain_there_are_no_such_columns(home: Household) -> None:
    rows = table(given(home, Format.CSV, ConsentKind.DONE))

    assert [row["outcome"] for row in rows] == ["done", "part"]
    assert {"pain_before", "pain_after", "effort"}.isdisjoint(rows[0])


def test_json_has_everything(home: Household) -> None:
    whole = json.loads(given(home, Format.JSON, *BOTH))

    assert whole["person"] == {"id": "anna", "name": "Anna", "zone": "Europe/Berlin"}
    assert [one["ending"] for one in whole["sessions"]] == ["done", "pain"]
    assert whole["sessions"][0]["sets"][0]["side"] == "left"
    assert whole["week"]["slots"][0]["time"] == "09:00"
    assert [one["outcome"] for one in whole["planned"]] == ["part"]
    assert whole["programme"][0]["by"] == "May"
    assert whole["programme"][0]["plan"] == {"level": "easy", "pain_limit": 3}
    assert whole["regularity"]["total_days"] == 2


def names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for one in value.values() for name in names(one)}
    return {name for one in value for name in names(one)} if isinstance(value, list) else set()


def test_without_consent_to_pain_no_file_says_a_word_of_it(home: Household) -> None:
    content = given(home, Format.JSON, ConsentKind.DONE)

    hidden = {"pain_before", "pain_after", "effort", "ending", "next_day_ok", "pain_limit", "pain_rise"}
    assert hidden.isdisjoint(names(json.loads(content)))
    with zipfile.ZipFile(io.BytesIO(given(home, Format.ZIP))) as archive:
        for name in archive.namelist():
            assert b"pain" not in archive.read(name)


def test_a_calendar_has_what_was_done_and_what_is_planned(home: Household) -> None:
    events = Calendar.from_ical(given(home, Format.ICS, *BOTH)).walk("VEVENT")

    starts = sorted(event.decoded("dtstart") for event in events)
    assert [one.isoformat() for one in starts[:3]] == [
        "2026-11-23T09:00:00+00:00",
        "2026-11-24T09:00:00+00:00",
        "2026-11-25T08:00:00+00:00",
    ]
    assert {str(event["summary"]) for event in events} == {"Exercise time"}


def test_a_zip_has_all_of_it(home: Household) -> None:
    with zipfile.ZipFile(io.BytesIO(given(home, Format.ZIP, *BOTH))) as archive:
        assert archive.namelist() == ["sessions.csv", "sets.csv", "everything.json", "calendar.ics"]
        sets = table(archive.read("sets.csv"))
        alone = given(home, Format.CSV)
        assert archive.read("sessions.csv") == alone

    assert [(one["session"], one["side"]) for one in sets] == [
        ("one", "left"),
        ("one", "right"),
        ("two", "left"),
    ]


@pytest.mark.parametrize("form", Format)
def test_without_consent_nothing_is_given_out(home: Household, form: Format) -> None:
    home.allow(MAY, ConsentKind.START, ConsentKind.PAIN)

    with pytest.raises(NotAllowedError):
        export(home.house, MAY, "anna", form, SAY)


def test_giving_out_is_on_record_and_names_no_person_in_the_files_name(home: Household) -> None:
    home.allow(SAM, ConsentKind.DONE)

    made = export(home.house, SAM, "anna", Format.ZIP, SAY)

    assert (made.name, made.mime) == ("steady-2026-11-24.zip", "application/zip")
    (row,) = home.store.audit(1)
    assert (row.by, row.action, row.subject, dict(row.data)) == ("sam", "exported", "anna", {"format": "zip"})


def test_what_a_spreadsheet_would_take_for_a_formula_is_text(home: Household) -> None:
    home.clock.later(minutes=1)
    home.store.begin("three", "anna", "=1+1", Plan(), "pc", home.clock(), {})

    assert table(given(home, Format.CSV, ConsentKind.DONE))[-1]["routine"] == "'=1+1"
