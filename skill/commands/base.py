"""What the commands share: options, examples in the help, the person's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from routines.phrases import Phrases


class HelpfulCommand(click.Command):
    """A command whose help ends with examples, set as they are written."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples line by line."""
        del ctx
        if self.epilog:
            formatter.write_paragraph()
            for line in self.epilog.splitlines():
                formatter.write(f"{line}\n")


def make(
    phrases: Phrases, name: str, callback: Callable[..., Any], *params: click.Parameter
) -> click.Command:
    """Return the command `name`; help and examples are the phrases `cli.<name>.help` and `.examples`."""
    return HelpfulCommand(
        name,
        callback=callback,
        params=list(params),
        help=phrases(f"cli.{name}.help"),
        short_help=phrases(f"cli.{name}.short"),
        epilog=phrases(f"cli.{name}.examples"),
    )


def option(phrases: Phrases, command: str, *flags: str, **attrs: Any) -> click.Option:
    """Return an option whose help is the phrase `cli.<command>.options.<long name>`."""
    long_name = max((flag for flag in flags if flag.startswith("-")), key=len).lstrip("-").split("/")[0]
    return click.Option(list(flags), help=phrases(f"cli.{command}.options.{long_name}"), **attrs)
