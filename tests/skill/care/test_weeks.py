"""Caregivers change a week; who changed what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skill.care.errors import NotAllowedError
from skill.care.records import ConsentKind
from skill.care.week import Week
from skill.care.week_document import WeekFaults
from skill.care.weeks import change_week, week_to_edit, week_versions
from tests.skill.care.anna import MAY, SAM, Household, slot

ROUTINES = ("knee", "knee-short")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    home = Household(tmp_path / "history.sqlite3")
    home.allow(MAY, ConsentKind.START)
    yield home
    home.store.close()


def week(*slots: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"v": 1, "zone": "Europe/Berlin", "slots": list(slots), **more}


def test_a_person_without_a_week_has_an_empty_one_in_their_zone(home: Household) -> None:
    assert week_to_edit(home.house, MAY, "anna") == Week(zone="Europe/Berlin")


def test_a_week_that_was_saved_is_there_again(home: Household) -> None:
    saved = change_week(home.house, MAY, "anna", week(slot()), ROUTINES)

    assert week_to_edit(home.house, MAY, "anna") == saved


def test_every_fault_is_told_and_nothing_is_half_saved(home: Household) -> None:
    wrong = slot() | {"routine": "gone", "device": "toaster"}

    with pytest.raises(WeekFaults) as raised:
        change_week(home.house, MAY, "anna", week(wrong), ROUTINES)

    told = [(fault.code.value, fault.where, fault.value) for fault in raised.value.faults]
    assert told == [
        ("no-routine", "slots.0.routine", "gone"),
        ("no-device", "slots.0.device", "toaster"),
    ]
    assert home.store.week("anna") is None


def test_versions_tell_who_changed_what_from_when(home: Household) -> None:
    change_week(home.house, MAY, "anna", week(slot(), slot("17:00", "pm"), at_most=2), ROUTINES)
    home.clock.later(hours=1)
    holidays = [{"from": "2026-12-24", "to": "2026-12-26"}]
    changed = week(slot("09:30"), slot("17:00", "pm"), at_most=2, holidays=holidays)
    for _ in range(2):
        change_week(home.house, MAY, "anna", changed, ROUTINES)

    newest, first = week_versions(home.house, MAY, "anna")

    assert (newest.version, newest.by, newest.at) == (2, "May", home.clock())
    assert newest.changes == ("holidays", "slots.am")
    assert first.changes == ("zone", "at_most", "slots.am", "slots.pm")
    assert [row.action for row in home.store.audit(9)] == ["week.changed", "week.changed"]


def test_without_role_and_consent_a_week_is_neither_seen_nor_changed(home: Household) -> None:
    home.allow(SAM, *ConsentKind)

    with pytest.raises(NotAllowedError):
        change_week(home.house, SAM, "anna", week(slot()), ROUTINES)
    with pytest.raises(NotAllowedError):
        week_to_edit(home.house, SAM, "anna")
    with pytest.raises(NotAllowedError):
        week_versions(home.house, SAM, "anna")
