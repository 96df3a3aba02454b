from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from rich.console import Console

from routines.model import Side
from routines.phrases import load_phrases
from routines.progress import Ending, Outcome, Session, SetDone, Why, summary
from skill.history_view import HistoryView, to_csv, to_json

VIEW = HistoryView(load_phrases(), {"knee": "Knee routine", "stretch": "sitting adductor stretch"})
TODAY = date(2026, 11, 22)

FIRST = Session(
    id="s1",
    day=date(2026, 11, 18),
    routine="knee",
    exercises=(("stretch", 2), ("slides", 1)),
    sets=(
        SetDone(exercise="stretch", set=1, side=Side.LEFT, work_ms=65_000),
        SetDone(exercise="stretch", set=1, side=Side.RIGHT, work_ms=65_000),
        SetDone(exercise="slides", set=1, side=None, work_ms=600_000),
    ),
    ending=Ending.DONE,
    pain_before=2,
    pain_after=3,
    effort=4,
)
SECOND = replace(
    FIRST,
    id="s2",
    day=TODAY,
    sets=FIRST.sets[:1],
    ending=Ending.PAIN,
    pain_before=3,
    pain_after=None,
    effort=None,
)
SESSIONS = (FIRST, SECOND)
SUMMARIES = [summary(session) for session in SESSIONS]


def printed(*sessions: Session, width: int = 80) -> str:
    """Return the table as it is printed, without spaces at the ends of lines."""
    console = Console(width=width, file=io.StringIO(), record=True, color_system=None)
    console.print(VIEW.table([summary(session) for session in sessions]))
    return "\n".join(line.rstrip() for line in console.export_text().rstrip().splitlines())


def test_the_table_fits_a_usual_terminal() -> None:
    assert printed(*SESSIONS) == (
        "Day     Routine     Done          Left      Right     Both       Pain    Effort\n"
        "────────────────────────────────────────────────────────────────────────────────\n"
        "Nov 18  Knee        all 2         1 (1:05)  1 (1:05)  1 (10:00)  2 to 3  4\n"
        "        routine\n"
        "Nov 22  Knee        pain, 0 of 2  1 (1:05)  -         -          3 to -  -\n"
        "        routine\n"
        "  Left, right and both: sets (minutes of work). Pain and effort: from 0 to 10."
    )


def test_columns_in_which_nothing_was_told_are_left_out() -> None:
    quiet = replace(FIRST, pain_before=None, pain_after=None, effort=None, sets=FIRST.sets[:2])

    assert printed(quiet).splitlines()[0].split() == ["Day", "Routine", "Done", "Left", "Right"]


def test_a_day_of_another_year_names_its_year() -> None:
    assert "Dec 31, 2025" in printed(replace(FIRST, day=date(2025, 12, 31)), SECOND)


def test_an_empty_table_is_no_error() -> None:
    assert "Nov" not in printed()


def test_lines_say_the_same_in_sentences() -> None:
    assert VIEW.lines(SUMMARIES) == (
        "Nov 18, 2026: Knee routine. All done. 2 of 2 exercises. "
        "Work: left 1 set, 1:05, right 1 set, 1:05 and both legs 1 set, 10:00. "
        "Pain before: 2 of 10. Pain after: 3 of 10. Effort: 4 of 10.\n"
        "Nov 22, 2026: Knee routine. Stopped for pain. 0 of 2 exercises. "
        "Work: left 1 set, 1:05. Pain before: 3 of 10."
    )


def test_the_overview_tells_streak_week_and_each_exercise() -> None:
    assert VIEW.overview((*SESSIONS, replace(FIRST, id="s3", day=TODAY - timedelta(days=2))), TODAY) == (
        "3 days of exercise in this run. Every other day keeps it going.\n"
        "This week: 3 days.\n"
        "sitting adductor stretch: left 3 sets, 3:15 and right 2 sets, 2:10, in 3 sessions.\n"
        "slides: both legs 2 sets, 20:00, in 2 sessions."
    )


def test_a_broken_streak_is_told_without_blame() -> None:
    told = VIEW.overview([FIRST], TODAY + timedelta(days=9)).splitlines()[0]

    assert told == "Your next session starts a new run. All that you have done still counts."


def test_no_sessions_say_that_there_is_nothing_yet() -> None:
    assert VIEW.overview((), TODAY) == "Nothing here yet. Your first session will be."
    assert VIEW.lines(()) == ""


def test_the_plot_draws_each_number_at_its_height() -> None:
    same = replace(SUMMARIES[0], pain_before=5, pain_after=5)
    lines = VIEW.plot([SUMMARIES[0], SUMMARIES[1], same], 60).splitlines()

    assert max(map(len, lines)) <= 60
    rows = lines[2:13]  # 10 down to 0
    marks = {10 - n: "".join(c for c in row if c in "ox*") for n, row in enumerate(rows)}
    assert {pain: found for pain, found in marks.items() if found} == {5: "*", 3: "xo", 2: "o"}
    assert lines[0].strip() == "Pain, from 0 to 10: o before, x after, * both the same"
    assert lines[-1].split() == ["Nov", "18,", "2026", "Nov", "18,", "2026"]


def test_one_session_is_enough_for_a_plot() -> None:
    assert "o" in VIEW.plot(SUMMARIES[:1], 60)


@pytest.mark.parametrize(("width", "drawn"), [(60, False), (30, True)])
def test_without_line_drawing_or_room_there_are_bars_in_ascii(width: int, drawn: bool) -> None:
    assert VIEW.plot(SUMMARIES, width, drawn=drawn) == (
        "Pain, from 0 to 10\n"
        "Nov 18, 2026\n"
        "  before ##........ 2\n"
        "  after  ###....... 3\n"
        "Nov 22, 2026\n"
        "  before ###....... 3"
    )


def test_no_pain_told_is_no_plot() -> None:
    assert VIEW.plot([replace(SUMMARIES[0], pain_before=None, pain_after=None)], 60) == ""


def test_csv_has_a_row_for_each_session() -> None:
    first, second = csv.DictReader(io.StringIO(to_csv(SUMMARIES)))

    assert first == {
        "session": "s1",
        "day": "2026-11-18",
        "routine": "knee",
        "outcome": "done",
        "exercises_done": "2",
        "exercises_total": "2",
        "left_sets": "1",
        "left_work_ms": "65000",
        "right_sets": "1",
        "right_work_ms": "65000",
        "both_sets": "1",
        "both_work_ms": "600000",
        "pain_before": "2",
        "pain_after": "3",
        "effort": "4",
    }
    assert (second["outcome"], second["pain_after"], second["effort"]) == ("pain", "", "")


def test_json_has_sessions_totals_and_regularity() -> None:
    whole = json.loads(to_json(SESSIONS, TODAY))

    assert [session["day"] for session in whole["sessions"]] == ["2026-11-18", "2026-11-22"]
    assert whole["sessions"][0]["sides"]["left"] == {"sets": 1, "work_ms": 65000}
    assert [total["exercise"] for total in whole["exercises"]] == ["stretch", "slides"]
    assert whole["regularity"] == {
        "streak_days": 1,
        "longest_days": 1,
        "this_week_days": 2,
        "total_days": 2,
    }


@pytest.mark.parametrize("why", Why)
def test_every_reason_for_an_easier_start_can_be_told(why: Why) -> None:
    assert load_phrases()(f"history.easier.{why}")


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_its_words(outcome: Outcome) -> None:
    brief = replace(SUMMARIES[0], outcome=outcome)

    assert VIEW.lines([brief])
    assert VIEW.table([brief]).row_count == 1
