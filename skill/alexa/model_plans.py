"""How each class of the SDK's models is read from JSON and written to it, worked out once per class.

The SDK describes its models in class attributes: `deserialized_types` (attribute -> type, in words such as
`list[ask_sdk_model.intent.Intent]`), `attribute_map` (attribute -> name in JSON) and, for a class that stands
for several, a map from a value in the JSON to the name of the class.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from ask_sdk_core.exceptions import SerializationException

#: Turns a value of JSON (never None) into what the model has.
Reader = Callable[[Any], Any]

_LIST = re.compile(r"list\[(.*)\]")
_DICT = re.compile(r"dict\([^,]*, (.*)\)")


class Malformed(SerializationException):
    """JSON that cannot be what it says it is. The message names the place, never a value."""


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    return value if type(value) is str else str(value)


def _primitive(kind: type) -> Reader:
    """Return a reader that takes what `kind` takes and leaves the rest as it is."""

    def read(value: Any) -> Any:
        if type(value) is kind:
            return value
        try:
            return kind(value)
        except (TypeError, ValueError, OverflowError):
            return value

    return read


def _moment(value: Any) -> Any:
    """Return a moment in ISO 8601 as a datetime; anything else stays as it is."""
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value


def _day(value: Any) -> Any:
    moment = _moment(value)
    return moment.date() if isinstance(moment, datetime) else moment


_NATIVE: Mapping[str, Reader] = {
    "str": _text,
    "int": _primitive(int),
    "long": _primitive(int),
    "float": _primitive(float),
    "bool": _primitive(bool),
    "object": _as_it_is,
    "datetime": _moment,
    "date": _day,
}
_NATIVE_TYPES: Mapping[Any, Reader] = {
    str: _text,
    int: _primitive(int),
    float: _primitive(float),
    bool: _primitive(bool),
    bytes: _as_it_is,
    object: _as_it_is,
    datetime: _moment,
    date: _day,
}


#: Values of these types are taken as they come, and need not be asked about.
_STAYS: Mapping[Any, type] = {"str": str, str: str, "int": int, int: int, "bool": bool, bool: bool}


@cache
def reader(kind: Any) -> Reader:
    """Return how to read a type: a class, or the SDK's words for one. `SerializationException` if unknown."""
    if not isinstance(kind, str):
        return _NATIVE_TYPES.get(kind) or _reader_of_class(kind)
    if kind in _NATIVE:
        return _NATIVE[kind]
    if found := _LIST.fullmatch(kind):
        return _list_reader(found[1].strip())
    if found := _DICT.fullmatch(kind):
        return _dict_reader(found[1].strip())
    return _reader_of_class(_class(kind))


def _class(name: str) -> Any:
    module, _, cls = name.rpartition(".")
    try:
        return getattr(import_module(module), cls)
    except (ImportError, AttributeError, ValueError) as error:
        raise SerializationException(f"no class {name}") from error


def _reader_of_class(cls: Any) -> Reader:
    if isinstance(cls, type) and issubclass(cls, Enum):
        return _enum_reader(cls)
    if hasattr(cls, "deserialized_types"):
        plan = plan_of(cls)
        return plan.read_child if plan.children else plan.read
    return _as_it_is


def _enum_reader(cls: type[Enum]) -> Reader:
    members = {member.value: member for member in cls}

    def read(value: Any) -> Any:
        return members.get(value, value) if type(value) is str else value  # an unknown one stays as it came

    return read


def _list_reader(kind: str) -> Reader:
    later = _Later(kind)

    def read(value: Any) -> Any:
        if type(value) is not list:
            raise Malformed(f"no list of {kind}")
        one = later.reader
        return [None if item is None else one(item) for item in value]

    return read


def _dict_reader(kind: str) -> Reader:
    later = _Later(kind)

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise Malformed(f"no mapping of {kind}")
        one = later.reader
        return {key: None if item is None else one(item) for key, item in value.items()}

    return read


class _Later:
    """A reader that is worked out when it is first needed: models may hold their own kind."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    @cached_property
    def reader(self) -> Reader:
        return reader(self._kind)


class Plan:
    """How one class of models is read and written."""

    def __init__(self, cls: Any) -> None:
        """Take a class that has the SDK's description of itself."""
        self.cls = cls
        types: Mapping[str, Any] = cls.deserialized_types
        names = {attribute: attribute for attribute in types} | getattr(cls, "attribute_map", {})
        self.children: Mapping[str, str] = getattr(cls, "discriminator_value_class_map", None) or {}
        self._key: str = getattr(cls, "json_discriminator_key", "")
        self._blank = dict(vars(cls()))
        self._types = {names[attribute]: (attribute, types.get(attribute, object)) for attribute in names}
        #: Attribute, name in JSON: in the order in which they are written.
        self.written = tuple((attribute, names[attribute]) for attribute in types)

    @cached_property
    def _known(self) -> Mapping[str, tuple[str, type | None, Reader]]:
        """Name in JSON -> attribute, the type of values that stay as they come, how others are read."""
        return {
            name: (attribute, _STAYS.get(kind), reader(kind))
            for name, (attribute, kind) in self._types.items()
        }

    def read(self, value: Any) -> Any:
        """Return a model of exactly this class. `Malformed` if the value is no object, or a harmful one."""
        if type(value) is not dict:
            if value in ([], ""):  # how some languages write an object without anything in it
                value = {}
            else:
                raise Malformed(f"no object for {self.cls.__name__}")
        fields, known = self._blank.copy(), self._known
        for name, item in value.items():
            place = known.get(name)
            if place is None:
                self._add(fields, name, item)
                continue
            attribute, stays, read = place
            fields[attribute] = item if item is None or type(item) is stays else read(item)
        model = object.__new__(self.cls)
        model.__dict__ = fields
        return model

    def read_child(self, value: Any) -> Any:
        """Return a model of the class that the value names; of this one if there is none of that name."""
        named = value.get(self._key) if type(value) is dict else None
        child = self.children.get(named) if type(named) is str else None
        return (_child(child) if child else self).read(value)

    def _add(self, fields: dict[str, Any], name: str, item: Any) -> None:
        """Keep a field that the SDK does not know under its own name, unless it would hide what is there."""
        if name.startswith("__"):
            raise Malformed(f"a name with two underscores in {self.cls.__name__}")
        if name not in fields and not hasattr(self.cls, name):
            fields[name] = item


@cache
def plan_of(cls: Any) -> Plan:
    """Return the plan of a class of models."""
    return Plan(cls)


@cache
def _child(name: str) -> Plan:
    return plan_of(_class(name))
