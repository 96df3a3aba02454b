"""Word of what has changed, numbered in the order in which it was kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, case, delete, func, insert, literal_column, or_, select

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
#: Since a change: the newest one, and the newest that may be about who is here and who may do what.
_WHO = or_(
    c.change.c.topic.in_([literal_column(f"'{topic}'") for topic in ("consent", "person", "household")]),
    c.change.c.person == literal_column("''"),
)
_NEWEST_OF_EACH = select(func.max(c.change.c.id), func.max(case((_WHO, c.change.c.id)))).where(
    _OURS, c.change.c.id > bindparam("after")
)
_DROP = delete(c.change).where(_OURS, c.change.c.id <= bindparam("until"))

#: Whoever holds this lock on a database server is the one that numbers in a household. SQLite has one writer.
_TURNS = 5301
_TURN = select(func.pg_advisory_xact_lock(_TURNS, func.hashtext(bindparam("of_household"))))


#: How many answers about who is here are remembered at most.
_REMEMBERED = 1000

T = TypeVar("T")


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
        self._looked = (-1, -1)  #: the newest change that was looked at, and the newest about who is here
        self._remembered: dict[Hashable, tuple[int, Any]] = {}

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

    def _unless_changed(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what `read` returned last, or returns now, if it may have changed since.

        For what nobody changes without word in the same transaction of a topic that is about who is here.
        The word is looked for each time: what another process has kept is seen by the next who asks.
        """
        newest = self._newest_about_who()
        known = self._remembered.get(key)
        if known is None or known[0] != newest:  # what is read now is as new as that, or newer
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            known = self._remembered[key] = (newest, read())
        found: T = known[1]
        return found

    def _newest_about_who(self) -> int:
        """Return the newest change that may be about who is here and who may do what."""
        looked_at, about_who = self._looked  # of two threads that look at once, either may have the last word
        row = self._first(_NEWEST_OF_EACH, {"of_household": self._household, "after": looked_at})
        if row is not None and row[0] is not None:
            about_who = about_who if row[1] is None else int(row[1])
            self._looked = (int(row[0]), about_who)
        return about_who

    def _tell(self, connection: Connection, topic: str, person: str, device: str = "") -> None:
        """Keep word of a change in this transaction: the last thing that it does."""
        self._tell_by(OnServer(connection), topic, person, device)

    def _tell_by(self, runs: Runs, topic: str, person: str, device: str = "") -> None:
        """Do the same."""
        self._take_turn_by(runs)
        new = {"new_topic": topic, "new_device": device, "new_person": person}
        runs.change(_ADD, {"of_household": self._household, **new})
        self._drop_old(runs)

    def _tell_session(self, runs: Runs, session_id: str) -> None:
        """Keep word that something was added to a session."""
        self._take_turn_by(runs)
        runs.change(_ADD_OF_SESSION, {"of_household": self._household, "of_session": session_id})
        self._drop_old(runs)

    def _take_turn(self, connection: Connection) -> None:
        self._take_turn_by(OnServer(connection))

    def _take_turn_by(self, runs: Runs) -> None:
        if self._quick is None:
            runs.first(_TURN, {"of_household": self._household})

    def _next_number(self, runs: Runs) -> int:
        """Return the number that the next `_tell_by` of this transaction will give."""
        self._take_turn_by(runs)
        return self._newest(runs) + 1

    def _newest(self, runs: Runs) -> int:
        row = runs.first(_NEWEST, {"of_household": self._household})
        return int(row[0]) if row else 0

    def _drop_old(self, runs: Runs) -> None:
        if next(self._told) % DROP_EVERY == 0:
            until = self._newest(runs) - KEPT_CHANGES
            runs.change(_DROP, {"of_household": self._household, "until": until})
