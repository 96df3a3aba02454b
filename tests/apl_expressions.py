"""The little language between `${` and `}` in a document of APL, as far as our screen uses it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(\d+\.\d+|\d+|'[^']*'|[A-Za-z_]\w*|>=|<=|==|!=|&&|\|\||[-+*/%<>?:().,\[\]])")
_BOUND = re.compile(r"\$\{([^}]*)\}")


def _whole(rounded: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: value if math.isnan(value) else rounded(value)


_MATH: Mapping[str, Callable[..., Any]] = {
    "max": max,
    "min": min,
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def bound(text: str, names: Mapping[str, Any]) -> str:
    """Return a text with every expression in it evaluated, as a screen shows it."""
    return _BOUND.sub(lambda found: _shown(evaluate(found[1], names)), text)


def evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    """Return the value of one expression. ValueError for what is none, KeyError for what is not there."""
    parser = _Parser(expression, names)
    value = parser.choice()
    if parser.left:
        raise ValueError(f"left over: {parser.left}")
    return value


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


class _Parser:
    def __init__(self, expression: str, names: Mapping[str, Any]) -> None:
        self.left: list[str] = []
        at = 0
        while at < len(expression.rstrip()):
            found = _TOKEN.match(expression, at)
            if found is None:
                raise ValueError(f"no token: {expression[at:]}")
            self.left.append(found[1])
            at = found.end()
        self.names = {"Math": _MATH, **names}

    def next_is(self, *tokens: str) -> bool:
        return bool(self.left) and self.left[0] in tokens

    def take(self, *expected: str) -> str:
        if not self.left or (expected and self.left[0] not in expected):
            raise ValueError(f"{expected} expected: {self.left}")
        return self.left.pop(0)

    def choice(self) -> Any:
        value = self.either()
        if not self.next_is("?"):
            return value
        self.take("?")
        # Both branches are worked out: they have no effects, and what is not there is None.
        first = self.choice()
        self.take(":")
        second = self.choice()
        return first if value else second

    def either(self) -> Any:
        value = self.both()
        while self.next_is("||"):
            self.take()
            value = self.both() or value
        return value

    def both(self) -> Any:
        value = self.compared()
        while self.next_is("&&"):
            self.take()
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> Any:
        value = self.sum()
        while self.next_is(*_COMPARE):
            value = _COMPARE[self.take()](value, self.sum())
        return value

    def sum(self) -> Any:
        value = self.product()
        while self.next_is("+", "-"):
            if self.take() == "+":
                other = self.product()
                texts = isinstance(value, str) or isinstance(other, str)
                value = _shown(value) + _shown(other) if texts else _number(value) + _number(other)
            else:
                value = _number(value) - _number(self.product())
        return value

    def product(self) -> Any:
        value = self.part()
        while self.next_is("*", "/", "%"):
            operator = self.take()
            value, other = _number(value), _number(self.part())
            value = value * other if operator == "*" else _divided(value, other, operator)
        return value

    def part(self) -> Any:
        value = self.atom()
        while self.next_is(".", "[", "("):
            match self.take():
                case ".":
                    value = value.get(self.take()) if isinstance(value, Mapping) else None
                case "[":
                    value = value[int(self.choice())]
                    self.take("]")
                case _:
                    value = value(*map(_number, self.arguments()))
        return value

    def arguments(self) -> list[Any]:
        values = [self.choice()]
        while self.take(",", ")") == ",":
            values.append(self.choice())
        return values

    def atom(self) -> Any:
        word = self.take()
        if word == "(":
            value = self.choice()
            self.take(")")
            return value
        if word[0].isdigit():
            return float(word)
        return word[1:-1] if word[0] == "'" else self.names[word]


def _number(value: Any) -> float:
    """Return a number; what is not there counts as none, as it does on a device."""
    return math.nan if value is None else float(value)


def _divided(value: float, by: float, operator: str) -> float:
    if not by or math.isnan(by) or math.isnan(value):
        return math.nan
    return value / by if operator == "/" else math.fmod(value, by)
