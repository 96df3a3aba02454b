"""Who exercises, who signs in, and in which role."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from skill.care.ports import TakenError
from skill.care.records import Caregiver, Grant, Person, Role
from skill.store import care_tables as c
from skill.store import schema as t
from skill.store.care_part import CarePart
from skill.store.quick import OnServer
from skill.store.rows import to_moment, to_ms
from skill.store.upsert import upsert


class CarePeople(CarePart):
    """The people and caregivers of a store."""

    def people(self) -> tuple[Person, ...]:
        """Return everyone who has a name, by name."""
        p = t.person.c
        wanted = select(p.id, p.name, p.zone).where(self._ours(t.person), p.name.is_not(None))
        with self._reading() as connection:
            rows = connection.execute(wanted.order_by(p.name, p.id)).all()
        return tuple(Person(id=row.id, name=row.name, zone=row.zone) for row in rows)

    def save_person(self, person: Person, at: datetime) -> None:
        """Keep a person's name and zone."""
        del at  # the record of changes tells when
        named = update(t.person).where(self._ours(t.person, id=person.id))
        with self._writing() as connection:
            self._ensure_person(connection, person.id)
            connection.execute(named.values(name=person.name, zone=person.zone))

    def caregivers(self) -> tuple[Caregiver, ...]:
        """Return everyone who can sign in, by name."""
        wanted = select(c.caregiver).where(self._ours(c.caregiver))
        with self._reading() as connection:
            rows = connection.execute(wanted.order_by(c.caregiver.c.name, c.caregiver.c.id)).all()
        return tuple(
            Caregiver(id=row.id, name=row.name, login=row.login, owner=row.owner, at=to_moment(row.at_ms))
            for row in rows
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
        r = c.role.c
        wanted = select(r.caregiver, r.person, r.role).where(self._ours(c.role))
        with self._reading() as connection:
            rows = connection.execute(wanted.order_by(r.caregiver, r.person)).all()
        return tuple(Grant(caregiver=row.caregiver, person=row.person, role=Role(row.role)) for row in rows)

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
