"""A person's programme as a form, inside what the routines allow, with who changed what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from routines.load import load_routine
from routines.plan import FirstSide, Level, Plan
from skill.care.records import ConsentKind, Role
from skill.web.programme_pages import programme_pages
from tests.skill.web.home import Home, csrf_in, open_home, text_of

EXERCISES = load_routine("knee").exercises
TITLES = {one.id: one.title for one in EXERCISES}
USUAL = {"level": "standard", "hold_s": "", "pace_percent": "100", "rest_s": "30"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path) as home:
        home.app.register_blueprint(programme_pages(home.site, lambda: EXERCISES, lambda: TITLES))
        yield home


def editor(home: Home) -> FlaskClient:
    who = home.caregiver("May", Role.EDIT)
    home.allow(who, ConsentKind.START)
    return home.browser(who)


def save(browser: FlaskClient, home: Home, **more: Any) -> Any:
    path = f"/people/{home.person.id}/programme"
    csrf = csrf_in(browser.get(path).text)
    return browser.post(path, data={"csrf": csrf} | USUAL | more)


def plan(home: Home) -> Plan:
    return home.house.history.plan(home.person.id)


def test_level_pace_rest_and_alternatives_are_kept_with_who_changed_them(home: Home) -> None:
    browser = editor(home)

    save(browser, home, level="easy", pace_percent="125", without=["kneel"])

    assert (plan(home).level, plan(home).pace_percent) == (Level.EASY, 125)
    said = text_of(browser.get(f"/people/{home.person.id}/programme"))
    assert "by May" in said
    assert "Pace in percent: 100, now 125" in said


def test_the_side_to_begin_with_is_chosen_and_stays_where_a_form_does_not_say_it(home: Home) -> None:
    browser = editor(home)

    save(browser, home, first_side="ask")
    save(browser, home, rest_s="60")

    assert (plan(home).first_side, plan(home).rest_s) == (FirstSide.ASK, 60)
    page = browser.get(f"/people/{home.person.id}/programme")
    assert 'name="first_side" value="ask" checked' in page.text
    assert "Side to begin with: Left, now As the person likes" in text_of(page)


def test_one_exercise_can_have_its_own_numbers(home: Home) -> None:
    browser = editor(home)

    save(browser, home, **{"own-inner-thigh-squeeze-sets": "2"})

    assert plan(home).doses["inner-thigh-squeeze"].sets == 2
    assert "inner-thigh squeeze: Sets" in text_of(browser.get(f"/people/{home.person.id}/programme"))


def test_a_number_that_is_left_empty_is_the_levels_again(home: Home) -> None:
    browser = editor(home)
    save(browser, home, **{"own-inner-thigh-squeeze-sets": "2"})

    save(browser, home, **{"own-inner-thigh-squeeze-sets": ""})

    assert "inner-thigh-squeeze" not in plan(home).doses


@pytest.mark.parametrize(
    "odd",
    [
        {"own-inner-thigh-squeeze-sets": "9"},
        {"own-inner-thigh-squeeze-sets": "two"},
        {"pace_percent": "5"},
        {"rest_s": ""},
        {"level": "heroic"},
        {"first_side": "both"},
        {"without": ["thinking"]},
    ],
)
def test_what_no_routine_allows_is_refused_with_its_limits_and_nothing_is_kept(
    home: Home, odd: dict[str, Any]
) -> None:
    answer = save(editor(home), home, **odd)

    assert answer.status_code == 400
    assert "Nothing was saved." in text_of(answer)
    assert plan(home) == Plan()


def test_whoever_may_only_start_does_not_see_the_programme(home: Home) -> None:
    who = home.caregiver("Sam", Role.START)
    home.allow(who, ConsentKind.START)

    assert home.browser(who).get(f"/people/{home.person.id}/programme").status_code == 403
