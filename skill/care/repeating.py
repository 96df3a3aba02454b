"""A thread that does something again and again, and goes on after what goes wrong."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from skill.ports import StoreError

#: How long a message that is being sent may hold up the end; it is sent again after the next start.
_PATIENCE_S = 5.0

_log = logging.getLogger(__name__)


class Repeating:
    """Does something at once and then every so many seconds, until it is closed."""

    def __init__(self, what: Callable[[], None], *, every_s: float, name: str) -> None:
        """Take what to do; no thread runs before `start`."""
        self._what = what
        self._every_s = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Let it end what it is doing, for some seconds, and stop. Harmless when done twice, or unstarted."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._what()
            except StoreError as error:
                _log.warning("%s: the store: %s", self._thread.name, error.code)
            except Exception as error:  # noqa: BLE001 - tomorrow's sessions must not hang on one fault
                # Not its words: they may hold what is nobody's business.
                _log.warning("%s: %s", self._thread.name, type(error).__name__)
            self._over.wait(self._every_s)
