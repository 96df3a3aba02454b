"""A room: a virtual microphone that picks up the coach through its walls, and whoever speaks in it.

What the coach plays into the null sink of a `NullSink` comes back with echoes, beside what is said with
`say`. A program that opens the default microphone of that sound server hears both.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections import deque
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from tests.nullsink import RATE_HZ, NullSink, wait_until

_FORMAT = ["--raw", "--format=s16le", "--channels=1", f"--rate={RATE_HZ}", "--latency-msec=20"]
_CHUNK = RATE_HZ // 50

Floats = npt.NDArray[np.float64]


def walls(delay_ms: int = 6, tail_ms: int = 60, seed: int = 1) -> Floats:
    """Return how a small furnished room sounds: the way to the microphone, then echoes that die away."""
    delay, tail = delay_ms * RATE_HZ // 1000, tail_ms * RATE_HZ // 1000
    echoes = np.random.default_rng(seed).normal(0, 0.05, tail) * np.exp(-np.arange(tail) * 5 / tail)
    path = np.concatenate([np.zeros(delay), echoes])
    path[delay] = 1.0
    path /= np.linalg.norm(path)
    return path


class Room:
    """The virtual microphone, for as long as the `with` lasts."""

    def __init__(self, server: NullSink, coach_db: float) -> None:
        """`coach_db` is how loud the coach is at the microphone, against what it plays."""
        self._server = server
        self._path = walls() * 10 ** (coach_db / 20)
        self._lock = threading.Lock()
        self._said: deque[Floats] = deque()
        self._over = threading.Event()
        self._processes: list[subprocess.Popen[bytes]] = []
        self.breathes = 0  # pieces of sound that have gone through the room

    def say(self, samples: npt.NDArray[np.int16]) -> None:
        """Say this after what is being said, at 24 kHz."""
        with self._lock:
            self._said.append(samples.astype(np.float64))

    @property
    def is_silent(self) -> bool:
        """Whether everything has been said."""
        with self._lock:
            return not self._said

    def __enter__(self) -> Self:
        """Open the room and wait until sound comes through."""
        self._pactl(
            "load-module",
            "module-null-sink",
            "sink_name=room",
            "channels=1",
            f"rate={RATE_HZ}",
            "norewinds=1",
        )
        self._pactl(
            "load-module",
            "module-remap-source",
            "master=room.monitor",
            "source_name=microphone",
            "source_properties=device.description=Microphone",
        )
        self._pactl("set-default-source", "microphone")
        coach = self._start(["parec", "--device=ear.monitor", *_FORMAT], stdout=subprocess.PIPE)
        microphone = self._start(["pacat", "--device=room", *_FORMAT], stdin=subprocess.PIPE)
        threading.Thread(target=self._run, args=(coach, microphone), name="room", daemon=True).start()
        if not wait_until(lambda: self.breathes > 0):
            raise RuntimeError("no sound comes through the room")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._over.set()
        for process in self._processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except BrokenPipeError:
                        continue

    def _run(self, coach: subprocess.Popen[bytes], microphone: subprocess.Popen[bytes]) -> None:
        assert coach.stdout is not None
        assert microphone.stdin is not None
        before = np.zeros(len(self._path) - 1)
        rest = b""
        while not self._over.is_set():
            raw = os.read(coach.stdout.fileno(), 2 * _CHUNK)
            if not raw:
                return
            rest += raw
            raw, rest = rest[: len(rest) // 2 * 2], rest[len(rest) // 2 * 2 :]
            played = np.concatenate([before, np.frombuffer(raw, dtype="<i2").astype(np.float64)])
            before = played[len(played) - len(self._path) + 1 :]
            mixed = np.convolve(played, self._path, mode="valid") + self._next_said(len(raw) // 2)
            try:
                os.write(microphone.stdin.fileno(), mixed.clip(-32768, 32767).astype("<i2").tobytes())
            except (BrokenPipeError, ValueError):
                return
            self.breathes += 1

    def _next_said(self, frames: int) -> Floats:
        out = np.zeros(frames)
        with self._lock:
            if self._said:
                head = self._said.popleft()
                out[: len(head[:frames])] = head[:frames]
                if len(head) > frames:
                    self._said.appendleft(head[frames:])
        return out

    def _start(self, command: list[str], **pipes: int) -> subprocess.Popen[bytes]:
        env = {**os.environ, **self._server.environment}
        process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL, **pipes)  # type: ignore[call-overload]
        self._processes.append(process)
        made: subprocess.Popen[bytes] = process
        return made

    def _pactl(self, *args: str) -> None:
        env = {**os.environ, **self._server.environment}
        subprocess.run(["pactl", *args], env=env, check=True, stdout=subprocess.DEVNULL)
