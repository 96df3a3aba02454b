"""Changing a person's week, and who changed what from when."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from skill.care.gate import Gate
from skill.care.permissions import Action
from skill.care.planning import coach_ids
from skill.care.record import week_of
from skill.care.records import Caregiver, Version
from skill.care.week import Week
from skill.care.week_document import Fault, WeekFault, WeekFaults, read_week, week_document


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekVersion:
    """One version of a person's week."""

    version: int  #: from 1
    by: str  #: the name of the caregiver who made it; "" if they are not here any more
    at: datetime
    document: Any
    changes: tuple[str, ...]  #: what is other than before: zone, at_most, quiet, holidays, slots.<id>


def week_to_edit(gate: Gate, who: Caregiver, person: str) -> Week:
    """Return a person's week, an empty one if there is none. NotAllowedError without `EDIT_WEEK`."""
    gate.demand(who, Action.EDIT_WEEK, person)
    return week_of(gate, person) or Week(zone=gate.access(who, person).person.zone)


def change_week(gate: Gate, who: Caregiver, person: str, document: Any, routines: Collection[str]) -> Week:
    """Keep a new version of a person's week, and return it. It stands on their consent from now on.

    `routines` are the ids of all there are. `WeekFaults` has everything that is wrong with the document;
    nothing is kept then. NotAllowedError without `EDIT_WEEK`.
    """
    gate.demand(who, Action.EDIT_WEEK, person)
    week = read_week(document)
    faults = tuple(_missing(week, routines, coach_ids(gate, person)))
    if faults:
        raise WeekFaults(faults)
    kept = gate.care.week(person)
    plain = week_document(week)
    if kept is None or kept.document != plain or kept.by != who.id:
        gate.care.save_week(person, plain, who.id, gate.now())
        before = kept.document if kept is not None else {}
        gate.note_change(who.id, "week.changed", person, {"changed": list(_changes(before, plain))})
    return week


def week_versions(gate: Gate, who: Caregiver, person: str) -> tuple[WeekVersion, ...]:
    """Return every version of a person's week, newest first. NotAllowedError without `EDIT_WEEK`."""
    gate.demand(who, Action.EDIT_WEEK, person)
    names = {one.id: one.name for one in gate.care.caregivers()}
    versions = gate.care.week_versions(person)
    before: tuple[Version | None, ...] = (None, *versions)
    return tuple(
        WeekVersion(
            version=one.version,
            by=names.get(one.by, ""),
            at=one.at,
            document=one.document,
            changes=tuple(_changes(old.document if old else {}, one.document)),
        )
        for old, one in reversed(tuple(zip(before, versions, strict=False)))
    )


def _missing(week: Week, routines: Collection[str], devices: Collection[str]) -> Iterator[Fault]:
    for n, slot in enumerate(week.slots):
        if slot.routine not in routines:
            yield Fault(WeekFault.NO_ROUTINE, f"slots.{n}.routine", slot.routine)
        if slot.device not in devices:
            yield Fault(WeekFault.NO_DEVICE, f"slots.{n}.device", slot.device)


def _changes(before: Any, after: Any) -> Iterator[str]:
    """Yield what differs between two documents; a slot by its id."""
    for name in ("zone", "at_most", "quiet", "holidays"):
        if before.get(name, [] if name in ("quiet", "holidays") else None) != after.get(name):
            yield name
    old, new = ({slot["id"]: slot for slot in one.get("slots", [])} for one in (before, after))
    for slot_id in dict.fromkeys((*old, *new)):
        if old.get(slot_id) != new.get(slot_id):
            yield f"slots.{slot_id}"
