"""The store: what a household's people have done, kept in a database of their own.

Importing this costs nothing: `open_store` imports SQLAlchemy, and Alembic only if the tables have
to be made or moved forward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from skill.ports import HOME

if TYPE_CHECKING:
    from pathlib import Path

    from skill.store.sql import SqlStore

#: How long to wait for another process that is writing. Writes take milliseconds.
BUSY_MS = 5_000


def open_store(
    where: Path | str, household: str = HOME, *, busy_ms: int = BUSY_MS, durable: bool = True
) -> SqlStore:
    """Return the store in a file (made if it is not there) or at a database URL, its tables up to date.

    Safe when several processes do so at once. StoreError if it cannot be used; what is there is left alone.
    Without `durable`, a file's commits are quicker, and a power cut (not a killed process) may take the last
    of them back; it never damages the file. A database server has settings of its own for that.
    """
    from skill.store.sql import SqlStore  # noqa: PLC0415 - SQLAlchemy takes its time to import

    return SqlStore.open(where, household, busy_ms=busy_ms, durable=durable)
