"""The calendar feed: the times of a week and no word about health, behind a secret address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from routines.phrases import load_phrases
from skill.care.errors import NotAllowedError
from skill.care.feed import AHEAD, BACK, feed, new_feed
from skill.care.records import ConsentKind, ConsentState, Role
from skill.care.secrets import digest
from tests.skill.care.anna import SAM, Household, slot

SAY = load_phrases()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    home = Household(tmp_path / "history.sqlite3")
    home.allow(SAM, ConsentKind.DONE)
    home.plan()
    yield home
    home.store.close()


def starts(home: Household, secret: str) -> list[datetime]:
    content = feed(home.house, secret, SAY)
    assert content is not None
    return [event.decoded("dtstart") for event in Calendar.from_ical(content).walk("VEVENT")]


def test_a_feed_has_the_times_of_the_week(home: Household) -> None:
    found = starts(home, new_feed(home.house, SAM, "anna"))

    assert len(found) == (BACK + AHEAD).days + 1
    assert {one.astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M") for one in found} == {"09:00"}


def test_a_feed_says_exercise_time_and_no_more(home: Household) -> None:
    content = feed(home.house, new_feed(home.house, SAM, "anna"), SAY)
    assert content is not None
    event = Calendar.from_ical(content).walk("VEVENT")[0]

    assert set(event) == {"UID", "SUMMARY", "DTSTART", "DURATION", "DTSTAMP"}
    assert event["SUMMARY"] == "Exercise time"
    for word in (b"Anna", b"anna", b"knee", b"pain"):
        assert word not in content


def test_a_feed_is_a_calendar_that_others_fetch_again(home: Household) -> None:
    content = feed(home.house, new_feed(home.house, SAM, "anna"), SAY)
    assert content is not None

    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in content
    assert b"\r\nX-WR-CALNAME:Exercise time\r\n" in content


def test_times_are_right_when_the_clocks_change(home: Household) -> None:
    home.clock.at = datetime(2026, 3, 20, tzinfo=UTC)
    home.plan(slot("02:30"))

    by_day = {one.date(): one for one in starts(home, new_feed(home.house, SAM, "anna"))}

    assert by_day[datetime(2026, 3, 28).date()] == datetime(2026, 3, 28, 1, 30, tzinfo=UTC)  # noqa: DTZ001
    assert by_day[datetime(2026, 3, 29).date()] == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # noqa: DTZ001
    assert by_day[datetime(2026, 3, 30).date()] == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)  # noqa: DTZ001


def test_holidays_are_not_in_it(home: Household) -> None:
    home.plan(holidays=[{"from": "2026-11-20", "to": "2026-12-05"}])

    days = {one.date().isoformat() for one in starts(home, new_feed(home.house, SAM, "anna"))}

    assert "2026-11-19" in days
    assert "2026-12-06" in days
    assert not any("2026-11-20" <= day <= "2026-12-05" for day in days)


def test_the_same_week_gives_the_same_calendar(home: Household) -> None:
    secret = new_feed(home.house, SAM, "anna")
    before = feed(home.house, secret, SAY)
    home.clock.later(hours=5)

    assert feed(home.house, secret, SAY) == before


def test_a_secret_that_is_not_known_opens_nothing(home: Household) -> None:
    assert feed(home.house, "guessed", SAY) is None


def test_a_new_address_closes_the_old_one(home: Household) -> None:
    old = new_feed(home.house, SAM, "anna")
    new = new_feed(home.house, SAM, "anna")

    assert feed(home.house, old, SAY) is None
    assert feed(home.house, new, SAY) is not None


def test_only_the_digest_of_a_secret_is_kept(home: Household) -> None:
    secret = new_feed(home.house, SAM, "anna")

    assert home.store.feed_of(digest(secret)) == ("anna", "sam")
    assert home.store.feed_of(secret) is None


def test_who_may_neither_start_nor_see_gets_none(home: Household) -> None:
    home.allow(SAM, ConsentKind.DONE, state=ConsentState.WITHDRAWN)

    with pytest.raises(NotAllowedError):
        new_feed(home.house, SAM, "anna")


@pytest.mark.parametrize("how", ["consent", "role", "caregiver"])
def test_what_is_taken_back_closes_the_feed(home: Household, how: str) -> None:
    secret = new_feed(home.house, SAM, "anna")
    if how == "consent":
        home.allow(SAM, ConsentKind.DONE, state=ConsentState.WITHDRAWN)
    elif how == "role":
        home.store.set_grant("sam", "anna", None)
    else:
        home.store.remove_caregiver("sam", home.clock())

    assert feed(home.house, secret, SAY) is None


def test_who_may_start_but_not_see_has_the_times_too(home: Household) -> None:
    home.allow(SAM, ConsentKind.DONE, state=ConsentState.WITHDRAWN)
    home.allow(SAM, ConsentKind.START)
    home.store.set_grant("sam", "anna", Role.START)

    assert starts(home, new_feed(home.house, SAM, "anna"))


def test_without_a_week_a_feed_is_empty(home: Household) -> None:
    home.store.save_week("anna", {"v": 1, "zone": "UTC"}, "may", home.clock() + timedelta(hours=1))

    assert starts(home, new_feed(home.house, SAM, "anna")) == []
