"""What a device does with commands, and what the person decides on it: answers, consent, sharing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from skill.care.asking import VALID_FOR
from skill.care.errors import CareError
from skill.care.house import House
from skill.care.live_state import LiveState
from skill.care.permissions import Action
from skill.care.records import (
    Caregiver,
    Command,
    CommandEvent,
    CommandKind,
    CommandState,
    Consent,
    ConsentKind,
    ConsentState,
    Device,
    DeviceKind,
    Live,
    Sent,
)
from skill.care.secrets import new_id

#: How far back commands can still be waiting.
_LOOK_BACK = max(VALID_FOR.values()) + timedelta(minutes=1)

#: The codes with which a device refuses.
BUSY = "busy"
LED_ELSEWHERE = "led-elsewhere"
NOT_ALLOWED = "not-allowed"
NO_ROUTINE = "no-routine"
NOTHING_ON = "nothing-on"

#: What a person is asked.
_QUESTIONS = (CommandKind.START, CommandKind.ASK_CONSENT)

_NEEDED = {
    CommandKind.START: Action.START,
    CommandKind.PAUSE: Action.CONTROL,
    CommandKind.RESUME: Action.CONTROL,
    CommandKind.STOP: Action.CONTROL,
    CommandKind.ASK_CONSENT: Action.ASK_CONSENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A command that this device has, and nobody else."""

    command: Command
    invite: bool  #: ask the person first; False: begin at once
    who_name: str  #: who asks; "" for a key on a screen


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingRow:
    """Whether one caregiver may do one kind of thing; None: they were never asked."""

    caregiver: Caregiver
    kind: ConsentKind
    state: ConsentState | None


class DeviceSide:
    """One device's side of a household. A screen acts for the device that it belongs to."""

    def __init__(self, house: House, device: Device) -> None:
        """Take the household and the device."""
        self.house = house
        self.device = device
        self.plays_on = device.of or device.id  #: the device that plays, and gets the commands

    # -- commands
    def waiting(self) -> tuple[Sent, ...]:
        """Return the commands that nobody has dealt with, oldest first.

        What is late is marked so, and what is not allowed (role and consent are looked at again, now) is
        refused: neither is returned.
        """
        since = self.house.now() - _LOOK_BACK
        sent = self.house.care.sent_to(self.plays_on, since)
        return tuple(one for one in sent if one.state is None and self._is_good(one.command))

    def take(self, command: Command) -> Taken | None:
        """Claim a command; None if somebody else has it, or it has become too late."""
        if not self._is_good(command) or not self._tell(command, CommandState.DELIVERED):
            return None
        return self._taken(command)

    def _taken(self, command: Command) -> Taken:
        at_once = command.at_once and self._allowed(command, Action.START_AT_ONCE)
        return Taken(command=command, invite=not at_once, who_name=self.asker(command))

    def unanswered(self, within: timedelta) -> tuple[Command, ...]:
        """Return what this device took to ask the person, that recently, and has no answer to, oldest first.

        What is older has had no answer, and is marked so.
        """
        now = self.house.now()
        found: list[Command] = []
        for one in self.house.care.sent_to(self.plays_on, now - within - _LOOK_BACK):
            if one.state is not CommandState.DELIVERED or one.command.what not in _QUESTIONS:
                continue
            if now - one.events[-1].at <= within:
                found.append(one.command)
            else:
                self.answer(one.command, yes=None)
        return tuple(found)

    def again(self, command: Command) -> Taken | None:
        """Return what `take` said of a command that this device has; None if it is no longer allowed."""
        needed = _NEEDED.get(command.what)
        if needed is None or not self._allowed(command, needed):
            self.refuse(command, NOT_ALLOWED)
            return None
        return self._taken(command)

    def asker(self, command: Command) -> str:
        """Return the name of who asks; "" for a key on a screen, and for who is no longer there."""
        try:
            return self.house.caregiver(command.by).name
        except CareError:
            return ""

    def answer(self, command: Command, *, yes: bool | None, session: str = "") -> bool:
        """Keep what the person said to a command: yes, no, or (None) nothing in time.

        To `ASK_CONSENT`, yes gives each consent that was asked for and no refuses it. False if this answer
        was there already.
        """
        state = {True: CommandState.ACCEPTED, False: CommandState.DECLINED, None: CommandState.NO_ANSWER}[yes]
        new = self._tell(command, state, session)
        if new and yes is not None and command.what is CommandKind.ASK_CONSENT:
            given = self.house.consents(command.person, command.by)
            for kind in command.consent:
                if yes or kind not in given:
                    self.consent(command.by, kind, yes)
        return new

    def refuse(self, command: Command, code: str) -> None:
        """Say that a command cannot be carried out, and why.

        `BUSY`, `LED_ELSEWHERE`, `NO_ROUTINE` or `NOTHING_ON`.
        """
        self._tell(command, CommandState.REFUSED, code)

    def finish(self, command: Command, detail: str = "") -> None:
        """Say that a command is carried out; for a start: its session is over, the detail says how."""
        self._tell(command, CommandState.DONE, detail)

    def press(self, key: str) -> Command:
        """Hand a key pressed on this screen to the device that plays."""
        at = self.house.now()
        command = Command(
            id=new_id(),
            device=self.plays_on,
            person=self.device.person,
            what=CommandKind.KEY,
            by=f"device:{self.device.id}",
            made_at=at,
            not_after=at + VALID_FOR[CommandKind.KEY],
            note=key,
        )
        self.house.send(command)
        return command

    # -- what is seen
    def tell(self, state: LiveState | None, session: str | None = None) -> None:
        """Say what the device is doing; None: nothing."""
        self.house.care.set_live(
            Live(
                device=self.plays_on,
                person=self.device.person,
                session=session,
                state=(state or LiveState()).to_dict(),
                at=self.house.now(),
            )
        )
        self.house.bell.ring()

    def seen(self) -> None:
        """Say that the device is on."""
        self.house.care.saw_device(self.device.id, self.house.now())

    # -- sharing
    def sharing(self) -> tuple[SharingRow, ...]:
        """Return what the person shares: every kind, for every caregiver who has a role or was ever asked."""
        person = self.device.person
        states = {(one.caregiver, one.kind): one.state for one in self.house.care.consents(person)}
        known = {grant.caregiver for grant in self.house.care.grants() if grant.person == person}
        known |= {caregiver for caregiver, _ in states}
        return tuple(
            SharingRow(caregiver=caregiver, kind=kind, state=states.get((caregiver.id, kind)))
            for caregiver in self.house.care.caregivers()
            if caregiver.id in known
            for kind in ConsentKind
        )

    def consent(self, caregiver: str, kind: ConsentKind, given: bool) -> None:
        """Keep the person's word for one caregiver and kind. CareError `no-caregiver`."""
        who = self.house.caregiver(caregiver)
        if given:
            state = ConsentState.GIVEN
        elif kind in self.house.consents(self.device.person, caregiver):
            state = ConsentState.WITHDRAWN
        else:
            state = ConsentState.REFUSED
        person = self.device.person
        self.house.care.add_consent(
            Consent(person=person, caregiver=who.id, kind=kind, state=state, at=self.house.now())
        )
        data = {"caregiver": who.id, "kind": kind.value}
        self.house.note_change(f"device:{self.device.id}", f"consent.{state}", person, data)

    def stop_sharing(self, caregiver: str | None = None) -> None:
        """Take back everything that was allowed: for one caregiver, or for all of them."""
        for row in self.sharing():
            if row.state is ConsentState.GIVEN and caregiver in (None, row.caregiver.id):
                self.consent(row.caregiver.id, row.kind, given=False)

    # -- checks
    def _is_good(self, command: Command) -> bool:
        if self.house.now() > command.not_after:
            self._tell(command, CommandState.LATE)
            return False
        needed = _NEEDED.get(command.what)
        good = self._is_my_screen(command.by) if needed is None else self._allowed(command, needed)
        if not good:
            self._tell(command, CommandState.REFUSED, NOT_ALLOWED)
        return good

    def _allowed(self, command: Command, action: Action) -> bool:
        mine = command.person == self.device.person
        return mine and self.house.allowed(command.by, action, command.person)

    def _is_my_screen(self, by: str) -> bool:
        return any(
            by == f"device:{one.id}" and one.kind is DeviceKind.SCREEN and one.of == self.plays_on
            for one in self.house.care.devices_of(self.device.person)
        )

    def _tell(self, command: Command, state: CommandState, detail: str = "") -> bool:
        event = CommandEvent(state=state, at=self.house.now(), detail=detail)
        new = self.house.care.add_command_event(command.id, event)
        self.house.bell.ring()
        return new
