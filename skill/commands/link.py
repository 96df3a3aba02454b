"""`steady link`: a code to say to Alexa, so that both keep one record."""

from __future__ import annotations

from datetime import timedelta

import click

from routines.phrases import Phrases
from skill.commands.base import make
from skill.settings import read_settings

#: How long the code can be said: enough to walk over to a device and try again, too short to be guessed.
VALID_MINUTES = 10


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def link() -> None:
        from skill import bootstrap  # noqa: PLC0415
        from skill.ports import ME  # noqa: PLC0415

        with bootstrap.open_history(read_settings()) as store:
            code = store.new_link_code(ME, bootstrap.now(), timedelta(minutes=VALID_MINUTES))
        invocation = phrases("alexa-model.invocation")
        # Digit by digit, as it is best said.
        for line in phrases.lines("cli.link.say", invocation=invocation, code=" ".join(code)):
            click.echo(line)
        click.echo(phrases("cli.link.valid", minutes=VALID_MINUTES))

    return make(phrases, "link", link)
