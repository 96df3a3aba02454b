"""`steady show`: a whole session to read, with times."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.commands.plan_options import chosen, plan_options
from skill.commands.start import complete_routine
from skill.settings import read_settings

if TYPE_CHECKING:
    from skill.transcript import Transcript


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def show(routine: str | None, full: bool, as_json: bool, estimate: bool, **given: Any) -> None:
        from skill.transcript import to_data  # noqa: PLC0415

        transcript = _transcript(phrases, routine, given, estimate=estimate, full=full)
        if as_json:
            click.echo(json.dumps(to_data(transcript.timeline), indent=1, ensure_ascii=False))
        else:
            click.echo("\n".join(transcript.lines()))

    return make(
        phrases,
        "show",
        show,
        click.Argument(["routine"], required=False, shell_complete=complete_routine),
        option(phrases, "show", "--full", is_flag=True),
        option(phrases, "show", "--json", "as_json", is_flag=True),
        option(phrases, "show", "--estimate", is_flag=True),
        *plan_options(phrases),
    )


def _transcript(
    phrases: Phrases, name: str | None, given: dict[str, Any], *, estimate: bool, full: bool
) -> Transcript:
    from routines.lengths import EstimatedLengths  # noqa: PLC0415
    from routines.load import DEFAULT_ROUTINE_ID  # noqa: PLC0415
    from skill.bootstrap import find_routine, open_clips  # noqa: PLC0415
    from skill.progress_bar import ProgressBar  # noqa: PLC0415
    from skill.showing import course_to_show, plan_now, texts_of, voice_note, voices_for  # noqa: PLC0415
    from skill.transcript import Transcript  # noqa: PLC0415 - while the voice starts

    settings = read_settings()
    with ExitStack() as opened:
        voices = None if estimate else opened.enter_context(voices_for(phrases.locale, given.get("rate")))
        plan = chosen(plan_now(settings, phrases), given)
        routine = find_routine(name or DEFAULT_ROUTINE_ID, settings)
        course = course_to_show(routine, phrases, EstimatedLengths(plan.rate_wpm))
        if voices is not None:
            clips = opened.enter_context(open_clips(settings, voices, plan.rate_wpm))
            measured = course_to_show(routine, phrases, clips)
            texts = texts_of(measured, plan)
            bar = opened.enter_context(ProgressBar())
            clips.prepare(texts, bar.step(phrases("show.voice-step")))
            clips.wait(texts)
            if clips.failure is None:
                return Transcript(
                    course=measured,
                    plan=plan,
                    timeline=measured.timeline(plan),
                    measured=True,
                    full=full,
                )
            click.echo(voice_note(clips.failure, phrases), err=True)
        return Transcript(course=course, plan=plan, timeline=course.timeline(plan), measured=False, full=full)
