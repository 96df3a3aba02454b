"""How soon a pause is heard while sound is playing, next to ending a program that speaks."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from statistics import median

from bench.figures import CannotMeasureError, Effort, Figure, Target
from bench.live_audio import busy, change_latencies_ms, pause_latencies_ms
from bench.naive import say_command
from tests.nullsink import NullSink, loud, missing

_TARGET_MS = 150.0
_LONG = "Aah " * 60
#: The sink renders so much ahead while it is recorded: what has arrived is heard up to this much later.
_BLOCK_MS = 10


def measure(effort: Effort) -> list[Figure]:
    """Return how long after the request the last sound came."""
    if reason := missing():
        raise CannotMeasureError(reason)
    naive = [_ended_ms() for _ in range(3)]
    pauses = effort.pick(20, 6)
    cores = os.cpu_count() or 1
    with NullSink() as sink, sink.chosen():
        idle = _paused_ms(sink, pauses)
        louder, others = change_latencies_ms(sink, pauses)
        with busy(cores, 0):
            working = _paused_ms(sink, pauses)
    figures = [
        _figure("idle", idle, naive),
        _figure("idle", others, naive, what="something else to play"),
        _figure("idle", louder, naive, what="louder or softer"),
        _figure(f"{cores} busy processes on {cores} cores", working, naive),
    ]
    if not effort.quick:
        with NullSink(rewinds=True) as sink, sink.chosen():
            rewinding = _paused_ms(sink, pauses // 2)
        figures.append(_figure("idle, a sink with a long buffer that rewinds", rewinding, naive))
    return figures


def _paused_ms(sink: NullSink, pauses: int) -> list[float]:
    return [latency_ms + _BLOCK_MS for latency_ms in pause_latencies_ms(sink, pauses)]


def _figure(
    name: str, latencies_ms: Sequence[float], naive_ms: Sequence[float], what: str = "pause to silence"
) -> Figure:
    return Figure(
        name=f"{what}, worst: {name}",
        value=max(latencies_ms),
        unit="ms",
        baseline=max(naive_ms),
        baseline_name="ending espeak-ng",
        target=(Target.AT_MOST, _TARGET_MS),
        note=f"of {len(latencies_ms)}: median {median(latencies_ms):.0f} ms; "
        f"ending espeak-ng: median {median(naive_ms):.0f} ms of {len(naive_ms)}",
    )


def _ended_ms() -> float:
    """Return how long after it was told to end the last sound of espeak-ng was heard."""
    with NullSink() as sink, sink.chosen(), sink.recorded() as recording:
        process = subprocess.Popen(say_command(_LONG), stderr=subprocess.DEVNULL)
        recording.wait_for_sound()
        time.sleep(1)
        asked_s = time.monotonic()
        process.terminate()
        process.wait()
        time.sleep(1)
        last = int(loud(recording.samples, 200)[-1])
        return 1000 * (recording.arrived_s(last) - asked_s) + _BLOCK_MS
