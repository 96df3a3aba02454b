"""Every deed of a browser counts once, though it is sent again where its answer was lost. Pure.

A session's snapshot says which deed came last, and what was different before it. So whoever sends it again,
to any process, is told the same as the first time, and nothing is done twice.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from routines.session import Session
from skill.ports import MAX_SNAPSHOT_BYTES

_DEED, _BEFORE = "deed", "before"
_SESSIONS = uuid.UUID("8f5a0c52-5f0e-4b0d-9d53-1c1d3f0a7c11")


def session_id_of(device: str, cause: str) -> str:
    """Return the id of the session that something begins on a device: always the same."""
    return uuid.uuid5(_SESSIONS, f"{device}/{cause}").hex


def mark(deed: str, before: Session, after: Session) -> dict[str, Any]:
    """Return what is to be kept beside a session's snapshot about the deed that led to it."""
    if not deed:
        return {}
    now = after.to_dict()
    then = {"pain_before": None, **before.to_dict()}
    differs = {name: value for name, value in then.items() if value != now.get(name)}
    marked = {_DEED: deed, _BEFORE: differs}
    size = len(json.dumps(now | marked).encode())
    return marked if size <= MAX_SNAPSHOT_BYTES else {_DEED: deed}


def is_last(snapshot: Mapping[str, Any], deed: str) -> bool:
    """Whether this deed led to this snapshot."""
    return bool(deed) and snapshot.get(_DEED) == deed


def before(snapshot: Mapping[str, Any]) -> Session:
    """Return the session as it was before the last deed; as it is now if that is not known. SessionError."""
    return Session.from_dict({**snapshot, **snapshot.get(_BEFORE, {})})
