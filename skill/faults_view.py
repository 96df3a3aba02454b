"""Faults of routine files as lines to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from routines.faults import Fault, Severity, hint, what, where
from routines.phrases import Phrases


def fault_lines(faults: Iterable[Fault], phrases: Phrases) -> tuple[str, ...]:
    """Return one line for each fault, `file:line: path: what`, and one with the hint below it."""
    lines: list[str] = []
    for fault in faults:
        place = where(fault, phrases)
        lines.append(phrases(f"check-view.{fault.severity}", where=place, what=what(fault, phrases)))
        lines.append(phrases("check-view.hint", hint=hint(fault, phrases)))
    return tuple(lines)


def checked_lines(file: str, faults: tuple[Fault, ...], phrases: Phrases) -> tuple[str, ...]:
    """Return everything about one file: errors, then warnings, then a summary."""
    bad = tuple(fault for fault in faults if fault.severity is Severity.ERROR)
    mild = tuple(fault for fault in faults if fault.severity is not Severity.ERROR)
    counts = tuple(
        phrases(f"check-report.{name}", n=len(found))
        for name, found in (("errors", bad), ("warnings", mild))
        if found
    )
    key = "faulty" if bad else "usable" if mild else "ok"
    summary = phrases(f"check-view.{key}", file=file, counts=phrases.joined(counts))
    return (*fault_lines(bad, phrases), *fault_lines(mild, phrases), summary)


def fault_data(fault: Fault, phrases: Phrases) -> dict[str, Any]:
    """Return a fault as plain values for JSON."""
    return {
        "file": fault.file,
        "line": fault.line,
        "path": fault.path,
        "code": fault.code,
        "severity": str(fault.severity),
        "what": what(fault, phrases),
        "hint": hint(fault, phrases),
    }
