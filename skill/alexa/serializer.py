"""Reads requests into the SDK's models and writes replies: fast, and not put off by news from Amazon.

It takes the place of the SDK's own: `skill.serializer = FastSerializer()`. What that one reads, this one
reads to the same. Beyond that, an unknown value of an enum stays as it came, an unknown kind of request
becomes a plain `Request`, and names that would change a model's inside are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson
from ask_sdk_core.exceptions import SerializationException
from ask_sdk_core.serialize import DefaultSerializer

from skill.alexa.model_plans import Malformed, plan_of, reader

_PLAIN = (str, int, float, bool, bytes)
#: How what is a little more than one of these becomes just that.
_KINDS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int),
    (dict, dict),
    (list, list),
    (tuple, tuple),
)
#: Classes of dictionaries are asked how they are written.
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS


class FastSerializer(DefaultSerializer):
    """A serializer for the SDK. Keeps nothing of what it reads; for any thread."""

    def deserialize(self, payload: str | bytes | None, obj_type: Any) -> Any:
        """Return JSON as a model. `SerializationException` if it is no JSON, or does not fit."""
        if payload is None:
            return None
        try:
            plain = orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            raise Malformed(f"no JSON at {error.pos}") from None
        return self.read(plain, obj_type)

    def read(self, plain: Any, obj_type: Any) -> Any:
        """Return values as they come from JSON as a model. `SerializationException` if they do not fit."""
        if plain is None:
            return None
        try:
            return reader(obj_type)(plain)
        except RecursionError:
            raise Malformed("too deep") from None

    def serialize(self, obj: Any) -> Any:
        """Return a model as plain values for JSON."""
        if obj is None or isinstance(obj, _PLAIN):
            return obj
        if isinstance(obj, dict):
            return {key: self.serialize(value) for key, value in obj.items()}
        if isinstance(obj, list):
            return [self.serialize(value) for value in obj]
        if isinstance(obj, tuple):
            return tuple(self.serialize(value) for value in obj)
        if isinstance(obj, (datetime, date)):
            return obj.isoformat()
        return self.serialize(_one_level(obj))

    def write(self, obj: Any) -> bytes:
        """Return a model as JSON. TypeError if there is something in it that JSON has no form for."""
        return write(obj)


def write(obj: Any) -> bytes:
    """Return models, and whatever else JSON has a form for, as JSON. TypeError for anything else."""
    return orjson.dumps(obj, default=_one_level, option=_OPTIONS)


class Written(dict[str, Any]):
    """A value for JSON that is written out once, however often it is part of a reply; it never changes."""

    __slots__ = ("fragment",)

    def __init__(self, value: Mapping[str, Any]) -> None:
        """Write it out. TypeError if there is something in it that JSON has no form for."""
        super().__init__(value)
        self.fragment = orjson.Fragment(write(value))


def _one_level(obj: Any) -> Any:
    """Return a value in plainer form; what is inside it follows later."""
    cls: Any = type(obj)
    if cls is Written:
        return obj.fragment
    if hasattr(cls, "deserialized_types"):
        return {
            name: value
            for attribute, name in plan_of(cls).written
            if (value := getattr(obj, attribute)) is not None
        }
    if isinstance(obj, Enum):
        return obj.value
    if isinstance(obj, Decimal):
        return int(obj) if obj % 1 == 0 else float(obj)
    for kind, plain in _KINDS:
        if isinstance(obj, kind):
            return plain(obj)
    raise SerializationException(f"no form for {cls.__name__}")
