"""What to do while the store is away for a moment: go on, keep what is to be kept, and keep it later.

A session must answer "it hurts" at once, so that it never waits for a store.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from routines.plan import Plan
from skill.coach import SessionStore
from skill.ports import Held, LeaseLostError, StoreError
from skill.records import SessionEvent

_log = logging.getLogger(__name__)

#: How often a store that is away is asked again, and for how long after a session.
AGAIN_AFTER_S = 1.0
TRIES = 60


class Backlog:
    """Keeps a session in a store, in order; what cannot be kept now is kept as soon as it can be."""

    def __init__(self, store: SessionStore) -> None:
        """Take the store."""
        self._store = store
        self._waiting: deque[Callable[[], object]] = deque()

    def begin(
        self,
        session_id: str,
        person: str,
        routine_id: str,
        plan: Plan,
        device: str,
        at: datetime,
        snapshot: Mapping[str, Any],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep a new session, now or later."""
        self._keep(
            lambda: self._store.begin(session_id, person, routine_id, plan, device, at, snapshot, about)
        )

    def record(
        self,
        session_id: str,
        events: Sequence[SessionEvent],
        snapshot: Mapping[str, Any],
        at: datetime,
        *,
        held: Held | None = None,
    ) -> int:
        """Keep events and a state, now or later; return how many events there are.

        `LeaseLostError` if `held` no longer is: then nothing waits any more.
        """
        self._keep(lambda: self._store.record(session_id, events, snapshot, at, held=held))
        return len(events)

    def flush(self) -> None:
        """Keep what waits. `StoreError` if the store is still away; `LeaseLostError` as with `record`."""
        lost: LeaseLostError | None = None
        while self._waiting:
            try:
                self._waiting[0]()
            except LeaseLostError as error:
                lost = error  # and on with the rest: of each, what has happened to the person stays
            self._waiting.popleft()
        if lost is not None:
            raise lost

    def _keep(self, do: Callable[[], object]) -> None:
        self._waiting.append(do)
        try:
            self.flush()
        except StoreError as error:
            _log.warning("store: %s; %d to be kept later", error.code, len(self._waiting))


def persistently(do: Callable[[], None], wait: Callable[[float], bool]) -> None:
    """Do something that needs the store, again and again for a minute. `StoreError` if it stays away.

    `wait` waits so many seconds; once it returns True there is no time for more than one try.
    """
    for _ in range(TRIES):
        try:
            do()
        except StoreError as error:
            _log.warning("store: %s", error.code)
            if wait(AGAIN_AFTER_S):
                break
        else:
            return
    do()
