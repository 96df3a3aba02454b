"""What caregivers are told of a view: the same on a tablet as at the PC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from routines.model import Side
from skill.care.live_state import LiveState, Phase
from skill.live_told import told_of
from skill.terminal.view import View, ViewState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WORKING = View(
    state=ViewState.WORKING,
    routine="Knee routine",
    title="Wall slides",
    exercise_no=3,
    exercises=6,
    set_no=2,
    sets=3,
    side=Side.LEFT,
    elapsed_ms=300_000,
    total_ms=900_000,
)


def test_where_a_session_stands_is_told() -> None:
    assert told_of(WORKING, LiveState(), NOW) == LiveState(
        phase=Phase.WORKING,
        since=NOW,
        routine_title="Knee routine",
        exercise_title="Wall slides",
        exercise_no=3,
        exercises=6,
        set_no=2,
        sets=3,
        side="left",
        progress_ms=300_000,
        total_ms=900_000,
    )


@pytest.mark.parametrize("state", ViewState)
def test_everything_that_can_be_seen_can_be_told(state: ViewState) -> None:
    assert told_of(View(state=state), LiveState(), NOW).phase.value == state.value


def test_what_no_view_knows_stays_as_it_was() -> None:
    before = LiveState(command="c1", asked_by="Hanna", routine="knee", routine_title="Knee", reason="pain")

    told = told_of(View(state=ViewState.STOPPED), before, NOW)

    assert (told.command, told.asked_by, told.routine) == ("c1", "Hanna", "knee")
    assert (told.routine_title, told.reason) == ("Knee", "pain")


def test_since_when_is_kept_until_something_else_goes_on() -> None:
    later = NOW + timedelta(minutes=2)
    paused = told_of(View(state=ViewState.PAUSED), LiveState(), NOW)

    still = told_of(View(state=ViewState.PAUSED, set_no=2), paused, later)
    working = told_of(WORKING, still, later)

    assert (still.since, working.since) == (NOW, later)
