"""The same for routines of 1, 10 and 60 minutes: what grows with the length, and how much."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from bench import routines
from bench.figures import CannotMeasureError, Effort, Figure, Target
from bench.render import fresh
from bench.start import started
from bench.world import World
from routines.phrases import load_phrases
from routines.plan import Plan
from skill.bootstrap import Voices, find_routine, open_clips
from skill.settings import read_settings
from skill.showing import course_to_show, texts_of
from tests.nullsink import missing

_MINUTES = (1, 10, 60)
_FIRST_SOUND_TARGET_S = 1.0
_MEMORY_TARGET_MB = 200.0


@dataclass(frozen=True, slots=True)
class Grown:
    """What a routine of one length takes."""

    minutes: float
    laid_out_ms: float
    rendered_s: float
    render_mb: float
    first_sound_s: float
    start_mb: float


def measure(effort: Effort) -> list[Figure]:
    """Return each figure for each length; the baseline is the shortest routine's."""
    if reason := missing():
        raise CannotMeasureError(reason)
    lengths = [_one(minutes, effort) for minutes in (_MINUTES[:: effort.pick(1, 2)])]
    figures = []
    for grown in lengths:
        figures += _figures(grown, lengths[0])
    return figures


def _one(minutes: int, effort: Effort) -> Grown:
    with World() as world:
        routines.about_minutes(world.data / "routines" / "long.yaml", minutes)
        path = world.folder / "long.mp3"
        rendered = []
        for _ in range(effort.pick(2, 1)):
            world.forget_clips()
            rendered.append(world.run("render", "long", "-o", path).seconds)
        world.forget_clips()
        watched = world.run("render", "long", "-o", path, watched=True)
        length_s, laid_out_ms = _laid_out(world)
        firsts = []
        for _ in range(effort.pick(3, 1)):
            world.forget_clips()
            firsts.append(started(world, "long", None).sound_s)
        world.forget_clips()
        led = started(world, "long", None, seconds=effort.pick(6, 3))
        return Grown(
            minutes=length_s / 60,
            laid_out_ms=laid_out_ms,
            rendered_s=median(rendered),
            render_mb=watched.peak.proportional / 1e6,
            first_sound_s=median(firsts),
            start_mb=led.peak.proportional / 1e6,
        )


def _laid_out(world: World) -> tuple[float, float]:
    """Return how long the session is in seconds, and how long it takes to compile and lay out in ms."""
    settings, phrases, plan = read_settings(world.environment), load_phrases(), Plan()
    with open_clips(settings, Voices(phrases.locale), plan.rate_wpm) as clips:
        course = course_to_show(find_routine("long", settings), phrases, clips)
        clips.prepare(texts_of(course, plan))
        clips.wait(texts_of(course, plan))
        took_s = []
        for _ in range(5):
            new = fresh(course, clips)
            began = time.perf_counter()
            total_ms = new.timeline(plan).total_ms
            took_s.append(time.perf_counter() - began)
        return total_ms / 1000, 1000 * median(took_s)


def _figures(grown: Grown, shortest: Grown) -> list[Figure]:
    base = f"{shortest.minutes:.1f} min"
    name = f"{grown.minutes:.1f} min"
    return [
        Figure(
            name=f"{name}: compile and lay out",
            value=grown.laid_out_ms,
            unit="ms",
            baseline=shortest.laid_out_ms,
            baseline_name=base,
        ),
        Figure(
            name=f"{name}: render to MP3, whole command, no cache",
            value=grown.rendered_s,
            unit="s",
            baseline=shortest.rendered_s,
            baseline_name=base,
            note=f"{grown.minutes * 60 / grown.rendered_s:,.0f} times real time",
        ),
        Figure(
            name=f"{name}: peak memory of render",
            value=grown.render_mb,
            unit="MB",
            baseline=shortest.render_mb,
            baseline_name=base,
            target=(Target.AT_MOST, _MEMORY_TARGET_MB),
        ),
        Figure(
            name=f"{name}: first sound of start, no clips cached",
            value=grown.first_sound_s,
            unit="s",
            baseline=shortest.first_sound_s,
            baseline_name=base,
            target=(Target.AT_MOST, _FIRST_SOUND_TARGET_S),
        ),
        Figure(
            name=f"{name}: peak memory of start, first seconds",
            value=grown.start_mb,
            unit="MB",
            baseline=shortest.start_mb,
            baseline_name=base,
            target=(Target.AT_MOST, _MEMORY_TARGET_MB),
        ),
    ]
