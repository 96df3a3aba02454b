"""Bringing a database's tables to this program's version, and refusing those that it must not touch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError, ProgrammingError

from skill.ports import StoreError, StoreFault
from skill.store.faults import fault_of

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).with_name("migrations")

_VERSION = "SELECT version_num FROM alembic_version"


def version_of(engine: Engine, where: str) -> str | None:
    """Return the version of the tables by one plain question; None if there are none of ours."""
    try:
        with engine.connect() as connection:
            version = connection.exec_driver_sql(_VERSION).scalar()
    except (OperationalError, ProgrammingError) as error:
        if fault_of(error, where) is not StoreFault.FAILED:
            raise
        return None
    return None if version is None else str(version)


def refuse_strangers(engine: Engine, where: str) -> None:
    """Raise StoreError for a database that is another program's, or a newer version's."""
    # Tables and version are read in one transaction: another process may be making them right now.
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        version = connection.exec_driver_sql(_VERSION).scalar() if "alembic_version" in tables else None
    if version is None and set(tables) - {"alembic_version"}:
        raise StoreError(StoreFault.FOREIGN, where, ", ".join(sorted(tables)[:5]))
    if version is not None and version not in known_versions():
        raise StoreError(StoreFault.NEWER, where, f"version {version}")


def known_versions() -> frozenset[str]:
    """Return every version that tables of ours ever had."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - rarely needed, slow to import

    return frozenset(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the tables forward in the connection's transaction; nothing to do if another was first."""
    from alembic import command  # noqa: PLC0415 - rarely needed, slow to import

    command.upgrade(config(connection), to)


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's settings for our migrations, run on `connection`."""
    from alembic.config import Config  # noqa: PLC0415 - rarely needed, slow to import

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings
