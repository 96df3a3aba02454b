"""Several processes on one database, and a database that goes away and comes back."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from skill.care.records import Invite
from skill.ports import ME, Held, StoreError, StoreFault
from skill.store import open_store, schema
from skill.store.quick import OnServer
from skill.store.sql import SqlStore
from tests.postgres import Postgres
from tests.skill.care_store_contract import NOTICE, RUN, START, live, settle
from tests.skill.claimer import ROUNDS
from tests.skill.store_contract import NOW, at, begin, wall_slides

PROCESSES = 3


@pytest.fixture(name="where", params=["sqlite", "postgresql"])
def _where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "steady.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(name="own_postgres")
def _own_postgres(postgres: Postgres) -> Iterator[Postgres]:
    """Give the server; it runs when the test is over."""
    yield postgres
    if not postgres.runs():
        postgres.start()


def test_of_several_processes_one_gets_each_thing(where: str) -> None:
    household = str(uuid4())
    with closing(open_store(where, household)) as store:
        settle(store)
        for n in range(ROUNDS):
            store.add_invite(Invite(id=str(n), by="", until=at(60)), f"secret {n}")
            store.add_command(replace(START, id=f"c{n}"))
            store.add_notice(replace(NOTICE, key=f"old {n}"))

        got = _all_that_processes_got(where, household)

        things = [f"{kind} {n}" for kind in ("invite", "run", "command", "event", "notice", "old")
                  for n in range(ROUNDS)]  # fmt: skip
        assert sorted(got) == sorted(things)
        numbers = [change.id for change in store.changes(0)]
        assert numbers == list(range(1, len(numbers) + 1))


def _all_that_processes_got(where: str, household: str) -> list[str]:
    command = [sys.executable, "-m", "tests.skill.claimer", where, household]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    return [name for child in children for name in json.loads(child.communicate(timeout=60)[0])]


def test_several_processes_that_start_at_once_on_nothing_make_the_tables_once(postgres: Postgres) -> None:
    script = (
        "import sys; from skill.store import open_store; "
        "store = open_store(sys.argv[1]); print(store.check().version); store.close()"
    )
    command = [sys.executable, "-c", script, postgres.new_database()]
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    outcomes = [child.communicate(timeout=60) for child in children]

    assert outcomes == [(f"{schema.HEAD}\n", "")] * PROCESSES


def test_a_number_is_given_only_after_the_one_before_it_is_kept(postgres_url: str) -> None:
    with closing(open_store(postgres_url, str(uuid4()))) as store:
        later = threading.Thread(target=store.add_change, args=("live", "second", ME))
        with store._writing() as connection:
            store._tell(connection, "live", ME, "first")
            later.start()
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            _until(lambda: connection.exec_driver_sql(waiting).scalar() == 1)
            assert store.last_change() == 0
        later.join()

        assert [change.device for change in store.changes(0)] == ["first", "second"]


def test_a_lease_is_taken_over_only_after_what_is_being_kept_under_it(postgres_url: str) -> None:
    with closing(open_store(postgres_url, str(uuid4()))) as store, ThreadPoolExecutor() as others:
        store.take_lease("coach", "one", NOW, at(10))
        with store._writing() as connection:
            assert store._is_held(OnServer(connection), Held("coach", "one"))
            other = others.submit(store.take_lease, "coach", "two", at(20), at(30))
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            _until(lambda: connection.exec_driver_sql(waiting).scalar() == 1)
            assert not other.done()

        assert other.result(timeout=60) == "two"
        with store._reading() as connection:
            assert not store._is_held(OnServer(connection), Held("coach", "one"))


def test_a_server_that_restarts_is_told_and_used_again(own_postgres: Postgres, postgres_url: str) -> None:
    with closing(open_store(postgres_url, str(uuid4()))) as store:
        settle(store)
        begin(store)

        own_postgres.stop()
        for ask in _asks(store):
            with pytest.raises(StoreError) as caught:
                ask()
            assert caught.value.code is StoreFault.UNREACHABLE
        with pytest.raises(StoreError) as opening:
            open_store(postgres_url)
        assert opening.value.code is StoreFault.UNREACHABLE

        own_postgres.start()
        for ask in _asks(store):
            ask()
        assert len(store.history(ME)[0].events) == 2


def test_a_connection_that_breaks_while_it_is_used_is_told_and_another_is_taken(postgres_url: str) -> None:
    household = str(uuid4())
    with closing(open_store(postgres_url, household)) as store, closing(open_store(postgres_url)) as other:
        settle(store)
        before = store.last_change()

        def break_off() -> None:
            with store._writing() as connection:
                mine = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
                with other._writing() as others:
                    others.exec_driver_sql(f"SELECT pg_terminate_backend({mine})")
                store._tell(connection, "live", ME)

        with pytest.raises(StoreError) as caught:
            break_off()

        assert caught.value.code is StoreFault.UNREACHABLE
        assert store.last_change() == before
        assert store.claim_run(RUN) is True


def test_a_server_that_makes_us_wait_too_long_is_told(postgres_url: str) -> None:
    household = str(uuid4())
    with (
        closing(open_store(postgres_url, household)) as store,
        closing(open_store(postgres_url, household, busy_ms=20)) as hasty,
    ):
        settle(store)
        with store._writing() as connection:
            store._tell(connection, "live", ME)
            with pytest.raises(StoreError) as caught:
                hasty.add_change("live", "pc", ME)

        assert caught.value.code is StoreFault.LOCKED
        hasty.add_change("live", "pc", ME)


def test_a_file_that_another_program_holds_is_told_and_used_again(tmp_path: Path) -> None:
    path = tmp_path / "steady.db"
    with closing(open_store(path, busy_ms=1)) as store, closing(sqlite3.connect(path)) as other:
        settle(store)
        begin(store)
        before = store.last_change()
        other.execute("BEGIN EXCLUSIVE")
        for ask in _asks(store)[1:]:
            with pytest.raises(StoreError) as caught:
                ask()
            assert caught.value.code is StoreFault.LOCKED
        assert store.last_change() == before  # readers do not wait for a writer
        other.rollback()

        for ask in _asks(store):
            ask()
        assert len(store.history(ME)[0].events) == 2


def _asks(store: SqlStore) -> list[Callable[[], object]]:
    """Return a question, and changes that can be made again."""
    return [
        store.last_change,
        lambda: store.set_live(live()),
        lambda: store.claim_run(RUN),
        lambda: store.record("s1", [wall_slides(1)], {}, at(1)),
        lambda: store.take_notices(at(1), at(2)),
    ]


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
