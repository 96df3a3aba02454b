from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
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


def test_what_the_third_version_kept_is_still_there(path: Path, engine: Engine) -> None:
    """Written with the third version's own words: this test stays as it is when the tables change."""
    with engine.begin() as connection:
        upgrade.migrate(connection, to="0003")
        for statement in (
            "INSERT INTO household VALUES ('home')",
            "INSERT INTO person VALUES ('home', 'me', 'Ruth', 'Europe/Berlin')",
            "INSERT INTO caregiver VALUES ('home', 'anna', 'Anna', 'anna', 'hash', 1, 1000)",
            "INSERT INTO role VALUES ('home', 'anna', 'me', 'edit')",
            "INSERT INTO consent VALUES ('home', 'me', 1, 'anna', 'pain', 'given', 1000)",
            "INSERT INTO device VALUES ('home', 'pc', 'PC', 'pc', 'me', NULL, 2000, 'key')",
            """INSERT INTO invite VALUES ('home', 'i', 'secret', 'anna', 9000, 0, '{"me": "view"}', NULL)""",
            "INSERT INTO sign_in VALUES ('home', 'key', 'anna', 'csrf', 9000)",
            """INSERT INTO command VALUES ('home', 'c', 1, 'pc', 'me', 'start', 'anna', 1000, 2000, 'knee',
               'Hello', 0, '[]', '')""",
            "INSERT INTO command_event VALUES ('home', 'c', 'accepted', 2, 1500, 's1')",
            """INSERT INTO live VALUES ('home', 'pc', 'me', 's1', '{"phase": "idle"}', 3000)""",
            "INSERT INTO lease VALUES ('home', 'coach', 'one', 9000)",
            "INSERT INTO change VALUES ('home', 7, 'live', 'pc', 'me')",
            """INSERT INTO week_version VALUES ('home', 'me', 1, '{"days": []}', 'anna', 1000)""",
            "INSERT INTO scheduled_run VALUES ('home', 'me', 'slot', '2026-11-23', 1, 1000, 'c', 'done')",
            """INSERT INTO notice_rule VALUES ('home', 'anna', 'ntfy://x', '["done"]')""",
            "INSERT INTO notice VALUES ('home', 'n', 'anna', 'me', 'done', 1000, 0, 1000, NULL)",
            """INSERT INTO audit VALUES ('home', 1, 1000, 'anna', 'start', 'me', '{"n": 1}')""",
            "INSERT INTO routine_version VALUES ('home', 'mine', 1, 'a: 1', 'anna', 1000)",
            "INSERT INTO feed VALUES ('home', 'me', 'anna', 'feed')",
        ):
            connection.exec_driver_sql(statement)

    then = datetime.fromtimestamp(8, UTC)
    with closing(open_store(path)) as store:
        assert [(person.name, person.zone) for person in store.people()] == [("Ruth", "Europe/Berlin")]
        assert [(one.name, one.owner) for one in store.caregivers()] == [("Anna", True)]
        assert [grant.role for grant in store.grants()] == ["edit"]
        assert [(word.kind, word.state) for word in store.consents(ME)] == [("pain", "given")]
        assert [device.name for device in store.devices()] == ["PC"]
        assert [dict(invite.grants) for invite in store.invites(then)] == [{"me": "view"}]
        assert store.sign_in("key", then) is not None
        (sent,) = store.sent_for(ME, datetime.fromtimestamp(0, UTC))
        assert (sent.command.note, sent.state) == ("Hello", "accepted")
        assert [dict(live.state) for live in store.lives(ME)] == [{"phase": "idle"}]
        assert store.take_lease("coach", "two", then, then) == "one"
        assert store.last_change() == 7
        assert [week.document for week in store.week_versions(ME)] == [{"days": []}]
        assert [run.outcome for run in store.runs(ME, date(2026, 11, 1))] == ["done"]
        assert [rule.url for rule in store.notice_rules()] == ["ntfy://x"]
        assert [notice.key for notice in store.take_notices(then, then)] == ["n"]
        assert [dict(row.data) for row in store.audit(9)] == [{"n": 1}]
        assert store.routine_texts()["mine"].document == "a: 1"
        assert store.feed_of("feed") == (ME, "anna")


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
