"""The machine's own microphone, through miniaudio. Nothing that it picks up is ever kept."""

from __future__ import annotations

import contextlib
import os
import queue
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from speech.clock import Clock, MonotonicClock
from speech.hearing.port import HEARING_HZ
from speech.microphone import Chunk, MicrophoneCode, MicrophoneError
from speech.speaker import quieten_alsa

#: How much sound comes at a time.
CHUNK_MS = 20

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


_PULSE = "PulseAudio"


@dataclass(frozen=True, slots=True)
class Known:
    """How a device that was open is told from every other."""

    backend: str  #: the sound system
    name: str  #: for people
    key: str  #: the server's own name for it, or else the one for people; "" if it cannot be told


class MiniaudioMicrophone:
    """The machine's own microphone, through miniaudio: PulseAudio, PipeWire, ALSA, CoreAudio, WASAPI."""

    def __init__(
        self, clock: Clock | None = None, lost_s: float = _LOST_S, *, same: Known | None = None
    ) -> None:
        """Nothing is opened before `open`. With no sound for `lost_s` it is taken for lost.

        Picks up with the device `same` and no other; None takes the system's own choice.
        """
        self._clock = clock or MonotonicClock()
        self._device: Any = None
        self._arrived: queue.Queue[tuple[bytes, int] | None] = queue.Queue(_WAITING)
        self._time = Timekeeper(HEARING_HZ)
        self._closed = False
        self._known = same
        self._lost_s = lost_s
        self._patience_s = max(_WAKE_S, lost_s)

    @property
    def description(self) -> str:
        """Which microphone, on which sound system."""
        named = f"{self._known.name} ({self._known.backend})" if self._known else ""
        return f"{named}, {HEARING_HZ} Hz"

    def again(self) -> MiniaudioMicrophone:
        """Return one for the same device; before one was ever open, for the system's own choice."""
        return MiniaudioMicrophone(self._clock, self._lost_s, same=self._known)

    def open(self) -> None:
        """Begin to pick up. MicrophoneError if there is no microphone that may be used."""
        if self._closed:
            return
        self._device, self._known = _open(self._known)
        chunks = self._take()
        next(chunks)
        try:
            self._device.start(chunks)
        except _errors() as error:
            self.close()
            raise _refusal(error) from None
        if self._closed:  # meanwhile, by another thread
            self.close()

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


def _open(same: Known | None) -> tuple[Any, Known]:
    """Return the open device, and how it is found again."""
    import miniaudio  # noqa: PLC0415 - only listening needs it here

    quieten_alsa()
    # Named, for otherwise miniaudio listens to nothing where it finds no sound system, and says nothing.
    real = [backend for backend in miniaudio.Backend if backend.name not in ("NULL", "CUSTOM")]
    try:
        known, device_id = _choice(real) if same is None else _found(same, real)
    except miniaudio.MiniaudioError as error:
        raise _refusal(error) from None
    try:
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
        raise _refusal(error, is_there=same is not None) from None
    return device, known


def _choice(backends: list[Any]) -> tuple[Known, Any]:
    """Return which microphone to use, and its id; the id is None for the system's own choice.

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
    if there.backend != _PULSE:
        return _known(there, usual), None
    if wanted := os.environ.get("PULSE_SOURCE"):
        named = next((device for device in found if _source(device["id"]) == wanted), None)
        if named is None:  # a number, or another of the server's ways to name one
            return Known(there.backend, wanted, ""), None
        return _known(there, named), named["id"]
    real = [device for device in (usual, *found) if not _plays_back(device["id"])]
    if not real:
        raise MicrophoneError(MicrophoneCode.NO_DEVICE, f"{there.backend}, {usual['name']}")
    return _known(there, real[0]), real[0]["id"]


def _found(same: Known, backends: list[Any]) -> tuple[Known, Any]:
    """Return the same microphone and its id. MicrophoneError if it is not there: another one will not do."""
    import miniaudio  # noqa: PLC0415 - already there

    # No other system is asked: each of them would be woken for nothing, every few seconds.
    there = miniaudio.Devices([backend for backend in backends if _name(backend) == same.backend])
    for device in there.get_captures():
        known = _known(there, device)
        if same.key and known.key == same.key:
            return known, device["id"]
    raise MicrophoneError(MicrophoneCode.NO_DEVICE, f"{there.backend}, without {same.name}")


def _name(backend: Any) -> str:
    from miniaudio import ffi, lib  # noqa: PLC0415 - already there

    name: bytes = ffi.string(lib.ma_get_backend_name(backend.value))
    return name.decode()


def _known(there: Any, device: Any) -> Known:
    name = str(device["name"])
    return Known(there.backend, name, _source(device["id"]) if there.backend == _PULSE else name)


def _usual(devices: Any) -> int:
    """Return the place of the system's default among the microphones; the binding leaves that out."""
    from miniaudio import ffi, lib  # noqa: PLC0415 - already there

    infos, count = ffi.new("ma_device_info**"), ffi.new("ma_uint32*")
    context = devices._context  # noqa: SLF001 - it has no other way
    lib.ma_context_get_devices(context, ffi.NULL, ffi.NULL, infos, count)
    return next((nth for nth in range(count[0]) if infos[0][nth].isDefault), 0)


def _plays_back(device_id: Any) -> bool:
    """Whether this is what a loudspeaker plays, not what a microphone picks up."""
    return _source(device_id).endswith(".monitor")


def _source(device_id: Any) -> str:
    """Return what PulseAudio calls a source."""
    from miniaudio import ffi  # noqa: PLC0415 - already there

    name: bytes = ffi.string(ffi.cast("char *", device_id))
    return name.decode(errors="replace")


def _close(device: Any) -> None:
    import miniaudio  # noqa: PLC0415 - already there

    device.close()
    # The binding leaves the connection to the sound server open, one for each device ever opened.
    miniaudio.lib.ma_context_uninit(device._context)  # noqa: SLF001 - it has no other way


def _refusal(error: Exception, *, is_there: bool = False) -> MicrophoneError:
    unknown = MicrophoneCode.BUSY if is_there else MicrophoneCode.NO_DEVICE
    code = next((_REASONS[part] for part in error.args if part in _REASONS), unknown)
    return MicrophoneError(code, ", ".join(map(str, error.args)))
