"""A bell that rings when something changed: one look at the store for everybody who waits here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from skill.care.records import Change
from skill.ports import StoreError

#: How often the store is asked while somebody waits; what this process writes itself is seen at once.
LOOK_EVERY_S = 0.1
#: How long a store that does not answer is left alone.
_AFTER_A_FAULT_S = 1.0
#: How long the thread goes on without anybody who waits.
_IDLE_S = 5.0


class Bell:
    """Wakes whoever waits when the store has a new change, also one that another process made."""

    def __init__(
        self,
        last_change: Callable[[], int],
        *,
        changes: Callable[[int], Sequence[Change]] | None = None,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """Take what tells the newest change's id, and the changes after one. No thread runs before one waits.

        Without `changes`, every change is taken to be about everybody.
        """
        self._last_change = last_change
        self._changes = changes
        self._look_every_s = look_every_s
        self._lock = threading.Lock()
        self._look = threading.Event()
        self._newest = 0
        self._about_all = 0  #: the newest change that is, or may be, about everybody
        self._about: dict[str, int] = {}  #: the newest change about each person
        self._waiters: dict[str | None, list[threading.Lock]] = {}
        self._needed_at = 0.0
        self._thread: threading.Thread | None = None
        self._closed = False

    def wait(self, after: int, timeout_s: float, person: str | None = None) -> int:
        """Return the newest change's id once it is above `after`, or what it is when the time is up.

        With a person, only changes that are about them, or about everybody, are waited for: whoever waits for
        somebody else is not woken.
        """
        until = time.monotonic() + timeout_s
        while True:
            with self._lock:
                self._watch_from_now()
                left_s = until - time.monotonic()
                if self._closed or self._newest_about(person) > after or left_s <= 0:
                    return self._newest
                # A lock that is held: whoever wakes lets go of it. That takes a fraction of what a condition
                # does, which with a hundred waiting is most of it.
                woken = threading.Lock()
                woken.acquire()
                self._waiters.setdefault(person, []).append(woken)
            self._look.set()  # also what was written before anybody waited is seen at once
            if not woken.acquire(timeout=left_s):
                with self._lock:
                    waiting = self._waiters.get(person, [])
                    if woken in waiting:
                        waiting.remove(woken)

    def newest(self) -> int:
        """Return the newest change's id at once. Whoever asks often is as well informed as who waits."""
        with self._lock:
            self._watch_from_now()
            return self._newest

    def ring(self) -> None:
        """Look now: something has been written here."""
        self._look.set()

    @property
    def closed(self) -> bool:
        """Whether it is at an end: nobody who waits is held up any more, so nobody should go on waiting."""
        return self._closed

    def close(self) -> None:
        """Let everybody go who waits, and end the thread."""
        with self._lock:
            self._closed = True
            for person in list(self._waiters):
                self._wake(person)
            thread = self._thread
        self._look.set()
        if thread is not None:
            thread.join()

    def _newest_about(self, person: str | None) -> int:
        if person is None:
            return self._newest
        return max(self._about_all, self._about.get(person, 0))

    def _wake(self, person: str | None) -> None:
        for waiting in self._waiters.pop(person, ()):
            waiting.release()

    def _watch_from_now(self) -> None:
        self._needed_at = time.monotonic()
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._watch, name="bell", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        while True:
            self._look.clear()
            pause_s = self._look_every_s
            fresh: Sequence[Change] = ()
            try:
                newest = self._last_change()
                if newest > self._newest > 0 and self._changes is not None:
                    fresh = self._changes(self._newest)
            except StoreError:
                newest, pause_s = 0, _AFTER_A_FAULT_S
            with self._lock:
                if newest > self._newest:
                    self._take(newest, fresh)
                idle_s = 0.0 if any(self._waiters.values()) else time.monotonic() - self._needed_at
                if self._closed or idle_s > _IDLE_S:
                    self._thread = None
                    return
            self._look.wait(pause_s)

    def _take(self, newest: int, fresh: Sequence[Change]) -> None:
        """Wake whom the changes up to the newest one are about."""
        ids = {change.id for change in fresh}
        all_known = ids.issuperset(range(self._newest + 1, newest + 1))  # old ones are dropped in time
        self._newest = max((newest, *ids))
        people = {change.person for change in fresh}
        if not all_known or "" in people:
            self._about_all = self._newest
            people.update(one for one in self._waiters if one is not None)
        self._about.update({person: max(self._about.get(person, 0), self._newest) for person in people})
        for person in (None, *people):
            self._wake(person)
