from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routines.model import Side
from routines.plan import Plan
from routines.progress import (
    Ending,
    NextStart,
    Outcome,
    Session,
    SetDone,
    Why,
    next_start,
    regularity,
    summary,
    totals,
)

TODAY = date(2026, 11, 22)  # a Sunday
DAY = timedelta(days=1)

STRETCH = tuple(SetDone(exercise="stretch", set=1, side=side, work_ms=20_000) for side in Side)
SLIDES = tuple(SetDone(exercise="slides", set=n, side=None, work_ms=40_000) for n in (1, 2))

WHOLE = Session(
    id="s",
    day=TODAY - DAY,
    routine="knee",
    exercises=(("stretch", 2), ("slides", 2)),
    sets=STRETCH + SLIDES,
    ending=Ending.DONE,
    pain_before=2,
    pain_after=2,
    effort=4,
)
NOTHING = replace(WHOLE, sets=(), ending=Ending.REFUSED, pain_after=None)


def on(*days_ago: int) -> list[Session]:
    """Return a whole session on each of these days."""
    return [replace(WHOLE, id=f"s{n}", day=TODAY - n * DAY) for n in days_ago]


def test_a_summary_counts_sets_and_time_by_side() -> None:
    brief = summary(WHOLE)

    assert (brief.session, brief.day, brief.routine) == ("s", TODAY - DAY, "knee")
    assert (brief.sides.left.sets, brief.sides.left.work_ms) == (1, 20_000)
    assert (brief.sides.right.sets, brief.sides.right.work_ms) == (1, 20_000)
    assert (brief.sides.both.sets, brief.sides.both.work_ms) == (2, 80_000)
    assert brief.sides.work_ms == 120_000
    assert (brief.pain_before, brief.pain_after, brief.effort) == (2, 2, 4)


def test_a_set_done_again_adds_its_time_but_is_one_set() -> None:
    brief = summary(replace(WHOLE, sets=(*WHOLE.sets, STRETCH[0])))

    assert (brief.sides.left.sets, brief.sides.left.work_ms) == (1, 40_000)


def test_an_exercise_is_done_when_all_its_sets_are() -> None:
    assert summary(WHOLE).exercises_done == 2
    assert summary(replace(WHOLE, sets=STRETCH + SLIDES[:1])).exercises_done == 1
    assert summary(replace(WHOLE, sets=(STRETCH[0], STRETCH[0], *SLIDES))).exercises_done == 1


def test_an_alternative_does_the_exercises_job() -> None:
    chair = tuple(replace(done, exercise="slides.chair") for done in SLIDES)

    assert summary(replace(WHOLE, sets=STRETCH + chair)).exercises_done == 2
    assert summary(replace(WHOLE, sets=(*STRETCH, SLIDES[0], chair[1]))).exercises_done == 2
    assert summary(replace(WHOLE, sets=(*STRETCH, SLIDES[0], chair[0]))).exercises_done == 1


@pytest.mark.parametrize(
    ("session", "outcome"),
    [
        (WHOLE, Outcome.DONE),
        (replace(WHOLE, sets=STRETCH), Outcome.PART),
        (replace(WHOLE, ending=Ending.PERSON), Outcome.PART),
        (replace(WHOLE, ending=Ending.OPEN), Outcome.PART),
        (replace(WHOLE, ending=Ending.PERSON, sets=()), Outcome.STOPPED),
        (replace(WHOLE, ending=Ending.DONE, sets=()), Outcome.STOPPED),
        (replace(WHOLE, ending=Ending.PAIN), Outcome.PAIN),
        (replace(WHOLE, ending=Ending.PAIN, sets=()), Outcome.PAIN),
        (replace(WHOLE, ending=Ending.RED_FLAG), Outcome.STOPPED),
        (NOTHING, Outcome.STOPPED),
    ],
)
def test_the_outcome_is_all_part_pain_or_stopped(session: Session, outcome: Outcome) -> None:
    assert summary(session).outcome is outcome


def test_totals_are_per_exercise_and_side_in_order_of_first_doing() -> None:
    slides, stretch = totals([replace(WHOLE, id="a", sets=SLIDES), replace(WHOLE, id="b"), NOTHING])

    assert (slides.exercise, slides.sessions, slides.sides.both.sets) == ("slides", 2, 4)
    assert (stretch.exercise, stretch.sessions) == ("stretch", 1)
    assert (stretch.sides.left.work_ms, stretch.sides.right.work_ms) == (20_000, 20_000)


@pytest.mark.parametrize(
    ("days_ago", "streak"),
    [
        ((), 0),
        ((0,), 1),
        ((2, 1, 0), 3),
        ((6, 4, 2, 0), 4),
        ((4, 3, 1), 3),
        ((3, 2), 2),
        ((4, 3), 0),
        ((7, 6, 3, 2, 1), 3),
        ((1, 1, 1), 1),
    ],
)
def test_every_other_day_keeps_a_streak_and_today_may_still_come(
    days_ago: tuple[int, ...], streak: int
) -> None:
    assert regularity(on(*days_ago), TODAY).streak_days == streak


def test_a_part_counts_as_a_day_and_a_session_without_a_set_does_not() -> None:
    part, nothing = (
        replace(WHOLE, sets=STRETCH[:1], ending=Ending.PERSON, day=TODAY),
        replace(NOTHING, day=TODAY),
    )

    assert regularity([part], TODAY).streak_days == 1
    assert regularity([nothing], TODAY).streak_days == 0


def test_the_week_begins_on_monday() -> None:
    sessions = on(7, 6, 3, 3, 0)

    assert regularity(sessions, TODAY).this_week_days == 3
    assert regularity(sessions, TODAY + DAY).this_week_days == 0


def test_the_longest_run_is_remembered_when_a_new_one_starts() -> None:
    regular = regularity(on(20, 19, 18, 17, 1, 0), TODAY)

    assert (regular.longest_days, regular.streak_days, regular.total_days) == (4, 2, 6)


@given(st.lists(st.integers(0, 60)))
def test_a_streak_is_never_longer_than_the_days_and_the_longest_is_the_longest(days_ago: list[int]) -> None:
    regular = regularity(on(*days_ago), TODAY)

    assert 0 <= regular.streak_days <= regular.longest_days <= regular.total_days == len(set(days_ago))


_SETS = st.lists(
    st.builds(
        SetDone,
        exercise=st.sampled_from(["stretch", "slides", "slides.chair"]),
        set=st.integers(1, 3),
        side=st.sampled_from([Side.LEFT, Side.RIGHT, None]),
        work_ms=st.integers(0, 60_000),
    ),
    max_size=8,
).map(tuple)


@given(st.lists(_SETS, max_size=5), st.randoms())
def test_summaries_and_totals_agree_in_whatever_order_the_sets_were_done(
    lists: list[tuple[SetDone, ...]], random: Random
) -> None:
    sessions = [replace(WHOLE, id=f"s{n}", sets=sets) for n, sets in enumerate(lists)]
    shuffled = [replace(s, sets=tuple(random.sample(s.sets, len(s.sets)))) for s in sessions]
    briefs, of_each = [summary(s) for s in shuffled], totals(sessions)

    assert briefs == [summary(s) for s in sessions]
    for side in ("left", "right", "both"):
        by_session = [getattr(brief.sides, side) for brief in briefs]
        by_exercise = [getattr(total.sides, side) for total in of_each]
        assert sum(t.sets for t in by_session) == sum(t.sets for t in by_exercise)
        assert sum(t.work_ms for t in by_session) == sum(t.work_ms for t in by_exercise)


GOOD = replace(WHOLE, next_day_ok=True)
HURT = replace(GOOD, ending=Ending.PAIN)
ROSE = replace(GOOD, pain_before=1, pain_after=3)
HIGH = replace(GOOD, pain_before=None, pain_after=6)
WORSE_NEXT_DAY = replace(GOOD, next_day_ok=False)
STOPPED_EARLY = replace(GOOD, ending=Ending.PERSON)


@pytest.mark.parametrize(
    ("sessions", "why"),
    [
        ([], None),
        ([GOOD], None),
        ([HURT], Why.STOPPED_FOR_PAIN),
        ([ROSE], Why.PAIN_ROSE),
        ([HIGH], Why.PAIN_HIGH),
        ([WORSE_NEXT_DAY], Why.NOT_SETTLED),
        ([replace(GOOD, pain_before=1, pain_after=2)], None),
        ([replace(GOOD, pain_before=5, pain_after=5)], None),
        ([replace(GOOD, pain_after=None)], None),
        ([HURT, GOOD], None),
        ([HURT, GOOD, GOOD], None),
        ([HURT, ROSE], Why.PAIN_ROSE),
        ([HURT, WORSE_NEXT_DAY], Why.NOT_SETTLED),
        ([HURT, STOPPED_EARLY], Why.STOPPED_FOR_PAIN),
        ([HURT, NOTHING], Why.STOPPED_FOR_PAIN),
        ([HURT, replace(GOOD, ending=Ending.OPEN)], Why.STOPPED_FOR_PAIN),
        ([HURT, replace(GOOD, sets=STRETCH)], None),
        ([replace(HURT, sets=())], Why.STOPPED_FOR_PAIN),
    ],
)
def test_it_starts_easier_after_trouble_until_one_session_without(
    sessions: list[Session], why: Why | None
) -> None:
    found = next_start(sessions, TODAY)

    assert (found.easier, found.why) == (why is not None, why)


def test_the_limits_of_the_persons_plan_count() -> None:
    plan = Plan(pain_rise=3, pain_limit=7)

    assert next_start([ROSE], TODAY, plan).easier is False
    assert next_start([HIGH], TODAY, plan).easier is False
    assert next_start([replace(HIGH, pain_after=8)], TODAY, plan).why is Why.PAIN_HIGH


@pytest.mark.parametrize(("days_ago", "ask"), [(0, False), (1, True), (3, True), (4, False)])
def test_the_morning_after_is_asked_about_while_it_can_be_remembered(days_ago: int, ask: bool) -> None:
    found = next_start(on(days_ago), TODAY)

    assert (found.ask_next_day, found.about) == (ask, f"s{days_ago}" if ask else None)


def test_the_morning_after_is_asked_about_once() -> None:
    assert next_start([GOOD], TODAY).ask_next_day is False


def test_a_session_without_a_set_has_no_morning_after() -> None:
    assert next_start([NOTHING], TODAY) == NextStart(easier=False, why=None, ask_next_day=False, about=None)
    assert next_start([*on(2), replace(NOTHING, day=TODAY)], TODAY).about == "s2"
