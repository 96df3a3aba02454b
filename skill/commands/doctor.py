"""`steady doctor`: whether everything works here, and what to do where it does not."""

from __future__ import annotations

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.errors import EXIT_ENVIRONMENT
from skill.settings import read_settings


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def doctor(as_json: bool) -> None:
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

    return make(phrases, "doctor", doctor, option(phrases, "doctor", "--json", "as_json", is_flag=True))
