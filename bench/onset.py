"""How exactly each count is heard: in files of a whole session, and live, next to the naive loop."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench import routines
from bench.figures import CannotMeasureError, Effort, Figure, Target
from bench.hearing import DECODERS, Count, Errors, best_fit, counts_shown, errors_at, offset_of, smeared_ms
from bench.keyboard import typist
from bench.live_audio import busy
from bench.naive import clip_of, loop_command
from bench.world import World, steady
from routines.plan import Plan, Words
from skill.ports import ME
from skill.store import open_store
from speech.clips import RATE_HZ, SAMPLES_PER_MS, Samples
from tests.nullsink import NullSink, missing

_FILE_TARGET_MS = 2.0
_LIVE_TARGET_MS = 5.0


def measure(effort: Effort) -> list[Figure]:
    """Return the errors in files and live."""
    if reason := missing():
        raise CannotMeasureError(reason)
    with ThreadPoolExecutor(1) as beside:  # the loop mostly sleeps: it does not disturb, nor is disturbed
        loop = beside.submit(said_and_slept, effort.pick(30, 8))
        idle = led(effort, hogs=0)
        naive = loop.result()
    return [*_files(effort, naive), *_live(effort, idle, naive), _naive_figure(naive)]


def _files(effort: Effort, naive: Errors) -> list[Figure]:
    figures = []
    with World() as world:
        counts, total_ms = counts_shown(world, "knee")
        made: set[Path] = set()
        for name, (suffix, decode) in list(DECODERS.items())[: effort.pick(len(DECODERS), 2)]:
            path = world.folder / f"knee{suffix}"
            if path not in made:
                world.run("render", "knee", "-o", path, "--no-captions")
                made.add(path)
            heard = decode(path)
            errors = errors_at(heard, counts)
            target = (Target.AT_MOST, _FILE_TARGET_MS)
            figures.append(
                _figure(
                    f"{name}, {total_ms / 60_000:.0f} min", errors, naive, target, smeared_ms(heard, counts)
                )
            )
            if suffix == ".wav":
                figures.append(_detector(heard, counts))
    return figures


def _detector(heard: Samples, counts: Sequence[Count]) -> Figure:
    """Return how wrongly shifts that are known are read: counts are looked for where they are not."""
    chance = np.random.default_rng(1)
    moved = chance.integers(-80, 80, len(counts))
    asked = [replace(count, at_ms=count.at_ms + int(by)) for count, by in zip(counts, moved, strict=True)]
    wrong = Errors(errors_at(heard, asked).ms + moved)
    return Figure(
        name="the detector itself: counts due up to 80 ms off, read wrongly by",
        value=wrong.worst_ms,
        unit="ms",
    )


def _live(effort: Effort, idle: Errors, naive: Errors) -> list[Figure]:
    target = (Target.AT_MOST, _LIVE_TARGET_MS)
    figures = [_figure("live, idle", idle, naive, target)]
    if not effort.quick:
        cores = os.cpu_count() or 1
        working = led(effort, hogs=cores)
        figures.append(_figure(f"live, {cores} busy processes on {cores} cores", working, naive, target))
    return figures


def _figure(
    name: str, errors: Errors, naive: Errors, target: tuple[Target, float], smeared: float | None = None
) -> Figure:
    return Figure(
        name=f"onset error, worst count: {name}",
        value=errors.worst_ms,
        unit="ms",
        baseline=naive.worst_ms,
        baseline_name="say, sleep(1)",
        target=target,
        note=str(errors) + ("" if smeared is None else f"; smeared ahead by {smeared:.2f} ms at most"),
    )


def _naive_figure(naive: Errors) -> Figure:
    return Figure(
        name="the loop of say, then sleep(1): last count late by",
        value=naive.drift_ms,
        unit="ms",
        note=str(naive),
    )


def led(effort: Effort, hogs: int) -> Errors:
    """Return the errors of the counts of a hold that `steady start` leads, recorded from the sound server."""
    with ExitStack() as stack:
        world = stack.enter_context(World())
        sink = stack.enter_context(NullSink())
        stack.enter_context(sink.chosen())
        routines.one_hold(world.data / "routines" / "hold.yaml", effort.pick(30, 10))
        keep_plan(world, Plan(words=Words.BRIEF, hold_s=effort.pick(30, 15)))
        counts, _ = counts_shown(world, "hold")
        recording = stack.enter_context(sink.recorded())
        stack.enter_context(busy(hogs, 0))
        led_by = stack.enter_context(
            typist(steady("start", "hold", "--tell", "--plain", "--counts", "all"), world.environment)
        )
        led_by.wait_for("Welcome")
        time.sleep(0.5)
        led_by.press("n")  # over the opening
        led_by.wait_for("Exercise 1 of 1")
        time.sleep(0.5)
        led_by.press("n")  # over what is told before the set
        led_by.wait_for("And let go")
        recording.wait_for(recording.frames + RATE_HZ)
        heard = recording.samples
    errors = errors_at(heard, counts, offset_of(heard, counts), reach_ms=400)
    return Errors(errors.ms - np.nanmedian(errors.ms))


def said_and_slept(counts: int) -> Errors:
    """Return the errors of the loop that everyone writes: say a number, sleep a second."""
    clips = [clip_of(str(number)) for number in range(1, counts + 1)]
    with NullSink() as sink, sink.recorded() as recording:
        environment = {**os.environ, **sink.environment}
        subprocess.run(loop_command(counts), check=True, env=environment, stderr=subprocess.DEVNULL)
        recording.wait_for(recording.frames + RATE_HZ)
        heard = recording.samples
    found = np.full(counts, np.nan)
    first, last = 0, len(heard)
    for nth, clip in enumerate(clips):
        at = best_fit(heard, clip, first, last)
        if at is not None:
            found[nth] = at / SAMPLES_PER_MS - nth * 1000
            first, last = at + RATE_HZ // 2, at + 4 * RATE_HZ
    return Errors(found - found[0])


def keep_plan(world: World, plan: Plan) -> None:
    """Keep a person's plan."""
    store = open_store(world.data / "history.sqlite3")
    try:
        store.save_plan(ME, plan, ME, datetime.now(UTC))
    finally:
        store.close()
