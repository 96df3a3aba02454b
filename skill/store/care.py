"""All that a store keeps about caregivers; the port is `skill.care.ports.CareStore`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from skill.store import care_tables as c
from skill.store.care_commands import CareCommands
from skill.store.care_consents import CareConsents
from skill.store.care_devices import CareDevices
from skill.store.care_live import CareLive
from skill.store.care_notices import CareNotices
from skill.store.care_people import CarePeople
from skill.store.care_records import CareRecords
from skill.store.care_ways_in import CareWaysIn
from skill.store.care_weeks import CareWeeks

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Care(
    CarePeople,
    CareConsents,
    CareDevices,
    CareWaysIn,
    CareCommands,
    CareLive,
    CareWeeks,
    CareNotices,
    CareRecords,
):
    """The whole port."""

    def _forget_care(self, connection: Connection, person: str) -> None:
        """Delete what hangs on a person by no key; comes before the person goes, with the rest.

        The record of changes keeps that something was done, but not what: its data could name them.
        """
        theirs = self._names_of(connection, person)
        for table in (c.invite, c.audit):
            key = list(table.primary_key)[1]
            for row in connection.execute(select(table).where(self._ours(table))).all():
                if not theirs.isdisjoint(_words(tuple(row))):
                    this = self._ours(table, **{key.name: getattr(row, key.name)})
                    gone = delete(table) if table is c.invite else update(table).values(data={})
                    connection.execute(gone.where(this))
        # Numbers of changes are never given twice: the rows stay, and say nothing.
        theirs_changed = update(c.change).where(self._ours(c.change, person=person))
        connection.execute(theirs_changed.values(device="", person=""))

    def _names_of(self, connection: Connection, person: str) -> set[str]:
        """Return the ids of a person, their devices, and the commands about them."""
        names = {person}
        for table in (c.device, c.command):
            ids = connection.execute(select(table.c.id).where(self._ours(table, person=person)))
            names |= set(ids.scalars())
        return names


def _words(value: Any) -> Iterator[str]:
    """Yield every word of a value of JSON: `device:x` has the words `device` and `x`."""
    match value:
        case str():
            yield value
            yield from re.split(r"[\s:/,]+", value)
        case dict():
            for name, one in value.items():
                yield from _words(name)
                yield from _words(one)
        case list() | tuple():
            for one in value:
                yield from _words(one)
