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
from speech.voice import VoiceError

if TYPE_CHECKING:
    from routines.model import Routine
    from routines.plan import Plan
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
    """Return the session, measured with the voice; if there is none, say so and estimate."""
    from skill.showing import course_to_show, voice_note  # noqa: PLC0415

    if not estimate:
        try:
            return _measured(phrases, name, given, full=full)
        except VoiceError as failure:
            click.echo(voice_note(failure, phrases), err=True)
    from routines.lengths import EstimatedLengths  # noqa: PLC0415
    from skill.transcript import Transcript  # noqa: PLC0415

    routine, plan = _wanted(phrases, name, given, quiet=not estimate)
    course = course_to_show(routine, phrases, EstimatedLengths(plan.rate_wpm))
    return Transcript(course=course, plan=plan, timeline=course.timeline(plan), measured=False, full=full)


def _measured(phrases: Phrases, name: str | None, given: dict[str, Any], *, full: bool) -> Transcript:
    """Return the session with the voice's own lengths. VoiceError if there is no voice."""
    from skill.showing import course_to_show, texts_of, voices_for  # noqa: PLC0415

    with ExitStack() as opened:
        voices = opened.enter_context(voices_for(phrases.locale, given.get("rate")))
        # What is heavy comes while the voice starts.
        from skill.bootstrap import open_clips  # noqa: PLC0415
        from skill.progress_bar import ProgressBar  # noqa: PLC0415
        from skill.transcript import Transcript  # noqa: PLC0415

        routine, plan = _wanted(phrases, name, given)
        clips = opened.enter_context(open_clips(read_settings(), voices, plan.rate_wpm))
        course = course_to_show(routine, phrases, clips)
        texts = texts_of(course, plan)
        bar = opened.enter_context(ProgressBar())
        clips.prepare(texts, bar.step(phrases("show.voice-step")))
        clips.wait(texts)
        timeline = course.timeline(plan)
        if clips.failure is not None:
            raise clips.failure
        return Transcript(course=course, plan=plan, timeline=timeline, measured=True, full=full)


def _wanted(
    phrases: Phrases, name: str | None, given: dict[str, Any], *, quiet: bool = False
) -> tuple[Routine, Plan]:
    """Return the routine and the plan that are asked for; `quiet` if what is wrong with it has been said."""
    from routines.load import DEFAULT_ROUTINE_ID  # noqa: PLC0415
    from skill.bootstrap import find_routine  # noqa: PLC0415
    from skill.showing import plan_now  # noqa: PLC0415

    settings = read_settings()
    routine = find_routine(name or DEFAULT_ROUTINE_ID, settings)
    return routine, chosen(plan_now(settings, phrases, quiet=quiet), given)
