"""A bell that rings when something changed: one look at the store for everybody who waits here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from skill.ports import StoreError

#: How often the store is asked while somebody waits; what this process writes itself is seen at once.
LOOK_EVERY_S = 0.1
#: How long a store that does not answer is left alone.
_AFTER_A_FAULT_S = 1.0
#: How long the thread goes on without anybody who waits.
_IDLE_S = 5.0


class Bell:
    """Wakes whoever waits when the store has a new change, also one that another process made."""

    def __init__(self, last_change: Callable[[], int], *, look_every_s: float = LOOK_EVERY_S) -> None:
        """Take what tells the newest change's id. No thread runs before somebody waits."""
        self._last_change = last_change
        self._look_every_s = look_every_s
        self._changed = threading.Condition()
        self._look = threading.Event()
        self._newest = 0
        self._waiting = 0
        self._needed_at = 0.0
        self._thread: threading.Thread | None = None
        self._closed = False

    def wait(self, after: int, timeout_s: float) -> int:
        """Return the newest change's id once it is above `after`, or what it is when the time is up."""
        with self._changed:
            self._waiting += 1
            self._watch_from_now()
            self._look.set()  # also what was written before anybody waited is seen at once
            try:
                self._changed.wait_for(lambda: self._newest > after or self._closed, timeout_s)
                return self._newest
            finally:
                self._waiting -= 1

    def newest(self) -> int:
        """Return the newest change's id at once. Whoever asks often is as well informed as who waits."""
        with self._changed:
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
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        self._look.set()
        if thread is not None:
            thread.join()

    def _watch_from_now(self) -> None:
        self._needed_at = time.monotonic()
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._watch, name="bell", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        while True:
            self._look.clear()
            pause_s = self._look_every_s
            try:
                newest = self._last_change()
            except StoreError:
                newest, pause_s = 0, _AFTER_A_FAULT_S
            with self._changed:
                if newest > self._newest:
                    self._newest = newest
                    self._changed.notify_all()
                idle_s = 0.0 if self._waiting else time.monotonic() - self._needed_at
                if self._closed or idle_s > _IDLE_S:
                    self._thread = None
                    return
            self._look.wait(pause_s)
