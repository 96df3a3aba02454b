"""The coach of this machine: waits for what it is asked to do, and does one thing after another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from routines.faults import RoutineFaults
from routines.model import Routine
from routines.phrases import Phrases
from skill.care.device import LED_ELSEWHERE, NO_ROUTINE, DeviceSide, Taken
from skill.care.house import House
from skill.care.live_state import LiveState, Phase
from skill.care.records import Command, CommandKind, CommandState, Device, DeviceKind
from skill.care.secrets import digest, new_key
from skill.errors import UserError
from skill.home.desk import Desk
from skill.home.heartbeat import Heartbeat
from skill.home.patience import Backlog
from skill.home.question import Asker, Said
from skill.home.stage import Parts, Stage
from skill.home.visit import Visit
from skill.lease import Lease
from skill.ports import ME, LeaseLostError, StoreError
from skill.runs import Finder

_log = logging.getLogger(__name__)

#: How long to wait for news at most: then it is time for the next heartbeat, and what is late is marked.
_WAIT_S = 5.0
#: How long a store that cannot be used is left alone.
_AFTER_A_FAULT_S = 1.0


class HomeCoach:
    """Leads this household's first person on this machine. `run` is for a thread of its own."""

    def __init__(
        self,
        house: House,
        stage: Stage,
        phrases: Phrases,
        find_routine: Callable[[str], Routine],
        *,
        own_id: str,
        name: str,
    ) -> None:
        """Take the household, and the id and name of this machine as a device of it."""
        self._house = house
        self._stage = stage
        self._phrases = phrases
        self._find_routine = find_routine
        self._own_id = own_id
        self._name = name
        self._ending = threading.Event()
        self._heartbeat = Heartbeat()
        self._lease = Lease(house.care, ME, house.now, device=own_id)
        self._is_known = self._is_tidy = False

    def run(self) -> None:
        """Do what is asked for until `end`. A store that is away for a while is waited for."""
        seen = 0
        while not self._ending.is_set():
            try:
                newest = self._house.bell.newest()
                self.turn()
                seen = self._house.bell.wait(max(newest, seen), _WAIT_S)
            except SystemExit:
                return
            except StoreError as error:
                _log.warning("store: %s", error.code)
                self._start_anew()
            except Exception as error:  # noqa: BLE001 - the next session must not hang on one fault
                # Not its words: they may hold what is nobody's business.
                _log.warning("coach: %s", type(error).__name__)
                self._start_anew()

    def _start_anew(self) -> None:
        """Wait a moment; then look at what was left as it was."""
        self._is_tidy = False
        self._ending.wait(_AFTER_A_FAULT_S)

    def end(self) -> None:
        """Break off what is going on, and come to an end; from any thread. Whoever waits for a bell wakes."""
        self._ending.set()
        self._house.bell.close()

    def turn(self) -> None:
        """Do everything that is waiting now."""
        side = self._side()
        if side is None:
            return
        self._heartbeat.beat(side)
        kinds = {CommandKind.START, CommandKind.ASK_CONSENT}
        while (command := self._first(side, kinds)) is not None:
            if command.what is CommandKind.START:
                self._start(side, command)
            elif not self._ask(side, command):
                kinds = {CommandKind.START}  # somebody else is speaking to the person: questions wait

    def _first(self, side: DeviceSide, kinds: set[CommandKind]) -> Command | None:
        """Return the oldest command that begins something; a pause of nothing is late in time."""
        return next((sent.command for sent in side.waiting() if sent.command.what in kinds), None)

    def _start(self, side: DeviceSide, command: Command) -> None:
        taken = side.take(command)
        if taken is None:
            return
        if not self._lease.take():
            side.refuse(command, LED_ELSEWHERE)
            return
        try:
            self._visit(side, taken)
        except (UserError, RoutineFaults):
            side.refuse(command, NO_ROUTINE)
        finally:
            self._lease.give_back()

    def _visit(self, side: DeviceSide, taken: Taken) -> None:
        routine = self._find_routine(taken.command.routine or "")
        history = self._house.history
        with self._stage.open(history.plan(ME)) as parts:
            Visit(
                side=side,
                taken=taken,
                routine=routine,
                finder=Finder(
                    store=history,
                    find_routine=self._find_routine,
                    phrases=self._phrases,
                    now=self._house.now,
                ),
                phrases=self._phrases,
                parts=parts,
                desk=self._desk(side, parts),
                backlog=Backlog(history),
            ).carry_out()

    def _ask(self, side: DeviceSide, command: Command) -> bool:
        """Ask about consent; False if somebody else is speaking to the person."""
        if not self._lease.take():
            return False
        try:
            taken = side.take(command)
            if taken is not None:
                with self._stage.open(self._house.history.plan(ME)) as parts:
                    self._ask_alone(side, taken, parts)
        finally:
            self._lease.give_back()
        return True

    def _ask_alone(self, side: DeviceSide, taken: Taken, parts: Parts) -> None:
        """Ask, and be silent once somebody else speaks to the person, because this machine was asleep."""
        try:
            self._ask_aloud(side, taken, parts)
        except LeaseLostError:
            parts.sound.player.stop()
            sent = self._house.care.sent(taken.command.id)
            if sent is not None and sent.state is CommandState.DELIVERED:
                side.answer(taken.command, yes=None)

    def _ask_aloud(self, side: DeviceSide, taken: Taken, parts: Parts) -> None:
        desk = self._desk(side, parts, starts_wait=True)
        asker = Asker(parts, desk, self._phrases, self._house.now)
        kinds = tuple(self._phrases(f"care.consent.kinds.{kind}") for kind in taken.command.consent)
        lines = self._phrases.lines("care.consent.ask", who=taken.who_name, what=self._phrases.joined(kinds))
        said = asker.ask(lines, taken.command)
        match said:
            case Said.YES:
                side.answer(taken.command, yes=True)
                how = self._phrases(f"care.consent.take-back.{'say' if parts.ear.on else 'press'}")
                asker.say((*self._phrases.lines("care.consent.yes", who=taken.who_name), how))
            case Said.NO:
                side.answer(taken.command, yes=False)
                asker.say(self._phrases.lines("care.consent.no", who=taken.who_name))
            case Said.STOP_SHARING:
                side.answer(taken.command, yes=False)
                side.stop_sharing()
                asker.say(self._phrases.lines("care.consent.stopped"))
            case Said.NOTHING | Said.WITHDRAWN:
                side.answer(taken.command, yes=None)

    def _desk(self, side: DeviceSide, parts: Parts, *, starts_wait: bool = False) -> Desk:
        return Desk(
            side,
            parts.keys,
            lease=self._lease,
            heartbeat=self._heartbeat,
            ending=self._ending,
            starts_wait=starts_wait,
        )

    # -- this machine as a device
    def _side(self) -> DeviceSide | None:
        """Return this machine's side of the household; None until somebody exercises there."""
        care = self._house.care
        device = next((one for one in care.devices() if one.id == self._own_id), None)
        if device is None:
            if self._is_known or all(person.id != ME for person in care.people()):
                return None  # it was removed; or nobody has been added yet
            device = Device(id=self._own_id, name=self._name, kind=DeviceKind.PC, person=ME)
            care.add_device(device, digest(new_key()))
            self._house.note_change(f"device:{device.id}", "device.added", device.id)
        side = DeviceSide(self._house, device)
        self._is_known = True
        if not self._is_tidy:
            self._tidy(side)
            self._is_tidy = True
        return side

    def _tidy(self, side: DeviceSide) -> None:
        """Say the truth about what a process before this one was doing when it was killed."""
        live = self._house.care.live(side.plays_on)
        state = LiveState.from_dict(live.state) if live is not None else LiveState()
        if live is None or not (state.phase.running or state.phase is Phase.INVITED):
            return
        if not self._lease.take() and self._lease.leader().device == self._own_id:
            return  # another process is doing it
        try:
            since = self._house.now()
            over = replace(state, phase=Phase.INTERRUPTED, since=since) if state.phase.running else None
            side.tell(over, live.session)
            left = self._house.care.sent(state.command) if state.command else None
            if left is not None:
                side.finish(left.command)
        finally:
            self._lease.give_back()
