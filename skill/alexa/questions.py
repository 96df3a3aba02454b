"""What a person asks, and what they tell: advice, pain, what can be said, how much is left."""

from __future__ import annotations

from dataclasses import replace

from routines.advice import by_name, find_advice
from routines.events import AskTopic, HowLong, Pain
from routines.load import DEFAULT_ROUTINE_ID, load_advice
from routines.model import Topic
from routines.script import BlockKind
from routines.session import refusal
from skill.alexa.desk import Reply
from skill.alexa.turntaking import TurnTaking


class Questions(TurnTaking):
    """Answers questions; where one is answered, the session goes on as it was."""

    # -- advice ----------------------------------------------------------------------------------------------

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

    def pain(self) -> Reply:
        """Stop at once because it hurts, advise, end."""
        if self.talk.running is None:
            topic = by_name(self.phrases("session.pain-topic"), self._topics)
            return self._bye(*(topic.say if topic else ()))
        return self._event(Pain())

    # -- about the session -----------------------------------------------------------------------------------

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

    # -- what can be said ------------------------------------------------------------------------------------

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
