"""Routines and advice from YAML files: the only place of this package that reads files.

A file with faults raises `RoutineFaults` with all of them. `Library` looks in a person's own folders, then
in the library that comes with the program; `load_routine` and `load_advice` ask the latter alone and remember
the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Protocol

from routines import document
from routines.document import MAX_CHARACTERS, Shape, Sheet, Table, lines_of, parse
from routines.faults import NoSuchRoutine, ReadCode, RoutineFaults
from routines.model import (
    Alternative,
    Barrier,
    Dose,
    Exercise,
    Hold,
    Phase,
    Posture,
    Range,
    Reps,
    Routine,
    Sides,
    Steady,
    Tempo,
    Topic,
    Wording,
)
from routines.phrases import DEFAULT_LOCALE

FORMAT = "1"
DEFAULT_ROUTINE_ID = "knee-short"  # fewer exercises are kept up better
SUFFIX = ".yaml"

_ADVICE = "advice"
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ONE = Range(1, 1)

_SAID = ("set_up", "movement", "feel", "breathing", "benefit", "cautions")
#: Every table of the two kinds of file, by name. The schemas for editors have the same.
SHAPES: dict[str, Shape] = {
    "routine": Shape(("format", "id", "title", "summary", "source", "exercises"), ("synonyms", "advice")),
    "exercise": Shape(
        ("id", "title", "posture", "dose", *_SAID), ("synonyms", "needs", "source", "alternatives")
    ),
    "borrowed": Shape(("from", "id")),
    "alternative": Shape(
        ("id", "instead_of"), ("title", "synonyms", "needs", "posture", "dose", *_SAID, "source")
    ),
    "wording": Shape(("full", "brief")),
    "dose": Shape((), ("hold", "reps", "steady")),
    "hold": Shape(("seconds", "sides"), ("repeats",)),
    "reps": Shape(("count", "sides", "tempo"), ("sets",)),
    "steady": Shape(("minutes",)),
    "advice": Shape(("format", "topics")),
    "topic": Shape(("id", "title", "asks", "keywords", "say", "brief", "source"), ("urgent",)),
}

Lookup = Callable[[str], Routine]  #: a routine by id; raises NoSuchRoutine or RoutineFaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a routine's parts stand in its file, for whoever finds a fault in them later."""

    file: str
    lines: Mapping[str, int] = field(default_factory=dict)  #: by path
    borrowed: frozenset[int] = frozenset()  #: indexes of the exercises that were taken from another routine

    def line(self, path: str) -> int:
        """Return the line of a field, or of the nearest part round it that has one; else 0."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 0)


@dataclass(frozen=True, slots=True)
class Library:
    """Where routines are looked for: a person's own folders in order, then the program's own."""

    locale: str = DEFAULT_LOCALE
    folders: tuple[Path, ...] = ()

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all routines there are, sorted."""
        files = (entry.name for folder in self._places() if folder.is_dir() for entry in folder.iterdir())
        found = {name.removesuffix(SUFFIX) for name in files if name.endswith(SUFFIX)}
        return tuple(sorted(found - {_ADVICE}))

    def routine(self, routine_id: str) -> Routine:
        """Return a routine. NoSuchRoutine if there is none; RoutineFaults if its file has faults."""
        return self._routine(routine_id, ())

    def advice(self) -> tuple[Topic, ...]:
        """Return all advice of the locale: a person's own topics first. RoutineFaults as for a routine."""
        found = [read_advice(text, name) for name, text in self._texts(_ADVICE)]
        return tuple(topic for topics in found for topic in topics)

    def read(self, path: Path) -> Routine:
        """Return the routine in any file; what it takes from others is looked up here. RoutineFaults."""
        return read_routine(text_of(path), str(path), self.locale, self.routine)

    def _routine(self, routine_id: str, asked: tuple[str, ...]) -> Routine:
        asked = (*asked, routine_id)

        def lookup(other: str) -> Routine:
            if other in asked:
                raise _CircleError(other)
            return self._routine(other, asked)

        for name, text in self._texts(routine_id):
            return read_routine(text, name, self.locale, lookup)
        known = self.ids()
        near = get_close_matches(routine_id, known, n=1)
        raise NoSuchRoutine(routine_id, known, near[0] if near else "")

    def _places(self) -> tuple[Traversable, ...]:
        return (*self.folders, resources.files("routines") / "library" / self.locale)

    def _texts(self, name: str) -> Iterator[tuple[str, str]]:
        # Only a proper id is looked for: no "../" reaches the file system.
        if not _ID.fullmatch(name):
            return
        for folder in self._places():
            file = folder / f"{name}{SUFFIX}"
            if file.is_file():
                shown = str(file) if isinstance(folder, Path) and folder in self.folders else file.name
                yield shown, text_of(file, shown)


@cache
def load_routine(routine_id: str = DEFAULT_ROUTINE_ID, locale: str = DEFAULT_LOCALE) -> Routine:
    """Return a routine of the program's own library. NoSuchRoutine, RoutineFaults."""
    return Library(locale).routine(routine_id)


@cache
def load_advice(locale: str = DEFAULT_LOCALE) -> tuple[Topic, ...]:
    """Return the advice of the program's own library. RoutineFaults."""
    return Library(locale).advice()


def routine_ids(locale: str = DEFAULT_LOCALE) -> tuple[str, ...]:
    """Return the ids of the routines in the program's own library."""
    return Library(locale).ids()


def text_of(file: Traversable, name: str = "") -> str:
    """Return a file's text. RoutineFaults if it cannot be read, is too large, or is not UTF-8."""
    name = name or str(file)
    sheet = Sheet(name)
    try:
        with file.open("rb") as stream:
            data = stream.read(4 * MAX_CHARACTERS + 4)  # UTF-8 takes up to four bytes for a character
        return data.decode("utf-8-sig")
    except OSError as error:
        sheet.fault(0, "", ReadCode.UNREADABLE, reason=error.strerror or type(error).__name__)
    except UnicodeDecodeError as error:
        sheet.fault(data.count(b"\n", 0, error.start) + 1, "", ReadCode.NOT_UTF8)
    raise RoutineFaults(tuple(sheet.faults))


def read_routine(text: str, name: str, locale: str = DEFAULT_LOCALE, lookup: Lookup | None = None) -> Routine:
    """Return the routine in a text; `name` is what faults call the file. RoutineFaults with all of them.

    `lookup` finds the routines it takes exercises from; without it those of the program's own library.
    """
    return _read_routine(text, name, locale, lookup)[0]


def read_with_origin(
    text: str, name: str, locale: str = DEFAULT_LOCALE, lookup: Lookup | None = None
) -> tuple[Routine, Origin]:
    """Return the routine in a text and where its parts stand. RoutineFaults with all that is wrong."""
    routine, root, borrowed = _read_routine(text, name, locale, lookup)
    return routine, Origin(file=name, lines=dict(lines_of(root)), borrowed=borrowed)


def read_advice(text: str, name: str) -> tuple[Topic, ...]:
    """Return the topics in a text. RoutineFaults with all that is wrong."""
    return _read_advice(text, name)[0]


def read_advice_with_origin(text: str, name: str) -> tuple[tuple[Topic, ...], Origin]:
    """Return the topics in a text and where their parts stand. RoutineFaults with all that is wrong."""
    topics, root = _read_advice(text, name)
    return topics, Origin(file=name, lines=dict(lines_of(root)))


def is_advice(text: str) -> bool:
    """Whether a text looks like an advice file rather than a routine."""
    return re.search(r"^topics\s*:", text, re.MULTILINE) is not None


class _CircleError(LookupError):
    """A routine takes exercises from one that takes exercises from it."""


def _read_routine(
    text: str, name: str, locale: str, lookup: Lookup | None
) -> tuple[Routine, document.Mapping, frozenset[int]]:
    sheet = Sheet(name)
    root = parse(text, sheet)
    table = Table(sheet, root, "", SHAPES["routine"])
    _check_format(table)
    entries = table.tables("exercises", SHAPES["exercise"], SHAPES["borrowed"], "from")
    source = table.text("source")
    find = cache(lookup or Library(locale).routine)  # several exercises may come from one routine
    routine = Routine(
        id=_id(table),
        title=table.text("title"),
        synonyms=table.texts("synonyms"),
        summary=table.text("summary"),
        advice=table.texts("advice"),
        exercises=_each_once(
            entries, lambda entry: _borrowed(entry, find) if "from" in entry else _exercise(entry, source)
        ),
        locale=locale,
        source=source,
    )
    sheet.stop_at_faults()
    return routine, root, frozenset(index for index, entry in enumerate(entries) if "from" in entry)


def _read_advice(text: str, name: str) -> tuple[tuple[Topic, ...], document.Mapping]:
    sheet = Sheet(name)
    root = parse(text, sheet)
    table = Table(sheet, root, "", SHAPES["advice"])
    _check_format(table)
    topics = _each_once(table.tables("topics", SHAPES["topic"]), _topic)
    sheet.stop_at_faults()
    return topics, root


def _check_format(table: Table) -> None:
    # A file for another version of the program would only give faults that mislead: say this one and stop.
    if "format" in table and (given := table.word("format")) != FORMAT:
        table.sheet.faults.clear()
        table.fault("format", ReadCode.FORMAT, given=given, format=FORMAT)
        table.sheet.stop_at_faults()


def _each_once(tables: tuple[Table, ...], read: Callable[[Table], _HasId | None]) -> tuple[Any, ...]:
    """Return what was read from each table, and note ids that stand twice."""
    first_line: dict[str, int] = {}
    found = []
    for table in tables:
        value = read(table)
        if value is None:
            continue
        found.append(value)
        if value.id in first_line:
            table.fault("id", ReadCode.ID_TWICE, id=value.id, first=first_line[value.id])
        elif value.id:
            first_line[value.id] = table.line
    return tuple(found)


def _id(table: Table) -> str:
    text = table.text("id")
    if text and not _ID.fullmatch(text):
        table.fault("id", ReadCode.ID_FORM, given=text)
    return text


def _borrowed(entry: Table, find: Lookup) -> Exercise | None:
    other, exercise_id = entry.text("from"), entry.text("id")
    if not other or not exercise_id:
        return None
    try:
        routine = find(other)
    except _CircleError:
        entry.fault("from", ReadCode.FROM_CIRCLE, other=other)
    except NoSuchRoutine as error:
        entry.fault("from", ReadCode.FROM_UNKNOWN, other=other, known=error.known)
    except RoutineFaults as error:
        first = error.faults[0]
        entry.fault("from", ReadCode.FROM_FAULTY, other=other, file=first.file, line=first.line)
    else:
        return _exercise_of(routine, exercise_id, entry)
    return None


def _exercise_of(routine: Routine, exercise_id: str, entry: Table) -> Exercise | None:
    try:
        return routine.exercise(exercise_id)
    except KeyError:
        known = tuple(exercise.id for exercise in routine.exercises)
        entry.fault("id", ReadCode.FROM_EXERCISE, given=exercise_id, other=routine.id, known=known)
        return None


def _exercise(table: Table, source: str) -> Exercise:
    exercise = Exercise(
        id=_id(table),
        title=table.text("title"),
        synonyms=table.texts("synonyms"),
        needs=table.texts("needs"),
        posture=table.choice("posture", Posture),
        dose=_dose(table),
        set_up=_wording(table, "set_up"),
        movement=_wording(table, "movement"),
        feel=table.text("feel"),
        breathing=table.text("breathing"),
        benefit=table.text("benefit"),
        cautions=table.texts("cautions", at_least=1),
        source=table.text("source", source),
    )
    if "alternatives" not in table:
        return exercise
    tables = table.tables("alternatives", SHAPES["alternative"])
    others = _each_once(tables, lambda one: _instead(one, exercise))
    return replace(
        exercise,
        alternatives=tuple(
            Alternative(instead_of=one.choices("instead_of", Barrier), exercise=other)
            for one, other in zip(tables, others, strict=True)
        ),
    )


def _instead(table: Table, exercise: Exercise) -> Exercise:
    """Return the exercise of an alternative: what the table leaves out is the exercise's own."""
    return replace(
        exercise,
        id=f"{exercise.id}.{_id(table)}",
        title=table.text("title", exercise.title),
        synonyms=table.texts("synonyms") if "synonyms" in table else exercise.synonyms,
        needs=table.texts("needs") if "needs" in table else exercise.needs,
        posture=table.choice("posture", Posture) if "posture" in table else exercise.posture,
        dose=_dose(table) if "dose" in table else exercise.dose,
        set_up=_wording(table, "set_up") if "set_up" in table else exercise.set_up,
        movement=_wording(table, "movement") if "movement" in table else exercise.movement,
        feel=table.text("feel", exercise.feel),
        breathing=table.text("breathing", exercise.breathing),
        benefit=table.text("benefit", exercise.benefit),
        cautions=table.texts("cautions", at_least=1) if "cautions" in table else exercise.cautions,
        source=table.text("source", exercise.source),
    )


def _wording(table: Table, name: str) -> Wording:
    words = table.table(name, SHAPES["wording"])
    if words is None:
        return Wording(full=(), brief=())
    return Wording(full=words.texts("full", at_least=1), brief=words.texts("brief", at_least=1))


def _dose(table: Table) -> Dose:
    """Return the dose; a harmless one, with the fault noted, if there is none or more than one."""
    harmless = Steady(minutes=_ONE)
    dose = table.table("dose", SHAPES["dose"])
    if dose is None:
        return harmless
    kinds = [name for name in dose.names if name in _DOSES]
    if len(kinds) != 1:
        table.fault("dose", ReadCode.ONE_DOSE, given=tuple(kinds))
    found = [_DOSES[kind](inner) for kind in kinds if (inner := dose.table(kind, SHAPES[kind]))]
    return found[0] if found else harmless


def _hold(table: Table) -> Dose:
    sides = table.choice("sides", Sides)
    return Hold(seconds=table.range("seconds"), repeats=table.range("repeats"), sides=sides)


def _reps(table: Table) -> Dose:
    sides = table.choice("sides", Sides)
    phases = tuple(_phase(phase) for phase in table.free_tables("tempo"))
    return Reps(count=table.range("count"), sets=table.range("sets"), sides=sides, tempo=Tempo(phases))


def _phase(table: Table) -> Phase:
    if len(table.names) != 1:
        table.sheet.fault(table.line, table.path, ReadCode.ONE_PHASE)
        return Phase("", 0)
    word = table.names[0]
    return Phase(word, table.half_seconds_ms(word))


def _steady(table: Table) -> Dose:
    return Steady(minutes=table.range("minutes"))


_DOSES: dict[str, Callable[[Table], Dose]] = {"hold": _hold, "reps": _reps, "steady": _steady}


def _topic(table: Table) -> Topic:
    return Topic(
        id=_id(table),
        title=table.text("title"),
        asks=table.texts("asks", at_least=1),
        keywords=table.texts("keywords"),
        say=table.texts("say", at_least=1),
        brief=table.texts("brief", at_least=1),
        source=table.text("source"),
        urgent=table.flag("urgent"),
    )


class _HasId(Protocol):
    @property
    def id(self) -> str: ...
