"""`steady render`: a whole session as an audio file."""

from __future__ import annotations

import shlex
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.commands.plan_options import chosen, plan_options
from skill.commands.start import complete_routine
from skill.errors import EXIT_ENVIRONMENT, explain
from skill.settings import read_settings
from speech.voice import VoiceError

if TYPE_CHECKING:
    from speech.render import Rendered

#: Players that are called by a command of their own and end with the file, in the order they are named.
_PLAYERS = {"mpv": "mpv", "ffplay": "ffplay -autoexit", "vlc": "vlc", "afplay": "afplay", "paplay": "paplay"}


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def render(routine: str, output: str, tones_only: bool, no_captions: bool, **given: Any) -> None:
        try:
            written = _render(
                phrases, routine, Path(output), given, tones_only=tones_only, captions=not no_captions
            )
        except VoiceError as error:
            told = explain(error, phrases)
            lines = (phrases("render-view.no-voice"), *(told[0] if told else ()))
            click.echo("\n".join(lines), err=True)
            raise click.exceptions.Exit(EXIT_ENVIRONMENT) from None
        click.echo("\n".join(_told(written, phrases)))

    return make(
        phrases,
        "render",
        render,
        click.Argument(["routine"], shell_complete=complete_routine),
        option(phrases, "render", "--output", "-o", required=True, type=click.Path(), metavar="FILE"),
        option(phrases, "render", "--tones-only", is_flag=True),
        option(phrases, "render", "--no-captions", is_flag=True),
        *plan_options(phrases),
    )


def _render(
    phrases: Phrases, name: str, path: Path, given: dict[str, Any], *, tones_only: bool, captions: bool
) -> Rendered:
    from skill.showing import plan_now, voices_for  # noqa: PLC0415

    settings = read_settings()
    with ExitStack() as opened:
        voices = None if tones_only else opened.enter_context(voices_for(phrases.locale, given.get("rate")))
        # What is heavy comes while the voice starts; what can be refused is refused before anything is made.
        from skill.bootstrap import find_routine  # noqa: PLC0415
        from skill.progress_bar import ProgressBar  # noqa: PLC0415
        from skill.rendering import Job, render_session  # noqa: PLC0415

        job = Job(
            routine=find_routine(name, settings),
            plan=chosen(plan_now(settings, phrases), given),
            phrases=phrases,
            path=path,
            captions=captions,
        )
        return render_session(job, settings, voices, opened.enter_context(ProgressBar()))


def _told(written: Rendered, phrases: Phrases) -> tuple[str, ...]:
    from skill.transcript import clock  # noqa: PLC0415

    sound, *beside = written.paths
    size = phrases("render-view.size", megabytes=f"{written.bytes / 1e6:.1f}")
    lines = [phrases("render-view.wrote", path=sound, length=clock(written.length_ms), size=size)]
    if beside:
        lines.append(phrases("render-view.captions", paths=phrases.joined(tuple(map(str, beside)))))
    player = next((line for name, line in _PLAYERS.items() if shutil.which(name)), "")
    key = "render-view.play" if player else "render-view.copy"
    return (*lines, phrases(key, player=player, path=shlex.quote(str(sound))))
