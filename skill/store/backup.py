"""Everything that is kept, as one file: from SQLite and from PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from skill.store import BUSY_MS
from skill.store.backup_file import (
    BackupError,
    BackupFault,
    BackupWriter,
    is_routine_name,
    writing_backup,
)
from skill.store.care_tables import TABLES
from skill.store.faults import telling
from skill.store.opening import open_engine
from skill.store.schema import HEAD

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_ROWS_AT_ONCE = 500
_NOT_SQL = "dynamodb:"


def back_up(
    where: Path | str, path: Path, routines_folder: Path, at: datetime, *, overwrite: bool = False
) -> None:
    """Write all that is in a database, and the routines in a folder, to a file, as of one moment.

    Others may go on reading and writing meanwhile. `StoreError`, or `BackupError`: then there is no file, or
    the one that was there before.
    """
    with writing_backup(path, overwrite=overwrite) as writer, opened(where, path) as (engine, _):
        with snapshot(engine) as connection:
            write_tables(connection, writer)
        write_routines(routines_folder, writer)
        writer.finish(HEAD, at)


@contextmanager
def opened(where: Path | str, backup: Path) -> Iterator[tuple[Engine, bool]]:
    """Give the engine of a database, its tables up to date, and whether it is a file."""
    if isinstance(where, str) and where.startswith(_NOT_SQL):
        raise BackupError(BackupFault.ELSEWHERE, str(backup))
    engine, shown, file = open_engine(where, BUSY_MS, durable=True)
    try:
        with telling(shown):
            yield engine, file is not None
    finally:
        engine.dispose()


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees everything as it is now, whatever others do."""
    with engine.connect() as connection:
        # SQLite gives every transaction one; a server gives every statement a new one unless asked.
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def write_tables(connection: Connection, writer: BackupWriter) -> None:
    """Write every table, a few hundred rows at a time."""
    streamed = {"yield_per": _ROWS_AT_ONCE}
    for table in TABLES:
        ordered = select(table).order_by(*table.primary_key)
        names = [str(column.name) for column in table.columns]
        with connection.execute(ordered, execution_options=streamed) as rows:
            writer.table(table.name, (dict(zip(names, row, strict=True)) for row in rows))


def write_routines(folder: Path, writer: BackupWriter) -> None:
    """Write the person's own routines."""
    for path in routine_files(folder):
        writer.routine(path.name, path.read_bytes())


def routine_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a person's own routines."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(path for path in folder.iterdir() if path.is_file() and is_routine_name(path.name)))
