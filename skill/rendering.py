"""A session as an audio file: the voice, the layout and the encoder at work at the same time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from routines.course import Course
from routines.lengths import EstimatedLengths
from routines.model import Routine
from routines.phrases import Phrases
from routines.plan import Plan
from routines.timeline import LaidBlock, Timeline, lay_block
from skill.bootstrap import Voices, open_clips
from skill.progress_bar import ProgressBar
from skill.settings import Settings
from skill.showing import course_to_show, texts_of
from speech.audiofile import AudioFileError, writer_for
from speech.chapters import chapter_title
from speech.clips import Clips, Progress
from speech.mix import Placed, placed
from speech.mp3 import FrameBank, segments
from speech.render import Rendered, render, tone_captions


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be written, and where to."""

    routine: Routine
    plan: Plan
    phrases: Phrases
    path: Path
    captions: bool = True


def render_session(job: Job, settings: Settings, voices: Voices | None, bar: ProgressBar) -> Rendered:
    """Write a session as audio; without `voices`, with tones and ticks only and estimated lengths.

    AudioFileError if the file cannot be written, VoiceError if there are voices and they fail.
    """
    _refuse_early(job.path)
    with ExitStack() as opened:
        clips = (
            Clips(None, estimate=EstimatedLengths(job.plan.rate_wpm))
            if voices is None
            else opened.enter_context(open_clips(settings, voices, job.plan.rate_wpm))
        )
        course = course_to_show(job.routine, job.phrases, clips)
        return render_course(course, job, clips, bar.step, needs_voice=voices is not None)


def render_course(
    course: Course,
    job: Job,
    clips: Clips,
    step: Callable[[str], Progress | None],
    *,
    bank: FrameBank | None = None,
    needs_voice: bool = True,
) -> Rendered:
    """Write a course, whose lengths are those of `clips`, as audio.

    `step` gives what is told how far a part of the work is. AudioFileError if the file cannot be written,
    VoiceError if it `needs_voice` and the voice fails.
    """
    clips.prepare(texts_of(course, job.plan), step(job.phrases("render-view.voice-step")))
    bank = bank or FrameBank()
    timeline = _laid(course, job.plan, clips, bank if job.path.suffix.lower() == ".mp3" else None)
    if needs_voice and clips.failure is not None:
        raise clips.failure
    return render(
        timeline,
        clips,
        job.path,
        title=job.routine.title,
        chapter_title=chapter_title(job.phrases),
        captions=job.captions,
        tones=tone_captions(job.phrases),
        on_progress=step(job.phrases("render-view.file-step")),
        bank=bank,
    )


def _refuse_early(path: Path) -> None:
    """Refuse what cannot be written before anything is spoken for it."""
    writer_for(path)
    if not path.parent.is_dir():
        raise AudioFileError("no-folder", path, "")
    if not os.access(path.parent, os.W_OK) or path.is_dir():
        raise AudioFileError("not-allowed", path, "")


def _laid(course: Course, plan: Plan, clips: Clips, bank: FrameBank | None) -> Timeline:
    """Return the session in time. Frames for the bank are encoded meanwhile."""
    script = course.script(plan)
    blocks: list[LaidBlock] = []

    def parts() -> Iterator[Placed]:
        at_ms = 0
        for block in script.blocks:
            blocks.append(lay_block(block, clips, at_ms))
            at_ms = blocks[-1].end_ms
            if bank is not None:
                yield from placed(Timeline(routine=script.routine, blocks=(blocks[-1],)), clips)

    if bank is None:
        list(parts())
    else:
        for _ in bank.frames(segments(parts())):
            pass
    return Timeline(routine=script.routine, blocks=tuple(blocks))
