"""How much memory leading and rendering take at most, their child processes included."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from bench import routines
from bench.figures import CannotMeasureError, Effort, Figure, Target
from bench.world import Memory, World, peak_while, run, running, steady
from tests.nullsink import NullSink, missing

_TARGET_MB = 200.0


def measure(effort: Effort) -> list[Figure]:
    """Return the peaks for the knee routine and for one of an hour, next to bare numpy."""
    if reason := missing():
        raise CannotMeasureError(reason)
    bare = [sys.executable, "-c", "import numpy, time; time.sleep(0.3)"]
    numpy = run(bare, watched=True).peak
    with ExitStack() as stack:
        worlds = {name: stack.enter_context(World()) for name in ("knee", "hour")}
        routines.about_minutes(worlds["hour"].data / "routines" / "hour.yaml", 60)
        sink = stack.enter_context(NullSink())
        stack.enter_context(sink.chosen())
        seconds = effort.pick(20, 5)
        with ThreadPoolExecutor() as pool:  # side by side: memory is not shared, and time is
            peaks = pool.map(lambda name: leading_peak(worlds[name], name, seconds), worlds)
            leading = dict(zip(worlds, peaks, strict=True))
        figures = [_figure(f"start {name}, first {seconds} s", peak, numpy) for name, peak in leading.items()]
        for name, world in worlds.items():
            world.forget_clips()
            suffixes = (".mp3", ".flac") if name == "hour" and not effort.quick else (".mp3",)
            for suffix in suffixes:
                ran = world.run("render", name, "-o", world.folder / f"out{suffix}", watched=True)
                figures.append(_figure(f"render {name} to {suffix[1:].upper()}", ran.peak, numpy))
    return figures


def leading_peak(world: World, routine: str, seconds: int) -> Memory:
    """Return the peak of the first seconds of a session."""
    with running(steady("start", routine, "--tell", "--plain"), world.environment) as process:
        return peak_while(process, seconds)


def _figure(name: str, peak: Memory, numpy: Memory) -> Figure:
    return Figure(
        name=f"peak memory: {name}",
        value=peak.proportional / 1e6,
        unit="MB",
        baseline=numpy.proportional / 1e6,
        baseline_name="import numpy",
        target=(Target.AT_MOST, _TARGET_MB),
        note=f"what processes share is counted once; counted for each of them: {peak.resident / 1e6:.0f} MB",
    )
