"""What is wrong with a routine or advice file: where, what, and what to do about it.

A fault is a value. Its code names two phrases, `check.<code>.what` and `check.<code>.hint`, which put it in
the author's words; the values fill them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routines.phrases import Phrases

Value = str | int | tuple[str, ...]


class Severity(StrEnum):
    """How much a fault matters."""

    ERROR = "error"  #: the file cannot be used, or not safely
    WARNING = "warning"  #: it can be used; it would be better otherwise


class ReadCode(StrEnum):
    """What can be wrong with the form of a file. All of these are errors. Rules have codes of their own."""

    UNREADABLE = "unreadable"
    NOT_UTF8 = "not-utf8"
    TOO_LARGE = "too-large"
    CONTROL_CHARACTER = "control-character"
    EMPTY_FILE = "empty-file"
    YAML = "yaml"
    YAML_COLON = "yaml-colon"
    YAML_TAB = "yaml-tab"
    TWO_DOCUMENTS = "two-documents"
    TOO_DEEP = "too-deep"
    ALIAS = "alias"
    TAG = "tag"
    TWICE = "twice"
    FORMAT = "format"
    MISSING = "missing"
    UNKNOWN_KEY = "unknown-key"
    MISSPELT_KEY = "misspelt-key"
    NOT_TEXT = "not-text"
    NOT_QUOTED = "not-quoted"
    COLON_LINE = "colon-line"
    EMPTY_TEXT = "empty-text"
    NOT_LIST = "not-list"
    EMPTY_LIST = "empty-list"
    NOT_TABLE = "not-table"
    NOT_CHOICE = "not-choice"
    NOT_YES_NO = "not-yes-no"
    NOT_RANGE = "not-range"
    RANGE_ORDER = "range-order"
    NOT_SECONDS = "not-seconds"
    ONE_DOSE = "one-dose"
    ONE_PHASE = "one-phase"
    ID_FORM = "id-form"
    ID_TWICE = "id-twice"
    FROM_UNKNOWN = "from-unknown"
    FROM_EXERCISE = "from-exercise"
    FROM_FAULTY = "from-faulty"
    FROM_CIRCLE = "from-circle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in one place of one file."""

    file: str  #: as the author knows it
    line: int  #: counted from 1; 0 if the whole file is meant
    path: str  #: the field: "exercises[2].dose.hold.seconds"; empty for the whole file
    code: str
    values: Mapping[str, Value] = field(default_factory=dict)
    severity: Severity = Severity.ERROR


class RoutineFaults(Exception):  # noqa: N818 - it carries faults, many of them
    """A file that cannot be used. `faults` has every reason, in the file's order."""

    code = "routine-faults"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Keep the faults; the message names the first."""
        first = faults[0]
        super().__init__(f"{first.file}:{first.line}: {first.path}: {first.code} ({len(faults)} in all)")
        self.faults = faults


class NoSuchRoutine(LookupError):  # noqa: N818 - says what it is
    """A routine that is not there. `routine_id`, `known` and `nearest` ("" if none is) help to say so."""

    code = "no-such-routine"

    def __init__(self, routine_id: str, known: tuple[str, ...], nearest: str = "") -> None:
        """Keep the parts, so that an edge can put them in the person's words."""
        super().__init__(f"no routine {routine_id!r} (there are: {', '.join(known)})")
        self.routine_id = routine_id
        self.known = known
        self.nearest = nearest


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return faults as the author meets them going down the file."""
    return tuple(sorted(faults, key=lambda fault: fault.line))


def errors(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return only the faults that make a file unusable."""
    return tuple(fault for fault in faults if fault.severity is Severity.ERROR)


def what(fault: Fault, phrases: Phrases) -> str:
    """Return one sentence that says what is wrong."""
    return phrases(f"check.{fault.code}.what", **_spoken(fault, phrases))


def hint(fault: Fault, phrases: Phrases) -> str:
    """Return what to do about it."""
    return phrases(f"check.{fault.code}.hint", **_spoken(fault, phrases))


def where(fault: Fault, phrases: Phrases) -> str:
    """Return file, line and field: `shoulder.yaml:12: exercises[0].dose.hold.seconds`."""
    key = "check-report.field" if fault.path else "check-report.line" if fault.line else "check-report.file"
    return phrases(key, file=fault.file, line=fault.line, path=fault.path)


def report(file: str, faults: tuple[Fault, ...], phrases: Phrases) -> tuple[str, ...]:
    """Return the lines that tell an author everything about a checked file; the last is the summary."""
    lines: list[str] = []
    for fault in faults:
        lines.append(where(fault, phrases))
        lines.append(phrases(f"check-report.{fault.severity}", what=what(fault, phrases)))
        lines.append(phrases("check-report.hint", hint=hint(fault, phrases)))
    return (*lines, _summary(file, faults, phrases))


def _summary(file: str, faults: tuple[Fault, ...], phrases: Phrases) -> str:
    bad = len(errors(faults))
    counts = {"errors": bad, "warnings": len(faults) - bad}
    said = tuple(phrases(f"check-report.{name}", n=n) for name, n in counts.items() if n)
    if not said:
        return phrases("check-report.clean", file=file)
    return phrases("check-report.found", file=file, counts=phrases.joined(said))


def _spoken(fault: Fault, phrases: Phrases) -> dict[str, object]:
    comma = phrases("lists.comma")
    return {
        name: comma.join(value) if isinstance(value, tuple) else value for name, value in fault.values.items()
    }
