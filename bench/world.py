"""A place of its own for each measurement: temporary folders, real commands, and what they take."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

#: How often memory is looked at.
_LOOK_S = 0.03


@dataclass(slots=True)
class World:
    """Folders for the data, the cache and the files of one measurement; gone after the `with`."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="bench-")))
    more: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """Where histories and routines of one's own are."""
        return self.folder / "data"

    @property
    def cache(self) -> Path:
        """Where clips are kept."""
        return self.folder / "cache"

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to live here."""
        here = {"STEADY_DATA": str(self.data), "STEADY_CACHE": str(self.cache), "STEADY_LOCALE": "en"}
        return {**os.environ, **here, **self.more}

    def forget_clips(self) -> None:
        """Empty the cache: the next command is cold."""
        shutil.rmtree(self.cache, ignore_errors=True)

    def forget_all(self) -> None:
        """Empty cache and data: the next command is a person's very first."""
        self.forget_clips()
        shutil.rmtree(self.data, ignore_errors=True)

    def run(self, *arguments: str | Path, watched: bool = False) -> Ran:
        """Run `steady` to its end, as `run` does."""
        return run(steady(*arguments), self.environment, watched=watched)

    def __enter__(self) -> Self:
        """Give the place."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Memory:
    """The most memory that a process and its children took at once, in bytes."""

    proportional: int = 0  #: what several processes share is counted once (PSS)
    resident: int = 0  #: what they share is counted for each of them (RSS)

    def most(self, other: Memory) -> Memory:
        """Return the greater of each."""
        return Memory(max(self.proportional, other.proportional), max(self.resident, other.resident))


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    seconds: float
    cpu_s: float  #: of it and the children it waited for: hardly changes when the machine is busy
    out: str
    peak: Memory  #: nothing if it was not watched


def steady(*arguments: str | Path) -> list[str]:
    """Return the command line of `steady` as installed beside this Python."""
    beside = Path(sys.executable).with_name("steady")
    program = (
        [str(beside)] if beside.exists() else [sys.executable, "-c", "from skill.cli import main; main()"]
    )
    return [*program, *map(str, arguments)]


def run(command: Sequence[str], environment: dict[str, str] | None = None, *, watched: bool = False) -> Ran:
    """Run a command to its end. CalledProcessError if it fails. To watch its memory takes it some time."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began, cpu_s = time.monotonic(), _children_cpu_s()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        peak = peak_while(process) if watched else Memory()
        process.wait()
        took_s = time.monotonic() - began
        out.seek(0)
        err.seek(0)
        text = out.read().decode()
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, text, err.read().decode())
        return Ran(took_s, _children_cpu_s() - cpu_s, text, peak)


def _children_cpu_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


@contextmanager
def running(command: Sequence[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Give a running command, its output piped and nothing to read; killed at the end, its children too."""
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()  # its voice's process ends by itself when its pipe does
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def peak_while(process: subprocess.Popen[bytes], seconds: float = float("inf")) -> Memory:
    """Return the most memory that a process and its children take while it runs, for so long at most."""
    until = time.monotonic() + seconds
    peak = Memory()
    while time.monotonic() < until and process.poll() is None:
        peak = peak.most(_tree(process.pid))
        time.sleep(_LOOK_S)
    return peak


def _tree(pid: int) -> Memory:
    proportional, resident, waiting = 0, 0, [pid]
    while waiting:
        one = waiting.pop()
        with suppress(OSError):  # it may have ended just now
            sizes = dict(
                line.split(":") for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()[1:]
            )
            proportional += _bytes(sizes["Pss"])
            resident += _bytes(sizes["Rss"])
        waiting += _children(one)
    return Memory(proportional, resident)


def _bytes(kilobytes: str) -> int:
    return int(kilobytes.split(maxsplit=1)[0]) * 1024


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found
