"""Keys that can be claimed once: how a message that comes twice is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete

from skill.store import schema as t
from skill.store.part import Part
from skill.store.rows import to_ms
from skill.store.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Engine

#: Claims that are over are deleted with one claim in so many, the first one of a process among them.
PRUNE_EVERY = 500


class Claims(Part):
    """The claims of a store."""

    def __init__(self, engine: Engine, household: str, where: str) -> None:
        """Begin to count."""
        super().__init__(engine, household, where)
        self._claims = count()

    def seen(self, key: str, at: datetime, keep: timedelta) -> bool:
        """Claim the key if it is free."""
        c = t.claim.c
        now_ms = to_ms(at)
        row = {"household": self._household, "key": key, "until_ms": to_ms(at + keep)}
        over = c.until_ms < now_ms
        with self._writing() as connection:
            if next(self._claims) % PRUNE_EVERY == 0:
                connection.execute(delete(t.claim).where(and_(c.household == self._household, over)))
            return connection.execute(upsert(connection.dialect, t.claim, over), row).rowcount == 0
