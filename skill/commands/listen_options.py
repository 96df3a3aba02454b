"""The options about listening; every command that leads a session takes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from routines.phrases import Phrases
from skill.commands.base import option
from skill.settings import Settings


def listen_options(phrases: Phrases) -> tuple[click.Option, ...]:
    """Return the options; their values come to the command under the options' names."""
    return (
        option(phrases, "listen-options", "--listen/--no-listen", default=None),
        *engine_options(phrases),
    )


def engine_options(phrases: Phrases) -> tuple[click.Option, ...]:
    """Return the options that say what turns sound into words."""
    path = click.Path(path_type=Path)
    return (
        option(phrases, "listen-options", "--listen-engine", metavar="NAME"),
        option(phrases, "listen-options", "--listen-model", metavar="PATH", type=path),
    )


def with_engine(settings: Settings, engine: str | None, model: Path | None) -> Settings:
    """Return the settings with what was chosen on the command line."""
    return replace(
        settings,
        listen_engine=engine or settings.listen_engine,
        listen_model=model.expanduser().absolute() if model else settings.listen_model,
    )
