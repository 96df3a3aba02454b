"""The files of the skill package, as Amazon's ask-cli wants them: made, written, compared with the disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import click

from routines.load import Library
from routines.phrases import Phrases, load_phrases
from skill.alexa.manifest import LARGE_ICON, PLACEHOLDER_URL, SMALL_ICON, Address, AddressError, manifest
from skill.alexa.model import Json, alexa_locales, interaction_model
from skill.settings import read_settings

_SKILL = "skill-package"
_RESOURCES = {
    "askcliResourcesVersion": "2020-03-31",
    "profiles": {"default": {"skillMetadata": {"src": f"./{_SKILL}"}}},
}


def package_folder() -> Path:
    """Return the folder of the package that comes with the program."""
    return Path(str(resources.files("skill.alexa"))) / "package"


def text_files(address: Address, folders: tuple[Path, ...] = ()) -> dict[str, str]:
    """Return every JSON file of the package by its path in it. RoutineFaults.

    `folders` hold routines of one's own; they must be in the language of each locale.
    """
    locales = alexa_locales()
    by_language = {
        locale: _json(interaction_model(Library(locale, folders))) for locale in set(locales.values())
    }
    models = {
        f"{_SKILL}/interactionModels/custom/{alexa}.json": by_language[locale]
        for alexa, locale in locales.items()
    }
    return {
        "ask-resources.json": _json(_RESOURCES),
        f"{_SKILL}/skill.json": _json(manifest(locales, address)),
        **models,
    }


def write(folder: Path, address: Address, folders: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Write the whole package into a folder; yield each file that was written. OSError, RoutineFaults."""
    for name, text in text_files(address, folders).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        yield file
    from skill.alexa.icons import icon_png  # noqa: PLC0415 - wants numpy

    for name, size in ((SMALL_ICON, 108), (LARGE_ICON, 512)):
        file = folder / _SKILL / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(icon_png(size))
        yield file


def differing(folder: Path, address: Address, folders: tuple[Path, ...] = ()) -> tuple[str, ...]:
    """Return the names of files in a folder that are missing, differ from what is made, or are not made."""
    made = text_files(address, folders)
    icons = {f"{_SKILL}/{name}" for name in (SMALL_ICON, LARGE_ICON)}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    wrong = {name for name in there & set(made) if (folder / name).read_text(encoding="utf-8") != made[name]}
    return tuple(sorted(wrong | (there ^ {*made, *icons})))


def main() -> None:
    """Write or check the package, as the command line says."""
    command(load_phrases(read_settings().locale))()


def command(phrases: Phrases) -> click.Command:
    """Return the command behind `python -m skill.alexa.model`."""

    def run(
        write_it: bool, check: bool, to: Path | None, url: str, lambda_arn: str, routines: tuple[Path, ...]
    ) -> None:
        try:
            address = Address(url=url, lambda_arn=lambda_arn)
        except AddressError as error:
            raise click.ClickException(phrases(f"alexa-model.cli.{error.code}", url=error.url)) from None
        folder = to or package_folder()
        if write_it:
            for file in write(folder, address, routines):
                click.echo(phrases("alexa-model.cli.wrote", path=file))
        elif check:
            _check(folder, differing(folder, address, routines), phrases, address)
        else:
            raise click.UsageError(phrases("alexa-model.cli.choose"))

    folder_type = click.Path(file_okay=False, path_type=Path)
    help_of = {name: phrases(f"alexa-model.cli.{name}") for name in _OPTIONS}
    return click.Command(
        "model",
        callback=run,
        help=phrases("alexa-model.cli.help"),
        params=[
            click.Option(["--write", "write_it"], is_flag=True, help=help_of["write"]),
            click.Option(["--check"], is_flag=True, help=help_of["check"]),
            click.Option(["--to"], type=folder_type, help=help_of["to"]),
            click.Option(["--url"], default=PLACEHOLDER_URL, help=help_of["url"]),
            click.Option(["--lambda", "lambda_arn"], default="", help=help_of["lambda"]),
            click.Option(["--routines"], type=folder_type, multiple=True, help=help_of["routines"]),
        ],
    )


_OPTIONS = ("write", "check", "to", "url", "lambda", "routines")


def _check(folder: Path, names: tuple[str, ...], phrases: Phrases, address: Address) -> None:
    for name in names:
        click.echo(phrases("alexa-model.cli.differs", path=folder / name), err=True)
    if names:
        raise click.exceptions.Exit(1)
    click.echo(phrases("alexa-model.cli.current", n=len(text_files(address))))


def _json(tree: Json) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"
