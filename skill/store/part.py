"""What every part of the SQL store stands on: a database, and the household whose part of it is ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError

from skill.store import schema as t
from skill.store.faults import telling, told
from skill.store.opening import writing
from skill.store.quick import OnServer, Quick, Runs, Values
from skill.store.rows import Row
from skill.store.upsert import insert_new

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_HAS_HOUSEHOLD = select(t.household.c.id).where(t.household.c.id == bindparam("of_household"))
#: On a database server nobody deletes the person before the transaction ends.
_HAS_PERSON = (
    select(t.person.c.id)
    .where(t.person.c.household == bindparam("of_household"), t.person.c.id == bindparam("of_person"))
    .with_for_update(read=True, key_share=True)
)


class Part:
    """One household's part of a database."""

    def __init__(self, engine: Engine, household: str, where: str) -> None:
        """Take an engine whose tables are up to date, and how to show where it is."""
        self._engine = engine
        self._household = household
        self._where = where
        self._quick = Quick(engine) if engine.dialect.name == "sqlite" else None
        # Another process may add the same one at the same moment.
        self._add_household = insert_new(engine.dialect, t.household)
        self._add_person = insert_new(engine.dialect, t.person)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with telling(self._where), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with telling(self._where), writing(self._engine) as connection:
            yield connection

    def _quickly(self, *, writes: bool) -> AbstractContextManager[Runs]:
        """Give a transaction for statements that run with nearly every request."""
        if self._quick is None:
            return self._on_server(writes=writes)
        return self._quick.transaction("BEGIN IMMEDIATE" if writes else "BEGIN", self._where)

    @contextmanager
    def _on_server(self, *, writes: bool) -> Iterator[Runs]:
        with self._writing() if writes else self._reading() as connection:
            yield OnServer(connection)

    def _first(self, statement: Any, values: Values) -> Row | None:
        """Return the first row of a query, which is all that its transaction does."""
        if self._quick is None:
            with self._reading() as connection:
                return OnServer(connection).first(statement, values)
        try:
            return self._quick.first(statement, values)
        except (sqlite3.Error, DBAPIError) as error:
            raise told(error, self._where) from error

    def _all(self, statement: Any, values: Values) -> list[Row]:
        """Return every row of a query, which is all that its transaction does."""
        if self._quick is None:
            with self._reading() as connection:
                return OnServer(connection).all(statement, values)
        try:
            return self._quick.all(statement, values)
        except (sqlite3.Error, DBAPIError) as error:
            raise told(error, self._where) from error

    def _change(self, statement: Any, values: Values) -> int:
        """Carry out a change, which is all that its transaction does; return how many rows it was."""
        if self._quick is None:
            with self._writing() as connection:
                return OnServer(connection).change(statement, values)
        try:
            return self._quick.change(statement, values)
        except (sqlite3.Error, DBAPIError) as error:
            raise told(error, self._where) from error

    def close(self) -> None:
        """Let go of the connections."""
        if self._quick is not None:
            self._quick.close()
        self._engine.dispose()

    def _make_sure_of(self, runs: Runs, person: str) -> None:
        """Let there be a person, who stays until the transaction ends."""
        this = {"of_household": self._household, "of_person": person}
        if runs.first(_HAS_PERSON, this) is None:
            self._make_sure_of_household(runs)
            runs.change(self._add_person, {"household": self._household, "id": person})

    def _make_sure_of_household(self, runs: Runs) -> None:
        """Let there be our household."""
        if runs.first(_HAS_HOUSEHOLD, {"of_household": self._household}) is None:
            runs.change(self._add_household, {"id": self._household})

    def _ensure_person(self, connection: Connection, person: str) -> None:
        """Let there be a person, who stays until the transaction ends."""
        self._make_sure_of(OnServer(connection), person)
