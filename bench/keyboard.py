"""A command at a terminal of its own, and what it prints there, line by line with the time."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from tests.nullsink import wait_until


class Typist:
    """Sits at the terminal: reads every line and presses keys."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        """Read until the terminal is closed."""
        self.process = process
        self.lines: list[tuple[float, str]] = []  #: when each was read, on `time.monotonic`
        self._terminal = terminal
        self._thread = threading.Thread(target=self._read, name="typist", daemon=True)
        self._thread.start()

    def press(self, key: str) -> float:
        """Press a key and return when."""
        now = time.monotonic()
        os.write(self._terminal, key.encode())
        return now

    def wait_for(self, text: str, timeout_s: float = 60, after: int = 0) -> int:
        """Return the number of the first line from `after` on that holds `text`.

        TimeoutError if none comes in time.
        """

        def found() -> Iterator[int]:
            return (nth for nth, (_, line) in enumerate(self.lines[after:], after) if text in line)

        def settled() -> bool:
            return next(found(), None) is not None or self.process.poll() is not None

        if not wait_until(settled, timeout_s):
            raise TimeoutError(f"{text!r} was not printed within {timeout_s} s")
        nth = next(found(), None)
        if nth is None:
            raise TimeoutError(f"it ended without printing {text!r}: {self.lines[-3:]}")
        return nth

    def finish(self) -> None:
        """Kill the command and read what is left."""
        self.process.kill()
        self.process.wait()
        self._thread.join(5)

    def _read(self) -> None:
        rest = b""
        with suppress(OSError):  # the other side was closed
            while piece := os.read(self._terminal, 65536):
                now = time.monotonic()
                *whole, rest = (rest + piece).split(b"\n")
                self.lines += ((now, line.decode(errors="replace").rstrip("\r")) for line in whole)


@contextmanager
def typist(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Typist]:
    """Give a command that runs at a terminal; killed at the end."""
    ours, its = pty.openpty()
    process = subprocess.Popen(command, env=dict(environment), stdin=its, stdout=its, stderr=its)
    os.close(its)
    at_terminal = Typist(process, ours)
    try:
        yield at_terminal
    finally:
        at_terminal.finish()
        os.close(ours)
