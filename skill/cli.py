"""The command line `steady`. A command is imported only when it is called, so that it starts fast."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from importlib import import_module, metadata
from typing import Any

import click

from routines.phrases import Phrases, load_phrases
from skill.errors import EXIT_INTERRUPTED, explain
from skill.settings import read_locale

#: Name of the command -> module that makes it.
COMMANDS: dict[str, str] = {
    "start": "start",
    "resume": "resume",
    "list": "list_routines",
    "show": "show",
    "render": "render",
    "check": "check",
    "advice": "advice",
    "plan": "plan",
    "history": "history",
    "link": "link",
    "serve": "serve",
    "share": "share",
    "backup": "backup",
    "restore": "restore",
    "doctor": "doctor",
    "completion": "completion",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def __init__(self, phrases: Phrases, **attrs: Any) -> None:
        """Keep the phrases for the commands' help."""
        super().__init__(**attrs)
        self.phrases = phrases

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        made = import_module(f"skill.commands.{COMMANDS[cmd_name]}").command(self.phrases)
        return made if isinstance(made, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which command comes nearest to a mistyped one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib  # noqa: PLC0415 - only for a mistake

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            key = "cli.no-such-command-near" if near else "cli.no-such-command"
            ctx.fail(self.phrases(key, name=args[0], near=near[0] if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by their first lines, without importing them."""
        del ctx
        with formatter.section(self.phrases("cli.commands")):
            formatter.write_dl([(name, self.phrases(f"cli.{name}.short")) for name in COMMANDS])


def build(phrases: Phrases) -> click.Group:
    """Return the whole command line in one language."""
    group = LazyGroup(phrases, name="steady", help=phrases("cli.help"), epilog=phrases("cli.examples"))
    version = metadata.version("steady-coach")
    return click.version_option(version, prog_name="steady", message="%(prog)s %(version)s")(group)


def main(args: Sequence[str] | None = None) -> None:
    """Run `steady`; known errors end with a message and an exit code, never with a traceback."""
    for stream in (sys.stdout, sys.stderr):  # a letter that the terminal lacks must not end a session
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    phrases = load_phrases(read_locale())
    try:
        code = build(phrases).main(args=args, prog_name="steady", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader has gone, for example `| head`
        sys.stderr.close()
        code = 0
    except Exception as error:
        told = explain(error, phrases)
        if told is None:
            raise
        lines, code = told
        click.echo("\n".join(lines), err=True)
    sys.exit(code if isinstance(code, int) else 0)
