"""`steady serve`: the backend, for Alexa and for other machines."""

from __future__ import annotations

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.serve import HOST, PORT, check_bind, open_server
from skill.serve import serve as run
from skill.settings import read_settings


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def serve(host: str, port: int) -> None:
        from skill.app import create_app  # noqa: PLC0415 - Flask comes with it

        settings = read_settings()
        check_bind(settings, host)
        server = open_server(create_app(settings), host, port)

        def ready(address: str) -> None:
            click.echo(phrases("serve.running", address=address))
            if not settings.alexa.skill_id:
                click.echo(phrases("serve.no-alexa"))
            elif settings.alexa.verify:
                click.echo(phrases("serve.alexa", address=address))
            else:
                click.echo(phrases("serve.unverified", address=address), err=True)
            click.echo(phrases("serve.end"))

        run(server, ready)

    return make(
        phrases,
        "serve",
        serve,
        option(phrases, "serve", "--host", default=HOST, show_default=True, metavar="HOST"),
        option(phrases, "serve", "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535)),
    )
