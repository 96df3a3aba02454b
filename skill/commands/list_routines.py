"""`steady list`: the routines there are."""

from __future__ import annotations

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.settings import read_settings


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def list_routines(as_json: bool) -> None:
        import json  # noqa: PLC0415

        from routines.load import DEFAULT_ROUTINE_ID  # noqa: PLC0415
        from skill.library_view import entries, entry_data, entry_lines  # noqa: PLC0415
        from skill.showing import plan_now  # noqa: PLC0415

        settings = read_settings()
        found = tuple(entries(settings, plan_now(settings, phrases), phrases))
        if as_json:
            click.echo(json.dumps([entry_data(entry) for entry in found], indent=2, ensure_ascii=False))
            return
        for entry in found:
            click.echo("\n".join(entry_lines(entry, phrases)) + "\n")
        click.echo(phrases("list.start", id=DEFAULT_ROUTINE_ID))
        click.echo(phrases("list.folder", folder=settings.routines_folder))

    return make(phrases, "list", list_routines, option(phrases, "list", "--json", "as_json", is_flag=True))
