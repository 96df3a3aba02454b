"""`steady doctor`: whether everything works here, and what to do where it does not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.commands.listen_options import engine_options, with_engine
from skill.errors import EXIT_ENVIRONMENT
from skill.settings import Settings, read_settings

if TYPE_CHECKING:
    from skill.doctor import Finding


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def doctor(as_json: bool, mic: bool, listen_engine: str | None, listen_model: Path | None) -> None:
        from skill.doctor import findings  # noqa: PLC0415

        settings = with_engine(read_settings(), listen_engine, listen_model)
        found: list[Finding] = []
        told = _microphone(phrases, settings, aside=as_json) if mic else findings(settings, phrases)
        for finding in told:
            found.append(finding)
            if not as_json:  # at once: some checks take a moment
                _show(finding, phrases)
        bad = sum(not finding.ok for finding in found)
        if as_json:
            import json  # noqa: PLC0415
            from dataclasses import asdict  # noqa: PLC0415

            click.echo(json.dumps([asdict(finding) for finding in found], indent=2, ensure_ascii=False))
        elif not mic:
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


def _show(finding: Finding, phrases: Phrases) -> None:
    name = phrases(f"doctor.names.{finding.name}")
    click.echo(phrases(f"doctor.{'ok' if finding.ok else 'bad'}", name=name, detail=finding.detail))
    for remedy in finding.remedies:
        click.echo(phrases("doctor.remedy", remedy=remedy))


def _microphone(phrases: Phrases, settings: Settings, *, aside: bool) -> Iterator[Finding]:
    """Check the microphone alone. What there is to see meanwhile is shown; on standard error if `aside`."""
    from skill.bootstrap import open_ears  # noqa: PLC0415
    from skill.hearing_check import Line, check  # noqa: PLC0415
    from skill.terminal.passing import PassingLines  # noqa: PLC0415
    from speech.capture import MiniaudioMicrophone  # noqa: PLC0415

    shown = PassingLines(sys.stderr if aside else sys.stdout)
    with closing(check(MiniaudioMicrophone(), lambda: open_ears(phrases, settings), phrases)) as told:
        for one in told:
            if isinstance(one, Line):
                shown.show(one.text, passing=one.passing)
            else:
                shown.end()
                yield one
