from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from routines.model import Side
from routines.plan import Plan
from routines.progress import Ending, SetDone
from skill.history import sessions_of
from skill.records import EventKind, Question, SessionEvent, SessionRecord, StopReason, exercises_data
from tests.skill import happenings

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
STARTED = SessionEvent(
    at=NOW, kind=EventKind.STARTED, key="started", data=exercises_data([("stretch", 2), ("bike", 1)])
)
LEFT = happenings.block_done(NOW, "stretch", 1, Side.LEFT, 20_000)
DONE = happenings.plain(NOW, EventKind.DONE)
PAIN = happenings.pain(NOW, "stretch/1/right")


def record(*events: SessionEvent, session_id: str = "s1", at: datetime = NOW) -> SessionRecord:
    """Return a session with these events after its start."""
    return SessionRecord(
        session_id=session_id,
        person="me",
        routine_id="knee",
        plan=Plan(),
        device="pc",
        at=at,
        ended_at=None,
        events=(STARTED, *events),
    )


def test_what_was_kept_arrives() -> None:
    answers = (
        happenings.answered(NOW, Question.PAIN_BEFORE, 1),
        happenings.answered(NOW, Question.PAIN_AFTER, 2),
        happenings.answered(NOW, Question.EFFORT, 4),
    )

    (session,) = sessions_of([record(LEFT, DONE, *answers)], UTC)

    assert (session.id, session.routine, session.day) == ("s1", "knee", date(2026, 11, 22))
    assert session.exercises == (("stretch", 2), ("bike", 1))
    assert session.sets == (SetDone(exercise="stretch", set=1, side=Side.LEFT, work_ms=20_000),)
    assert (session.pain_before, session.pain_after, session.effort) == (1, 2, 4)


def test_the_day_is_that_of_where_the_person_is() -> None:
    (session,) = sessions_of([record()], timezone(timedelta(hours=9)))

    assert session.day == date(2026, 11, 23)


def test_work_without_sets_or_sides_is_one_set_of_both_legs() -> None:
    bike = happenings.block_done(NOW, "bike", 1, None, 600_000)
    bike = replace(bike, data={**bike.data, "set": None})

    (session,) = sessions_of([record(bike)], UTC)

    assert session.sets == (SetDone(exercise="bike", set=1, side=None, work_ms=600_000),)


def test_a_session_made_easier_has_the_exercises_it_then_had() -> None:
    (session,) = sessions_of([record(happenings.eased(NOW, [("stretch", 1)]))], UTC)

    assert session.exercises == (("stretch", 1),)


@pytest.mark.parametrize(
    ("events", "ending"),
    [
        ((), Ending.OPEN),
        ((happenings.plain(NOW, EventKind.INTERRUPTED),), Ending.OPEN),
        ((happenings.plain(NOW, EventKind.LEFT),), Ending.OPEN),
        ((DONE,), Ending.DONE),
        ((happenings.stopped(NOW, StopReason.PERSON),), Ending.PERSON),
        ((happenings.stopped(NOW, StopReason.REFUSED),), Ending.REFUSED),
        ((PAIN, happenings.stopped(NOW, StopReason.PAIN)), Ending.PAIN),
        ((PAIN,), Ending.PAIN),
        ((DONE, PAIN), Ending.PAIN),
        ((DONE, happenings.stopped(NOW, StopReason.RED_FLAG)), Ending.RED_FLAG),
    ],
)
def test_the_ending_is_the_last_that_was_kept_and_pain_always_counts(
    events: tuple[SessionEvent, ...], ending: Ending
) -> None:
    assert sessions_of([record(*events)], UTC)[0].ending is ending


@pytest.mark.parametrize("reason", StopReason)
def test_every_reason_to_stop_has_its_ending(reason: StopReason) -> None:
    assert sessions_of([record(happenings.stopped(NOW, reason))], UTC)[0].ending is not Ending.OPEN


def test_the_morning_after_belongs_to_the_last_session_with_work_before_the_answer() -> None:
    next_morning = NOW + timedelta(hours=9)
    empty = record(session_id="s2", at=NOW + timedelta(hours=1))
    answer = happenings.answered(next_morning, Question.NEXT_DAY, value=False)
    later = happenings.block_done(next_morning + timedelta(minutes=1), "stretch", 1, Side.LEFT, 1)

    sessions = sessions_of(
        [record(LEFT), empty, record(answer, later, session_id="s3", at=next_morning)], UTC
    )

    assert [session.next_day_ok for session in sessions] == [False, None, None]


def test_an_answer_about_a_session_that_is_not_there_is_about_none() -> None:
    answer = happenings.answered(NOW, Question.NEXT_DAY, value=False)

    assert sessions_of([record(answer)], UTC)[0].next_day_ok is None
