"""`steady doctor --mic`: the level of the microphone, live, and a word that the person is asked to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from routines.phrases import Phrases
from skill.errors import fault_lines
from speech.clips import Samples
from speech.hearing.port import HEARING_HZ, HEARING_PER_MS, Ears, Heard, HearingError, Word, level_db
from speech.microphone import Microphone, MicrophoneError, advice
from speech.microphone import MicrophoneCode as Code

#: How often the level is shown, and for how long the word is waited for.
EVERY_MS = 500
FOR_MS = 15_000

#: What the person is asked to say.
TEST_WORD = Word.PAUSE

#: Decibels below full scale: below the first nothing can be made out; above the second sound is cut off.
FAINT_DB = -50.0
_BAR_DB = 60
_BAR_WIDTH = 20
_CUT_OFF = 32_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line to show; a passing one may be overwritten by the next."""

    text: str
    passing: bool = False
    ok: bool | None = None  #: the verdict, in the last line


def check(microphone: Microphone, open_ears: Callable[[], Ears], say: Phrases) -> Iterator[Line]:
    """Yield what there is to show, as it comes; the last line holds the verdict."""
    try:
        microphone.open()
        yield Line(say("hearing.check.microphone", name=microphone.description))
        ears = open_ears()
    except (MicrophoneError, HearingError) as error:
        microphone.close()
        yield from _bad(fault_lines(error, say), say)
        return
    try:
        yield Line(say("hearing.check.say", word=say.lines(f"listen.words.{TEST_WORD}")[0]))
        yield from _listened(microphone, ears, say)
    except MicrophoneError as error:
        yield from _bad(fault_lines(error, say), say)
    finally:
        microphone.close()
        ears.close()


def _listened(microphone: Microphone, ears: Ears, say: Phrases) -> Iterator[Line]:
    ears.expect(frozenset({TEST_WORD}))
    whole: list[Samples] = []
    shown = 0
    since_ms: int | None = None
    while (chunk := microphone.read()) is not None:
        since_ms = chunk.at_ms if since_ms is None else since_ms
        whole.append(chunk.samples)
        silence = np.zeros(len(chunk.samples) * 24_000 // HEARING_HZ, dtype=np.int16)
        ears.played(silence, chunk.at_ms)
        for heard in ears.feed(chunk.samples, chunk.at_ms):
            yield _verdict(heard, say)
            return
        passed_ms = chunk.at_ms - since_ms
        if passed_ms >= (shown + 1) * EVERY_MS:
            shown += 1
            recent = np.concatenate(whole)[-EVERY_MS * HEARING_PER_MS :]
            yield Line(_level(recent, say), passing=True)
        if passed_ms >= FOR_MS:
            break
    yield from _not_heard(np.concatenate(whole) if whole else np.zeros(0, dtype=np.int16), say)


def _verdict(heard: Heard, say: Phrases) -> Line:
    if heard.word is TEST_WORD:
        return Line(say("hearing.check.heard", text=heard.text), ok=True)
    return Line(say("hearing.check.other", text=heard.text), ok=True)


def _not_heard(whole: Samples, say: Phrases) -> Iterator[Line]:
    """Say what may be wrong, from how loud it was at its loudest."""
    if not whole.any():
        yield from _bad(advice(MicrophoneError(Code.SILENT), say), say)
        return
    steps = range(0, len(whole), EVERY_MS * HEARING_PER_MS)
    loudest_db = max(level_db(whole[at : at + EVERY_MS * HEARING_PER_MS]) for at in steps)
    cut_off = int(np.abs(whole.astype(np.int32)).max()) > _CUT_OFF
    why = "faint" if loudest_db < FAINT_DB else "loud" if cut_off else "unclear"
    yield from _bad(say.lines(f"hearing.check.{why}"), say)


def _bad(lines: tuple[str, ...], say: Phrases) -> Iterator[Line]:
    first, *remedies = lines
    yield Line(say("doctor.bad", name=say("hearing.check.name"), detail=first), ok=False)
    for remedy in remedies:
        yield Line(say("doctor.remedy", remedy=remedy), ok=False)


def _level(samples: Samples, say: Phrases) -> str:
    level = level_db(samples)
    filled = round(max(0.0, min(1.0, 1 + level / _BAR_DB)) * _BAR_WIDTH)
    return say("hearing.check.level", bar="#" * filled + "." * (_BAR_WIDTH - filled), level=round(level))
