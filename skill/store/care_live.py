"""What devices are doing, and who may do what only one may do at a time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, or_, select, update

from skill.care.records import Live
from skill.ports import Held
from skill.store import care_tables as c
from skill.store.care_part import CarePart
from skill.store.quick import Runs
from skill.store.rows import Row, to_moment, to_ms
from skill.store.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Engine

_l = c.live.c
_LIVES = select(_l.device, _l.person, _l.session, _l.state, _l.at_ms).where(
    _l.household == bindparam("of_household")
)
_OF_DEVICE = _LIVES.where(_l.device == bindparam("of_device_id"))
_OF_PERSON = _LIVES.where(_l.person == bindparam("of_person")).order_by(_l.at_ms.desc(), _l.device)
_HOLDER = select(c.lease.c.holder).where(
    c.lease.c.household == bindparam("of_household"), c.lease.c.name == bindparam("of_name")
)
#: Nobody else takes it before the transaction ends (SQLite has one writer).
_HOLDER_TO_STAY = _HOLDER.with_for_update(read=True)
_RENEW = (
    update(c.lease)
    .where(
        c.lease.c.household == bindparam("of_household"),
        c.lease.c.name == bindparam("of_name"),
        c.lease.c.holder == bindparam("of_holder"),
    )
    .values(until_ms=bindparam("new_until_ms"))
)


class CareLive(CarePart):
    """The live states and leases of a store."""

    def __init__(self, engine: Engine, household: str, where: str) -> None:
        """Put together what runs all the time."""
        super().__init__(engine, household, where)
        self._put_live = upsert(engine.dialect, c.live)
        free = or_(c.lease.c.until_ms < bindparam("now_ms"), c.lease.c.holder == bindparam("new_holder"))
        self._take = upsert(engine.dialect, c.lease, free)

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
        with self._quickly_about(live.person) as runs:
            if self._has_device(runs, live.device):
                runs.change(self._put_live, row)
                self._tell_by(runs, "live", live.person, live.device)

    def live(self, device: str) -> Live | None:
        """Return what a device last told."""
        row = self._first(_OF_DEVICE, {"of_household": self._household, "of_device_id": device})
        return None if row is None else _live(row)

    def lives(self, person: str) -> tuple[Live, ...]:
        """Return what a person's devices last told."""
        rows = self._all(_OF_PERSON, {"of_household": self._household, "of_person": person})
        return tuple(map(_live, rows))

    def take_lease(self, name: str, holder: str, at: datetime, until: datetime) -> str:
        """Take or renew a lease that is free; return who has it."""
        row = {"household": self._household, "name": name, "holder": holder, "until_ms": to_ms(until)}
        wanted = {"of_household": self._household, "of_name": name}
        with self._quickly(writes=True) as runs:
            runs.change(self._take, row | {"now_ms": to_ms(at), "new_holder": holder})
            found = runs.first(_HOLDER, wanted)
        assert found is not None  # noqa: S101 - somebody's it is, in the transaction that put it there
        return str(found[0])

    def keep_lease(self, name: str, holder: str, until: datetime) -> str:
        """Renew a lease that nobody else has had since; return who has it, or ""."""
        wanted = {"of_household": self._household, "of_name": name}
        with self._quickly(writes=True) as runs:
            runs.change(_RENEW, wanted | {"of_holder": holder, "new_until_ms": to_ms(until)})
            found = runs.first(_HOLDER, wanted)
        return "" if found is None else str(found[0])

    def _is_held(self, runs: Runs, held: Held) -> bool:
        """Whether a lease is still theirs, and will be until the transaction ends."""
        wanted = {"of_household": self._household, "of_name": held.name}
        return runs.first(_HOLDER_TO_STAY, wanted) == (held.holder,)

    def end_lease(self, name: str, holder: str) -> None:
        """Give a lease back."""
        with self._writing() as connection:
            connection.execute(delete(c.lease).where(self._ours(c.lease, name=name, holder=holder)))


def _live(row: Row) -> Live:
    device, person, session, state, at_ms = row
    return Live(device=device, person=person, session=session, state=state, at=to_moment(at_ms))
