"""What has to be true of a request before the skill sees it: whose it is, and how old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from skill.alexa.refusal import Refused

TOLERANCE = timedelta(seconds=150)

#: Amazon delivers events again for an hour while a skill cannot be reached.
EVENT_TOLERANCE = timedelta(hours=1)
_EVENTS = ("AlexaSkillEvent.", "AlexaHouseholdListEvent.", "Reminders.")

_MAX_ID = 512


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request that is well formed."""

    whole: Mapping[str, Any]
    kind: str
    request_id: str
    at: datetime
    skill_ids: frozenset[str]  #: every skill that it says it is for

    @property
    def tolerance(self) -> timedelta:
        """How old it may be."""
        return EVENT_TOLERANCE if self.kind.startswith(_EVENTS) else TOLERANCE


def read_envelope(body: bytes) -> Envelope:
    """Return the request in a body. `Refused` if there is none."""
    try:
        whole = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused("body", f"no JSON at {error.pos}") from None
    return envelope_of(whole)


def envelope_of(whole: Any) -> Envelope:
    """Return the request in a value from JSON. `Refused` if there is none."""
    request = _object(whole, "request")
    return Envelope(
        whole=whole,
        kind=_text(request, "type"),
        request_id=_text(request, "requestId"),
        at=_moment(request),
        skill_ids=_skill_ids(whole),
    )


def check_skill(envelope: Envelope, skill_id: str) -> None:
    """Return if a request is for this skill and no other. `Refused` if not."""
    if envelope.skill_ids != {skill_id}:
        raise Refused("application")


def check_time(envelope: Envelope, now: datetime) -> None:
    """Return if a request was sent just now. `Refused` if it is too old, or from the future."""
    if not -TOLERANCE <= now - envelope.at <= envelope.tolerance:
        raise Refused("timestamp", "off")


def _skill_ids(whole: dict[str, Any]) -> frozenset[str]:
    """Return what context and session say; Amazon's oldest requests have no context."""
    found = set()
    system = _maybe(_maybe(whole, "context"), "System")
    _maybe(system, "device")
    for place in (system, _maybe(whole, "session")):
        if application := _maybe(place, "application"):
            found.add(_text(application, "applicationId"))
    return frozenset(found)


def _maybe(parent: dict[str, Any], name: str) -> dict[str, Any]:
    return {} if parent.get(name) is None else _object(parent, name)


def _object(parent: Any, name: str) -> dict[str, Any]:
    child = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(child, dict):
        raise Refused("body", name)
    return child


def _text(parent: dict[str, Any], name: str) -> str:
    value = parent.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_ID:
        raise Refused("body", name)
    return value


def _moment(request: dict[str, Any]) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(request, "timestamp"))
    except ValueError:
        raise Refused("timestamp", "form") from None
    if moment.utcoffset() is None:  # nobody could say when that was
        raise Refused("timestamp", "zone")
    return moment
