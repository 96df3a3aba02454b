"""A large household on one machine: 60 people who look on, 20 tablets that lead, all at once.

The real `steady serve` runs as a process of its own, on SQLite, with a year of everybody's history. Beside
it one process is all the browsers: each tablet and each viewer keeps a stream of events open; each tablet
does something every five seconds and fetches its sound; pages are asked for, and buttons pressed, all the
while. So the two cores are shared by the server and by those who measure it.

Baseline: the same server and the same rates with one tablet and one viewer. Figures go to docs/household.md
with `--write`.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from bench.figures import CannotMeasureError, Effort, Figure, Target
from bench.household_home import Home, make_home
from bench.household_load import Rates, Times, run_load
from bench.world import World, steady

_PAGE = Path(__file__).parent.parent / "docs" / "household.md"
_TABLETS, _VIEWERS_EACH = 20, 3
_TO_DEVICE_MS, _TO_VIEWERS_MS, _PAGE_MS = 250.0, 1000.0, 200.0
_PAGES_PER_S, _COMMANDS_PER_S = 5.0, 2.0
_ADDRESS = re.compile(r"http://([\d.]+):(\d+)")
_BASE = "one tablet, one viewer"


def measure(effort: Effort) -> list[Figure]:
    """Return how soon commands arrive and pages come."""
    if not Path("/proc/self/stat").exists():
        raise CannotMeasureError("what the server takes is read from /proc")
    with World() as world:
        home = make_home(world.data / "history.sqlite3", _TABLETS, _VIEWERS_EACH)
        with _serving(world) as server:
            run_load(server.address, home.part(2, 1), Rates(5, _PAGES_PER_S, 1))  # there are clips now
            few = run_load(server.address, home.part(1, 1), Rates(effort.pick(40, 10), _PAGES_PER_S, 1))
            before_s, began_s = server.cpu_s, monotonic()
            ours_s = _own_cpu_s()
            many = run_load(server.address, home, Rates(effort.pick(180, 25), _PAGES_PER_S, _COMMANDS_PER_S))
            took_s = monotonic() - began_s
            busy = (server.cpu_s - before_s) / took_s
            ours = (_own_cpu_s() - ours_s) / took_s
            memory_mb = server.memory_mb
    return [*_figures(home, few, many), *_load_figures(busy, ours, memory_mb, many)]


def write(head: str, tables: str) -> None:
    """Write the page of the last measurement."""
    about = (__doc__ or "").strip().partition("\n\n")
    _PAGE.write_text(f"# {about[0]}\n\n{head}\n\n{about[2]}\n\n{tables}", encoding="utf-8")


def _figures(home: Home, few: Times, many: Times) -> Iterator[Figure]:
    lost = f"; lost: {', '.join(many.lost[:5])} ({len(many.lost)} in all)" if many.lost else ""
    yield _figure("command to device, p99", many.to_device, few.to_device, _TO_DEVICE_MS, lost)
    yield _figure(
        "pause or resume pressed to seen on each of three pages, p99",
        many.to_viewers,
        few.to_viewers,
        _TO_VIEWERS_MS,
        lost,
    )
    pages = {name: times for name, times in many.pages.items() if name.startswith("/")}
    together = [took for times in pages.values() for took in times]
    before = [took for name in pages for took in few.pages.get(name, ())]
    sessions = f"; {home.sessions:,} sessions on record"
    yield _figure("every page together, p99", together, before, _PAGE_MS, sessions)
    for name in (*sorted(pages), "a button", "a sound"):
        yield _figure(f"{name}, p99", many.pages[name], few.pages.get(name, []), _PAGE_MS)


def _figure(
    name: str, times: Sequence[float], before: Sequence[float], limit: float, note: str = ""
) -> Figure:
    return Figure(
        name=name,
        value=_percentile(times, 99),
        unit="ms",
        baseline=_percentile(before, 99) if before else None,
        baseline_name=_BASE,
        target=(Target.AT_MOST, limit),
        note=f"{len(times)} of them: p50 {_percentile(times, 50):.0f}, p90 {_percentile(times, 90):.0f}, "
        f"worst {max(times, default=0):.0f} ms{note}",
    )


def _load_figures(busy: float, ours: float, memory_mb: float, many: Times) -> Iterator[Figure]:
    yield Figure(
        name="the server's part of one core",
        value=100 * busy,
        unit="%",
        note=f"the process that measures took {100 * ours:.0f} %, and was itself late by "
        f"{_percentile(many.lag, 50):.1f} ms (p50), {_percentile(many.lag, 99):.1f} ms (p99)",
    )
    yield Figure(name="the server's memory", value=memory_mb, unit="MB")


def _percentile(times: Sequence[float], percent: int) -> float:
    """Return the value that so many percent of the others do not exceed."""
    ordered = sorted(times)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class _Server:
    address: tuple[str, int]
    pid: int

    @property
    def cpu_s(self) -> float:
        """What the process and its children, the voices, have taken so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory_mb(self) -> float:
        """What it takes now, voices not counted."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextmanager
def _serving(world: World) -> Iterator[_Server]:
    """Run the real server, at any port that is free."""
    command = steady("serve", "--port", "0", "--no-coach")
    environment = {**world.environment, "PYTHONUNBUFFERED": "1"}
    with (world.folder / "serve.log").open("w+b") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        )
        try:
            yield _Server(_address(process), process.pid)
            if process.poll() is not None:
                raise AssertionError("the server ended")
        finally:
            process.terminate()
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()


def _address(process: subprocess.Popen[bytes]) -> tuple[str, int]:
    if process.stdout is not None:
        for line in process.stdout:
            if found := _ADDRESS.search(line.decode()):
                return found[1], int(found[2])
    raise CannotMeasureError("the server did not start")


def _own_cpu_s() -> float:
    times = os.times()
    return times.user + times.system
