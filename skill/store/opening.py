"""Opening a database: where it is, whose it is, and whether its tables are up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from skill.ports import StoreError, StoreFault
from skill.store import server, sqlite, upgrade
from skill.store.faults import telling
from skill.store.schema import HEAD

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


def open_engine(where: Path | str, busy_ms: int, *, durable: bool) -> tuple[Engine, str, Path | None]:
    """Return an engine whose tables are up to date, how to show where it is, and its file if it is one."""
    path, shown = _place(where)
    if path is None:
        engine = server.engine_for(str(where), busy_ms)
    else:
        sqlite.make_file(path)
        engine = sqlite.engine_for(path, busy_ms, durable=durable)
    try:
        with telling(shown):
            _settle(engine, shown, busy_ms)
    except BaseException:
        engine.dispose()
        raise
    return engine, shown, path


def _place(where: Path | str) -> tuple[Path | None, str]:
    """Return the file, if it is one, and how to show where the store is (never with a password)."""
    if isinstance(where, str) and "://" in where:
        url = _parsed(where)
        if url.get_backend_name() != "sqlite":
            return None, url.render_as_string(hide_password=True)
        if url.database in (None, "", ":memory:"):
            raise StoreError(StoreFault.ADDRESS, where, "names no file")
        where = str(url.database)
    path = Path(where).expanduser().absolute()
    return path, str(path)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        # What cannot be read could hold a password anywhere: neither it nor what is said about it is shown.
        raise StoreError(StoreFault.ADDRESS, url.partition("://")[0] + "://") from error


def _settle(engine: Engine, where: str, busy_ms: int) -> None:
    is_file = engine.dialect.name == "sqlite"
    version = upgrade.version_of(engine, where)
    if version != HEAD:
        upgrade.refuse_strangers(engine, where)
    if is_file:
        sqlite.use_wal(engine, busy_ms)
    if version != HEAD:
        with writing(engine) as connection:
            server.wait_for_makers(connection)
            upgrade.migrate(connection)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose changes are kept together at the end, or not at all."""
    with engine.connect() as connection:
        # How many rows a statement inserted tells who was first; it is not known on every database unasked.
        connection.execution_options(**{sqlite.WRITES: True, "preserve_rowcount": True})
        with connection.begin():
            yield connection
