"""`steady serve`: the coach's home: pages for caregivers, plans, this machine's coach, and Alexa."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routines.phrases import Phrases
from routines.plan import Plan, Words
from skill.commands.base import make, option
from skill.commands.listen_options import listen_options, with_engine
from skill.errors import explain
from skill.seen import SeenHere
from skill.serve import ANYWHERE, HOST, PORT, THREADS, check_bind, is_loopback, open_server, own_addresses
from skill.serve import serve as run
from skill.settings import Delivery, Settings, read_settings

if TYPE_CHECKING:
    from skill.audio_library import AudioFiles
    from skill.household import Household


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def serve(
        host: str,
        port: int,
        lan: bool,
        coach: bool,
        listen: bool | None,
        listen_engine: str | None,
        listen_model: Path | None,
    ) -> None:
        from skill.alexa_skill import open_audio  # noqa: PLC0415
        from skill.app import create_app  # noqa: PLC0415 - Flask comes with it
        from skill.household import Household  # noqa: PLC0415

        settings = with_engine(read_settings(), listen_engine, listen_model)
        host = ANYWHERE if lan else host
        check_bind(settings, host)
        audio = open_audio(settings) if settings.alexa.skill_id else None
        app = create_app(settings, seen=SeenHere(), audio=audio)
        with ExitStack() as opened:
            household = Household.open(settings, phrases)
            if household is not None:
                opened.callback(household.close)
                household.add_to(app, THREADS)
            server = open_server(app, host, port)
            opened.callback(server.close)

            def ready(address: str) -> None:
                tell_alexa(phrases, settings, address, audio)
                click.echo(phrases("serve.end"))
                if household is not None:
                    tell_household(phrases, household, base_of(settings, address))
                    household.start_plans()
                    if coach:
                        start_coach(household, listen)

            def start_coach(household: Household, listen: bool | None) -> None:
                from skill.home.stage import HereStage  # noqa: PLC0415 - only with a coach

                household.start_coach(HereStage(phrases, settings, listen=listen, shown=household.shown))
                click.echo(phrases("care.serve.coach"))

            run(server, ready, household.end if household is not None else lambda: None)

    return make(
        phrases,
        "serve",
        serve,
        option(phrases, "serve", "--host", default=HOST, show_default=True, metavar="HOST"),
        option(phrases, "serve", "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535)),
        option(phrases, "serve", "--lan", is_flag=True),
        option(phrases, "serve", "--coach/--no-coach", default=True),
        *listen_options(phrases),
    )


def tell_alexa(phrases: Phrases, settings: Settings, address: str, audio: AudioFiles | None) -> None:
    """Say where this answers, and what of it is for Alexa."""
    click.echo(phrases("serve.running", address=address))
    if not settings.alexa.skill_id:
        click.echo(phrases("serve.no-alexa"))
    elif settings.alexa.verify:
        click.echo(phrases("serve.alexa", address=address))
    else:
        click.echo(phrases("serve.unverified", address=address), err=True)
    if settings.alexa.skill_id and settings.alexa.delivery is Delivery.AUDIO:
        tell_audio(phrases, settings, audio)


def tell_audio(phrases: Phrases, settings: Settings, audio: AudioFiles | None) -> None:
    """Say whether sessions can be played as files; begin to make them."""
    from skill.alexa_skill import all_routines  # noqa: PLC0415

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


def base_of(settings: Settings, address: str) -> str:
    """Return where others reach the pages: the public address, that in the network, or this machine's own."""
    if settings.public_url:
        return settings.public_url
    host, _, port = address.removeprefix("http://").rpartition(":")
    if host == ANYWHERE:
        return next(iter(own_addresses(int(port))), f"http://{HOST}:{port}")
    return address


def tell_household(phrases: Phrases, household: Household, base: str) -> None:
    """Say where caregivers go; the first time with a way in that works once."""
    here = is_loopback(base.partition("//")[2].rpartition(":")[0])
    if not here and base.startswith("http:"):
        click.echo("\n".join(phrases.lines("care.serve.lan", address=base)))
    if not household.house.is_new():
        click.echo(phrases("care.serve.pages", address=base))
        return
    link = f"{base}/setup#{household.house.new_setup_secret()}"
    click.echo(phrases("care.serve.setup"))
    click.echo(link)
    if sys.stdout.isatty():
        click.echo(qr_code(link))
    if here:
        click.echo(phrases("care.serve.setup-here"))


def qr_code(text: str) -> str:
    """Return a QR code in half blocks, for a terminal."""
    import io  # noqa: PLC0415 - only the first time

    import segno  # noqa: PLC0415

    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out=out, compact=True)
    return out.getvalue().rstrip("\n")
