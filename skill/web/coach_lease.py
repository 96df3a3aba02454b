"""A tablet's right to lead its person alone: the same lease that keeps the PC's coaches apart.

It is held for the page, by whatever process serves it, and renewed when the page does something or says that
it is there. A page that has vanished lets it lapse; one that is loaded again is the same device.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from skill.browser.driver import BrowserError
from skill.care.device import LED_ELSEWHERE, DeviceSide
from skill.care.live_state import LiveState, Phase
from skill.care.records import Command
from skill.lease import Lease


class PageLease:
    """The lease of one device's page, for as long as one request takes."""

    def __init__(self, side: DeviceSide) -> None:
        """Take nothing yet."""
        self._side = side
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
            if not self._told()[0].phase.running:
                self.give_back()
            raise

    def keep(self, on: str) -> BrowserError | None:
        """Renew it for a page that is there, and `on` this session, or asks about this start.

        If somebody else leads by now, tell caregivers so, and return what is to be said to the page.
        """
        state, session = self._told()
        leads = state.phase.running and session == on
        asks = state.phase is Phase.INVITED and state.command == on
        if not on or not (leads or asks) or self.take():
            return None
        if leads:
            return self.lost(on)
        sent = self._side.house.care.sent(on)
        if sent is not None:
            self.refuse(sent.command)
        return self.elsewhere()

    def lost(self, on: str) -> BrowserError:
        """Tell caregivers that this session is no longer led here; return what is to be said to the page."""
        state, session = self._told()
        if state.phase.running and session == on:
            over = replace(state, phase=Phase.INTERRUPTED, since=self._side.house.now())
            self._side.tell(over, session)
        return self.elsewhere()

    def refuse(self, command: Command) -> None:
        """Refuse a start, for somebody else leads; nobody is asked about it any more."""
        self._side.refuse(command, LED_ELSEWHERE)
        state, _ = self._told()
        if state.phase is Phase.INVITED and state.command == command.id:
            self._side.tell(None)

    def _told(self) -> tuple[LiveState, str | None]:
        """Return what this device last told, and of which session."""
        live = self._side.house.care.live(self._side.plays_on)
        return (LiveState(), None) if live is None else (LiveState.from_dict(live.state), live.session)
