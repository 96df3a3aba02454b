"""A conversation by turns: what a person wants -> session events -> what is said, played, asked and kept.

Alexa gives a skill no timer while it talks. So a reply is a *turn*: as much of the session as fits, ending in
a question. How much of it was heard is known only from the time of the next request; until then the session
stands where the turn began. Rules and wording live elsewhere: events go in, and effects become a `Reply`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from routines.advice import red_flag
from routines.events import (
    Answer,
    Cannot,
    Easier,
    Faster,
    Next,
    Pause,
    Play,
    Previous,
    Repeat,
    Skip,
    Slower,
    Stop,
)
from routines.load import DEFAULT_ROUTINE_ID
from routines.model import Barrier
from routines.plan import Words
from routines.session import State, go_on, step
from skill.alexa import reminders
from skill.alexa.accounts import delivery_note, language, person_id
from skill.alexa.desk import Desk, Reply
from skill.alexa.linking import Linking
from skill.alexa.repeating import is_steady, mark_ms
from skill.alexa.standing import REPLY_LAG_MS, WORDS_NOTE
from skill.alexa.wishes import Want

__all__ = ["REPLY_LAG_MS", "WANTS", "Conversation", "Desk", "Reply", "delivery_note", "language", "person_id"]


#: What a device gets that refused the former; the names are those of `replies.Delivery`.
SIMPLER = {"apla": "voice", "voice": "ssml", "ssml": "bare", "bare": "bare"}
#: So long what is told of a refused reply is about the same one.
ONE_REFUSAL = timedelta(seconds=5)


class Conversation(Linking):
    """One request of one person, answered."""

    def answer(self) -> Reply:
        """Return the answer to the request."""
        if self.heard.want in _SESSIONLESS or not self.heard.in_session:
            return self._sessionless()
        if self.desk.health:
            self._recall()
        self._settle()
        if self._asks_number and self.heard.want in _NO_ANSWER:
            return self._event(Answer(value=None))
        return WANTS[self.heard.want](self)

    # -- answers ---------------------------------------------------------------------------------------------

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

    @property
    def _asks_number(self) -> bool:
        """Whether the question is how much it hurts, or how hard it was."""
        session = self.talk.running
        return session is not None and session.state in (State.CHECKING, State.ASKING)

    def number(self) -> Reply:
        """Take a number by itself for what was asked: an hour, how much it hurts. Six digits are a code."""
        told = self.heard.slots.get("number", "")
        number = int(told) if told.isdecimal() else None
        if self.talk.question == "remind":
            hour = f"{number:02d}:00" if number is not None else "?"
            self.heard = replace(self.heard, slots={"time": hour})
            return self.remind()
        if len(told) == _CODE_DIGITS:
            self.heard = replace(self.heard, slots={"code": told})
            return self.link()
        if self._asks_number and number is not None:
            return self._event(Answer(value=number))
        answer = "not-asked" if self.desk.health else "not-taken"
        return self._aside(self.phrases.lines(f"alexa.number.{answer}"))

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

    def next(self) -> Reply:
        """Go to the next set; after a turn that was heard to its end, that is simply to go on."""
        return self.yes() if self._between_blocks else self._event(Next())

    @property
    def _between_blocks(self) -> bool:
        """Whether one block has just been heard to its end, and the next has not begun."""
        session = self.talk.running
        return session is not None and self.talk.heard and session.offset_ms == 0

    def repeat(self) -> Reply:
        """Do again what is going on; after a turn that was heard to its end, what was heard last.

        Steady work of many minutes goes back to the last time that was called; when it is over, nobody wants
        all of it again: the question is repeated.
        """
        session = self.talk.running
        if session is None:
            return self._nothing_running()
        course = self._course(session)
        if self._between_blocks:
            script = course.script(session.plan)
            done = script.blocks[script.index(session.block) - 1]
            return self._aside(()) if is_steady(done, session, course) else self._event(Previous())
        from_ms = mark_ms(session, course, session.offset_ms if self._offset_ms is None else self._offset_ms)
        if from_ms is None:
            return self._event(Repeat())
        session, effects = step(session, Repeat(), course)
        from_there = (
            replace(effect, from_ms=from_ms, count_in=True) if isinstance(effect, Play) else effect
            for effect in effects
        )
        return self._carry_out(replace(session, offset_ms=from_ms), tuple(from_there), course)

    def stop(self) -> Reply:
        """Stop, whatever there is to stop."""
        if self.talk.running is None or self.talk.question == "go-on-there":
            return self._bye(*self.phrases.lines("alexa.bye"))
        return self._event(Stop())

    # -- wishes ----------------------------------------------------------------------------------------------

    def words(self, words: Words) -> Reply:
        """Explain less or more from here on, and next time."""
        plan = replace(self.desk.store.plan(self.person), words=words)
        self.desk.store.save_plan(self.person, plan, "alexa", self._moment)
        wish = words if words is Words.FULL else None
        self.desk.store.set_note(self.person, WORDS_NOTE, wish, self._moment)
        session = self.talk.running
        if session is not None:
            self.talk = replace(self.talk, session=replace(session, plan=replace(session.plan, words=words)))
        return self._aside(self.phrases.lines(f"alexa.words.{words}"))

    def cannot(self) -> Reply:
        """Take another way round what the person cannot do."""
        told = self.heard.slots.get("barrier", "")
        if told not in list(Barrier):  # "I can't ... put any weight on it": no barrier, and no small thing
            flag = red_flag(f"{self.phrases('alexa.cannot')} {told}", self._topics, self.phrases.locale)
            return self._advise(flag) if flag else self.unknown()
        if self.talk.running is None:
            plan = self.desk.store.plan(self.person).cannot(Barrier(told))
            self.desk.store.save_plan(self.person, plan, "alexa", self._moment)
            return self._aside(self.phrases.lines("session.cannot.say"))
        return self._event(Cannot(barrier=Barrier(told)))

    def remind(self) -> Reply:
        """Take the wish for a reminder: ask what is missing, then for a yes."""
        before = self.talk.remind if self.talk.question == "remind" else ""
        return self._reminded(reminders.take(self.heard, before, self.phrases))

    # -- requests without a conversation ---------------------------------------------------------------------

    def _sessionless(self) -> Reply:
        heard = self.heard
        unheard = heard.detail == "INVALID_RESPONSE"
        if heard.want is Want.FORGET:
            self.desk.store.forget(person_id(heard.person))
        if heard.want in (Want.ENDED, Want.FAILED) and unheard:
            self._ask_less_of_device()
        if heard.want is Want.ENDED:
            if not unheard:
                self._settle()
            self._break_off()
        return Reply(talk=self.talk, silent=True)

    def _ask_less_of_device(self) -> None:
        """Remember that a device did not take a reply: it gets the next simpler kind from now on."""
        store, note = self.desk.store, delivery_note(self.heard.device)
        if store.seen(f"refused:{note}", self._moment, ONE_REFUSAL):
            return  # one refusal may be told in two ways
        account = person_id(self.heard.person)
        refused = self.heard.attributes.get("delivery") or store.note(account, note)
        store.set_note(account, note, SIMPLER.get(str(refused), "voice"), self._moment)


#: How somebody says that they would rather not say a number.
_NO_ANSWER = frozenset({Want.NO, Want.READY, Want.NEXT, Want.SKIP})
_CODE_DIGITS = 6
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
    Want.NUMBER: Conversation.number,
    Want.REMIND: Conversation.remind,
    Want.UNSUPPORTED: Conversation.unsupported,
    Want.BACK: Conversation.back,
}
