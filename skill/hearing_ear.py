"""The ear of this machine: a thread that reads the microphone and leaves what was said to be fetched."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from skill.hearing import SAFE
from skill.hearing_news import News
from speech.clock import Clock, MonotonicClock
from speech.hearing.port import (
    ANSWERS,
    COMMANDS,
    HEARING_PER_MS,
    Ears,
    Heard,
    HearingCode,
    HearingError,
    Word,
)
from speech.microphone import Chunk, Microphone, MicrophoneCode, MicrophoneError
from speech.played import Played

#: What is heard of the coach is told to the ears this much before it is heard, if it is known by then.
AHEAD_MS = 250

#: So long after the ears are ready they are given sound: what was said before waited for them, and nobody
#: would expect it to count; and a microphone's times are exact only when nothing else is loaded any more.
SETTLE_MS = 300

#: On a machine that is too busy: sound that has waited longer than this is passed over, and words that were
#: said longer ago come too late, but for those that keep one safe.
LATE_MS = 4_000

#: A microphone that gives nothing but zeros for so long is muted, or kept from us without a word.
_SILENT_MS = 5_000

#: How often a microphone that was lost is looked for. One that is there and will not open is asked twice as
#: late each time, up to every so many seconds: each try may cost the sound server a connection.
LOOK_S = 3.0
_LOOK_AT_LEAST_S = 120.0


class MicrophoneEar:
    """Listens with a microphone until it is closed. Nothing that it hears is kept or leaves the process.

    A microphone that is lost is looked for, that one and no other, until it is there again.
    """

    def __init__(
        self,
        microphone: Microphone,
        open_ears: Callable[[], Ears],
        played: Played,
        clock: Clock | None = None,
        look_s: float = LOOK_S,
    ) -> None:
        """Begin to open the microphone, then the ears, which may take a while: in a thread of its own.

        `open_ears` is called anew for every microphone: what was learnt of the room does not hold any more.
        """
        self._microphone = microphone
        self._open_ears = open_ears
        self._played = played
        self._clock = clock or MonotonicClock()
        self._look_s = look_s
        self._lock = threading.Lock()
        self._expected: frozenset[Word] = COMMANDS
        self._expected_since_ms = 0
        self._told: frozenset[Word] | None = None
        self._heard: deque[Heard] = deque()
        self._news = News()
        self._silent_ms: int | None = 0
        self._silence_told = False
        self._lost = False  # the microphone, and it has given no sound since
        self._mended = False  # an engine that came to an end has been opened again
        self._closing = threading.Event()
        self._settled = threading.Event()
        self.on = False
        self._thread = threading.Thread(target=self._run, name="ear", daemon=True)
        self._thread.start()

    def settled(self, timeout_s: float) -> bool:
        """Wait until it is known whether the microphone can be used; return whether it is open."""
        self._settled.wait(timeout_s)
        return self.on

    def expect(self, words: frozenset[Word]) -> None:
        """Listen for these from now on. An answer that was begun before is none to what is asked now."""
        with self._lock:
            self._expected, self._expected_since_ms = words, self._clock.now_ms()

    def heard(self) -> tuple[Heard, ...]:
        """Return what was said since the last call, in order."""
        with self._lock:
            said = tuple(heard for heard in self._heard if self._counts(heard))
            self._heard.clear()
            return said

    def fault(self) -> Exception | None:
        """Return what there is to tell; see `Ear.fault`."""
        with self._lock:
            return self._news.fault(self._clock.now_ms())

    def close(self) -> None:
        """Let go of microphone and engine. Harmless when done twice."""
        self._closing.set()
        with self._lock:
            microphone = self._microphone
        microphone.close()
        self._thread.join(timeout=5.0)

    def _counts(self, heard: Heard) -> bool:
        if heard.word in SAFE:
            return True
        late = self._clock.now_ms() - heard.ended_at_ms > LATE_MS
        return not late and (heard.word not in ANSWERS or heard.began_at_ms >= self._expected_since_ms)

    # -- in the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._microphone.open()
            while self._loses_it():
                if not self._has_it_again():
                    return
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the keys go on working
            self._fails(error)
        finally:
            self._settled.set()
            self._microphone.close()

    def _loses_it(self) -> bool:
        """Listen with the open microphone; return whether it was lost, False if it was closed."""
        self.on = True
        self._settled.set()
        try:
            while self._breaks():
                pass
        except MicrophoneError as error:
            self.on = False
            if error.code is not MicrophoneCode.LOST:
                raise
            self._lost = True
            self._fails(error)  # first, for a device that is lost may take a while to close
            return not self._closing.is_set()
        finally:
            self.on = False
            self._microphone.close()
        return False

    def _has_it_again(self) -> bool:
        """Wait until the same microphone is open again; return False if the ear was closed meanwhile."""
        pause_s = self._look_s
        while not self._closing.wait(pause_s):
            with self._lock:
                self._microphone = self._microphone.again()
            try:
                self._microphone.open()
            except MicrophoneError as error:
                away = error.code is not MicrophoneCode.BUSY
                pause_s = self._look_s if away else min(2 * pause_s, _LOOK_AT_LEAST_S)
            else:
                return not self._closing.is_set()
        return False

    def _breaks(self) -> bool:
        """Open ears and listen; return whether their engine came to an end, for the first time, by itself."""
        try:
            ears = self._open_ears()
            self._told, self._silent_ms = None, 0
            try:
                self._listen(ears)
            finally:
                ears.close()
        except HearingError as error:
            if error.code is not HearingCode.BROKEN or self._mended:
                raise
            self._mended = True
            return not self._closing.is_set()
        return False

    def _listen(self, ears: Ears) -> None:
        ready_ms = self._clock.now_ms()
        while (chunk := self._microphone.read()) is not None:
            if chunk.at_ms < ready_ms + SETTLE_MS or self._clock.now_ms() - chunk.at_ms > LATE_MS:
                continue
            self._tell(ears)
            self._look_for_silence(chunk)
            end_ms = chunk.at_ms + len(chunk.samples) // HEARING_PER_MS
            samples, at_ms = self._played.take(end_ms + AHEAD_MS)
            if len(samples):
                ears.played(samples, at_ms)
            said = ears.feed(chunk.samples, chunk.at_ms)
            with self._lock:
                self._heard.extend(said)
                if self._lost:
                    self._lost = False
                    self._news.works(self._clock.now_ms())

    def _tell(self, ears: Ears) -> None:
        with self._lock:
            expected = self._expected
        if expected != self._told:
            ears.expect(expected)
            self._told = expected

    def _look_for_silence(self, chunk: Chunk) -> None:
        if self._silent_ms is None or self._silence_told:
            return
        if chunk.samples.any():
            self._silent_ms = None  # it works: whatever is silent now is so for a reason
            return
        self._silent_ms += len(chunk.samples) // HEARING_PER_MS
        if self._silent_ms >= _SILENT_MS:
            self._silence_told = True
            self._fails(MicrophoneError(MicrophoneCode.SILENT))

    def _fails(self, error: Exception) -> None:
        if not self._closing.is_set():
            with self._lock:
                self._news.fails(error)
