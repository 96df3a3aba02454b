"""Invites, and who is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, select

from skill.care.records import Device, DeviceKind, Invite, Role, SignIn
from skill.store import care_tables as c
from skill.store.care_part import CarePart, Named, maybe_moment
from skill.store.rows import to_moment, to_ms
from skill.store.upsert import upsert

_s = c.sign_in.c
_SIGN_IN = select(_s.caregiver, _s.csrf, _s.until_ms).where(
    _s.household == bindparam("of_household"),
    _s.key_hash == bindparam("with_key"),
    _s.until_ms >= bindparam("now_ms"),
)


class CareWaysIn(CarePart):
    """The invites and sign-ins of a store. Those whose time is over go when somebody new comes."""

    def add_invite(self, invite: Invite, secret_hash: str) -> None:
        """Keep an invite."""
        row = {
            "household": self._household,
            "id": invite.id,
            "secret_hash": secret_hash,
            "made_by": invite.by,
            "until_ms": to_ms(invite.until),
            "owner": invite.owner,
            "grants": {person: role.value for person, role in invite.grants.items()},
            "device": None if invite.device is None else _plain_device(invite.device),
        }
        with self._writing() as connection:
            connection.execute(insert(c.invite), row)

    def take_invite(self, secret_hash: str, at: datetime) -> Invite | None:
        """Use an invite up."""
        this = self._ours(c.invite, secret_hash=secret_hash)
        with self._writing() as connection:
            row = connection.execute(select(c.invite).where(this)).first()
            # Whoever deletes it has it, if two were to take it at once.
            if row is None or not connection.execute(delete(c.invite).where(this)).rowcount:
                return None
            for table in (c.invite, c.sign_in):
                over = table.c.until_ms < to_ms(at)
                connection.execute(delete(table).where(self._ours(table), over))
            return _invite(row) if row.until_ms >= to_ms(at) else None

    def peek_invite(self, secret_hash: str, at: datetime) -> Invite | None:
        """Return an invite and leave it."""
        return next(iter(self._invites(self._ours(c.invite, secret_hash=secret_hash), at)), None)

    def invites(self, at: datetime) -> tuple[Invite, ...]:
        """Return the invites that can still be taken."""
        return self._invites(self._ours(c.invite), at)

    def remove_invite(self, invite: str) -> None:
        """Take an invite back."""
        with self._writing() as connection:
            connection.execute(delete(c.invite).where(self._ours(c.invite, id=invite)))

    def add_sign_in(self, key_hash: str, sign_in: SignIn) -> None:
        """Keep that somebody signed in."""
        row = {
            "household": self._household,
            "key_hash": key_hash,
            "caregiver": sign_in.caregiver,
            "csrf": sign_in.csrf,
            "until_ms": to_ms(sign_in.until),
        }
        with self._about(caregiver=sign_in.caregiver) as connection:
            connection.execute(upsert(connection.dialect, c.sign_in), row)

    def sign_in(self, key_hash: str, at: datetime) -> SignIn | None:
        """Return who is signed in with this key."""
        this = {"of_household": self._household, "with_key": key_hash, "now_ms": to_ms(at)}
        row = self._first(_SIGN_IN, this)
        if row is None:
            return None
        caregiver, csrf, until_ms = row
        return SignIn(caregiver=caregiver, csrf=csrf, until=to_moment(until_ms))

    def end_sign_in(self, key_hash: str) -> None:
        """Sign one browser out."""
        self._end(self._ours(c.sign_in, key_hash=key_hash))

    def end_sign_ins(self, caregiver: str) -> None:
        """Sign a caregiver out everywhere."""
        self._end(self._ours(c.sign_in, caregiver=caregiver))

    def _end(self, which: ColumnElement[bool]) -> None:
        with self._writing() as connection:
            connection.execute(delete(c.sign_in).where(which))

    def _invites(self, wanted: ColumnElement[bool], at: datetime) -> tuple[Invite, ...]:
        i = c.invite.c
        ordered = select(c.invite).where(wanted, i.until_ms >= to_ms(at)).order_by(i.until_ms, i.id)
        with self._reading() as connection:
            return tuple(_invite(row) for row in connection.execute(ordered))


def _invite(row: Named) -> Invite:
    return Invite(
        id=row.id,
        by=row.made_by,
        until=to_moment(row.until_ms),
        owner=row.owner,
        grants={person: Role(role) for person, role in row.grants.items()},
        device=None if row.device is None else _device(row.device),
    )


def _plain_device(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "name": device.name,
        "kind": device.kind.value,
        "person": device.person,
        "of": device.of,
        "seen_at_ms": None if device.seen_at is None else to_ms(device.seen_at),
    }


def _device(plain: dict[str, Any]) -> Device:
    return Device(
        id=plain["id"],
        name=plain["name"],
        kind=DeviceKind(plain["kind"]),
        person=plain["person"],
        of=plain["of"],
        seen_at=maybe_moment(plain["seen_at_ms"]),
    )
