"""From what is seen of a session to what caregivers are told of it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from skill.care.live_state import LiveState, Phase
from skill.terminal.view import View


def told_of(view: View, before: LiveState, at: datetime) -> LiveState:
    """Return what is told of a view at this moment, wherever the session plays.

    What no view knows (who asked, for which routine, why it ended) stays as it was `before`. So does since
    when it goes on, until something else does.
    """
    phase = Phase(view.state.value)
    return replace(
        before,
        phase=phase,
        since=before.since if phase is before.phase and before.since is not None else at,
        routine_title=view.routine or before.routine_title,
        exercise_title=view.title,
        exercise_no=view.exercise_no,
        exercises=view.exercises or 0,
        set_no=view.set_no,
        sets=view.sets,
        side=view.side.value if view.side else "",
        progress_ms=view.elapsed_ms,
        total_ms=view.total_ms,
    )
