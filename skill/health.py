"""Whether the backend is well, for whoever watches over it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from threading import Lock
from time import monotonic
from typing import Any

from skill.ports import StoreError
from skill.settings import Settings

#: Says "ok", or a code for what is wrong.
Look = Callable[[], str]

_KEEP_S = 10.0  #: looking takes a while, and anybody may ask


class Health:
    """Looks at the backend, at most every ten seconds. For any thread."""

    def __init__(self, storage: Look, now_s: Callable[[], float] = monotonic) -> None:
        """Take how to look at the storage, and a clock in seconds."""
        self._storage = storage
        self._now_s = now_s
        self._lock = Lock()
        self._last: tuple[float, str] | None = None

    def report(self) -> dict[str, Any]:
        """Return what is to be told: nothing about a person, no path."""
        storage = self._looked()
        return {"ok": storage == "ok", "version": version("steady-coach"), "storage": storage}

    def _looked(self) -> str:
        with self._lock:
            now_s = self._now_s()
            if self._last is None or now_s - self._last[0] >= _KEEP_S:
                self._last = (now_s, self._storage())
            return self._last[1]


def look_at_storage(settings: Settings) -> Look:
    """Return how to look at the history: "ok", "damaged", or the code of what keeps it from being used."""

    def look() -> str:
        from skill.bootstrap import open_history  # noqa: PLC0415 - SQLAlchemy comes with it

        try:
            with open_history(settings) as store:
                found = store.check()
        except StoreError as error:
            return str(error.code)
        if not found.sound:
            return "damaged"
        return "ok" if found.writable else "read_only"

    return look
