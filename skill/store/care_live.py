"""What devices are doing, and who may do what only one may do at a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, or_, select

from skill.care.records import Live
from skill.store import care_tables as c
from skill.store.care_part import CarePart
from skill.store.rows import to_moment, to_ms
from skill.store.upsert import upsert


class CareLive(CarePart):
    """The live states and leases of a store."""

    def set_live(self, live: Live) -> None:
        """Keep what a device is doing now; nothing if it is not paired, or no longer."""
        row = {
            "household": self._household,
            "device": live.device,
            "person": live.person,
            "session": live.session,
            "state": dict(live.state),
            "at_ms": to_ms(live.at),
        }
        with self._about(person=live.person) as connection:
            if self._holds(connection, c.device, live.device):
                connection.execute(upsert(connection.dialect, c.live), row)
                self._tell(connection, "live", live.person, live.device)

    def live(self, device: str) -> Live | None:
        """Return what a device last told."""
        return next(iter(self._lives(self._ours(c.live, device=device))), None)

    def lives(self, person: str) -> tuple[Live, ...]:
        """Return what a person's devices last told."""
        return self._lives(self._ours(c.live, person=person))

    def take_lease(self, name: str, holder: str, at: datetime, until: datetime) -> str:
        """Take or renew a lease that is free; return who has it."""
        free = or_(c.lease.c.until_ms < bindparam("now_ms"), c.lease.c.holder == bindparam("new_holder"))
        row = {"household": self._household, "name": name, "holder": holder, "until_ms": to_ms(until)}
        values = row | {"now_ms": to_ms(at), "new_holder": holder}
        with self._writing() as connection:
            connection.execute(upsert(connection.dialect, c.lease, free), values)
            wanted = select(c.lease.c.holder).where(self._ours(c.lease, name=name))
            return str(connection.execute(wanted).scalar_one())

    def end_lease(self, name: str, holder: str) -> None:
        """Give a lease back."""
        with self._writing() as connection:
            connection.execute(delete(c.lease).where(self._ours(c.lease, name=name, holder=holder)))

    def _lives(self, wanted: ColumnElement[bool]) -> tuple[Live, ...]:
        ordered = select(c.live).where(wanted).order_by(c.live.c.at_ms.desc(), c.live.c.device)
        with self._reading() as connection:
            rows = connection.execute(ordered).all()
        return tuple(
            Live(
                device=row.device,
                person=row.person,
                session=row.session,
                state=row.state,
                at=to_moment(row.at_ms),
            )
            for row in rows
        )
