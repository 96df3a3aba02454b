"""Ears: from two streams of sound to what a person said."""

from __future__ import annotations

from collections import deque

import numpy as np

from speech.clips import Samples
from speech.hearing.delay import Delay
from speech.hearing.echo import BLOCK, HISTORY, Canceller, Floats
from speech.hearing.port import (
    ALWAYS,
    COMMANDS,
    HEARING_HZ,
    HEARING_PER_MS,
    Amid,
    Guess,
    Heard,
    Meaning,
    Recogniser,
    Word,
)
from speech.hearing.segments import CHUNK, CHUNK_MS, Detector, Piece, Segments
from speech.hearing.shift import Shift
from speech.hearing.tape import Tape

#: Where in the filter the first sound from the speaker should lie, and how far off it may be.
_LEAD = 24 * HEARING_PER_MS
_NEAR = 20 * HEARING_PER_MS

#: What is left of the sound is a rest of the echo if it has less than this share of its power: 12 dB less.
#: While the room is being learnt, in the first seconds in which the coach is heard, more is left: 6 dB less.
_DROWNED = 0.06
_DROWNED_AT_FIRST = 0.25
_LEARNT_CHUNKS = 5000 // CHUNK_MS

#: From which power on the coach can be heard at the microphone; in how much of a piece it counts.
_AUDIBLE = 1e-5
_OFTEN = 0.25
_LOOK_BACK = 128

#: So many chunks of speech that make no sense are worth saying so.
_WORDY = 8

#: A clock that is off by more than this lost some sound: begin to count anew.
_LOST = HEARING_HZ * 300 // 1000


class Listener:
    """Takes the coach's voice out, cuts what is left at pauses, and asks an engine what was said."""

    def __init__(self, recogniser: Recogniser, detector: Detector) -> None:
        """Listen for commands, with this engine."""
        self._recogniser = recogniser
        self._expecting = COMMANDS
        self._tape = Tape()
        self._delay = Delay()
        self._canceller = Canceller()
        self._shift = Shift()
        self._segments = Segments(detector)
        self._lag = 0
        self._waiting: Floats = np.zeros(0, dtype=np.float32)
        self._clock: int | None = None  # the sample of the clock at which `_waiting` begins
        self._clean: Samples = np.zeros(0, dtype=np.int16)
        self._echo_power = 0.0  # of the loudest echo in the current chunk
        self._learnt = 0  # in how many chunks the coach has been heard since the canceller began
        self._echoes: deque[bool] = deque(maxlen=_LOOK_BACK)  # whether the coach was heard, chunk by chunk
        self._chunks_from = 0  # the sample of the clock at which the first chunk began
        self._maybe: tuple[Piece, frozenset[Word], Guess | None] | None = None

    @property
    def speaking(self) -> bool:
        """Whether somebody is being heard right now."""
        return self._segments.speaking

    def expect(self, words: frozenset[Word]) -> None:
        """Listen for these from now on, and for `ALWAYS`."""
        self._expecting = words | ALWAYS

    def played(self, samples: Samples, at_ms: int) -> None:
        """Tell what is handed to the speaker."""
        self._tape.tell(samples, at_ms)

    def feed(self, samples: Samples, at_ms: int) -> tuple[Heard, ...]:
        """Take the next sound from the microphone; return what was said, once that is clear."""
        self._keep_time(at_ms * HEARING_PER_MS)
        self._waiting = np.concatenate([self._waiting, samples.astype(np.float32) / np.float32(32768)])
        heard: list[Heard] = []
        while len(self._waiting) >= BLOCK:
            block, self._waiting = self._waiting[:BLOCK], self._waiting[BLOCK:]
            self._cancel(block)
            while len(self._clean) >= CHUNK:
                chunk, self._clean = self._clean[:CHUNK], self._clean[CHUNK:]
                piece = self._segments.take(chunk, drowned=self._drowned(chunk))
                if piece is not None and (said := self._understand(piece)) is not None:
                    heard.append(said)
        return tuple(heard)

    def close(self) -> None:
        """Let go of the engine. Harmless when done twice."""
        self._recogniser.close()

    def _keep_time(self, at: int) -> None:
        if self._clock is None:
            self._clock = at
            self._chunks_from = at - BLOCK
            return
        off = at - self._clock - len(self._waiting)
        if abs(off) > _LOST:
            self._clock += off
            self._chunks_from += off

    def _cancel(self, block: Floats) -> None:
        clock = self._clock or 0
        self._clock = clock + BLOCK
        lag = self._delay.take(block, self._tape.take(clock, BLOCK))
        if lag is not None and abs(lag - _LEAD - self._lag) > _NEAR:
            self._lag = lag - _LEAD
            self._canceller = Canceller()
            self._learnt = 0
        left = self._canceller.take(block, self._tape.take(clock - self._lag, BLOCK))
        self._echo_power = max(self._echo_power, self._canceller.echo_power)
        if later := self._shift.take(block, self._canceller.echo):
            self._lag += later
            self._delay = Delay()  # what it knows is of before
            self._segments.forget()  # a moment of the coach that could not be taken out
            self._canceller.realign(self._tape.take(clock + BLOCK - HISTORY - self._lag, HISTORY))
        clean = (np.clip(left, -1.0, 1.0) * np.float32(32767)).astype(np.int16)
        self._clean = np.concatenate([self._clean, clean])

    def _drowned(self, chunk: Samples) -> bool:
        """Whether what is left is so much softer than the echo that it is likely a rest of that."""
        echo_power, self._echo_power = self._echo_power, 0.8 * self._echo_power
        audible = echo_power > _AUDIBLE
        self._echoes.append(audible)
        self._learnt += audible
        power = float(np.mean(np.square(chunk.astype(np.float32) / np.float32(32768))))
        return power < (_DROWNED if self._learnt > _LEARNT_CHUNKS else _DROWNED_AT_FIRST) * echo_power

    def _understand(self, piece: Piece) -> Heard | None:
        """Ask the engine as soon as a piece may be over, tell when it is: the pause is for thinking."""
        known, self._maybe = self._maybe, None
        if known is not None and known[0].began == piece.began and known[0].ended == piece.ended:
            guess = known[2] if known[1] == self._expecting else self._guess(piece)
        else:
            guess = self._guess(piece)
        if not piece.over:
            self._maybe = piece, self._expecting, guess
            return None
        if guess is None:
            if Word.UNCLEAR not in self._expecting or piece.spoken < _WORDY:
                return None
            guess = Guess(Meaning(Word.UNCLEAR), "", 0.0)
        return Heard(
            guess.meaning, guess.text, guess.score, self._at_ms(piece.began), self._at_ms(piece.ended)
        )

    def _guess(self, piece: Piece) -> Guess | None:
        chunks = min(len(piece.samples) // CHUNK, len(self._echoes))
        echoes = sum(list(self._echoes)[-chunks:])
        coach = echoes > chunks * _OFTEN
        amid = Amid.COACH if coach else Amid.NOISE if piece.noisy else Amid.QUIET
        return self._recogniser.recognise(piece.samples, self._expecting, amid=amid)

    def _at_ms(self, chunk: int) -> int:
        return self._chunks_from // HEARING_PER_MS + chunk * CHUNK_MS
