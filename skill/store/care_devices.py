"""Devices that are paired."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from skill.care.records import Device, DeviceKind
from skill.store import care_tables as c
from skill.store.care_part import CarePart, Named, maybe_moment
from skill.store.rows import to_ms
from skill.store.upsert import upsert


class CareDevices(CarePart):
    """The devices of a store."""

    def devices(self) -> tuple[Device, ...]:
        """Return every device, by name."""
        return self._devices(self._ours(c.device))

    def add_device(self, device: Device, key_hash: str) -> None:
        """Keep a device and the hash of its key."""
        row = {
            "household": self._household,
            "id": device.id,
            "name": device.name,
            "kind": device.kind.value,
            "person": device.person,
            "of_device": device.of,
            "seen_at_ms": None if device.seen_at is None else to_ms(device.seen_at),
            "key_hash": key_hash,
        }
        with self._about(person=device.person) as connection:
            if device.of is not None and not self._holds(connection, c.device, device.of):
                raise KeyError(device.of)
            connection.execute(upsert(connection.dialect, c.device), row)

    def device_of(self, key_hash: str) -> Device | None:
        """Return the device with this key."""
        return next(iter(self._devices(self._ours(c.device, key_hash=key_hash))), None)

    def remove_device(self, device: str) -> None:
        """Forget a device, its screens, and what they told last."""
        with self._writing() as connection:
            gone = delete(c.device).where(self._ours(c.device, id=device))
            if connection.execute(gone).rowcount:
                self._tell(connection, "live", "", device)

    def saw_device(self, device: str, at: datetime) -> None:
        """Keep that a device has been heard of."""
        seen = update(c.device).where(self._ours(c.device, id=device)).values(seen_at_ms=to_ms(at))
        with self._writing() as connection:
            connection.execute(seen)

    def _devices(self, wanted: ColumnElement[bool]) -> tuple[Device, ...]:
        ordered = select(c.device).where(wanted).order_by(c.device.c.name, c.device.c.id)
        with self._reading() as connection:
            return tuple(_device(row) for row in connection.execute(ordered))


def _device(row: Named) -> Device:
    return Device(
        id=row.id,
        name=row.name,
        kind=DeviceKind(row.kind),
        person=row.person,
        of=row.of_device,
        seen_at=maybe_moment(row.seen_at_ms),
    )
