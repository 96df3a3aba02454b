from __future__ import annotations

import os
import random
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql

from routines.phrases import load_phrases
from routines.plan import Plan
from skill.ports import ME, Store, StoreError, StoreFault
from skill.records import EventKind
from skill.store import open_store, schema
from skill.store.claims import PRUNE_EVERY
from skill.store.sql import SqlStore
from skill.store.upsert import upsert
from tests.doubles import MemoryStore
from tests.skill import happenings
from tests.skill.store_contract import DAY, NOW, PLAN, StoreContract, at, begin, wall_slides


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "steady.db"


class TestMemoryStore(StoreContract):
    @pytest.fixture(name="store")
    def _store(self) -> Store:
        return MemoryStore()


class TestSqliteStore(StoreContract):
    @pytest.fixture(name="store")
    def _store(self, path: Path) -> Iterator[Store]:
        with closing(open_store(path)) as store:
            yield store


def test_what_is_kept_is_there_when_opened_again(path: Path) -> None:
    with closing(open_store(path)) as store:
        begin(store)
        store.save_plan(ME, PLAN, "me", NOW)
        before = store.history(ME)

    with closing(open_store(path)) as store:
        assert store.history(ME) == before
        assert store.plan(ME) == PLAN


def test_a_url_names_the_same_file_as_its_path(path: Path) -> None:
    with closing(open_store(f"sqlite:///{path}")) as store:
        begin(store)
        assert store.check().where == str(path)

    with closing(open_store(path)) as store:
        assert len(store.history(ME)) == 1


def test_households_in_one_file_do_not_see_each_other(path: Path) -> None:
    with closing(open_store(path)) as ours, closing(open_store(path, "next-door")) as theirs:
        begin(ours)
        begin(theirs)
        theirs.record("s1", [wall_slides(1)], {"block": 1}, at(1))
        theirs.save_plan(ME, PLAN, "me", NOW)
        ours.forget("nobody")

        assert len(ours.history(ME)[0].events) == 1
        assert len(theirs.history(ME)[0].events) == 2
        assert ours.plan(ME) == Plan()

        ours.forget(ME)

        assert len(theirs.history(ME)) == 1


def test_two_open_stores_see_each_others_work_at_once(path: Path) -> None:
    with closing(open_store(path)) as one, closing(open_store(path)) as other:
        begin(one)
        one.record("s1", [wall_slides(1)], {"block": 1}, at(1))

        assert other.record("s1", [wall_slides(1)], {"block": 1}, at(2)) == 0
        assert other.record("s1", [wall_slides(2)], {"block": 2}, at(2)) == 1
        assert [event.seq for event in one.history(ME)[0].events] == [1, 2, 3]


def test_a_new_file_and_its_folder_are_for_this_user_alone(path: Path) -> None:
    with closing(open_store(path)) as store:
        begin(store)

        modes = {
            file.name: stat.S_IMODE(file.stat().st_mode) for file in (path.parent, *path.parent.iterdir())
        }
    assert modes["data"] == 0o700
    assert {mode for name, mode in modes.items() if name != "data"} == {0o600}


def test_a_file_that_others_can_read_is_told(path: Path) -> None:
    with closing(open_store(path)) as store:
        path.chmod(0o644)

        assert store.check().private is False


def test_the_file_waits_for_no_reader_and_flushes_every_commit(path: Path) -> None:
    with closing(open_store(path)) as store, store._engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }

    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
    }


def test_a_store_that_need_not_outlive_a_power_cut_leaves_flushing_to_the_system(path: Path) -> None:
    with closing(open_store(path, durable=False)) as store, store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1


def test_claims_that_are_over_do_not_pile_up(path: Path) -> None:
    keep = timedelta(seconds=10)
    with closing(open_store(path, durable=False)) as store, closing(open_store(path, "next-door")) as theirs:
        theirs.seen("theirs", NOW, keep)
        for second in range(PRUNE_EVERY + 1):
            store.seen(f"request-{second}", at(second), keep)

        with store._engine.connect() as connection:
            kept = connection.execute(select(schema.claim.c.key)).scalars().all()

    still = {f"request-{second}" for second in range(PRUNE_EVERY - 10, PRUNE_EVERY + 1)}
    assert set(kept) == still | {"theirs"}


def test_a_postgresql_server_too_is_asked_to_claim_a_key_in_one_statement() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

    claim = upsert(dialect, schema.claim, schema.claim.c.until_ms < 5)

    wanted = "ON CONFLICT (household, key) DO UPDATE SET until_ms = excluded.until_ms WHERE claim.until_ms < "
    assert wanted in str(claim.compile(dialect=dialect))


def test_link_codes_do_not_follow_from_one_another(path: Path) -> None:
    with closing(open_store(path, durable=False)) as store:
        codes = [int(store.new_link_code(ME, NOW, DAY)) for _ in range(20)]

    assert len(codes) == len(set(codes))
    assert codes != sorted(codes)


def test_a_restored_copy_in_another_journal_mode_is_put_back_to_the_right_one(path: Path) -> None:
    open_store(path).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")

    with closing(open_store(path)) as store, store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_nothing_of_a_forgotten_person_is_left_in_any_file(path: Path) -> None:
    with closing(open_store(path)) as store:
        begin(store, person="Wilhelmina")
        for n in range(50):
            hurt = happenings.pain(at(n), f"kneecap/{n}")
            store.record("s1", [hurt], {"who": "Wilhelmina"}, at(n))
        store.set_note("Wilhelmina", "kneecap", "left", NOW)
        store.set_alias("Wilhelmina's Echo", "Wilhelmina", NOW)
        store.new_link_code("Wilhelmina", NOW, DAY)

        store.forget("Wilhelmina")
        store.forget("Wilhelmina's Echo")

        everything = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Wilhelmina" not in everything
    assert b"kneecap" not in everything


def test_a_choice_that_is_no_longer_possible_falls_back_alone(path: Path) -> None:
    with closing(open_store(path)) as store:
        store.save_plan(ME, PLAN, "me", NOW)
        with store._engine.begin() as connection:
            row = {"household": "home", "person": ME, "version": 2, "changed_by": "me", "at_ms": 0}
            plan = {"level": "heroic", "rest_s": 45, "hold_s": 90, "moon_phase": 3}
            connection.execute(insert(schema.plan_version), row | {"plan": plan})

        assert store.plan(ME) == Plan(rest_s=45)


def test_nothing_is_half_kept_when_recording_fails(path: Path) -> None:
    """The state and the events go together: here the disk fills up between them."""
    with closing(open_store(path)) as store:
        begin(store)
        _let_no_page_be_added(store)
        with pytest.raises(StoreError) as caught:
            _record_many(store)
        assert caught.value.code is StoreFault.FULL

        found = store.interrupted(ME, at(1000), DAY)
        assert found is not None
        assert found.snapshot == {"n": len(store.history(ME)[0].events) - 1}


def _record_many(store: Store) -> None:
    for n in range(1, 1000):
        store.record("s1", [wall_slides(n)], {"n": n}, at(n))


def _let_no_page_be_added(store: SqlStore) -> None:
    (pages,) = _pragma(store, "page_count")
    _pragma(store, f"max_page_count={pages}")


def _pragma(store: SqlStore, words: str) -> Any:
    """Say something to the connection that is used next."""
    quick: Any = store._quick
    connection = quick.take()
    quick.give_back(connection)
    return connection.execute(f"PRAGMA {words}").fetchone()


def test_an_event_that_ends_a_session_ends_it_once_whatever_is_told_later(path: Path) -> None:
    with closing(open_store(path)) as store:
        begin(store)
        store.record("s1", [happenings.plain(at(5), EventKind.STOPPED)], {}, at(5))
        store.record("s1", [happenings.plain(at(9), EventKind.DONE)], {}, at(9))

        assert store.history(ME)[0].ended_at == at(5)


def test_a_child_process_uses_no_connection_of_its_parents(path: Path) -> None:
    with closing(open_store(path)) as store:
        begin(store)
        store.note(ME, "k")
        quick: Any = store._quick
        opened = set(quick._idle)
        quick._process = -1  # as it is in a child after a fork

        store.set_note(ME, "k", 1, NOW)

        assert store.note(ME, "k") == 1
        assert opened.isdisjoint(quick._idle)
        for connection in opened:
            connection.close()


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"Dear diary, " * 1000)

    with pytest.raises(StoreError) as caught:
        open_store(path)

    assert (caught.value.code, caught.value.where) == (StoreFault.CORRUPT, str(path))
    assert path.read_bytes() == b"Dear diary, " * 1000
    assert [file.name for file in path.parent.iterdir()] == ["steady.db"]


def test_damage_inside_the_file_is_found_by_the_check(path: Path) -> None:
    with closing(open_store(path)) as store:
        begin(store)
        for n in range(200):
            store.record("s1", [wall_slides(n)], {}, at(n))
        root = _root_page(store, "event")
    damaged = bytearray(path.read_bytes())
    damaged[(root - 1) * 4096 : (root - 1) * 4096 + 2048] = b"\xff" * 2048
    path.write_bytes(damaged)

    with closing(open_store(path)) as store:
        check = store.check()
        with pytest.raises(StoreError) as caught:
            store.history(ME)

    assert check.sound is False
    assert check.detail != "ok"
    assert caught.value.code is StoreFault.CORRUPT
    assert path.read_bytes() == damaged


def _root_page(store: SqlStore, table: str) -> int:
    with store._engine.connect() as connection:
        query = f"SELECT rootpage FROM sqlite_master WHERE name = '{table}'"  # noqa: S608 - our own name
        return int(connection.exec_driver_sql(query).scalar_one())


def test_another_programs_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE photos (id)")
    before = path.read_bytes()

    with pytest.raises(StoreError, match="photos") as caught:
        open_store(path)

    assert caught.value.code is StoreFault.FOREIGN
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError) as caught:
        open_store(tmp_path / "file" / "steady" / "steady.db")

    assert (caught.value.code, caught.value.where) == (
        StoreFault.NO_FOLDER,
        str(tmp_path / "file" / "steady"),
    )


def test_a_folder_in_the_files_place_is_told(path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(StoreError) as caught:
        open_store(path)

    assert caught.value.code is StoreFault.UNREADABLE


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_where_nothing_may_be_written_is_told(path: Path, exists: bool) -> None:
    path.parent.mkdir()
    if exists:
        open_store(path).close()
    path.parent.chmod(0o500)

    with pytest.raises(StoreError) as caught:
        open_store(path)

    path.parent.chmod(0o700)
    assert caught.value.code is StoreFault.READ_ONLY


def test_a_file_that_may_not_be_written_can_be_read_and_says_so(path: Path) -> None:
    with closing(open_store(path)) as store:
        begin(store)
        with store._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        _pragma(store, "query_only=ON")

        assert len(store.history(ME)) == 1
        assert store.check().writable is False
        with pytest.raises(StoreError) as caught:
            store.record("s1", [wall_slides(1)], {}, at(1))

    assert caught.value.code is StoreFault.READ_ONLY


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("nonsense://me:secret@host/db", "nonsense://"),
        ("postgresql+nodriver://me:secret@host/db", "postgresql+nodriver://"),
        ("postgresql://me:secret@host:port/db", "postgresql://"),
        ("sqlite://", "sqlite://"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_without_its_password(url: str, where: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)

    assert (caught.value.code, caught.value.where) == (StoreFault.ADDRESS, where)
    assert "secret" not in str(caught.value)


def test_a_store_that_another_program_holds_is_told(path: Path) -> None:
    with closing(open_store(path, busy_ms=1)) as store, closing(sqlite3.connect(path)) as other:
        begin(store)
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreError) as caught:
            store.record("s1", [wall_slides(1)], {}, at(1))
        other.rollback()

        assert caught.value.code is StoreFault.LOCKED
        assert store.record("s1", [wall_slides(1)], {}, at(1)) == 1


def test_an_error_tells_nothing_of_what_was_to_be_kept(path: Path) -> None:
    with closing(open_store(path)) as store:
        begin(store)
        with store._engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE event")

        with pytest.raises(StoreError) as caught:
            store.record("s1", [happenings.pain(NOW, "kneecap")], {}, at(1))

    assert caught.value.code is StoreFault.FAILED
    assert "kneecap" not in str(caught.value)


@pytest.mark.parametrize("fault", StoreFault)
def test_every_fault_has_its_words_and_a_remedy(fault: StoreFault) -> None:
    phrases = load_phrases()

    assert "steady.db" in phrases(f"store.fault.{fault}", where="steady.db")
    assert phrases(f"store.remedy.{fault}")


@pytest.mark.parametrize("durable", ["durable", "quick"])
def test_a_recorder_killed_at_any_moment_has_kept_all_it_told_and_once(path: Path, durable: str) -> None:
    pick = random.Random(5)  # noqa: S311 - moments, not secrets
    for n in range(3):
        session_id = f"s{n}"
        told = _killed_after(path, session_id, durable, pick.randint(0, 60))

        with closing(open_store(path)) as store:
            kept = [event.key for event in store.history(ME)[-1].events[1:]]
            found = store.interrupted(ME, datetime.now(UTC), timedelta(minutes=5))

            assert kept[: len(told)] == told
            assert len(kept) - len(told) in (0, 1)
            assert found is not None
            assert (found.session_id, found.snapshot) == (session_id, {"next": len(kept) + 1})
            assert store.check().sound


def _killed_after(path: Path, session_id: str, durable: str, lines: int) -> list[str]:
    """Return the keys that a recorder told before it was killed, which is soon after so many of them."""
    command = [sys.executable, "-m", "tests.skill.recorder", str(path), session_id, durable]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(lines + 1)]
        child.kill()
        told += child.stdout.readlines()
    return [line.strip() for line in told if line.endswith("\n")]


def test_two_processes_that_start_at_once_on_nothing_make_one_store(path: Path) -> None:
    script = (
        "import sys; from skill.store import open_store; sys.stdin.readline(); "
        "store = open_store(sys.argv[1]); print(store.check().version); store.close()"
    )
    command = [sys.executable, "-c", script, str(path)]
    children = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    outcomes = [child.communicate(timeout=60) for child in children]

    assert outcomes == [(f"{schema.HEAD}\n", "")] * 3


def test_alembic_is_not_imported_when_the_tables_are_up_to_date(path: Path) -> None:
    open_store(path).close()
    script = (
        "import sys; from skill.store import open_store; assert 'sqlalchemy' not in sys.modules; "
        "open_store(sys.argv[1]).plan('me'); print('alembic' in sys.modules, 'sqlalchemy.orm' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False False\n"


def test_every_key_of_every_table_begins_with_the_household() -> None:
    firsts = {table.name: next(iter(table.primary_key)).name for table in schema.metadata.sorted_tables}

    assert firsts.pop("household") == "id"
    assert set(firsts.values()) == {"household"}
