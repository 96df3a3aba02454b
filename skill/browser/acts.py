"""What a browser may send about a session, and the event that it means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routines.course import Course
from routines.events import (
    Answer,
    BlockFinished,
    Cannot,
    Easier,
    Event,
    Faster,
    HowLong,
    Next,
    Pain,
    Pause,
    Previous,
    Ready,
    Repeat,
    Resume,
    Skip,
    Slower,
    Stop,
)
from routines.session import Session, State
from skill.browser.driver import BrowserError
from skill.key_events import barrier_here

_PLAIN: Mapping[str, type[Event]] = {
    "next": Next,
    "previous": Previous,
    "repeat": Repeat,
    "resume": Resume,
    "slower": Slower,
    "faster": Faster,
    "easier": Easier,
    "skip": Skip,
    "how-long": HowLong,
    "pain": Pain,
    "stop": Stop,
}
#: A day: nothing that plays is longer.
_LONGEST_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that happened in a browser: a touch, or a block that has been played."""

    name: str
    block: str = ""  #: what was playing; "" for words in between, or nothing
    offset_ms: int | None = None  #: how far it had come
    value: bool | int | None = None  #: an answer
    question: str = ""  #: which question it answers; "" for whichever is asked

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> Act:
        """Return what was sent. BrowserError `not-understood` if it is of no use."""
        name, block, question = plain.get("name"), plain.get("block", ""), plain.get("question", "")
        offset_ms, value = plain.get("offset_ms"), plain.get("value")
        good = isinstance(name, str) and isinstance(block, str) and isinstance(question, str)
        good = good and isinstance(value, (bool, int, type(None)))
        if offset_ms is not None:
            good = good and isinstance(offset_ms, (int, float)) and 0 <= offset_ms <= _LONGEST_MS
        if not good:
            raise BrowserError("not-understood")
        return Act(
            name=str(name),
            block=str(block),
            offset_ms=None if offset_ms is None else int(offset_ms),
            value=value,
            question=str(question),
        )

    def event(self, session: Session, course: Course) -> Event:  # noqa: PLR0911 - a table that cannot be one
        """Return what it means now. BrowserError `not-understood` if it means nothing.

        An answer to another question than the one that is asked is `answered`: somebody touched twice.
        """
        offset_ms = self.offset_ms if self.block == session.block else None
        match self.name:
            case "finished":
                return BlockFinished(block=self.block)
            case "answer":
                if self.question not in ("", session.question):
                    raise BrowserError("answered")
                return Answer(value=self.value)
            case "ready":
                return Resume() if session.state is State.PAUSED else Ready(offset_ms=offset_ms)
            case "pause":
                return Pause(offset_ms=offset_ms)
            case "cannot":
                barrier = barrier_here(session, course)
                if barrier is None:
                    return Repeat()
                return Cannot(barrier=barrier, offset_ms=offset_ms)
            case _:
                kind = _PLAIN.get(self.name)
                if kind is None:
                    raise BrowserError("not-understood")
                return kind(offset_ms=offset_ms)

    def __call__(self, session: Session, course: Course) -> Event:
        """Return the same as `event`."""
        return self.event(session, course)
