"""The options that choose what a plan holds, and the plan they make; several commands take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from routines.model import Barrier
from routines.phrases import Phrases
from routines.plan import SPANS, CountStyle, FirstSide, Level, PhaseStyle, Plan, PlanError, Words
from skill.commands.base import option

#: Option -> (field of the plan, its choices, or int).
_FIELDS: dict[str, tuple[str, type[Level | Words | CountStyle | PhaseStyle | FirstSide | int]]] = {
    "level": ("level", Level),
    "pace": ("pace_percent", int),
    "rest": ("rest_s", int),
    "ready": ("get_ready_s", int),
    "words": ("words", Words),
    "count": ("count", CountStyle),
    "phases": ("phases", PhaseStyle),
    "first-side": ("first_side", FirstSide),
    "rate": ("rate_wpm", int),
}

#: What `--hold` takes besides a number: the level's own length.
AS_LEVEL = "level"


def plan_options(phrases: Phrases, *, led: bool = False) -> tuple[click.Option, ...]:
    """Return the options; their values come to the command under the options' names.

    `led`: for a plan that somebody is led by, who can be asked; not for what is written once and for all.
    """
    made = [
        option(
            phrases,
            "plan-options",
            f"--{name}",
            type=int
            if kind is int
            else click.Choice([str(choice) for choice in kind if led or choice is not FirstSide.ASK]),  # type: ignore[union-attr]
        )
        for name, (_, kind) in _FIELDS.items()
    ]
    made.insert(1, option(phrases, "plan-options", "--hold", metavar="SECONDS|level"))
    barriers = click.Choice([str(barrier) for barrier in Barrier])
    made.append(option(phrases, "plan-options", "--cannot", type=barriers, multiple=True))
    return tuple(made)


def chosen(plan: Plan, given: Mapping[str, Any]) -> Plan:
    """Return the plan with what was given on the command line. PlanError if that is not possible.

    A level without a length takes the level's own: a hold that was chosen for another level gives way.
    """
    changes: dict[str, Any] = {}
    for name, (field, kind) in _FIELDS.items():
        value = given.get(name.replace("-", "_"))
        if value is not None:
            changes[field] = kind(value)
    hold = given.get("hold")
    if hold is not None:
        changes["hold_s"] = _hold_s(hold)
    elif "level" in changes:
        changes["hold_s"] = None
    if given.get("cannot"):
        changes["without"] = plan.without | {Barrier(barrier) for barrier in given["cannot"]}
    return replace(plan, **changes)


def _hold_s(given: str) -> int | None:
    if given == AS_LEVEL:
        return None
    try:
        return int(given)
    except ValueError:
        raise PlanError("hold_s", given, f"{SPANS['hold_s']}, {AS_LEVEL}") from None
