"""A household to test with: a real store in a file, argon2 that is cheap, a clock that is turned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from argon2 import PasswordHasher

from skill.care.bell import Bell
from skill.care.device import DeviceSide
from skill.care.house import House
from skill.care.records import Caregiver, ConsentKind, Device, DeviceKind, Person, Role
from skill.care.secrets import Passwords, digest
from skill.ports import ME
from skill.store import open_store
from skill.store.sql import SqlStore

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "quiet green hills"  # noqa: S105 - of nobody


class DirectBell(Bell):
    """A bell without a thread: whoever asks looks at the store."""

    def wait(self, after: int, timeout_s: float, person: str | None = None) -> int:
        del after, timeout_s, person
        return self._last_change()

    def newest(self) -> int:
        return self._last_change()


class Clock:
    """Now; a millisecond later each time it is asked."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def go_on(self, **by: float) -> None:
        self.at += timedelta(**by)


class Household(NamedTuple):
    """Olga owns it and may edit for Maria, who has a PC."""

    house: House
    clock: Clock
    store: SqlStore
    olga: Caregiver
    maria: Person
    pc: Device

    def side(self, device: Device | None = None) -> DeviceSide:
        return DeviceSide(self.house, device or self.pc)

    def allow(self, who: Caregiver, *kinds: ConsentKind) -> None:
        for kind in kinds:
            self.side().consent(who.id, kind, given=True)

    def caregiver(self, name: str, role: Role | None = None) -> Caregiver:
        """Invite somebody, who accepts."""
        grants = {ME: role} if role else {}
        secret = self.house.invite_caregiver(self.olga, grants)
        return self.house.accept(secret, name=name, login=name.lower(), password=PASSWORD)

    def add_device(self, kind: DeviceKind, of: str | None = None) -> Device:
        secret = self.house.invite_device(self.olga, ME, kind, of=of)
        return self.house.pair(secret, name=f"the {kind}")[0]


def open_house(store: SqlStore, clock: Clock) -> House:
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return House(store, store, now=clock, bell=DirectBell(store.last_change), passwords=cheap)


@contextmanager
def new_house(folder: Path) -> Iterator[tuple[House, Clock, SqlStore]]:
    with closing(open_store(folder / "steady.db", durable=False)) as store:
        clock = Clock()
        yield open_house(store, clock), clock, store


@contextmanager
def new_household(folder: Path) -> Iterator[Household]:
    with new_house(folder) as (house, clock, store):
        olga = house.accept(house.new_setup_secret(), name="Olga", login="olga", password=PASSWORD)
        maria = house.add_person(olga, "Maria", "Europe/London")
        pc = Device(id="pc-1", name="den", kind=DeviceKind.PC, person=ME)
        store.add_device(pc, digest("the pc's own key"))
        yield Household(house, clock, store, olga, maria, pc)
