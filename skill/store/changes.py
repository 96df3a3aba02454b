"""Word of what has changed, numbered in the order in which it was kept."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, literal_column, select

from skill.care.records import Change
from skill.store import care_tables as c
from skill.store import schema as t
from skill.store.part import Part
from skill.store.quick import OnServer, Runs

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: How many changes are given at once.
MOST_AT_ONCE = 1000
#: Changes older than the newest so many are dropped, with one change in `DROP_EVERY`.
KEPT_CHANGES = 5000
DROP_EVERY = 500

_OURS = c.change.c.household == bindparam("of_household")
_NEWEST = select(func.coalesce(func.max(c.change.c.id), literal_column("0"))).where(_OURS)
_NEXT = _NEWEST.scalar_subquery() + literal_column("1")
_ADD = insert(c.change).values(
    household=bindparam("of_household"),
    id=_NEXT,
    topic=bindparam("new_topic"),
    device=bindparam("new_device"),
    person=bindparam("new_person"),
)
#: The device of a session is not one that is paired: pages go by the person.
_ADD_OF_SESSION = insert(c.change).from_select(
    ["household", "id", "topic", "device", "person"],
    select(
        t.session.c.household, _NEXT, literal_column("'session'"), literal_column("''"), t.session.c.person
    ).where(t.session.c.household == bindparam("of_household"), t.session.c.id == bindparam("of_session")),
)
_AFTER = (
    select(c.change.c.id, c.change.c.topic, c.change.c.device, c.change.c.person)
    .where(_OURS, c.change.c.id > bindparam("after"))
    .order_by(c.change.c.id)
    .limit(literal_column(str(MOST_AT_ONCE)))
)
_DROP = delete(c.change).where(_OURS, c.change.c.id <= bindparam("until"))

#: Whoever holds this lock on a database server is the one that numbers in a household. SQLite has one writer.
_TURNS = 5301
_TURN = select(func.pg_advisory_xact_lock(_TURNS, func.hashtext(bindparam("of_household"))))


class Changes(Part):
    """The changes of a store.

    On a database server, what is numbered is numbered in turns, so that numbers come in the order of commits
    and nobody who asks for what is newer than one misses any. A turn lasts until the transaction ends, and
    whoever has it waits for no row: rows are locked before it, a person's first.
    """

    def __init__(self, engine: Engine, household: str, where: str) -> None:
        """Begin to count."""
        super().__init__(engine, household, where)
        self._told = count()

    def last_change(self) -> int:
        """Return the newest change's id."""
        row = self._first(_NEWEST, {"of_household": self._household})
        return int(row[0]) if row else 0

    def changes(self, after: int) -> tuple[Change, ...]:
        """Return the changes after an id."""
        with self._quickly(writes=False) as runs:
            rows = runs.all(_AFTER, {"of_household": self._household, "after": after})
        return tuple(
            Change(id=number, topic=topic, device=device, person=person)
            for number, topic, device, person in rows
        )

    def add_change(self, topic: str, device: str, person: str) -> None:
        """Keep word of a change."""
        with self._writing() as connection:
            self._tell(connection, topic, person, device)

    def _tell(self, connection: Connection, topic: str, person: str, device: str = "") -> None:
        """Keep word of a change in this transaction: the last thing that it does."""
        self._take_turn(connection)
        runs = OnServer(connection)
        new = {"new_topic": topic, "new_device": device, "new_person": person}
        runs.change(_ADD, {"of_household": self._household, **new})
        self._drop_old(runs)

    def _tell_session(self, runs: Runs, session_id: str) -> None:
        """Keep word that something was added to a session."""
        if self._quick is None:
            runs.first(_TURN, {"of_household": self._household})
        runs.change(_ADD_OF_SESSION, {"of_household": self._household, "of_session": session_id})
        self._drop_old(runs)

    def _take_turn(self, connection: Connection) -> None:
        if self._quick is None:
            connection.execute(_TURN, {"of_household": self._household})

    def _next_number(self, connection: Connection) -> int:
        """Return the number that the next `_tell` of this transaction will give."""
        self._take_turn(connection)
        return self._newest(OnServer(connection)) + 1

    def _newest(self, runs: Runs) -> int:
        row = runs.first(_NEWEST, {"of_household": self._household})
        return int(row[0]) if row else 0

    def _drop_old(self, runs: Runs) -> None:
        if next(self._told) % DROP_EVERY == 0:
            until = self._newest(runs) - KEPT_CHANGES
            runs.change(_DROP, {"of_household": self._household, "until": until})
