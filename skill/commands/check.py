"""`steady check`: everything that is wrong with routine and advice files."""

from __future__ import annotations

import json

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.errors import EXIT_INPUT
from skill.settings import read_settings


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def check(files: tuple[str, ...], as_json: bool) -> None:
        from routines.faults import errors  # noqa: PLC0415
        from skill.bootstrap import open_library  # noqa: PLC0415
        from skill.checking import faults_of  # noqa: PLC0415
        from skill.faults_view import checked_lines, fault_data  # noqa: PLC0415

        settings = read_settings()
        library = open_library(settings)
        found = {file: faults_of(file, settings, library) for file in files}
        if as_json:
            plain = [
                {
                    "file": file,
                    "ok": not errors(faults),
                    "faults": [fault_data(fault, phrases) for fault in faults],
                }
                for file, faults in found.items()
            ]
            click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
        else:
            for file, faults in found.items():
                click.echo("\n".join(checked_lines(file, faults, phrases)))
        if any(errors(faults) for faults in found.values()):
            raise click.exceptions.Exit(EXIT_INPUT)

    return make(
        phrases,
        "check",
        check,
        click.Argument(["files"], nargs=-1, required=True, metavar="FILE..."),
        option(phrases, "check", "--json", "as_json", is_flag=True),
    )
