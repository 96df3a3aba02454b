"""Where caregivers are told, and what is still to be told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update

from skill.care.records import Notice, NoticeRule
from skill.store import care_tables as c
from skill.store import schema as t
from skill.store.care_part import CarePart
from skill.store.rows import to_moment, to_ms
from skill.store.upsert import insert_new, upsert


class CareNotices(CarePart):
    """The notice rules and notices of a store."""

    def notice_rules(self) -> tuple[NoticeRule, ...]:
        """Return where everyone wants to be told."""
        wanted = select(c.notice_rule).where(self._ours(c.notice_rule)).order_by(c.notice_rule.c.caregiver)
        with self._reading() as connection:
            rows = connection.execute(wanted).all()
        return tuple(
            NoticeRule(caregiver=row.caregiver, url=row.url, kinds=frozenset(row.kinds)) for row in rows
        )

    def set_notice_rule(self, rule: NoticeRule) -> None:
        """Keep a caregiver's rule."""
        if not rule.kinds:
            with self._writing() as connection:
                connection.execute(
                    delete(c.notice_rule).where(self._ours(c.notice_rule, caregiver=rule.caregiver))
                )
            return
        row = {
            "household": self._household,
            "caregiver": rule.caregiver,
            "url": rule.url,
            "kinds": sorted(rule.kinds),
        }
        with self._about(caregiver=rule.caregiver) as connection:
            connection.execute(upsert(connection.dialect, c.notice_rule), row)

    def add_notice(self, notice: Notice) -> bool:
        """Keep a message, unless its key is known, or whom it is for or about is not here any more."""
        row = {
            "household": self._household,
            "key": notice.key,
            "caregiver": notice.caregiver,
            "person": notice.person,
            "kind": notice.kind,
            "at_ms": to_ms(notice.at),
            "tries": notice.tries,
            "free_at_ms": to_ms(notice.at),
            "ended_at_ms": None,
        }
        with self._writing() as connection:
            known = self._holds(connection, t.person, notice.person)
            if not known or not self._holds(connection, c.caregiver, notice.caregiver):
                return False
            return connection.execute(insert_new(connection.dialect, c.notice), row).rowcount > 0

    def take_notices(self, at: datetime, until: datetime) -> tuple[Notice, ...]:
        """Return messages to be sent now, which nobody else gets before `until`."""
        n = c.notice
        free = self._ours(n, ended_at_ms=None) & (n.c.free_at_ms <= to_ms(at))
        wanted = select(n).where(free).order_by(n.c.at_ms, n.c.key).with_for_update(skip_locked=True)
        with self._writing() as connection:
            rows = connection.execute(wanted).all()
            for row in rows:
                taken = update(n).where(self._ours(n, key=row.key))
                connection.execute(taken.values(free_at_ms=to_ms(until), tries=row.tries + 1))
        return tuple(
            Notice(
                key=row.key,
                caregiver=row.caregiver,
                person=row.person,
                kind=row.kind,
                at=to_moment(row.at_ms),
                tries=row.tries + 1,
            )
            for row in rows
        )

    def end_notice(self, key: str, at: datetime) -> None:
        """Keep that a message needs no more trying."""
        ended = update(c.notice).where(self._ours(c.notice, key=key)).values(ended_at_ms=to_ms(at))
        with self._writing() as connection:
            connection.execute(ended)
