"""Which session is led: a fresh one at the right level, or one that was interrupted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from routines.model import Routine
from routines.phrases import Phrases
from routines.plan import Plan
from routines.progress import next_start
from routines.timeline import Lengths
from skill.coach import RESUME_WITHIN, Run, going_on, new_run
from skill.errors import UserError
from skill.history import sessions_of
from skill.ports import ME, Store

#: How far back sessions can matter for how the next one starts.
LOOK_BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """Finds what one person can be led through now."""

    store: Store
    find_routine: Callable[[str], Routine]  #: by its id or name; `UserError` if there is none
    phrases: Phrases
    now: Callable[[], datetime]
    person: str = ME

    def fresh(self, routine: str, plan: Plan, lengths: Lengths, *, asked: bool) -> Run:
        """Return a session from its beginning, easier than planned where the last ones say so."""
        found = self.find_routine(routine)
        at = self.now()
        start = next_start(
            sessions_of(self.store.history(self.person, at - LOOK_BACK)), at.astimezone().date(), plan
        )
        notes: tuple[str, ...] = ()
        if start.easier and start.why is not None:
            plan = plan.easier()
            notes = self.phrases.lines(f"history.easier.{start.why}")
        ask_next_day = start.ask_next_day and asked
        return new_run(
            found,
            plan,
            self.phrases,
            lengths,
            asked=asked,
            notes=notes,
            ask_next_day=ask_next_day,
            ask_side=True,
        )

    def interrupted(self, fresh: Run) -> Run | None:
        """Return the session that was interrupted and can be gone on with, on the course of a fresh one."""
        found = self.store.interrupted(self.person, self.now(), RESUME_WITHIN)
        if found is None:
            return None
        same = fresh.course.routine
        try:
            # A file of one's own that lies anywhere is found by being named again.
            routine = same if same.id == found.routine_id else self.find_routine(found.routine_id)
        except UserError:
            return None  # its file is gone
        return going_on(found, routine, fresh)
