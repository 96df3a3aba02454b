"""A person's programme: what caregivers may change of their plan, and who changed what from when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routines.model import Exercise
from routines.plan import Plan, check_doses
from skill.care.gate import Gate
from skill.care.permissions import Action
from skill.care.records import Caregiver

#: What of a plan is the programme. How the coach speaks and listens, and the limits of pain, are not.
PROGRAMME = ("level", "hold_s", "pace_percent", "rest_s", "first_side", "without", "doses")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """One choice that is another now. Plain values as in `Plan.to_dict`; None: as the level has it."""

    field: str  #: a plan's field, or `doses.<exercise>.<number>`
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeVersion:
    """One version of a person's plan."""

    version: int  #: from 1
    by: str  #: the name of the caregiver who made it; "" for the person themselves
    at: datetime
    plan: Plan
    changes: tuple[PlanChange, ...]  #: against the version before; the first: against the usual plan


def programme_of(gate: Gate, who: Caregiver, person: str) -> Plan:
    """Return a person's plan. NotAllowedError without `EDIT_PROGRAMME`."""
    gate.demand(who, Action.EDIT_PROGRAMME, person)
    return gate.history.plan(person)


def change_programme(
    gate: Gate, who: Caregiver, person: str, plan: Plan, exercises: Iterable[Exercise]
) -> Plan:
    """Keep the programme in a plan for a person, and return their whole plan; it holds from their next start.

    Only `PROGRAMME` is taken from `plan`. `exercises` are all there are: `PlanError` for an own dose outside
    their limits. NotAllowedError without `EDIT_PROGRAMME`.
    """
    before = programme_of(gate, who, person)
    check_doses(plan.doses, exercises)
    after = replace(before, **{name: getattr(plan, name) for name in PROGRAMME})
    changed = [one.field for one in _changes(before, after)]
    if changed:
        gate.history.save_plan(person, after, by=who.id, at=gate.now())
        gate.note_change(who.id, "programme.changed", person, {"fields": changed})
    return after


def programme_versions(gate: Gate, who: Caregiver, person: str) -> tuple[ProgrammeVersion, ...]:
    """Return every version of a person's plan, newest first. NotAllowedError without `EDIT_PROGRAMME`."""
    gate.demand(who, Action.EDIT_PROGRAMME, person)
    names = {one.id: one.name for one in gate.care.caregivers()}
    before, found = Plan(), []
    for one in gate.history.plan_versions(person):
        found.append(
            ProgrammeVersion(
                version=one.version,
                by=names.get(one.by, ""),
                at=one.at,
                plan=one.plan,
                changes=tuple(_changes(before, one.plan)),
            )
        )
        before = one.plan
    return tuple(reversed(found))


def _changes(before: Plan, after: Plan) -> Iterator[PlanChange]:
    old, new = _flat(before), _flat(after)
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield PlanChange(field=name, before=old.get(name), after=new.get(name))


def _flat(plan: Plan) -> dict[str, Any]:
    """Return the programme's choices as plain values, each number of an own dose by itself."""
    flat = {name: getattr(plan, name) for name in PROGRAMME if name != "doses"}
    flat = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in flat.items()}
    for exercise, own in plan.doses.items():
        flat |= {f"doses.{exercise}.{name}": value for name, value in own.to_dict().items()}
    return flat
