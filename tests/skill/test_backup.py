"""A backup holds everything, and gives it back whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import tempfile
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from skill.care.records import NoticeRule, Person, SignIn
from skill.ports import ME, StoreError, StoreFault
from skill.store import open_store, sqlite, upgrade
from skill.store.backup import back_up
from skill.store.backup_file import BackupError, BackupFault
from skill.store.care_tables import TABLES
from skill.store.restore import restore
from skill.store.sql import SqlStore
from tests.postgres import Postgres
from tests.skill.care_store_contract import SCREEN, fill, settle
from tests.skill.store_contract import DAY, NOW, at, begin, wall_slides

#: The same values on every database.
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, width=32) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(name="furnished", scope="module")
def _furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that nobody changes: see `home`. A backup of it is beside it."""
    folder = tmp_path_factory.mktemp("furnished")
    home = folder / "home"
    with closing(open_store(home / "steady.db", durable=False)) as store:
        furnish(store)
    (home / "routines").mkdir()
    (home / "routines" / "mine.yaml").write_text("title: mine\n", encoding="utf-8")
    back_up(home / "steady.db", folder / "backup.zip", home / "routines", NOW)
    return home


@pytest.fixture(name="home")
def _home(furnished: Path, tmp_path: Path) -> Path:
    """Give a folder with a database in which something of everything is kept, and a routine."""
    return Path(shutil.copytree(furnished, tmp_path / "home"))


@pytest.fixture(name="backup")
def _backup(furnished: Path, home: Path) -> Path:
    """Give a backup of it."""
    return Path(shutil.copy(furnished.parent / "backup.zip", home))


def furnish(store: SqlStore) -> None:
    """Keep something in every table."""
    settle(store)
    # A screen of a screen, whose id comes first of all: rows that others refer to are not always before them.
    store.add_device(replace(SCREEN, id="a-screen", of="screen"), "key of a-screen")
    fill(store, ME, "pc")
    store.record(f"session {ME}", [wall_slides(n) for n in range(3)], {"n": 1}, at(1))
    store.set_note(ME, "k", {"ä": [1, 2.5, None, True]}, NOW)
    store.set_note(ME, "zero", 0, NOW)
    store.seen("request", NOW, DAY)
    store.new_link_code(ME, NOW, DAY)
    store.set_alias("alexa:1", ME, NOW)
    store.take_lease("coach", "one", NOW, at(10))
    store.save_routine_text("ours", "a: 1", "anna", NOW)
    store.save_routine_text("ours", None, "anna", at(1))
    store.save_week(ME, None, "anna", NOW)
    store.add_sign_in("key", SignIn(caregiver="anna", csrf="token", until=at(60)))
    store.set_notice_rule(NoticeRule(caregiver="anna", url="ntfy://x", kinds=frozenset({"done", "pain"})))


def rows(where: Path | str) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, but for changes: they go on."""
    found = {}
    with closing(open_store(where)) as store, store._engine.connect() as connection:
        for table in TABLES:
            if table.name != "change":
                read = connection.execute(select(table).order_by(*table.primary_key)).mappings()
                found[table.name] = [dict(row) for row in read]
    return found


def to(home: Path) -> dict[str, Any]:
    """Return where a restored database and routines go."""
    return {"where": home / "new" / "steady.db", "routines_folder": home / "new" / "routines", "at": NOW}


def test_everything_comes_back(home: Path, backup: Path) -> None:
    restore(path=backup, **to(home))

    before = rows(home / "steady.db")
    assert rows(home / "new" / "steady.db") == before
    empty = {name for name, kept in before.items() if not kept}
    assert empty == set()
    assert (home / "new" / "routines" / "mine.yaml").read_text(encoding="utf-8") == "title: mine\n"
    assert [file.name for file in (home / "new" / "routines").iterdir()] == ["mine.yaml"]


def test_everything_moves_to_a_server_and_back(home: Path, backup: Path, postgres: Postgres) -> None:
    url = postgres.new_database()

    restore(url, backup, home / "there", NOW)
    assert rows(url) == rows(home / "steady.db")

    back_up(url, home / "there.zip", home / "there", NOW)
    restore(path=home / "there.zip", **to(home))
    assert rows(home / "new" / "steady.db") == rows(home / "steady.db")


@settings(max_examples=5)
@given(
    weeks=st.lists(_JSON, max_size=4), names=st.lists(_TEXT, min_size=1, max_size=4, unique=True), note=_TEXT
)
def test_whatever_is_kept_comes_back(weeks: list[Any], names: list[str], note: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with closing(open_store(home / "steady.db", durable=False)) as store:
            for name in names:
                store.save_person(Person(id=name, name=name), NOW)
                begin(store, name, name)
                for document in weeks:
                    store.save_week(name, document, note, NOW)
            kept = [store.week_versions(name) for name in names]

        back_up(home / "steady.db", home / "backup.zip", home / "routines", NOW)
        restore(path=home / "backup.zip", **to(home))

        assert rows(home / "new" / "steady.db") == rows(home / "steady.db")
        with closing(open_store(home / "new" / "steady.db")) as store:
            assert [store.week_versions(name) for name in names] == kept


def test_a_backup_is_for_this_user_alone(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_a_backup_is_as_of_one_moment_while_others_write(home: Path) -> None:
    writes = threading.Event()
    done = threading.Event()

    def write() -> None:
        with closing(open_store(home / "steady.db", durable=False)) as store:
            n = 0
            while not done.is_set():
                begin(store, f"s{n}", "anna")
                store.record(f"s{n}", [wall_slides(1)], {}, at(1))
                writes.set()
                n += 1

    writer = threading.Thread(target=write)
    writer.start()
    writes.wait()
    try:
        back_up(home / "steady.db", home / "backup.zip", home / "routines", NOW)
    finally:
        done.set()
        writer.join()
    restore(path=home / "backup.zip", **to(home))

    with closing(open_store(home / "new" / "steady.db")) as store:
        # The one that was being written may lack what came after its beginning.
        assert [len(session.events) for session in store.history("anna")].count(1) <= 1


def test_a_file_that_is_there_is_left_alone_unless_asked(home: Path, backup: Path) -> None:
    before = backup.read_bytes()

    with pytest.raises(BackupError) as caught:
        back_up(home / "steady.db", backup, home / "routines", at(1))
    assert caught.value.code is BackupFault.EXISTS
    assert backup.read_bytes() == before

    back_up(home / "steady.db", backup, home / "routines", at(1), overwrite=True)
    assert backup.read_bytes() != before
    assert {file.name for file in home.iterdir()} == {"steady.db", "backup.zip", "routines"}


def test_a_folder_that_is_not_there_is_told(home: Path) -> None:
    with pytest.raises(BackupError) as caught:
        back_up(home / "steady.db", home / "nowhere" / "backup.zip", home / "routines", NOW)

    assert caught.value.code is BackupFault.NO_FOLDER


def test_a_database_that_keeps_backups_of_its_own_is_told(home: Path) -> None:
    with pytest.raises(BackupError) as caught:
        back_up("dynamodb://table", home / "backup.zip", home / "routines", NOW)

    assert caught.value.code is BackupFault.ELSEWHERE
    assert not (home / "backup.zip").exists()


def test_nothing_goes_where_something_is_kept(home: Path, backup: Path) -> None:
    before = rows(home / "steady.db")

    with pytest.raises(BackupError) as caught:
        restore(home / "steady.db", backup, home / "routines", NOW)

    assert caught.value.code is BackupFault.NOT_EMPTY
    assert rows(home / "steady.db") == before


def test_a_routine_that_is_there_is_not_written_over(home: Path, backup: Path) -> None:
    (home / "routines" / "mine.yaml").write_text("title: newer\n", encoding="utf-8")

    with pytest.raises(BackupError) as caught:
        restore(home / "new.db", backup, home / "routines", NOW)

    assert (caught.value.code, caught.value.detail) == (BackupFault.NOT_EMPTY, "mine.yaml")
    assert (home / "routines" / "mine.yaml").read_text(encoding="utf-8") == "title: newer\n"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_there_goes_into_a_file_first_and_can_come_back(
    home: Path, backup: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    where: Path | str = home / "steady.db"
    if kind == "postgresql":
        where = request.getfixturevalue("postgres").new_database()
        restore(where, backup, home / "routines", NOW)
    with closing(open_store(where)) as store:
        store.save_person(Person(id="p3", name="Cleo"), NOW)
        numbers = store.last_change()
    (home / "routines" / "other.yaml").write_text("title: other\n", encoding="utf-8")
    changed = rows(where)

    with closing(open_store(where)) as running:  # such as a server that nobody has ended
        assert running.last_change() == numbers
        restore(where, backup, home / "routines", NOW, safety=home / "safety.zip")

        assert [person.id for person in running.people()] == [ME]
        assert [change.topic for change in running.changes(numbers)] == ["person"]
        assert running.record(f"session {ME}", [wall_slides(9)], {}, at(9)) == 1
    assert [file.name for file in (home / "routines").iterdir()] == ["mine.yaml"]

    restore(where, home / "safety.zip", home / "routines", NOW, safety=home / "again.zip")
    assert rows(where) == changed
    assert (home / "routines" / "other.yaml").exists()


def test_a_backup_of_an_older_version_is_brought_forward(home: Path, backup: Path) -> None:
    """Written with the first version's own words: this test stays as it is when the tables change."""
    old: dict[str, list[dict[str, Any]]] = {
        "household": [{"id": "home"}],
        "person": [{"household": "home", "id": "me"}],
        "plan_version": [
            {
                "household": "home",
                "person": "me",
                "version": 1,
                "plan": {"level": "easy"},
                "changed_by": "me",
                "at_ms": 1000,
            }
        ],
        "session": [],
        "event": [],
    }
    write(home / "old.zip", backup, tables=old, tables_version="0001")

    restore(path=home / "old.zip", **to(home))

    with closing(open_store(home / "new" / "steady.db")) as store:
        assert store.plan(ME).level == "easy"
        assert store.people() == ()


def write(path: Path, like: Path, *, tables: dict[str, list[dict[str, Any]]], **said: Any) -> None:
    """Write a backup with these tables, whose digests are right."""
    with zipfile.ZipFile(like) as archive, zipfile.ZipFile(path, "w") as made:
        manifest = json.loads(archive.read("manifest.json")) | said
        manifest["files"] = []
        for name, kept in tables.items():
            text = "".join(json.dumps(row) + "\n" for row in kept)
            name_in_it = name if "/" in name else f"tables/{name}.jsonl"
            digest = hashlib.sha256(text.encode()).hexdigest()
            manifest["files"].append({"name": name_in_it, "rows": len(kept), "sha256": digest})
            made.writestr(name_in_it, text)
        made.writestr("manifest.json", json.dumps(manifest))


def tables_of(backup: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of a backup."""
    with zipfile.ZipFile(backup) as archive:
        return {
            Path(name).stem: [json.loads(line) for line in archive.read(name).splitlines()]
            for name in archive.namelist()
            if name.startswith("tables/")
        }


@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
def test_a_backup_that_was_cut_off_is_refused(home: Path, backup: Path, share: float) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * share)])

    refused(home, backup, BackupFault.DAMAGED)


@pytest.mark.parametrize("place", range(3, 100, 16))
def test_a_backup_in_which_anything_was_changed_is_refused_or_whole(
    home: Path, backup: Path, place: int
) -> None:
    bad = bytearray(backup.read_bytes())
    bad[len(bad) * place // 100] ^= 0x55
    backup.write_bytes(bad)

    try:
        restore(path=backup, **to(home))
    except BackupError:
        assert not (home / "new").exists() or rows(home / "new" / "steady.db")["person"] == []
    else:  # a date in the archive, say: nothing that we read
        assert rows(home / "new" / "steady.db") == rows(home / "steady.db")


def test_a_table_that_was_changed_is_refused(home: Path, backup: Path) -> None:
    shutil.copy(backup, home / "bad.zip")
    with zipfile.ZipFile(backup) as archive, zipfile.ZipFile(home / "bad.zip", "w") as bad:
        for name in archive.namelist():
            text = archive.read(name)
            bad.writestr(name, text.replace(b"Ruth", b"Rita"))

    refused(home, home / "bad.zip", BackupFault.DAMAGED)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda tables: tables.pop("person"),
        lambda tables: tables.update({"photos": []}),
        lambda tables: tables["person"][0].pop("name"),
        lambda tables: tables["person"][0].update({"more": 1}),
        lambda tables: tables["person"].append([1]),
        lambda tables: tables["device"][1].update({"of_device": "a-screen"}),
        lambda tables: tables.update({"routines/../../evil.yaml": []}),
        lambda tables: tables.update({"elsewhere/x": []}),
    ],
)
def test_a_backup_that_holds_something_else_is_refused(
    home: Path, backup: Path, spoil: Callable[[Any], object]
) -> None:
    tables: Any = tables_of(backup)
    spoil(tables)
    write(home / "bad.zip", backup, tables=tables)

    refused(home, home / "bad.zip", BackupFault.DAMAGED)


def test_rows_that_do_not_belong_together_are_refused_by_the_database(home: Path, backup: Path) -> None:
    tables = tables_of(backup)
    tables["person"] = []
    write(home / "bad.zip", backup, tables=tables)

    with pytest.raises(StoreError) as caught:
        restore(path=home / "bad.zip", **to(home))

    assert caught.value.code is StoreFault.FAILED
    assert not any(rows(home / "new" / "steady.db").values())


@pytest.mark.parametrize("said", [{"format": 2}, {"tables_version": "9999"}])
def test_a_backup_of_a_newer_program_is_refused(home: Path, backup: Path, said: dict[str, Any]) -> None:
    write(home / "newer.zip", backup, tables=tables_of(backup), **said)

    refused(home, home / "newer.zip", BackupFault.NEWER)


def test_what_is_no_backup_is_refused(home: Path) -> None:
    (home / "text.zip").write_text("Dear diary", encoding="utf-8")
    with zipfile.ZipFile(home / "photos.zip", "w") as archive:
        archive.writestr("photo.jpg", b"x")
    (home / "empty.zip").touch()

    for name in ("text.zip", "photos.zip", "empty.zip"):
        refused(home, home / name, BackupFault.FOREIGN)
    refused(home, home / "never.zip", BackupFault.NO_FILE)
    refused(home, home / "routines", BackupFault.NO_FILE)


def refused(home: Path, backup: Path, why: BackupFault) -> None:
    """Assert that a backup is refused for this reason, and that nothing has changed by trying."""
    with pytest.raises(BackupError) as caught:
        restore(path=backup, **to(home))

    assert caught.value.code is why
    if (home / "new").exists():
        assert not any(rows(home / "new" / "steady.db").values())
        assert not any((home / "new" / "routines").iterdir())
        assert not [path for path in (home / "new").iterdir() if path.name.startswith(".")]


def test_a_restore_that_is_broken_off_changes_nothing(home: Path, backup: Path) -> None:
    tables = tables_of(backup)
    tables["feed"][0]["caregiver"] = "nobody"  # nearly the last of all rows
    write(home / "bad.zip", backup, tables=tables)
    before = rows(home / "steady.db")

    with pytest.raises(StoreError):
        restore(home / "steady.db", home / "bad.zip", home / "routines", NOW, safety=home / "safety.zip")

    assert rows(home / "steady.db") == before
    assert sqlite.is_private(home / "safety.zip")


def test_households_beside_ours_are_in_it_too(home: Path) -> None:
    with closing(open_store(home / "steady.db", str(uuid4()))) as store:
        furnish(store)
    back_up(home / "steady.db", home / "backup.zip", home / "routines", NOW)

    restore(path=home / "backup.zip", **to(home))

    assert len(rows(home / "new" / "steady.db")["household"]) == 2


def test_every_version_of_the_tables_can_be_restored() -> None:
    assert {"0001", "0002", "0003"} <= upgrade.known_versions()
