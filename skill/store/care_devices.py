"""Devices that are paired."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from skill.care.records import Device, DeviceKind
from skill.store import care_tables as c
from skill.store.care_part import CarePart, maybe_moment
from skill.store.rows import Row, to_ms
from skill.store.upsert import upsert

_d = c.device.c
_OURS = _d.household == bindparam("of_household")
_DEVICES = select(_d.id, _d.name, _d.kind, _d.person, _d.of_device, _d.seen_at_ms).where(_OURS)
_ALL = _DEVICES.order_by(_d.name, _d.id)
_OF_PERSON = _ALL.where(_d.person == bindparam("of_person"))
_THIS = _DEVICES.where(_d.id == bindparam("of_device_id"))
_BY_KEY = _DEVICES.where(_d.key_hash == bindparam("with_key"))
_SAW = (
    update(c.device)
    .where(_OURS, _d.id == bindparam("of_device_id"))
    .values(seen_at_ms=bindparam("new_seen_at_ms"))
)


class CareDevices(CarePart):
    """The devices of a store."""

    def devices(self) -> tuple[Device, ...]:
        """Return every device, by name."""
        return tuple(map(_device, self._all(_ALL, {"of_household": self._household})))

    def devices_of(self, person: str) -> tuple[Device, ...]:
        """Return a person's devices, by name."""
        this = {"of_household": self._household, "of_person": person}
        return tuple(map(_device, self._all(_OF_PERSON, this)))

    def device(self, device: str) -> Device | None:
        """Return one device."""
        row = self._first(_THIS, {"of_household": self._household, "of_device_id": device})
        return None if row is None else _device(row)

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
            self._tell(connection, "household", device.person, device.id)

    def device_of(self, key_hash: str) -> Device | None:
        """Return the device with this key."""
        row = self._first(_BY_KEY, {"of_household": self._household, "with_key": key_hash})
        return None if row is None else _device(row)

    def remove_device(self, device: str) -> None:
        """Forget a device, its screens, and what they told last."""
        with self._writing() as connection:
            gone = delete(c.device).where(self._ours(c.device, id=device))
            if connection.execute(gone).rowcount:
                self._tell(connection, "live", "", device)

    def saw_device(self, device: str, at: datetime) -> None:
        """Keep that a device has been heard of."""
        this = {"of_household": self._household, "of_device_id": device}
        self._change(_SAW, this | {"new_seen_at_ms": to_ms(at)})


def _device(row: Row) -> Device:
    device, name, kind, person, of, seen_at_ms = row
    seen_at = maybe_moment(seen_at_ms)
    return Device(id=device, name=name, kind=DeviceKind(kind), person=person, of=of, seen_at=seen_at)
