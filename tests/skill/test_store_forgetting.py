"""After a person was deleted, no table names them: whatever tables there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import MetaData, inspect, select

from skill.care.records import AuditRow, Device, DeviceKind, Invite, Person, Role
from skill.store import open_store
from skill.store.sql import SqlStore
from tests.skill.care_store_contract import SCREEN, fill, settle
from tests.skill.store_contract import DAY, NOW, at

GONE = "person-who-was-here"
#: What is about nobody, or is dropped by itself within minutes.
_OF_NOBODY = {
    "alembic_version",
    "claim",
    "lease",
    "routine_version",
    "notice_rule",
    "sign_in",
    "caregiver",
    "household",
}


@pytest.fixture(name="store", params=["sqlite", "postgresql"])
def _store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    on_server = request.param == "postgresql"
    where = request.getfixturevalue("postgres_url") if on_server else tmp_path / "steady.db"
    with closing(open_store(where, str(uuid4()))) as store:
        yield store


def test_every_table_that_can_name_a_person_did_and_none_does_afterwards(store: SqlStore) -> None:
    _live(store)
    assert set(_rows_that_name(store, GONE)) == set(_tables(store)) - _OF_NOBODY

    store.forget(GONE)

    left = _rows_that_name(store, GONE)
    assert set(left) == {"audit"}
    assert [row["data"] for row in left["audit"]] == [{}]
    assert [row.data for row in store.audit(9)] == [{}, {"kept": True}, {}]


def test_nothing_of_a_deleted_person_is_left_in_the_bytes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "steady.db"
    with closing(open_store(path)) as store:
        _live(store)
        store.save_week(GONE, {"note": "bad-knee-words"}, "anna", NOW)
        store.forget(GONE)

        for file in tmp_path.iterdir():
            assert b"bad-knee-words" not in file.read_bytes()


def _live(store: SqlStore) -> None:
    """Let a person leave a trace everywhere."""
    settle(store)
    store.save_person(Person(id=GONE, name="Abe"), NOW)
    device = Device(id="abes", name="Abe's", kind=DeviceKind.PC, person=GONE)
    store.add_device(device, "key of abes")
    fill(store, GONE, "abes")
    store.set_note(GONE, "offered", "knee", NOW)
    store.new_link_code(GONE, NOW, DAY)
    store.set_alias("alexa:1", GONE, NOW)
    screen = replace(SCREEN, id="s2", person=GONE, of="abes")
    store.add_invite(Invite(id="i2", by="anna", until=at(60), device=screen), "secret of s2")
    for row in (
        AuditRow(at=NOW, by="anna", action="other", subject="ben", data={"kept": True}),
        AuditRow(at=NOW, by="device:abes", action="consent", subject="anna", data={"kind": "pain"}),
    ):
        store.add_audit(row)
    store.set_grant("ben", GONE, Role.VIEW)


def _tables(store: SqlStore) -> list[str]:
    with store._engine.connect() as connection:
        return inspect(connection).get_table_names()


def _rows_that_name(store: SqlStore, word: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table of the database in which a word stands anywhere."""
    found: dict[str, list[dict[str, Any]]] = {}
    metadata = MetaData()
    with store._engine.connect() as connection:
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                if word in str(dict(row)):
                    found.setdefault(table.name, []).append(dict(row))
    return found
