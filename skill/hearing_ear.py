"""The ear of this machine: a thread that reads the microphone and leaves what was said to be fetched."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from skill.hearing import SAFE
from speech.clock import Clock, MonotonicClock
from speech.hearing.port import ANSWERS, COMMANDS, HEARING_PER_MS, Ears, Heard, Word
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


class MicrophoneEar:
    """Listens with a microphone until it is closed. Nothing that it hears is kept or leaves the process."""

    def __init__(
        self,
        microphone: Microphone,
        open_ears: Callable[[], Ears],
        played: Played,
        clock: Clock | None = None,
    ) -> None:
        """Begin to open the microphone, then the ears, which may take a while: in a thread of its own."""
        self._microphone = microphone
        self._open_ears = open_ears
        self._played = played
        self._clock = clock or MonotonicClock()
        self._lock = threading.Lock()
        self._expected: frozenset[Word] = COMMANDS
        self._expected_since_ms = 0
        self._told: frozenset[Word] | None = None
        self._heard: deque[Heard] = deque()
        self._fault: Exception | None = None
        self._silent_ms: int | None = 0
        self._closed = False
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
        """Return why nothing is heard any more, or that nothing but silence came."""
        return self._fault

    def close(self) -> None:
        """Let go of microphone and engine. Harmless when done twice."""
        self._closed = True
        self._microphone.close()
        self._thread.join(timeout=5.0)

    def _counts(self, heard: Heard) -> bool:
        if heard.word in SAFE:
            return True
        late = self._clock.now_ms() - heard.ended_at_ms > LATE_MS
        return not late and (heard.word not in ANSWERS or heard.began_at_ms >= self._expected_since_ms)

    def _run(self) -> None:
        ears: Ears | None = None
        try:
            self._microphone.open()
            self.on = True
            self._settled.set()
            ears = self._open_ears()
            self._listen(ears)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the keys go on working
            if not self._closed:
                self._fail(error)
        finally:
            self.on = False
            self._settled.set()
            self._microphone.close()
            if ears is not None:
                ears.close()

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
            if said:
                with self._lock:
                    self._heard.extend(said)

    def _tell(self, ears: Ears) -> None:
        with self._lock:
            expected = self._expected
        if expected != self._told:
            ears.expect(expected)
            self._told = expected

    def _look_for_silence(self, chunk: Chunk) -> None:
        if self._silent_ms is None:
            return
        if chunk.samples.any():
            self._silent_ms = None  # it works: whatever is silent now is so for a reason
            return
        self._silent_ms += len(chunk.samples) // HEARING_PER_MS
        if self._silent_ms >= _SILENT_MS:
            self._silent_ms = None
            self._fail(MicrophoneError(MicrophoneCode.SILENT))

    def _fail(self, error: Exception) -> None:
        self._fault = error
