"""What every part of the SQL store stands on: a database, and the household whose part of it is ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from skill.store import schema as t
from skill.store.faults import telling
from skill.store.opening import writing
from skill.store.quick import OnServer, Quick, Runs

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


class Part:
    """One household's part of a database."""

    def __init__(self, engine: Engine, household: str, where: str) -> None:
        """Take an engine whose tables are up to date, and how to show where it is."""
        self._engine = engine
        self._household = household
        self._where = where
        self._quick = Quick(engine) if engine.dialect.name == "sqlite" else None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with telling(self._where), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with telling(self._where), writing(self._engine) as connection:
            yield connection

    @contextmanager
    def _quickly(self, *, writes: bool) -> Iterator[Runs]:
        """Give a transaction for statements that run with nearly every request."""
        if self._quick is None:
            with self._writing() if writes else self._reading() as connection:
                yield OnServer(connection)
            return
        begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
        with telling(self._where), self._quick.transaction(begin) as runs:
            yield runs

    def _ensure_person(self, connection: Connection, person: str) -> None:
        h, p = t.household.c, t.person.c
        if connection.execute(select(p.id).where(p.household == self._household, p.id == person)).first():
            return
        if not connection.execute(select(h.id).where(h.id == self._household)).first():
            connection.execute(insert(t.household), {"id": self._household})
        connection.execute(insert(t.person), {"household": self._household, "id": person})
