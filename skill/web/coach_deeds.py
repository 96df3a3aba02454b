"""What a tablet asks for while it is the coach, one deed a request: JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from routines.faults import RoutineFaults
from routines.phrases import Phrases
from skill.browser.acts import Act
from skill.browser.driver import BrowserCoach, BrowserError, Guest, Reply
from skill.care.device import BUSY, NO_ROUTINE, NOTHING_ON, DeviceSide, Taken
from skill.care.live_state import LiveState, Phase
from skill.care.records import Command, CommandKind, CommandState, Sent
from skill.errors import UserError
from skill.web.coach_json import playable_json, reply_json
from skill.web.coach_lease import PageLease
from skill.web.coach_told import Told

#: How long an invitation stays open; what is answered later starts nothing.
ANSWER_WITHIN = timedelta(minutes=5)

_LONGEST_ID = 64
#: What is kept, though somebody else leads by now: it has happened.
_HAPPENED = ("finished", "pain")
_CONTROLS = {CommandKind.PAUSE: "pause", CommandKind.RESUME: "resume", CommandKind.STOP: "stop"}


@dataclass(frozen=True, slots=True)
class Deeds:
    """Everything one device can ask for."""

    side: DeviceSide
    coach: BrowserCoach
    phrases: Phrases
    lease: PageLease

    @property
    def guest(self) -> Guest:
        """Whose session it is."""
        return Guest(device=self.side.plays_on, person=self.side.device.person)

    def do(self, said: Mapping[str, Any]) -> dict[str, Any]:  # noqa: PLR0911 - one a deed
        """Carry out one deed and return what follows. BrowserError if it cannot be done.

        A deed that comes again with the same `id`, its answer having been lost, is told the same once more.
        """
        deed = str(said.get("id", ""))[:_LONGEST_ID]
        match said.get("do"):
            case "begin":
                return self._begin(str(said.get("routine", "")), deed)
            case "go-on":
                return self._go_on(deed)
            case "act":
                return self._act(said, deed)
            case "take":
                return self._take(str(said.get("command", "")), deed)
            case "answer":
                return self._answer(str(said.get("command", "")), said.get("yes"), deed)
            case "control":
                return self._control(str(said.get("command", "")), said)
            case "leave":
                return self._leave(str(said.get("session", "")))
            case _:
                raise BrowserError("not-understood")

    def arrive(self) -> None:
        """Tell that the page was opened: what another page of this device led has been broken off."""
        state, _ = self._told.last()
        if state.phase.running:
            self._told.broken_off()
            self.lease.give_back()

    # -- the person's own ----------------------------------------------------------------------------

    def _begin(self, routine: str, deed: str) -> dict[str, Any]:
        with self.lease.beginning():
            try:
                reply = self.coach.begin(self.guest, routine, deed=deed)
            except (UserError, RoutineFaults) as error:
                raise BrowserError("no-routine") from error
        return self._follows(reply)

    def _go_on(self, deed: str) -> dict[str, Any]:
        with self.lease.beginning():
            reply = self.coach.go_on(self.guest, deed=deed)
        return self._follows(reply)

    def _begin_asked(self, sent: Sent, deed: str, before: tuple[str, ...] = ()) -> dict[str, Any]:
        """Begin what somebody asked for: one command begins one session, on one page."""
        command, was_there = sent.command, sent.state is CommandState.ACCEPTED
        if not was_there and not self._may_ask(command):
            raise self.lease.elsewhere()
        with self.lease.beginning():
            try:
                reply = self.coach.begin(
                    self.guest, command.routine or "", before, deed=deed, cause=f"start:{command.id}"
                )
            except (UserError, RoutineFaults) as error:
                self.side.refuse(command, NO_ROUTINE)
                raise BrowserError("no-routine") from error
        if not self.side.answer(command, yes=True, session=reply.session_id) and not was_there:
            return {"gone": True}  # another page of this device was quicker
        return self._follows(reply, command)

    def _act(self, said: Mapping[str, Any], deed: str) -> dict[str, Any]:
        session, act = str(said.get("session", "")), Act.from_json(said)
        leads = self.lease.take()
        if not leads and act.name not in _HAPPENED:
            raise self.lease.lost(session)
        reply = self._acted(session, act, deed)
        if not leads and act.name != "pain":  # who is in pain is told what to do, whoever leads
            raise self.lease.lost(session)
        return self._follows(reply)

    def _acted(self, session: str, act: Act, deed: str) -> Reply:
        try:
            return self.coach.act(self.guest, session, act, deed=deed)
        except BrowserError as error:
            if error.code == "session-gone":
                self.lease.give_back()
            raise

    def _leave(self, session: str) -> dict[str, Any]:
        """Keep what was reached: the page is being closed."""
        if self.lease.take():  # else it is somebody else's by now, who may be leading this very session
            self.coach.break_off(self.guest, session)
        if self._told.leads(session):
            self._told.broken_off()
        if not self._told.last()[0].phase.running:  # else this comes late, and another has begun since
            self.lease.give_back()
        return {}

    # -- what others ask for -------------------------------------------------------------------------

    def _take(self, command_id: str, deed: str) -> dict[str, Any]:
        """Take up an invitation, or a question about sharing: say who asks, and for what."""
        sent = self._mine(command_id)
        command = sent.command
        is_start = command.what is CommandKind.START
        if is_start and sent.state is CommandState.ACCEPTED:  # its answer did not arrive here
            return self._once_more(sent, deed, self._before(command))
        taken = self._taken(sent)
        if taken is None or (is_start and not self._may_ask(command)):
            return {"gone": True}
        if is_start and not taken.invite:
            return self._begin_asked(sent, deed, self._before(command))
        return self._asked(taken)

    def _taken(self, sent: Sent) -> Taken | None:
        """Take up a command; one that was taken already, but not answered, once more."""
        command = sent.command
        if sent.state is CommandState.DELIVERED:
            late = self.side.house.now() > sent.events[-1].at + ANSWER_WITHIN
            return None if late else self.side.again(command)
        if sent.state is not None or not self._waits(command):
            return None
        if command.what is CommandKind.START and self._told.last()[0].phase.running:
            self.side.refuse(command, BUSY)
            return None
        return self.side.take(command)

    def _may_ask(self, command: Command) -> bool:
        """Whether nobody else leads the person who is to be asked to begin; else it is refused."""
        if self.lease.take():
            return True
        self.lease.refuse(command)
        return False

    def _once_more(self, sent: Sent, deed: str, before: tuple[str, ...] = ()) -> dict[str, Any]:
        """Tell again what came of a start, if this very deed was it and nothing else was done since."""
        try:
            mine = self.coach.was_last(self.guest, sent.events[-1].detail, deed)
        except BrowserError:
            mine = False
        return self._begin_asked(sent, deed, before) if mine else {"gone": True}

    def _asked(self, taken: Taken) -> dict[str, Any]:
        command = taken.command
        if command.what is CommandKind.START:
            lines = (*self._note(taken.command), *self._invitation(taken))
            state = LiveState(
                phase=Phase.INVITED,
                command=command.id,
                asked_by=taken.who_name,
                routine=command.routine or "",
                since=self.side.house.now(),
            )
            self.side.tell(state)
        else:
            kinds = self.phrases.joined(
                tuple(self.phrases(f"care.consent.kinds.{kind}") for kind in command.consent)
            )
            lines = self.phrases.lines("care.consent.ask", who=taken.who_name, what=kinds)
        return {
            "invite": {"command": command.id, "lines": list(lines)},
            "play": playable_json(self.coach.words(self.guest, lines)),
        }

    def _answer(self, command_id: str, yes: object, deed: str) -> dict[str, Any]:
        """Take the answer: yes, no, or (null) none in time."""
        sent = self._mine(command_id)
        if not isinstance(yes, (bool, type(None))):
            raise BrowserError("not-understood")
        command = sent.command
        is_start = command.what is CommandKind.START
        if is_start and yes and sent.state is CommandState.ACCEPTED:  # what was told did not arrive here
            return self._once_more(sent, deed)
        if sent.state is not CommandState.DELIVERED:
            return {"gone": True}
        if self.side.house.now() > sent.events[-1].at + ANSWER_WITHIN:  # the page was asleep
            yes = None
        if is_start and yes:
            return self._begin_asked(sent, deed)
        self.side.answer(command, yes=yes)
        if is_start:
            self.side.tell(None)
            self.lease.give_back()
        return {}

    def _control(self, command_id: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a caregiver's button asks for: pause, go on, stop."""
        sent = self._mine(command_id)
        command, session, deed = sent.command, str(said.get("session", "")), f"control:{command_id}"
        if command.what not in _CONTROLS:
            return {"gone": True}
        if sent.state is None:
            if not self._waits(command) or self.side.take(command) is None:
                return {"gone": True}
        elif sent.state is CommandState.DONE:
            if not self.coach.was_last(self.guest, session, deed):
                return {"gone": True}
        elif sent.state is not CommandState.DELIVERED:
            return {"gone": True}
        act = Act.from_json({**said, "name": _CONTROLS[command.what]})
        try:
            if not self.lease.take():
                raise self.lease.lost(session)
            reply = self._acted(session, act, deed)
        except BrowserError:
            self.side.refuse(command, NOTHING_ON)
            raise
        told = self._follows(reply)
        self.side.finish(command)
        return told

    def _mine(self, command_id: str) -> Sent:
        """Return a command to this device, whatever has become of it."""
        sent = self.side.house.care.sent(command_id)
        if sent is None or sent.command.device != self.side.plays_on:
            raise BrowserError("not-understood")
        return sent

    def _waits(self, command: Command) -> bool:
        """Whether nobody has taken a command, and it is neither late nor forbidden."""
        return any(one.command.id == command.id for one in self.side.waiting())

    def _note(self, command: Command) -> tuple[str, ...]:
        if not command.note:
            return ()
        return (self.phrases("care.invite.note", who=self.side.asker(command), note=command.note),)

    def _before(self, command: Command) -> tuple[str, ...]:
        """Return what comes before a session that begins without being asked about: whose wish it is."""
        title = self.coach.title(command.routine or "")
        begun = self.phrases("care.invite.at-once", who=self.side.asker(command), routine=title)
        return (*self._note(command), begun)

    def _invitation(self, taken: Taken) -> tuple[str, ...]:
        title = self.coach.title(taken.command.routine or "")
        asked = self.phrases("care.invite.ask", who=taken.who_name, routine=title)
        return (asked, self.phrases("care.invite.how-press"))

    # -- what caregivers see -------------------------------------------------------------------------

    @property
    def _told(self) -> Told:
        return Told(self.side)

    def _follows(self, reply: Reply, command: Command | None = None) -> dict[str, Any]:
        """Say what is going on to those who may know, and return the reply for the page."""
        if not self._told.what_follows(reply, command).phase.running:
            self.lease.give_back()
        return reply_json(reply, self.phrases)
