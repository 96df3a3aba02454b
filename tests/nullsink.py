"""A private PulseAudio daemon with a null sink, and a recording of everything that is played into it.

Nothing of the machine's own sound server is touched: the daemon has its own home, socket and settings, and
works as any user in a container. What is recorded is what a sound card would have been given.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

RATE_HZ = 24_000
_SINK = "ear"
_DAEMON = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=1"]
_FORMAT = ["--raw", "--format=s16le", "--channels=1", f"--rate={RATE_HZ}"]
_RECORDER = ["parec", f"--device={_SINK}.monitor", "--latency-msec=10", *_FORMAT]
_START_S = 10.0


def missing() -> str | None:
    """Return why no null sink can be had here, or None if one can."""
    gone = [program for program in ("pulseaudio", "parec") if shutil.which(program) is None]
    return f"{' and '.join(gone)} not installed" if gone else None


def wait_until(is_so: Callable[[], bool], timeout_s: float = _START_S) -> bool:
    """Wait for a condition of the world outside; return whether it came true in time."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def loud(samples: npt.NDArray[np.int16], level: int = 1000) -> npt.NDArray[np.intp]:
    """Return the positions of the samples that are louder than `level`."""
    return np.flatnonzero(np.abs(samples.astype(np.int32)) > level)


class NullSink:
    """The daemon, for as long as the `with` lasts."""

    def __init__(self, *, rewinds: bool = False) -> None:
        """Nothing runs before `with`.

        With `rewinds` it can take back what it was given, as a sound card's sink does; its monitor is then
        later, and it takes up to two seconds to wake.
        """
        self._rewinds = rewinds
        self._home = Path(tempfile.mkdtemp(prefix="nullsink-"))
        self._socket = self._home / "s"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a client of this daemon needs in its environment."""
        home = str(self._home)
        server = f"unix:{self._socket}"
        return {"HOME": home, "XDG_RUNTIME_DIR": home, "PULSE_SERVER": server, "PULSE_SINK": _SINK}

    def __enter__(self) -> Self:
        """Start the daemon and wait until it takes clients. RuntimeError if it does not."""
        sink = f"module-null-sink sink_name={_SINK} rate={RATE_HZ} channels=1 format=s16le"
        if not self._rewinds:
            sink += " norewinds=1"
        door = f"module-native-protocol-unix socket={self._socket} auth-anonymous=1"
        self._process = subprocess.Popen(
            [*_DAEMON, "-L", sink, "-L", door],
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if not wait_until(self._socket.exists):
            self.kill()
            raise RuntimeError("the private sound server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the daemon and leave nothing behind."""
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def kill(self) -> None:
        """End the daemon at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def chosen(self) -> Iterator[None]:
        """Make this the sound server of this process for the length of the `with`."""
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    @contextmanager
    def recorded(self) -> Iterator[Recording]:
        """Record the sink for the length of the `with`; sound is arriving when the body begins."""
        process = subprocess.Popen(
            _RECORDER,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        recording = Recording(process)
        try:
            if not wait_until(lambda: recording.frames > 0):
                raise RuntimeError("nothing arrives from the private sound server")
            yield recording
        finally:
            process.kill()
            process.wait()
            recording.close()


class Recording:
    """What has come out of the sink so far. Written by a thread of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Read `process` until it ends."""
        self._chunks: list[bytes] = []
        self._ends: list[tuple[int, float]] = []  # frames so far, when they had arrived
        self._frames = 0
        self._process = process
        self._thread = threading.Thread(target=self._read, name="recording", daemon=True)
        self._thread.start()

    @property
    def frames(self) -> int:
        """How many samples have arrived."""
        return self._frames

    @property
    def samples(self) -> npt.NDArray[np.int16]:
        """Everything that has arrived."""
        raw = b"".join(self._chunks)
        return np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2").astype(np.int16)

    def arrived_s(self, frame: int) -> float:
        """Return when a sample was in hand, on `time.monotonic`: never before it was audible."""
        return next(at for end, at in self._ends if end > frame)

    def sounded_s(self, frame: int) -> float:
        """Return when a sample was rendered, on `time.monotonic`.

        Samples are rendered evenly but arrive in bundles; the promptest bundle of the surrounding seconds
        tells how late the others were.
        """
        near = [at - end / RATE_HZ for end, at in self._ends if abs(end - frame) < 3 * RATE_HZ]
        return min(near) + frame / RATE_HZ

    def wait_for(self, frames: int, timeout_s: float = _START_S) -> bool:
        """Wait until so many samples have arrived."""
        return wait_until(lambda: self._frames >= frames, timeout_s)

    def wait_for_sound(self, *, after: int = 0, level: int = 1000, timeout_s: float = _START_S) -> bool:
        """Wait until something louder than `level` has arrived after a sample position."""
        return wait_until(lambda: loud(self.samples[after:], level).size > 0, timeout_s)

    def close(self) -> None:
        """Wait for the last of it."""
        self._thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        while chunk := os.read(pipe.fileno(), 65536):
            self._chunks.append(chunk)
            self._frames += len(chunk) // 2
            self._ends.append((self._frames, time.monotonic()))
