"""What a tablet asks for while it is the coach, one deed a request: JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from routines.faults import RoutineFaults
from routines.phrases import Phrases
from skill.browser.acts import Act
from skill.browser.driver import BrowserCoach, BrowserError, Guest, Reply
from skill.care.device import BUSY, NO_ROUTINE, NOTHING_ON, DeviceSide, Taken
from skill.care.live_state import LiveState, Phase
from skill.care.records import Command, CommandKind, CommandState
from skill.errors import UserError
from skill.terminal.view import View, ViewState
from skill.web.coach_json import playable_json, reply_json

#: How long an invitation stays open; what is answered later starts nothing.
ANSWER_WITHIN = timedelta(minutes=5)

_CONTROLS = {CommandKind.PAUSE: "pause", CommandKind.RESUME: "resume", CommandKind.STOP: "stop"}


@dataclass(frozen=True, slots=True)
class Deeds:
    """Everything one device can ask for."""

    side: DeviceSide
    coach: BrowserCoach
    phrases: Phrases

    @property
    def guest(self) -> Guest:
        """Whose session it is."""
        return Guest(device=self.side.plays_on, person=self.side.device.person)

    def do(self, said: Mapping[str, Any]) -> dict[str, Any]:  # noqa: PLR0911 - one a deed
        """Carry out one deed and return what follows. BrowserError if it cannot be done."""
        match said.get("do"):
            case "begin":
                return self._begin(str(said.get("routine", "")), ())
            case "go-on":
                return self._told(self.coach.go_on(self.guest))
            case "act":
                return self._act(said)
            case "take":
                return self._take(str(said.get("command", "")))
            case "answer":
                return self._answer(str(said.get("command", "")), said.get("yes"))
            case "control":
                return self._control(str(said.get("command", "")), said)
            case "leave":
                return self._leave(str(said.get("session", "")))
            case _:
                raise BrowserError("not-understood")

    # -- the person's own ----------------------------------------------------------------------------

    def _begin(self, routine: str, before: tuple[str, ...], command: Command | None = None) -> dict[str, Any]:
        try:
            reply = self.coach.begin(self.guest, routine, before)
        except (UserError, RoutineFaults) as error:
            if command is not None:
                self.side.refuse(command, NO_ROUTINE)
            raise BrowserError("no-routine") from error
        if command is not None:
            self.side.answer(command, yes=True, session=reply.session_id)
        return self._told(reply, command)

    def _act(self, said: Mapping[str, Any]) -> dict[str, Any]:
        return self._told(self.coach.act(self.guest, str(said.get("session", "")), Act.from_json(said)))

    def _leave(self, session: str) -> dict[str, Any]:
        """Keep what was reached: the page is being closed."""
        self.coach.break_off(self.guest, session)
        state = self._live()
        if state.phase.running:
            self.side.tell(replace(state, phase=Phase.INTERRUPTED, since=self.side.house.now()), session)
        return {}

    # -- what others ask for -------------------------------------------------------------------------

    def _take(self, command_id: str) -> dict[str, Any]:
        """Take up an invitation, or a question about sharing: say who asks, and for what."""
        command = self._waiting(command_id)
        if command is None:
            return {"gone": True}
        if command.what is CommandKind.START and self._live().phase.running:
            self.side.refuse(command, BUSY)
            return {"gone": True}
        taken = self.side.take(command)
        if taken is None:
            return {"gone": True}
        if command.what is CommandKind.START and not taken.invite:
            return self._begin(command.routine or "", self._note(taken), command)
        return self._asked(taken)

    def _asked(self, taken: Taken) -> dict[str, Any]:
        command = taken.command
        if command.what is CommandKind.START:
            lines = (*self._note(taken), *self._invitation(taken))
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
                tuple(self.phrases(f"coach-page.kinds.{kind}") for kind in command.consent)
            )
            lines = self.phrases.lines("coach-page.consent", name=taken.who_name, what=kinds)
        return {
            "invite": {"command": command.id, "lines": list(lines)},
            "play": playable_json(self.coach.words(self.guest, lines)),
        }

    def _answer(self, command_id: str, yes: object) -> dict[str, Any]:
        """Take the answer: yes, no, or (null) none in time."""
        sent = self.side.house.care.sent(command_id)
        mine = sent is not None and sent.command.device == self.side.plays_on
        if sent is None or not mine or not isinstance(yes, (bool, type(None))):
            raise BrowserError("not-understood")
        command = sent.command
        if sent.state is not CommandState.DELIVERED:
            return {"gone": True}
        if self.side.house.now() > sent.events[-1].at + ANSWER_WITHIN:  # the page was asleep
            yes = None
        if command.what is CommandKind.START and yes:
            return self._begin(command.routine or "", (), command)
        self.side.answer(command, yes=yes)
        if command.what is CommandKind.START:
            self.side.tell(None)
        return {}

    def _control(self, command_id: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a caregiver's button asks for: pause, go on, stop."""
        command = self._waiting(command_id)
        if command is None or command.what not in _CONTROLS or self.side.take(command) is None:
            return {"gone": True}
        act = Act.from_json({**said, "name": _CONTROLS[command.what]})
        try:
            reply = self.coach.act(self.guest, str(said.get("session", "")), act)
        except BrowserError:
            self.side.refuse(command, NOTHING_ON)
            raise
        told = self._told(reply)
        self.side.finish(command)
        return told

    def _waiting(self, command_id: str) -> Command | None:
        return next((one.command for one in self.side.waiting() if one.command.id == command_id), None)

    def _note(self, taken: Taken) -> tuple[str, ...]:
        if not taken.command.note:
            return ()
        return self.phrases.lines("coach-page.note", name=taken.who_name, note=taken.command.note)

    def _invitation(self, taken: Taken) -> tuple[str, ...]:
        title = self.coach.title(taken.command.routine or "")
        return self.phrases.lines("coach-page.invite", name=taken.who_name, routine=title)

    # -- what caregivers see -------------------------------------------------------------------------

    def _live(self) -> LiveState:
        live = self.side.house.care.live(self.side.plays_on)
        return LiveState() if live is None else LiveState.from_dict(live.state)

    def _told(self, reply: Reply, command: Command | None = None) -> dict[str, Any]:
        """Say what is going on to those who may know, and return the reply for the page."""
        before = self._live()
        fresh = _live_state(reply)
        same = before.phase is fresh.phase and before.set_no == fresh.set_no and before.side == fresh.side
        begun_by = command.id if command is not None else before.command
        state = replace(
            fresh,
            since=before.since if same and before.since else self.side.house.now(),
            command=begun_by,
            asked_by=before.asked_by,
        )
        self.side.tell(state, reply.session_id)
        if reply.outcome is not None and begun_by:
            sent = self.side.house.care.sent(begun_by)
            if sent is not None:
                self.side.finish(sent.command, reply.outcome)
        return reply_json(reply, self.phrases)


_REASONS = {"pain": "pain", "red-flag": "red_flag", "refused": "refused", "stopped": "stopped"}


def _live_state(reply: Reply) -> LiveState:
    view = reply.view
    return LiveState(
        phase=_phase(view),
        routine=reply.session.routine,
        routine_title=view.routine,
        exercise_title=view.title,
        exercise_no=view.exercise_no,
        exercises=view.exercises or 0,
        set_no=view.set_no,
        sets=view.sets,
        side=str(view.side) if view.side else "",
        reason=_REASONS.get(reply.outcome or "", ""),
        progress_ms=view.elapsed_ms,
        total_ms=view.total_ms,
    )


def _phase(view: View) -> Phase:
    return Phase.WAITING if view.state is ViewState.WAITING else Phase(view.state.value)
