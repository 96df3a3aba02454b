"""The store on an SQL database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, bindparam, delete, exists, func, insert, select, update

from routines.plan import Plan
from skill.ports import HOME, MAX_SNAPSHOT_BYTES, Held, LeaseLostError, StoreCheck, StoreError, StoreFault
from skill.records import (
    MAX_DATA_BYTES,
    EventKind,
    Interrupted,
    PlanVersion,
    SessionEvent,
    SessionRecord,
    packed,
)
from skill.store import schema as t
from skill.store import sqlite, upgrade
from skill.store.care import Care
from skill.store.claims import Claims
from skill.store.faults import telling
from skill.store.links import Links
from skill.store.notes import Notes
from skill.store.opening import open_engine
from skill.store.rows import Row, event_of, plan_of, record_of, to_moment, to_ms
from skill.store.upsert import add_unless_there

if TYPE_CHECKING:
    from sqlalchemy import Dialect, Engine, Insert

# What runs with nearly every request to a server. To put a statement together takes SQLAlchemy longer than
# SQLite takes to carry it out: these are put together once.
_s, _e, _p = t.session.c, t.event.c, t.plan_version.c
_THE_SESSION = and_(_s.household == bindparam("of_household"), _s.id == bindparam("of_session"))
_THE_PERSON = and_(_s.household == bindparam("of_household"), _s.person == bindparam("of_person"))
_ITS_EVENTS = and_(_e.household == bindparam("of_household"), _e.session == bindparam("of_session"))
_THERE = select(_s.id).where(_THE_SESSION)
#: So that two processes cannot give one number to two events (SQLite has one writer).
_LOCKED = _THERE.with_for_update()
_BEGIN = insert(t.session)
_ADD = insert(t.event)
_SAVE = (
    update(t.session)
    .where(_THE_SESSION)
    .values(snapshot=bindparam("new_snapshot"), saved_at_ms=bindparam("new_saved_at_ms"))
)
#: A session ends once, whatever is said later.
_SAVE_END = _SAVE.values(
    ended_at_ms=func.coalesce(_s.ended_at_ms, bindparam("new_ended_at_ms", type_=BigInteger))
)
_STANDING = select(_s.id, _s.routine, _s.plan, _s.device, _s.snapshot, _s.saved_at_ms)
_STANDING_OF_ONE = _STANDING.where(_THE_SESSION, _s.person == bindparam("of_person"))
_INTERRUPTED = (
    _STANDING.where(_THE_PERSON, _s.ended_at_ms.is_(None), _s.saved_at_ms >= bindparam("since_ms"))
    .order_by(_s.saved_at_ms.desc(), _s.at_ms.desc())
    .limit(1)
)
_LATEST_PLAN = (
    select(_p.version, _p.plan)
    .where(_p.household == bindparam("of_household"), _p.person == bindparam("of_person"))
    .order_by(_p.version.desc())
    .limit(1)
)
_ADD_PLAN = insert(t.plan_version)
_RECORDS = select(_s.id, _s.person, _s.routine, _s.plan, _s.device, _s.at_ms, _s.ended_at_ms)
_EVENTS = select(_e.session, _e.seq, _e.at_ms, _e.kind, _e.key, _e.data)
_SINCE = and_(_THE_PERSON, _s.at_ms >= bindparam("since_ms"))
_ALL_RECORDS = _RECORDS.where(_SINCE).order_by(_s.at_ms, _s.id)
#: By the sessions' own order: by the events' order SQLite would read every event of the household.
_ALL_EVENTS = (
    _EVENTS.join_from(t.session, t.event, and_(_e.household == _s.household, _e.session == _s.id))
    .where(_SINCE)
    .order_by(_s.at_ms, _s.id, _e.seq)
)
_NEWEST = _RECORDS.where(_THE_PERSON).order_by(_s.at_ms.desc(), _s.id.desc()).limit(1)
_EVENTS_OF_ONE = _EVENTS.where(_ITS_EVENTS).order_by(_e.seq)
#: Before everything that is kept.
_EVER_MS = -(2**62)


class SqlStore(Notes, Claims, Links, Care):
    """One household's part of a database. Made by `open`; its ports are `Store` and `CareStore`."""

    def __init__(self, engine: Engine, household: str, where: str, path: Path | None) -> None:
        """Take an engine whose tables are up to date. `path` is the file, if it is one."""
        super().__init__(engine, household, where)
        self._path = path
        self._add_new = _adds_new(engine.dialect)

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
            "snapshot": packed(snapshot, MAX_SNAPSHOT_BYTES, "snapshot"),
            "saved_at_ms": to_ms(at),
            "ended_at_ms": None,
        }
        first = self._event_row(session_id, started) | {"seq": 1}
        with self._quickly(writes=True) as runs:
            if runs.first(_THERE, self._this_session(session_id)) is None:
                self._make_sure_of(runs, person)
                runs.change(_BEGIN, row)
                runs.change(_ADD, first)
                self._tell_session(runs, session_id)

    def record(
        self,
        session_id: str,
        events: Sequence[SessionEvent],
        snapshot: Mapping[str, Any],
        at: datetime,
        *,
        held: Held | None = None,
    ) -> int:
        """Add events and save the latest state in one transaction."""
        this = self._this_session(session_id)
        changed: dict[str, Any] = {
            **this,
            "new_snapshot": packed(snapshot, MAX_SNAPSHOT_BYTES, "snapshot"),
            "new_saved_at_ms": to_ms(at),
        }
        if not events and held is None:
            if not self._change(_SAVE, changed):
                raise KeyError(session_id)
            return 0
        rows = [(event, self._event_row(session_id, event) | this) for event in events]
        with self._quickly(writes=True) as runs:
            if self._path is None:
                runs.first(_LOCKED, this)
            is_ours = held is None or self._is_held(runs, held)
            new = [
                event
                for event, row in rows
                if (is_ours or event.kind.stays) and runs.change(self._add_new, row)
            ]
            end = next((event for event in new if event.kind.ends_session), None)
            if end is not None:
                runs.change(_SAVE_END, changed | {"new_ended_at_ms": to_ms(end.at)})
            elif is_ours and (new or not events):
                if not runs.change(_SAVE, changed):
                    raise KeyError(session_id)
            elif runs.first(_THERE, this) is None:
                raise KeyError(session_id)
            if new:
                self._tell_session(runs, session_id)
        if not is_ours:
            raise LeaseLostError
        return len(new)

    def interrupted(self, person: str, now: datetime, not_older_than: timedelta) -> Interrupted | None:
        """Return the newest session without an end."""
        recent = self._this_person(person) | {"since_ms": to_ms(now - not_older_than)}
        row = self._first(_INTERRUPTED, recent)
        return None if row is None else _standing(row)

    def standing(self, person: str, session_id: str) -> Interrupted | None:
        """Return one session and where it stands."""
        this = self._this_session(session_id) | {"of_person": person}
        row = self._first(_STANDING_OF_ONE, this)
        return None if row is None else _standing(row)

    def history(self, person: str, since: datetime | None = None) -> tuple[SessionRecord, ...]:
        """Return the person's sessions, oldest first."""
        wanted = self._this_person(person) | {"since_ms": _EVER_MS if since is None else to_ms(since)}
        with self._quickly(writes=False) as runs:
            rows = runs.all(_ALL_RECORDS, wanted)
            events = runs.all(_ALL_EVENTS, wanted) if rows else []
        of_each: dict[str, list[SessionEvent]] = {row[0]: [] for row in rows}
        for session_id, *event in events:
            of_each[session_id].append(event_of(tuple(event)))
        return tuple(record_of(row, tuple(of_each[row[0]])) for row in rows)

    def last_session(self, person: str) -> SessionRecord | None:
        """Return the person's newest session."""
        with self._quickly(writes=False) as runs:
            row = runs.first(_NEWEST, self._this_person(person))
            if row is None:
                return None
            events = runs.all(_EVENTS_OF_ONE, self._this_session(row[0]))
        return record_of(row, tuple(event_of(event[1:]) for event in events))

    def plan(self, person: str) -> Plan:
        """Return the latest plan."""
        row = self._first(_LATEST_PLAN, self._this_person(person))
        return Plan() if row is None else plan_of(row[1])

    def save_plan(self, person: str, plan: Plan, by: str, at: datetime) -> None:
        """Keep a new version of the plan."""
        with self._quickly(writes=True) as runs:
            latest = runs.first(_LATEST_PLAN, self._this_person(person))
            if latest is not None and latest[1] == plan.to_dict():
                return
            self._make_sure_of(runs, person)
            row = {
                "household": self._household,
                "person": person,
                "version": 1 if latest is None else latest[0] + 1,
                "plan": plan.to_dict(),
                "changed_by": by,
                "at_ms": to_ms(at),
            }
            runs.change(_ADD_PLAN, row)

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
        p, a = t.person.c, t.alias.c
        names = select(a.alias).where(a.household == self._household, a.person == person)
        with self._writing() as connection:
            for name in (person, *connection.execute(names).scalars().all()):
                self._forget_care(connection, name)
                connection.execute(delete(t.person).where(p.household == self._household, p.id == name))
            self._tell(connection, "person", "")
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

    def _event_row(self, session_id: str, event: SessionEvent) -> dict[str, Any]:
        return {
            "household": self._household,
            "session": session_id,
            "key": event.key,
            "at_ms": to_ms(event.at),
            "kind": event.kind.value,
            "data": packed(event.data, MAX_DATA_BYTES, event.key),
        }

    def _this_session(self, session_id: str) -> dict[str, Any]:
        return {"of_household": self._household, "of_session": session_id}

    def _this_person(self, person: str) -> dict[str, Any]:
        return {"of_household": self._household, "of_person": person}


def _standing(row: Row) -> Interrupted:
    session_id, routine, plan, device, snapshot, saved_at_ms = row
    return Interrupted(
        session_id=session_id,
        routine_id=routine,
        plan=plan_of(plan),
        device=device,
        snapshot=snapshot,
        at=to_moment(saved_at_ms),
    )


def _adds_new(dialect: Dialect) -> Insert:
    """Return a statement that adds an event; none if its key is there already, or there is no session."""
    names = ("household", "session", "key", "at_ms", "kind", "data")
    given = [bindparam(name, type_=t.event.c[name].type) for name in names]
    next_seq = select(func.coalesce(func.max(_e.seq), 0) + 1).where(_ITS_EVENTS).scalar_subquery()
    rows = select(*given, next_seq).where(exists(_THERE))
    return add_unless_there(dialect, t.event, (*names, "seq"), rows)
