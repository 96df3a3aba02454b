"""One person under several names, and the codes by which a name gets to them."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from skill.store import schema as t
from skill.store.changes import Changes
from skill.store.rows import to_ms
from skill.store.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Put together once: it is asked with nearly every request to a server.
_BEHIND = select(t.alias.c.person).where(
    t.alias.c.household == bindparam("of_household"), t.alias.c.alias == bindparam("name")
)


class Links(Changes):
    """The codes and aliases of a store."""

    def new_link_code(self, person: str, at: datetime, valid: timedelta) -> str:
        """Keep and return a new code."""
        c = t.link_code.c
        now_ms = to_ms(at)
        row = {"household": self._household, "person": person, "until_ms": to_ms(at + valid)}
        with self._writing() as connection:
            over = or_(c.person == person, c.until_ms < now_ms)
            connection.execute(delete(t.link_code).where(and_(c.household == self._household, over)))
            mine = c.household == self._household
            taken = set(connection.execute(select(c.code).where(mine)).scalars())
            code = _new_code()
            while code in taken:
                code = _new_code()
            self._ensure_person(connection, person)
            connection.execute(insert(t.link_code), row | {"code": code})
        return code

    def take_link_code(self, code: str, at: datetime) -> str | None:
        """Use a code up."""
        c = t.link_code.c
        this = and_(c.household == self._household, c.code == code)
        with self._writing() as connection:
            found = connection.execute(select(c.person, c.until_ms).where(this)).first()
            # Whoever deletes it has it, if two were to take it at once.
            if found is None or not connection.execute(delete(t.link_code).where(this)).rowcount:
                return None
            return str(found.person) if found.until_ms >= to_ms(at) else None

    def set_alias(self, alias_person: str, person: str, at: datetime) -> None:
        """Keep a name of a person, and let all names of that name lead to the person as well."""
        a = t.alias.c
        ours = a.household == self._household
        with self._writing() as connection:
            if alias_person == person:
                connection.execute(delete(t.alias).where(and_(ours, a.alias == alias_person)))
                return
            real = self._person_of(connection, person)
            if real == alias_person:
                return
            for name in (alias_person, real):
                self._ensure_person(connection, name)
            moved = self._hand_over(connection, alias_person, real)
            row = {"household": self._household, "alias": alias_person, "person": real, "at_ms": to_ms(at)}
            connection.execute(upsert(connection.dialect, t.alias), row)
            names = and_(ours, a.person == alias_person)
            connection.execute(update(t.alias).where(names).values(person=real))
            if moved:
                self._tell(connection, "session", real)

    def _hand_over(self, connection: Connection, name: str, person: str) -> bool:
        """Make a name's sessions the person's, if it has any; and its plan, if they have none."""
        s, p = t.session.c, t.plan_version.c
        theirs = and_(s.household == self._household, s.person == name)
        moved = connection.execute(update(t.session).where(theirs).values(person=person)).rowcount > 0
        plans = p.household == self._household
        has_one = select(p.version).where(plans, p.person == person).limit(1)
        if connection.execute(has_one).first() is None:
            connection.execute(update(t.plan_version).where(plans, p.person == name).values(person=person))
        return moved

    def person_of(self, alias_person: str) -> str:
        """Return the person behind a name."""
        row = self._first(_BEHIND, self._named(alias_person))
        return alias_person if row is None else str(row[0])

    def _person_of(self, connection: Connection, alias_person: str) -> str:
        return str(connection.execute(_BEHIND, self._named(alias_person)).scalar() or alias_person)

    def _named(self, alias_person: str) -> dict[str, str]:
        return {"of_household": self._household, "name": alias_person}


def _new_code() -> str:
    # Spoken as a number, a code would lose leading zeros.
    return str(100_000 + secrets.randbelow(900_000))
