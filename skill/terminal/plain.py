"""Plain lines for pipes, logs and screen readers: one line per happening, never a redraw."""

from __future__ import annotations

import contextlib
import os
from enum import StrEnum
from typing import Self, TextIO

from routines.phrases import Phrases
from skill.terminal.charset import UTF8, Charset
from skill.terminal.view import OutputClosedError, View, ViewState, clock, labels

_LAST = 5
_EVERY = 5


class Counts(StrEnum):
    """Which counts become lines. A screen reader that reads all of them cannot keep up with the beat."""

    FIVES = "fives"  #: every fifth and the last five; words that come back on each beat once
    ALL = "all"  #: and every word each time
    NONE = "none"


class PlainLines:
    """Turns one view after another into the lines that are new. It prints nothing and knows no clock."""

    def __init__(
        self,
        phrases: Phrases,
        *,
        counts: Counts = Counts.FIVES,
        timestamps: bool = False,
        charset: Charset = UTF8,
    ) -> None:
        """Begin with nothing said. `timestamps` puts the session's time before each line."""
        self._phrases = phrases
        self._counts = counts
        self._timestamps = timestamps
        self._charset = charset
        self._before = View(state=ViewState.CHECKING)
        self._said: set[str] = set()

    def feed(self, view: View) -> tuple[str, ...]:
        """Return what a view has to say that the one before it had not, line by line."""
        before, self._before = self._before, view
        texts = (
            self._place(before, view),
            self._state(before, view),
            *self._settings(before, view),
            labels(view, self._phrases).notice if view.notice != before.notice else "",
            self._caption(before, view),
            view.hint if view.hint != before.hint else "",
            self._count(before, view),
            labels(view, self._phrases).next if view.next != before.next else "",
        )
        stamp = f"[{clock(view.elapsed_ms)}] " if self._timestamps else ""
        return tuple(stamp + self._charset.text(text) for text in texts if text)

    def _place(self, before: View, view: View) -> str:
        words = labels(view, self._phrases)
        parts: list[str] = []
        if _exercise(view) != _exercise(before):
            named = "terminal.plain.exercise" if words.exercise and view.title else "terminal.plain.title"
            title = view.title or view.routine
            parts.append(self._phrases(named, exercise=words.exercise, title=title) if title else "")
            parts.append(words.session_time)
        if _place(view) != _place(before):
            parts.extend(words.where)
        return self._phrases("terminal.plain.join").join(part for part in parts if part)

    def _state(self, before: View, view: View) -> str:
        return labels(view, self._phrases).state if view.state is not before.state else ""

    def _settings(self, before: View, view: View) -> tuple[str, ...]:
        words, old = labels(view, self._phrases), labels(before, self._phrases)
        usual = {
            "plan": self._phrases("terminal.pace.usual"),
            "sound": self._phrases("terminal.sound_usual"),
            "listening": self._phrases("terminal.not_listening"),
        }
        return tuple(
            getattr(words, name) or usual[name]
            for name in usual
            if getattr(words, name) != getattr(old, name)
        )

    def _caption(self, before: View, view: View) -> str:
        caption = view.caption
        if caption == before.caption or caption.isdecimal():
            return ""  # a number on the beat is a count
        if self._counts is Counts.ALL:
            return caption
        # "Squeeze", "and release" on every beat would flood a reader: once in each set is enough.
        if _place(view) != _place(before) or view.state is not before.state:
            self._said.clear()
        if caption in self._said:
            return ""
        self._said.add(caption)
        return caption

    def _count(self, before: View, view: View) -> str:
        if not view.big or (view.big, _place(view)) == (before.big, _place(before)):
            return ""
        if view.counts_left is None or not self._wanted(view.big, view.counts_left):
            return ""
        return self._phrases("terminal.plain.count", count=view.big, label=view.big_label).strip()

    def _wanted(self, big: str, left: int) -> bool:
        match self._counts:
            case Counts.ALL:
                return True
            case Counts.NONE:
                return False
            case Counts.FIVES:
                return left < _LAST or (big.isdecimal() and int(big) % _EVERY == 0)


class PlainFace:
    """Prints the lines of views to a stream, each at once."""

    def __init__(self, stream: TextIO, lines: PlainLines) -> None:
        """Print to `stream`."""
        self._stream = stream
        self._lines = lines

    def enter(self) -> None:
        """Do nothing: plain lines change nothing in the terminal."""

    def leave(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def show(self, view: View) -> None:
        """Print what is new in a view. OutputClosedError if the reader has gone."""
        for line in self._lines.feed(view):
            print_line(self._stream, line)


def print_line(stream: TextIO, line: str) -> None:
    """Print one line at once, "?" for letters that the stream lacks. OutputClosedError if nobody reads it."""
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()
    except (BrokenPipeError, ValueError):
        _silence(stream)
        raise OutputClosedError from None


def _silence(stream: TextIO) -> None:
    # What is still in the buffer would be flushed at exit, and fail again with a message of Python's own.
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _exercise(view: View) -> tuple[object, ...]:
    return view.title, view.routine, view.exercise_no, view.exercises


def _place(view: View) -> tuple[object, ...]:
    return *_exercise(view), view.side, view.set_no, view.sets
