"""A view: everything that is on the screen at one moment, and the words for it.

Whoever drives a session makes views; the full-screen display and the plain lines only show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self

from routines.model import Side
from routines.phrases import Phrases

NORMAL_PERCENT = 100


class ViewState(StrEnum):
    """What is going on, as the person should understand it. Each has its word in `terminal.state`."""

    CHECKING = "checking"  #: the questions before
    LEADING = "leading"  #: explaining, getting into position
    WAITING = "waiting"  #: nothing starts until the person says "ready"
    WORKING = "working"
    RESTING = "resting"
    PAUSED = "paused"
    ASKING = "asking"  #: how was that
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything on screen at one moment. Texts are in the person's words; "" where there is nothing."""

    state: ViewState
    title: str = ""  #: the exercise as it is spoken, or the routine
    routine: str = ""
    exercise_no: int | None = None  #: from 1
    exercises: int | None = None
    side: Side | None = None
    set_no: int | None = None  #: from 1
    sets: int | None = None
    big: str = ""  #: the very large text: the count or the time left, "7" or "0:42"
    big_label: str = ""  #: what the number is: "seconds left", "of 12"
    counts_left: int | None = None  #: how many counts come after this one, if `big` is a count
    caption: str = ""  #: what is being said now
    next: str = ""  #: what comes next
    elapsed_ms: int = 0  #: of the whole session
    total_ms: int = 0
    total_is_estimate: bool = False
    block_ms: int = 0  #: of this set
    block_total_ms: int = 0
    notice: str = ""  #: what has to stay visible, for example the remedy where there is no sound device
    muted: bool = False
    gain_percent: int = NORMAL_PERCENT
    plan: str = ""  #: what differs from the usual, as `pace_words` has it
    hint: str = ""  #: what can be answered now; it takes the place of the keys
    expects: str = ""  #: what kind of answer is waited for, as `routines.events.Ask` has it
    listening: bool = False  #: whether a microphone is open


class Face(Protocol):
    """A way to show views: the full screen, or plain lines. Used as a context manager."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was found."""

    def show(self, view: View) -> None:
        """Show this view now. OutputClosedError if nobody can see it any more."""


class OutputClosedError(Exception):
    """Whatever read our output has gone, for example `| head`. A session should end politely."""

    code = "output-closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The words around a view's own texts, in the person's language; "" where there is nothing to say."""

    state: str
    exercise: str  #: "Exercise 3 of 6"
    exercise_short: str  #: "3 of 6"
    side: str  #: "Left side"
    set: str  #: "Set 2 of 3"
    this_set: str  #: names the bar of the set
    session: str  #: names the bar of the session
    set_time: str  #: "0:18 of 0:40"
    session_time: str  #: "4:10 of about 22:30"
    next: str  #: "Next: right side"
    notice: str
    sound: str  #: "Sound off", "Sound 150 %"
    listening: str
    plan: str

    @property
    def where(self) -> tuple[str, ...]:
        """Side and set, those that there are."""
        return tuple(text for text in (self.side, self.set) if text)

    @property
    def settings(self) -> tuple[str, ...]:
        """What differs from the usual: pace, sound, microphone."""
        return tuple(text for text in (self.plan, self.sound, self.listening) if text)


def labels(view: View, phrases: Phrases) -> Labels:
    """Return the words around a view's texts."""

    def words(name: str, when: object, **values: object) -> str:
        return phrases(f"terminal.{name}", **values) if when else ""

    numbered = view.exercise_no and view.exercises
    session_time = "terminal.time_about" if view.total_is_estimate else "terminal.time"
    return Labels(
        state=phrases(f"terminal.state.{view.state}"),
        exercise=words("exercise", numbered, no=view.exercise_no, of=view.exercises),
        exercise_short=words("exercise_short", numbered, no=view.exercise_no, of=view.exercises),
        side=words(f"side.{view.side}", view.side),
        set=words("set", view.set_no and (view.sets or 0) > 1, no=view.set_no, of=view.sets),
        this_set=phrases("terminal.this_set"),
        session=phrases("terminal.session"),
        set_time=words(
            "time", view.block_total_ms, done=clock(view.block_ms), total=clock(view.block_total_ms)
        ),
        session_time=phrases(session_time, done=clock(view.elapsed_ms), total=clock(view.total_ms))
        if view.total_ms
        else "",
        next=words("next", view.next, what=view.next),
        notice=words("notice", view.notice, what=view.notice),
        sound=_sound(view, phrases),
        listening=words("listening", view.listening),
        plan=view.plan,
    )


def clock(length_ms: int) -> str:
    """Return a length as a clock shows it, whole seconds rounded down: "0:42", "1:02:03"."""
    seconds = max(0, length_ms) // 1000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def pace_words(pace_percent: int, phrases: Phrases) -> str:
    """Return a pace in words: "" at 100, "Slower, 1.25x the time" at 125, "Faster, ..." below 100."""
    if pace_percent == NORMAL_PERCENT:
        return ""
    kind = "slower" if pace_percent > NORMAL_PERCENT else "faster"
    return phrases(f"terminal.pace.{kind}", factor=f"{pace_percent / NORMAL_PERCENT:g}")


def _sound(view: View, phrases: Phrases) -> str:
    if view.muted:
        return phrases("terminal.sound_off")
    if view.gain_percent == NORMAL_PERCENT:
        return ""
    return phrases("terminal.sound", percent=view.gain_percent)
