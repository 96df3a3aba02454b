"""From words that were heard to events: what is listened for, and what it means where one stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from routines.course import Course
from routines.events import (
    Answer,
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
from routines.model import Barrier, Side
from routines.session import Session, State, possible
from skill.key_events import Control, barrier_here
from speech.hearing.port import Heard, Meaning, Word


class Ear(Protocol):
    """Listens beside everything else. Every method may be called from any thread, and none waits."""

    @property
    def on(self) -> bool:
        """Whether a microphone is open."""

    def expect(self, words: frozenset[Word]) -> None:
        """Listen for these from now on. An answer that was begun before is none to what is asked now."""

    def heard(self) -> tuple[Heard, ...]:
        """Return what was said since the last call, in order."""

    def fault(self) -> Exception | None:
        """Return why nothing is heard any more; None while there is nothing to tell, or once that is over.

        A `MicrophoneError` with the code `SILENT` says only that nothing but silence came: it goes on.
        Any other may stay for a while though the ear is `on` again, so that it is not told over and over.
        """


class NoEar:
    """Nobody listens."""

    on = False

    def expect(self, words: frozenset[Word]) -> None:
        """Do nothing."""

    def heard(self) -> tuple[Heard, ...]:
        """Return nothing."""
        return ()

    def fault(self) -> Exception | None:
        """Return None."""
        return None


class Aside(StrEnum):
    """What a person wants of the driver itself, not of the session."""

    CAN_SAY = "can-say"  #: hear what can be said
    AGAIN = "again"  #: hear the question once more
    UNCLEAR = "unclear"  #: something was said in answer, but what?


@dataclass(frozen=True, slots=True)
class Chosen:
    """The routine that was named."""

    routine: str  #: its id


Wanted = Event | Control | Aside | Chosen | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands: the session, and what a question waits for, if there is one."""

    session: Session
    course: Course
    expects: str = ""  #: as in `questions.<id>.expects`; "" where nothing is asked
    offset_ms: int | None = None

    @property
    def situation(self) -> str:
        """What can be said here has the phrases `hearing.can-say.<situation>`."""
        if self.expects:
            return self.expects
        if self.session.waiting and self.session.state in (State.LEADING, State.WORKING, State.RESTING):
            return "waiting"
        return "paused" if self.session.state is State.PAUSED else "running"


#: What answers a question of each kind.
_ANSWERS: dict[str, frozenset[Word]] = {
    "yes-no": frozenset({Word.YES, Word.NO}),
    "ready": frozenset({Word.READY, Word.YES}),
    "number": frozenset({Word.NUMBER, Word.RATHER_NOT}),
    "choice": frozenset({Word.CHOICE, Word.RATHER_NOT}),
    "side": frozenset({Word.LEFT, Word.RIGHT, Word.RATHER_NOT}),
    "routine": frozenset({Word.ROUTINE, Word.YES}),
}

#: Every kind of question.
QUESTIONS = tuple(_ANSWERS)

#: The answers that are said in one word.
_VALUES: dict[Word, bool | Side | None] = {
    Word.YES: True,
    Word.NO: False,
    Word.LEFT: Side.LEFT,
    Word.RIGHT: Side.RIGHT,
    Word.RATHER_NOT: None,
}

#: What takes effect whatever is going on. The first two err towards stopping.
SAFE = frozenset({Word.STOP, Word.HURTS, Word.PAUSE})
_ANYWHERE = frozenset({Word.LOUDER, Word.QUIETER, Word.HELP, Word.REPEAT})

_EVENTS: dict[Word, type[Event]] = {
    Word.STOP: Stop,
    Word.HURTS: Pain,
    Word.PAUSE: Pause,
    Word.RESUME: Resume,
    Word.NEXT: Next,
    Word.PREVIOUS: Previous,
    Word.REPEAT: Repeat,
    Word.SLOWER: Slower,
    Word.FASTER: Faster,
    Word.EASIER: Easier,
    Word.SKIP: Skip,
    Word.CANNOT: Cannot,
    Word.HOW_LONG: HowLong,
    Word.READY: Ready,
}

_ASIDES: dict[Word, Control | Aside] = {
    Word.LOUDER: Control.LOUDER,
    Word.QUIETER: Control.SOFTER,
    Word.HELP: Aside.CAN_SAY,
    Word.UNCLEAR: Aside.UNCLEAR,
}


def answering(expects: str) -> frozenset[Word]:
    """Return the words that make sense while a question of this kind waits; `QUESTIONS` are the kinds."""
    return SAFE | _ANYWHERE | _ANSWERS[expects] | {Word.UNCLEAR}


def listened_for(standing: Standing) -> frozenset[Word]:
    """Return the words that make sense now: fewer words, fewer mistakes."""
    if standing.session.is_over:
        return frozenset({Word.STOP})
    if standing.expects:
        return answering(standing.expects)
    words = {word for word, event in _EVENTS.items() if event in possible(standing.session.state)}
    if standing.situation == "waiting":
        words |= {Word.READY, Word.RESUME, Word.YES}
    elif standing.situation == "paused":
        words |= {Word.READY}
    return SAFE | _ANYWHERE | words


def understood(meaning: Meaning, standing: Standing) -> Wanted:
    """Return what something that was said means now; None if it means nothing here."""
    if meaning.word not in listened_for(standing):
        return None
    if meaning.word in _ASIDES:
        return _ASIDES[meaning.word]
    if meaning.word in SAFE:
        return _EVENTS[meaning.word](offset_ms=standing.offset_ms)
    return _answer(meaning) if standing.expects else _event(meaning, standing)


def _answer(meaning: Meaning) -> Wanted:
    match meaning.word:
        case Word.REPEAT:
            return Aside.AGAIN
        case Word.READY:
            return Ready()
        case Word.ROUTINE:
            return Chosen(str(meaning.value))
        case word if word in _VALUES:
            return Answer(value=_VALUES[word])
        case _:
            return Answer(value=meaning.value) if isinstance(meaning.value, int) else None


def _event(meaning: Meaning, standing: Standing) -> Wanted:
    word, waiting = meaning.word, standing.situation == "waiting"
    if word in (Word.READY, Word.YES, Word.RESUME):
        return Ready() if waiting or standing.session.state is not State.PAUSED else Resume()
    if word is Word.CANNOT:
        named = Barrier(meaning.value) if isinstance(meaning.value, str) else None
        barrier = named or barrier_here(standing.session, standing.course)
        return Cannot(barrier=barrier, offset_ms=standing.offset_ms) if barrier else None
    return _EVENTS[word](offset_ms=standing.offset_ms)
