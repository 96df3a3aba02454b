"""Everything back from a backup, or nothing: into SQLite or PostgreSQL, whichever it came from.

A backup of an older version goes into tables of that version, which are then brought forward as a database of
that version would be. All of it is one transaction.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, MetaData, func, insert, select
from sqlalchemy.exc import DBAPIError, StatementError

from skill.store import care_tables, server, sqlite, upgrade
from skill.store.backup import opened, routine_files, write_routines, write_tables
from skill.store.backup_file import BackupError, BackupFault, BackupReader, reading_backup, writing_backup
from skill.store.care_tables import TABLES
from skill.store.opening import writing
from skill.store.schema import HEAD, metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

_ROWS_AT_ONCE = 500
#: What a database has that nobody has used.
_NOTHING = frozenset({"household", "claim", "lease", "change"})
_VERSIONS = "alembic_version"


def restore(
    where: Path | str, path: Path, routines_folder: Path, at: datetime, *, safety: Path | None = None
) -> None:
    """Put all that is in a backup into a database and a folder of routines.

    Both have to be empty; or `safety` names a file, which must not be there, into which all that is there
    goes first. `StoreError`, or `BackupError`: then everything is as it was.
    """
    with reading_backup(path) as backup:
        if backup.tables_version not in upgrade.known_versions():
            raise BackupError(BackupFault.NEWER, backup.where, f"version {backup.tables_version}")
        with (
            opened(where, path) as (engine, is_file),
            _staged(backup, routines_folder, replace=safety is not None) as put,
        ):
            with writing(engine) as connection:
                _be_alone(connection)
                if safety is not None:
                    _keep(connection, safety, routines_folder, at)
                elif _holds_anything(connection):
                    raise BackupError(BackupFault.NOT_EMPTY, backup.where)
                _refill(connection, backup)
            put()
            if is_file:
                sqlite.clear_log(engine)


def _be_alone(connection: Connection) -> None:
    """Let nobody else read or write until the transaction ends. SQLite has one writer."""
    server.wait_for_makers(connection)
    if connection.dialect.name == "postgresql":
        names = ", ".join(connection.dialect.identifier_preparer.format_table(table) for table in TABLES)
        # The strongest lock there is, as nothing else is said.
        connection.exec_driver_sql(f"LOCK {names}")


def _keep(connection: Connection, safety: Path, routines_folder: Path, at: datetime) -> None:
    with writing_backup(safety) as writer:
        write_tables(connection, writer)
        write_routines(routines_folder, writer)
        writer.finish(HEAD, at)


def _holds_anything(connection: Connection) -> bool:
    used = (table for table in TABLES if table.name not in _NOTHING)
    return any(connection.execute(select(1).select_from(table).limit(1)).first() for table in used)


def _refill(connection: Connection, backup: BackupReader) -> None:
    newest = _newest_changes(connection)
    metadata.drop_all(connection)
    connection.exec_driver_sql(f"DROP TABLE {_VERSIONS}")
    upgrade.migrate(connection, to=backup.tables_version)
    _fill(connection, backup)
    upgrade.migrate(connection)
    _ring(connection, newest)


def _fill(connection: Connection, backup: BackupReader) -> None:
    """Put the rows into tables of their version."""
    found = MetaData()
    found.reflect(connection)
    tables = {table.name: table for table in found.sorted_tables if table.name != _VERSIONS}
    if tables.keys() != backup.tables.keys():
        raise backup.damaged(", ".join(sorted(tables.keys() ^ backup.tables.keys())))
    for name, table in tables.items():
        for column in table.columns:
            if isinstance(column.type, JSON):  # None is nothing, where nothing may be
                column.type = JSON(none_as_null=bool(column.nullable))
        try:
            count = _insert(connection, table, backup)
        except DBAPIError:
            raise
        except StatementError as error:
            raise backup.damaged(name) from error
        if count != backup.tables[name]:
            raise backup.damaged(name)


def _insert(connection: Connection, table: Table, backup: BackupReader) -> int:
    columns = {column.name for column in table.columns}
    rows = iter(_parents_first(table, backup))
    count = 0
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        if any(row.keys() != columns for row in some):
            raise backup.damaged(table.name)
        connection.execute(insert(table), some)
        count += len(some)
    return count


def _parents_first(table: Table, backup: BackupReader) -> Iterable[dict[str, Any]]:
    """Return the rows of a table; what others of the same table refer to comes before them."""
    rows = backup.rows(table.name)
    own = [key for key in table.foreign_key_constraints if key.referred_table is table]
    if not own:
        return rows
    (key,) = own
    names = [(element.parent.name, element.column.name) for element in key.elements]
    of_key: dict[tuple[Any, ...], dict[str, Any]] = {}
    order: TopologicalSorter[tuple[Any, ...]] = TopologicalSorter()
    try:
        for row in rows:
            this = tuple(row[column] for _, column in names)
            of_key[this] = row
            order.add(this, tuple(row[parent] for parent, _ in names))
        return [of_key[this] for this in order.static_order() if this in of_key]
    except (KeyError, TypeError, CycleError) as error:
        raise backup.damaged(table.name) from error


def _newest_changes(connection: Connection) -> dict[str, int]:
    c = care_tables.change.c
    rows = connection.execute(select(c.household, func.max(c.id)).group_by(c.household))
    return {row[0]: row[1] for row in rows}


def _ring(connection: Connection, before: dict[str, int]) -> None:
    """Go on with the numbers of changes, so that whoever watches sees that something has changed."""
    after = _newest_changes(connection)
    for household in before.keys() | after.keys():
        row = {
            "household": household,
            "id": max(before.get(household, 0), after.get(household, 0)) + 1,
            "topic": "person",
            "device": "",
            "person": "",
        }
        connection.execute(insert(care_tables.change), row)


@contextmanager
def _staged(backup: BackupReader, folder: Path, *, replace: bool) -> Iterator[Any]:
    """Write the routines beside their folder, and give what puts them into it. `BackupError`."""
    routines = backup.routines()
    there = {path.name: path.read_bytes() for path in routine_files(folder)}
    if not replace:
        for name, text in there.items():
            if routines.get(name, text) != text:
                raise BackupError(BackupFault.NOT_EMPTY, backup.where, name)

    def put() -> None:
        for name in routines:
            (staging / name).replace(folder / name)
        for name in there.keys() - routines.keys() if replace else ():
            (folder / name).unlink()

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".restore-", dir=folder.parent))
        for name, text in routines.items():
            (staging / name).write_bytes(text)
    except OSError as error:
        raise BackupError(BackupFault.NO_FOLDER, str(folder), str(error)) from error
    try:
        yield put
    finally:
        shutil.rmtree(staging, ignore_errors=True)
