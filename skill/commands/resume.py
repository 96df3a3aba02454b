"""`steady resume`: go on with the session that was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.commands.listen_options import listen_options, with_engine
from skill.commands.start import run
from skill.settings import read_settings

if TYPE_CHECKING:
    from skill.leading import Choices


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def resume(
        plain: bool, mute: bool, listen: bool | None, listen_engine: str | None, listen_model: Path | None
    ) -> None:
        def choices() -> Choices:
            from skill.leading import Choices  # noqa: PLC0415
            from skill.terminal.keys import can_read_keys  # noqa: PLC0415

            return Choices(asked=can_read_keys(), plain=plain, only_resume=True, listen=listen)

        run(phrases, with_engine(read_settings(), listen_engine, listen_model), choices, mute=mute)

    return make(
        phrases,
        "resume",
        resume,
        option(phrases, "resume", "--plain", is_flag=True),
        option(phrases, "resume", "--mute", is_flag=True),
        *listen_options(phrases),
    )
