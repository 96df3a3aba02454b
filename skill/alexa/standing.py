"""Where a person stands: in the store, in the session, in the turn that is being heard.

How much of a turn was heard is known only from the time of the next request; until then the session stands
where the turn began.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial

from routines.course import Course
from routines.events import Ask, BlockFinished, Effect, End, Play, Save, Say
from routines.lengths import EstimatedLengths
from routines.load import DEFAULT_ROUTINE_ID
from routines.model import Routine
from routines.phrases import load_phrases
from routines.plan import Words
from routines.progress import next_start
from routines.script import Block, BlockKind, Channel
from routines.session import Session, step
from routines.timeline import LaidBlock
from skill.alexa.accounts import language, person_id
from skill.alexa.desk import Desk
from skill.alexa.talk import Talk
from skill.alexa.wishes import Heard
from skill.coach import RESUME_WITHIN, Keeper, Run, going_on, new_run
from skill.history import sessions_of
from skill.records import EventKind, Question
from speech.turns import ROOM_MS, Turn, fill_turn
from speech.turns import place as place_in

#: A reply is heard this much after the request it answers, about.
REPLY_LAG_MS = 1_500

#: The key of the note that says that the person has asked for everything to be explained.
WORDS_NOTE = "words"

#: Where so much is said before that there is hardly room, a turn may take this and no less.
LEAST_MS = 10_000


class Standing:
    """One request of one person, and where that person is."""

    def __init__(self, desk: Desk, heard: Heard) -> None:
        """Look up who it is and where they stand."""
        self.desk = desk
        self.heard = heard
        self.phrases = load_phrases(language(heard.locale))
        self.talk = Talk.from_dict(heard.attributes)
        self.lines: list[str] = []
        self.lead: tuple[LaidBlock, ...] = ()
        self._kept: Session | None = None  # the state that was saved last
        self._offset_ms: int | None = None  # how far the block came that is playing; None between turns

    @cached_property
    def person(self) -> str:
        """Who it is in the store; most requests need not ask."""
        return self.desk.store.person_of(person_id(self.heard.person))

    @property
    def _moment(self) -> datetime:
        """When the request was made."""
        return datetime.fromtimestamp(self.heard.at_ms / 1000, UTC)

    # -- the session -----------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Move the session to where the person is by now, and keep the sets that were done since."""
        sent, session = self.talk.sent, self.talk.running
        self.talk = replace(self.talk, sent=None)
        if sent is None or session is None:
            return
        course = self._course(session)
        turn = self._turn(session, course, sent.from_ms, sent.lead_ms)
        here = place_in(turn, self.heard.at_ms - sent.at_ms - sent.lead_ms - REPLY_LAG_MS)
        done: tuple[Effect, ...] = ()
        for block_id in here.finished:
            session, effects = step(session, BlockFinished(block=block_id), course)
            done += effects
        session = self._rested(session, course)
        if here.block_id is not None and not session.is_over:
            last = turn.slices[-1]
            if (here.block_id, here.offset_ms) == (last.block_id, last.to_ms):
                session = replace(session, offset_ms=here.offset_ms)  # all of the turn was heard
            else:
                self._offset_ms = here.offset_ms
        self._keep(session, course, done)
        self.talk = replace(self.talk, session=session, heard=self._offset_ms is None)

    def _rested(self, session: Session, course: Course) -> Session:
        """Take the pause between exercises as over: here it is the question that names the next one."""
        script = course.script(session.plan)
        while not session.is_over and script.blocks[script.index(session.block)].kind is BlockKind.NEXT:
            session, _ = step(session, BlockFinished(block=session.block), course)
        return session

    def _keep(self, session: Session, course: Course, effects: tuple[Effect, ...]) -> None:
        records = tuple(record for effect in effects if isinstance(effect, Save) for record in effect.records)
        if records or (session != self._kept and any(isinstance(effect, Save) for effect in effects)):
            self._keeper().keep(session, records, course)
            self._kept = session

    def _keeper(self) -> Keeper:
        return Keeper(
            store=self.desk.store,
            now=lambda: self._moment,
            session_id=self.talk.session_id or "",
            device="alexa",
        )

    def _leave(self) -> None:
        session = self.talk.running
        if session is not None and self.talk.session_id:
            self._keeper().leave(session)
        self.talk = self.talk.over()

    def _break_off(self) -> None:
        session = self.talk.running
        if session is not None and self.talk.session_id:
            if self._offset_ms is not None:
                session = replace(session, offset_ms=self._offset_ms)
            self._keeper().break_off(session)

    def _block(self) -> Block | None:
        session = self.talk.running
        if session is None:
            return None
        script = self._course(session).script(session.plan)
        return script.blocks[script.index(session.block)]

    def _recall(self) -> None:
        """Take the pain before the start from the history: such a number does not travel with the session."""
        session = self.talk.running
        last = self.desk.store.last_session(self.person) if session is not None else None
        if session is None or last is None or last.session_id != self.talk.session_id:
            return
        told = (event.data for event in last.events if event.kind is EventKind.ANSWERED)
        pain = next((data["value"] for data in told if data["what"] == Question.PAIN_BEFORE), None)
        self.talk = replace(self.talk, session=replace(session, pain_before=pain))

    # -- turns -----------------------------------------------------------------------------------------------

    def _course(self, session: Session) -> Course:
        routine = self.desk.find_routine(session.routine)
        before, health = self.talk.before, self.desk.health
        rate_wpm = session.plan.rate_wpm
        return self.desk.courses.course(routine, self.phrases, rate_wpm, before=before, health=health)

    def _turn(self, session: Session, course: Course, from_ms: int, lead_ms: int) -> Turn:
        """Return what one reply takes of the session, from `from_ms` in its block on, after other words."""
        fill = partial(self._filled, session, course, from_ms, lead_ms)
        return self.desk.courses.turn(session, course, from_ms, lead_ms, fill)

    def _filled(self, session: Session, course: Course, from_ms: int, lead_ms: int) -> Turn:
        standing = [session]

        def following(block_id: str) -> LaidBlock | None:
            after, effects = step(standing[0], BlockFinished(block=block_id), course)
            heard = [effect for effect in effects if isinstance(effect, (Play, Say, End, Ask))]
            if len(heard) != 1 or not isinstance(heard[0], Play) or _breath(standing[0], after, course):
                return None
            standing[0] = after
            return course.block(after.plan, after.block)

        block = course.block(session.plan, session.block)
        return fill_turn(block, from_ms, following, max(LEAST_MS, ROOM_MS - lead_ms), fits=self.desk.fits)

    # -- what could be begun or gone on with -----------------------------------------------------------------

    def _known(self, routine_id: str | None) -> Routine:
        """Return a routine; the short one where none is named, or one that has gone."""
        try:
            return self.desk.find_routine(routine_id or DEFAULT_ROUTINE_ID)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, there is another one
            return self.desk.find_routine(DEFAULT_ROUTINE_ID)

    def _interrupted(self) -> Run | None:
        found = self.desk.store.interrupted(self.person, self._moment, RESUME_WITHIN)
        if found is None:
            return None
        try:
            routine = self.desk.find_routine(found.routine_id)
        except Exception:  # noqa: BLE001 - its file has gone or is at fault: there is nothing to go on with
            return None
        return going_on(found, routine, self._fresh(routine))

    def _fresh(self, routine: Routine) -> Run:
        """Return a session from its beginning, under today's plan."""
        return self._begun(routine)[0]

    def _begun(self, routine: Routine) -> tuple[Run, bool]:
        """Return the same, and whether the person has done all of the routine before, without harm.

        To such a person it is explained briefly, unless they have asked for everything.
        """
        plan = self.desk.store.plan(self.person)
        sessions = sessions_of(self.desk.store.history(self.person), UTC)
        start = next_start(sessions, self._moment.date(), plan)
        done = {one.exercise for session in sessions for one in session.sets}
        before = not start.easier and done.issuperset(exercise.id for exercise in routine.exercises)
        if start.easier:
            plan = plan.easier()
        if before and self.desk.store.note(self.person, WORDS_NOTE) != Words.FULL:
            plan = replace(plan, words=Words.BRIEF)
        lengths = EstimatedLengths(plan.rate_wpm)
        run = new_run(routine, plan, self.phrases, lengths, asked=False, channel=Channel.VOICE)
        return run, before


def _breath(before: Session, after: Session, course: Course) -> bool:
    """Whether the person is asked before the next block: a new exercise, or the closing words."""
    script = course.script(before.plan)
    here, following = script.blocks[script.index(before.block)], script.blocks[script.index(after.block)]
    if following.kind in (BlockKind.CLOSING, BlockKind.NEXT):
        return True
    return following.kind is BlockKind.LEAD and here.kind is not BlockKind.OPENING
