"""Requests that were answered before: one that comes a second time changes nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether a request may be carried out now."""

    first: bool  #: nobody has claimed it before
    answer: bytes | None = None  #: what was answered, if it has been and is still known


class Seen(Protocol):
    """Remembers requests by their id, for as long as they could be sent again. For any thread."""

    def claim(self, request_id: str, now: datetime, until: datetime) -> Claim:
        """Claim a request. Exactly one of all claims before `until` is the first, unless it is released."""

    def keep(self, request_id: str, answer: bytes) -> None:
        """Keep what was answered; forgotten with the claim, or before if there is no room."""

    def release(self, request_id: str) -> None:
        """Forget a request that could not be carried out, so that it may be sent again."""


MAX_REQUESTS = 2048


class SeenHere:
    """What was seen by this process. When there is no more room, the oldest is forgotten."""

    def __init__(self, room: int = MAX_REQUESTS) -> None:
        """Take how many requests are remembered."""
        self._room = room
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[datetime, bytes | None]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many requests are remembered."""
        return len(self._known)

    def claim(self, request_id: str, now: datetime, until: datetime) -> Claim:
        with self._lock:
            before = self._known.get(request_id)
            if before is not None and now < before[0]:
                return Claim(first=False, answer=before[1])
            self._known.pop(request_id, None)
            self._known[request_id] = (until, None)
            while len(self._known) > self._room:
                self._known.popitem(last=False)
            return Claim(first=True)

    def keep(self, request_id: str, answer: bytes) -> None:
        with self._lock:
            before = self._known.get(request_id)
            if before is not None:
                self._known[request_id] = (before[0], answer)

    def release(self, request_id: str) -> None:
        with self._lock:
            self._known.pop(request_id, None)


class SeenByAll:
    """What was seen by any process. Only the process that answered knows the answer.

    What another process claimed stays claimed until it is too old, even if it was not carried out there.
    """

    def __init__(self, seen: Callable[[str, datetime, timedelta], bool]) -> None:
        """Take what says whether a key was claimed by anybody before, and claims it: a store's `seen`."""
        self._seen = seen
        self._here = SeenHere()
        self._ours: set[str] = set()

    def claim(self, request_id: str, now: datetime, until: datetime) -> Claim:
        claim = self._here.claim(request_id, now, until)
        if not claim.first:
            return claim
        try:
            first = request_id in self._ours or not self._seen(f"request.{request_id}", now, until - now)
        except BaseException:
            self._here.release(request_id)
            raise
        self._ours.discard(request_id)
        return Claim(first=first)

    def keep(self, request_id: str, answer: bytes) -> None:
        self._here.keep(request_id, answer)

    def release(self, request_id: str) -> None:
        if len(self._ours) < MAX_REQUESTS:
            self._ours.add(request_id)
        self._here.release(request_id)
