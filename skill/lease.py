"""One at a time: whoever leads a person here has a lease, so that two coaches never speak at once."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from skill.care.records import Device
from skill.care.repeating import Repeating
from skill.errors import LedElsewhereError, UserError
from skill.ports import Held, LeaseLostError, StoreError

#: How long a lease lasts that nobody renews: its process has been killed, or its machine switched off.
LASTS = timedelta(seconds=15)
_RENEWED_EVERY = timedelta(seconds=5)


#: Between a process and the device that it is, `host:process:unique@device`. A page is no process: `@device`.
_IS = "@"


@runtime_checkable
class Leases(Protocol):
    """The part of a store that knows who leads whom; see `skill.care.ports.CareStore`."""

    def take_lease(self, name: str, holder: str, at: datetime, until: datetime) -> str:
        """Take a lease if it is free; return who has it."""

    def keep_lease(self, name: str, holder: str, until: datetime) -> str:
        """Renew it unless somebody else has had it since; return who has it, or ""."""

    def end_lease(self, name: str, holder: str) -> None:
        """Give it back."""

    def device(self, device: str) -> Device | None:
        """Return a device that is paired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """Who leads a person: a device of the household, or a session in a terminal."""

    device: str  #: the device's id; "" for a terminal
    name: str  #: what the device is called, or the computer
    here: bool  #: it is a program on this computer


class Lease:
    """The right to lead one person through a session, until it is given back or not renewed.

    A process takes it for itself, as the `device` that it is ("" for none). With `page`, a device has it as
    a page in a browser: whatever process serves that page at the moment takes and renews it for the page.
    """

    def __init__(
        self,
        care: Leases,
        person: str,
        now: Callable[[], datetime],
        *,
        device: str = "",
        page: bool = False,
    ) -> None:
        """Take nothing yet."""
        self._care = care
        self._name = f"session:{person}"
        self._now = now
        process = "" if page else f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        self._holder = f"{process}{_IS}{device}" if device else process
        self._other = ""
        self._renewed_at: datetime | None = None
        self._is_lost = False

    @property
    def held(self) -> Held:
        """What to keep things under that only whoever has the lease may keep."""
        return Held(self._name, self._holder)

    def take(self) -> bool:
        """Return whether it is ours now. What was left by a process or device that has gone is taken over."""
        holder = self._take()
        if holder != self._holder and self._is_gone(holder):
            self._care.end_lease(self._name, holder)
            holder = self._take()
        self._is_lost = False
        if holder != self._holder:
            self._renewed_at = None
            self._other = holder
        return holder == self._holder

    def renew(self, after: timedelta = _RENEWED_EVERY) -> None:
        """Keep what is ours, if that was last done so long ago; may be called as often as one likes.

        Whoever was asleep for longer than the lease lasts still has it if nobody wanted it. `LeaseLostError`
        if somebody did, though they may have given it back: from then on each time, until it is taken anew.
        """
        if self._is_lost:
            raise LeaseLostError
        if self._renewed_at is None or self._now() - self._renewed_at < after:
            return
        self._renewed_at = self._now()
        holder = self._care.keep_lease(self._name, self._holder, self._renewed_at + LASTS)
        if holder != self._holder:
            self._is_lost = True
            raise LeaseLostError

    def elsewhere(self) -> LedElsewhereError:
        """Return the error that says who leads now that it is lost."""
        with suppress(StoreError):
            self._other = self._care.keep_lease(self._name, self._holder, self._now() + LASTS)
            if self._other not in ("", self._holder):
                leader = self.leader()
                code = "led-here-by-now" if leader.here else "led-on-by-now"
                return LedElsewhereError(code, name=leader.name)
        return LedElsewhereError("led-since")

    def give_back(self) -> None:
        """Let others have it; harmless if it is not ours."""
        self._renewed_at = None
        self._care.end_lease(self._name, self._holder)

    def leader(self) -> Leader:
        """Return who had it when it was last asked for and not given."""
        process, _, device = self._other.partition(_IS)
        host, _ = _process(process)
        known = self._care.device(device) if device else None
        return Leader(device=device, name=known.name if known else host, here=host == socket.gethostname())

    def _take(self) -> str:
        at = self._now()
        self._renewed_at = at
        return self._care.take_lease(self._name, self._holder, at, at + LASTS)

    def _is_gone(self, holder: str) -> bool:
        """Whether it was a process of this machine that has ended, or a page of a device that was removed."""
        process, _, device = holder.partition(_IS)
        return _has_ended(process) if process else self._care.device(device) is None


@contextmanager
def leading_alone(store: object, person: str, now: Callable[[], datetime]) -> Iterator[Lease | None]:
    """Hold the lease as long as the block lasts; a thread renews it. `UserError` if somebody else leads.

    A thread can stop nobody: whoever leads asks the lease as well whether it is still theirs (`renew`).
    `LedElsewhereError` if the block ends because it is not. In a store that knows no leases nobody is kept
    apart, and it is None.
    """
    if not isinstance(store, Leases):
        yield None
        return
    lease = Lease(store, person, now)
    if not lease.take():
        leader = lease.leader()
        raise UserError("led-already") if leader.here else UserError("led-on-device", name=leader.name)

    def renew() -> None:
        with suppress(LeaseLostError):
            lease.renew()

    renewing = Repeating(renew, every_s=_RENEWED_EVERY.total_seconds(), name="lease")
    renewing.start()
    try:
        yield lease
    except LeaseLostError:
        raise lease.elsewhere() from None
    finally:
        renewing.close()
        lease.give_back()


def _process(holder: str) -> tuple[str, str]:
    """Return a process's machine and number."""
    host, _, number = holder.rpartition(":")[0].rpartition(":")
    return host, number


def _has_ended(process: str) -> bool:
    """Whether it was a process of this machine, and is no longer. In doubt it still is."""
    host, number = _process(process)
    if host != socket.gethostname() or not number.isdecimal() or os.name != "posix":
        return False
    try:
        os.kill(int(number), 0)  # signal 0 does nothing but look
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
