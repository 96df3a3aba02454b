"""`steady doctor --mic`: the level of the microphone, live, and a word that the person is asked to say."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from routines.phrases import Phrases
from skill.doctor import Finding, unwell
from speech.clips import Samples
from speech.clock import Clock, MonotonicClock
from speech.hearing.port import COMMANDS, HEARING_HZ, HEARING_PER_MS, Ears, Heard, Word, level_db
from speech.microphone import Microphone, MicrophoneCode, MicrophoneError

#: What this check is called where findings are told.
NAME = "microphone"

#: How often the level is shown, and for how long the word is waited for.
EVERY_MS = 500
FOR_MS = 15_000

#: What the person is asked to say, as `hearing.check.word` has it, and what is listened for: as in a session.
TEST_WORD = Word.NEXT
EXPECTED = COMMANDS | {Word.UNCLEAR}

#: Decibels below full scale: below this nothing can be made out.
FAINT_DB = -50.0

#: A sample this large is as large as can be; so many in one step are no single click.
_LARGEST = 32_700
_CUT_OFF = 16

_BAR_DB = 60
_BAR_WIDTH = 20
_PLAYED_HZ = 24_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line to show meanwhile; a passing one may be overwritten by the next."""

    text: str
    passing: bool = False


class Level(StrEnum):
    """How loud it was; each is a phrase under `hearing.check.levels`. From the softest to the loudest."""

    SILENT = "silent"  #: nothing but zeros: no microphone that is on is as quiet as that
    FAINT = "faint"
    GOOD = "good"
    LOUD = "loud"  #: cut off


_SOFTEST_FIRST = tuple(Level)


class Meter:
    """How loud it is, step by step, and was at its loudest. Keeps half a second of sound at most."""

    def __init__(self) -> None:
        """Begin with silence."""
        self.loudest = Level.SILENT
        self._step: list[Samples] = []
        self._frames = 0

    def take(self, samples: Samples) -> tuple[Level, float] | None:
        """Take the next sound; at the end of a step return how loud that was, and in decibels."""
        self._step.append(samples)
        self._frames += len(samples)
        if self._frames < EVERY_MS * HEARING_PER_MS:
            return None
        step = np.concatenate(self._step)
        self._step, self._frames = [], 0
        level, decibels = _level(step), level_db(step)
        self.loudest = max(self.loudest, level, key=_SOFTEST_FIRST.index)
        return level, decibels


def check(
    microphone: Microphone, open_ears: Callable[[], Ears], say: Phrases, clock: Clock | None = None
) -> Generator[Line | Finding, None, None]:
    """Yield what there is to show, as it comes, and in the end what was found. Keeps and writes no sound."""
    with ExitStack() as opened:
        opened.callback(microphone.close)
        try:
            microphone.open()
            yield Line(say("hearing.check.microphone", name=microphone.description))
            ears = open_ears()
            opened.callback(ears.close)
            yield Line(_asked(say))
            yield Line(say("hearing.check.how-long", seconds=FOR_MS // 1000))
            yield from _listened(microphone, ears, say, (clock or MonotonicClock()).now_ms())
        except Exception as error:  # noqa: BLE001 - whatever it is: a doctor that falls ill helps nobody
            yield unwell(NAME, error, say)


def _listened(microphone: Microphone, ears: Ears, say: Phrases, asked_ms: int) -> Iterator[Line | Finding]:
    """Listen until the word is understood, or time is up. What was said before it was asked for is none."""
    ears.expect(EXPECTED)
    meter = Meter()
    other = ""
    while (chunk := microphone.read()) is not None and chunk.at_ms < asked_ms + FOR_MS:
        if chunk.at_ms < asked_ms:
            continue
        silence = np.zeros(len(chunk.samples) * _PLAYED_HZ // HEARING_HZ, dtype=np.int16)
        ears.played(silence, chunk.at_ms)
        for heard in ears.feed(chunk.samples, chunk.at_ms):
            if heard.word is TEST_WORD:
                detail = say("hearing.check.heard", text=heard.text)
                yield Finding(name=NAME, ok=True, detail=detail)
                return
            other = heard.text or other
            yield Line(_again(heard, say))
        if (now := meter.take(chunk.samples)) is not None:
            yield Line(_bar(*now, say), passing=True)
    yield _not_heard(meter.loudest, other, say)


def _not_heard(loudest: Level, other: str, say: Phrases) -> Finding:
    """Say what may be wrong, from how loud it was at its loudest and what it was taken for."""
    match loudest:
        case Level.SILENT:
            return unwell(NAME, MicrophoneError(MicrophoneCode.SILENT), say)
        case Level.FAINT:
            why = "faint"
        case Level.LOUD:
            why = "loud"
        case Level.GOOD:
            why = "other" if other else "unclear"
    detail, *remedies = say.lines(f"hearing.check.{why}", text=other, word=say("hearing.check.word"))
    return Finding(name=NAME, ok=False, detail=detail, remedies=tuple(remedies))


def _asked(say: Phrases) -> str:
    return say("hearing.check.say", word=say("hearing.check.word"))


def _again(heard: Heard, say: Phrases) -> str:
    taken = "not-understood" if heard.word is Word.UNCLEAR else "taken-for"
    return say(f"hearing.check.{taken}", text=heard.text, word=say("hearing.check.word"))


def _level(step: Samples) -> Level:
    if not step.any():
        return Level.SILENT
    if np.count_nonzero(np.abs(step.astype(np.int32)) >= _LARGEST) >= _CUT_OFF:
        return Level.LOUD
    return Level.FAINT if level_db(step) < FAINT_DB else Level.GOOD


def _bar(level: Level, decibels: float, say: Phrases) -> str:
    filled = round(max(0.0, min(1.0, 1 + decibels / _BAR_DB)) * _BAR_WIDTH)
    bar = "#" * filled + "." * (_BAR_WIDTH - filled)
    how = say(f"hearing.check.levels.{level}")
    return say("hearing.check.level", bar=bar, level=round(decibels), how=how)
