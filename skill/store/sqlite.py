"""Everything that is true of SQLite only. The rest of the store works on other SQL databases too."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event

from skill.ports import StoreError, StoreFault
from skill.store.json_columns import JSON_BY

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: The execution option of a connection that is going to write.
WRITES = "steady_writes"

#: Run on every connection.
#: - secure_delete: a person who is deleted leaves no bytes behind in free pages.
_PRAGMAS = ("PRAGMA foreign_keys=ON", "PRAGMA secure_delete=ON")

#: Durable or not: in WAL mode NORMAL loses nothing to a killed process either and damages nothing, but a
#: power cut may take the last commits with it. A coach who commits once in a set does not notice what a flush
#: each time costs; a server that answers many people may.
_SYNCHRONOUS = {True: "PRAGMA synchronous=FULL", False: "PRAGMA synchronous=NORMAL"}

_FAULTS = {
    sqlite3.SQLITE_CORRUPT: StoreFault.CORRUPT,
    sqlite3.SQLITE_NOTADB: StoreFault.CORRUPT,
    sqlite3.SQLITE_FULL: StoreFault.FULL,
    sqlite3.SQLITE_READONLY: StoreFault.READ_ONLY,
    sqlite3.SQLITE_BUSY: StoreFault.LOCKED,
    sqlite3.SQLITE_LOCKED: StoreFault.LOCKED,
    sqlite3.SQLITE_PERM: StoreFault.UNREADABLE,
    sqlite3.SQLITE_CANTOPEN: StoreFault.UNREADABLE,
    sqlite3.SQLITE_IOERR: StoreFault.UNREADABLE,
}


def engine_for(path: Path, busy_ms: int, *, durable: bool = True) -> Engine:
    """Return an engine for a file; connects to nothing yet. See `skill.store.open_store` for `durable`."""
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, connect_args={"timeout": busy_ms / 1000}, **JSON_BY)
    event.listen(engine, "connect", partial(_on_connect, pragmas=(*_PRAGMAS, _SYNCHRONOUS[durable])))
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: Any, *, pragmas: Sequence[str]) -> None:
    # The driver's own idea of when a transaction begins leaves reads outside; we begin them all ourselves.
    connection.isolation_level = None
    for pragma in pragmas:
        connection.execute(pragma)


def _on_begin(connection: Connection) -> None:
    # A writer takes its place in the queue at once: to read first and write later can fail half-way.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def make_file(path: Path) -> None:
    """Make folder and empty file, both for this user alone, where there are none; StoreError if it cannot."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(StoreFault.NO_FOLDER, str(path.parent), str(error)) from error
    # An existing file must not even be opened here: closing it again would drop every lock that SQLite holds
    # on it in this process (POSIX). SQLite gives its other files the same rights as this one.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        fault = StoreFault.FULL if error.errno == errno.ENOSPC else StoreFault.READ_ONLY
        raise StoreError(fault, str(path.parent), str(error)) from error


def use_wal(engine: Engine, busy_ms: int) -> None:
    """Let readers and one writer work side by side, for good. Some network folders cannot: then it stays."""
    deadline = time.monotonic() + busy_ms / 1000
    with closing(engine.raw_connection()) as raw:
        connection = raw.driver_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - the engine is ours
        while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                # Changing the mode does not wait for others by itself as everything else does.
                if _primary(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return


def what_is_damaged(engine: Engine) -> str:
    """Return "ok", or the first things that SQLite finds damaged."""
    with closing(engine.raw_connection()) as raw:
        cursor = raw.cursor()
        try:
            cursor.execute("PRAGMA quick_check(5)")
            return "; ".join(str(row[0]) for row in cursor.fetchall())
        except sqlite3.DatabaseError as error:
            if fault_of(error, "") is not StoreFault.CORRUPT:
                raise
            return str(error)


def clear_log(engine: Engine) -> None:
    """Move the write-ahead log into the file and empty it: what was deleted is gone from there too."""
    with closing(engine.raw_connection()) as raw:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def is_private(path: Path) -> bool:
    """Whether nobody else may read the file. Windows keeps a user's folders private by other means."""
    return os.name == "nt" or not stat.S_IMODE(path.stat().st_mode) & 0o077


def fault_of(error: sqlite3.Error, where: str) -> StoreFault:
    """Return what is wrong, in our terms."""
    code = _primary(error)
    fault = _FAULTS.get(code, StoreFault.FAILED)
    # With the log in a folder where nothing may be written, SQLite cannot open what could well be read.
    path = Path(where)
    if code == sqlite3.SQLITE_CANTOPEN and os.access(path, os.R_OK) and not os.access(path.parent, os.W_OK):
        return StoreFault.READ_ONLY
    return fault


def _primary(error: sqlite3.Error) -> int:
    # The low byte says what, the rest says it in more detail. Errors of the module itself carry no code.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
