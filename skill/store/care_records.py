"""The record of changes, routines of the household's own, and calendar feeds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, insert, select

from skill.care.records import AuditRow, Version
from skill.store import care_tables as c
from skill.store.care_part import CarePart, Named
from skill.store.rows import to_moment, to_ms
from skill.store.upsert import upsert

_a = c.audit.c
_LAST = select(func.max(_a.seq)).where(_a.household == bindparam("of_household"))
_NOTE = insert(c.audit)


class CareRecords(CarePart):
    """What else a store keeps for caregivers."""

    def add_audit(self, row: AuditRow) -> None:
        """Keep that somebody changed something."""
        kept = {
            "household": self._household,
            "at_ms": to_ms(row.at),
            "made_by": row.by,
            "action": row.action,
            "subject": row.subject,
            "data": dict(row.data),
        }
        with self._quickly(writes=True) as runs:
            self._take_turn_by(runs)
            last = runs.first(_LAST, {"of_household": self._household})
            seq = 1 + (0 if last is None or last[0] is None else int(last[0]))
            runs.change(_NOTE, kept | {"seq": seq})

    def audit(self, limit: int) -> tuple[AuditRow, ...]:
        """Return the newest changes, newest first."""
        wanted = select(c.audit).where(self._ours(c.audit)).order_by(c.audit.c.seq.desc()).limit(limit)
        with self._reading() as connection:
            rows = connection.execute(wanted).all()
        return tuple(
            AuditRow(
                at=to_moment(row.at_ms),
                by=row.made_by,
                action=row.action,
                subject=row.subject,
                data=row.data,
            )
            for row in rows
        )

    def routine_text(self, routine: str) -> Version | None:
        """Return the latest text of a routine that is in use."""
        return self._in_use(self._ours(c.routine_version, routine=routine)).get(routine)

    def routine_texts(self) -> Mapping[str, Version]:
        """Return the latest text of every routine that is in use, by id."""
        return self._in_use(self._ours(c.routine_version))

    def save_routine_text(self, routine: str, text: str | None, by: str, at: datetime) -> None:
        """Keep a new version of a routine's text."""
        r = c.routine_version
        with self._writing() as connection:
            row = {
                "household": self._household,
                "routine": routine,
                "version": self._next_of(connection, r.c.version, self._ours(r, routine=routine)),
                "text": text,
                "changed_by": by,
                "at_ms": to_ms(at),
            }
            connection.execute(insert(r), row)

    def routine_versions(self, routine: str) -> tuple[Version, ...]:
        """Return every version."""
        return tuple(version for _, version in self._texts(self._ours(c.routine_version, routine=routine)))

    def set_feed(self, key_hash: str, person: str, caregiver: str) -> None:
        """Keep the address of a feed in place of the one before."""
        row = {
            "household": self._household,
            "person": person,
            "caregiver": caregiver,
            "key_hash": key_hash,
        }
        with self._about(person=person, caregiver=caregiver) as connection:
            connection.execute(upsert(connection.dialect, c.feed), row)

    def feed_of(self, key_hash: str) -> tuple[str, str] | None:
        """Return the person and the caregiver of a feed."""
        wanted = select(c.feed.c.person, c.feed.c.caregiver).where(self._ours(c.feed, key_hash=key_hash))
        with self._reading() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else (row.person, row.caregiver)

    def _in_use(self, wanted: ColumnElement[bool]) -> dict[str, Version]:
        latest = dict(self._texts(wanted))
        return {routine: version for routine, version in latest.items() if version.document is not None}

    def _texts(self, wanted: ColumnElement[bool]) -> tuple[tuple[str, Version], ...]:
        r = c.routine_version
        ordered = select(r).where(wanted).order_by(r.c.routine, r.c.version)
        with self._reading() as connection:
            return tuple((row.routine, _version(row)) for row in connection.execute(ordered))


def _version(row: Named) -> Version:
    return Version(version=row.version, document=row.text, by=row.changed_by, at=to_moment(row.at_ms))
