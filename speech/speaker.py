"""Speakers: what pulls samples from a source in real time. One plays them, one only keeps their time."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from enum import StrEnum
from functools import cache
from typing import Any, Protocol

import numpy as np

from routines.phrases import Phrases
from speech.clips import RATE_HZ, SAMPLES_PER_MS, Samples
from speech.clock import Clock
from speech.played import Tap
from speech.ramp import FADE_MS, Ramp, soften

Source = Callable[[int], Samples]
"""Returns the next so many samples; called on the speaker's thread, so it is brief and never raises."""


class SpeakerCode(StrEnum):
    """What can be wrong with a speaker; each is a section of phrases under `speaker`."""

    NO_LIBRARY = "no-library"  #: no sound system answers
    NO_DEVICE = "no-device"  #: a sound system answers but has nothing to play on
    BUSY = "busy"  #: another program has the device to itself
    LOST = "lost"  #: it stopped taking sound while playing


class SpeakerError(Exception):
    """A speaker that cannot be used, or no longer. `code` is stable; `detail` is for the doctor."""

    def __init__(self, code: SpeakerCode, detail: str) -> None:
        """Keep code and detail apart."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


Lost = Callable[[SpeakerError], None]
"""Told once, from a thread of the speaker's, that sound has stopped by itself; must not call the speaker."""


class Speaker(Protocol):
    """Plays what a source gives, in real time. Used once: started, then stopped."""

    @property
    def description(self) -> str:
        """What it plays on, for the doctor."""

    @property
    def latency_ms(self) -> int:
        """How much later than it is pulled a sample is heard, at most, in milliseconds."""

    def start(self, source: Source, on_lost: Lost) -> None:
        """Begin to pull from `source`. SpeakerError if that cannot be."""

    def stop(self) -> None:
        """Let what was pulled be heard, then let go of the device. Harmless when done twice."""

    def hold(self) -> bool:
        """Be silent at once and keep what is not heard yet; pull no more. False if it cannot, or is over."""

    def go(self, loudness: float = 1.0) -> None:
        """After `hold`: let what was kept be heard, this much louder, then pull again."""

    def skip(self) -> None:
        """After `hold`: throw away what was kept and pull again at once."""

    def behind_ms(self) -> int:
        """Return how much of what was pulled is not heard yet."""

    def tell(self, tap: Tap | None) -> None:
        """Tell `tap` from now on what is heard."""


def advice(error: SpeakerError, phrases: Phrases, platform: str = sys.platform) -> tuple[str, ...]:
    """Return what is wrong and then what to do about it, one line each."""
    remedy = f"speaker.{error.code}.{_FAMILIES.get(platform, 'linux')}"
    return phrases(f"speaker.{error.code}.problem"), *phrases.lines(remedy)


_FAMILIES = {"darwin": "macos", "win32": "windows"}

#: Whether the sound system can silence a stream at once and keep what it holds: PulseAudio and PipeWire can,
#: while WASAPI plays its buffer out first. Where it can, the buffer may be long, and a busy machine does not
#: make sound stutter; elsewhere it must be short, for a pause is heard a buffer later: `bench.live_audio`.
_HOLDS = sys.platform == "linux"
_PERIOD_MS = 200 if _HOLDS else 60
_LATENCY_MS = 2 * _PERIOD_MS

#: So many blocks fill the system's buffer at the start.
_FIRST_PULLS = 2

#: How much of a block has been played at least when the next is pulled; 50-80 ms with PulseAudio.
_BEGUN_MS = 40

#: Silence at the start of a stream, of which some systems swallow the first 10 ms.
_LEAD_MS = 30

#: How soon a busy Python thread must make room for the one that feeds the device.
_SWITCH_S = 0.0005

#: With no request for sound for so long the device is taken for lost; the first requests may take longer, as
#: some systems wake a sleeping device only then.
_STALL_S = 1.5
_WAKE_S = 5.0
_LOOK_S = 0.25

_REASONS = {
    -203: SpeakerCode.NO_LIBRARY,  # MA_NO_BACKEND: neither a sound server nor a sound library
    -6: SpeakerCode.BUSY,  # MA_ACCESS_DENIED
    -19: SpeakerCode.BUSY,  # MA_BUSY
    -23: SpeakerCode.BUSY,  # MA_ALREADY_IN_USE
}


class MiniaudioSpeaker:
    """The machine's own sound device, through miniaudio: PulseAudio, PipeWire, ALSA, CoreAudio, WASAPI."""

    def __init__(self) -> None:
        """Nothing is opened before `start`."""
        self._lock = threading.RLock()
        self._device: Any = None
        self._source: Source = _nothing
        self._tap: Tap | None = None
        self._held = False
        self._recent: deque[Samples] = deque(maxlen=2)  # what the system may not have played yet
        self._pulled_at = 0.0
        self._kept: Samples = _nothing(0)
        self._failure: SpeakerError | None = None
        self._pulls = 0
        self._over = threading.Event()
        self._watch: threading.Thread | None = None
        self._lost = False
        self._switch_s = sys.getswitchinterval()

    @property
    def description(self) -> str:
        """Which sound system it plays on, for the doctor."""
        return f"{self._device.backend}, {RATE_HZ} Hz" if self._device else "miniaudio"

    @property
    def latency_ms(self) -> int:
        """How much later than it is pulled a sample is heard, at most, in milliseconds."""
        return _LATENCY_MS

    def start(self, source: Source, on_lost: Lost) -> None:
        """Open the device and begin to pull from `source`. SpeakerError if there is none that can be used."""
        self._source = source
        self._begin()
        self._favour()
        self._watch = threading.Thread(target=self._look, args=(on_lost,), name="speaker-watch", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """Let what was pulled be heard, then let go of the device. Harmless when done twice."""
        watch, self._watch = self._watch, None
        if watch is None:
            return
        if not self._held:
            self._over.wait(_LATENCY_MS / 1000)
        self._over.set()
        self._unfavour()
        with self._lock:
            self._close()
        watch.join()

    def hold(self) -> bool:
        """Be silent at once and keep what is not heard yet; pull no more. False if it cannot, or is over."""
        with self._lock:
            if not _HOLDS or self._device is None or self._over.is_set():
                return False
            if not self._held:
                self._held = True
                self._try(self._device.stop)
                if self._tap is not None:
                    self._tap.cut(time.monotonic())
                self._kept = self._unheard()
            return True

    def go(self, loudness: float = 1.0) -> None:
        """After `hold`: let what was kept be heard, this much louder, then pull again."""
        with self._lock:
            if self._held and not self._over.is_set():
                if loudness != 1.0:
                    self._kept = soften(self._kept.astype(np.float32) * np.float32(loudness))
                self._afresh()

    def behind_ms(self) -> int:
        """Return how much of what was pulled is not heard yet."""
        with self._lock:
            unheard = len(self._kept) if self._held else len(self._recent_unheard())
        return unheard // SAMPLES_PER_MS

    def skip(self) -> None:
        """After `hold`: throw away what was kept and pull again at once."""
        with self._lock:
            if self._held and not self._over.is_set():
                self._kept = _nothing(0)
                self._afresh()

    def tell(self, tap: Tap | None) -> None:
        """Tell `tap` from now on what is heard."""
        self._tap = tap

    def _unheard(self) -> Samples:
        """Return what was pulled and is not heard yet, or a little more: a repeated moment beats a lost word.

        A block is pulled a little after the one before began to be played, whatever the card's clock does;
        only the first two are pulled together.
        """
        kept = self._recent_unheard().astype(np.float32)
        Ramp.rise(FADE_MS * SAMPLES_PER_MS).apply(kept)
        return np.concatenate([kept.astype(np.int16), self._kept])

    def _recent_unheard(self) -> Samples:
        if not self._recent:
            return _nothing(0)
        recent = np.concatenate(tuple(self._recent))
        begun_ms = _BEGUN_MS if self._pulls > _FIRST_PULLS else 0
        played = round((time.monotonic() - self._pulled_at) * RATE_HZ) + begun_ms * SAMPLES_PER_MS
        return recent[min(played, len(recent)) :]

    def _afresh(self) -> None:
        """Throw away what the system holds: a stream that is merely stopped and started loses some of it."""
        self._close()
        self._try(self._begin)
        self._held = False

    def _begin(self) -> None:
        """Open the device afresh and begin to pull."""
        self._device = _open()
        self._pulls = 0
        if self._tap is not None:
            self._tap.begin()
        self._recent.clear()
        self._kept = np.concatenate([_nothing(_LEAD_MS * SAMPLES_PER_MS), self._kept])
        blocks = self._blocks(self._source)
        next(blocks)
        try:
            self._device.start(blocks)
        except _errors() as error:
            self._close()
            raise _refusal(error) from None

    def _try(self, work: Callable[[], None]) -> None:
        """Do something to the device; if it fails, the watch tells."""
        try:
            work()
        except SpeakerError as error:
            self._failure = error
        except _errors() as error:
            self._failure = _refusal(error)

    def _blocks(self, source: Source) -> Generator[memoryview, int, None]:
        frames = yield memoryview(b"")
        while True:
            block, self._kept = self._kept[:frames], self._kept[frames:]
            if len(block) < frames:
                block = np.concatenate([block, source(frames - len(block))])
            self._recent.append(block)
            self._pulls += 1
            self._pulled_at = time.monotonic()
            if self._tap is not None:
                self._tap.put(block, self._pulled_at)
            frames = yield block.data.cast("B")

    def _look(self, on_lost: Lost) -> None:
        """Notice that sound is no longer asked for: a dead sound server says nothing."""
        seen, still = -1, 0
        while not self._over.wait(_LOOK_S):
            # Looks are counted, not seconds: a machine that wakes from sleep has not lost its speaker.
            still = still + 1 if self._pulls == seen and not self._held else 0
            seen = self._pulls
            patience_s = _STALL_S if seen > _FIRST_PULLS else _WAKE_S
            why = f"no sound was asked for in {patience_s} s" if still * _LOOK_S >= patience_s else None
            if self._failure is not None:
                why = self._failure.detail
            if why is not None:
                self._lost = True
                self._over.set()
                on_lost(SpeakerError(SpeakerCode.LOST, why))

    def _favour(self) -> None:
        """Let nothing in this process keep the device waiting: no long turns, no long tidying up."""
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(min(self._switch_s, _SWITCH_S))
        gc.freeze()

    def _unfavour(self) -> None:
        sys.setswitchinterval(self._switch_s)
        gc.unfreeze()

    def _close(self) -> None:
        """Let go of the device; of a lost one in a thread of its own, for that may never come back."""
        device, self._device = self._device, None
        if device is None:
            return
        closing = threading.Thread(target=_close, args=(device,), name="speaker-close", daemon=True)
        closing.start()
        closing.join(1.0 if self._lost else 5.0)


def _nothing(frames: int) -> Samples:
    return np.zeros(frames, dtype=np.int16)


def _errors() -> type[Exception]:
    import miniaudio  # noqa: PLC0415 - already there

    error: type[Exception] = miniaudio.MiniaudioError
    return error


def _open() -> Any:
    import miniaudio  # noqa: PLC0415 - 50-100 ms that only playing needs

    quieten_alsa()
    # Named, for otherwise miniaudio plays to nobody where it finds no sound system, and says nothing.
    real = [backend for backend in miniaudio.Backend if backend.name not in ("NULL", "CUSTOM")]
    try:
        return miniaudio.PlaybackDevice(
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=1,
            sample_rate=RATE_HZ,
            buffersize_msec=_PERIOD_MS,
            backends=real,
            app_name="Steady Coach",
        )
    except miniaudio.MiniaudioError as error:
        raise _refusal(error) from None


def _close(device: Any) -> None:
    import miniaudio  # noqa: PLC0415 - already there

    device.close()
    # The binding leaves the connection to the sound server open, one for each device ever opened.
    miniaudio.lib.ma_context_uninit(device._context)  # noqa: SLF001 - it has no other way


def _refusal(error: Exception) -> SpeakerError:
    code = next((_REASONS[part] for part in error.args if part in _REASONS), SpeakerCode.NO_DEVICE)
    return SpeakerError(code, ", ".join(map(str, error.args)))


def quieten_alsa() -> None:
    """Keep the ALSA library from writing its own lines on the person's screen."""
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_silent_handler())
    except (OSError, AttributeError):
        return


@cache
def _silent_handler() -> Any:
    """Return one handler that drops ALSA's messages; cached, for the library keeps only its address."""
    text, number = ctypes.c_char_p, ctypes.c_int
    return ctypes.CFUNCTYPE(None, text, number, text, number, text)(lambda *_: None)


class TimedSpeaker:
    """No sound: pulls in real time and throws away, so that captions run as they would with speech."""

    _BLOCK_MS = 20
    _LATE_MS = 500

    def __init__(self, clock: Clock) -> None:
        """Keep time by `clock`."""
        self._clock = clock
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def description(self) -> str:
        """What it plays on, for the doctor."""
        return "no sound"

    @property
    def latency_ms(self) -> int:
        """How much later than it is pulled a sample would be heard: not at all."""
        return 0

    def start(self, source: Source, on_lost: Lost) -> None:  # noqa: ARG002 - it cannot be lost
        """Begin to pull from `source`."""
        self._thread = threading.Thread(target=self._run, args=(source,), name="speaker-timed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Pull no more. Harmless when done twice."""
        self._over.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def hold(self) -> bool:
        """Nothing is ever kept: what is pulled is over at once."""
        return False

    def go(self, loudness: float = 1.0) -> None:
        """Nothing was held."""

    def behind_ms(self) -> int:
        """Return 0: what is pulled is over at once."""
        return 0

    def skip(self) -> None:
        """Nothing was held."""

    def tell(self, tap: Tap | None) -> None:
        """Nothing is ever heard."""

    def _run(self, source: Source) -> None:
        due_ms = self._clock.now_ms()
        while not self._over.is_set():
            source(self._BLOCK_MS * SAMPLES_PER_MS)
            due_ms += self._BLOCK_MS
            self._clock.sleep_until_ms(due_ms)
            if self._clock.now_ms() - due_ms > self._LATE_MS:
                # The machine slept: going on from here beats racing through what was missed.
                due_ms = self._clock.now_ms()
