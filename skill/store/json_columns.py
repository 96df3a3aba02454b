"""How values become JSON in a column and come back: quickly, and what is JSON already as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _value(kept: Any) -> Any:
    # SQLite has made a number of what is one.
    return orjson.loads(kept) if isinstance(kept, (str, bytes)) else kept


#: For `sqlalchemy.create_engine`.
JSON_BY: dict[str, Callable[[Any], Any]] = {"json_serializer": _text, "json_deserializer": _value}
