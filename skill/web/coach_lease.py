"""A tablet's right to lead its person alone: the same lease that keeps the PC's coaches apart.

It is held for the page, by whatever process serves it, and renewed when the page does something or says that
it is there. A page that has vanished lets it lapse; one that is loaded again is the same device.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from skill.browser.driver import BrowserError
from skill.care.device import LED_ELSEWHERE, DeviceSide
from skill.care.records import Command
from skill.lease import Lease
from skill.web.coach_told import Told


class PageLease:
    """The lease of one device's page, for as long as one request takes."""

    def __init__(self, side: DeviceSide) -> None:
        """Take nothing yet."""
        self._side = side
        self._told = Told(side)
        house = side.house
        self._lease = Lease(house.care, side.device.person, house.now, device=side.plays_on, page=True)

    def take(self) -> bool:
        """Take or renew it; return whether nobody else leads."""
        return self._lease.take()

    def give_back(self) -> None:
        """Let others lead."""
        self._lease.give_back()

    def elsewhere(self) -> BrowserError:
        """Return the error that says who leads, after it was not given."""
        return BrowserError(LED_ELSEWHERE, name=self._lease.leader().name)

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """Hold it while a session is begun, and from then on; not if that comes to nothing.

        BrowserError `led-elsewhere` if somebody else leads.
        """
        if not self.take():
            raise self.elsewhere()
        try:
            yield
        except Exception:
            if not self._told.last()[0].phase.running:
                self.give_back()
            raise

    def keep(self, on: str) -> BrowserError | None:
        """Renew it for a page that is there, and `on` this session, or asks about this start.

        If somebody else leads by now, tell caregivers so, and return what is to be said to the page.
        """
        leads = bool(on) and self._told.leads(on)
        asks = bool(on) and self._told.asks(on)
        if not (leads or asks) or self.take():
            return None
        if leads:
            return self.lost(on)
        sent = self._side.house.care.sent(on)
        if sent is not None:
            self.refuse(sent.command)
        return self.elsewhere()

    def lost(self, on: str) -> BrowserError:
        """Tell caregivers that this session is no longer led here; return what is to be said to the page."""
        if self._told.leads(on):
            self._told.broken_off()
        return self.elsewhere()

    def refuse(self, command: Command) -> None:
        """Refuse a start, for somebody else leads; nobody is asked about it any more."""
        self._side.refuse(command, LED_ELSEWHERE)
        if self._told.asks(command.id):
            self._side.tell(None)
