"""Keys of a terminal whose session may be led elsewhere by now: whoever waits for one hears of it."""

from __future__ import annotations

from contextlib import suppress
from typing import Self

from skill.lease import LASTS, Lease
from skill.ports import StoreError
from skill.terminal.keys import Keys


class WatchedKeys:
    """The same keys, as long as the lease is ours."""

    def __init__(self, keys: Keys, lease: Lease) -> None:
        """Take the keys, and the lease that a thread renews."""
        self._keys = keys
        self._lease = lease

    @property
    def gone(self) -> bool:
        """Whether no key can come any more."""
        return self._keys.gone

    def poll(self, timeout_s: float) -> str | None:
        """Return the next key. `LeaseLostError` if somebody else has led the person since."""
        key = self._keys.poll(timeout_s)
        # A machine wakes here, where it waits: before its threads have had a turn, a look is taken at once.
        with suppress(StoreError):  # in doubt it goes on: nothing can be kept that is not ours to keep
            self._lease.renew(LASTS)
        return key

    def enter(self) -> None:
        """Begin to take single keys."""
        self._keys.enter()

    def leave(self) -> None:
        """Give the keyboard back as it was."""
        self._keys.leave()

    def __enter__(self) -> Self:
        """Begin to take single keys."""
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the keyboard back as it was."""
        self.leave()
