"""Leading a session that plays in a browser: an event comes in, what is to be played and seen goes out.

Nothing about a session is kept in this process: any process that shares the store can answer the next event.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from routines.course import Course
from routines.events import Ask, Effect, End, Event, Halt, Resume, Save, Say, Start
from routines.faults import RoutineFaults
from routines.memo import Memo
from routines.model import Routine
from routines.phrases import Phrases
from routines.plan import Plan
from routines.progress import next_start
from routines.script import SENTENCE_GAP_MS, BlockKind, Channel
from routines.session import Session, State, step
from routines.timeline import LaidBlock, Lengths, lay_lines
from skill.browser import once
from skill.browser.pieces import Part, Piece, following, piece_of, told
from skill.coach import RESUME_WITHIN, Keeper, Run, going_on, new_run, place
from skill.errors import UserError
from skill.history import sessions_of
from skill.live_view import Scene, view_of
from skill.ports import Store
from skill.terminal.view import View

#: How far back sessions can matter for how the next one starts.
LOOK_BACK = timedelta(days=90)
_COURSES = 64
_NOTE = "browser"


class Sounds(Protocol):
    """Where the sound of pieces comes from."""

    def clips(self, rate_wpm: int) -> Lengths:
        """Return how long utterances take at a rate."""

    def prepare(self, course: Course, plan: Plan) -> None:
        """Make what a session may say, in the background."""

    def name(self, piece: Piece, rate_wpm: int) -> str | None:
        """Return the name of a piece's file; None if it cannot be made."""


class BrowserError(Exception):
    """What a browser asked for that cannot be done.

    `code` names the phrase `coach-page.error.<code>`, filled with `values`.
    """

    def __init__(self, code: str, **values: object) -> None:
        """Keep code and values apart."""
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Whose session it is, and on which device."""

    device: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Where a count stands in a piece: what the very large number is made of."""

    at_ms: int  #: in the piece; may be before its start
    work_ms: int
    rep_ms: int | None
    rest: bool  #: it is time left of a rest, not of work


@dataclass(frozen=True, slots=True, kw_only=True)
class Playable:
    """A piece and the file that it sounds from; None: with captions only."""

    piece: Piece
    file: str | None
    work: Work | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What follows from an event."""

    session_id: str
    session: Session
    view: View
    play: Playable | None  #: None: what is playing goes on, unless it is to stop
    halt: bool  #: what is playing stops at once
    next: Playable | None  #: comes after `play` by itself, if nothing happens
    ask: Ask | None
    told: tuple[str, ...]
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A session as the store has it."""

    session_id: str
    session: Session
    course: Course
    snapshot: Mapping[str, Any]


class BrowserCoach:
    """Sessions that play in browsers, of everybody in one household. For any thread."""

    def __init__(
        self,
        store: Store,
        find_routine: Callable[[str], Routine],
        phrases: Phrases,
        sounds: Sounds,
        now: Callable[[], datetime],
    ) -> None:
        """Take the parts; nothing happens yet."""
        self._store = store
        self._find_routine = find_routine
        self._phrases = phrases
        self._sounds = sounds
        self._now = now
        self._courses: Memo[str, Course] = Memo(_COURSES)

    def begin(
        self, guest: Guest, routine: str, before: tuple[str, ...] = (), *, deed: str = "", cause: str = ""
    ) -> Reply:
        """Begin a session of a routine after the lines `before`; one that was interrupted is left for good.

        The same `cause` begins one session, however often it comes; without one, the same `deed`. `UserError`
        or `RoutineFaults` if there is no such routine.
        """
        cause = cause or deed
        session_id = once.session_id_of(guest.device, cause) if cause else uuid.uuid4().hex
        if not cause or self._store.standing(guest.person, session_id) is None:
            self._open(guest, session_id, self._find_routine(routine))
        standing = self._standing(guest, session_id)
        asked = standing.session.state is not State.CHECKING or standing.session.question is not None
        if asked and not once.is_last(standing.snapshot, deed):
            raise BrowserError("session-gone")  # another page has begun it
        self._sounds.prepare(standing.course, standing.session.plan)
        return self._step(guest, standing, lambda *_: Start(), before, deed)

    def _open(self, guest: Guest, session_id: str, routine: Routine) -> None:
        run = replace(self._fresh(guest, routine), session_id=session_id)
        waiting = self._interrupted(guest)
        if waiting is not None:
            self._keeper(guest, waiting.session_id).leave(waiting.session)
        occasion, questions = run.course.occasion, run.course.questions
        self._store.set_note(
            guest.person,
            _key(session_id),
            {"notes": list(occasion.notes), "questions": list(questions)},
            self._now(),
        )
        self._keeper(guest, session_id).begin(run)
        self._forget_before(guest, session_id)
        self._courses.get(session_id, lambda: run.course)

    def waiting(self, guest: Guest) -> str | None:
        """Return where an interrupted session stood, in words; None if there is none to go on with."""
        run = self._interrupted(guest)
        return None if run is None else place(run)

    def go_on(self, guest: Guest, before: tuple[str, ...] = (), *, deed: str = "") -> Reply:
        """Go on with the interrupted session. BrowserError `nothing-to-resume` if there is none."""
        run = self._interrupted(guest)
        if run is None:
            raise BrowserError("nothing-to-resume")
        self._sounds.prepare(run.course, run.session.plan)
        lines = (*before, *self._phrases.lines("session.going-on", where=place(run)))
        standing = self._standing(guest, run.session_id)
        if not once.is_last(standing.snapshot, deed):
            standing = replace(standing, session=run.session)
        return self._step(guest, standing, lambda *_: Resume(), lines, deed)

    def act(
        self, guest: Guest, session_id: str, event: Callable[[Session, Course], Event], *, deed: str = ""
    ) -> Reply:
        """Take an event of a session, made by whoever knows how it now stands.

        A `deed` that was the last one already is told the same again, and changes nothing. BrowserError
        `session-gone` if this person has no such session, or it can no longer be read.
        """
        return self._step(guest, self._standing(guest, session_id), event, (), deed)

    def was_last(self, guest: Guest, session_id: str, deed: str) -> bool:
        """Whether a deed has been done, and nothing since. BrowserError `session-gone`."""
        return once.is_last(self._standing(guest, session_id).snapshot, deed)

    def title(self, routine: str) -> str:
        """Return a routine's title as it is spoken; what was asked for if there is none."""
        try:
            return self._find_routine(routine).title
        except (UserError, RoutineFaults):
            return routine

    def words(self, guest: Guest, lines: tuple[str, ...]) -> Playable:
        """Return lines that belong to no session, such as an invitation."""
        plan = self._store.plan(guest.person)
        laid = lay_lines("", lines, self._sounds.clips(plan.rate_wpm), plan.stretch(SENTENCE_GAP_MS))
        part = Part(block="", at_ms=0, base_ms=0, length_ms=laid.length_ms)
        piece = Piece(parts=(part,), cues=laid.cues, length_ms=laid.length_ms)
        return Playable(piece=piece, file=self._sounds.name(piece, plan.rate_wpm), work=None)

    def break_off(self, guest: Guest, session_id: str) -> None:
        """Keep that a session was broken off; it can be gone on with."""
        self._keeper(guest, session_id).break_off(self._standing(guest, session_id).session)

    # -- one step ------------------------------------------------------------------------------------

    def _step(
        self,
        guest: Guest,
        standing: _Standing,
        event: Callable[[Session, Course], Event],
        lines: tuple[str, ...],
        deed: str,
    ) -> Reply:
        session, course = standing.session, standing.course
        again = once.is_last(standing.snapshot, deed)
        if again:
            session = once.before(standing.snapshot)
        after, effects = step(session, event(session, course), course)
        if not again:
            self._keep(guest, standing, session, after, effects, deed)
        if lines:
            effects = (Say(lines), *effects)
        if after.plan != session.plan:
            self._sounds.prepare(course, after.plan)
        return self._reply(standing.session_id, after, course, effects)

    def _keep(
        self,
        guest: Guest,
        standing: _Standing,
        before: Session,
        after: Session,
        effects: tuple[Effect, ...],
        deed: str,
    ) -> None:
        """Keep all that a step asks to be kept, and which deed it was: all or nothing."""
        saves = [effect for effect in effects if isinstance(effect, Save)]
        if not saves:
            return
        records = tuple(record for save in saves for record in save.records)
        keeper = self._keeper(guest, standing.session_id)
        keeper.keep(after, records, standing.course, once.mark(deed, before, after))

    def _reply(self, session_id: str, session: Session, course: Course, effects: tuple[Effect, ...]) -> Reply:
        piece = piece_of(effects, session, course)
        ahead = following(session, course) if piece is not None and piece.parts[-1].block else None
        outcome = next((effect.outcome for effect in effects if isinstance(effect, End)), None)
        return Reply(
            session_id=session_id,
            session=session,
            view=self._view(session, course),
            play=self._playable(piece, session, course),
            halt=_halts(session, effects, piece),
            next=self._playable(ahead, session, course),
            ask=next((effect for effect in reversed(effects) if isinstance(effect, Ask)), None),
            told=told(effects),
            outcome=outcome,
        )

    def _playable(self, piece: Piece | None, session: Session, course: Course) -> Playable | None:
        if piece is None:
            return None
        part = piece.parts[-1]
        laid = course.block(session.plan, part.block) if part.block else None
        file = self._sounds.name(piece, session.plan.rate_wpm)
        return Playable(piece=piece, file=file, work=_work(laid, part.at_ms - part.base_ms))

    def _view(self, session: Session, course: Course) -> View:
        rough = course.estimated(session.plan.rate_wpm)
        return view_of(
            Scene(
                session=session,
                course=course,
                timeline=rough.timeline(session.plan),
                exact=False,
                block=rough.block(session.plan, session.block),
                offset_ms=session.offset_ms,
                cues=(),
                cue_ms=0,
            )
        )

    # -- runs ----------------------------------------------------------------------------------------

    def _fresh(self, guest: Guest, routine: Routine) -> Run:
        plan = self._store.plan(guest.person)
        now = self._now()
        before = sessions_of(self._store.history(guest.person, now - LOOK_BACK))
        start = next_start(before, now.astimezone().date(), plan)
        notes: tuple[str, ...] = ()
        if start.easier and start.why is not None:
            plan = plan.easier()
            notes = self._phrases.lines(f"history.easier.{start.why}")
        return self._new_run(routine, plan, notes, ask_next_day=start.ask_next_day)

    def _new_run(
        self, routine: Routine, plan: Plan, notes: tuple[str, ...], *, ask_next_day: bool = False
    ) -> Run:
        return new_run(
            routine,
            plan,
            self._phrases,
            self._sounds.clips(plan.rate_wpm),
            asked=True,
            notes=notes,
            ask_next_day=ask_next_day,
            channel=Channel.TOUCH,
        )

    def _standing(self, guest: Guest, session_id: str) -> _Standing:
        found = self._store.standing(guest.person, session_id)
        if found is None:
            raise BrowserError("session-gone")
        try:
            session = Session.from_dict(found.snapshot)
            course = self._courses.get(session_id, lambda: self._course(guest, session_id, session))
            course.script(session.plan).index(session.block)
        except (ValueError, KeyError) as error:
            raise BrowserError("session-gone") from error
        return _Standing(session_id=session_id, session=session, course=course, snapshot=found.snapshot)

    def _course(self, guest: Guest, session_id: str, session: Session) -> Course:
        routine = self._find_routine(session.routine)
        noted = self._store.note(guest.person, _key(session_id)) or {}
        run = self._new_run(routine, session.plan, tuple(noted.get("notes", ())))
        questions = tuple(noted.get("questions", run.course.questions))
        return replace(run.course, questions=questions)

    def _interrupted(self, guest: Guest) -> Run | None:
        found = self._store.interrupted(guest.person, self._now(), RESUME_WITHIN)
        if found is None:
            return None
        try:
            session = Session.from_dict(found.snapshot)
            course = self._course(guest, found.session_id, session)
        except Exception:  # noqa: BLE001 - its routine has gone, or it is of another version: it is left
            return None
        return going_on(
            found, course.routine, Run(session_id=found.session_id, session=session, course=course)
        )

    def _forget_before(self, guest: Guest, session_id: str) -> None:
        """Forget what was noted about the session before this one: a person has one at a time."""
        last = self._store.note(guest.person, _NOTE)
        if isinstance(last, str) and last != session_id:
            self._store.set_note(guest.person, _key(last), None, self._now())
        self._store.set_note(guest.person, _NOTE, session_id, self._now())

    def _keeper(self, guest: Guest, session_id: str) -> Keeper:
        return Keeper(
            store=self._store,
            now=self._now,
            session_id=session_id,
            device=guest.device,
            person=guest.person,
        )


def _key(session_id: str) -> str:
    return f"{_NOTE}:{session_id}"


def _work(laid: LaidBlock | None, starts_ms: int) -> Work | None:
    """Return where the count of a block stands, for a block that starts at this place of the piece."""
    if laid is None:
        return None
    if laid.work_at_ms is not None:
        return Work(at_ms=starts_ms + laid.work_at_ms, work_ms=laid.work_ms, rep_ms=laid.rep_ms, rest=False)
    if laid.kind in (BlockKind.REST, BlockKind.CHANGE):
        return Work(at_ms=starts_ms, work_ms=laid.length_ms, rep_ms=None, rest=True)
    return None


def _halts(session: Session, effects: tuple[Effect, ...], piece: Piece | None) -> bool:
    """Whether what is playing has to stop: something else is to be heard, or nothing."""
    return (
        piece is not None
        or session.state is State.PAUSED
        or any(isinstance(effect, Halt) for effect in effects)
    )
