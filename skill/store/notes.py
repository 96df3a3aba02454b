"""Small things noted about a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, select

from skill.ports import MAX_NOTE_BYTES
from skill.records import small_json
from skill.store import schema as t
from skill.store.part import Part
from skill.store.rows import to_ms
from skill.store.upsert import upsert

#: Put together once: it is asked with nearly every request to a server.
_NOTED = select(t.note.c.value).where(
    t.note.c.household == bindparam("of_household"),
    t.note.c.person == bindparam("of_person"),
    t.note.c.key == bindparam("of_key"),
)


class Notes(Part):
    """The notes of a store."""

    def note(self, person: str, key: str) -> Any | None:
        """Return what was last noted."""
        row = self._first(_NOTED, {"of_household": self._household, "of_person": person, "of_key": key})
        return None if row is None else row[0]

    def set_note(self, person: str, key: str, value: Any | None, at: datetime) -> None:
        """Note a value in place of the one before."""
        row = {
            "household": self._household,
            "person": person,
            "key": key,
            "value": small_json(value, MAX_NOTE_BYTES, key),
            "at_ms": to_ms(at),
        }
        with self._writing() as connection:
            if value is None:
                connection.execute(delete(t.note).where(self._is_note(person, key)))
            else:
                self._ensure_person(connection, person)
                connection.execute(upsert(connection.dialect, t.note), row)

    def _is_note(self, person: str, key: str) -> ColumnElement[bool]:
        n = t.note.c
        return and_(n.household == self._household, n.person == person, n.key == key)
