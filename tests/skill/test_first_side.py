"""`steady start` and `steady show` begin with the side that is chosen for today, or by the plan."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routines.plan import FirstSide
from routines.session import Session
from skill.ports import ME
from skill.store import open_store
from tests.skill.command_line import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def begun(home: Home, *args: str) -> Session:
    """Begin the knee routine where nobody can be asked, break it off, and return what was kept."""
    coach = home.start("start", "knee", "--mute", "--plain", *args)
    assert coach.stdout is not None
    while line := coach.stdout.readline():
        if b"Welcome" in line:
            break
    coach.send_signal(signal.SIGINT)
    coach.communicate(timeout=60)
    store = open_store(home.database)
    found = store.interrupted(ME, datetime.now(UTC), timedelta(hours=1))
    store.close()
    assert found is not None
    return Session.from_dict(found.snapshot)


def test_a_side_can_be_chosen_for_today_only(home: Home) -> None:
    assert begun(home, "--yes", "--first-side", "right").plan.first_side is FirstSide.RIGHT
    assert "first-side: left " in home.steady("plan").out


def test_where_nobody_can_be_asked_it_begins_with_the_left(home: Home) -> None:
    home.steady("plan", "--first-side", "ask")

    assert begun(home).plan.first_side.order == FirstSide.LEFT.order


def test_a_plan_that_asks_is_no_choice_for_what_is_begun_at_once(home: Home) -> None:
    assert home.steady("start", "--first-side", "ask").code == 2
    assert home.steady("show", "--first-side", "ask").code == 2


def sides_shown(home: Home, *args: str) -> list[str]:
    blocks = home.steady("show", "knee", "--estimate", "--json", *args).data["blocks"]
    return [block["id"].split("/")[-1] for block in blocks if block["side"] and block["id"].count("/") == 2]


@pytest.mark.parametrize(
    ("given", "order"), [([], ["left", "right"]), (["--first-side", "right"], ["right", "left"])]
)
def test_a_session_to_read_has_the_same_order(home: Home, given: list[str], order: list[str]) -> None:
    sides = sides_shown(home, *given)

    assert sides
    assert sides == order * (len(sides) // 2)
