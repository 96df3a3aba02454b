"""Everything that is true of a database server only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError

from skill.ports import StoreError, StoreFault
from skill.store.json_columns import JSON_BY

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

#: How long to wait for a server that does not answer at all.
CONNECT_S = 5
#: Names of PostgreSQL in addresses, and the driver that speaks with it.
_POSTGRESQL = ("postgresql", "postgres")
_DRIVER = "postgresql+psycopg"
#: Whoever holds this lock is the one that makes or moves the tables of a database.
_MAKING_TABLES = 5300

#: What a server's code says is wrong; the longest prefix counts.
_FAULTS = {
    "08": StoreFault.UNREACHABLE,  # the connection broke
    "28": StoreFault.UNREACHABLE,  # it does not let us in
    "3D000": StoreFault.UNREACHABLE,  # there is no such database
    "53": StoreFault.UNREACHABLE,  # too many connections, no memory
    "53100": StoreFault.FULL,
    "57P": StoreFault.UNREACHABLE,  # it is starting or stopping
    "40": StoreFault.LOCKED,  # two waited for each other
    "55P03": StoreFault.LOCKED,
    "25006": StoreFault.READ_ONLY,
    "42501": StoreFault.READ_ONLY,
    "XX001": StoreFault.CORRUPT,
    "XX002": StoreFault.CORRUPT,
}


def engine_for(address: str, busy_ms: int) -> Engine:
    """Return an engine for an address; connects to nothing yet. `StoreError` if it cannot be used."""
    shown = address.partition("://")[0] + "://"
    url = _with_driver(make_url(address))
    if url.get_backend_name() != "postgresql":
        raise StoreError(StoreFault.ADDRESS, shown, "neither SQLite nor PostgreSQL")
    try:
        # A connection that broke while nobody used it, as in a restart, is opened anew without a word.
        engine = create_engine(url, pool_pre_ping=True, **JSON_BY)
    except ArgumentError as error:
        raise StoreError(StoreFault.ADDRESS, shown, str(error)) from error
    except ModuleNotFoundError as error:
        raise StoreError(StoreFault.NO_PACKAGE, shown, str(error)) from error
    event.listen(engine, "connect", partial(_on_connect, busy_ms=busy_ms))
    return engine


def _on_connect(connection: Any, _record: Any, *, busy_ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {busy_ms}")
    connection.commit()


def _with_driver(url: URL) -> URL:
    if url.get_backend_name() not in _POSTGRESQL:
        return url
    named = url.set(drivername=_DRIVER) if url.drivername in _POSTGRESQL else url
    return named.update_query_dict({"connect_timeout": str(CONNECT_S)} | dict(named.query))


def wait_for_makers(connection: Connection) -> None:
    """Wait until nobody else makes or moves the tables; nobody else can until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_MAKING_TABLES)))


def fault_of(cause: Any) -> StoreFault | None:
    """Return what is wrong, in our terms; None if the server did not say."""
    code = getattr(cause, "sqlstate", None)
    if not code:
        return None
    known = [prefix for prefix in _FAULTS if code.startswith(prefix)]
    return _FAULTS[max(known, key=len)] if known else StoreFault.FAILED


def detail_of(cause: Any) -> str | None:
    """Return what the server said, without the values: they may be about a person's health."""
    said = getattr(getattr(cause, "diag", None), "message_primary", None)
    return None if said is None else str(said)
