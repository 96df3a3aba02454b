"""How fast a session becomes an audio file, as a multiple of the time it takes to hear it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from bench import naive
from bench.figures import Effort, Figure, Target
from bench.hearing import counts_shown
from bench.world import Ran, World, run
from routines.course import Course
from routines.phrases import load_phrases
from routines.plan import Plan
from skill.bootstrap import Voices, find_routine, open_clips
from skill.settings import read_settings
from skill.showing import course_to_show, texts_of
from speech.chapters import chapter_title
from speech.clips import Clips
from speech.mp3 import FrameBank
from speech.render import render

_COLD_TARGET = 500.0
_CACHED_TARGET = 20_000.0


def measure(effort: Effort) -> list[Figure]:
    """Return the speed of the command, cold and warm, and in process."""
    times = effort.pick(3, 1)
    with World() as world:
        _, total_ms = counts_shown(world, "knee")
        path = world.folder / "knee.mp3"
        session_s = total_ms / 1000

        def by_command(*, cold: bool) -> Ran:
            if cold:
                world.forget_all()
            return world.run("render", "knee", "-o", path)

        cold = [by_command(cold=True) for _ in range(times)]
        warm = [by_command(cold=False) for _ in range(times)]
        ran = [
            run(naive.render_command("knee", path), world.environment).seconds
            for _ in range(effort.pick(2, 1))
        ]
        command_s = median(ran)
        figures = [
            _command("whole command, no cache", session_s, cold, command_s, _COLD_TARGET),
            _command("whole command, clips cached", session_s, warm, command_s),
        ]
        return [*figures, *_in_process(world, effort)]


def _in_process(world: World, effort: Effort) -> list[Figure]:
    settings, phrases, plan = read_settings(world.environment), load_phrases(), Plan()
    with open_clips(settings, Voices(phrases.locale), plan.rate_wpm) as clips:
        course = course_to_show(find_routine("knee", settings), phrases, clips)
        texts = texts_of(course, plan)
        clips.prepare(texts)
        clips.wait(texts)
        timeline = course.timeline(plan)
        path, bank = world.folder / "cached.mp3", FrameBank()

        def ours(*, captions: bool) -> None:
            render(
                timeline,
                clips,
                path,
                title=course.routine.title,
                chapter_title=chapter_title(phrases),
                captions=captions,
                bank=bank,
            )

        ours(captions=False)  # fills the bank of frames
        times = effort.pick(15, 5)
        session_s = timeline.total_ms / 1000
        naive_s = _seconds(lambda: naive.write_mp3(path, timeline, clips))
        sound = [_seconds(lambda: ours(captions=False)) for _ in range(times)]
        both = [_seconds(lambda: ours(captions=True)) for _ in range(times)]
        name = "mix, then encode"
        return [
            _figure("in process, clips and frames cached", session_s, sound, naive_s, name, _CACHED_TARGET),
            _figure("the same with captions beside it", session_s, both, naive_s, name),
            _laying_out(course, plan, clips, session_s),
        ]


def _laying_out(course: Course, plan: Plan, clips: Clips, session_s: float) -> Figure:
    took_s = median(_seconds(lambda: fresh(course, clips).timeline(plan)) for _ in range(5))
    return Figure(
        name="routine to timeline, in process",
        value=session_s / took_s,
        unit="x real time",
        note=f"{took_s * 1000:.1f} ms",
    )


def fresh(course: Course, clips: Clips) -> Course:
    """Return the course as if nothing had been compiled yet."""
    return course_to_show(course.routine, course.phrases, clips)


def _command(
    name: str, session_s: float, ran: list[Ran], naive_s: float, target: float | None = None
) -> Figure:
    figure = _figure(name, session_s, [one.seconds for one in ran], naive_s, "naive command", target)
    return replace(figure, note=f"{figure.note}; processor: {median(one.cpu_s for one in ran):.2f} s")


def _figure(
    name: str,
    session_s: float,
    took_s: list[float],
    naive_s: float,
    naive_name: str,
    target: float | None = None,
) -> Figure:
    return Figure(
        name=f"render knee to MP3: {name}",
        value=session_s / median(took_s),
        unit="x real time",
        baseline=session_s / naive_s,
        baseline_name=naive_name,
        target=None if target is None else (Target.AT_LEAST, target),
        note=f"{session_s / 60:.1f} min in {_spread(took_s)}; {naive_name}: {naive_s:.2f} s",
    )


def _spread(took_s: list[float]) -> str:
    if median(took_s) < 0.5:
        return f"{median(took_s) * 1000:.0f} ms (of {len(took_s)}: {_range(took_s, 1000, 0)} ms)"
    return f"{median(took_s):.2f} s (of {len(took_s)}: {_range(took_s, 1, 2)} s)"


def _range(took_s: list[float], scale: int, digits: int) -> str:
    return f"{min(took_s) * scale:.{digits}f}-{max(took_s) * scale:.{digits}f}"


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
