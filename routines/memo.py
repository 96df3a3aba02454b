"""Remembering what was worked out, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memo(Generic[K, V]):
    """Values by key, so many at most: when there is no room, all are forgotten. For any thread.

    For values that follow from their key and never change: two threads may work one out at the same time.
    """

    __slots__ = ("_known", "_room")

    def __init__(self, room: int) -> None:
        """Take how many values are kept."""
        self._known: dict[K, V] = {}
        self._room = room

    def __len__(self) -> int:
        """Return how many values are kept."""
        return len(self._known)

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of a key: the one that is kept, or a new one."""
        try:
            return self._known[key]
        except KeyError:
            return self.put(key, make())

    def find(self, key: K) -> V | None:
        """Return the value of a key if it is kept."""
        return self._known.get(key)

    def put(self, key: K, value: V) -> V:
        """Keep and return a value, in place of the one before."""
        if len(self._known) >= self._room:
            self._known.clear()
        self._known[key] = value
        return value
