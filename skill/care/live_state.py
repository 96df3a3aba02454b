"""What a device is doing at this moment, small and plain: what caregivers see of a session."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from skill.care.permissions import Action


class Phase(StrEnum):
    """What is going on."""

    IDLE = "idle"
    INVITED = "invited"  #: the person has been asked whether they would like to begin
    CHECKING = "checking"  #: the safety questions
    LEADING = "leading"
    WAITING = "waiting"  #: until the person is ready
    WORKING = "working"
    RESTING = "resting"
    PAUSED = "paused"
    ASKING = "asking"  #: how it was
    DONE = "done"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"  #: broken off; it can be gone on with

    @property
    def running(self) -> bool:
        """Whether a session is on, so that it can be paused or stopped."""
        return self not in (Phase.IDLE, Phase.INVITED, Phase.DONE, Phase.STOPPED, Phase.INTERRUPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """One moment of a device."""

    phase: Phase = Phase.IDLE
    command: str = ""  #: the id of the start that it came from
    asked_by: str = ""  #: the name of who asked
    routine: str = ""
    routine_title: str = ""
    exercise_title: str = ""
    exercise_no: int | None = None
    exercises: int = 0
    set_no: int | None = None
    sets: int | None = None
    side: str = ""  #: left, right or ""
    since: datetime | None = None  #: when this phase began
    reason: str = ""  #: why it was stopped: a `StopReason`
    progress_ms: int = 0
    total_ms: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it, without what is as usual."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        kept = {name: value for name, value in plain.items() if value not in (None, "", 0)}
        return kept | {"phase": self.phase.value} | ({"since": self.since.isoformat()} if self.since else {})

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> LiveState:
        """Return what `to_dict` gave; names that this version does not know are left out."""
        known = {one.name for one in fields(cls)}
        said = {name: value for name, value in plain.items() if name in known}
        if said.get("since"):
            said["since"] = datetime.fromisoformat(said["since"])
        try:
            phase = Phase(said.pop("phase", Phase.IDLE))
        except ValueError:  # told by a newer version
            phase = Phase.IDLE
        return cls(phase=phase, **said)

    def for_caregiver(self, actions: Collection[Action]) -> LiveState | None:
        """Return what somebody who may do this is shown of it; None if nothing."""
        if Action.SEE_LIVE not in actions:
            return None
        return self if Action.SEE_PAIN in actions else replace(self, reason="")
