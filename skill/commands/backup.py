"""`steady backup`: everything that is kept, as one file."""

from __future__ import annotations

from pathlib import Path

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.settings import read_settings


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def backup(file: str, overwrite: bool) -> None:
        from skill.bootstrap import now  # noqa: PLC0415 - only where the command is called
        from skill.store.backup import back_up  # noqa: PLC0415 - SQLAlchemy comes with it

        settings = read_settings()
        path = Path(file)
        back_up(settings.database, path, settings.routines_folder, now(), overwrite=overwrite)
        click.echo("\n".join(phrases.lines("backup.made", file=path)))

    return make(
        phrases,
        "backup",
        backup,
        click.Argument(["file"], type=click.Path(), metavar="FILE"),
        option(phrases, "backup", "--overwrite", is_flag=True),
    )
