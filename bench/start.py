"""How long it takes from the command to the first sound, and to the first word."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from bench.figures import CannotMeasureError, Effort, Figure, Target
from bench.hearing import best_fit, first_words
from bench.naive import say_command
from bench.world import Memory, World, peak_while, running, steady
from speech.clips import RATE_HZ, Clip, Samples
from speech.trim import ONSET
from tests.nullsink import NullSink, Recording, missing

_TARGET_S = 1.0
_NEVER_S = float("inf")


@dataclass(frozen=True, slots=True)
class First:
    """When the first of something was heard after the command, in seconds, and what it took till then."""

    sound_s: float
    word_s: float
    peak: Memory = field(default_factory=Memory)


def measure(effort: Effort) -> list[Figure]:
    """Return the times, cold and warm, next to espeak-ng alone."""
    if reason := missing():
        raise CannotMeasureError(reason)
    times = effort.pick(5, 2)
    with World() as world:
        _, clip = first_words(world, "knee")
        plain_s = median(heard_first(say_command("hello"), world, None).sound_s for _ in range(times))
        cold = []
        for _ in range(times):
            world.forget_all()
            cold.append(started(world, "knee", clip))
        warm = [started(world, "knee", clip) for _ in range(times)]
    target = (Target.AT_MOST, _TARGET_S)
    return [
        _figure("first sound, no cache, no history", [first.sound_s for first in cold], plain_s, target),
        _figure("first word, no cache, no history", [first.word_s for first in cold], plain_s),
        _figure("first sound, warm", [first.sound_s for first in warm], plain_s, target),
        _figure("first word, warm", [first.word_s for first in warm], plain_s),
    ]


def started(world: World, routine: str, clip: Clip | None, seconds: float = 0) -> First:
    """Return when `steady start` was first heard."""
    command = steady("start", routine, "--tell", "--plain", "--anew")
    return heard_first(command, world, clip, seconds)


def heard_first(command: Sequence[str], world: World, clip: Clip | None, seconds: float = 0) -> First:
    """Run a command and return when its first sound was heard and, given their sound, its first words.

    It is run for `seconds` at least.
    """
    with ExitStack() as stack:
        sink = stack.enter_context(NullSink())
        stack.enter_context(sink.chosen())
        recording = stack.enter_context(sink.recorded())
        ran_from = recording.frames
        began_s = time.monotonic()
        process = stack.enter_context(running(command, world.environment))
        peak = peak_while(process, seconds) if seconds else Memory()
        if not recording.wait_for_sound(level=100):
            return First(_NEVER_S, _NEVER_S, peak)
        word_s = _NEVER_S if clip is None else _first_word_s(recording, clip, ran_from) - began_s
        recording.wait_for(recording.frames + RATE_HZ // 2)
        return First(_first_sound_s(recording) - began_s, word_s, peak)


def _first_word_s(recording: Recording, clip: Clip, first: int) -> float:
    for _ in range(10):
        recording.wait_for(recording.frames + RATE_HZ)
        at = best_fit(recording.samples, clip, first, len(recording.samples))
        if at is not None:
            return recording.arrived_s(at)
    return _NEVER_S


def _first_sound_s(recording: Recording) -> float:
    heard: Samples = recording.samples
    loudness = np.abs(heard.astype(np.int32))
    return recording.arrived_s(int(np.argmax(loudness >= max(1, loudness.max() * ONSET))))


def _figure(
    name: str, took_s: Sequence[float], plain_s: float, target: tuple[Target, float] | None = None
) -> Figure:
    return Figure(
        name=f"start knee: {name}",
        value=median(took_s),
        unit="s",
        baseline=plain_s,
        baseline_name="espeak-ng hello",
        target=target,
        note=f"of {len(took_s)}: {', '.join(f'{took:.2f}' for took in sorted(took_s))} s",
    )
