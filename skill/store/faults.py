"""What a database says went wrong, as one of our faults."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from skill.ports import StoreError, StoreFault
from skill.store import server, sqlite


@contextmanager
def telling(where: str) -> Iterator[None]:
    """Turn any database error inside into a StoreError about `where`."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, sqlite3.Error) as error:
        raise told(error, where) from error


def told(error: Exception, where: str) -> StoreError:
    """Return a database error as one about `where`."""
    return StoreError(fault_of(error, where), where, detail_of(error))


def fault_of(error: Exception, where: str) -> StoreFault:
    """Return what is wrong, in our terms."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return sqlite.fault_of(cause, where)
    if isinstance(error, PoolTimeoutError):
        return StoreFault.LOCKED
    unsaid = isinstance(error, (OperationalError, InterfaceError))
    return server.fault_of(cause) or (StoreFault.UNREACHABLE if unsaid else StoreFault.FAILED)


def detail_of(error: Exception) -> str:
    """Return the database's own words, without the statement: its values may be about a person's health."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return server.detail_of(cause) or str(cause)
