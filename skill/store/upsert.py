"""Keeping a row whether or not its key is there already, in one statement: nobody can come in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Dialect, Insert, Select, Table


def upsert(dialect: Dialect, table: Table, over: ColumnElement[bool] | None = None) -> Insert:
    """Return a statement that inserts a row, or writes over the one of the same key.

    With `over`, only a row for which that is true is written over: rows written are then none or one.
    """
    key = list(table.primary_key)
    others = [column.name for column in table.columns if not column.primary_key]
    # SQLite took the clause over from PostgreSQL, but SQLAlchemy has a class for each.
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - not where there is only a file

        theirs = postgresql.insert(table)
        changed = {name: theirs.excluded[name] for name in others}
        return theirs.on_conflict_do_update(index_elements=key, set_=changed, where=over)
    ours = sqlite.insert(table)
    changed = {name: ours.excluded[name] for name in others}
    return ours.on_conflict_do_update(index_elements=key, set_=changed, where=over)


def add_unless_there(dialect: Dialect, table: Table, names: Sequence[str], rows: Select[Any]) -> Insert:
    """Return a statement that inserts the rows of a query whose keys are not there already."""
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - not where there is only a file

        return postgresql.insert(table).from_select(names, rows).on_conflict_do_nothing()
    return sqlite.insert(table).from_select(names, rows).on_conflict_do_nothing()


def insert_new(dialect: Dialect, table: Table) -> Insert:
    """Return a statement that inserts a row, or none if there is one of the same key: rows written tell."""
    key = list(table.primary_key)
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - not where there is only a file

        return postgresql.insert(table).on_conflict_do_nothing(index_elements=key)
    return sqlite.insert(table).on_conflict_do_nothing(index_elements=key)
