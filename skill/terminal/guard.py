"""Gives the terminal back whatever happens: an exception, SIGTERM, SIGHUP, Ctrl-Z (until `fg`)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol, Self

_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_SUSPEND = getattr(signal, "SIGTSTP", None)
_SHELL_SIGNAL_BASE = 128  #: a shell reports "ended by signal n" as 128 + n


class Part(Protocol):
    """Something that changes the terminal and can undo it."""

    def enter(self) -> None:
        """Take the terminal."""

    def leave(self) -> None:
        """Give it back."""


def _nothing() -> None:
    return


class TerminalGuard:
    """Enters parts in order and leaves them in reverse, at the end of the `with` block and around Ctrl-Z.

    SIGTERM and SIGHUP end the block with SystemExit, unless somebody else handles them. `suspended` is called
    before the program stops for Ctrl-Z: the place to pause the session.
    """

    def __init__(self, *parts: Part, suspended: Callable[[], None] = _nothing) -> None:
        """Guard these parts."""
        self._parts = parts
        self._suspended = suspended
        self._entered: list[Part] = []
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Enter the parts. If one fails, those before it are left again."""
        self._watch()
        try:
            self._enter_parts()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the parts, and the signals to whom they belonged."""
        self._leave_parts()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def _enter_parts(self) -> None:
        for part in self._parts:
            self._entered.append(part)
            part.enter()

    def _leave_parts(self) -> None:
        while self._entered:
            self._entered.pop().leave()

    def _watch(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # only the main thread may
        for number in _ENDING:
            if signal.getsignal(number) is signal.SIG_DFL:
                self._handlers[number] = signal.signal(number, self._end)
        if _SUSPEND is not None and signal.getsignal(_SUSPEND) is signal.SIG_DFL:
            self._handlers[_SUSPEND] = signal.signal(_SUSPEND, self._suspend)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        raise SystemExit(_SHELL_SIGNAL_BASE + number)

    def _suspend(self, number: int, _frame: FrameType | None) -> None:
        self._suspended()
        self._leave_parts()
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)  # the program stops here until `fg`
        signal.signal(number, self._suspend)
        self._enter_parts()
