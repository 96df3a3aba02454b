"""What the parts of the store about caregivers have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, select

from skill.store import care_tables as c
from skill.store import schema as t
from skill.store.changes import Changes
from skill.store.quick import Runs
from skill.store.rows import to_moment

if TYPE_CHECKING:
    from sqlalchemy import Connection


Named = Any  # a row whose columns have names; SQLAlchemy 2.0 and 2.1 differ in what its type is made of

#: Who has to be there for something to be kept about them. On a database server they then stay until the
#: transaction ends.
_PERSON, _DEVICE = (
    select(table.c.id)
    .where(table.c.household == bindparam("of_household"), table.c.id == bindparam("this"))
    .with_for_update(read=True, key_share=True)
    for table in (t.person, c.device)
)


class CarePart(Changes):
    """A part of the store about caregivers.

    Whatever is about a person or a caregiver needs one that is there: nothing can come back about somebody
    who was deleted a moment ago.
    """

    def _ours(self, table: Table, **values: Any) -> ColumnElement[bool]:
        """Return the condition for our household's rows with these values."""
        return and_(
            table.c.household == self._household, *(table.c[name] == value for name, value in values.items())
        )

    @contextmanager
    def _about(self, *, person: str | None = None, caregiver: str | None = None) -> Iterator[Connection]:
        """Give a transaction in which these stay. KeyError if one of them is not there."""
        with self._writing() as connection:
            if person is not None and not self._holds(connection, t.person, person):
                raise KeyError(person)
            if caregiver is not None and not self._holds(connection, c.caregiver, caregiver):
                raise KeyError(caregiver)
            yield connection

    @contextmanager
    def _quickly_about(self, person: str) -> Iterator[Runs]:
        """Give a transaction, for what runs all the time, in which a person stays. KeyError without them."""
        with self._quickly(writes=True) as runs:
            if runs.first(_PERSON, {"of_household": self._household, "this": person}) is None:
                raise KeyError(person)
            yield runs

    def _has_device(self, runs: Runs, device: str) -> bool:
        """Whether there is a device, which then stays until the transaction ends."""
        return runs.first(_DEVICE, {"of_household": self._household, "this": device}) is not None

    def _holds(self, connection: Connection, table: Table, row_id: str) -> bool:
        """Whether there is a row of this id, which then stays until the transaction ends."""
        wanted = select(table.c.id).where(self._ours(table, id=row_id))
        locked = wanted.with_for_update(read=True, key_share=True)
        return connection.execute(locked).first() is not None

    def _next_of(self, connection: Connection, column: ColumnElement[int], mine: ColumnElement[bool]) -> int:
        """Return the next number in a numbered table."""
        self._take_turn(connection)
        return int(connection.execute(select(func.max(column)).where(mine)).scalar() or 0) + 1


def maybe_moment(ms: int | None) -> datetime | None:
    """Return a kept moment, if there is one."""
    return None if ms is None else to_moment(ms)
