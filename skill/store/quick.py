"""Statements that run with nearly every request to a server, with as little around them as there can be.

SQLAlchemy takes ten times as long around such a statement as SQLite takes to carry it out. So on SQLite it is
asked only once how a statement is written and how values are converted, and the driver does the rest, on
connections of its own that stay open. On a database server the way there takes longer than all of that, and
SQLAlchemy does everything.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.exc import DBAPIError

from skill.store.faults import told
from skill.store.rows import Row

if TYPE_CHECKING:
    from sqlalchemy import ClauseElement, Connection, Dialect, Engine

Values = Mapping[str, Any]
_Convert = Callable[[Any], Any]


class Runs(Protocol):
    """Runs statements in one transaction."""

    def first(self, statement: Any, values: Values) -> Row | None:
        """Return the first row of a query."""

    def all(self, statement: Any, values: Values) -> list[Row]:
        """Return every row of a query."""

    def change(self, statement: Any, values: Values) -> int:
        """Carry out a change; return how many rows it was."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement as the driver takes it."""

    statement: ClauseElement  #: kept, so that no other one gets its id
    sql: str
    fixed: Mapping[str, Any]  #: values that are part of the statement, such as a limit
    binds: tuple[tuple[str, _Convert], ...]  #: those that are converted
    columns: tuple[tuple[int, _Convert], ...]  #: likewise

    def run(self, raw: sqlite3.Connection, values: Values) -> sqlite3.Cursor:
        if not self.fixed and not self.binds:
            return raw.execute(self.sql, values)
        plain = {**self.fixed, **values}
        for name, convert in self.binds:
            plain[name] = convert(plain[name])
        return raw.execute(self.sql, plain)

    def row(self, row: Row) -> Row:
        if not self.columns:
            return row
        made = list(row)
        for place, convert in self.columns:
            made[place] = convert(made[place])
        return tuple(made)


class Quick:
    """Runs statements on SQLite. For any thread: each takes a connection that is idle, or opens another."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine that knows how connections are opened and statements are written."""
        self._engine = engine
        # Statements are constants: nothing but their number bounds how many are kept.
        self._prepared: dict[int, _Prepared] = {}
        self._idle: deque[sqlite3.Connection] = deque()
        self._process = os.getpid()
        self._inherited: list[deque[sqlite3.Connection]] = []

    def first(self, statement: Any, values: Values) -> Row | None:
        """Return the first row of a query; it is a transaction by itself."""
        raw = self.take()
        try:
            return _OnSqlite(raw, self.prepared).first(statement, values)
        finally:
            self._idle.append(raw)

    def all(self, statement: Any, values: Values) -> list[Row]:
        """Return every row of a query; it is a transaction by itself."""
        raw = self.take()
        try:
            return _OnSqlite(raw, self.prepared).all(statement, values)
        finally:
            self._idle.append(raw)

    def change(self, statement: Any, values: Values) -> int:
        """Carry out a change that is a transaction by itself; return how many rows it was."""
        raw = self.take()
        try:
            return _OnSqlite(raw, self.prepared).change(statement, values)
        finally:
            self._idle.append(raw)

    def transaction(self, begin: str, where: str) -> _Transaction:
        """Give a transaction that begins like this; kept at the end, or not at all.

        What the database says went wrong is told as a `StoreError` about `where`.
        """
        return _Transaction(self, begin, where)

    def prepared(self, statement: ClauseElement, values: Values) -> _Prepared:
        """Return a statement as the driver takes it; it always comes with values of the same names."""
        known = self._prepared.get(id(statement))
        if known is None:
            known = self._prepared[id(statement)] = _prepare(statement, values, self._engine.dialect)
        return known

    def close(self) -> None:
        """Close the connections that are idle. Harmless when done twice."""
        while self._idle:
            self._idle.pop().close()

    def give_back(self, raw: sqlite3.Connection) -> None:
        """Let a connection be used by others."""
        self._idle.append(raw)

    def take(self) -> sqlite3.Connection:
        """Return a connection that nobody else uses; it is to be given back."""
        if self._process != os.getpid():  # after a fork, what the parent opened must not be used, nor closed
            self._inherited.append(self._idle)
            self._process, self._idle = os.getpid(), deque()
        try:
            return self._idle.pop()
        except IndexError:
            pooled = self._engine.raw_connection()
            raw = pooled.driver_connection
            pooled.detach()
            assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - the engine is SQLite's
            return raw


class _OnSqlite:
    """The driver's own connection."""

    __slots__ = ("_prepared", "_raw")

    def __init__(self, raw: sqlite3.Connection, prepared: Callable[[Any, Values], _Prepared]) -> None:
        self._raw = raw
        self._prepared = prepared

    def first(self, statement: Any, values: Values) -> Row | None:
        prepared = self._prepared(statement, values)
        row = prepared.run(self._raw, values).fetchone()
        return None if row is None else prepared.row(row)

    def all(self, statement: Any, values: Values) -> list[Row]:
        prepared = self._prepared(statement, values)
        return [prepared.row(row) for row in prepared.run(self._raw, values)]

    def change(self, statement: Any, values: Values) -> int:
        return self._prepared(statement, values).run(self._raw, values).rowcount


class _Transaction:
    """One transaction; a class, because it takes less time than a generator."""

    __slots__ = ("_begin", "_quick", "_raw", "_where")

    def __init__(self, quick: Quick, begin: str, where: str) -> None:
        self._quick = quick
        self._begin = begin
        self._where = where

    def __enter__(self) -> Runs:
        try:
            raw = self._raw = self._quick.take()
            try:
                raw.execute(self._begin)
            except BaseException:
                self._quick.give_back(raw)
                raise
        except (sqlite3.Error, DBAPIError) as error:
            raise told(error, self._where) from error
        return _OnSqlite(raw, self._quick.prepared)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raw = self._raw
        try:
            if error is None:
                try:
                    raw.execute("COMMIT")
                except sqlite3.Error as late:
                    error = late
            if error is None:
                return
            if raw.in_transaction:  # where the disk is full, SQLite has rolled it back already
                raw.execute("ROLLBACK")
        finally:
            self._quick.give_back(raw)
        if isinstance(error, (sqlite3.Error, DBAPIError)):
            raise told(error, self._where) from error


class OnServer:
    """SQLAlchemy's connection."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        """Take a connection in a transaction."""
        self._connection = connection

    def first(self, statement: Any, values: Values) -> Row | None:
        """Return the first row of a query."""
        row = self._connection.execute(statement, values).first()
        return None if row is None else tuple(row)

    def all(self, statement: Any, values: Values) -> list[Row]:
        """Return every row of a query."""
        return [tuple(row) for row in self._connection.execute(statement, values)]

    def change(self, statement: Any, values: Values) -> int:
        """Carry out a change; return how many rows it was."""
        return int(self._connection.execute(statement, values).rowcount)


def _prepare(statement: Any, values: Values, dialect: Dialect) -> _Prepared:
    own: Any = type(dialect)
    given = list(values) if statement.is_insert else None  # other columns keep their default
    compiled: Any = statement.compile(dialect=own(paramstyle="named"), column_keys=given)
    binds = {
        name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
        for name in compiled.params
    }
    columns = [
        column.type.dialect_impl(dialect).result_processor(dialect, None)
        for column in getattr(statement, "selected_columns", ())
    ]
    return _Prepared(
        statement=statement,
        sql=str(compiled),
        fixed={
            name: value
            for name, value in compiled.params.items()
            if name not in values and not compiled.binds[name].required
        },
        binds=tuple((name, convert) for name, convert in binds.items() if convert is not None),
        columns=tuple((place, convert) for place, convert in enumerate(columns) if convert is not None),
    )
