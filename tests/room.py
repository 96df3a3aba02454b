"""A room: a virtual microphone that picks up whoever speaks in it, and the coach's loudspeaker.

All of it is inside the private sound server of a `NullSink`, where no sound is ever late: a program whose
environment is that of the room plays into it and hears it with the default microphone.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections import deque
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from tests.nullsink import RATE_HZ, NullSink

_SPEAK = ["pacat", "--device=room", "--raw", "--format=s16le", "--channels=1", f"--rate={RATE_HZ}"]
_BREATH_S = 0.02
#: So much is always on its way, so that nobody's voice breaks on a busy machine.
_AHEAD_S = 0.3


class Room:
    """The room, for as long as the `with` lasts."""

    def __init__(self, server: NullSink, coach_db: float) -> None:
        """`coach_db` is how loud the coach is at the microphone, against what it plays."""
        self._server = server
        self._coach_db = coach_db
        self._lock = threading.Lock()
        self._said: deque[bytes] = deque()
        self._over = threading.Event()
        self._mouth: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a program in this room needs in its environment."""
        return {**self._server.environment, "PULSE_SINK": "loudspeaker"}

    def __enter__(self) -> Self:
        """Open the room."""
        shape = ("channels=1", f"rate={RATE_HZ}")
        self._load("module-null-sink", "sink_name=room", *shape, "norewinds=1")
        self._load("module-remap-sink", "sink_name=loudspeaker", "master=room", *shape)
        self._pactl("set-sink-volume", "loudspeaker", f"{self._coach_db}dB")
        named = "source_properties=device.description=Microphone"
        self._load("module-remap-source", "source_name=microphone", "master=room.monitor", named)
        self._pactl("set-default-source", "microphone")
        # One stream for all that is said: one that comes and goes would shift what others play.
        env = {**os.environ, **self.environment}
        self._mouth = subprocess.Popen([*_SPEAK, "--latency-msec=50"], env=env, stdin=subprocess.PIPE)
        self._thread = threading.Thread(target=self._breathe, name="room", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; whoever speaks is cut short."""
        self._over.set()
        if self._mouth is not None:
            self._mouth.kill()
            self._mouth.wait()
            self._thread.join()
            with contextlib.suppress(BrokenPipeError):
                self._mouth.stdin.close()  # type: ignore[union-attr]

    def say(self, samples: npt.NDArray[np.int16]) -> None:
        """Say this after what is being said, at 24 kHz."""
        with self._lock:
            self._said.append(samples.astype("<i2").tobytes())

    def _breathe(self) -> None:
        """Give out what is said, and silence between, as time passes."""
        assert self._mouth is not None
        assert self._mouth.stdin is not None
        began, given = time.monotonic(), 0
        while not self._over.wait(_BREATH_S):
            due = round((time.monotonic() - began + _AHEAD_S) * RATE_HZ) - given
            given += due
            try:
                os.write(self._mouth.stdin.fileno(), self._next_said(2 * due))
            except (BrokenPipeError, ValueError):
                return

    def _next_said(self, size: int) -> bytes:
        out = b""
        with self._lock:
            while self._said and len(out) < size:
                head = self._said.popleft()
                out, rest = out + head[: size - len(out)], head[size - len(out) :]
                if rest:
                    self._said.appendleft(rest)
        return out.ljust(size, b"\0")

    def _load(self, *module: str) -> None:
        self._pactl("load-module", *module)

    def _pactl(self, *args: str) -> None:
        env = {**os.environ, **self._server.environment}
        subprocess.run(["pactl", *args], env=env, check=True, stdout=subprocess.DEVNULL)
