"""Pain over time as an SVG that stands in a page: classes, no styles and no script; and the same as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from routines.phrases import Phrases
from skill.care.seeing import PainPoint

#: The drawing's own units; it takes whatever width the page gives it.
WIDTH, HEIGHT = 640, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 32, 12, 12, 28
_MOST = 10  # the scale that pain is told on
_MARK = 4
_RING = 7  #: larger, so that it is seen round the other where the two are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class PainRow:
    """One row of the table beside the plot: the same figures."""

    day: str
    before: int | None
    after: int | None


def pain_rows(points: Sequence[PainPoint], say_day: Callable[[date], str]) -> tuple[PainRow, ...]:
    """Return the plot's figures as rows of a table, oldest first."""
    return tuple(PainRow(day=say_day(one.day), before=one.before, after=one.after) for one in points)


def pain_plot(points: Sequence[PainPoint], say: Phrases, say_day: Callable[[date], str]) -> str:
    """Return the plot as markup, made safe; "" where there is nothing to draw.

    Classes: `plot`, `plot-grid`, `plot-label`, `plot-line` and `plot-mark` with `plot-before` (a circle) or
    `plot-after` (a square), so that the two differ without colour. Every mark has its title.
    """
    if not points:
        return ""
    title = say("planning.plot.title", first=say_day(points[0].day), last=say_day(points[-1].day))
    inside = "".join(
        (
            f"<title>{escape(title)}</title>",
            *_grid(points, say_day),
            *_series(points, "before", lambda one: one.before, say, say_day),
            *_series(points, "after", lambda one: one.after, say, say_day),
        )
    )
    return f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{inside}</svg>'


def _x(points: Sequence[PainPoint], nth: int) -> float:
    """Return where a point stands: by its day, and those of one day side by side."""
    first, last = points[0].day, points[-1].day
    span = max((last - first).days, 0) + 1
    same = [n for n, one in enumerate(points) if one.day == points[nth].day]
    place = (points[nth].day - first).days + (same.index(nth) + 0.5) / len(same)
    return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * place / span, 1)


def _y(value: int) -> float:
    return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (_MOST - value) / _MOST, 1)


def _grid(points: Sequence[PainPoint], say_day: Callable[[date], str]) -> Iterator[str]:
    for value in range(0, _MOST + 1, 5):
        y = _y(value)
        yield f'<line class="plot-grid" x1="{_LEFT}" y1="{y}" x2="{WIDTH - _RIGHT}" y2="{y}"/>'
        yield f'<text class="plot-label" x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{value}</text>'
    first, last = escape(say_day(points[0].day)), escape(say_day(points[-1].day))
    yield f'<text class="plot-label" x="{_LEFT}" y="{HEIGHT - 8}">{first}</text>'
    if first != last:
        at = f'x="{WIDTH - _RIGHT}" y="{HEIGHT - 8}" text-anchor="end"'
        yield f'<text class="plot-label" {at}>{last}</text>'


def _series(
    points: Sequence[PainPoint],
    name: str,
    value_of: Callable[[PainPoint], int | None],
    say: Phrases,
    say_day: Callable[[date], str],
) -> Iterator[str]:
    told = [
        (_x(points, n), value, one.day)
        for n, one in enumerate(points)
        if (value := value_of(one)) is not None
    ]
    if len(told) > 1:
        line = " ".join(f"{x},{_y(value)}" for x, value, _ in told)
        yield f'<polyline class="plot-line plot-{name}" fill="none" points="{line}"/>'
    for x, value, day in told:
        title = escape(say(f"planning.plot.{name}", day=say_day(day), value=value))
        yield f"{_mark(name, x, _y(value))}<title>{title}</title></{_SHAPE[name]}>"


_SHAPE = {"before": "circle", "after": "rect"}


def _mark(name: str, x: float, y: float) -> str:
    if name == "before":
        return f'<circle class="plot-mark plot-before" cx="{x}" cy="{y}" r="{_RING}">'
    corner = f'x="{round(x - _MARK, 1)}" y="{round(y - _MARK, 1)}"'
    return f'<rect class="plot-mark plot-after" {corner} width="{2 * _MARK}" height="{2 * _MARK}">'
