"""What is heard, as values, and the ports: ears that are fed with sound, and engines that find words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from speech.clips import Samples

#: The rate of everything in here: what engines are trained for. Microphones are opened with it.
HEARING_HZ = 16_000
HEARING_PER_MS = HEARING_HZ // 1000


class Word(StrEnum):
    """What a phrase that was heard means: the same few things that keys mean."""

    STOP = "stop"
    HURTS = "hurts"
    PAUSE = "pause"
    RESUME = "resume"
    NEXT = "next"
    PREVIOUS = "previous"
    REPEAT = "repeat"
    SLOWER = "slower"
    FASTER = "faster"
    EASIER = "easier"
    SKIP = "skip"
    CANNOT = "cannot"
    HOW_LONG = "how-long"
    LOUDER = "louder"
    QUIETER = "quieter"
    HELP = "help"
    READY = "ready"
    YES = "yes"
    NO = "no"
    NUMBER = "number"
    CHOICE = "choice"
    RATHER_NOT = "rather-not"
    LEFT = "left"
    RIGHT = "right"
    ROUTINE = "routine"
    STOP_SHARING = (
        "stop-sharing"  #: let no caregiver start or see anything any more; while one of theirs asks
    )
    UNCLEAR = "unclear"  #: somebody spoke, and it is none of what is expected; said only where it is expected


#: Always listened for, whatever else is: and in doubt they are taken as said.
ALWAYS = frozenset({Word.STOP, Word.HURTS})

#: Answers: listened for only while a question waits for one.
ANSWERS = frozenset(
    {
        Word.YES,
        Word.NO,
        Word.NUMBER,
        Word.CHOICE,
        Word.RATHER_NOT,
        Word.LEFT,
        Word.RIGHT,
        Word.ROUTINE,
        Word.STOP_SHARING,
        Word.UNCLEAR,
    }
)

#: What can be said while no question is asked.
COMMANDS = frozenset(Word) - ANSWERS


class Amid(StrEnum):
    """What else sounded while something was said."""

    QUIET = "quiet"
    COACH = "coach"  #: the coach was speaking
    NOISE = "noise"  #: the coach was not, and it hardly stood out from what went on all the time


@dataclass(frozen=True, slots=True)
class Meaning:
    """What was said, boiled down.

    `value` goes with some words: the number (0-10), the number of a choice (1-3), the routine's id, or, after
    "I cannot", what cannot be done ("kneel"; see `routines.model.Barrier`), None where it was not said.
    """

    word: Word
    value: int | str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """Something a person said that means something."""

    meaning: Meaning
    text: str  #: the phrase it was taken for, as the grammar has it; never more than that of what was said
    score: float  #: how sure the engine is, 0-1; for the doctor and the bench
    began_at_ms: int  #: where it begins and ends, on the clock of the times handed to `feed`
    ended_at_ms: int

    @property
    def word(self) -> Word:
        """What it means."""
        return self.meaning.word


@dataclass(frozen=True, slots=True)
class Guess:
    """What an engine takes a piece of sound for."""

    meaning: Meaning
    text: str
    score: float


class Recogniser(Protocol):
    """An engine: tells what a piece of sound means. Used by one thread at a time; costly to make."""

    @property
    def key(self) -> str:
        """Engine, version and model, for the doctor and the bench."""

    def recognise(
        self, samples: Samples, expecting: frozenset[Word], *, amid: Amid = Amid.QUIET
    ) -> Guess | None:
        """Return what was said in `samples` (mono, 16 kHz); None for anything that is not expected.

        `amid` what else sounds it was said: if anything, be surer than otherwise.
        Engines may hold the interpreter's lock: `aside` gives them a process of their own, so that sound is
        played on time.
        """

    def close(self) -> None:
        """Let go of the engine. Harmless when done twice."""


class Ears(Protocol):
    """Listens to a microphone through the coach's own voice. Opens no device and starts no thread."""

    def expect(self, words: frozenset[Word]) -> None:
        """Listen for these from now on, and for `ALWAYS`. From any thread; `COMMANDS` at the beginning."""

    def played(self, samples: Samples, at_ms: int) -> None:
        """Tell what is handed to the speaker (mono, 24 kHz); for the speaker's thread: brief.

        `at_ms` is about when its first sample is heard, on the same clock as that of `feed`: 200 ms either
        way do no harm, samples that are left out or told twice do. Silence has to be told too.
        """

    def feed(self, samples: Samples, at_ms: int) -> tuple[Heard, ...]:
        """Take the next sound from the microphone (mono, 16 kHz); return what was said, once that is clear.

        `at_ms` is about when its first sample was picked up. Any length will do; 20-60 ms is good. Some calls
        take a few hundred milliseconds, so it has a thread of its own, and sound that comes meanwhile waits.
        """

    def close(self) -> None:
        """Let go of the engine. Harmless when done twice."""


class HearingCode(StrEnum):
    """What can be wrong with an engine; each is a phrase under `listen.fault`."""

    NO_PACKAGE = "no-package"  #: what listening needs is not installed; `name` is the package
    NO_ENGINE = "no-engine"  #: there is no engine called `name`
    NO_MODEL = "no-model"  #: there is no model at `name`, or the engine needs the path of one
    BROKEN = "broken"  #: the process of the engine `name` came to an end by itself
    NO_LANGUAGE = "no-language"  #: the engine does not know the language `name`


class HearingError(Exception):
    """Listening is not possible. `code` is stable, `name` is what it is about, `detail` is for the doctor."""

    def __init__(self, code: HearingCode, name: str, detail: str = "") -> None:
        """Keep the parts."""
        super().__init__(f"{code}: {name}: {detail}")
        self.code = code
        self.name = name
        self.detail = detail


def level_db(samples: Samples) -> float:
    """Return how loud sound is, in decibels below full scale; -100 for silence."""
    if not len(samples):
        return -100.0
    power = float(np.mean(np.square(samples.astype(np.float32) / 32768.0)))
    return max(-100.0, 10.0 * float(np.log10(power + 1e-12)))
