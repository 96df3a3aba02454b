"""Statements that run with nearly every request to a server, with as little around them as there can be.

SQLAlchemy takes ten times as long around such a statement as SQLite takes to carry it out. So on SQLite it is
asked only once how a statement is written and how values are converted, and the driver does the rest. On a
database server the way there takes longer than all of that, and SQLAlchemy does everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from routines.memo import Memo

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import ClauseElement, Connection, Dialect, Engine

Values = Mapping[str, Any]
_Convert = Callable[[Any], Any]

#: Statements are constants; nothing but their number bounds how many there are.
_STATEMENTS = 256


class Runs(Protocol):
    """Runs statements in one transaction."""

    def first(self, statement: Any, values: Values) -> tuple[Any, ...] | None:
        """Return the first row of a query."""

    def change(self, statement: Any, values: Values) -> int:
        """Carry out a change; return how many rows it was."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement as the driver takes it."""

    statement: ClauseElement  #: kept, so that no other one gets its id
    sql: str
    binds: tuple[tuple[str, _Convert | None], ...]
    columns: tuple[_Convert | None, ...]

    def values(self, values: Values) -> list[Any]:
        return [values[name] if convert is None else convert(values[name]) for name, convert in self.binds]

    def row(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            value if convert is None else convert(value)
            for value, convert in zip(row, self.columns, strict=True)
        )


class Quick:
    """Gives transactions on a database. For any thread."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine whose connections are used."""
        self._engine = engine
        self._prepared: Memo[int, _Prepared] = Memo(_STATEMENTS)

    @contextmanager
    def transaction(self, begin: str) -> Iterator[Runs]:
        """Give a transaction on SQLite that begins like this; kept at the end, or not at all."""
        with closing(self._engine.raw_connection()) as pooled:
            raw: Any = pooled.driver_connection
            raw.execute(begin)
            try:
                yield _OnSqlite(raw, self._of)
                raw.execute("COMMIT")
            except BaseException:
                if raw.in_transaction:  # where the disk is full, SQLite has rolled it back already
                    raw.execute("ROLLBACK")
                raise

    def _of(self, statement: ClauseElement) -> _Prepared:
        return self._prepared.get(id(statement), lambda: _prepare(statement, self._engine.dialect))


class _OnSqlite:
    """The driver's own connection."""

    __slots__ = ("_of", "_raw")

    def __init__(self, raw: sqlite3.Connection, of: Callable[[Any], _Prepared]) -> None:
        self._raw = raw
        self._of = of

    def first(self, statement: Any, values: Values) -> tuple[Any, ...] | None:
        prepared = self._of(statement)
        row = self._raw.execute(prepared.sql, prepared.values(values)).fetchone()
        return None if row is None else prepared.row(row)

    def change(self, statement: Any, values: Values) -> int:
        prepared = self._of(statement)
        return self._raw.execute(prepared.sql, prepared.values(values)).rowcount


class OnServer:
    """SQLAlchemy's connection."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        """Take a connection in a transaction."""
        self._connection = connection

    def first(self, statement: Any, values: Values) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        row = self._connection.execute(statement, values).first()
        return None if row is None else tuple(row)

    def change(self, statement: Any, values: Values) -> int:
        """Carry out a change; return how many rows it was."""
        return int(self._connection.execute(statement, values).rowcount)


def _prepare(statement: Any, dialect: Dialect) -> _Prepared:
    compiled: Any = statement.compile(dialect=dialect)
    binds = tuple(
        (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        for name in compiled.positiontup
    )
    columns = tuple(
        column.type.dialect_impl(dialect).result_processor(dialect, None)
        for column in getattr(statement, "selected_columns", ())
    )
    return _Prepared(statement, str(compiled), binds, columns)
