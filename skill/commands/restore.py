"""`steady restore`: everything back from a backup."""

from __future__ import annotations

from pathlib import Path

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.settings import Settings, read_settings


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def restore_(file: str, replace: bool) -> None:
        from skill.bootstrap import now  # noqa: PLC0415 - only where the command is called
        from skill.store.restore import restore  # noqa: PLC0415 - SQLAlchemy comes with it

        settings = read_settings()
        at = now()
        safety = _safety(settings, f"{at:%Y-%m-%d-%H%M%S-%f}") if replace else None
        restore(settings.database, Path(file), settings.routines_folder, at, safety=safety)
        if safety is not None:
            click.echo(phrases("backup.kept-before", file=safety))
        click.echo("\n".join(phrases.lines("backup.restored", file=file)))

    return make(
        phrases,
        "restore",
        restore_,
        click.Argument(["file"], type=click.Path(), metavar="FILE"),
        option(phrases, "restore", "--replace", is_flag=True),
    )


def _safety(settings: Settings, moment: str) -> Path:
    """Return where what is here goes first."""
    folder = settings.data_folder / "backups"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        from skill.store.backup_file import BackupError, BackupFault  # noqa: PLC0415 - only in this case

        raise BackupError(BackupFault.NO_FOLDER, str(folder), str(error)) from error
    return folder / f"before-restore-{moment}.zip"
