"""Caregivers change a programme within the routine's limits; who changed what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from routines.load import load_routine
from routines.model import Barrier
from routines.own_dose import OwnDose
from routines.plan import Level, Plan, PlanError
from skill.care.errors import NotAllowedError
from skill.care.programme import PlanChange, change_programme, programme_of, programme_versions
from skill.care.records import ConsentKind
from tests.skill.care.anna import LONG_AGO, MAY, SAM, Household

EXERCISES = load_routine("knee").exercises


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    home = Household(tmp_path / "history.sqlite3")
    home.allow(MAY, ConsentKind.START)
    yield home
    home.store.close()


def test_a_change_holds_from_the_next_start(home: Household) -> None:
    plan = Plan(
        level=Level.EASY,
        rest_s=60,
        without=frozenset({Barrier.KNEEL}),
        doses={"wall-slides": OwnDose(reps=12)},
    )

    after = change_programme(home.house, MAY, "anna", plan, EXERCISES)

    assert after == home.store.plan("anna") == programme_of(home.house, MAY, "anna") == plan


def test_what_is_not_the_programme_stays_as_the_person_has_it(home: Household) -> None:
    home.store.save_plan("anna", Plan(listen=True, pain_limit=3, rate_wpm=130), by="anna", at=LONG_AGO)

    change_programme(home.house, MAY, "anna", Plan(rest_s=60, pain_limit=9), EXERCISES)

    assert home.store.plan("anna") == Plan(listen=True, pain_limit=3, rate_wpm=130, rest_s=60)


def test_an_own_dose_outside_the_routine_is_refused_with_its_limits(home: Household) -> None:
    with pytest.raises(PlanError) as raised:
        change_programme(home.house, MAY, "anna", Plan(doses={"wall-slides": OwnDose(reps=30)}), EXERCISES)

    assert (raised.value.field, raised.value.value, raised.value.allowed) == ("wall-slides reps", 30, "10-15")
    assert home.store.plan_versions("anna") == ()


def test_versions_tell_who_changed_what_from_when(home: Household) -> None:
    home.store.save_plan("anna", Plan(level=Level.FULL), by="me", at=LONG_AGO)
    change_programme(home.house, MAY, "anna", Plan(doses={"wall-slides": OwnDose(reps=12)}), EXERCISES)

    newest, first = programme_versions(home.house, MAY, "anna")

    assert (newest.version, newest.by, newest.at) == (2, "May", home.clock())
    assert newest.changes == (
        PlanChange(field="level", before="full", after="standard"),
        PlanChange(field="doses.wall-slides.reps", before=None, after=12),
    )
    assert (first.by, [one.field for one in first.changes]) == ("", ["level"])


def test_the_same_again_is_no_version_and_no_entry(home: Household) -> None:
    for _ in range(2):
        change_programme(home.house, MAY, "anna", Plan(rest_s=60), EXERCISES)

    assert len(home.store.plan_versions("anna")) == 1
    assert [(row.action, dict(row.data)) for row in home.store.audit(9)] == [
        ("programme.changed", {"fields": ["rest_s"]})
    ]


def test_who_may_only_look_on_can_neither_see_nor_change_it(home: Household) -> None:
    home.allow(SAM, *ConsentKind)

    with pytest.raises(NotAllowedError):
        change_programme(home.house, SAM, "anna", Plan(rest_s=60), EXERCISES)
    with pytest.raises(NotAllowedError):
        programme_versions(home.house, SAM, "anna")
    assert home.store.plan("anna") == Plan()
