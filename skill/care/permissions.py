"""Who may do what: the one place that decides. Role and consent both have to allow it.

A role is what the household lets a caregiver do, a consent what the person lets them do. Owning the household
manages it; it gives no consent.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from skill.care.records import ConsentKind, Role


class Action(StrEnum):
    """What a caregiver can want to do."""

    SEE_LIVE = "see_live"
    SEE_DONE = "see_done"
    SEE_PAIN = "see_pain"
    START = "start"
    START_AT_ONCE = "start_at_once"
    CONTROL = "control"  #: pause, resume, stop
    EDIT_WEEK = "edit_week"
    EDIT_PROGRAMME = "edit_programme"
    EDIT_ROUTINES = "edit_routines"  #: of the whole household
    EXPORT = "export"  #: what may be seen; pain only with SEE_PAIN
    ASK_CONSENT = "ask_consent"
    INVITE = "invite"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_DEVICES = "manage_devices"
    SEE_AUDIT = "see_audit"
    DELETE_PERSON = "delete_person"


_DONE = frozenset({ConsentKind.DONE})
_START = frozenset({ConsentKind.START})

#: The least role for an action, and every consent that it needs.
NEEDS: dict[Action, tuple[Role, frozenset[ConsentKind]]] = {
    Action.SEE_LIVE: (Role.VIEW, _DONE),
    Action.SEE_DONE: (Role.VIEW, _DONE),
    Action.EXPORT: (Role.VIEW, _DONE),
    Action.SEE_PAIN: (Role.VIEW, _DONE | {ConsentKind.PAIN}),
    Action.START: (Role.START, _START),
    Action.START_AT_ONCE: (Role.START, _START | {ConsentKind.AT_ONCE}),
    Action.CONTROL: (Role.START, _START),
    Action.EDIT_WEEK: (Role.EDIT, _START),
    Action.EDIT_PROGRAMME: (Role.EDIT, _START),
    Action.EDIT_ROUTINES: (Role.EDIT, frozenset()),
    Action.ASK_CONSENT: (Role.VIEW, frozenset()),
}

#: What the owner of a household may do, whatever their roles.
OWNERS = frozenset(
    {
        Action.INVITE,
        Action.MANAGE_PEOPLE,
        Action.MANAGE_DEVICES,
        Action.SEE_AUDIT,
        Action.DELETE_PERSON,
    }
)


def why_not(role: Role | None, owner: bool, consents: Collection[ConsentKind], action: Action) -> str | None:
    """Return what is missing for an action: `owner`, `role` or `consent`; None if it is allowed."""
    if action in OWNERS:
        return None if owner else "owner"
    least, needed = NEEDS[action]
    if role is None or not role.holds(least):
        return "role"
    return None if needed <= set(consents) else "consent"


def may(role: Role | None, owner: bool, consents: Collection[ConsentKind], action: Action) -> bool:
    """Whether a caregiver with this role for a person, and these consents of theirs, may do this."""
    return why_not(role, owner, consents, action) is None
