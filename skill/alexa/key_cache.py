"""Keeps the keys that requests are signed with, so that a chain is fetched and checked once an hour."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitTimeoutError
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from skill.alexa.certificates import SigningKey
from skill.alexa.refusal import Refused

KEEP = timedelta(hours=1)
MAX_KEYS = 16
MAX_FAILURES = 256
MAX_HOLD_S = 30
AT_ONCE = 4  #: chains that are fetched at the same time; more have to wait
PATIENCE_S = 5.0  #: how long a request waits for another one's fetch: Alexa gives up after eight


@dataclass(frozen=True, slots=True)
class _Kept:
    key: RSAPublicKey
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Failed:
    times: int
    hold_until: datetime
    why: Refused


class KeyCache:
    """Keys by address. Bounded in every way, and for any thread.

    One address is fetched once at a time. An address that fails again and again is left alone for longer and
    longer, up to half a minute, and never pushes out a key that is good.
    """

    def __init__(self, load: Callable[[str], SigningKey], now: Callable[[], datetime]) -> None:
        """Take how to fetch and check a chain (raises `Refused`), and a clock in UTC."""
        self._load = load
        self._now = now
        self._lock = Lock()
        self._fetching = BoundedSemaphore(AT_ONCE)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._failed: OrderedDict[str, _Failed] = OrderedDict()
        self._flying: dict[str, Future[RSAPublicKey]] = {}

    def __len__(self) -> int:
        """Return how many addresses are remembered, good or bad."""
        return len(self._kept) + len(self._failed)

    def key(self, url: str, younger_than: timedelta | None = None) -> RSAPublicKey:
        """Return the key at an address: the one kept, or one fetched anew if that is too old. `Refused`."""
        with self._lock:
            kept = self._fresh(url, younger_than)
            if kept is not None:
                return kept.key
            flying = self._flying.get(url)
            if flying is None:
                self._heed_failures(url)
                mine = self._flying[url] = Future()
        if flying is None:
            return self._fly(url, mine)
        try:
            return flying.result(PATIENCE_S)
        except WaitTimeoutError as error:
            raise Refused("fetch", "waited") from error

    def age(self, url: str) -> timedelta:
        """Return how long ago the key at an address was fetched; zero if there is none."""
        with self._lock:
            kept = self._kept.get(url)
            return self._now() - kept.since if kept else timedelta()

    def _fresh(self, url: str, younger_than: timedelta | None) -> _Kept | None:
        kept, now = self._kept.get(url), self._now()
        if kept is None or now >= kept.until or now - kept.since >= (younger_than or KEEP):
            return None
        self._kept.move_to_end(url)
        return kept

    def _heed_failures(self, url: str) -> None:
        failed = self._failed.get(url)
        if failed is not None and self._now() < failed.hold_until:
            raise Refused(failed.why.code, failed.why.detail)

    def _fly(self, url: str, mine: Future[RSAPublicKey]) -> RSAPublicKey:
        """Fetch, and tell those who wait for the same."""
        try:
            loaded = self._loaded(url)
        except BaseException as error:
            why = error if isinstance(error, Refused) else Refused("certificate", type(error).__name__)
            with self._lock:
                self._remember_failure(url, why)
                del self._flying[url]
            mine.set_exception(Refused(why.code, why.detail))
            raise
        with self._lock:
            self._remember(url, loaded)
            del self._flying[url]
        mine.set_result(loaded.key)
        return loaded.key

    def _loaded(self, url: str) -> SigningKey:
        if not self._fetching.acquire(timeout=PATIENCE_S):
            raise Refused("fetch", "busy")
        try:
            return self._load(url)
        finally:
            self._fetching.release()

    def _remember(self, url: str, loaded: SigningKey) -> None:
        now = self._now()
        self._failed.pop(url, None)
        self._kept[url] = _Kept(loaded.key, now, min(now + KEEP, loaded.until))
        self._kept.move_to_end(url)
        while len(self._kept) > MAX_KEYS:
            self._kept.popitem(last=False)

    def _remember_failure(self, url: str, why: Refused) -> None:
        before = self._failed.pop(url, None)
        times = before.times + 1 if before else 1
        hold_s = 0 if times == 1 else min(MAX_HOLD_S, 2 ** min(times - 2, 10))  # one failure may be chance
        self._failed[url] = _Failed(times, self._now() + timedelta(seconds=hold_s), why)
        while len(self._failed) > MAX_FAILURES:
            self._failed.popitem(last=False)
