"""A face that also tells caregivers what is going on, when that changes."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Self

from skill.care.device import DeviceSide
from skill.care.live_state import LiveState, Phase
from skill.ports import StoreError
from skill.terminal.view import Face, View

_log = logging.getLogger(__name__)

#: How often it is told how far a session has come, while nothing else changes.
_AGAIN_AFTER = timedelta(seconds=10)


class TellingFace:
    """Shows views, and tells the device's live state as it changes. A store that fails stops no session."""

    def __init__(self, face: Face, side: DeviceSide, about: LiveState) -> None:
        """Show on `face`; `about` is what stays the same: who asked, and for which routine."""
        self._face = face
        self._side = side
        self.session: str | None = None
        self.state = about
        self._told: LiveState | None = None
        self._told_at = side.house.now()

    def __enter__(self) -> Self:
        """Do nothing: the face is entered where it was made."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def show(self, view: View) -> None:
        """Show it, and tell it if something is new."""
        self._face.show(view)
        state = replace(
            self.state,
            phase=Phase(view.state.value),
            exercise_title=view.title,
            exercise_no=view.exercise_no,
            exercises=view.exercises or 0,
            set_no=view.set_no,
            sets=view.sets,
            side=view.side.value if view.side else "",
        )
        at = self._side.house.now()
        if state.phase is not self.state.phase:
            state = replace(state, since=at)
        is_new = state != self.state
        self.state = state
        if is_new or at - self._told_at >= _AGAIN_AFTER:
            self._tell(replace(state, progress_ms=view.elapsed_ms, total_ms=view.total_ms))

    def tell(self, phase: Phase, reason: str = "") -> None:
        """Tell that it has come to this."""
        self.state = replace(self.state, phase=phase, reason=reason, since=self._side.house.now())
        before = self._told or self.state
        self._tell(replace(self.state, progress_ms=before.progress_ms, total_ms=before.total_ms))

    def _tell(self, state: LiveState) -> None:
        self._told, self._told_at = state, self._side.house.now()
        try:
            self._side.tell(state, self.session)
        except StoreError as error:
            _log.warning("store: %s", error.code)
