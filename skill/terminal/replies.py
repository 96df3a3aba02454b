"""Where answers to questions come from: single keys, or lines from a pipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol, TextIO

from skill.terminal.keys import Keys

_STEP_S = 0.1


class Entry(Enum):
    """How an answer is given on a keyboard."""

    KEY = auto()  #: one key is the answer
    DIGITS = auto()  #: digits, then Enter; any other key is an answer at once


@dataclass(frozen=True, slots=True)
class Listener:
    """What is called while an answer is awaited."""

    typed: Callable[[str], None]  #: the digits so far
    silent: Callable[[], None]  #: nothing has been answered for a while
    idle: Callable[[], None]  #: about ten times a second: keep the screen fresh


class Replies(Protocol):
    """Where answers come from."""

    def read(self, entry: Entry, listener: Listener) -> str | None:
        """Return the next answer in small letters, "" for Enter alone; None when none can come any more."""


class KeyReplies:
    """Answers by key. Waits as long as it takes."""

    def __init__(self, keys: Keys, *, remind_s: float | None = None) -> None:
        """Take keys from `keys`; after `remind_s` of silence, then twice as long, tell the listener."""
        self._keys = keys
        self._remind_s = remind_s

    def read(self, entry: Entry, listener: Listener) -> str | None:
        """Return the next answer; None when the keyboard has gone."""
        digits = ""
        while (key := self._next(listener)) is not None:
            if entry is Entry.KEY:
                return "" if key == "enter" else key
            if key == "enter":
                return digits
            if key == "backspace":
                digits = digits[:-1]
            elif key.isdecimal():
                digits += key
            else:
                return key
            listener.typed(digits)
        return None

    def _next(self, listener: Listener) -> str | None:
        silence_s, remind_s = 0.0, self._remind_s
        while not self._keys.gone:
            key = self._keys.poll(_STEP_S)
            if key is not None:
                return key
            listener.idle()
            silence_s += _STEP_S
            if remind_s is not None and silence_s >= remind_s:
                listener.silent()
                silence_s, remind_s = 0.0, remind_s * 2
        return None


class LineReplies:
    """Answers from a pipe or a file, one a line."""

    def __init__(self, stream: TextIO) -> None:
        """Read from `stream`."""
        self._stream = stream

    def read(self, entry: Entry, listener: Listener) -> str | None:  # noqa: ARG002 - a line is a line
        """Return the next line without blanks around it; None at the end."""
        try:
            line = self._stream.readline()
        except (OSError, ValueError):  # closed, or not text
            return None
        return line.strip().lower() if line else None
