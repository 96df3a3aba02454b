"""A YAML text as a tree whose every part knows its line, and typed getters that collect faults.

It reads events, not objects: nothing is constructed, a name that stands twice is seen, and a file made to
exhaust memory (aliases of aliases, depth without end) is refused after its first step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

import yaml

from routines.faults import Fault, ReadCode, RoutineFaults, Value, in_order
from routines.model import Range

MAX_CHARACTERS = 256_000
MAX_DEPTH = 16  # the deepest field of a routine stands at 10

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RANGE = re.compile(
    r"(0|[1-9][0-9]{0,3})(?: ?[-\u2013] ?(0|[1-9][0-9]{0,3}))?"
)  # \u2013: a dash that an editor made of "-"
_HALF_SECONDS = re.compile(r"([0-9]{1,4})(\.[05]0*)?")

_INDENT_WITH_TAB = re.compile(r" *\t")
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word, a number, a line."""

    text: str
    line: int
    plain: bool = True  #: written without quotes


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Names with a part each; `lines` says where each name stands."""

    line: int
    parts: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


Node = Scalar | Listing | Mapping


@dataclass(frozen=True, slots=True)
class Shape:
    """The names a table may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return self.required + self.optional


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file while it is read: its name and the faults found so far."""

    file: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, path: str, code: ReadCode, /, **values: Value) -> None:
        """Note a fault and go on reading."""
        self.faults.append(Fault(file=self.file, line=line, path=path, code=code, values=values))

    def stop_at_faults(self) -> None:
        """Raise what was found, if anything was."""
        if self.faults:
            raise RoutineFaults(in_order(self.faults))


def parse(text: str, sheet: Sheet) -> Mapping:
    """Return a text's tree. RoutineFaults, with what the sheet has, if it is not one YAML table."""
    root = _tree(text, sheet)
    if isinstance(root, Mapping):
        return root
    if root is not None:
        sheet.fault(root.line, "", ReadCode.NOT_TABLE)
    sheet.stop_at_faults()
    raise AssertionError("a text without a tree has a reason on the sheet")


def _tree(text: str, sheet: Sheet) -> Node | None:
    if len(text) > MAX_CHARACTERS:
        sheet.fault(0, "", ReadCode.TOO_LARGE, limit=MAX_CHARACTERS // 1000)
        return None
    if odd := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        sheet.fault(line, "", ReadCode.CONTROL_CHARACTER, character=f"U+{ord(odd[0]):04X}")
        return None
    try:
        return _Builder(sheet).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        _not_yaml(error, text, sheet)
        return None


def lines_of(node: Node, path: str = "") -> Iterator[tuple[str, int]]:
    """Return the line of each field by its path."""
    if isinstance(node, Mapping):
        for name, part in node.parts.items():
            inner = f"{path}.{name}" if path else name
            yield inner, node.lines[name]
            yield from lines_of(part, inner)
    elif isinstance(node, Listing):
        for index, item in enumerate(node.items):
            yield f"{path}[{index}]", item.line
            yield from lines_of(item, f"{path}[{index}]")


class _StopReadingError(Exception):
    """The fault is noted; nothing after it is worth reading."""


class _Builder:
    """Builds the tree from parser events, without recursion."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._open: list[
            tuple[Listing | Mapping, str | None]
        ] = []  # each with the name that waits for its part
        self._root: Node | None = None
        self._documents = 0

    def build(self, events: Iterable[Any]) -> Node | None:
        try:
            for event in events:
                self._take(event, event.start_mark.line + 1)
        except _StopReadingError:
            return None
        if self._root is None:
            self._sheet.fault(0, "", ReadCode.EMPTY_FILE)
        return self._root

    def _take(self, event: Any, line: int) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event, line)
            if self._documents == 1 and (self._open or event.value):
                self._add(Scalar(event.value, line, plain=event.implicit[0] and event.style in (None, "")))
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            self._refuse_tag(event, line)
            node = Listing(line) if isinstance(event, yaml.SequenceStartEvent) else Mapping(line)
            self._add(node)
            self._open.append((node, None))
            if len(self._open) > MAX_DEPTH:
                self._stop(line, ReadCode.TOO_DEEP)
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self._open.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._stop(line, ReadCode.ALIAS, name=str(event.anchor))
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(line, ReadCode.TWO_DOCUMENTS)

    def _add(self, node: Node) -> None:
        if not self._open:
            self._root = node
            return
        parent, name = self._open[-1]
        if isinstance(parent, Listing):
            parent.items.append(node)
        elif name is None:
            self._open[-1] = (parent, self._name(parent, node))
        else:
            parent.parts[name] = node
            self._open[-1] = (parent, None)

    def _name(self, parent: Mapping, node: Node) -> str:
        if not isinstance(node, Scalar):  # a table or list as a name: "{seconds}: 3"
            self._stop(node.line, ReadCode.NOT_TEXT)
        if node.text in parent.parts:
            first = parent.lines[node.text]
            self._sheet.fault(node.line, node.text, ReadCode.TWICE, name=node.text, first=first)
        parent.lines[node.text] = node.line
        return node.text

    def _refuse_tag(self, event: Any, line: int) -> None:
        if event.tag is not None and event.tag != "!":
            self._stop(line, ReadCode.TAG, tag=event.tag)

    def _stop(self, line: int, code: ReadCode, /, **values: Value) -> NoReturn:
        self._sheet.fault(line, "", code, **values)
        raise _StopReadingError


def _not_yaml(error: yaml.MarkedYAMLError, text: str, sheet: Sheet) -> None:
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    # libyaml counts on past the end of a file that breaks off.
    line = min(mark.line, text.count("\n")) + 1 if mark else 0
    code = ReadCode.YAML
    if "mapping values are not allowed" in problem:
        code = ReadCode.YAML_COLON
    elif line and _INDENT_WITH_TAB.match([*text.split("\n"), ""][line - 1]):
        code = ReadCode.YAML_TAB
    sheet.fault(line, "", code, problem=problem)


class Table:
    """A mapping with typed getters. A getter that finds a fault notes it and returns a harmless value."""

    def __init__(self, sheet: Sheet, node: Mapping, path: str, shape: Shape) -> None:
        """Check the names against the shape at once."""
        self.sheet = sheet
        self.path = path
        self.line = node.line
        self._node = node
        meant = {self._unknown(name, shape) for name in node.parts if name not in shape.names}
        for name in shape.required:
            if (
                name not in node.parts and name not in meant
            ):  # a name that is only misspelt is one fault, not two
                sheet.fault(node.line, self.at(name), ReadCode.MISSING, name=name)

    def __contains__(self, name: object) -> bool:
        return name in self._node.parts

    @property
    def names(self) -> tuple[str, ...]:
        """The names that stand in the file."""
        return tuple(self._node.parts)

    def at(self, name: str) -> str:
        """Return the path of a field of this table."""
        return f"{self.path}.{name}" if self.path else name

    def fault(self, name: str, code: ReadCode, /, **values: Value) -> None:
        """Note a fault of one field."""
        self.sheet.fault(self._node.lines.get(name, self.line), self.at(name), code, name=name, **values)

    def text(self, name: str, default: str = "") -> str:
        """Return a line of text."""
        node = self._node.parts.get(name)
        return default if node is None else self._text(name, self.at(name), node)

    def word(self, name: str) -> str:
        """Return what stands there as it is written, a number too; empty if it is a list or a table."""
        node = self._node.parts.get(name)
        return node.text if isinstance(node, Scalar) else ""

    def texts(self, name: str, at_least: int = 0) -> tuple[str, ...]:
        """Return a list of lines."""
        items = self._items(name, at_least)
        return tuple(self._text(name, f"{self.at(name)}[{index}]", item) for index, item in items)

    def range(self, name: str, default: Range = Range(1, 1)) -> Range:  # noqa: B008 - frozen
        """Return "10-12" or "10" as a range of whole numbers from 1."""
        node = self._node.parts.get(name)
        if node is None:
            return default
        match = _RANGE.fullmatch(node.text.strip()) if isinstance(node, Scalar) else None
        if match is None:
            self.fault(name, ReadCode.NOT_RANGE)
            return default
        low, high = int(match[1]), int(match[2] or match[1])
        if not 0 < low <= high:
            self.fault(name, ReadCode.RANGE_ORDER, low=low, high=high)
            return default
        return Range(low, high)

    def half_seconds_ms(self, name: str) -> int:
        """Return seconds, in whole or half ones, as milliseconds."""
        node = self._node.parts.get(name)
        match = _HALF_SECONDS.fullmatch(node.text) if isinstance(node, Scalar) and node.plain else None
        length_ms = int(float(match[0]) * 1000) if match else 0
        if not length_ms:
            self.fault(name, ReadCode.NOT_SECONDS)
        return length_ms

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        """Return one of a closed list of words."""
        node = self._node.parts.get(name)
        return next(iter(choices)) if node is None else self._choice(name, self.at(name), node, choices)

    def choices(self, name: str, choices: type[Choice]) -> frozenset[Choice]:
        """Return one or more of a closed list of words."""
        items = self._items(name, 1)
        return frozenset(
            self._choice(name, f"{self.at(name)}[{index}]", item, choices) for index, item in items
        )

    def flag(self, name: str) -> bool:
        """Return true or false; false if it is left out."""
        node = self._node.parts.get(name)
        if node is None:
            return False
        if not isinstance(node, Scalar) or not node.plain or node.text.lower() not in _FLAGS:
            self.fault(name, ReadCode.NOT_YES_NO)
            return False
        return _FLAGS[node.text.lower()]

    def table(self, name: str, shape: Shape) -> Table | None:
        """Return a table inside this one; None if it is not there or not a table."""
        node = self._node.parts.get(name)
        if node is None:
            return None
        if not isinstance(node, Mapping):
            self.fault(name, ReadCode.NOT_TABLE)
            return None
        return Table(self.sheet, node, self.at(name), shape)

    def tables(
        self, name: str, shape: Shape, other: Shape | None = None, sign: str = ""
    ) -> tuple[Table, ...]:
        """Return a list of tables; those that have the name `sign` are of the other shape."""
        found: list[Table] = []
        for index, item in self._items(name, 1):
            path = f"{self.at(name)}[{index}]"
            if not isinstance(item, Mapping):
                self.sheet.fault(item.line, path, ReadCode.NOT_TABLE, name=name)
                continue
            found.append(Table(self.sheet, item, path, other if other and sign in item.parts else shape))
        return tuple(found)

    def free_tables(self, name: str) -> tuple[Table, ...]:
        """Return a list of tables whose names are free."""
        found: list[Table] = []
        for index, item in self._items(name, 1):
            path = f"{self.at(name)}[{index}]"
            if isinstance(item, Mapping):
                found.append(Table(self.sheet, item, path, Shape((), tuple(item.parts))))
            else:
                self.sheet.fault(item.line, path, ReadCode.ONE_PHASE, name=name)
        return tuple(found)

    def _items(self, name: str, at_least: int) -> Iterator[tuple[int, Node]]:
        node = self._node.parts.get(name)
        if node is None:
            return
        if not isinstance(node, Listing):
            self.fault(name, ReadCode.NOT_LIST)
            return
        if len(node.items) < at_least:
            self.fault(name, ReadCode.EMPTY_LIST)
        yield from enumerate(node.items)

    def _text(self, name: str, path: str, node: Node) -> str:
        if isinstance(node, Mapping) and len(node.parts) == 1:
            self.sheet.fault(node.line, path, ReadCode.COLON_LINE, name=next(iter(node.parts)))
        elif not isinstance(node, Scalar):
            self.sheet.fault(node.line, path, ReadCode.NOT_TEXT, name=name)
        elif not node.text.strip() or (node.plain and node.text in ("~", "null", "Null", "NULL")):
            self.sheet.fault(node.line, path, ReadCode.EMPTY_TEXT, name=name)
        elif node.plain and _is_other_than_text(node.text):
            self.sheet.fault(node.line, path, ReadCode.NOT_QUOTED, text=node.text)
        else:
            return " ".join(node.text.split())  # a line folded over several is one line
        return ""

    def _choice(self, name: str, path: str, node: Node, choices: type[Choice]) -> Choice:
        words = tuple(str(choice) for choice in choices)
        if isinstance(node, Scalar) and node.text in words:
            return choices(node.text)
        given = node.text if isinstance(node, Scalar) else "..."
        self.sheet.fault(node.line, path, ReadCode.NOT_CHOICE, name=name, given=given, choices=words)
        return next(iter(choices))

    def _unknown(self, name: str, shape: Shape) -> str:
        """Note a name that cannot stand here; return the one that was meant, or "" if none is near."""
        near = get_close_matches(name.lower().replace("-", "_"), shape.names, n=1)
        if not near:
            self.fault(name, ReadCode.UNKNOWN_KEY, names=shape.names)
            return ""
        self.fault(name, ReadCode.MISSPELT_KEY, nearest=near[0])
        return near[0]


def _is_other_than_text(text: str) -> bool:
    """Return whether YAML takes a word without quotes for a number, a date, or yes and no."""
    # The table is the safe loader's own, so that this reader and every schema tool agree.
    resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers
    return any(pattern.match(text) for _, pattern in resolvers.get(text[:1], ()))
