"""`steady serve`: the backend, for Alexa and for other machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from routines.phrases import Phrases
from routines.plan import Plan, Words
from skill.commands.base import make, option
from skill.errors import explain
from skill.seen import SeenHere
from skill.serve import HOST, PORT, check_bind, open_server
from skill.serve import serve as run
from skill.settings import Delivery, read_settings

if TYPE_CHECKING:
    from skill.audio_library import AudioFiles


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def serve(host: str, port: int) -> None:
        from skill.alexa_skill import all_routines, open_audio  # noqa: PLC0415
        from skill.app import create_app  # noqa: PLC0415 - Flask comes with it

        settings = read_settings()
        check_bind(settings, host)
        audio = open_audio(settings) if settings.alexa.skill_id else None
        server = open_server(create_app(settings, seen=SeenHere(), audio=audio), host, port)

        def ready(address: str) -> None:
            click.echo(phrases("serve.running", address=address))
            if not settings.alexa.skill_id:
                click.echo(phrases("serve.no-alexa"))
            elif settings.alexa.verify:
                click.echo(phrases("serve.alexa", address=address))
            else:
                click.echo(phrases("serve.unverified", address=address), err=True)
            if settings.alexa.skill_id and settings.alexa.delivery is Delivery.AUDIO:
                tell_audio(audio)
            click.echo(phrases("serve.end"))

        def tell_audio(audio: AudioFiles | None) -> None:
            failure = audio.voice_failure() if audio else None
            if audio is None:
                click.echo(phrases("alexa-audio.serve.no-address"), err=True)
            elif failure is not None:
                told = explain(failure, phrases)
                lines = (phrases("alexa-audio.serve.no-voice"), *(told[0] if told else ()))
                click.echo("\n".join(lines), err=True)
            else:
                for plan in (Plan(), Plan(words=Words.BRIEF)):  # who has done it all before gets it briefly
                    audio.prepare(all_routines(settings), plan)
                click.echo(phrases("alexa-audio.serve.running", address=settings.public_url))

        run(server, ready)

    return make(
        phrases,
        "serve",
        serve,
        option(phrases, "serve", "--host", default=HOST, show_default=True, metavar="HOST"),
        option(phrases, "serve", "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535)),
    )
