"""Says every ten seconds that a device is on."""

from __future__ import annotations

from datetime import datetime, timedelta

from skill.care.device import DeviceSide

EVERY = timedelta(seconds=10)


class Heartbeat:
    """Keeps when a device was last heard of."""

    def __init__(self) -> None:
        """Begin with a beat."""
        self._last: datetime | None = None

    def beat(self, side: DeviceSide) -> None:
        """Tell it if it is time."""
        at = side.house.now()
        if self._last is None or at - self._last >= EVERY:
            self._last = at
            side.seen()
