"""A face that also tells caregivers what is going on, when that changes."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self

from skill.care.device import DeviceSide
from skill.care.live_state import LiveState, Phase
from skill.live_told import told_of
from skill.ports import StoreError
from skill.terminal.view import Face, View

_log = logging.getLogger(__name__)

#: How often it is told how far a session has come, while nothing else changes.
_AGAIN_AFTER = timedelta(seconds=10)
#: How long a store that did not take it is left alone.
_RETRY_AFTER = timedelta(seconds=2)


class TellingFace:
    """Shows views, and tells the device's live state as it changes.

    A store that is away for a moment stops no session: `show` tells it next time.
    """

    def __init__(self, face: Face, side: DeviceSide, about: LiveState) -> None:
        """Show on `face`; `about` is what stays the same: who asked, and for which routine."""
        self._face = face
        self._side = side
        self.session: str | None = None
        self.state = about
        self._is_told = self._failed = False
        self._told_at = side.house.now()

    def __enter__(self) -> Self:
        """Do nothing: the face is entered where it was made."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def show(self, view: View) -> None:
        """Show it, and tell it if something is new."""
        self._face.show(view)
        at = self._side.house.now()
        state = told_of(view, self.state, at)
        self._is_told = self._is_told and _without_progress(state) == _without_progress(self.state)
        self.state = state
        if not self._is_due(at):
            return
        try:
            self._tell()
        except StoreError as error:
            self._failed = True
            _log.warning("store: %s", error.code)

    def tell(self, phase: Phase, reason: str = "") -> None:
        """Tell that it has come to this. `StoreError` if it cannot be told now."""
        self.state = replace(self.state, phase=phase, reason=reason, since=self._side.house.now())
        self._tell()

    def _is_due(self, at: datetime) -> bool:
        if self._is_told:
            return at - self._told_at >= _AGAIN_AFTER
        return not self._failed or at - self._told_at >= _RETRY_AFTER

    def _tell(self) -> None:
        self._told_at = self._side.house.now()
        self._side.tell(self.state, self.session)
        self._is_told, self._failed = True, False


def _without_progress(state: LiveState) -> LiveState:
    """Return all that is told at once when it changes; how far it has come is told now and then."""
    return replace(state, progress_ms=0, total_ms=0)
