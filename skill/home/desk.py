"""While somebody is led: what comes from elsewhere, as keys and events; and word that all is well."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from datetime import timedelta
from typing import Self

from routines.events import Event, Pause, Resume, Stop
from skill.care.device import BUSY, NOTHING_ON, DeviceSide
from skill.care.records import Command, CommandKind, CommandState
from skill.errors import LedElsewhereError
from skill.home.heartbeat import Heartbeat
from skill.lease import Lease
from skill.ports import Held, StoreError
from skill.terminal.keys import Keys

_log = logging.getLogger(__name__)

_EVENTS: dict[CommandKind, type[Event]] = {
    CommandKind.PAUSE: Pause,
    CommandKind.RESUME: Resume,
    CommandKind.STOP: Stop,
}


#: How long a store that does not answer is left alone.
_RETRY_AFTER = timedelta(seconds=2)


class Desk:
    """Keys of the terminal and of screens, and what caregivers ask for, while one command is carried out.

    Another start is refused: the device is busy. A question about consent waits its turn; while there is
    only such a question, so does a start.
    """

    gone = False

    def __init__(
        self,
        side: DeviceSide,
        keys: Keys,
        *,
        lease: Lease,
        heartbeat: Heartbeat,
        ending: threading.Event,
        starts_wait: bool = False,
    ) -> None:
        """Take the device, its own keys, and what says that the server ends."""
        self._side = side
        self._keys = keys
        self._lease = lease
        self._heartbeat = heartbeat
        self._ending = ending
        self._waits = {CommandKind.ASK_CONSENT} | ({CommandKind.START} if starts_wait else set())
        self.in_between = False  #: nothing is led: a stop means the same as the key "q"
        self._leads = True
        self._seen = self._answers_seen = -1
        self._look_at = side.house.now()
        self._pressed: deque[str] = deque()
        self._asked: deque[Event] = deque()

    def poll(self, timeout_s: float) -> str | None:
        """Return the next key from anywhere. SystemExit when the server ends: that breaks a session off.

        `LeaseLostError` if somebody else has led the person since.
        """
        if self._ending.is_set():
            raise SystemExit(0)
        at = self._side.house.now()
        if at >= self._look_at:
            try:
                self._look()
            except StoreError as error:
                self._look_at = at + _RETRY_AFTER
                _log.warning("store: %s", error.code)
        if self._pressed:
            return self._pressed.popleft()
        return self._keys.poll(timeout_s)

    def wait(self, seconds: float) -> bool:
        """Wait, but not when the server ends; return whether it does."""
        return self._ending.wait(seconds)

    def give_way(self) -> None:
        """Lead nobody any more: the lease is lost, and whoever has it now may have it."""
        self._leads = False

    @property
    def held(self) -> Held:
        """What the session is kept under."""
        return self._lease.held

    def elsewhere(self) -> LedElsewhereError:
        """Return the error that says who leads now."""
        return self._lease.elsewhere()

    def events(self) -> tuple[Event, ...]:
        """Return what caregivers have asked for since the last call."""
        asked = tuple(self._asked)
        self._asked.clear()
        return asked

    def answered(self, command: Command) -> bool | None:
        """Return the answer that a command was given in the store, by a screen; None if there is none yet."""
        if self._answers_seen == self._seen:
            return None
        self._answers_seen = self._seen
        with contextlib.suppress(StoreError):
            sent = self._side.house.care.sent(command.id)
            states = {event.state for event in sent.events} if sent else set()
            if CommandState.DECLINED in states:
                return False
            return True if CommandState.ACCEPTED in states else None
        return None

    def _look(self) -> None:
        self._heartbeat.beat(self._side)
        if self._leads:
            self._lease.renew()
        newest = self._side.house.bell.newest()
        if newest == self._seen:
            return
        for sent in self._side.waiting():
            self._deal_with(sent.command)
        self._seen = newest

    def _deal_with(self, command: Command) -> None:
        if command.what in self._waits or self._side.take(command) is None:
            return
        if command.what is CommandKind.START:
            self._side.refuse(command, BUSY)
            return
        if command.what is CommandKind.KEY:
            self._pressed.append(command.note)
        elif self.in_between and command.what is CommandKind.STOP:
            self._pressed.append("q")
        elif not self._leads:
            self._side.refuse(command, NOTHING_ON)
            return
        else:
            self._asked.append(_EVENTS[command.what]())
        self._side.finish(command)

    # -- the port `Keys`
    def enter(self) -> None:
        """Do nothing: whoever made the keys has entered them."""

    def leave(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""
