"""`steady plan` and `steady history`."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from routines.model import Side
from routines.own_dose import OwnDose
from routines.plan import SPANS, FirstSide, Level, Plan
from skill.ports import ME
from skill.records import EventKind, Question, exercises_data
from skill.store import open_store
from tests.skill import happenings
from tests.skill.command_line import Home

THEN = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def kept_plan(home: Home) -> Plan:
    store = open_store(home.database)
    try:
        return store.plan(ME)
    finally:
        store.close()


def did_something(home: Home) -> None:
    """Keep one session with one set on each side."""
    store = open_store(home.database)
    about = exercises_data([("adductor-stretch", 2)])
    store.begin("s1", ME, "knee", Plan(), "pc", THEN, {}, about)
    events = [
        happenings.block_done(THEN, "adductor-stretch", 1, Side.LEFT, 20_000),
        happenings.block_done(THEN, "adductor-stretch", 1, Side.RIGHT, 20_000),
        happenings.answered(THEN, Question.PAIN_BEFORE, 2),
        happenings.answered(THEN, Question.PAIN_AFTER, 3),
        happenings.plain(THEN, EventKind.DONE),
    ]
    store.record("s1", events, {}, THEN)
    store.close()


def test_plan_shows_every_choice_with_its_limits(home: Home) -> None:
    out = home.steady("plan").out

    assert all(f"(possible: {span}" in out for span in SPANS.values())
    assert "level: standard   (possible: easy, standard, full)" in out


def test_what_is_set_is_kept(home: Home) -> None:
    ran = home.steady("plan", "--level", "easy", "--hold", "25", "--pace", "125", "--wait")

    assert ran.code == 0
    assert ran.out.startswith("Kept. It takes effect at the next start.")
    assert kept_plan(home) == Plan(level=Level.EASY, hold_s=25, pace_percent=125, wait=True)


@pytest.mark.parametrize("side", FirstSide)
def test_the_side_to_begin_with_is_kept_and_shown(home: Home, side: FirstSide) -> None:
    assert home.steady("plan", "--first-side", side.value).code == 0

    assert kept_plan(home) == Plan(first_side=side)
    assert f"first-side: {side}   (possible: left, right, ask)" in home.steady("plan").out
    assert home.steady("plan", "--json").data["first_side"] == {
        "value": side.value,
        "allowed": ["left", "right", "ask"],
    }


def test_a_level_takes_its_own_hold_length_unless_one_is_named(home: Home) -> None:
    home.steady("plan", "--hold", "30")
    home.steady("plan", "--level", "easy")

    assert kept_plan(home) == Plan(level=Level.EASY)


def test_the_hold_length_can_be_given_back_to_the_level(home: Home) -> None:
    home.steady("plan", "--hold", "30")
    home.steady("plan", "--hold", "level")

    assert kept_plan(home) == Plan()


def test_barriers_add_up_and_go_one_by_one(home: Home) -> None:
    home.steady("plan", "--cannot", "kneel", "--cannot", "lie")
    home.steady("plan", "--cannot", "cycle", "--can", "lie")

    assert kept_plan(home).without == {"kneel", "cycle"}


def test_reset_goes_back_to_the_beginning_and_then_takes_what_is_given(home: Home) -> None:
    home.steady("plan", "--level", "full", "--rest", "60")
    home.steady("plan", "--reset", "--rest", "45")

    assert kept_plan(home) == Plan(rest_s=45)


def test_a_choice_out_of_range_changes_nothing(home: Home) -> None:
    home.steady("plan", "--rest", "60")
    ran = home.steady("plan", "--level", "easy", "--time-left", "5")

    assert ran.code == 3
    assert ran.err == "time-left: 5 is not possible.\nIt can be: 15-120.\n"
    assert kept_plan(home) == Plan(rest_s=60)


def test_a_pain_limit_is_said_to_be_a_professionals(home: Home) -> None:
    assert home.steady("plan", "--pain-limit", "3").out.endswith("ask yours before you change them.\n")


def test_plan_as_json_has_values_and_limits(home: Home) -> None:
    data = home.steady("plan", "--json").data

    assert data["pace_percent"] == {"value": 100, "allowed": [50, 1000]}
    assert data["level"] == {"value": "standard", "allowed": ["easy", "standard", "full"]}


def test_numbers_for_one_exercise_are_kept_changed_and_taken_back(home: Home) -> None:
    home.steady("plan", "--dose", "inner-thigh-squeeze:sets=2,reps=10", "--dose", "wall-slides:reps=12")
    out = home.steady("plan", "--dose", "inner-thigh-squeeze:sets=3").out
    both = kept_plan(home).doses
    home.steady("plan", "--dose", "inner-thigh-squeeze:level")

    assert "dose: inner-thigh-squeeze:reps=10,sets=3 and wall-slides:reps=12" in out
    assert both == {"inner-thigh-squeeze": OwnDose(sets=3, reps=10), "wall-slides": OwnDose(reps=12)}
    assert kept_plan(home).doses == {"wall-slides": OwnDose(reps=12)}
    assert home.steady("plan", "--json").data["doses"]["value"] == {"wall-slides": {"reps": 12}}


@pytest.mark.parametrize(
    ("given", "field", "allowed"),
    [
        ("wall-slides:reps=8", "wall-slides reps", "10-15"),
        ("wall-slides:hold=20", "wall-slides hold", "reps, sets"),
        ("hopping:reps=8", "dose", "adductor-stretch"),
        ("wall-slides", "dose", "EXERCISE:NAME=NUMBER"),
        ("wall-slides:reps=many", "dose", "EXERCISE:NAME=NUMBER"),
    ],
)
def test_numbers_outside_a_routine_are_refused_with_its_limits(
    home: Home, given: str, field: str, allowed: str
) -> None:
    ran = home.steady("plan", "--dose", given)

    assert ran.code == 3
    assert ran.err.startswith(f"{field}: ")
    assert f"It can be: {allowed}" in ran.err
    assert kept_plan(home).doses == {}


def test_an_empty_history_says_so(home: Home) -> None:
    ran = home.steady("history")

    assert (ran.code, ran.out) == (0, "Nothing here yet. Your first session will be.\n")


def test_history_tells_sessions_pain_and_sums(home: Home) -> None:
    did_something(home)
    out = home.steady("history").out

    assert "Mar 14, 2026: Knee routine." in out
    assert "Pain before: 2 of 10. Pain after: 3 of 10." in out
    assert "  after  ###....... 3" in out
    assert "Sitting adductor stretch: left 1 set, 0:20 and right 1 set, 0:20, in 1 session." in out


def test_history_goes_to_a_spreadsheet(home: Home) -> None:
    did_something(home)
    (row,) = csv.DictReader(io.StringIO(home.steady("history", "--csv").out))

    assert (row["day"], row["left_sets"], row["right_work_ms"]) == ("2026-03-14", "1", "20000")


def test_history_since_a_day_leaves_out_what_was_before(home: Home) -> None:
    did_something(home)

    assert len(home.steady("history", "--json", "--since", "2026-03-13").data["sessions"]) == 1
    assert home.steady("history", "--json", "--since", "2026-03-16").data["sessions"] == []


def test_what_is_no_day_is_not_understood(home: Home) -> None:
    ran = home.steady("history", "--since", "yesterday")

    assert ran.code == 3
    assert "'yesterday' is not a day." in ran.err


def test_nothing_is_forgotten_without_being_sure(home: Home) -> None:
    did_something(home)
    ran = home.process("history", "--forget")

    assert ran.code == 3
    assert "add --yes" in ran.err
    assert home.steady("history", "--json").data["sessions"] != []


def test_everything_can_be_forgotten(home: Home) -> None:
    did_something(home)
    home.steady("plan", "--level", "easy")
    ran = home.steady("history", "--forget", "--yes")

    assert ran.code == 0
    assert home.steady("history", "--json").data["sessions"] == []
    assert kept_plan(home) == Plan()


@pytest.mark.parametrize("command", [("history",), ("plan", "--level", "easy")])
def test_a_damaged_store_is_told_and_left_as_it_is(home: Home, command: tuple[str, ...]) -> None:
    home.database.parent.mkdir()
    home.database.write_bytes(b"no database" * 1000)
    ran = home.steady(*command)

    assert (ran.code, ran.out) == (4, "")
    assert str(home.database) in ran.err
    assert home.database.read_bytes() == b"no database" * 1000
