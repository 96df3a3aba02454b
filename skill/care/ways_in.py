"""The ways into a household: the first set-up, invites, signing in, pairing a device."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from skill.care.errors import CareError
from skill.care.gate import Gate, a_name
from skill.care.permissions import Action
from skill.care.ports import TakenError
from skill.care.records import Caregiver, Device, DeviceKind, Invite, Role, SignIn
from skill.care.secrets import check_strength, digest, new_id, new_key

SETUP_LASTS = timedelta(minutes=30)
INVITE_LASTS = timedelta(minutes=10)
SIGNED_IN_FOR = timedelta(days=30)

_LOGIN = re.compile(r"[^\s/\\#?&%<>\"']{2,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A caregiver who is signed in on a browser."""

    caregiver: Caregiver
    csrf: str  #: what every change from this browser has to carry


class WaysIn(Gate):
    """Who comes in, and how."""

    def is_new(self) -> bool:
        """Whether nobody can sign in yet."""
        return not self.care.caregivers()

    def new_setup_secret(self) -> str:
        """Return the secret of the first way in, for 30 minutes; those before it open nothing any more."""
        for invite in self.care.invites(self.now()):
            if not invite.by:
                self.care.remove_invite(invite.id)
        return self._invite(Invite(id=new_id(), by="", until=self.now() + SETUP_LASTS, owner=True))

    def invite_caregiver(self, who: Caregiver, grants: Mapping[str, Role], *, owner: bool = False) -> str:
        """Return the secret of an invite for somebody with these roles, by person. For ten minutes, once."""
        self.demand(who, Action.INVITE)
        known = {person.id for person in self.care.people()}
        if not set(grants) <= known:
            raise CareError("no-person")
        until = self.now() + INVITE_LASTS
        invite = Invite(id=new_id(), by=who.id, until=until, owner=owner, grants=dict(grants))
        roles = {person: role.value for person, role in grants.items()}
        self.note_change(who.id, "invite.caregiver", invite.id, {"roles": roles, "owner": owner})
        return self._invite(invite)

    def invite_device(self, who: Caregiver, person: str, kind: DeviceKind, *, of: str | None = None) -> str:
        """Return the secret by which a person's tablet, or a screen `of` a device, is paired once."""
        self.demand(who, Action.MANAGE_DEVICES)
        self.access(who, person)
        if kind is DeviceKind.PC or (kind is DeviceKind.SCREEN) is (of is None):
            raise CareError("no-device")
        if of is not None and self.device(of).person != person:
            raise CareError("no-device")
        device = Device(id=new_id(), name="", kind=kind, person=person, of=of)
        until = self.now() + INVITE_LASTS
        invite = Invite(id=new_id(), by=who.id, until=until, device=device)
        self.note_change(who.id, "invite.device", person, {"kind": kind.value})
        return self._invite(invite)

    def look_at(self, secret: str) -> Invite | None:
        """Return what an invite is for, and leave it; None if it is no longer there."""
        return self.care.peek_invite(digest(secret), self.now())

    def accept(self, secret: str, *, name: str, login: str, password: str) -> Caregiver:
        """Return the new caregiver that an invite makes.

        CareError `gone` if it is over; `name-empty`, `name-long`, `login-bad`, `login-taken` or
        `password-weak` leave it as it is, so that it can be tried again.
        """
        name, login = a_name(name), a_login(login)
        check_strength(password, name, login)
        seen = self.look_at(secret)
        if seen is None or seen.device is not None:
            raise CareError("gone")
        if any(one.login == login for one in self.care.caregivers()):
            raise CareError("login-taken", login=login)
        hashed = self.passwords.hash(password)
        invite = self.care.take_invite(digest(secret), self.now())
        if invite is None or (not invite.by and not self.is_new()):
            raise CareError("gone")
        caregiver = Caregiver(id=new_id(), name=name, login=login, owner=invite.owner, at=self.now())
        try:
            self.care.add_caregiver(caregiver, hashed)
        except TakenError as error:
            raise CareError("login-taken", login=login) from error
        roles = dict(invite.grants)
        if not invite.by:  # the first caregiver of all looks after whoever is there
            roles = {person.id: Role.EDIT for person in self.care.people()}
        for person, role in roles.items():
            self.care.set_grant(caregiver.id, person, role)
        self.note_change(invite.by or caregiver.id, "caregiver.added", caregiver.id, {"owner": invite.owner})
        return caregiver

    def pair(self, secret: str, *, name: str) -> tuple[Device, str]:
        """Return the device that an invite makes, and its key. CareError `gone`, `name-empty`, ..."""
        name = a_name(name)
        seen = self.look_at(secret)
        if seen is None or seen.device is None:
            raise CareError("gone")
        invite = self.care.take_invite(digest(secret), self.now())
        if invite is None or invite.device is None:
            raise CareError("gone")
        device, key = replace(invite.device, name=name), new_key()
        self.care.add_device(device, digest(key))
        self.note_change(invite.by, "device.added", device.id, {"kind": device.kind.value})
        return device, key

    def sign_in(self, login: str, password: str) -> tuple[str, SignIn] | None:
        """Return a key for the browser, and who is signed in with it; None if login or password is wrong.

        That takes as long for a login that nobody has.
        """
        found = self.care.password_hash(login.strip().casefold())
        if not self.passwords.fits(password, found[1] if found else None) or found is None:
            return None
        key = new_key()
        signed_in = SignIn(caregiver=found[0], csrf=new_key(), until=self.now() + SIGNED_IN_FOR)
        self.care.add_sign_in(digest(key), signed_in)
        return key, signed_in

    def visitor(self, key: str) -> Visitor | None:
        """Return who is signed in with a browser's key; None if nobody is."""
        signed_in = self.care.sign_in(digest(key), self.now())
        if signed_in is None:
            return None
        for caregiver in self.care.caregivers():
            if caregiver.id == signed_in.caregiver:
                return Visitor(caregiver=caregiver, csrf=signed_in.csrf)
        return None

    def sign_out(self, key: str) -> None:
        """End one browser's sign-in."""
        self.care.end_sign_in(digest(key))

    def change_password(self, who: Caregiver, old: str, new: str) -> None:
        """Keep another password, and sign out everywhere. CareError `password-wrong`, `password-weak`."""
        found = self.care.password_hash(who.login)
        if found is None or not self.passwords.fits(old, found[1]):
            raise CareError("password-wrong")
        check_strength(new, who.name, who.login)
        self.care.set_password(who.id, self.passwords.hash(new))
        self.note_change(who.id, "password.changed", who.id)

    def _invite(self, invite: Invite) -> str:
        secret = new_key()
        self.care.add_invite(invite, digest(secret))
        return secret


def a_login(text: str) -> str:
    """Return a login as it is kept: lower case. CareError `login-bad`."""
    login = text.strip().casefold()
    if not _LOGIN.fullmatch(login) or not login.isprintable():
        raise CareError("login-bad")
    return login
