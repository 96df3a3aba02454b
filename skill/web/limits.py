"""How often somebody may try to get in. Counted in the store, so all processes count together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from werkzeug.exceptions import TooManyRequests

from skill.ports import Store

#: Who was refused is refused for this long without a look at the store: a flood must not reach it.
LOOK_AGAIN_AFTER = timedelta(seconds=5)
_MOST_FULL = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many tries in so long, counted from each try."""

    tries: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits on the ways in."""

    address: Limit = Limit(tries=30, within=timedelta(minutes=10))  #: from one network address, any way in
    login: Limit = Limit(tries=10, within=timedelta(minutes=10))  #: for one login, from anywhere


class Counter:
    """Counts tries. Each takes one of a limit's places in the store, which is free again in time."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        """Take what keeps the places, and a clock."""
        self._store = store
        self._now = now
        self._full: dict[str, datetime] = {}

    def take(self, limit: Limit, *what: str) -> None:
        """Count one try at `what`. `TooManyRequests` (429) if there were too many."""
        name = hashlib.sha256("\0".join(what).encode()).hexdigest()[:32]  # nobody is named in the store
        at = self._now()
        if self._full.get(name, at) <= at and self._finds_a_place(limit, name, at):
            return
        raise TooManyRequests(retry_after=int(limit.within.total_seconds()))

    def _finds_a_place(self, limit: Limit, name: str, at: datetime) -> bool:
        self._full.pop(name, None)
        for place in range(limit.tries):
            if not self._store.seen(f"try:{name}:{place}", at, limit.within):
                return True
        if len(self._full) >= _MOST_FULL:
            self._full.clear()
        self._full[name] = at + LOOK_AGAIN_AFTER
        return False


def network_of(address: str | None) -> str:
    """Return what one subscriber has: an IPv4 address, or the first half of an IPv6 one."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((found, 64), strict=False))
    return str(found)
