"""What caregivers ask devices to do: commands, each checked, kept and sent once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from skill.care.errors import CareError
from skill.care.gate import Gate
from skill.care.permissions import Action
from skill.care.records import Caregiver, Command, CommandKind, Consent, ConsentKind, ConsentState, DeviceKind
from skill.care.secrets import new_id

#: How long each may be under way; what comes later does nothing.
VALID_FOR = {
    CommandKind.START: timedelta(seconds=30),
    CommandKind.PAUSE: timedelta(seconds=10),
    CommandKind.RESUME: timedelta(seconds=10),
    CommandKind.STOP: timedelta(seconds=10),
    CommandKind.KEY: timedelta(seconds=10),
    CommandKind.ASK_CONSENT: timedelta(hours=1),
}

#: How long until a caregiver may ask a person for the same again.
ASK_AGAIN_AFTER = timedelta(minutes=10)

#: The longest note that is read aloud, in characters.
MAX_NOTE = 140

#: What each kind means nothing without.
_WITH = {ConsentKind.AT_ONCE: ConsentKind.START, ConsentKind.PAIN: ConsentKind.DONE}


class Asking(Gate):
    """Making commands."""

    def ask_consent(self, who: Caregiver, person: str, kinds: Collection[ConsentKind]) -> Command:
        """Have a person asked, on their own device, whether a caregiver may. Return the command.

        CareError `no-device` if there is none to ask on, `asked-lately` within ten minutes,
        `given-already` if nothing is left to be asked.
        """
        self.demand(who, Action.ASK_CONSENT, person)
        wanted = {*kinds, *(_WITH[kind] for kind in kinds if kind in _WITH)} - self.consents(person, who.id)
        if not wanted:
            raise CareError("given-already")
        coaches = self.coaches(person)
        if not coaches:
            raise CareError("no-device")
        at = self.now()
        asked = self.care.sent_for(person, at - ASK_AGAIN_AFTER)
        if any(one.command.what is CommandKind.ASK_CONSENT and one.command.by == who.id for one in asked):
            raise CareError("asked-lately")
        ordered = tuple(kind for kind in ConsentKind if kind in wanted)
        for kind in ordered:
            self.care.add_consent(
                Consent(person=person, caregiver=who.id, kind=kind, state=ConsentState.ASKED, at=at)
            )
        data = {"kinds": [kind.value for kind in ordered]}
        self.note_change(who.id, "consent.asked", person, data)
        return self._send(who, person, coaches[0].id, CommandKind.ASK_CONSENT, consent=ordered)

    def start(
        self,
        who: Caregiver,
        person: str,
        routine: str,
        device: str,
        *,
        note: str = "",
        at_once: bool = False,
        id: str | None = None,  # noqa: A002 - the command's own word
    ) -> Command:
        """Invite a person to a routine on one of their devices, or begin at once where they allow that.

        The same id twice is the same command. CareError `no-device`, `note-long`.
        """
        self.demand(who, Action.START_AT_ONCE if at_once else Action.START, person)
        found = self.device(device)
        if found.person != person or found.kind is DeviceKind.SCREEN:
            raise CareError("no-device")
        words = " ".join("".join(one if one.isprintable() else " " for one in note).split())
        if len(words) > MAX_NOTE:
            raise CareError("note-long", most=MAX_NOTE)
        self.note_change(who.id, "start", person, {"routine": routine, "device": device})
        return self._send(
            who, person, device, CommandKind.START, routine=routine, note=words, at_once=at_once, id=id
        )

    def control(self, who: Caregiver, device: str, what: CommandKind) -> Command:
        """Pause, resume or stop what a device is leading. CareError `no-device`."""
        found = self.device(device)
        self.demand(who, Action.CONTROL, found.person)
        if what not in (CommandKind.PAUSE, CommandKind.RESUME, CommandKind.STOP):
            raise CareError("no-command", what=what.value)
        self.note_change(who.id, what.value, found.person, {"device": device})
        return self._send(who, found.person, found.of or device, what)

    def send(self, command: Command) -> bool:
        """Keep a command that has been checked, and wake its device; False if its id is known."""
        new = self.care.add_command(command)
        self.bell.ring()
        return new

    def _send(
        self,
        who: Caregiver,
        person: str,
        device: str,
        what: CommandKind,
        *,
        routine: str | None = None,
        note: str = "",
        at_once: bool = False,
        consent: tuple[ConsentKind, ...] = (),
        id: str | None = None,  # noqa: A002 - the command's own word
    ) -> Command:
        made_at = self.now()
        command = Command(
            id=id or new_id(),
            device=device,
            person=person,
            what=what,
            by=who.id,
            made_at=made_at,
            not_after=made_at + VALID_FOR[what],
            routine=routine,
            note=note,
            at_once=at_once,
            consent=consent,
        )
        self.send(command)
        return command
