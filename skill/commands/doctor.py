"""`steady doctor`: whether everything works here, and what to do where it does not."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.commands.listen_options import engine_options, with_engine
from skill.errors import EXIT_ENVIRONMENT
from skill.settings import read_settings


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def doctor(as_json: bool, mic: bool, listen_engine: str | None, listen_model: Path | None) -> None:
        if mic:
            _microphone(phrases, listen_engine, listen_model)
            return
        from dataclasses import asdict  # noqa: PLC0415

        from skill.doctor import Finding, findings  # noqa: PLC0415

        found: list[Finding] = []
        for finding in findings(read_settings(), phrases):
            found.append(finding)
            if not as_json:  # at once: some checks take a moment
                name = phrases(f"doctor.names.{finding.name}")
                click.echo(
                    phrases(f"doctor.{'ok' if finding.ok else 'bad'}", name=name, detail=finding.detail)
                )
                for remedy in finding.remedies:
                    click.echo(phrases("doctor.remedy", remedy=remedy))
        if as_json:
            import json  # noqa: PLC0415

            click.echo(json.dumps([asdict(finding) for finding in found], indent=2, ensure_ascii=False))
        bad = sum(not finding.ok for finding in found)
        if not as_json:
            click.echo(phrases("doctor.not-all-well", n=bad) if bad else phrases("doctor.all-well"))
        if bad:
            raise click.exceptions.Exit(EXIT_ENVIRONMENT)

    return make(
        phrases,
        "doctor",
        doctor,
        option(phrases, "doctor", "--json", "as_json", is_flag=True),
        option(phrases, "doctor", "--mic", is_flag=True),
        *engine_options(phrases),
    )


def _microphone(phrases: Phrases, engine: str | None, model: Path | None) -> None:
    """Check the microphone alone; lines that pass overwrite one another on a terminal."""
    from skill.bootstrap import open_ears  # noqa: PLC0415
    from skill.hearing_check import check  # noqa: PLC0415
    from speech.microphone import MiniaudioMicrophone  # noqa: PLC0415

    settings = with_engine(read_settings(), engine, model)
    overwrites, ok = sys.stdout.isatty(), False
    for line in check(MiniaudioMicrophone(), lambda: open_ears(phrases, settings), phrases):
        passing = overwrites and line.passing
        click.echo(f"\r{line.text}" if passing else line.text, nl=not passing)
        ok = bool(line.ok)
    if not ok:
        raise click.exceptions.Exit(EXIT_ENVIRONMENT)
