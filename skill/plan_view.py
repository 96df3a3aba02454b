"""A plan to look at: each choice with its value, what is possible, and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from routines.model import Barrier
from routines.own_dose import WIDEST, Doses
from routines.phrases import Phrases
from routines.plan import SPANS, CountStyle, FirstSide, Level, PhaseStyle, Plan, Words
from skill.commands.dose_option import dose_text
from skill.commands.plan_options import AS_LEVEL

_CHOICES: dict[str, tuple[str, ...]] = {
    "level": tuple(Level),
    "words": tuple(Words),
    "count": tuple(CountStyle),
    "phases": tuple(PhaseStyle),
    "first_side": tuple(FirstSide),
    "without": tuple(Barrier),
}

_CHOSEN = tuple(field for field in fields(Plan) if field.init)


def plan_lines(plan: Plan, say: Phrases, *, kept: bool) -> Iterator[str]:
    """Yield the plan line by line; `kept` if it has just been changed."""
    yield say("plan.kept" if kept else "plan.yours")
    yield ""
    for field in _CHOSEN:
        name = field.name
        yield say(
            "plan.row",
            name=say(f"plan.names.{name}"),
            value=_value(getattr(plan, name), say),
            allowed=_allowed(name, say),
        )
        yield say("plan.meaning", meaning=say(f"plan.meanings.{name}"))
    yield ""
    yield say("plan.set-by")


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return a plan with what is possible as plain values for JSON."""
    data: dict[str, Any] = {}
    for field in _CHOSEN:
        value = getattr(plan, field.name)
        span = SPANS.get(field.name)
        data[field.name] = {
            "value": _plain(value),
            "allowed": [span.low, span.high] if span else _allowed_data(field.name),
        }
    return data


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.to_dict() if isinstance(value, Doses) else value


def _allowed_data(name: str) -> object:
    if name == "doses":
        return {number: [span.low, span.high] for number, span in WIDEST.items()}
    return list(_CHOICES.get(name, (True, False)))


def _value(value: object, say: Phrases) -> str:
    if value is None:
        return say("plan.as-level")
    if isinstance(value, bool):
        return _yes_no(value, say)
    if isinstance(value, frozenset):
        return say.joined(tuple(sorted(value))) or say("plan.none")
    if isinstance(value, Doses):
        return say.joined(tuple(dose_text(name, own) for name, own in value.items())) or say("plan.none")
    return str(value)


def _allowed(name: str, say: Phrases) -> str:
    if name == "doses":
        return say("plan.doses-allowed")
    if name in SPANS:
        span = str(SPANS[name])
        return say("lists.comma").join((span, AS_LEVEL)) if name == "hold_s" else span
    if name in _CHOICES:
        return say("lists.comma").join(_CHOICES[name])
    return say("lists.comma").join((_yes_no(True, say), _yes_no(False, say)))


def _yes_no(value: bool, say: Phrases) -> str:
    return say("plan.yes" if value else "plan.no")
