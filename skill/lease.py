"""One at a time: whoever leads a person here has a lease, so that two coaches never speak at once."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from skill.care.repeating import Repeating
from skill.errors import UserError

#: How long a lease lasts that nobody renews: its process has been killed, or its machine switched off.
LASTS = timedelta(seconds=15)
_RENEWED_EVERY = timedelta(seconds=5)


@runtime_checkable
class Leases(Protocol):
    """The part of a store that knows who leads whom; see `skill.care.ports.CareStore`."""

    def take_lease(self, name: str, holder: str, at: datetime, until: datetime) -> str:
        """Take a lease if it is free; return who has it."""

    def end_lease(self, name: str, holder: str) -> None:
        """Give it back."""


class Lease:
    """The right to lead one person through a session, until it is given back or not renewed."""

    def __init__(self, care: Leases, person: str, now: Callable[[], datetime]) -> None:
        """Take nothing yet."""
        self._care = care
        self._name = f"session:{person}"
        self._now = now
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        self._renewed_at: datetime | None = None

    def take(self) -> bool:
        """Return whether it is ours now. One that a killed process of this machine left is taken over."""
        holder = self._take()
        if holder != self._holder and _is_gone(holder):
            self._care.end_lease(self._name, holder)
            holder = self._take()
        if holder != self._holder:
            self._renewed_at = None
        return holder == self._holder

    def renew(self) -> None:
        """Keep what is ours; may be called as often as one likes."""
        if self._renewed_at is not None and self._now() - self._renewed_at >= _RENEWED_EVERY:
            self._take()

    def give_back(self) -> None:
        """Let others have it; harmless if it is not ours."""
        if self._renewed_at is not None:
            self._renewed_at = None
            self._care.end_lease(self._name, self._holder)

    def _take(self) -> str:
        at = self._now()
        self._renewed_at = at
        return self._care.take_lease(self._name, self._holder, at, at + LASTS)


@contextmanager
def leading_alone(store: object, person: str, now: Callable[[], datetime]) -> Iterator[None]:
    """Hold the lease as long as the block lasts; a thread renews it. `UserError` if somebody else leads.

    In a store that knows no leases nobody is kept apart.
    """
    if not isinstance(store, Leases):
        yield
        return
    lease = Lease(store, person, now)
    if not lease.take():
        raise UserError("led-already")
    renewing = Repeating(lease.renew, every_s=_RENEWED_EVERY.total_seconds(), name="lease")
    renewing.start()
    try:
        yield
    finally:
        renewing.close()
        lease.give_back()


def _is_gone(holder: str) -> bool:
    """Whether a holder was a process of this machine that has ended. In doubt it has not."""
    host, _, rest = holder.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdecimal() or os.name != "posix":
        return False
    try:
        os.kill(int(rest), 0)  # signal 0 does nothing but look
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
