"""`steady start`: lead a routine aloud, now."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routines.model import Side
from routines.phrases import Phrases
from routines.plan import SPANS, FirstSide, Level
from skill.commands.base import make, option
from skill.commands.listen_options import listen_options, with_engine
from skill.errors import EXIT_INTERRUPTED
from skill.settings import Settings, read_settings

if TYPE_CHECKING:
    from skill.leading import Choices


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def start(
        routine: str | None,
        yes: bool,
        tell: bool,
        level: str | None,
        pace: int | None,
        wait: bool | None,
        first_side: str | None,
        anew: bool,
        plain: bool,
        counts: str | None,
        mute: bool,
        listen: bool | None,
        listen_engine: str | None,
        listen_model: Path | None,
    ) -> None:
        def choices() -> Choices:
            from skill.leading import Choices  # noqa: PLC0415
            from skill.terminal.keys import can_read_keys  # noqa: PLC0415

            return Choices(
                routine=routine,
                asked=can_read_keys() and not yes and not tell,
                questions=not yes and not tell,
                listen=listen,
                level=Level(level) if level else None,
                pace_percent=pace,
                wait=wait,
                first_side=FirstSide(first_side) if first_side else None,
                anew=anew,
                plain=plain,
                counts=counts,
            )

        settings = with_engine(read_settings(), listen_engine, listen_model)
        run(phrases, settings, choices, mute=mute)

    pace = SPANS["pace_percent"]
    return make(
        phrases,
        "start",
        start,
        click.Argument(["routine"], required=False, shell_complete=complete_routine),
        option(phrases, "start", "--yes", "-y", is_flag=True),
        option(phrases, "start", "--tell", is_flag=True),
        option(phrases, "start", "--level", type=click.Choice([level.value for level in Level])),
        option(phrases, "start", "--pace", type=click.IntRange(pace.low, pace.high)),
        option(phrases, "start", "--wait/--no-wait", default=None),
        option(phrases, "start", "--first-side", type=click.Choice([side.value for side in Side])),
        option(phrases, "start", "--anew", is_flag=True),
        option(phrases, "start", "--plain", is_flag=True),
        option(phrases, "start", "--counts", type=click.Choice(["all", "fives", "none"])),
        option(phrases, "start", "--mute", is_flag=True),
        *listen_options(phrases),
    )


def complete_routine(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Return the routines whose names begin so, for the shell."""
    from skill.bootstrap import open_library  # noqa: PLC0415

    return [name for name in open_library(read_settings()).ids() if name.startswith(incomplete)]


def run(phrases: Phrases, settings: Settings, choices: Callable[[], Choices], *, mute: bool) -> None:
    """Lead, in the order of how long things take: the voice's process, the sound device, all the rest."""
    from skill.bootstrap import Voices  # noqa: PLC0415

    voices = Voices(phrases.locale)
    try:
        from skill.sound_out import SoundOut  # noqa: PLC0415

        sound = SoundOut(phrases, mute=mute)
        try:
            sound.start()
            from skill.leading import lead  # noqa: PLC0415 - what is heavy comes while the first tone sounds

            led = lead(phrases, settings, choices(), voices, sound)
        finally:
            sound.stop()
    finally:
        voices.close()
    if led.summary:
        click.echo(led.summary)
    if led.outcome is None:
        click.echo("\n".join(phrases.lines("live.broken-off")), err=True)
        sys.exit(EXIT_INTERRUPTED)
