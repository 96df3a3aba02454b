"""The door to all that caregivers may do: who somebody is to a person, and whether they may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from skill.care.bell import Bell
from skill.care.errors import CareError, NotAllowedError
from skill.care.permissions import Action, may, why_not
from skill.care.ports import CareStore
from skill.care.records import (
    AuditRow,
    Caregiver,
    ConsentKind,
    ConsentState,
    Device,
    DeviceKind,
    Person,
    Role,
)
from skill.care.secrets import Passwords
from skill.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What one caregiver may do for one person, at this moment."""

    person: Person
    role: Role | None
    consents: frozenset[ConsentKind]
    actions: frozenset[Action]


class Gate:
    """Everything that has to do with being allowed. Nothing is remembered: each question asks the store."""

    def __init__(
        self,
        care: CareStore,
        history: Store,
        *,
        now: Callable[[], datetime],
        bell: Bell | None = None,
        passwords: Passwords | None = None,
    ) -> None:
        """Take the store, in both its parts. Without a bell, nobody in this process is woken."""
        self.care = care
        self.history = history
        self.now = now
        self.bell = bell or Bell(care.last_change, changes=care.changes)
        self.passwords = passwords or Passwords()

    def access(self, who: Caregiver, person: str) -> Access:
        """Return what a caregiver may do for a person. NotAllowedError `unknown` if it is none of theirs."""
        found = next((one for one in self.care.people() if one.id == person), None)
        role = self._role(who, person)
        if found is None or (role is None and not who.owner):
            raise NotAllowedError("unknown", person=person)
        consents = self.consents(person, who.id)
        actions = frozenset(one for one in Action if may(role, who.owner, consents, one))
        return Access(person=found, role=role, consents=consents, actions=actions)

    def demand(self, who: Caregiver, action: Action, person: str | None = None) -> None:
        """Return if a caregiver may do this; NotAllowedError says what is missing.

        Without a person it is about the household: then a role for anybody counts.
        """
        if person is not None:
            access = self.access(who, person)
            missing = why_not(access.role, who.owner, access.consents, action)
        else:
            roles = [grant.role for grant in self.care.grants() if grant.caregiver == who.id]
            best = max(roles, key=list(Role).index, default=None)
            missing = why_not(best, who.owner, (), action)
        if missing is not None:
            raise NotAllowedError(missing, action=action.value)

    def allowed(self, caregiver: str, action: Action, person: str) -> bool:
        """Whether a caregiver, by id, may do this for a person now; False if there is no such caregiver."""
        who = next((one for one in self.care.caregivers() if one.id == caregiver), None)
        if who is None:
            return False
        return may(self._role(who, person), who.owner, self.consents(person, who.id), action)

    def consents(self, person: str, caregiver: str) -> frozenset[ConsentKind]:
        """Return what a person allows a caregiver at this moment."""
        return frozenset(
            consent.kind
            for consent in self.care.consents(person)
            if consent.caregiver == caregiver and consent.state is ConsentState.GIVEN
        )

    def people(self, who: Caregiver) -> tuple[Person, ...]:
        """Return whom a caregiver has a role for; the owner sees everybody's name."""
        mine = {grant.person for grant in self.care.grants() if grant.caregiver == who.id}
        return tuple(person for person in self.care.people() if who.owner or person.id in mine)

    def caregiver(self, caregiver: str) -> Caregiver:
        """Return a caregiver. CareError `no-caregiver`."""
        for one in self.care.caregivers():
            if one.id == caregiver:
                return one
        raise CareError("no-caregiver")

    def device(self, device: str) -> Device:
        """Return a device. CareError `no-device`."""
        found = self.care.device(device)
        if found is None:
            raise CareError("no-device")
        return found

    def coaches(self, person: str) -> tuple[Device, ...]:
        """Return the devices on which a person's session can play: first those that are on, the PC first.

        Of those that are off, the one that was on last comes first.
        """
        at = self.now()

        def order(device: Device) -> tuple[bool, bool, float]:
            is_on = device.seen_at is not None and at - device.seen_at <= ON_FOR
            seen = device.seen_at.timestamp() if device.seen_at else 0.0
            return not is_on, is_on and device.kind is not DeviceKind.PC, -seen

        theirs = self.care.devices_of(person)
        return tuple(sorted((one for one in theirs if one.kind is not DeviceKind.SCREEN), key=order))

    def note_change(self, by: str, action: str, subject: str, data: Mapping[str, Any] | None = None) -> None:
        """Keep who changed what, and let everybody here look."""
        self.care.add_audit(
            AuditRow(at=self.now(), by=by, action=action, subject=subject, data=dict(data or {}))
        )
        self.bell.ring()

    def _role(self, who: Caregiver, person: str) -> Role | None:
        for grant in self.care.grants():
            if grant.caregiver == who.id and grant.person == person:
                return grant.role
        return None


def a_name(text: str) -> str:
    """Return a name in one line, without blanks around it. CareError `name-empty`, `name-long`."""
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise CareError("name-empty")
    if len(name) > MAX_NAME:
        raise CareError("name-long", most=MAX_NAME)
    return name


#: A device that was heard of so lately is on; it is heard of every ten seconds.
ON_FOR = timedelta(seconds=30)

#: The longest name of a person, a caregiver or a device.
MAX_NAME = 60
