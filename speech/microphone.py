"""The microphone: sound from the machine's capture device, as a stream that is read. Nothing is ever kept."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np

from routines.phrases import Phrases
from speech.clips import Samples
from speech.clock import Clock, MonotonicClock
from speech.hearing.port import HEARING_HZ
from speech.speaker import quieten_alsa

#: How much sound comes at a time.
CHUNK_MS = 20


class MicrophoneCode(StrEnum):
    """What can be wrong with a microphone; each is a section of phrases under `hearing.microphone`."""

    NO_LIBRARY = "no-library"  #: no sound system answers
    NO_DEVICE = "no-device"  #: a sound system answers but has no microphone
    DENIED = "denied"  #: the system keeps the microphone from this program
    BUSY = "busy"  #: another program has it to itself
    SILENT = "silent"  #: it gives nothing but zeros: muted, or quietly denied as on macOS
    LOST = "lost"  #: it stopped giving sound


class MicrophoneError(Exception):
    """A microphone that cannot be used, or no longer. `code` is stable; `detail` is for the doctor."""

    def __init__(self, code: MicrophoneCode, detail: str = "") -> None:
        """Keep code and detail apart."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Chunk:
    """A little sound: mono, 16 kHz."""

    samples: Samples
    at_ms: int  #: when its first sample was picked up, on the clock of `MonotonicClock`


class Microphone(Protocol):
    """Gives what is picked up. Used once: opened, read by one thread, closed by any."""

    @property
    def description(self) -> str:
        """What it picks up with, for the doctor."""

    def open(self) -> None:
        """Begin to pick up. MicrophoneError if that cannot be."""

    def read(self) -> Chunk | None:
        """Wait for the next sound; None once it is closed. MicrophoneError if none comes any more."""

    def close(self) -> None:
        """Let go of the device. Harmless when done twice."""


def advice(error: MicrophoneError, phrases: Phrases, platform: str = sys.platform) -> tuple[str, ...]:
    """Return what is wrong and then what to do about it, one line each."""
    remedy = f"hearing.microphone.{error.code}.{_FAMILIES.get(platform, 'linux')}"
    return phrases(f"hearing.microphone.{error.code}.problem"), *phrases.lines(remedy)


_FAMILIES = {"darwin": "macos", "win32": "windows"}

#: So much sound waits for a reader that is busy; what comes after that is dropped.
_WAITING = 10_000 // CHUNK_MS

#: With no sound for so long the device is taken for lost; waking one may take longer.
_LOST_S = 3.0
_WAKE_S = 6.0

#: Further than this from the clock, the machine slept: the count of samples starts anew.
_ASTRAY_MS = 1_000

#: If so many pieces in a row all come later than this, some sound was dropped: silence takes its place.
_LATE_MS = 30
_IN_A_ROW = 25

_REASONS = {
    -203: MicrophoneCode.NO_LIBRARY,  # MA_NO_BACKEND: neither a sound server nor a sound library
    -6: MicrophoneCode.DENIED,  # MA_ACCESS_DENIED
    -19: MicrophoneCode.BUSY,  # MA_BUSY
    -23: MicrophoneCode.BUSY,  # MA_ALREADY_IN_USE
}


class Timekeeper:
    """When samples were picked up, from when they arrived: evenly, though they arrive in bundles."""

    def __init__(self, rate_hz: int) -> None:
        """Begin with the first sound that comes."""
        self._rate_hz = rate_hz
        self._origin_ms: float | None = None
        self._frames = 0
        self._late_ms: deque[float] = deque(maxlen=_IN_A_ROW)

    def lost(self) -> int:
        """Return how many samples were dropped before the next; they count as having come."""
        if len(self._late_ms) < _IN_A_ROW or min(self._late_ms) < _LATE_MS:
            return 0
        frames = round(min(self._late_ms) * self._rate_hz / 1000)
        self._late_ms.clear()
        self._frames += frames
        return frames

    def at_ms(self, frames: int, arrived_ms: float) -> int:
        """Return when the first of the next `frames` samples was picked up; they arrived at `arrived_ms`."""
        latest_ms = arrived_ms - frames * 1000 / self._rate_hz
        at_ms = latest_ms if self._origin_ms is None else self._counted_ms(self._origin_ms)
        # A bundle is late or in time, never early: the promptest one tells when all were picked up.
        if self._origin_ms is None or at_ms > latest_ms or latest_ms - at_ms > _ASTRAY_MS:
            self._origin_ms, self._frames, at_ms = latest_ms, 0, latest_ms
        self._late_ms.append(latest_ms - at_ms)
        self._frames += frames
        return round(at_ms)

    def _counted_ms(self, origin_ms: float) -> float:
        return origin_ms + self._frames * 1000 / self._rate_hz


class MiniaudioMicrophone:
    """The machine's own microphone, through miniaudio: PulseAudio, PipeWire, ALSA, CoreAudio, WASAPI."""

    def __init__(self, clock: Clock | None = None, lost_s: float = _LOST_S) -> None:
        """Nothing is opened before `open`. With no sound for `lost_s` it is taken for lost."""
        self._clock = clock or MonotonicClock()
        self._device: Any = None
        self._arrived: queue.Queue[tuple[bytes, int] | None] = queue.Queue(_WAITING)
        self._time = Timekeeper(HEARING_HZ)
        self._closed = False
        self._name = ""
        self._lost_s = lost_s
        self._patience_s = max(_WAKE_S, lost_s)

    @property
    def description(self) -> str:
        """Which microphone, on which sound system."""
        return f"{self._name}, {HEARING_HZ} Hz"

    def open(self) -> None:
        """Begin to pick up. MicrophoneError if there is no microphone that may be used."""
        self._device, self._name = _open()
        chunks = self._take()
        next(chunks)
        try:
            self._device.start(chunks)
        except _errors() as error:
            self.close()
            raise _refusal(error) from None

    def read(self) -> Chunk | None:
        """Wait for the next sound; None once it is closed. MicrophoneError if none comes any more."""
        if self._closed:
            return None
        try:
            taken = self._arrived.get(timeout=self._patience_s)
        except queue.Empty:
            raise MicrophoneError(MicrophoneCode.LOST, f"no sound came in {self._patience_s} s") from None
        if taken is None or self._closed:
            return None
        self._patience_s = self._lost_s
        raw, arrived_ms = taken
        samples = np.frombuffer(raw, dtype=np.int16)
        lost = self._time.lost()
        at_ms = self._time.at_ms(len(samples), arrived_ms)
        if lost:
            samples = np.concatenate([np.zeros(lost, dtype=np.int16), samples])
        return Chunk(samples, at_ms - lost * 1000 // HEARING_HZ)

    def close(self) -> None:
        """Let go of the device. Harmless when done twice."""
        self._closed = True
        device, self._device = self._device, None
        if device is not None:
            _close(device)
        with contextlib.suppress(queue.Full):
            self._arrived.put_nowait(None)

    def _take(self) -> Generator[None, bytes, None]:
        while True:
            raw = yield
            with contextlib.suppress(queue.Full):
                self._arrived.put_nowait((raw, self._clock.now_ms()))


def _errors() -> type[Exception]:
    import miniaudio  # noqa: PLC0415 - already there

    error: type[Exception] = miniaudio.MiniaudioError
    return error


def _open() -> tuple[Any, str]:
    """Return the open device and its name."""
    import miniaudio  # noqa: PLC0415 - only listening needs it here

    quieten_alsa()
    # Named, for otherwise miniaudio listens to nothing where it finds no sound system, and says nothing.
    real = [backend for backend in miniaudio.Backend if backend.name not in ("NULL", "CUSTOM")]
    try:
        name, device_id = _choice(real)
        device = miniaudio.CaptureDevice(
            input_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=1,
            sample_rate=HEARING_HZ,
            buffersize_msec=CHUNK_MS,
            device_id=device_id,
            backends=real,
            app_name="Steady Coach",
        )
    except miniaudio.MiniaudioError as error:
        raise _refusal(error) from None
    return device, f"{name} ({device.backend})"


def _choice(backends: list[Any]) -> tuple[str, Any]:
    """Return name and id of the microphone to use; the id is None for the system's own choice.

    A sound server without a microphone offers what is being played instead, and takes that for the default.
    One that is named stays the one: were it unplugged otherwise, the server would put what is being played in
    its place without a word, and we would go on listening to ourselves.
    """
    import miniaudio  # noqa: PLC0415 - already there

    there = miniaudio.Devices(backends)
    found = there.get_captures()
    if not found:
        raise MicrophoneError(MicrophoneCode.NO_DEVICE, f"{there.backend}, captures: 0")
    usual = found[_usual(there)]
    if there.backend != "PulseAudio" or os.environ.get("PULSE_SOURCE"):
        return str(usual["name"]), None
    real = [device for device in (usual, *found) if not _plays_back(device["id"])]
    if not real:
        raise MicrophoneError(MicrophoneCode.NO_DEVICE, f"{there.backend}, {usual['name']}")
    return str(real[0]["name"]), real[0]["id"]


def _usual(devices: Any) -> int:
    """Return the place of the system's default among the microphones; the binding leaves that out."""
    from miniaudio import ffi, lib  # noqa: PLC0415 - already there

    infos, count = ffi.new("ma_device_info**"), ffi.new("ma_uint32*")
    context = devices._context  # noqa: SLF001 - it has no other way
    lib.ma_context_get_devices(context, ffi.NULL, ffi.NULL, infos, count)
    return next((nth for nth in range(count[0]) if infos[0][nth].isDefault), 0)


def _plays_back(device_id: Any) -> bool:
    """Whether this is what a loudspeaker plays, not what a microphone picks up."""
    from miniaudio import ffi  # noqa: PLC0415 - already there

    name: bytes = ffi.string(ffi.cast("char *", device_id))
    return name.endswith(b".monitor")


def _close(device: Any) -> None:
    import miniaudio  # noqa: PLC0415 - already there

    device.close()
    # The binding leaves the connection to the sound server open, one for each device ever opened.
    miniaudio.lib.ma_context_uninit(device._context)  # noqa: SLF001 - it has no other way


def _refusal(error: Exception) -> MicrophoneError:
    code = next((_REASONS[part] for part in error.args if part in _REASONS), MicrophoneCode.NO_DEVICE)
    return MicrophoneError(code, ", ".join(map(str, error.args)))
