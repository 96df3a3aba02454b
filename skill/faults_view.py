"""Faults of routine files as lines to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from routines.faults import Fault, Severity, hint, report, what
from routines.phrases import Phrases


def fault_lines(faults: Iterable[Fault], phrases: Phrases) -> tuple[str, ...]:
    """Return where each fault is, what it is and what to do about it, one line each."""
    return report("", tuple(faults), phrases)[:-1]


def checked_lines(file: str, faults: tuple[Fault, ...], phrases: Phrases) -> tuple[str, ...]:
    """Return everything about one file: errors, then warnings, then a summary."""
    errors_first = sorted(faults, key=lambda fault: fault.severity is not Severity.ERROR)
    return report(file, tuple(errors_first), phrases)


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
