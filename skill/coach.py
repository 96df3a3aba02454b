"""The use cases of leading a session: begin one, go on with one, keep what happens. No device, no screen."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from routines.course import Course
from routines.events import Record
from routines.load import load_advice
from routines.model import Routine
from routines.phrases import Phrases
from routines.plan import Plan
from routines.script import BlockKind, Channel, Occasion
from routines.session import Session, SessionError, State, reopened
from routines.timeline import Lengths
from skill.ports import ME, Held
from skill.records import EventKind, Interrupted, SessionEvent, exercises_data

#: How long after it broke off a session is offered to be gone on with.
RESUME_WITHIN = timedelta(hours=24)

#: Asked only where the plan leaves it open, by a coach on a computer.
_FIRST_SIDE = "first-side"
#: Questions before the start and after the end, in order.
QUESTIONS = ("assessed", "red-flags", "red-flags-urgent", "pain-before", "floor", _FIRST_SIDE, "ready")
QUESTIONS_AFTER = ("pain-after", "effort")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One session about to be led, and the course it runs on."""

    session_id: str
    session: Session
    course: Course


class SessionStore(Protocol):
    """The part of a store (`skill.ports.Store`) that keeps a session while it runs."""

    def begin(
        self,
        session_id: str,
        person: str,
        routine_id: str,
        plan: Plan,
        device: str,
        at: datetime,
        snapshot: Mapping[str, Any],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep a new session."""

    def record(
        self,
        session_id: str,
        events: Sequence[SessionEvent],
        snapshot: Mapping[str, Any],
        at: datetime,
        *,
        held: Held | None = None,
    ) -> int:
        """Add events and save the latest state, both or neither; `LeaseLostError` if `held` no longer is."""


@dataclass(kw_only=True)
class Keeper:
    """Keeps what happens in one session, with its latest state, in the store."""

    store: SessionStore
    now: Callable[[], datetime]
    session_id: str
    device: str = "pc"
    person: str = ME
    held: Held | None = None  #: only whoever has this lease may say where the session stands
    _begun: bool = field(default=False, init=False)

    def begin(self, run: Run) -> None:
        """Keep that the session has begun; harmless if it had."""
        if not self._begun:
            about = exercises_data(exercises(run.course, run.session.plan))
            self.store.begin(
                self.session_id,
                self.person,
                run.session.routine,
                run.session.plan,
                self.device,
                self.now(),
                run.session.to_dict(),
                about,
            )
            self._begun = True

    def keep(
        self,
        session: Session,
        records: tuple[Record, ...],
        course: Course,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep these records and the session as it now is, with what goes `beside` it: all or nothing.

        `LeaseLostError` if somebody else has led the person since the lease was taken that is `held`.
        """
        at = self.now()
        events = [self._event(at, record, session, course) for record in records]
        self._record(events, session.to_dict() | dict(beside or {}), at)

    def break_off(self, session: Session) -> None:
        """Keep that the session was broken off: it can be gone on with, if it had begun and was not over."""
        if session.state is State.CHECKING:
            self.leave(session)
        if session.is_over or session.state in (State.CHECKING, State.ASKING):
            return
        at = self.now()
        event = SessionEvent(at=at, kind=EventKind.INTERRUPTED, key=_once("interrupted"))
        self._record([event], session.to_dict(), at)

    def leave(self, session: Session) -> None:
        """Keep that the person chose not to go on with an interrupted session."""
        at = self.now()
        event = SessionEvent(at=at, kind=EventKind.LEFT, key="left")
        self._record([event], session.to_dict(), at)

    def _record(self, events: Sequence[SessionEvent], snapshot: Mapping[str, Any], at: datetime) -> None:
        self.store.record(self.session_id, events, snapshot, at, held=self.held)

    def _event(self, at: datetime, record: Record, session: Session, course: Course) -> SessionEvent:
        kind = EventKind(record.kind)
        data: dict[str, Any] = dict(record.data)
        if kind is EventKind.EASED:
            data |= exercises_data(exercises(course, session.plan))
        return SessionEvent(at=at, kind=kind, key=record.key or _once(record.kind), data=data)


def _once(kind: str) -> str:
    return f"{kind}:{uuid.uuid4().hex[:12]}"


def exercises(course: Course, plan: Plan) -> tuple[tuple[str, int], ...]:
    """Return the exercises of a course under a plan, each with its number of sets over all sides."""
    work = [block.exercise for block in course.script(plan).blocks if block.kind is BlockKind.WORK]
    return tuple((exercise, work.count(exercise)) for exercise in dict.fromkeys(work) if exercise)


def new_run(
    routine: Routine,
    plan: Plan,
    phrases: Phrases,
    lengths: Lengths,
    *,
    asked: bool,
    notes: tuple[str, ...] = (),
    ask_next_day: bool = False,
    ask_side: bool = False,
    channel: Channel = Channel.KEYS,
    lead_in: bool = False,
) -> Run:
    """Return a session from its beginning; if not `asked`, the safety words are told instead.

    With `ask_side`, a plan that leaves the first side open makes it a question; else that is the left.
    """
    questions = (("next-day",) if ask_next_day else ()) + QUESTIONS
    questions = tuple(one for one in questions if ask_side or one != _FIRST_SIDE)
    return Run(
        session_id=uuid.uuid4().hex,
        session=Session(routine=routine.id, plan=plan),
        course=Course(
            routine=routine,
            phrases=phrases,
            topics=load_advice(phrases.locale),
            occasion=Occasion(told=not asked, notes=notes, channel=channel, lead_in=lead_in),
            lengths=lengths,
            questions=questions if asked else (),
            questions_after=QUESTIONS_AFTER if asked else (),
        ),
    )


def spoken_to(run: Run) -> Run:
    """Return the same session, led by a coach that listens and tells what can be said."""
    occasion = replace(run.course.occasion, channel=Channel.VOICE)
    return replace(run, course=replace(run.course, occasion=occasion))


def going_on(interrupted: Interrupted, routine: Routine, fresh: Run) -> Run | None:
    """Return the interrupted session on the course of a fresh one; None if it cannot go on."""
    try:
        session = reopened(Session.from_dict(interrupted.snapshot))
        if session.state is not State.PAUSED:
            return None
        course = replace(fresh.course, routine=routine)
        course.script(session.plan).index(session.block)
    except (SessionError, KeyError):
        return None
    return Run(session_id=interrupted.session_id, session=session, course=course)


def place(run: Run) -> str:
    """Return where a session stands, in words: "wall slides, set 2 of 3, the left leg"."""
    script, say = run.course.script(run.session.plan), run.course.phrases
    block = script.blocks[script.index(run.session.block)]
    if block.exercise is None:
        return say(f"session.place.{block.kind}")
    set_no = say("live.set", set=block.set, sets=block.sets) if block.sets and block.sets > 1 else ""
    side = say("live.side", side=say(f"script.sides.{block.side}")) if block.side else ""
    return say("lists.comma").join(part for part in (block.title, set_no, side) if part)
