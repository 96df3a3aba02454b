"""Who belongs to a household: people, their caregivers and their devices."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from skill.care.errors import CareError
from skill.care.gate import Gate, a_name
from skill.care.permissions import Action
from skill.care.records import AuditRow, Caregiver, Device, Grant, Person, Role
from skill.care.secrets import new_id
from skill.ports import ME


class Members(Gate):
    """Adding, changing and removing who and what belongs here."""

    def add_person(self, who: Caregiver, name: str, zone: str) -> Person:
        """Return a new person; whoever adds them may edit for them. CareError `zone`, `name-empty`, ...

        The first one is the person whom this machine's own coach has led all along.
        """
        self.demand(who, Action.MANAGE_PEOPLE)
        named = {person.id for person in self.care.people() if person.name}
        person = Person(id=new_id() if ME in named else ME, name=a_name(name), zone=a_zone(zone))
        self.care.save_person(person, self.now())
        self.care.set_grant(who.id, person.id, Role.EDIT)
        self.note_change(who.id, "person.added", person.id)
        return person

    def rename_person(self, who: Caregiver, person: str, name: str, zone: str) -> Person:
        """Return a person with another name and time zone. CareError `zone`, `name-empty`, ..."""
        self.demand(who, Action.MANAGE_PEOPLE)
        changed = replace(self.access(who, person).person, name=a_name(name), zone=a_zone(zone))
        self.care.save_person(changed, self.now())
        self.note_change(who.id, "person.changed", person)
        return changed

    def delete_person(self, who: Caregiver, person: str) -> None:
        """Delete a person and everything about them, for good."""
        self.demand(who, Action.DELETE_PERSON)
        self.access(who, person)
        self.history.forget(person)
        self.note_change(who.id, "person.deleted", person)

    def caregivers(self, who: Caregiver) -> tuple[tuple[Caregiver, tuple[Grant, ...]], ...]:
        """Return everyone who can sign in, with their roles; for those who are no owner: themselves."""
        grants = self.care.grants()
        return tuple(
            (one, tuple(grant for grant in grants if grant.caregiver == one.id))
            for one in self.care.caregivers()
            if who.owner or one.id == who.id
        )

    def set_role(self, who: Caregiver, caregiver: str, person: str, role: Role | None) -> None:
        """Give a caregiver a role for a person, or none."""
        self.demand(who, Action.MANAGE_PEOPLE)
        self.access(who, person)
        self.caregiver(caregiver)
        self.care.set_grant(caregiver, person, role)
        data = {"person": person, "role": role.value if role else ""}
        self.note_change(who.id, "role.changed", caregiver, data)

    def remove_caregiver(self, who: Caregiver, caregiver: str) -> None:
        """Delete a caregiver; they are signed out at once. CareError `last-owner`.

        Everybody may remove themselves.
        """
        if caregiver != who.id:
            self.demand(who, Action.MANAGE_PEOPLE)
        gone = self.caregiver(caregiver)
        others = [one for one in self.care.caregivers() if one.owner and one.id != caregiver]
        if gone.owner and not others:
            raise CareError("last-owner")
        self.care.remove_caregiver(caregiver, self.now())
        self.note_change(who.id, "caregiver.removed", caregiver)

    def devices(self, who: Caregiver, person: str | None = None) -> tuple[Device, ...]:
        """Return the devices of those whom a caregiver has a role for, or of one of them."""
        if person is not None:
            self.access(who, person)
        whose = {one.id for one in self.people(who) if person in (None, one.id)}
        return tuple(device for device in self.care.devices() if device.person in whose)

    def remove_device(self, who: Caregiver, device: str) -> None:
        """Forget a device: its key opens nothing from now on."""
        self.demand(who, Action.MANAGE_DEVICES)
        gone = self.device(device)
        self.care.remove_device(device)
        self.note_change(who.id, "device.removed", device, {"person": gone.person})

    def audit(self, who: Caregiver, limit: int = 200) -> tuple[AuditRow, ...]:
        """Return who changed what, newest first."""
        self.demand(who, Action.SEE_AUDIT)
        return self.care.audit(limit)


def a_zone(text: str) -> str:
    """Return a time zone's name that there is. CareError `zone`."""
    name = text.strip()
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CareError("zone", zone=name) from error
    return name
