"""The table of limits says the same in code and in the docs."""

from __future__ import annotations

from pathlib import Path

from speech import limits
from speech.limits import LIMITS, Limit

DOCS = Path(__file__).parents[2] / "docs" / "limits.md"


def row(limit: Limit) -> str:
    value = f"{limit.bound} {limit.value:,} {limit.unit}"
    return f"| {limit.name} | {value} | {limit.weight} | {limit.source} | {limit.date} |"


def test_every_limit_is_named_as_its_constant() -> None:
    assert all(getattr(limits, limit.name) == limit.value for limit in LIMITS)


def test_the_docs_show_every_limit() -> None:
    shown = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]

    assert shown[2:] == [row(limit) for limit in LIMITS]
