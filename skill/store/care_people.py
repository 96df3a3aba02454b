"""Who exercises, who signs in, and in which role."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from skill.care.ports import TakenError
from skill.care.records import Caregiver, Grant, Person, Role
from skill.store import care_tables as c
from skill.store import schema as t
from skill.store.care_part import CarePart
from skill.store.quick import OnServer
from skill.store.rows import to_moment, to_ms
from skill.store.upsert import upsert

_p, _c, _r = t.person.c, c.caregiver.c, c.role.c
_PEOPLE = (
    select(_p.id, _p.name, _p.zone)
    .where(_p.household == bindparam("of_household"), _p.name.is_not(None))
    .order_by(_p.name, _p.id)
)
_CAREGIVERS = (
    select(_c.id, _c.name, _c.login, _c.owner, _c.at_ms)
    .where(_c.household == bindparam("of_household"))
    .order_by(_c.name, _c.id)
)
_GRANTS = (
    select(_r.caregiver, _r.person, _r.role)
    .where(_r.household == bindparam("of_household"))
    .order_by(_r.caregiver, _r.person)
)


class CarePeople(CarePart):
    """The people and caregivers of a store."""

    def people(self) -> tuple[Person, ...]:
        """Return everyone who has a name, by name."""
        return self._unless_changed("people", self._people)

    def _people(self) -> tuple[Person, ...]:
        rows = self._all(_PEOPLE, {"of_household": self._household})
        return tuple(Person(id=person, name=name, zone=zone) for person, name, zone in rows)

    def save_person(self, person: Person, at: datetime) -> None:
        """Keep a person's name and zone."""
        del at  # the record of changes tells when
        named = update(t.person).where(self._ours(t.person, id=person.id))
        with self._writing() as connection:
            self._ensure_person(connection, person.id)
            connection.execute(named.values(name=person.name, zone=person.zone))
            self._tell(connection, "person", person.id)

    def caregivers(self) -> tuple[Caregiver, ...]:
        """Return everyone who can sign in, by name."""
        return self._unless_changed("caregivers", self._caregivers)

    def _caregivers(self) -> tuple[Caregiver, ...]:
        rows = self._all(_CAREGIVERS, {"of_household": self._household})
        return tuple(
            Caregiver(id=caregiver, name=name, login=login, owner=owner, at=to_moment(at_ms))
            for caregiver, name, login, owner, at_ms in rows
        )

    def add_caregiver(self, caregiver: Caregiver, password_hash: str) -> None:
        """Keep a new caregiver."""
        row = {
            "household": self._household,
            "id": caregiver.id,
            "name": caregiver.name,
            "login": caregiver.login,
            "password_hash": password_hash,
            "owner": caregiver.owner,
            "at_ms": to_ms(caregiver.at),
        }
        same = select(c.caregiver.c.id).where(self._ours(c.caregiver, login=caregiver.login))
        with self._writing() as connection:
            self._make_sure_of_household(OnServer(connection))
            self._take_turn(connection)
            if connection.execute(same).first():
                raise TakenError(caregiver.login)
            connection.execute(insert(c.caregiver), row)
            self._tell(connection, "household", "")

    def password_hash(self, login: str) -> tuple[str, str] | None:
        """Return a caregiver's id and the hash of their password."""
        wanted = select(c.caregiver.c.id, c.caregiver.c.password_hash)
        with self._reading() as connection:
            row = connection.execute(wanted.where(self._ours(c.caregiver, login=login))).first()
        return None if row is None else (row.id, row.password_hash)

    def set_password(self, caregiver: str, password_hash: str) -> None:
        """Keep another password and end every sign-in."""
        changed = update(c.caregiver).where(self._ours(c.caregiver, id=caregiver))
        with self._writing() as connection:
            connection.execute(changed.values(password_hash=password_hash))
            connection.execute(delete(c.sign_in).where(self._ours(c.sign_in, caregiver=caregiver)))

    def remove_caregiver(self, caregiver: str, at: datetime) -> None:
        """Delete a caregiver and what hangs on them; their open invites lead nowhere."""
        del at  # the record of changes tells when
        with self._writing() as connection:
            connection.execute(delete(c.caregiver).where(self._ours(c.caregiver, id=caregiver)))
            connection.execute(delete(c.invite).where(self._ours(c.invite, made_by=caregiver)))
            self._tell(connection, "consent", "")

    def grants(self) -> tuple[Grant, ...]:
        """Return every role that is given."""
        return self._unless_changed("grants", self._grants)

    def _grants(self) -> tuple[Grant, ...]:
        rows = self._all(_GRANTS, {"of_household": self._household})
        return tuple(
            Grant(caregiver=caregiver, person=person, role=Role(role)) for caregiver, person, role in rows
        )

    def set_grant(self, caregiver: str, person: str, role: Role | None) -> None:
        """Keep a role, or take it away."""
        key = {"caregiver": caregiver, "person": person}
        if role is None:
            with self._writing() as connection:
                connection.execute(delete(c.role).where(self._ours(c.role, **key)))
                self._tell(connection, "consent", person)
            return
        row = {"household": self._household, **key, "role": role.value}
        with self._about(**key) as connection:
            connection.execute(upsert(connection.dialect, c.role), row)
            self._tell(connection, "consent", person)
