"""A person's week as a form: everything is kept or nothing, and faults stand where they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from skill.care.records import ConsentKind, Role
from skill.web.week_pages import week_pages
from tests.skill.web.home import Home, csrf_in, open_home, text_of

SLOT = {
    "slot-0": "",
    "slot-0-time": "09:00",
    "slot-0-how": "days",
    "slot-0-day": ["mon", "thu"],
    "slot-0-routine": "knee-short",
    "slot-0-device": "pc",
}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path) as home:
        home.app.register_blueprint(week_pages(home.site))
        yield home


def editor(home: Home, *kinds: ConsentKind) -> FlaskClient:
    who = home.caregiver("May", Role.EDIT)
    home.allow(who, *kinds)
    return home.browser(who)


def save(browser: FlaskClient, home: Home, **more: Any) -> Any:
    path = f"/people/{home.person.id}/week"
    csrf = csrf_in(browser.get(path).text)
    return browser.post(path, data={"csrf": csrf, "zone": "Europe/Berlin", "at_most": "1", **more})


def test_a_time_is_added_and_what_comes_next_is_shown(home: Home) -> None:
    browser = editor(home, ConsentKind.START)

    assert save(browser, home, **SLOT).status_code == 303

    said = text_of(browser.get(f"/people/{home.person.id}/week"))
    assert "The week is carried out." in said
    assert "Thu 26 Nov, 09:00: Short knee routine" in said
    assert "Version 1" in said
    version = home.house.care.week(home.person.id)
    assert version is not None
    assert version.document["slots"][0]["days"] == ["mon", "thu"]


def test_every_other_day_quiet_hours_and_holidays_are_kept(home: Home) -> None:
    browser = editor(home, ConsentKind.START)

    save(
        browser,
        home,
        **(SLOT | {"slot-0-how": "every-other", "slot-0-from": "2026-11-24"}),
        **{"quiet-0": "yes", "quiet-0-from": "21:00", "quiet-0-to": "08:00"},
        **{"holiday-0": "yes", "holiday-0-from": "2026-12-24", "holiday-0-to": "2026-12-26"},
    )

    version = home.house.care.week(home.person.id)
    assert version is not None
    assert version.document["slots"][0]["every_other_day_from"] == "2026-11-24"
    assert version.document["quiet"] == [{"from": "21:00", "to": "08:00"}]
    assert version.document["holidays"] == [{"from": "2026-12-24", "to": "2026-12-26"}]


def test_a_fault_stands_at_its_time_what_was_written_stays_and_nothing_is_kept(home: Home) -> None:
    browser = editor(home, ConsentKind.START)

    answer = save(browser, home, **(SLOT | {"slot-0-day": []}))

    assert answer.status_code == 400
    assert 'id="slot-0-faults"' in answer.text
    assert 'value="09:00"' in answer.text
    assert home.house.care.week(home.person.id) is None


def test_a_time_that_is_ticked_to_go_is_taken_out(home: Home) -> None:
    browser = editor(home, ConsentKind.START)
    save(browser, home, **SLOT)
    version = home.house.care.week(home.person.id)
    assert version is not None

    save(browser, home, **(SLOT | {"slot-0": version.document["slots"][0]["id"], "slot-0-out": "yes"}))

    latest = home.house.care.week(home.person.id)
    assert latest is not None
    assert latest.document["slots"] == []


def test_without_the_persons_consent_there_is_no_week_to_change(home: Home) -> None:
    assert editor(home).get(f"/people/{home.person.id}/week").status_code == 403


@pytest.mark.parametrize(
    "odd",
    [
        {"slot-0-device": "nobody's"},
        {"slot-0-routine": "../x"},
        {"zone": "Moon/Sea"},
        {"at_most": "99"},
        {"slot-0-time": "25:99"},
    ],
)
def test_what_is_not_possible_is_said_in_words(home: Home, odd: dict[str, Any]) -> None:
    answer = save(editor(home, ConsentKind.START), home, **(SLOT | odd))

    assert answer.status_code == 400
    assert home.house.care.week(home.person.id) is None
