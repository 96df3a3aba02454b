"""People's weeks, and the times of them that have come."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, exists, insert, literal_column, select, update

from skill.care.records import ScheduledRun, Version
from skill.records import EventKind
from skill.store import care_tables as c
from skill.store import schema as t
from skill.store.care_part import CarePart, Named
from skill.store.rows import to_moment, to_ms
from skill.store.upsert import insert_new

_s, _e = t.session.c, t.event.c
_A_SET = exists().where(
    _e.household == _s.household, _e.session == _s.id, _e.kind == literal_column(f"'{EventKind.BLOCK_DONE}'")
)
_WORKED = (
    select(_s.at_ms)
    .where(_s.household == bindparam("of_household"), _s.person == bindparam("of_person"), _A_SET)
    .order_by(_s.at_ms)
)


class CareWeeks(CarePart):
    """The weeks of a store."""

    def week(self, person: str) -> Version | None:
        """Return the latest version."""
        w = c.week_version
        newest = select(w).where(self._ours(w, person=person)).order_by(w.c.version.desc()).limit(1)
        with self._reading() as connection:
            row = connection.execute(newest).first()
        return None if row is None else _version(row)

    def save_week(self, person: str, document: Any, by: str, at: datetime) -> None:
        """Keep a new version."""
        w = c.week_version
        with self._about(person=person) as connection:
            row = {
                "household": self._household,
                "person": person,
                "version": self._next_of(connection, w.c.version, self._ours(w, person=person)),
                "document": document,
                "changed_by": by,
                "at_ms": to_ms(at),
            }
            connection.execute(insert(w), row)
            self._tell(connection, "week", person)

    def week_versions(self, person: str) -> tuple[Version, ...]:
        """Return every version."""
        w = c.week_version
        wanted = select(w).where(self._ours(w, person=person)).order_by(w.c.version)
        with self._reading() as connection:
            return tuple(_version(row) for row in connection.execute(wanted))

    def claim_run(self, run: ScheduledRun) -> bool:
        """Keep that a time has come; nobody can claim a time of somebody who was deleted."""
        row = {
            "household": self._household,
            **_key(run),
            "at_ms": to_ms(run.at),
            "command": run.command,
            "outcome": run.outcome,
        }
        with self._writing() as connection:
            if not self._holds(connection, t.person, run.person):
                return False
            if not connection.execute(insert_new(connection.dialect, c.scheduled_run), row).rowcount:
                return False
            self._tell(connection, "week", run.person)
            return True

    def update_run(self, run: ScheduledRun) -> None:
        """Keep the command and outcome of a claimed run."""
        this = update(c.scheduled_run).where(self._ours(c.scheduled_run, **_key(run)))
        with self._writing() as connection:
            if connection.execute(this.values(command=run.command, outcome=run.outcome)).rowcount:
                self._tell(connection, "week", run.person)

    def runs(self, person: str, since: date) -> tuple[ScheduledRun, ...]:
        """Return a person's claimed runs."""
        r = c.scheduled_run
        mine = select(r).where(self._ours(r, person=person), r.c.day >= since.isoformat())
        with self._reading() as connection:
            rows = connection.execute(mine.order_by(r.c.day, r.c.at_ms, r.c.slot, r.c.attempt)).all()
        return tuple(
            ScheduledRun(
                person=row.person,
                slot=row.slot,
                day=date.fromisoformat(row.day),
                attempt=row.attempt,
                at=to_moment(row.at_ms),
                command=row.command,
                outcome=row.outcome,
            )
            for row in rows
        )

    def worked(self, person: str) -> tuple[datetime, ...]:
        """Return when each session began in which at least one set was done."""
        rows = self._all(_WORKED, {"of_household": self._household, "of_person": person})
        return tuple(to_moment(at_ms) for (at_ms,) in rows)


def _key(run: ScheduledRun) -> dict[str, Any]:
    return {"person": run.person, "slot": run.slot, "day": run.day.isoformat(), "attempt": run.attempt}


def _version(row: Named) -> Version:
    return Version(version=row.version, document=row.document, by=row.changed_by, at=to_moment(row.at_ms))
