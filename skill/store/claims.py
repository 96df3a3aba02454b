"""Keys that can be claimed once: how a message that comes twice is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete

from skill.store import schema as t
from skill.store.part import Part
from skill.store.rows import to_ms
from skill.store.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Engine

#: Claims that are over are deleted with one claim in so many, the first one of a process among them.
PRUNE_EVERY = 500
_PRUNE = delete(t.claim).where(
    t.claim.c.household == bindparam("of_household"), t.claim.c.until_ms < bindparam("now_ms")
)


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
        now_ms = to_ms(at)
        row = {"household": self._household, "key": key, "until_ms": to_ms(at + keep)}
        if next(self._claims) % PRUNE_EVERY == 0:
            self._change(_PRUNE, {"of_household": self._household, "now_ms": now_ms})
        return self._change(self._claim, row | {"now_ms": now_ms}) == 0
