"""What a person's sessions add up to: what was done on which side, how regularly, and how to start next time.

Pure: sessions come in as values, oldest first, each with its local date; nothing here asks what day it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from routines.model import Side
from routines.plan import Plan

#: "Daily or every other day": the longest step from one day of exercise to the next that keeps a streak.
STREAK_STEP = timedelta(days=2)

#: How many days later a person can still say how the morning after was.
ASK_NEXT_DAY_WITHIN = timedelta(days=3)

_DEFAULT = Plan()


class Ending(StrEnum):
    """How a session ended."""

    DONE = "done"
    PERSON = "person"
    PAIN = "pain"
    RED_FLAG = "red_flag"
    REFUSED = "refused"
    OPEN = "open"  #: it did not: interrupted, or left at that


class Outcome(StrEnum):
    """What came of a session, as a person is told it."""

    DONE = "done"  #: every set of every exercise
    PART = "part"  #: some of it, which is worth having
    PAIN = "pain"  #: stopped for pain
    STOPPED = "stopped"  #: stopped for a red flag, or before anything was done


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDone:
    """One set on one side, worked through to its end."""

    exercise: str
    set: int
    side: Side | None
    work_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as far as progress goes."""

    id: str
    day: date  #: where the person is
    routine: str
    exercises: tuple[
        tuple[str, int], ...
    ]  #: each with its number of sets over all sides, as planned at the end
    sets: tuple[SetDone, ...]
    ending: Ending
    pain_before: int | None = None  #: 0-10
    pain_after: int | None = None  #: 0-10
    effort: int | None = None  #: 0-10
    next_day_ok: bool | None = None  #: whether it was as usual by the next morning


@dataclass(frozen=True, slots=True, kw_only=True)
class SideTotal:
    """Work on one side, or with both legs together."""

    sets: int  #: different sets; one that was repeated counts once
    work_ms: int  #: all of it, repeated sets too


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Work by side."""

    left: SideTotal
    right: SideTotal
    both: SideTotal  #: sets that work both legs together

    @property
    def work_ms(self) -> int:
        """All work."""
        return self.left.work_ms + self.right.work_ms + self.both.work_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One session in brief."""

    session: str
    day: date
    routine: str
    outcome: Outcome
    exercises_done: int
    exercises_total: int
    sides: Sides
    pain_before: int | None
    pain_after: int | None
    effort: int | None


def summary(session: Session) -> Summary:
    """Return a session in brief."""
    done = _exercises_done(session)
    return Summary(
        session=session.id,
        day=session.day,
        routine=session.routine,
        outcome=_outcome(session, done),
        exercises_done=done,
        exercises_total=len(session.exercises),
        sides=_sides((session,)),
        pain_before=session.pain_before,
        pain_after=session.pain_after,
        effort=session.effort,
    )


def _exercises_done(session: Session) -> int:
    different = {(_base(done.exercise), done.set, done.side) for done in session.sets}
    done = [exercise for exercise, _, _ in different]
    return sum(done.count(_base(exercise)) >= max(1, sets) for exercise, sets in session.exercises)


def _base(exercise: str) -> str:
    # An alternative "<exercise>.<alternative>" does the exercise's job.
    return exercise.partition(".")[0]


def _outcome(session: Session, exercises_done: int) -> Outcome:
    if session.ending is Ending.PAIN:
        return Outcome.PAIN
    if session.ending in (Ending.RED_FLAG, Ending.REFUSED) or not session.sets:
        return Outcome.STOPPED
    everything = exercises_done == len(session.exercises)
    return Outcome.DONE if session.ending is Ending.DONE and everything else Outcome.PART


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseTotal:
    """One exercise over many sessions."""

    exercise: str
    sessions: int  #: in how many sessions at least one set was done
    sides: Sides


def totals(sessions: Iterable[Session]) -> tuple[ExerciseTotal, ...]:
    """Return the totals of each exercise that was done, in the order in which they were first done."""
    sessions = tuple(sessions)
    order = dict.fromkeys(done.exercise for session in sessions for done in session.sets)
    return tuple(
        ExerciseTotal(
            exercise=exercise,
            sessions=sum(any(done.exercise == exercise for done in session.sets) for session in sessions),
            sides=_sides(sessions, exercise),
        )
        for exercise in order
    )


def _sides(sessions: Iterable[Session], exercise: str | None = None) -> Sides:
    sets: dict[Side | None, set[tuple[str, str, int]]] = {Side.LEFT: set(), Side.RIGHT: set(), None: set()}
    work_ms: dict[Side | None, int] = dict.fromkeys(sets, 0)
    for session in sessions:
        for done in session.sets:
            if exercise in (None, done.exercise):
                sets[done.side].add((session.id, done.exercise, done.set))
                work_ms[done.side] += done.work_ms
    by_side = {side: SideTotal(sets=len(sets[side]), work_ms=work_ms[side]) for side in sets}
    return Sides(left=by_side[Side.LEFT], right=by_side[Side.RIGHT], both=by_side[None])


@dataclass(frozen=True, slots=True, kw_only=True)
class Regularity:
    """How regularly a person exercised, counted so that a day of rest between never breaks anything."""

    streak_days: int  #: days of exercise in the run that is still going; 0: the next session starts a new one
    longest_days: int  #: the same for the longest run ever
    this_week_days: int  #: days of exercise since Monday
    total_days: int


def regularity(sessions: Iterable[Session], today: date) -> Regularity:
    """Return how regularly there was exercise; any set done makes a day of it."""
    return regularity_of({session.day for session in sessions if session.sets}, today)


def regularity_of(worked: Iterable[date], today: date) -> Regularity:
    """Return how regularly there was exercise, from the days on which any set was done."""
    days = sorted(set(worked))
    runs: list[int] = []
    for before, day in zip([None, *days], days, strict=False):
        if before is not None and day - before <= STREAK_STEP:
            runs[-1] += 1
        else:
            runs.append(1)
    monday = today - timedelta(days=today.weekday())
    return Regularity(
        streak_days=runs[-1] if days and today - days[-1] <= STREAK_STEP else 0,
        longest_days=max(runs, default=0),
        this_week_days=sum(monday <= day <= today for day in days),
        total_days=len(days),
    )


class Why(StrEnum):
    """Why the next session starts easier. Names the phrase `history.easier.<value>`."""

    STOPPED_FOR_PAIN = "stopped_for_pain"
    PAIN_ROSE = "pain_rose"
    PAIN_HIGH = "pain_high"
    NOT_SETTLED = "not_settled"  #: the next morning it was not as usual


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStart:
    """How to start next time."""

    easier: bool
    why: Why | None  #: set if easier: the latest reason
    ask_next_day: bool  #: whether to ask how the morning after the last session was
    about: str | None  #: id of the session that the question is about


def next_start(sessions: Sequence[Session], today: date, plan: Plan = _DEFAULT) -> NextStart:
    """Return how to start next time: easier after trouble, until one session was done to its end without any.

    Trouble is a stop for pain, pain that rose by the plan's `pain_rise` or ended above its `pain_limit`, or a
    next morning that was not as usual.
    """
    why: Why | None = None
    for session in sessions:
        trouble = _trouble(session, plan)
        if trouble is not None or session.ending is Ending.DONE:
            why = trouble
    last = next((session for session in reversed(sessions) if session.sets), None)
    ask = (
        last is not None
        and last.next_day_ok is None
        and timedelta(0) < today - last.day <= ASK_NEXT_DAY_WITHIN
    )
    return NextStart(
        easier=why is not None, why=why, ask_next_day=ask, about=last.id if ask and last is not None else None
    )


def _trouble(session: Session, plan: Plan) -> Why | None:
    if session.ending is Ending.PAIN:
        return Why.STOPPED_FOR_PAIN
    after, before = session.pain_after, session.pain_before
    if after is not None and before is not None and after >= before + plan.pain_rise:
        return Why.PAIN_ROSE
    if after is not None and after > plan.pain_limit:
        return Why.PAIN_HIGH
    return Why.NOT_SETTLED if session.next_day_ok is False else None
