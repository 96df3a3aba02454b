from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from skill.ports import ME, StoreError, StoreFault
from skill.store import open_store, schema, sqlite, upgrade
from tests.skill.store_contract import begin


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "steady.db"


@pytest.fixture(name="engine")
def _engine(path: Path) -> Iterator[Engine]:
    engine = sqlite.engine_for(path, busy_ms=5000)
    yield engine
    engine.dispose()


def _revisions() -> list[str]:
    """Return every revision, first to last."""
    scripts = ScriptDirectory.from_config(upgrade.config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def test_the_head_that_the_program_knows_is_the_newest_migration() -> None:
    newest = ScriptDirectory.from_config(upgrade.config()).get_current_head()

    assert newest == schema.HEAD


def test_the_migrations_make_exactly_the_tables_that_the_program_uses(path: Path, engine: Engine) -> None:
    open_store(path).close()

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_keys_and_their_order_are_those_of_the_program(path: Path, engine: Engine) -> None:
    open_store(path).close()
    found = inspect(engine)

    for table in schema.metadata.sorted_tables:
        expected = [column.name for column in table.primary_key]
        assert found.get_pk_constraint(table.name)["constrained_columns"] == expected
        foreign = {key["name"]: key["options"] for key in found.get_foreign_keys(table.name)}
        assert foreign == {key.name: {"ondelete": "CASCADE"} for key in table.foreign_key_constraints}


@pytest.mark.parametrize("old", _revisions())
def test_a_database_of_every_version_is_brought_forward(path: Path, engine: Engine, old: str) -> None:
    with engine.begin() as connection:
        upgrade.migrate(connection, to=old)
    assert upgrade.version_of(engine, str(path)) == old

    with closing(open_store(path)) as store:
        begin(store)

        assert store.check().version == schema.HEAD
        assert len(store.history(ME)) == 1


def test_what_the_first_version_kept_is_still_there(path: Path, engine: Engine) -> None:
    """Written with the first version's own words: this test stays as it is when the tables change."""
    with engine.begin() as connection:
        upgrade.migrate(connection, to="0001")
        for statement in (
            "INSERT INTO household VALUES ('home')",
            "INSERT INTO person VALUES ('home', 'me')",
            """INSERT INTO plan_version VALUES ('home', 'me', 1, '{"level": "easy"}', 'me', 1000)""",
            """INSERT INTO session VALUES
               ('home', 's1', 'me', 'knee', '{"level": "easy"}', 'pc', 1000, '{"v": 1}', 3000, NULL)""",
            """INSERT INTO event VALUES ('home', 's1', 'started', 1, 1000, 'started', '{}')""",
            """INSERT INTO event VALUES ('home', 's1', 'done:wall-slides/1/left', 2, 2000, 'block_done',
               '{"exercise": "wall-slides", "set": 1, "side": "left", "work_ms": 900}')""",
        ):
            connection.exec_driver_sql(statement)

    with closing(open_store(path)) as store:
        (session,) = store.history(ME)
        assert store.plan(ME).level == session.plan.level == "easy"
        assert [event.key for event in session.events] == ["started", "done:wall-slides/1/left"]
        assert session.events[1].data["work_ms"] == 900


def test_what_the_second_version_kept_is_still_there(path: Path, engine: Engine) -> None:
    """Written with the second version's own words: this test stays as it is when the tables change."""
    with engine.begin() as connection:
        upgrade.migrate(connection, to="0002")
        for statement in (
            "INSERT INTO household VALUES ('home')",
            "INSERT INTO person VALUES ('home', 'me')",
            "INSERT INTO person VALUES ('home', 'alexa:1')",
            """INSERT INTO note VALUES ('home', 'me', 'offered', '"knee"', 1000)""",
            "INSERT INTO claim VALUES ('home', 'request-1', 9000)",
            "INSERT INTO link_code VALUES ('home', '123456', 'me', 9000)",
            "INSERT INTO alias VALUES ('home', 'alexa:1', 'me', 1000)",
        ):
            connection.exec_driver_sql(statement)

    then = datetime.fromtimestamp(8, UTC)
    with closing(open_store(path)) as store:
        assert store.note(ME, "offered") == "knee"
        assert store.seen("request-1", then, timedelta(0)) is True
        assert store.take_link_code("123456", then) == ME
        assert store.person_of("alexa:1") == ME


def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(path: Path, engine: Engine) -> None:
    open_store(path).close()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    before = path.read_bytes()

    with pytest.raises(StoreError, match="version 9999") as caught:
        open_store(path)

    assert caught.value.code is StoreFault.NEWER
    assert path.read_bytes() == before


def test_an_empty_file_left_by_a_killed_first_start_is_used(path: Path) -> None:
    path.touch()

    with closing(open_store(path)) as store:
        assert store.check().version == schema.HEAD


def test_a_migration_that_fails_changes_nothing(path: Path, engine: Engine) -> None:
    def fail_half_way() -> None:
        with engine.begin() as connection:
            upgrade.migrate(connection)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail_half_way()

    assert inspect(engine).get_table_names() == []
    assert upgrade.version_of(engine, str(path)) is None
