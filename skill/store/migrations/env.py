"""What Alembic runs to bring a database forward. `skill.store.upgrade` hands over an open connection.

A new migration is a file in `versions`, named after its revision (`m0002_devices.py`). It only goes forward:
what is kept must never be lost by installing an older version.
"""

from alembic import context


def _run() -> None:
    # SQLite rolls table changes back like any other change; Alembic assumes that it does not. What counts is
    # the caller's transaction: either every step is kept, or none.
    context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


_run()
