"""A person's history to look at: a table, lines, a small plot of pain, and files for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from routines.phrases import Phrases
from routines.progress import Session, SideTotal, Summary, regularity, summary, totals

if TYPE_CHECKING:
    from rich.table import Table

#: A table needs this many columns; below that, lines read better.
TABLE_WIDTH = 80

#: The plot's height in lines (one for each step of the scale), and the narrowest that is still a plot.
PLOT_HEIGHT = 15
PLOT_MIN_WIDTH = 40

#: The scale that pain is told on.
PAIN_MAX = 10

_MARKS = {"before": "o", "after": "x", "same": "*"}


@dataclass(frozen=True)
class HistoryView:
    """Shows sessions in a locale's words. `titles` has the title of each routine and exercise by id."""

    phrases: Phrases
    titles: Mapping[str, str]

    def table(self, summaries: Sequence[Summary]) -> Table:
        """Return the sessions as a table for `rich`; columns in which nothing was ever told are left out."""
        from rich import box  # noqa: PLC0415 - only `history` needs it
        from rich.table import Table  # noqa: PLC0415

        year = max((s.day.year for s in summaries), default=None)
        rows = [self._cells(s, year) for s in summaries]
        columns = [name for name in rows[0] if any(row[name] for row in rows)] if rows else []
        caption = self.phrases("history.table.caption")
        table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0), show_edge=False, caption=caption)
        for name in columns:
            table.add_column(
                self.phrases(f"history.table.{name}"), no_wrap=name != "routine", overflow="fold"
            )
        for row in rows:
            table.add_row(*(row[name] or self.phrases("history.nothing") for name in columns))
        return table

    def lines(self, summaries: Sequence[Summary]) -> str:
        """Return the sessions as sentences, one line each: for pipes, narrow windows and screen readers."""
        return "\n".join(" ".join(self._sentences(s)) for s in summaries)

    def overview(self, sessions: Sequence[Session], today: date) -> str:
        """Return how regularly there was exercise and what each exercise adds up to, one line each."""
        if not sessions:
            return self.phrases("history.empty")
        regular = regularity(sessions, today)
        streak = self.phrases(
            "history.streak.going" if regular.streak_days else "history.streak.new", n=regular.streak_days
        )
        week = self.phrases("history.week", n=regular.this_week_days)
        exercises = [
            self.phrases(
                "history.total",
                n=total.sessions,
                exercise=self._title(total.exercise),
                sides=self._sides(total.sides.left, total.sides.right, total.sides.both),
            )
            for total in totals(sessions)
        ]
        return "\n".join((streak, week, *exercises))

    def plot(self, summaries: Sequence[Summary], width: int, *, drawn: bool = True) -> str:
        """Return pain before and after as a plot `width` columns wide; empty if no pain was ever told.

        `drawn` is for terminals that show line drawing; otherwise, or where it is too narrow: bars in ASCII.
        """
        told = [s for s in summaries if s.pain_before is not None or s.pain_after is not None]
        if not told:
            return ""
        if drawn and width >= PLOT_MIN_WIDTH:
            return self._drawn(told, width)
        return self._bars(told)

    def _drawn(self, told: Sequence[Summary], width: int) -> str:
        import plotext  # noqa: PLC0415 - slow to import, and only `history` needs it

        figure = plotext.figure  # there is only one: cleared before and after
        figure.clear()
        figure.theme("colorless")
        figure.plot_size(width, PLOT_HEIGHT)
        figure.title(self.phrases("history.plot.legend", **_MARKS))
        for mark, points in _points(told).items():
            figure.draw(figure.signal(*zip(*points, strict=True), marker=mark))
        figure.ruler("y").lim(0, PAIN_MAX)
        figure.ruler("y").ticks([0, PAIN_MAX // 2, PAIN_MAX])
        ends = sorted({1, len(told)})
        figure.ruler("x").lim(0, len(told) + 1)
        figure.ruler("x").ticks(ends, [self._day(told[n - 1].day) for n in ends])
        text = str(plotext.uncolorize(figure.build()))
        figure.clear()
        return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()

    def _bars(self, told: Sequence[Summary]) -> str:
        names = {name: self.phrases(f"history.plot.{name}") for name in ("pain_before", "pain_after")}
        widest = max(map(len, names.values()))
        rows = [self.phrases("history.plot.title")]
        for s in told:
            rows.append(self._day(s.day))
            for name, label in names.items():
                pain = getattr(s, name)
                if pain is not None:
                    rows.append(f"  {label:{widest}} {'#' * pain}{'.' * (PAIN_MAX - pain)} {pain}")
        return "\n".join(rows)

    def _sentences(self, s: Summary) -> list[str]:
        say = self.phrases
        parts = [
            say("history.line.session", day=self._day(s.day), routine=self._title(s.routine)),
            say(f"history.line.outcome.{s.outcome}"),
            say("history.line.exercises", n=s.exercises_done, total=s.exercises_total),
        ]
        if s.sides.work_ms:
            parts.append(
                say("history.line.sides", sides=self._sides(s.sides.left, s.sides.right, s.sides.both))
            )
        for name in ("pain_before", "pain_after", "effort"):
            value = getattr(s, name)
            if value is not None:
                parts.append(say(f"history.line.{name}", value=value))
        return parts

    def _sides(self, left: SideTotal, right: SideTotal, both: SideTotal) -> str:
        by_side = (("left", left), ("right", right), ("both", both))
        return self.phrases.joined(
            tuple(
                self.phrases(f"history.side.{side}", n=total.sets, time=self._time(total.work_ms))
                for side, total in by_side
                if total.sets
            )
        )

    def _title(self, of: str) -> str:
        return self.titles.get(of, of)

    def _day(self, day: date, *, with_year: bool = True) -> str:
        from babel.dates import format_date, format_skeleton  # noqa: PLC0415 - only `history` needs it

        if with_year:
            return format_date(day, "medium", locale=self.phrases.locale)
        midday = datetime.combine(day, time(12))
        return format_skeleton("MMMd", midday, locale=self.phrases.locale)

    def _time(self, ms: int) -> str:
        minutes, seconds = divmod(round(ms / 1000), 60)
        return self.phrases("history.time", minutes=minutes, seconds=seconds)

    def _cells(self, s: Summary, year: int | None) -> dict[str, str]:
        """Return what stands in the table about one session; "" where nothing is known."""
        say = self.phrases
        none = say("history.nothing")
        pain = [none if value is None else str(value) for value in (s.pain_before, s.pain_after)]
        return {
            "day": self._day(s.day, with_year=s.day.year != year),
            "routine": self._title(s.routine),
            "outcome": say(
                f"history.cell.outcome.{s.outcome}", done=s.exercises_done, total=s.exercises_total
            ),
            "left": self._side_cell(s.sides.left),
            "right": self._side_cell(s.sides.right),
            "both": self._side_cell(s.sides.both),
            "pain": "" if pain == [none, none] else say("history.cell.pain", before=pain[0], after=pain[1]),
            "effort": "" if s.effort is None else str(s.effort),
        }

    def _side_cell(self, total: SideTotal) -> str:
        if not total.sets:
            return ""
        return self.phrases("history.cell.side", sets=total.sets, time=self._time(total.work_ms))


def _points(told: Sequence[Summary]) -> dict[str, list[tuple[int, int]]]:
    """Return the points to draw by their mark; marks differ without colour, and none hides another."""
    points: dict[str, list[tuple[int, int]]] = {}
    for n, s in enumerate(told, start=1):
        same = s.pain_before == s.pain_after
        for name, pain in (("before", s.pain_before), ("after", s.pain_after)):
            if pain is not None:
                points.setdefault(_MARKS["same" if same else name], []).append((n, pain))
    return points


def to_csv(summaries: Sequence[Summary]) -> str:
    """Return the sessions as CSV, one row each, with a header; times of work in milliseconds."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=_CSV_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_flat(s) for s in summaries)
    return text.getvalue()


def to_json(sessions: Sequence[Session], today: date) -> str:
    """Return sessions, totals of each exercise and regularity as JSON; times of work in milliseconds."""
    whole = {
        "sessions": [asdict(summary(session)) for session in sessions],
        "exercises": [asdict(total) for total in totals(sessions)],
        "regularity": asdict(regularity(sessions, today)),
    }
    return json.dumps(whole, indent=2, default=date.isoformat, ensure_ascii=False)


def _flat(s: Summary) -> dict[str, Any]:
    row: dict[str, Any] = {name: value for name, value in asdict(s).items() if name in _CSV_FIELDS}
    for side, total in (("left", s.sides.left), ("right", s.sides.right), ("both", s.sides.both)):
        row |= {f"{side}_sets": total.sets, f"{side}_work_ms": total.work_ms}
    return row


_CSV_FIELDS = (
    "session",
    "day",
    "routine",
    "outcome",
    "exercises_done",
    "exercises_total",
    *(f"{side}_{what}" for side in ("left", "right", "both") for what in ("sets", "work_ms")),
    "pain_before",
    "pain_after",
    "effort",
)
