"""A household on a real SQLite file, with a clock to turn: what tests of weeks, notices and records need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from routines.plan import Plan
from skill.care.device import DeviceSide
from skill.care.house import House
from skill.care.records import (
    Caregiver,
    Command,
    Consent,
    ConsentKind,
    ConsentState,
    Device,
    DeviceKind,
    Person,
    Role,
    Sent,
)
from skill.records import EventKind, SessionEvent, StopReason, exercises_data
from skill.store import open_store
from skill.store.sql import SqlStore

#: A Monday; in Berlin it is an hour later.
MONDAY_UTC = datetime(2026, 11, 23, tzinfo=UTC)
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)
MAY = Caregiver(id="may", name="May", login="may", owner=True, at=LONG_AGO)
SAM = Caregiver(id="sam", name="Sam", login="sam", owner=False, at=LONG_AGO)
EVERYTHING = tuple(ConsentKind)
DAILY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass
class Clock:
    """A clock that tests turn."""

    at: datetime = MONDAY_UTC

    def __call__(self) -> datetime:
        return self.at

    def to(self, text: str) -> None:
        """Turn it to a UTC time of the Monday, `09:00`, or to a moment in full."""
        day = self.at.date().isoformat()
        self.at = datetime.fromisoformat(text if "T" in text else f"{day}T{text}").replace(tzinfo=UTC)

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Household:
    """Anna exercises on a PC; May plans for her, and Sam looks on."""

    path: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.store = self.opened()
        self.house = House(self.store, self.store, now=self.clock)
        self.anna = Person(id="anna", name="Anna", zone="Europe/Berlin")
        self.pc = Device(id="pc", name="Living room", kind=DeviceKind.PC, person="anna")
        self.store.save_person(self.anna, LONG_AGO)
        self.store.add_device(self.pc, "key of the pc")
        for who, role in ((MAY, Role.EDIT), (SAM, Role.VIEW)):
            self.store.add_caregiver(who, "no hash")
            self.store.set_grant(who.id, "anna", role)
        self.device = DeviceSide(self.house, self.pc)

    def opened(self) -> SqlStore:
        """Return one more store on the same file, as another process has it."""
        store = open_store(self.path)
        assert isinstance(store, SqlStore)
        return store

    def allow(self, who: Caregiver, *kinds: ConsentKind, state: ConsentState = ConsentState.GIVEN) -> None:
        for kind in kinds:
            consent = Consent(person="anna", caregiver=who.id, kind=kind, state=state, at=self.clock())
            self.store.add_consent(consent)

    def plan(self, *slots: dict[str, Any], by: Caregiver = MAY, **more: Any) -> None:
        """Keep a week; without slots, every day at 09:00 in Berlin, which is 08:00 UTC in winter."""
        document = {"v": 1, "zone": "Europe/Berlin", "slots": list(slots) or [slot()], **more}
        self.store.save_week("anna", document, by.id, LONG_AGO)

    def sent(self) -> tuple[Sent, ...]:
        return self.store.sent_for("anna", LONG_AGO)

    def take(self) -> Command:
        """Let the PC take the one command that waits for it."""
        (waiting,) = self.device.waiting()
        taken = self.device.take(waiting.command)
        assert taken is not None
        return taken.command

    def do(
        self,
        session: str,
        *,
        sets: int = 2,
        stop: StopReason | None = None,
        ends: bool = True,
        answers: Iterable[tuple[str, Any]] = (),
    ) -> None:
        """Do a session of one exercise with two sets now: as many of its sets as are said."""
        at = self.clock()
        about = exercises_data([("wall-slides", 2)])
        self.store.begin(session, "anna", "knee-short", Plan(), "pc", at, {}, about)
        events = [
            SessionEvent(
                at=at,
                kind=EventKind.BLOCK_DONE,
                key=f"done:wall-slides/1/{side}:0",
                data={"exercise": "wall-slides", "set": 1, "side": side, "work_ms": 20_000},
            )
            for side in ("left", "right")[:sets]
        ]
        events += [
            SessionEvent(
                at=at, kind=EventKind.ANSWERED, key=f"answered:{what}", data={"what": what, "value": value}
            )
            for what, value in answers
        ]
        if ends and stop is None:
            events.append(SessionEvent(at=at, kind=EventKind.DONE, key="end"))
        elif stop is not None:
            kind = EventKind.STOPPED
            events.append(SessionEvent(at=at, kind=kind, key="end", data={"reason": stop.value}))
        self.store.record(session, events, {}, at)


def slot(time: str = "09:00", slot_id: str = "am", days: list[str] | None = None) -> dict[str, Any]:
    return {"id": slot_id, "time": time, "days": days or DAILY, "routine": "knee-short", "device": "pc"}
