"""What a database says went wrong, as one of our faults."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError

from skill.ports import StoreError, StoreFault
from skill.store import sqlite


@contextmanager
def telling(where: str) -> Iterator[None]:
    """Turn any database error inside into a StoreError about `where`."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise told(error, where) from error


def told(error: Exception, where: str) -> StoreError:
    """Return a database error as one about `where`."""
    return StoreError(fault_of(error, where), where, detail_of(error))


def fault_of(error: Exception, where: str) -> StoreFault:
    """Return what is wrong, in our terms."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return sqlite.fault_of(cause, where)
    return StoreFault.UNREACHABLE if isinstance(error, OperationalError) else StoreFault.FAILED


def detail_of(error: Exception) -> str:
    """Return the database's own words, without the statement: its values may be about a person's health."""
    return str(error.orig if isinstance(error, DBAPIError) else error)
