"""What the tests of the backend share."""

from collections.abc import Iterator

import pytest

from tests.postgres import Postgres, programs


@pytest.fixture(name="postgres", scope="session")
def _postgres() -> Iterator[Postgres]:
    """Give a PostgreSQL server that runs as long as the tests do."""
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (initdb is neither on the path nor in its usual folders)")
    server = Postgres(folder)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(name="postgres_url", scope="session")
def _postgres_url(postgres: Postgres) -> str:
    """Give the address of one database, for tests that have a household of their own in it."""
    return postgres.new_database()
