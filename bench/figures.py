"""What is measured, as figures beside their baselines, and the table they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Target(Enum):
    """Which way a figure has to lie from its limit."""

    AT_MOST = "<="
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure, with the naive way's figure from the same run."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    baseline_name: str = ""
    target: tuple[Target, float] | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        match self.target:
            case None:
                return None
            case Target.AT_MOST, limit:
                return self.value <= limit
            case Target.AT_LEAST, limit:
                return self.value >= limit

    @property
    def ratio(self) -> str:
        """The figure as a part or multiple of its baseline."""
        if not self.baseline:
            return ""
        ratio = self.value / self.baseline
        return f"{ratio:.2g}x" if ratio < 10 else f"{ratio:,.0f}x"  # an error of nothing is "0x"

    def cells(self) -> tuple[str, ...]:
        """Return the figure as a row of the table."""
        beside = "" if self.baseline is None else f"{_number(self.baseline)} ({self.baseline_name})"
        limit = "" if self.target is None else f"{self.target[0].value} {self.target[1]:,g}"
        met = {None: "", True: "yes", False: "NO"}[self.met]
        return self.name, f"{_number(self.value)} {self.unit}", beside, self.ratio, limit, met


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured."""

    quick: bool

    def pick(self, full: int, quick: int) -> int:
        """Return the number for a whole or a quick run."""
        return quick if self.quick else full


#: Measures something and returns it; raises `CannotMeasureError` if something that it needs is not here.
Measure = Callable[[Effort], Sequence[Figure]]


class CannotMeasureError(Exception):
    """Something is missing on this machine; the message says what."""


HEAD = ("what", "here", "baseline", "ratio", "target", "met")


def table(parts: Iterable[tuple[str, Sequence[Figure]]]) -> str:
    """Return all figures as aligned text, part by part, notes last."""
    parts = list(parts)
    rows = [figure.cells() for _, figures in parts for figure in figures]
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    lines = [_line(HEAD, widths), "  ".join("-" * width for width in widths)]
    for name, figures in parts:
        lines.append(f"[{name}]")
        for figure in figures:
            lines.append(_line(figure.cells(), widths))
            if figure.note:
                lines.append(f"    {figure.note}")
    return "\n".join(lines)


def markdown(parts: Iterable[tuple[str, Sequence[Figure]]]) -> str:
    """Return all figures as tables of a page, one for each part."""
    lines: list[str] = []
    for name, figures in parts:
        lines += [f"## {name}", "", f"| {' | '.join(HEAD)} |", "| --- | ---: | ---: | ---: | ---: | --- |"]
        lines += [f"| {' | '.join(figure.cells())} |" for figure in figures]
        notes = [f"- {figure.name}: {figure.note}" for figure in figures if figure.note]
        lines += ["", *notes, *([""] if notes else [])]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.ljust(width) if nth == 0 else cell.rjust(width)
        for nth, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join((first, *others)).rstrip()


def _number(value: float) -> str:
    if value == 0 or abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.2g}"
