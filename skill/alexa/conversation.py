"""A conversation by turns: what a person wants -> session events -> what is said, played, asked and kept.

Alexa gives a skill no timer while it talks. So a reply is a *turn*: as much of the session as fits, ending in
a question. How much of it was heard is known only from the time of the next request; until then the session
stands where the turn began. Rules and wording live elsewhere: events go in, and effects become a `Reply`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial

from routines.advice import by_name, find_advice
from routines.course import Course
from routines.events import (
    Ask,
    AskTopic,
    BlockFinished,
    Cannot,
    Easier,
    Effect,
    End,
    Event,
    Faster,
    HowLong,
    Next,
    Pain,
    Pause,
    Play,
    Previous,
    Refuse,
    Repeat,
    Save,
    Say,
    Skip,
    Slower,
    Start,
    Stop,
)
from routines.lengths import EstimatedLengths
from routines.load import DEFAULT_ROUTINE_ID, load_advice
from routines.model import Barrier, Routine, Topic
from routines.phrases import load_phrases, locales
from routines.plan import Plan, Words
from routines.progress import next_start
from routines.script import SENTENCE_GAP_MS, Block, BlockKind, Channel
from routines.session import Session, State, aside, go_on, refusal, step
from routines.timeline import LaidBlock, lay_count_in, lay_lines
from skill.alexa import reminders
from skill.alexa.audio import AudioLibrary, AudioOut
from skill.alexa.courses import Courses
from skill.alexa.reminders import AlexaReminders, Reminders
from skill.alexa.screen import Scene
from skill.alexa.talk import Sent, Talk
from skill.alexa.wishes import Heard, Want
from skill.coach import RESUME_WITHIN, Keeper, Run, going_on, new_run, place
from skill.history import sessions_of
from skill.ports import Store
from speech.turns import ROOM_MS, Turn, fill_turn
from speech.turns import place as place_in

#: A reply is heard this much after the request it answers, about.
REPLY_LAG_MS = 1_500

#: Where so much is said before that there is hardly room, a turn may take this and no less.
LEAST_MS = 10_000

#: How often a code may be tried by one account, and in what time.
LINK_TRIES = 3
LINK_WINDOW_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered. Nothing at all where a request may not be answered."""

    talk: Talk
    lines: tuple[str, ...] = ()  #: said first
    lead: tuple[LaidBlock, ...] = ()  #: the same in time, where a turn follows, and "3, 2, 1"
    turn: Turn | None = None  #: played then
    question: tuple[str, ...] = ()  #: said last; without one the conversation ends
    reprompt: str = ""
    silent: bool = False  #: an empty answer: the request allows no other
    scene: Scene | None = None  #: the turn's place in the session, where there is a screen
    asks_permission: bool = False  #: a card that asks for the right to set reminders
    audio: AudioOut | None = None  #: what the audio player does then

    @property
    def ends(self) -> bool:
        """Whether the conversation is over."""
        return not self.question


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What every conversation shares: the store, the routines, whether a turn fits a reply."""

    store: Store
    find_routine: Callable[[str], Routine]
    routines: Callable[[], tuple[Routine, ...]]
    fits: Callable[[Turn], bool]
    audio: AudioLibrary | None = None  #: sessions as files, if they are played like that
    reminders: Reminders = field(default_factory=AlexaReminders)
    courses: Courses = field(default_factory=Courses)


class Conversation:
    """One request of one person, answered."""

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

    def answer(self) -> Reply:
        """Return the answer to the request."""
        if self.heard.want in _SESSIONLESS or not self.heard.in_session:
            return self._sessionless()
        self._settle()
        return WANTS[self.heard.want](self)

    # -- where the person is -------------------------------------------------------------------------

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
            now=lambda: datetime.fromtimestamp(self.heard.at_ms / 1000, UTC),
            session_id=self.talk.session_id or "",
            device="alexa",
        )

    def _course(self, session: Session) -> Course:
        routine = self.desk.find_routine(session.routine)
        return self.desk.courses.course(routine, self.phrases, session.plan.rate_wpm)

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

    # -- from effects to a reply ---------------------------------------------------------------------

    def _event(self, event: Event) -> Reply:
        session = self.talk.running
        if session is None:
            return self._nothing_running()
        course = self._course(session)
        waits = self._offset_ms is None and isinstance(event, _IN_BETWEEN)
        effects: tuple[Effect, ...]
        session, effects = step(session, replace(event, offset_ms=self._offset_ms), course)
        if waits:  # nothing was playing: nobody has said yet that they are ready
            effects = tuple(effect for effect in effects if not isinstance(effect, Play))
        return self._carry_out(session, effects, course)

    def _carry_out(self, session: Session, effects: tuple[Effect, ...], course: Course) -> Reply:
        self._keep(session, course, effects)
        question = self.talk.question if session.state is State.PAUSED else None
        self.talk = replace(self.talk, session=session, question=question)
        turn: Turn | None = None
        for effect in effects:
            match effect:
                case Say(lines) | Refuse(lines) | Ask(lines=lines):
                    self.lines += lines
                case Play():
                    turn = self._play(session, course, effect)
                case _:
                    pass
        if self.talk.running is None:
            return Reply(talk=self.talk.over(), lines=tuple(self.lines), turn=turn)
        if turn is None:
            return self._ask_again()
        return self._after(turn, course)

    def _play(self, session: Session, course: Course, play: Play) -> Turn | None:
        """Return what is played after what has been said; None if that was so much that nothing more fits."""
        session = replace(session, offset_ms=play.from_ms)
        gap_ms = session.plan.stretch(SENTENCE_GAP_MS)
        lead = (lay_lines("", tuple(self.lines), course.lengths, gap_ms),) if self.lines else ()
        lead = (*lead, lay_count_in("", course.lengths)) if play.count_in else lead
        lead_ms = sum(block.length_ms for block in lead)
        turn = self._turn(session, course, play.from_ms, lead_ms)
        if lead and lead_ms + turn.length_ms > ROOM_MS:
            return None
        self.lead = lead
        self.talk = replace(
            self.talk,
            session=session,
            heard=False,
            sent=Sent(
                block=play.block,
                from_ms=play.from_ms,
                at_ms=self.heard.at_ms,
                lead_ms=lead_ms,
            ),
        )
        return turn

    def _after(self, turn: Turn, course: Course) -> Reply:
        """Return a reply that plays a turn and asks for what comes after it."""
        session = self.talk.session or Session(routine=course.routine.id, plan=Plan())
        blocks = course.script(session.plan).blocks
        last = turn.slices[-1]
        at = course.script(session.plan).index(last.block_id)
        if blocks[at].kind is BlockKind.CLOSING and last.ends:
            # Nobody will tell when the closing words have been heard: it is done now.
            done, effects = step(session, BlockFinished(block="closing"), course)
            self._keep(done, course, effects)
            return Reply(
                talk=self.talk.over(),
                lines=tuple(self.lines),
                lead=self.lead,
                turn=turn,
                scene=self._scene(turn, session, course),
            )
        ask = self._next_question(blocks[at], blocks[at + 1 :] if last.ends else ())
        reprompt = self.phrases("alexa.reprompt.ready")
        return Reply(
            talk=self.talk,
            lines=tuple(self.lines),
            lead=self.lead,
            turn=turn,
            question=(ask,),
            reprompt=reprompt,
            scene=self._scene(turn, session, course),
        )

    def _scene(self, turn: Turn, session: Session, course: Course) -> Scene | None:
        if not self.heard.screen:
            return None
        timeline = course.timeline(session.plan)
        ids = {piece.block_id for piece in turn.slices}
        blocks = {block.id: block for block in timeline.blocks if block.id in ids}
        return Scene(blocks=blocks, total_ms=timeline.total_ms, title=course.routine.title)

    def _next_question(  # noqa: PLR0911 - one a kind of block
        self, here: Block, later: tuple[Block, ...]
    ) -> str:
        say = self.phrases
        if not later:
            return say("alexa.ask.still-going" if here.kind is BlockKind.WORK else "alexa.ask.go-on")
        if here.kind in (BlockKind.CHANGE, BlockKind.REST) and here is not later[0]:
            return say("alexa.ask.next-set")  # it has said itself what comes
        if later[0].kind is BlockKind.REST:
            return say("alexa.ask.rest")
        led = (BlockKind.LEAD, BlockKind.WORK, BlockKind.CLOSING)
        following = next(block for block in later if block.kind in led)
        if following.kind is BlockKind.CLOSING:
            return say("alexa.ask.finish")
        if following.kind is BlockKind.LEAD:
            return say("alexa.ask.next-exercise", title=following.title)
        if following.side is not None:
            return say("alexa.ask.next-side", side=say(f"script.sides.{following.side}"))
        return say("alexa.ask.next-set", title=following.title)

    def _ask(self, question: str, **values: object) -> Reply:
        """Say what has been gathered, then ask; the conversation stays open."""
        return self._asking(*self.phrases.lines(f"alexa.ask.{question}", **values))

    def _asking(self, *question: str) -> Reply:
        return Reply(
            talk=self.talk,
            lines=tuple(self.lines),
            question=question,
            reprompt=self.phrases("alexa.reprompt.help"),
        )

    def _bye(self, *lines: str) -> Reply:
        return Reply(talk=self.talk.over(), lines=(*self.lines, *lines))

    # -- beginning -----------------------------------------------------------------------------------

    def launch(self) -> Reply:
        """Open: go on with what was interrupted, or offer a routine."""
        run = self._interrupted()
        if run is not None:
            self.talk = Talk(session_id=run.session_id, session=run.session, question="go-on-there")
            return self._ask("go-on-there", where=place(run))
        last = self.desk.store.last_session(self.person)
        offered = last.routine_id if last is not None else DEFAULT_ROUTINE_ID
        return self._offer(offered, "welcome-back" if last is not None else "welcome")

    def _offer(self, routine_id: str, welcome: str) -> Reply:
        routine = self._known(routine_id)
        self.lines += self.phrases.lines(f"alexa.{welcome}")
        self.talk = Talk(question="start", offer=routine.id)
        return self._ask("start", routine=routine.title)

    def _known(self, routine_id: str | None) -> Routine:
        """Return a routine; the short one where none is named, or one that has gone."""
        try:
            return self.desk.find_routine(routine_id or DEFAULT_ROUTINE_ID)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, there is another one
            return self.desk.find_routine(DEFAULT_ROUTINE_ID)

    def _interrupted(self) -> Run | None:
        moment = datetime.fromtimestamp(self.heard.at_ms / 1000, UTC)
        found = self.desk.store.interrupted(self.person, moment, RESUME_WITHIN)
        if found is None:
            return None
        try:
            routine = self.desk.find_routine(found.routine_id)
        except Exception:  # noqa: BLE001 - its file has gone or is at fault: there is nothing to go on with
            return None
        return going_on(found, routine, self._fresh(routine))

    def _fresh(self, routine: Routine) -> Run:
        plan = self.desk.store.plan(self.person)
        today = datetime.fromtimestamp(self.heard.at_ms / 1000, UTC).date()
        start = next_start(sessions_of(self.desk.store.history(self.person), UTC), today, plan)
        lengths = EstimatedLengths(plan.rate_wpm)
        if start.easier:
            plan = plan.easier()
        return new_run(routine, plan, self.phrases, lengths, asked=False, channel=Channel.VOICE)

    def start(self) -> Reply:
        """Start a routine by its name, or the one that was offered."""
        named = self.heard.slots.get("routine")
        if named is None and self.talk.running is not None:  # "start": what is there to be started
            return self.yes()
        try:
            routine = self.desk.find_routine(named or self.talk.offer or DEFAULT_ROUTINE_ID)
        except Exception:  # noqa: BLE001 - whatever is wrong with that name, say which there are
            return self.list_routines()
        if self.talk.running is not None:
            self._leave()
        return self._begin(routine)

    def _begin(self, routine: Routine) -> Reply:
        run = self._fresh(routine)
        self._kept = None  # that was another session's
        self.talk = Talk(session_id=run.session_id, session=run.session)
        replace(self._keeper(), person=self.person).begin(run)  # nothing else has to know whose it is
        course = self._course(run.session)
        return self._carry_out(*step(run.session, Start(), course), course)

    def _leave(self) -> None:
        session = self.talk.running
        if session is not None and self.talk.session_id:
            self._keeper().leave(session)
        self.talk = self.talk.over()

    # -- answers -------------------------------------------------------------------------------------

    def yes(self) -> Reply:
        """Take yes, ready, resume: whatever was asked last goes ahead."""
        if self.talk.question == "start":
            return self.start()
        if self.talk.question == "remind" and self.heard.want is Want.YES:  # "ready" agrees to no reminder
            agreed = reminders.agree(self.talk.remind, self.heard, self.desk.reminders, self.phrases)
            return self._reminded(agreed)
        session = self.talk.running
        if session is None:
            return self._nothing_running()
        if self._offset_ms is not None:  # in the middle of a turn there is nothing to say yes to: go on
            session = replace(session, offset_ms=self._offset_ms)
        course = self._course(session)
        return self._carry_out(*go_on(session, course), course)

    def no(self) -> Reply:
        """Take no: to going on there, to a start, or to the next set for now."""
        if self.talk.question == "go-on-there":
            session = self.talk.session
            self._leave()
            return self._offer(session.routine if session else DEFAULT_ROUTINE_ID, "all-right")
        if self.talk.question == "start":
            return self._bye(*self.phrases.lines("alexa.not-now"))
        if self.talk.question == "remind":
            return self._reminded(reminders.Step(lines=self.phrases.lines("alexa-remind.none")))
        if self.talk.running is None:
            return self._bye(*self.phrases.lines("alexa.bye"))
        self.lines += self.phrases.lines("session.take-your-time")
        return self._ask("resume")

    def next(self) -> Reply:
        """Go to the next set; after a turn that was heard to its end, that is simply to go on."""
        return self.yes() if self._between_blocks else self._event(Next())

    @property
    def _between_blocks(self) -> bool:
        """Whether one block has just been heard to its end, and the next has not begun."""
        session = self.talk.running
        return session is not None and self.talk.heard and session.offset_ms == 0

    def repeat(self) -> Reply:
        """Do again what is going on; after a turn that was heard to its end, what was heard last."""
        return self._event(Previous() if self._between_blocks else Repeat())

    def start_over(self) -> Reply:
        """Begin the routine again from its start."""
        session = self.talk.running
        if session is None:
            return self.launch()
        self._leave()
        return self._begin(self.desk.find_routine(session.routine))

    def stop(self) -> Reply:
        """Stop, whatever there is to stop."""
        if self.talk.running is None or self.talk.question == "go-on-there":
            return self._bye(*self.phrases.lines("alexa.bye"))
        return self._event(Stop())

    def pain(self) -> Reply:
        """Stop at once because it hurts, advise, end."""
        if self.talk.running is None:
            topic = by_name(self.phrases("session.pain-topic"), self._topics)
            return self._bye(*(topic.say if topic else ()))
        return self._event(Pain())

    def help(self) -> Reply:
        """Say what can be said, and ask again."""
        return self._aside(self.phrases.lines("alexa.help"))

    def can_say(self) -> Reply:
        """Say what can be said in this state."""
        session = self.talk.running
        if session is None:
            return self._aside(self.phrases.lines("alexa.can-say"))
        course = self._course(session)
        return self._aside((*refusal(session.state, course)[-1:], *self.phrases.lines("alexa.can-also-say")))

    def unknown(self) -> Reply:
        """Say that it was not understood, and what can be said."""
        self.lines += self.phrases.lines("alexa.sorry")
        return self.can_say()

    def unsupported(self) -> Reply:
        """Answer loop and shuffle, which come unasked."""
        return self._aside(self.phrases.lines("alexa.unsupported"))

    def back(self) -> Reply:
        """Go on, or ask again, after something else that Alexa did."""
        return self._aside(())

    def _aside(self, lines: tuple[str, ...]) -> Reply:
        """Say something that changes nothing, then go on or ask again."""
        session = self.talk.running
        if session is None or self._offset_ms is None:
            self.lines += lines
            return self._ask_again()
        course = self._course(session)
        return self._carry_out(*aside(session, self._offset_ms, course, lines), course)

    def _ask_again(self) -> Reply:
        """Ask what is to be answered now, the same as before."""
        if self.talk.question == "go-on-there":
            run = self._interrupted()
            return self._ask("go-on-there", where=place(run)) if run else self._nothing_running()
        if self.talk.question == "start" and self.talk.offer:
            return self._ask("start", routine=self._known(self.talk.offer).title)
        if self.talk.question == "remind":
            return self._reminded(reminders.ask(self.talk.remind, self.heard, self.phrases))
        session = self.talk.running
        if session is None:
            return self._nothing_running()
        if session.state is State.PAUSED:
            return self._ask("resume")
        script = self._course(session).script(session.plan)
        at = script.index(session.block)
        later = () if session.offset_ms else script.blocks[at:]
        return self._asking(self._next_question(script.blocks[at], later))

    def _nothing_running(self) -> Reply:
        self.talk = replace(self.talk.over(), question="start", offer=DEFAULT_ROUTINE_ID)
        return self._ask("start", routine=self.desk.find_routine(DEFAULT_ROUTINE_ID).title)

    # -- questions about it --------------------------------------------------------------------------

    @property
    def _topics(self) -> tuple[Topic, ...]:
        return load_advice(self.phrases.locale)

    def advice(self) -> Reply:
        """Say what one topic of the advice says, named or in other words."""
        return self._advise(self._topic(self.heard.slots.get("topic", "")))

    def question(self) -> Reply:
        """Answer a free question from the advice; say so if there is no answer."""
        return self._advise(self._topic(self.heard.slots.get("question", "")))

    def red_flag(self) -> Reply:
        """Take a red flag, in whatever words it was told: it ends everything."""
        told = self._topic(" ".join(self.heard.slots.values()))
        if told is None or not told.urgent:
            told = by_name(self.phrases("alexa.red-flag-topic"), self._topics)
        return self._advise(told)

    def _topic(self, told: str) -> Topic | None:
        """Return the topic of that id or title, or that answers a question. A red flag wins over all."""
        named = by_name(told, self._topics)
        found = None if named else find_advice(told, self._topics, self.phrases.locale)
        return found.topic if found else named

    def _advise(self, topic: Topic | None) -> Reply:
        if topic is None:
            return self._aside(self.phrases.lines("session.do-not-know"))
        if topic.id == self.phrases("session.pain-topic"):  # in whatever words: it hurts
            return self.pain()
        if not topic.urgent:
            return self._aside(topic.say)
        return self._bye(*topic.say) if self.talk.running is None else self._event(AskTopic(topic=topic.id))

    def which_side(self) -> Reply:
        """Say which side the set is on."""
        block = self._block()
        if block is None or block.side is None:
            return self._aside(self.phrases.lines("alexa.both-sides"))
        side = self.phrases(f"script.sides.{block.side}")
        return self._aside(self.phrases.lines("alexa.this-side", side=side))

    def how_long(self) -> Reply:
        """Say how much is left; before the start, how long the routine takes that is offered."""
        if self.talk.running is not None:
            return self._event(HowLong())
        routine = self._known(self.talk.offer)
        run = self._fresh(routine)
        minutes = max(1, round(run.course.timeline(run.session.plan).total_ms / 60_000))
        return self._aside(self.phrases.lines("alexa.takes", routine=routine.title, n=minutes))

    def needs(self) -> Reply:
        """Say what is needed: for this exercise, or for the routine that is offered."""
        block, session = self._block(), self.talk.running
        routine = self._known(session.routine if session else self.talk.offer)
        needs = routine.needs
        if session is not None and block is not None and block.exercise is not None:
            needs = session.plan.exercise_for(routine.exercise(block.exercise)).needs
        wanted = self.phrases.joined(needs) or self.phrases("questions.nothing")
        return self._aside((self.phrases("script.needs", needs=wanted),))

    def why(self) -> Reply:
        """Say what this exercise is good for."""
        block, session = self._block(), self.talk.running
        if session is None or block is None or block.exercise is None:
            return self._advise(by_name(self.phrases("alexa.why-topic"), self._topics))
        routine = self.desk.find_routine(session.routine)
        return self._aside((session.plan.exercise_for(routine.exercise(block.exercise)).benefit,))

    def how_am_i(self) -> Reply:
        """Say how much is done: facts, no numbers of health."""
        session = self.talk.running
        if session is None:
            return self._aside(self.phrases.lines("alexa.nothing-yet"))
        script = self._course(session).script(session.plan)
        at = script.index(session.block)
        work = [block for block in script.blocks if block.kind is BlockKind.WORK]
        done = [block for block in script.blocks[:at] if block.kind is BlockKind.WORK]
        return self._aside(self.phrases.lines("alexa.so-far", n=len(done), sets=len(work)))

    def list_routines(self) -> Reply:
        """Name the routines there are, and ask which."""
        titles = tuple(routine.title for routine in self.desk.routines())
        if self.talk.running is not None:
            return self._aside(self.phrases.lines("alexa.routines", titles=self.phrases.joined(titles)))
        self.lines += self.phrases.lines("alexa.routines", titles=self.phrases.joined(titles))
        self.talk = replace(self.talk, question="start", offer=self.talk.offer or DEFAULT_ROUTINE_ID)
        return self._ask("which")

    def words(self, words: Words) -> Reply:
        """Explain less or more from here on, and next time."""
        moment = datetime.fromtimestamp(self.heard.at_ms / 1000, UTC)
        plan = replace(self.desk.store.plan(self.person), words=words)
        self.desk.store.save_plan(self.person, plan, "alexa", moment)
        session = self.talk.running
        if session is not None:
            self.talk = replace(self.talk, session=replace(session, plan=replace(session.plan, words=words)))
        return self._aside(self.phrases.lines(f"alexa.words.{words}"))

    def cannot(self) -> Reply:
        """Take another way round what the person cannot do."""
        told = self.heard.slots.get("barrier", "")
        if told not in list(Barrier):
            return self.unknown()
        if self.talk.running is None:
            moment = datetime.fromtimestamp(self.heard.at_ms / 1000, UTC)
            plan = self.desk.store.plan(self.person).cannot(Barrier(told))
            self.desk.store.save_plan(self.person, plan, "alexa", moment)
            return self._aside(self.phrases.lines("session.cannot.say"))
        return self._event(Cannot(barrier=Barrier(told)))

    def link(self) -> Reply:
        """Link this account to the person whose code was spoken."""
        moment = datetime.fromtimestamp(self.heard.at_ms / 1000, UTC)
        code = "".join(letter for letter in self.heard.slots.get("code", "") if letter.isdigit())
        if not code:
            return self._aside(self.phrases.lines("alexa.link.no-code"))
        if not self._may_try(moment):
            return self._aside(self.phrases.lines("alexa.link.too-often"))
        person = self.desk.store.take_link_code(code, moment)
        if person is None:
            return self._aside(self.phrases.lines("alexa.link.wrong"))
        self.desk.store.set_alias(person_id(self.heard.person), person, moment)
        self.person = person
        if self.talk.running is not None or self._interrupted() is None:
            return self._aside(self.phrases.lines("alexa.link.done"))
        self.lines += self.phrases.lines("alexa.link.done")
        return self.launch()

    def _may_try(self, moment: datetime) -> bool:
        """Whether this account may try a code: so seldom that nobody finds one by guessing."""
        window = f"link:{person_id(self.heard.person)}:{int(moment.timestamp()) // LINK_WINDOW_S}"
        keep = timedelta(seconds=LINK_WINDOW_S)
        return any(not self.desk.store.seen(f"{window}:{nth}", moment, keep) for nth in range(LINK_TRIES))

    # -- reminders -----------------------------------------------------------------------------------

    def remind(self) -> Reply:
        """Take the wish for a reminder: ask what is missing, then for a yes."""
        before = self.talk.remind if self.talk.question == "remind" else ""
        return self._reminded(reminders.take(self.heard, before, self.phrases))

    def _reminded(self, step_: reminders.Step) -> Reply:
        """Say and ask what is to be said about a reminder; when nothing is asked, go on where it was."""
        session = self.talk.running
        if step_.asks:
            if session is not None and self._offset_ms is not None:
                session = replace(session, offset_ms=self._offset_ms)
            self.talk = replace(
                self.talk, session=session or self.talk.session, question="remind", remind=step_.pending
            )
            self.lines += step_.lines
            return Reply(
                talk=self.talk,
                lines=tuple(self.lines),
                question=step_.asks,
                reprompt=" ".join(step_.asks),
            )
        question = self.talk.question if self.talk.question != "remind" else None
        if session is None and self.talk.offer:
            question = "start"
        self.talk = replace(self.talk, question=question, remind="")
        ends = session is None and question is None
        reply = self._bye(*step_.lines) if ends else self._aside(step_.lines)
        return replace(reply, asks_permission=step_.permission)

    def _block(self) -> Block | None:
        session = self.talk.running
        if session is None:
            return None
        script = self._course(session).script(session.plan)
        return script.blocks[script.index(session.block)]

    # -- requests without a conversation -------------------------------------------------------------

    def _sessionless(self) -> Reply:
        heard = self.heard
        unheard = heard.detail == "INVALID_RESPONSE"
        if heard.want is Want.FORGET:
            self.desk.store.forget(person_id(heard.person))
        if heard.want in (Want.ENDED, Want.FAILED) and unheard:
            moment = datetime.fromtimestamp(heard.at_ms / 1000, UTC)
            self.desk.store.set_note(person_id(heard.person), delivery_note(heard.device), "ssml", moment)
        if heard.want is Want.ENDED:
            if not unheard:
                self._settle()
            self._break_off()
        return Reply(talk=self.talk, silent=True)

    def _break_off(self) -> None:
        session = self.talk.running
        if session is not None and self.talk.session_id:
            if self._offset_ms is not None:
                session = replace(session, offset_ms=self._offset_ms)
            self._keeper().break_off(session)


def person_id(account: str) -> str:
    """Return our name for an account: Alexa's own id is never kept."""
    return "alexa-" + hashlib.sha256(account.encode()).hexdigest()[:24]


def delivery_note(device: str) -> str:
    """Return the key of the note that says how a device wants its turns."""
    return "delivery:" + hashlib.sha256(device.encode()).hexdigest()[:24]


def language(locale: str) -> str:
    """Return the language that we have phrases for and that comes nearest to an Alexa locale."""
    there = locales()
    return next((name for name in (locale, locale.partition("-")[0]) if name in there), there[0])


def _breath(before: Session, after: Session, course: Course) -> bool:
    """Whether the person is asked before the next block: a new exercise, or the closing words."""
    script = course.script(before.plan)
    here, following = script.blocks[script.index(before.block)], script.blocks[script.index(after.block)]
    if following.kind in (BlockKind.CLOSING, BlockKind.NEXT):
        return True
    return following.kind is BlockKind.LEAD and here.kind is not BlockKind.OPENING


#: What is said in between, and does not mean "go on".
_IN_BETWEEN = (AskTopic, Cannot, Easier, Faster, HowLong, Slower)
_SESSIONLESS = frozenset({Want.ENDED, Want.FORGET, Want.FAILED, Want.PLAYER, Want.BUTTON, Want.NOTHING})

#: What is wanted -> how it is answered.
WANTS: Mapping[Want, Callable[[Conversation], Reply]] = {
    Want.LAUNCH: Conversation.launch,
    Want.START: Conversation.start,
    Want.YES: Conversation.yes,
    Want.NO: Conversation.no,
    Want.READY: Conversation.yes,
    Want.RESUME: Conversation.yes,
    Want.NEXT: Conversation.next,
    Want.PREVIOUS: lambda talk: talk._event(Previous()),  # noqa: SLF001 - the table is part of the class
    Want.REPEAT: Conversation.repeat,
    Want.START_OVER: Conversation.start_over,
    Want.PAUSE: lambda talk: talk._event(Pause()),  # noqa: SLF001
    Want.STOP: Conversation.stop,
    Want.HELP: Conversation.help,
    Want.UNKNOWN: Conversation.unknown,
    Want.SLOWER: lambda talk: talk._event(Slower()),  # noqa: SLF001
    Want.FASTER: lambda talk: talk._event(Faster()),  # noqa: SLF001
    Want.EASIER: lambda talk: talk._event(Easier()),  # noqa: SLF001
    Want.SKIP: lambda talk: talk._event(Skip()),  # noqa: SLF001
    Want.CANNOT: Conversation.cannot,
    Want.WHICH_SIDE: Conversation.which_side,
    Want.HOW_LONG: Conversation.how_long,
    Want.NEEDS: Conversation.needs,
    Want.WHY: Conversation.why,
    Want.HOW_AM_I: Conversation.how_am_i,
    Want.ADVICE: Conversation.advice,
    Want.QUESTION: Conversation.question,
    Want.PAIN: Conversation.pain,
    Want.RED_FLAG: Conversation.red_flag,
    Want.BRIEF: lambda talk: talk.words(Words.BRIEF),
    Want.FULL: lambda talk: talk.words(Words.FULL),
    Want.CAN_SAY: Conversation.can_say,
    Want.LIST: Conversation.list_routines,
    Want.LINK: Conversation.link,
    Want.REMIND: Conversation.remind,
    Want.UNSUPPORTED: Conversation.unsupported,
    Want.BACK: Conversation.back,
}
