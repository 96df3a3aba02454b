"""From events to a reply: one turn of the session, with what is said before it and asked after it."""

from __future__ import annotations

from dataclasses import replace

from routines.course import Course
from routines.events import (
    AskTopic,
    BlockFinished,
    Cannot,
    Easier,
    Effect,
    Event,
    Faster,
    HowLong,
    Play,
    Refuse,
    Say,
    Slower,
)
from routines.load import DEFAULT_ROUTINE_ID
from routines.plan import Plan
from routines.script import SENTENCE_GAP_MS, Block, BlockKind
from routines.session import Session, State, aside, step
from routines.timeline import lay_count_in, lay_lines
from skill.alexa import reminders
from skill.alexa.courses import HEALTH_AFTER, HEALTH_BEFORE
from skill.alexa.desk import Reply
from skill.alexa.screen import Scene
from skill.alexa.standing import Standing
from skill.alexa.talk import Sent
from skill.coach import place
from speech.turns import ROOM_MS, Turn


class TurnTaking(Standing):
    """Takes turns with the person: carries out what an event does, asks, says good-bye."""

    # -- from effects to a reply -----------------------------------------------------------------------------

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
                case Say(lines) | Refuse(lines):
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
            self.talk = self.talk.over() if done.is_over else replace(self.talk, session=done, sent=None)
            question, reprompt = self._number_asked(done), "number"
        else:
            question = (self._next_question(blocks[at], blocks[at + 1 :] if last.ends else ()),)
            reprompt = "ready"
        return Reply(
            talk=self.talk,
            lines=tuple(self.lines),
            lead=self.lead,
            turn=turn,
            question=question,
            reprompt=self.phrases(f"alexa.reprompt.{reprompt}") if question else "",
            scene=self._scene(turn, session, course),
        )

    def _scene(self, turn: Turn, session: Session, course: Course) -> Scene | None:
        if not self.heard.screen:
            return None
        timeline = course.timeline(session.plan)
        ids = {piece.block_id for piece in turn.slices}
        blocks = {block.id: block for block in timeline.blocks if block.id in ids}
        return Scene(blocks=blocks, total_ms=timeline.total_ms, title=course.routine.title)

    # -- asking ----------------------------------------------------------------------------------------------

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

    def _number_asked(self, session: Session) -> tuple[str, ...]:
        """Return the question that is to be answered with a number; nothing if there is none."""
        if session.is_over or session.question not in (*HEALTH_BEFORE, *HEALTH_AFTER):
            return ()
        return self.phrases.lines(f"alexa.ask.{session.question}")

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
        return self._nothing_running() if session is None else self._ask_in(session)

    def _ask_in(self, session: Session) -> Reply:
        if session.state is State.PAUSED:
            return self._ask("resume")
        if question := self._number_asked(session):
            return replace(self._asking(*question), reprompt=self.phrases("alexa.reprompt.number"))
        script = self._course(session).script(session.plan)
        at = script.index(session.block)
        later = () if session.offset_ms else script.blocks[at:]
        return self._asking(self._next_question(script.blocks[at], later))

    def _nothing_running(self) -> Reply:
        self.talk = replace(self.talk.over(), question="start", offer=DEFAULT_ROUTINE_ID)
        return self._ask("start", routine=self.desk.find_routine(DEFAULT_ROUTINE_ID).title)

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


#: What is said in between, and does not mean "go on".
_IN_BETWEEN = (AskTopic, Cannot, Easier, Faster, HowLong, Slower)
