from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from skill.care.records import Person
from skill.ports import ME, StoreError, StoreFault
from skill.store import open_store, schema, upgrade
from skill.store.sql import SqlStore
from tests.postgres import Postgres
from tests.skill.care_store_contract import PC, CareStoreContract, settle
from tests.skill.store_contract import NOW, PLAN, StoreContract, begin


@pytest.fixture(name="store")
def _store(postgres_url: str) -> Iterator[SqlStore]:
    with closing(open_store(postgres_url, str(uuid4()))) as store:
        yield store


class TestStoreOnPostgres(StoreContract):
    pass


class TestCareOnPostgres(CareStoreContract):
    pass


def test_the_migrations_make_exactly_the_tables_that_the_program_uses(postgres: Postgres) -> None:
    with closing(open_store(postgres.new_database())) as store, store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, schema.metadata) == []


@pytest.mark.parametrize("old", ["0001", "0002"])
def test_a_database_of_an_older_version_is_brought_forward(postgres: Postgres, old: str) -> None:
    url = postgres.new_database()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        upgrade.migrate(connection, to=old)
        connection.exec_driver_sql("INSERT INTO household VALUES ('home')")
        connection.exec_driver_sql("INSERT INTO person VALUES ('home', 'me')")
    engine.dispose()

    with closing(open_store(url)) as store:
        store.save_person(Person(id=ME, name="Ruth"), NOW)

        assert store.check().version == schema.HEAD


def test_a_migration_that_fails_changes_nothing(postgres: Postgres) -> None:
    engine = create_engine(postgres.new_database().replace("postgresql:", "postgresql+psycopg:"))

    def fail_half_way() -> None:
        with engine.begin() as connection:
            upgrade.migrate(connection)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail_half_way()

    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_another_programs_database_is_left_alone(postgres: Postgres) -> None:
    url = postgres.new_database()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE photos (id text)")
    engine.dispose()

    with pytest.raises(StoreError, match="photos") as caught:
        open_store(url)

    assert caught.value.code is StoreFault.FOREIGN


@pytest.mark.parametrize("name", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_server_that_is_not_there_is_told_without_its_password(name: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(f"{name}://me:secret@/coach?host=/nowhere")

    assert caught.value.code is StoreFault.UNREACHABLE
    assert "secret" not in str(caught.value)
    assert caught.value.where.endswith("@/coach?host=%2Fnowhere")


def test_a_database_that_is_not_there_is_told(postgres: Postgres) -> None:
    with pytest.raises(StoreError, match="never") as caught:
        open_store(postgres.url("never"))

    assert caught.value.code is StoreFault.UNREACHABLE


def test_a_user_who_may_only_read_is_told(postgres: Postgres) -> None:
    url = postgres.new_database()
    with closing(open_store(url)) as store:
        begin(store)
        with store._engine.begin() as connection:
            connection.exec_driver_sql("CREATE ROLE reader LOGIN")
            connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")

    with closing(open_store(url.replace("steady@", "reader@"))) as store:
        assert len(store.history(ME)) == 1
        assert store.check().writable is False
        with pytest.raises(StoreError) as caught:
            store.save_plan(ME, PLAN, "me", NOW)

    assert caught.value.code is StoreFault.READ_ONLY


def test_an_error_tells_nothing_of_what_was_to_be_kept(postgres_url: str) -> None:
    with closing(open_store(postgres_url, str(uuid4()))) as store:
        settle(store)
        store.add_device(replace(PC, id="two"), "kneecap")
        with pytest.raises(StoreError) as caught:
            store.add_device(replace(PC, id="three"), "kneecap")

    assert caught.value.code is StoreFault.FAILED
    assert "kneecap" not in str(caught.value)
