"""What there is to tell of an ear that fails and works again, and when. Pure."""

from __future__ import annotations

#: That the ear works again is told this much after it was last told, at the earliest.
QUIET_MS = 30_000


class News:
    """Keeps the fault that is to be told of, until it may be told that it is over.

    A fault is news at once: whoever believes to be heard must know. That it is over is news at once, too,
    but for a microphone that comes and goes: then it is told when it is due, if the ear works then. Until it
    is told nobody believes to be heard, so that the same fault is no news meanwhile.
    """

    def __init__(self) -> None:
        """Begin with nothing to tell."""
        self._fault: Exception | None = None
        self._over_at_ms: int | None = None  # the ear works, and that is told from then on
        self._told_ms: int | None = None

    def fails(self, fault: Exception) -> None:
        """Take note of a fault."""
        self._over_at_ms = None
        if _code(fault) != _code(self._fault):
            self._fault = fault

    def works(self, now_ms: int) -> None:
        """Take note that the ear works, whatever was wrong before."""
        if self._fault is not None:
            due_ms = now_ms if self._told_ms is None else self._told_ms + QUIET_MS
            self._over_at_ms = max(now_ms, due_ms)

    def fault(self, now_ms: int) -> Exception | None:
        """Return the fault that is to be told of; None while there is none, or once it is over."""
        if self._over_at_ms is not None and now_ms >= self._over_at_ms:
            self._fault = self._over_at_ms = None
            self._told_ms = now_ms
        return self._fault


def _code(fault: Exception | None) -> str:
    return str(getattr(fault, "code", type(fault).__name__))
