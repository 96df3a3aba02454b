"""The full-screen display. It draws only what changed, at most ten times a second.

It writes to the terminal's descriptor itself, in one piece per frame: nothing flickers, and a signal handler
that has to restore the terminal never meets a half-written buffer.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol, Self, TextIO

from routines.phrases import Phrases
from skill.terminal.charset import UTF8, Charset
from skill.terminal.frame import BLANK, Frame, Line, fit, width_of
from skill.terminal.layout import draw
from skill.terminal.palette import coded
from skill.terminal.view import OutputClosedError, View

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_MIN_INTERVAL_MS = 100
_FALLBACK_SIZE = (80, 24)


class Manner(StrEnum):
    """How to show a session."""

    FULL = "full"
    PLAIN = "plain"


def manner(*, plain: bool, is_terminal: bool, env: Mapping[str, str], on_windows: bool = False) -> Manner:
    """Return how to show a session: plain lines if asked for, in a pipe, and where one cannot draw."""
    # A Windows console that is neither Windows Terminal nor set up otherwise may not know escape codes.
    old_console = on_windows and not (env.get("WT_SESSION") or env.get("TERM") or env.get("ANSICON"))
    drawable = is_terminal and env.get("TERM") not in ("dumb", "unknown") and not old_console
    return Manner.FULL if drawable and not plain else Manner.PLAIN


class Screen(Protocol):
    """A terminal that can be drawn on."""

    def size(self) -> tuple[int, int]:
        """Return columns and rows as they are now."""

    def write(self, text: str) -> None:
        """Write at once. OutputClosedError if the terminal has gone."""


class TtyScreen:
    """The real terminal behind a text stream."""

    def __init__(self, stream: TextIO) -> None:
        """Use the terminal that `stream` writes to."""
        self._descriptor = stream.fileno()
        self._encoding = stream.encoding

    def size(self) -> tuple[int, int]:
        """Return columns and rows as they are now."""
        try:
            columns, rows = os.get_terminal_size(self._descriptor)
        except OSError:
            columns, rows = shutil.get_terminal_size(_FALLBACK_SIZE)
        return (columns, rows) if columns and rows else _FALLBACK_SIZE

    def write(self, text: str) -> None:
        """Write at once. OutputClosedError if the terminal has gone."""
        left = memoryview(text.encode(self._encoding, "replace"))
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            raise OutputClosedError from None


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Display:
    """Shows views on the whole screen. Call `show` ten times a second; an unchanged view costs nothing."""

    def __init__(
        self,
        screen: Screen,
        phrases: Phrases,
        *,
        charset: Charset = UTF8,
        colours: bool = True,
        now_ms: Callable[[], int] = _monotonic_ms,
    ) -> None:
        """Draw on `screen`; `colours` False where the person set NO_COLOR."""
        self._screen = screen
        self._phrases = phrases
        self._charset = charset
        self._colours = colours
        self._now_ms = now_ms
        self._view: View | None = None
        self._frame: Frame | None = None
        self._drawn_ms = 0
        self._entries = 0

    def enter(self) -> None:
        """Take the whole screen; everything is drawn anew at the next `show`."""
        self._entries += 1
        self._frame = None
        self._screen.write(_ENTER)

    def leave(self) -> None:
        """Give the screen back as it was."""
        try:
            self._screen.write(_LEAVE)
        except OutputClosedError:
            return  # nothing is left to give back

    def __enter__(self) -> Self:
        """Take the whole screen."""
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the screen back as it was."""
        self.leave()

    def show(self, view: View) -> None:
        """Show a view. What can wait is shown by a later call, when a tenth of a second has passed."""
        size = self._screen.size()
        resized = self._frame is None or size != (self._frame.width, self._frame.height)
        if not resized and (view == self._view or not self._due(view)):
            return
        self._drawn_ms = self._now_ms()
        self._view = view
        frame = draw(view, *size, self._phrases, self._charset)
        changed = changes(None if resized else self._frame, frame, colours=self._colours)
        entries = self._entries
        if changed:
            self._screen.write(changed)
        if entries == self._entries:  # else the screen was given back and taken again meanwhile: draw it anew
            self._frame = frame

    def _due(self, view: View) -> bool:
        old = self._view
        if old is None or self._now_ms() - self._drawn_ms >= _MIN_INTERVAL_MS:
            return True
        return (view.state, view.big, view.caption) != (old.state, old.big, old.caption)


def changes(old: Frame | None, new: Frame, *, colours: bool) -> str:
    """Return what to write so that a screen with `old` on it (None: anything) shows `new`; "" if it does."""
    parts = [] if old else ["\x1b[2J"]
    for row, line in enumerate(new.lines):
        before = old.lines[row] if old else BLANK
        if line != before:
            parts.append(f"\x1b[{row + 1};1H{_padded(line, before, new, row, colours=colours)}")
    return "".join(parts)


def _padded(line: Line, before: Line, frame: Frame, row: int, *, colours: bool) -> str:
    # Blanks instead of "erase to the end of the line": that also eats the last column on some terminals. The
    # very last cell stays free, because writing there scrolls some of them.
    room = frame.width - (1 if row == frame.height - 1 else 0)
    line = fit(line, room, "")
    text = coded(line, colours=colours)
    missing = min(room, width_of(before)) - width_of(line)
    return text + " " * missing
