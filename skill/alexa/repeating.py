"""What "repeat" goes back to where one set lasts many minutes: nobody wants to cycle all of it again."""

from __future__ import annotations

from routines.course import Course
from routines.model import Steady
from routines.script import Block
from routines.session import Session


def is_steady(block: Block, session: Session, course: Course) -> bool:
    """Whether a block is steady work, or the words around it."""
    if block.exercise is None:
        return False
    exercise = session.plan.exercise_for(course.routine.exercise(block.exercise))
    return isinstance(exercise.dose, Steady)


def mark_ms(session: Session, course: Course, here_ms: int) -> int | None:
    """Return where in its block the time left was called last before `here_ms`, or where the work began.

    None if that is no steady work, or it had not begun.
    """
    script = course.script(session.plan)
    if not is_steady(script.blocks[script.index(session.block)], session, course):
        return None
    laid = course.block(session.plan, session.block)
    if laid.work_at_ms is None:
        return None
    begins_ms = laid.work_at_ms - laid.at_ms
    if not begins_ms < here_ms <= begins_ms + laid.work_ms:
        return None
    left_ms, step_ms = laid.work_ms - (here_ms - begins_ms), session.plan.time_left_s * 1000
    called_ms = (left_ms // step_ms + 1) * step_ms  # what is left is called in whole steps
    return begins_ms + max(0, laid.work_ms - called_ms)
