"""One start carried out on this machine: the invitation, the session, and what is told of both."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from routines.events import Event, Resume, Start
from routines.model import Routine
from routines.phrases import Phrases
from skill.care.device import LED_ELSEWHERE, DeviceSide, Taken
from skill.care.live_state import LiveState, Phase
from skill.coach import Keeper, Run, place, spoken_to
from skill.errors import fault_lines
from skill.home.desk import Desk
from skill.home.patience import Backlog, persistently
from skill.home.question import Asker, Said
from skill.home.stage import Parts
from skill.home.telling import TellingFace
from skill.live import Live
from skill.ports import LeaseLostError
from skill.runs import Finder
from skill.transcript import capital

#: What the session's `End` says when all of it was done.
_DONE = "done"
_SENTENCE_ENDS = (".", "!", "?", "…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Everything for one start that has been taken."""

    side: DeviceSide
    taken: Taken
    routine: Routine
    finder: Finder
    phrases: Phrases
    parts: Parts
    desk: Desk
    backlog: Backlog

    def carry_out(self) -> None:
        """Ask first if that is due, then lead to the end. SystemExit when the server ends: all is kept.

        Somebody else who has led the person since, because this machine was asleep, goes on undisturbed.
        """
        face = TellingFace(self.parts.face, self.side, self._about())
        try:
            if not self.taken.invite or self._is_wanted(face):
                self._lead_to_an_end(face)
        except LeaseLostError:
            self._give_way(face)

    def _lead_to_an_end(self, face: TellingFace) -> None:
        end = Phase.STOPPED, ""
        try:
            end = self._lead(face)
        except KeyboardInterrupt:  # the person left at a question that belongs to no session
            pass
        except LeaseLostError:
            raise
        except BaseException:
            self._tell_end(face, Phase.INTERRUPTED)
            raise
        self._tell_end(face, *end)

    def _tell_end(self, face: TellingFace, phase: Phase, reason: str = "") -> None:
        persistently(self.backlog.flush, self.desk.wait)
        persistently(lambda: face.tell(phase, reason), self.desk.wait)
        persistently(lambda: self.side.finish(self.taken.command), self.desk.wait)

    def _give_way(self, face: TellingFace) -> None:
        """Be silent, leave the session to whoever leads it now, and say once who that is.

        Caregivers are told that nothing is led here: whether it goes on is told by who has gone on with it.
        """
        self.parts.sound.player.stop()
        self.desk.give_way()
        with contextlib.suppress(LeaseLostError):  # what has happened to the person is kept all the same
            persistently(self.backlog.flush, self.desk.wait)
        persistently(lambda: self.side.tell(None), self.desk.wait)
        persistently(lambda: self._close(face), self.desk.wait)
        asker = Asker(self.parts, self.desk, self.phrases, self.side.house.now)
        asker.say(fault_lines(self.desk.elsewhere(), self.phrases))

    def _close(self, face: TellingFace) -> None:
        """Say what became of the start: its session is over here, or there never was one."""
        if face.session is None:
            self.side.refuse(self.taken.command, LED_ELSEWHERE)
        else:
            self.side.finish(self.taken.command)

    def _about(self) -> LiveState:
        return LiveState(
            command=self.taken.command.id,
            asked_by=self.taken.who_name,
            routine=self.routine.id,
            routine_title=capital(self.routine.title),
        )

    def _is_wanted(self, face: TellingFace) -> bool:
        command = self.taken.command
        face.tell(Phase.INVITED)
        asker = Asker(self.parts, self.desk, self.phrases, self.side.house.now)
        try:
            said = asker.ask(self._invitation(), command, capital(self.routine.title))
        except SystemExit:
            self.side.tell(None)
            self.side.finish(command)
            raise
        if said is Said.YES:
            return True
        match said:
            case Said.WITHDRAWN:
                self.side.finish(command, said.value)
            case Said.NOTHING:
                self.side.answer(command, yes=None)
            case Said.NO | Said.STOP_SHARING:
                self.side.answer(command, yes=False)
        self.side.tell(None)
        if said is Said.STOP_SHARING:
            self.side.stop_sharing()
            asker.say(self.phrases.lines("care.consent.stopped"))
        elif said is not Said.NOTHING:
            asker.say(self.phrases.lines(f"care.invite.{said}"))
        return False

    def _invitation(self) -> tuple[str, ...]:
        how = "say" if self.parts.ear.on else "press"
        return (
            *self._note(),
            self.phrases("care.invite.ask", who=self.taken.who_name, routine=self.routine.title),
            self.phrases(f"care.invite.how-{how}"),
        )

    def _note(self) -> tuple[str, ...]:
        note = self.taken.command.note
        if not note:
            return ()
        line = self.phrases("care.invite.note", who=self.taken.who_name, note=note)
        return (line if line.endswith(_SENTENCE_ENDS) else f"{line}.",)

    def _before(self) -> tuple[str, ...]:
        """Return what comes before a session that begins without being asked about."""
        if self.taken.invite:
            return ()
        started = self.phrases("care.invite.at-once", who=self.taken.who_name, routine=self.routine.title)
        return (*self._note(), started)

    def _lead(self, face: TellingFace) -> tuple[Phase, str]:
        """Lead the session, and return how it ended, and why."""
        asked = self.taken.invite  # where nobody was asked, nobody may be there to answer: safety is told
        plan = self.finder.store.plan(self.finder.person)
        fresh = self.finder.fresh(self.routine.id, plan, self.parts.clips, asked=asked)
        interrupted = self.finder.interrupted(fresh)
        if self.parts.ear.on:
            fresh, interrupted = spoken_to(fresh), interrupted and spoken_to(interrupted)
        if interrupted is not None:
            if not asked or self._wants_to_go_on(interrupted, face):
                lines = self.phrases.lines("session.going-on", where=place(interrupted))
                return self._lead_one(interrupted, face, Resume(), *self._before(), *lines)
            self._keeper(interrupted).leave(interrupted.session)
        return self._lead_one(fresh, face, Start(), *self._before())

    def _wants_to_go_on(self, interrupted: Run, face: TellingFace) -> bool:
        self.desk.in_between = True
        try:
            return self._live(interrupted, face).offer("go-on", where=place(interrupted))
        finally:
            self.desk.in_between = False

    def _lead_one(self, run: Run, face: TellingFace, first: Event, *before: str) -> tuple[Phase, str]:
        face.session = run.session_id
        self.side.answer(self.taken.command, yes=True, session=run.session_id)
        outcome = self._live(run, face).lead(first, *before)
        return (Phase.DONE, "") if outcome == _DONE else (Phase.STOPPED, outcome.replace("-", "_"))

    def _live(self, run: Run, face: TellingFace) -> Live:
        return Live(
            run,
            self._keeper(run),
            sound=self.parts.sound,
            clips=self.parts.clips,
            face=face,
            keys=self.desk,
            ear=self.parts.ear,
            others=self.desk.events,
        )

    def _keeper(self, run: Run) -> Keeper:
        return Keeper(
            store=self.backlog,
            now=self.side.house.now,
            session_id=run.session_id,
            device=self.side.device.kind.value,
            person=self.finder.person,
            held=self.desk.held,
        )
