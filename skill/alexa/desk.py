"""What a conversation works with, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from routines.model import Routine
from routines.timeline import LaidBlock
from skill.alexa.audio import AudioLibrary, AudioOut
from skill.alexa.courses import Courses
from skill.alexa.reminders import AlexaReminders, Reminders
from skill.alexa.screen import Scene
from skill.alexa.talk import Talk
from skill.ports import Store
from speech.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered. Nothing at all where a request may not be answered."""

    talk: Talk
    lines: tuple[str, ...] = ()  #: said first
    lead: tuple[LaidBlock, ...] = ()  #: the same in time, where a turn follows, and "3, 2, 1"
    turn: Turn | None = None  #: played then
    question: tuple[str, ...] = ()  #: said last; without one the conversation ends
    reprompt: str = ""
    silent: bool = False  #: an empty answer: the request allows no other
    scene: Scene | None = None  #: the turn's place in the session, where there is a screen
    asks_permission: bool = False  #: a card that asks for the right to set reminders
    audio: AudioOut | None = None  #: what the audio player does then

    @property
    def ends(self) -> bool:
        """Whether the conversation is over."""
        return not self.question


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What every conversation shares: the store, the routines, whether a turn fits a reply."""

    store: Store
    find_routine: Callable[[str], Routine]
    routines: Callable[[], tuple[Routine, ...]]
    fits: Callable[[Turn], bool]
    audio: AudioLibrary | None = None  #: sessions as files, if they are played like that
    reminders: Reminders = field(default_factory=AlexaReminders)
    health: bool = False  #: numbers about health are asked and kept: for a private installation alone
    courses: Courses = field(default_factory=Courses)
