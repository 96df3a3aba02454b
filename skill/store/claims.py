"""Keys that can be claimed once: how a message that comes twice is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete

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
        # Put together once: it runs with every request to a server.
        free = t.claim.c.until_ms < bindparam("now_ms")
        self._claim = upsert(engine.dialect, t.claim, free)

    def seen(self, key: str, at: datetime, keep: timedelta) -> bool:
        """Claim the key if it is free."""
        c = t.claim.c
        now_ms = to_ms(at)
        row = {"household": self._household, "key": key, "until_ms": to_ms(at + keep)}
        with self._writing() as connection:
            if next(self._claims) % PRUNE_EVERY == 0:
                over = and_(c.household == self._household, c.until_ms < now_ms)
                connection.execute(delete(t.claim).where(over))
            return connection.execute(self._claim, row | {"now_ms": now_ms}).rowcount == 0
