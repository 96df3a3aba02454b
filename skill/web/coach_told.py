"""What a tablet tells caregivers: what it leads, that it was broken off, that it is over."""

from __future__ import annotations

from dataclasses import replace

from skill.browser.driver import Reply
from skill.care.device import DeviceSide
from skill.care.live_state import LiveState, Phase
from skill.care.records import Command
from skill.live_told import told_of

_REASONS = {"pain": "pain", "red-flag": "red_flag", "refused": "refused", "stopped": "stopped"}


class Told:
    """What one tablet last told, and tells now."""

    def __init__(self, side: DeviceSide) -> None:
        """Tell nothing yet."""
        self._side = side

    def last(self) -> tuple[LiveState, str | None]:
        """Return what was last told, and of which session."""
        live = self._side.house.care.live(self._side.plays_on)
        return (LiveState(), None) if live is None else (LiveState.from_dict(live.state), live.session)

    def leads(self, session: str) -> bool:
        """Whether this session was running when something was last told."""
        state, of = self.last()
        return state.phase.running and of == session

    def asks(self, command: str) -> bool:
        """Whether the person was being asked about this start when something was last told."""
        state, _ = self.last()
        return state.phase is Phase.INVITED and state.command == command

    def broken_off(self) -> None:
        """Tell that what was running has been broken off."""
        state, session = self.last()
        self._side.tell(replace(state, phase=Phase.INTERRUPTED, since=self._side.house.now()), session)

    def what_follows(self, reply: Reply, command: Command | None) -> LiveState:
        """Tell where a session stands now; `command` is what began it, if that was a moment ago.

        With the session's end, the command that began it is finished. Return what was told.
        """
        last, session = self.last()
        before = last if session == reply.session_id else LiveState()
        before = replace(
            before,
            command=before.command if command is None else command.id,
            asked_by=before.asked_by if command is None else self._side.asker(command),
            routine=reply.session.routine,
            reason=_REASONS.get(reply.outcome or "", ""),
        )
        state = told_of(reply.view, before, self._side.house.now())
        self._side.tell(state, reply.session_id)
        if reply.outcome is not None and state.command:
            sent = self._side.house.care.sent(state.command)
            if sent is not None:
                self._side.finish(sent.command, reply.outcome)
        return state
