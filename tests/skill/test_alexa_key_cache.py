"""The cache of keys: bounded, patient with chance, stubborn with floods, one fetch at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Lock

import pytest

from skill.alexa.certificates import SigningKey
from skill.alexa.key_cache import AT_ONCE, MAX_FAILURES, MAX_KEYS, KeyCache
from skill.alexa.refusal import Refused
from tests.alexa_door import NOW, HandClock, rsa_key


@dataclass
class Loader:
    """Loads keys at once, or fails."""

    fails: bool = False
    loaded: list[str] = field(default_factory=list)

    def __call__(self, url: str) -> SigningKey:
        self.loaded.append(url)
        if self.fails:
            raise Refused("fetch", "status 403")
        return SigningKey(rsa_key().public_key(), NOW + timedelta(days=1))


@dataclass
class GatedLoader(Loader):
    """Loads keys when the gate is opened; knows how many were waited for at the same time."""

    gate: Event = field(default_factory=Event)
    enough: Event = field(default_factory=Event)
    wanted: int = 1
    most: int = 0
    _now: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, url: str) -> SigningKey:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            if self._now >= self.wanted:
                self.enough.set()
        assert self.gate.wait(10)
        with self._lock:
            self._now -= 1
        return super().__call__(url)


def attempts(cache: KeyCache, url: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Refused):
            cache.key(url)


def test_it_never_holds_more_than_its_bounds() -> None:
    loader = Loader()
    cache = KeyCache(loader, HandClock())
    for n in range(MAX_KEYS * 3):
        cache.key(f"good {n}")
    loader.fails = True
    for n in range(MAX_FAILURES * 3):
        attempts(cache, f"bad {n}", 1)

    assert len(cache) == MAX_KEYS + MAX_FAILURES


def test_failures_never_push_out_a_good_key() -> None:
    loader = Loader()
    cache = KeyCache(loader, HandClock())
    cache.key("good")
    loader.fails = True
    for n in range(MAX_FAILURES * 2):
        attempts(cache, f"bad {n}", 1)

    cache.key("good")

    assert loader.loaded.count("good") == 1


def test_the_key_that_was_not_used_for_longest_goes_first() -> None:
    loader = Loader()
    cache = KeyCache(loader, HandClock())
    for n in range(MAX_KEYS):
        cache.key(str(n))
    cache.key("0")
    cache.key("new")

    cache.key("0")
    cache.key("1")

    assert (loader.loaded.count("0"), loader.loaded.count("1")) == (1, 2)


def test_one_failure_may_be_chance_and_is_tried_again_at_once() -> None:
    loader = Loader(fails=True)
    cache = KeyCache(loader, HandClock())
    attempts(cache, "url", 1)
    loader.fails = False

    cache.key("url")


def test_an_address_that_keeps_failing_is_left_alone_for_a_while() -> None:
    loader, clock = Loader(fails=True), HandClock()
    cache = KeyCache(loader, clock)

    for _ in range(600):
        attempts(cache, "url", 5)
        clock.move(seconds=1)
    assert len(loader.loaded) < 30

    loader.fails = False
    clock.move(seconds=30)
    cache.key("url")


def test_many_who_want_the_same_key_cause_one_fetch() -> None:
    loader = GatedLoader()
    cache = KeyCache(loader, HandClock())
    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(cache.key, "url") for _ in range(8)]
        assert loader.enough.wait(10)
        loader.gate.set()
        keys = {id(found.result(10)) for found in waiting}

    assert (len(keys), loader.loaded) == (1, ["url"])


def test_all_who_wait_for_a_failing_fetch_are_refused() -> None:
    loader = GatedLoader(fails=True)
    cache = KeyCache(loader, HandClock())
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(cache.key, "url") for _ in range(4)]
        assert loader.enough.wait(10)
        loader.gate.set()
        errors = [found.exception(10) for found in waiting]

    assert all(isinstance(error, Refused) for error in errors)


def test_only_a_few_chains_are_fetched_at_the_same_time() -> None:
    loader = GatedLoader(wanted=AT_ONCE)
    cache = KeyCache(loader, HandClock())
    with ThreadPoolExecutor(AT_ONCE * 2) as threads:
        waiting = [threads.submit(cache.key, str(n)) for n in range(AT_ONCE * 2)]
        assert loader.enough.wait(10)
        loader.gate.set()
        for found in waiting:
            found.result(10)

    assert loader.most == AT_ONCE
