from __future__ import annotations

from dataclasses import replace

import pytest

from routines.model import Side
from skill.terminal.view import View, ViewState, clock, labels, pace_words
from tests.skill.golden import PAUSED, PHRASES, WORKING


def test_side_set_and_exercise_are_said_in_words() -> None:
    words = labels(WORKING, PHRASES)

    assert (words.exercise, *words.where) == ("Exercise 5 of 6", "Left side", "Set 2 of 3")
    assert labels(replace(WORKING, side=Side.RIGHT), PHRASES).side == "Right side"


def test_what_there_is_only_one_of_is_not_counted() -> None:
    assert labels(replace(WORKING, set_no=1, sets=1), PHRASES).set == ""


def test_an_empty_view_has_a_state_and_nothing_else_to_say() -> None:
    words = labels(View(state=ViewState.DONE), PHRASES)

    assert words.state == "Done"
    assert not any((words.exercise, words.where, words.settings, words.next, words.notice))
    assert words.session_time == words.set_time == ""


def test_an_estimated_total_is_called_one() -> None:
    assert labels(WORKING, PHRASES).session_time == "4:10 of about 22:30"
    assert labels(replace(WORKING, total_is_estimate=False), PHRASES).session_time == "4:10 of 22:30"


def test_what_differs_from_the_usual_is_told() -> None:
    assert labels(PAUSED, PHRASES).settings == ("Slower, 1.25x the time", "Sound off", "Listening")
    assert labels(replace(WORKING, gain_percent=150), PHRASES).settings == ("Sound 150 %",)


@pytest.mark.parametrize("state", ViewState)
def test_every_state_has_a_word_of_its_own(state: ViewState) -> None:
    others = {labels(View(state=other), PHRASES).state for other in ViewState if other is not state}

    assert labels(View(state=state), PHRASES).state not in others


@pytest.mark.parametrize(
    ("length_ms", "shown"),
    [
        (0, "0:00"),
        (999, "0:00"),
        (42_000, "0:42"),
        (3_599_999, "59:59"),
        (3_723_000, "1:02:03"),
        (-5, "0:00"),
    ],
)
def test_a_clock_shows_whole_seconds(length_ms: int, shown: str) -> None:
    assert clock(length_ms) == shown


def test_the_usual_pace_is_not_mentioned() -> None:
    assert pace_words(100, PHRASES) == ""
    assert pace_words(50, PHRASES) == "Faster, 0.5x the time"
