"""How a conversation begins: welcome, offer, start, start over."""

from __future__ import annotations

from dataclasses import replace

from routines.events import Start
from routines.load import DEFAULT_ROUTINE_ID
from routines.model import Routine
from routines.session import step
from skill.alexa.desk import Reply
from skill.alexa.questions import Questions
from skill.alexa.talk import Talk
from skill.coach import place


class Starting(Questions):
    """Begins routines."""

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

    def _begin(self, routine: Routine) -> Reply:
        run, before = self._begun(routine)
        self._kept = None  # that was another session's
        self.talk = Talk(session_id=run.session_id, session=run.session, before=before)
        replace(self._keeper(), person=self.person).begin(run)  # nothing else has to know whose it is
        course = self._course(run.session)
        return self._carry_out(*step(run.session, Start(), course), course)

    def start_over(self) -> Reply:
        """Begin the routine again from its start."""
        session = self.talk.running
        if session is None:
            return self.launch()
        self._leave()
        return self._begin(self.desk.find_routine(session.routine))
