"""`steady history`: what was done, and forgetting it."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.errors import UserError
from skill.settings import Settings, read_settings

if TYPE_CHECKING:
    from routines.progress import Session
    from skill.ports import Store


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def history(as_csv: bool, as_json: bool, since: str | None, forget: bool, yes: bool) -> None:
        from skill import bootstrap  # noqa: PLC0415

        settings = read_settings()
        first = _day(since) if since else None
        with bootstrap.open_history(settings) as store:
            if forget:
                _forget(store, phrases, sure=yes)
            else:
                _show(store, phrases, settings, since=first, as_csv=as_csv, as_json=as_json)

    return make(
        phrases,
        "history",
        history,
        option(phrases, "history", "--csv", "as_csv", is_flag=True),
        option(phrases, "history", "--json", "as_json", is_flag=True),
        option(phrases, "history", "--since", metavar="DAY"),
        option(phrases, "history", "--forget", is_flag=True),
        option(phrases, "history", "--yes", "-y", is_flag=True),
    )


def _day(given: str) -> datetime:
    """Return the beginning of a day, where the person is."""
    try:
        return datetime.combine(date.fromisoformat(given), datetime.min.time()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UserError("not-a-day", value=given) from None


def _forget(store: Store, phrases: Phrases, *, sure: bool) -> None:
    from skill.ports import ME  # noqa: PLC0415

    if not sure and not sys.stdin.isatty():
        raise UserError("ask-first")
    if sure or click.confirm(phrases("history-view.forget")):
        store.forget(ME)
        click.echo(phrases("history-view.forgotten"))
    else:
        click.echo(phrases("history-view.not-forgotten"))


def _show(
    store: Store, phrases: Phrases, settings: Settings, *, since: datetime | None, as_csv: bool, as_json: bool
) -> None:
    from routines.progress import summary  # noqa: PLC0415
    from skill.bootstrap import now  # noqa: PLC0415
    from skill.history import sessions_of  # noqa: PLC0415
    from skill.history_view import to_csv, to_json  # noqa: PLC0415
    from skill.ports import ME  # noqa: PLC0415

    sessions = sessions_of(store.history(ME, since))
    today = now().astimezone().date()
    if as_json:
        click.echo(to_json(sessions, today))
    elif as_csv:
        click.echo(to_csv([summary(session) for session in sessions]), nl=False)
    else:
        _read(sessions, today, phrases, settings)


def _read(sessions: tuple[Session, ...], today: date, phrases: Phrases, settings: Settings) -> None:
    """Show sessions as a table with a plot where there is room, else as sentences."""
    import shutil  # noqa: PLC0415

    from routines.progress import summary  # noqa: PLC0415
    from skill.bootstrap import titles  # noqa: PLC0415
    from skill.history_view import TABLE_WIDTH, HistoryView  # noqa: PLC0415

    view = HistoryView(phrases, titles(settings))
    summaries = [summary(session) for session in sessions]
    width = shutil.get_terminal_size().columns
    if sys.stdout.isatty() and width >= TABLE_WIDTH and summaries:
        from rich.console import Console  # noqa: PLC0415

        Console(width=width).print(view.table(summaries))
    elif summaries:
        click.echo(view.lines(summaries))
    drawn = sys.stdout.isatty() and (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    plot = view.plot(summaries, min(width, 100), drawn=drawn)
    for text in (plot, view.overview(sessions, today)):
        if text:
            click.echo(text)
