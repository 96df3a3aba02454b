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

from tests.nullsink import RATE_HZ, NullSink, Recording, loud

_SPEAK = ["pacat", "--device=room", "--raw", "--format=float32le", "--channels=1", f"--rate={RATE_HZ}"]
_LISTEN = ["parec", "--device=room.monitor", "--raw", "--format=s16le", "--channels=1", f"--rate={RATE_HZ}"]
#: So long a pause is the end of what is said.
_MOMENT = RATE_HZ * 9 // 10
#: No room and no microphone is without noise, and engines do not expect it: 70 dB below full scale.
_NOISE = 10 / 32768
_BREATH_S = 0.02
#: So much is always on its way, so that nobody's voice breaks on a busy machine.
_AHEAD_S = 0.3


class Room:
    """The room, for as long as the `with` lasts."""

    def __init__(self, server: NullSink, coach_db: float) -> None:
        """`coach_db` is how loud what the coach plays is at the microphone, against what is said as loud."""
        self._server = server
        self._coach_db = coach_db
        self._lock = threading.Lock()
        self._said: deque[npt.NDArray[np.float32]] = deque()
        self._random = np.random.default_rng(1)
        self._over = threading.Event()
        self._mouth: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a program in this room needs in its environment."""
        return {**self._server.environment, "PULSE_SINK": "room"}

    def __enter__(self) -> Self:
        """Open the room."""
        # Floating point, so that nothing is cut off before the microphone makes all of it softer.
        shape = ("channels=1", f"rate={RATE_HZ}", "format=float32le")
        self._load("module-null-sink", "sink_name=room", *shape, "norewinds=1")
        self.plug_in()
        # One stream for all that is said: one that comes and goes would shift what others play.
        env = {**os.environ, **self.environment}
        self._mouth = subprocess.Popen([*_SPEAK, "--latency-msec=50"], env=env, stdin=subprocess.PIPE)
        self._thread = threading.Thread(target=self._breathe, name="room", daemon=True)
        self._thread.start()
        self._ear = subprocess.Popen(_LISTEN, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._recording = Recording(self._ear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; whoever speaks is cut short."""
        self._over.set()
        self._ear.kill()
        self._ear.wait()
        self._recording.close()
        if self._mouth is not None:
            self._mouth.kill()
            self._mouth.wait()
            self._thread.join()
            with contextlib.suppress(BrokenPipeError):
                self._mouth.stdin.close()  # type: ignore[union-attr]

    def is_quiet(self) -> bool:
        """Whether nobody has spoken for a moment, neither the coach nor anybody else."""
        samples = self._recording.samples[-_MOMENT:]
        return len(samples) == _MOMENT and not loud(samples, 300).size

    def plug_in(self, source: str = "microphone") -> None:
        """Connect the microphone, or another one; it becomes the default."""
        named = "source_properties=device.description=Microphone"
        self._load("module-remap-source", f"source_name={source}", "master=room.monitor", named)
        self._pactl("set-source-volume", source, f"{self._coach_db}dB")
        self._pactl("set-default-source", source)

    def unplug(self) -> None:
        """Disconnect every microphone, while whoever listens to it goes on listening."""
        self._pactl("unload-module", "module-remap-source")

    def say(self, samples: npt.NDArray[np.int16]) -> None:
        """Say this after what is being said, at 24 kHz."""
        with self._lock:
            louder = 10 ** (-self._coach_db / 20) / 32768
            self._said.append((samples * louder).astype("<f4"))

    def _breathe(self) -> None:
        """Give out what is said, and silence between, as time passes."""
        assert self._mouth is not None
        assert self._mouth.stdin is not None
        began, given = time.monotonic(), 0
        while not self._over.wait(_BREATH_S):
            due = round((time.monotonic() - began + _AHEAD_S) * RATE_HZ) - given
            given += due
            try:
                os.write(self._mouth.stdin.fileno(), self._next_said(due).tobytes())
            except (BrokenPipeError, ValueError):
                return

    def _next_said(self, frames: int) -> npt.NDArray[np.float32]:
        out = self._random.normal(0, _NOISE, frames).astype("<f4")
        done = 0
        with self._lock:
            while self._said and done < frames:
                head = self._said.popleft()
                count = min(len(head), frames - done)
                out[done : done + count] += head[:count]
                done += count
                if count < len(head):
                    self._said.appendleft(head[count:])
        return out

    def _load(self, *module: str) -> None:
        self._pactl("load-module", *module)

    def _pactl(self, *args: str) -> None:
        env = {**os.environ, **self._server.environment}
        subprocess.run(["pactl", *args], env=env, check=True, stdout=subprocess.DEVNULL)
