"""What a caregiver sees of what was done, and what only with consent."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from routines.phrases import load_phrases
from skill.care.errors import NotAllowedError
from skill.care.plot import pain_plot, pain_rows
from skill.care.record import record_of, without_pain
from skill.care.records import ConsentKind, ScheduledRun
from skill.care.seeing import DaySeen, Mark, PainPoint, Seen, see
from skill.care.week import RunOutcome
from skill.records import Question, StopReason
from tests.skill.care.anna import MAY, MONDAY_UTC, SAM, Household

MONDAY = date(2026, 11, 23)
SAY = load_phrases()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    """Five days: done with pain told, a part, stopped for pain, missed, nothing; today is the Friday."""
    home = Household(tmp_path / "history.sqlite3")
    home.clock.to("09:00")
    home.do("mon", answers=[(Question.PAIN_BEFORE, 2), (Question.PAIN_AFTER, 3), (Question.EFFORT, 4)])
    home.clock.later(days=1)
    home.do("tue", sets=1, stop=StopReason.PERSON)
    home.clock.later(days=1)
    home.do("wed", sets=1, stop=StopReason.PAIN, answers=[(Question.PAIN_BEFORE, 4)])
    home.clock.later(days=2)
    for day, attempt in ((3, 1), (3, 2), (4, 1)):
        run = ScheduledRun(
            person="anna",
            slot="am",
            day=MONDAY + timedelta(days=day),
            attempt=attempt,
            at=MONDAY_UTC + timedelta(days=day, hours=8),
            outcome=RunOutcome.MISSED,
        )
        assert home.store.claim_run(run)
    yield home
    home.store.close()


def seen(home: Household, *consents: ConsentKind) -> Seen:
    home.allow(SAM, *consents)
    return see(record_of(home.house, SAM, "anna"), MONDAY, MONDAY + timedelta(days=4))


def marks(of: Seen) -> list[Mark]:
    return [day.mark for day in of.days]


def test_the_calendar_has_every_day_with_its_mark(home: Household) -> None:
    of = seen(home, ConsentKind.DONE, ConsentKind.PAIN)

    assert marks(of) == [Mark.DONE, Mark.PART, Mark.PAIN, Mark.MISSED, Mark.NONE]
    assert [len(day.sessions) for day in of.days] == [1, 1, 1, 0, 0]


def test_without_consent_to_pain_a_stop_for_pain_is_a_part_like_any(home: Household) -> None:
    of = seen(home, ConsentKind.DONE)
    plain_part, stopped_for_pain = of.days[1], of.days[2]

    assert marks(of) == [Mark.DONE, Mark.PART, Mark.PART, Mark.MISSED, Mark.NONE]
    assert of.pain is None
    assert (_as_if(plain_part, stopped_for_pain)) == stopped_for_pain


def _as_if(one: DaySeen, other: DaySeen) -> DaySeen:
    named = replace(one.sessions[0], session=other.sessions[0].session, day=other.day)
    return replace(one, day=other.day, sessions=(named,))


def test_without_consent_to_pain_no_number_of_health_is_anywhere(home: Household) -> None:
    home.allow(SAM, ConsentKind.DONE)
    record = record_of(home.house, SAM, "anna")

    assert record.sessions == without_pain(record.sessions)
    for session in record.sessions:
        assert (session.pain_before, session.pain_after, session.effort, session.next_day_ok) == (None,) * 4
        assert session.ending.value in ("done", "person", "open")


@pytest.mark.parametrize("consents", [(), (ConsentKind.START,), (ConsentKind.PAIN,)])
def test_without_consent_to_see_it_nothing_is_seen(
    home: Household, consents: tuple[ConsentKind, ...]
) -> None:
    home.allow(MAY, *consents)  # owning the household does not help

    with pytest.raises(NotAllowedError):
        record_of(home.house, MAY, "anna")


def test_pain_before_and_after_are_points_in_time(home: Household) -> None:
    of = seen(home, ConsentKind.DONE, ConsentKind.PAIN)

    assert of.pain == (
        PainPoint(day=MONDAY, before=2, after=3),
        PainPoint(day=MONDAY + timedelta(days=2), before=4, after=None),
    )


def test_a_streak_is_of_all_time_also_where_only_a_part_is_read(home: Household) -> None:
    home.allow(SAM, ConsentKind.DONE)
    record = record_of(home.house, SAM, "anna", since=MONDAY + timedelta(days=2))

    assert [session.id for session in record.sessions] == ["wed"]
    assert see(record, record.today, record.today).regularity.streak_days == 3


def test_exercises_and_regularity_are_summed_up(home: Household) -> None:
    of = seen(home, ConsentKind.DONE)

    (exercise,) = of.exercises
    assert (exercise.exercise, exercise.sessions) == ("wall-slides", 3)
    assert (exercise.sides.left.sets, exercise.sides.right.sets) == (3, 1)
    assert (of.regularity.streak_days, of.regularity.this_week_days) == (3, 3)


def test_a_record_can_begin_on_a_day(home: Household) -> None:
    home.allow(SAM, ConsentKind.DONE)
    tuesday = MONDAY + timedelta(days=1)

    record = record_of(home.house, SAM, "anna", since=tuesday)

    assert [session.id for session in record.sessions] == ["tue", "wed"]
    assert marks(see(record, tuesday, tuesday)) == [Mark.PART]


def test_todays_first_miss_may_still_be_made_up_for(home: Household) -> None:
    last = seen(home, ConsentKind.DONE).days[-1]
    home.clock.later(days=1)
    tomorrow = see(record_of(home.house, SAM, "anna"), last.day, last.day)

    assert (last.mark, tomorrow.days[0].mark) == (Mark.NONE, Mark.MISSED)


def test_a_day_that_was_missed_and_then_done_is_done(home: Household) -> None:
    home.do("fri")

    assert marks(seen(home, ConsentKind.DONE))[-1] is Mark.DONE


# -- the plot

POINTS = (
    PainPoint(day=MONDAY, before=2, after=3),
    PainPoint(day=MONDAY, before=3, after=None),
    PainPoint(day=MONDAY + timedelta(days=3), before=10, after=0),
)


def drawn(points: tuple[PainPoint, ...] = POINTS) -> ET.Element:
    return ET.fromstring(pain_plot(points, SAY, date.isoformat))  # noqa: S314 - it is our own


def test_every_figure_of_the_table_is_a_mark_with_its_title() -> None:
    titles = [shape.findtext("title") for shape in drawn() if "plot-mark" in shape.get("class", "")]

    rows = pain_rows(POINTS, date.isoformat)
    told = [f"{row.day}: {row.before} before" for row in rows if row.before is not None]
    told += [f"{row.day}: {row.after} after" for row in rows if row.after is not None]
    assert titles == told


def test_the_plot_has_a_title_and_needs_no_style() -> None:
    plot = drawn()

    assert plot.findtext("title") == "Pain before and after, from 2026-11-23 to 2026-11-26"
    assert (plot.get("role"), plot.get("viewBox")) == ("img", "0 0 640 240")
    assert not [one for one in plot.iter() if one.get("style") or one.tag in ("style", "script")]


def test_marks_lie_inside_and_higher_pain_is_higher() -> None:
    before = [shape for shape in drawn() if shape.tag == "circle"]
    x = [float(shape.get("cx", "0")) for shape in before]
    y = [float(shape.get("cy", "0")) for shape in before]

    assert x == sorted(x)
    assert y[0] > y[1] > y[2]
    assert all(0 < one < 640 for one in x)
    assert all(0 < one < 240 for one in y)


def test_one_point_is_drawn_too_and_none_is_nothing() -> None:
    one = drawn((PainPoint(day=MONDAY, before=None, after=5),))

    assert [shape.tag for shape in one if shape.tag in ("circle", "rect", "polyline")] == ["rect"]
    assert pain_plot((), SAY, date.isoformat) == ""


def test_what_a_language_puts_into_a_plot_is_made_safe() -> None:
    plot = pain_plot(POINTS, SAY, lambda _: "<script>&")

    assert "<script>" not in plot
    assert ET.fromstring(plot) is not None  # noqa: S314 - it is our own
