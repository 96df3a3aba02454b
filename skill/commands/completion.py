"""`steady completion`: what a shell needs to complete commands, options and routines."""

from __future__ import annotations

import os
from pathlib import PurePath

import click

from routines.phrases import Phrases
from skill.commands.base import make
from skill.errors import EXIT_INPUT

SHELLS = ("bash", "zsh", "fish")


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def completion(shell: str | None) -> None:
        from click.shell_completion import get_completion_class  # noqa: PLC0415

        name = shell or PurePath(os.environ.get("SHELL", "")).name
        kind = get_completion_class(name) if name in SHELLS else None
        if kind is None:
            click.echo("\n".join(phrases.lines("completion.unknown")), err=True)
            raise click.exceptions.Exit(EXIT_INPUT)
        group = click.get_current_context().find_root().command
        # click's own `source` first asks bash for its version; the text does not depend on it.
        made = kind(group, {}, "steady", "_STEADY_COMPLETE")
        click.echo(made.source_template % made.source_vars())
        click.echo(phrases(f"completion.install.{name}"), err=True)

    return make(
        phrases,
        "completion",
        completion,
        click.Argument(["shell"], required=False, type=click.Choice(SHELLS)),
    )
