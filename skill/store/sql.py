"""The store on an SQL database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, select, update

from routines.plan import Plan
from skill.ports import HOME, MAX_SNAPSHOT_BYTES, StoreCheck, StoreError, StoreFault
from skill.records import (
    MAX_DATA_BYTES,
    EventKind,
    Interrupted,
    PlanVersion,
    SessionEvent,
    SessionRecord,
    small,
)
from skill.store import schema as t
from skill.store import sqlite, upgrade
from skill.store.claims import Claims
from skill.store.faults import telling
from skill.store.links import Links
from skill.store.notes import Notes
from skill.store.opening import open_engine
from skill.store.quick import Runs
from skill.store.rows import Row, event_of, plan_of, record_of, to_moment, to_ms

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

# What runs with nearly every request to a server. To put a statement together takes SQLAlchemy longer than
# SQLite takes to carry it out: these are put together once.
_THE_SESSION = and_(
    t.session.c.household == bindparam("of_household"), t.session.c.id == bindparam("of_session")
)
_ITS_EVENTS = and_(
    t.event.c.household == bindparam("of_household"), t.event.c.session == bindparam("of_session")
)
#: Locked, so that two processes cannot give one number to two events (SQLite has one writer).
_LOCKED = select(t.session.c.ended_at_ms).where(_THE_SESSION).with_for_update()
_SAVE = (
    update(t.session)
    .where(_THE_SESSION)
    .values(snapshot=bindparam("new_snapshot"), saved_at_ms=bindparam("new_saved_at_ms"))
)
_SAVE_END = _SAVE.values(ended_at_ms=bindparam("new_ended_at_ms"))
_KNOWN = select(t.event.c.seq).where(_ITS_EVENTS, t.event.c.key == bindparam("of_key"))
_LAST = select(func.max(t.event.c.seq)).where(_ITS_EVENTS)
_ADD = insert(t.event)
_THE_PERSON = and_(
    t.session.c.household == bindparam("of_household"), t.session.c.person == bindparam("of_person")
)
_INTERRUPTED = (
    select(t.session)
    .where(_THE_PERSON, t.session.c.ended_at_ms.is_(None), t.session.c.saved_at_ms >= bindparam("since_ms"))
    .order_by(t.session.c.saved_at_ms.desc(), t.session.c.at_ms.desc())
    .limit(1)
)
_NEWEST = select(t.session.c.id).where(_THE_PERSON).order_by(t.session.c.at_ms.desc(), t.session.c.id.desc())
_NEWEST = _NEWEST.limit(1)
_LATEST_PLAN = (
    select(t.plan_version)
    .where(
        t.plan_version.c.household == bindparam("of_household"),
        t.plan_version.c.person == bindparam("of_person"),
    )
    .order_by(t.plan_version.c.version.desc())
    .limit(1)
)


class SqlStore(Notes, Claims, Links):
    """One household's part of a database. Made by `open`; the port is `skill.ports.Store`."""

    def __init__(self, engine: Engine, household: str, where: str, path: Path | None) -> None:
        """Take an engine whose tables are up to date. `path` is the file, if it is one."""
        super().__init__(engine, household, where)
        self._path = path

    @classmethod
    def open(
        cls, where: Path | str, household: str = HOME, *, busy_ms: int = 5_000, durable: bool = True
    ) -> SqlStore:
        """Return the store in a file or at a URL; see `skill.store.open_store`."""
        engine, shown, path = open_engine(where, busy_ms, durable=durable)
        return cls(engine, household, shown, path)

    def begin(
        self,
        session_id: str,
        person: str,
        routine_id: str,
        plan: Plan,
        device: str,
        at: datetime,
        snapshot: Mapping[str, Any],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep a new session."""
        started = SessionEvent(at=at, kind=EventKind.STARTED, key="started", data=about or {})
        row = {
            "household": self._household,
            "id": session_id,
            "person": person,
            "routine": routine_id,
            "plan": plan.to_dict(),
            "device": device,
            "at_ms": to_ms(at),
            "snapshot": small(snapshot, MAX_SNAPSHOT_BYTES, "snapshot"),
            "saved_at_ms": to_ms(at),
        }
        first = self._event_row(session_id, 1, started)
        with self._writing() as connection:
            if connection.execute(select(t.session.c.id).where(self._is_session(session_id))).first() is None:
                self._ensure_person(connection, person)
                connection.execute(insert(t.session), row)
                connection.execute(insert(t.event), first)

    def record(
        self, session_id: str, events: Sequence[SessionEvent], snapshot: Mapping[str, Any], at: datetime
    ) -> int:
        """Add events and save the latest state in one transaction."""
        this = {"of_household": self._household, "of_session": session_id}
        changed: dict[str, Any] = {
            **this,
            "new_snapshot": small(snapshot, MAX_SNAPSHOT_BYTES, "snapshot"),
            "new_saved_at_ms": to_ms(at),
        }
        with self._quickly(writes=True) as runs:
            if not events:
                if not runs.change(_SAVE, changed):
                    raise KeyError(session_id)
                return 0
            session = runs.first(_LOCKED, this)
            if session is None:
                raise KeyError(session_id)
            new = self._add_new(runs, session_id, events)
            if not new:
                return 0
            end = next((event for event in new if event.kind.ends_session), None)
            if end is not None and session[0] is None:
                runs.change(_SAVE_END, changed | {"new_ended_at_ms": to_ms(end.at)})
            else:
                runs.change(_SAVE, changed)
            return len(new)

    def interrupted(self, person: str, now: datetime, not_older_than: timedelta) -> Interrupted | None:
        """Return the newest session without an end."""
        recent = self._this_person(person) | {"since_ms": to_ms(now - not_older_than)}
        with self._reading() as connection:
            row = connection.execute(_INTERRUPTED, recent).first()
        return None if row is None else _standing(row)

    def standing(self, person: str, session_id: str) -> Interrupted | None:
        """Return one session and where it stands."""
        this = and_(self._of(person), t.session.c.id == session_id)
        with self._reading() as connection:
            row = connection.execute(select(t.session).where(this)).first()
        return None if row is None else _standing(row)

    def history(self, person: str, since: datetime | None = None) -> tuple[SessionRecord, ...]:
        """Return the person's sessions, oldest first."""
        wanted = self._of(person)
        if since is not None:
            wanted = and_(wanted, t.session.c.at_ms >= to_ms(since))
        with self._reading() as connection:
            return self._records(connection, wanted)

    def last_session(self, person: str) -> SessionRecord | None:
        """Return the person's newest session."""
        with self._reading() as connection:
            session_id = connection.execute(_NEWEST, self._this_person(person)).scalar()
            if session_id is None:
                return None
            return self._records(connection, self._is_session(session_id))[0]

    def plan(self, person: str) -> Plan:
        """Return the latest plan."""
        with self._reading() as connection:
            row = self._latest_plan(connection, person)
        return Plan() if row is None else plan_of(row.plan)

    def save_plan(self, person: str, plan: Plan, by: str, at: datetime) -> None:
        """Keep a new version of the plan."""
        with self._writing() as connection:
            latest = self._latest_plan(connection, person)
            if latest is not None and latest.plan == plan.to_dict():
                return
            self._ensure_person(connection, person)
            row = {
                "household": self._household,
                "person": person,
                "version": 1 if latest is None else latest.version + 1,
                "plan": plan.to_dict(),
                "changed_by": by,
                "at_ms": to_ms(at),
            }
            connection.execute(insert(t.plan_version), row)

    def plan_versions(self, person: str) -> tuple[PlanVersion, ...]:
        """Return every version of the plan, oldest first."""
        p = t.plan_version.c
        mine = and_(p.household == self._household, p.person == person)
        with self._reading() as connection:
            rows = connection.execute(select(t.plan_version).where(mine).order_by(p.version)).all()
        return tuple(
            PlanVersion(
                version=row.version, plan=plan_of(row.plan), by=row.changed_by, at=to_moment(row.at_ms)
            )
            for row in rows
        )

    def forget(self, person: str) -> None:
        """Delete a person and everything kept about them."""
        p = t.person.c
        with self._writing() as connection:
            connection.execute(delete(t.person).where(p.household == self._household, p.id == person))
        if self._path is not None:
            with telling(self._where):
                sqlite.clear_log(self._engine)

    def check(self) -> StoreCheck:
        """Look at the store's health."""
        with telling(self._where):
            version = upgrade.version_of(self._engine, self._where)
            detail = "ok" if self._path is None else sqlite.what_is_damaged(self._engine)
        return StoreCheck(
            where=self._where,
            version=version or "-",
            sound=detail == "ok",
            detail=detail,
            writable=self._can_write(),
            private=self._path is None or sqlite.is_private(self._path),
            size_bytes=None if self._path is None else self._path.stat().st_size,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def _can_write(self) -> bool:
        try:
            # Only a write tells: SQLite begins a writer's transaction on a read-only file without a word.
            # This one is rolled back when the connection is let go.
            with self._reading() as connection:
                connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
                return True
        except StoreError as error:
            if error.code is not StoreFault.READ_ONLY:
                raise
            return False

    def _of(self, person: str) -> ColumnElement[bool]:
        return and_(t.session.c.household == self._household, t.session.c.person == person)

    def _is_session(self, session_id: str) -> ColumnElement[bool]:
        return and_(t.session.c.household == self._household, t.session.c.id == session_id)

    def _add_new(
        self, runs: Runs, session_id: str, events: Sequence[SessionEvent]
    ) -> tuple[SessionEvent, ...]:
        its = {"of_household": self._household, "of_session": session_id}
        first_of_key = {event.key: event for event in reversed(events)}
        new = tuple(
            event
            for event in events
            if first_of_key[event.key] is event and runs.first(_KNOWN, its | {"of_key": event.key}) is None
        )
        if new:
            last = runs.first(_LAST, its)
            for seq, event in enumerate(new, start=1 + (last[0] if last else 0)):
                runs.change(_ADD, self._event_row(session_id, seq, event))
        return new

    def _event_row(self, session_id: str, seq: int, event: SessionEvent) -> dict[str, Any]:
        return {
            "household": self._household,
            "session": session_id,
            "key": event.key,
            "seq": seq,
            "at_ms": to_ms(event.at),
            "kind": event.kind.value,
            "data": small(event.data, MAX_DATA_BYTES, event.key),
        }

    def _records(self, connection: Connection, wanted: ColumnElement[bool]) -> tuple[SessionRecord, ...]:
        s, e = t.session.c, t.event.c
        sessions = connection.execute(select(t.session).where(wanted).order_by(s.at_ms, s.id)).all()
        joined = t.event.join(t.session, and_(e.household == s.household, e.session == s.id))
        of_each: dict[str, list[SessionEvent]] = {session.id: [] for session in sessions}
        columns = (e.session, e.seq, e.at_ms, e.kind, e.key, e.data)
        for row in connection.execute(select(*columns).select_from(joined).where(wanted).order_by(e.seq)):
            of_each[row.session].append(event_of(row))
        return tuple(record_of(session, tuple(of_each[session.id])) for session in sessions)

    def _latest_plan(self, connection: Connection, person: str) -> Row | None:
        return connection.execute(_LATEST_PLAN, self._this_person(person)).first()

    def _this_person(self, person: str) -> dict[str, Any]:
        return {"of_household": self._household, "of_person": person}


def _standing(row: Row) -> Interrupted:
    return Interrupted(
        session_id=row.id,
        routine_id=row.routine,
        plan=plan_of(row.plan),
        device=row.device,
        snapshot=row.snapshot,
        at=to_moment(row.saved_at_ms),
    )
