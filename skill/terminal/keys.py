"""Single keys from the terminal, by name, without waiting for Enter."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Any, Protocol, Self

#: What blessed calls a key -> what we call it.
_NAMES = {
    "KEY_ENTER": "enter",
    "KEY_BACKSPACE": "backspace",
    "KEY_DELETE": "backspace",
    "KEY_RIGHT": "right",
    "KEY_LEFT": "left",
    "KEY_UP": "up",
    "KEY_DOWN": "down",
    "KEY_ESCAPE": "escape",
    "KEY_TAB": "tab",
    " ": "space",
    "\n": "enter",
    "\r": "enter",
}


class Keys(Protocol):
    """Where keys come from. Used as a context manager, or as a part of a `TerminalGuard`."""

    @property
    def gone(self) -> bool:
        """Whether no key can come any more."""

    def enter(self) -> None:
        """Begin to take single keys."""

    def leave(self) -> None:
        """Give the keyboard back as it was."""

    def __enter__(self) -> Self:
        """Begin to take single keys."""

    def __exit__(self, *_: object) -> None:
        """Give the keyboard back as it was."""

    def poll(self, timeout_s: float) -> str | None:
        """Return the name of the next key ("space", "n", "?", "up"), or None if none comes in time."""


class NoKeys:
    """No keyboard: standard input is a pipe or a file. Polling only waits."""

    gone = True

    def enter(self) -> None:
        """Do nothing."""

    def leave(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def poll(self, timeout_s: float) -> str | None:
        """Wait, and return None."""
        time.sleep(timeout_s)
        return None


class BlessedKeys:
    """The real keyboard. Upper and lower case are the same key. Ctrl-C raises KeyboardInterrupt as always."""

    def __init__(self) -> None:
        """Use the keyboard of standard input; nothing is changed before `enter`."""
        from blessed import Terminal  # noqa: PLC0415 - slow to import, and a session sounds before it takes keys

        # force_styling=None: we only read keys. Otherwise blessed asks the terminal about itself when it is
        # made, and waits 10 s where nothing answers. It reads standard input only beside a terminal.
        stream = sys.__stdout__ if _is_terminal(sys.__stdout__) else sys.__stderr__
        self._terminal: Any = Terminal(stream=stream, force_styling=None)
        self._mode = contextlib.ExitStack()
        self.gone = not can_read_keys()

    def enter(self) -> None:
        """Begin to take single keys."""
        self._mode.enter_context(self._terminal.cbreak())

    def leave(self) -> None:
        """Give the keyboard back as it was."""
        # The terminal may have gone, and then there is nothing to give back.
        with contextlib.suppress(OSError, ValueError, _termios_error()):
            self._mode.close()

    def __enter__(self) -> Self:
        """Begin to take single keys."""
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the keyboard back as it was."""
        self.leave()

    def poll(self, timeout_s: float) -> str | None:
        """Return the name of the next key, or None if none comes in time."""
        if self.gone:
            time.sleep(timeout_s)
            return None
        try:
            key = self._terminal.inkey(timeout=timeout_s)
        except (EOFError, OSError):
            self.gone = True  # the terminal was closed; do not ask it again and again
            return None
        return key_name(str(key), key.name) if key else None


def key_name(text: str, name: str | None = None) -> str | None:
    """Return our name for a key, from its letter and blessed's name for it; None if it means nothing."""
    known = _NAMES.get(name or text)
    if known:
        return known
    return text.lower() if len(text) == 1 and text.isprintable() else None


def can_read_keys() -> bool:
    """Return whether standard input is a terminal, and standard output or error is it as well."""
    return _is_terminal(sys.__stdin__) and (_is_terminal(sys.__stdout__) or _is_terminal(sys.__stderr__))


def open_keys() -> Keys:
    """Return the keyboard, or `NoKeys` where there is none."""
    return BlessedKeys() if can_read_keys() else NoKeys()


def _is_terminal(stream: Any) -> bool:
    try:
        return stream is not None and bool(stream.isatty())
    except ValueError:  # it is closed
        return False


def _termios_error() -> type[Exception]:
    try:
        import termios  # noqa: PLC0415 - not on Windows
    except ImportError:
        return OSError
    return termios.error
