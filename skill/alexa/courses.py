"""Courses and turns that were worked out before: most people do the same routine under the same plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from routines.course import Course
from routines.lengths import EstimatedLengths
from routines.load import load_advice
from routines.memo import Memo
from routines.model import Routine
from routines.phrases import Phrases
from routines.script import Channel, Occasion, Telling
from routines.session import Session
from speech.turns import Turn

_TURNS, _COURSES = 256, 32

#: What is asked before the start and after the end where numbers about health may be: told is all the rest.
HEALTH_BEFORE, HEALTH_AFTER = ("pain-before",), ("pain-after", "effort")


@dataclass(frozen=True, slots=True)
class _Known:
    """A course with its turns."""

    course: Course
    turns: Memo[tuple[object, ...], Turn] = field(default_factory=lambda: Memo(_TURNS))


class Courses:
    """What conversations have in common. For any thread."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._known: Memo[tuple[object, ...], _Known] = Memo(_COURSES)

    def course(
        self,
        routine: Routine,
        phrases: Phrases,
        rate_wpm: int,
        *,
        before: bool = False,
        health: bool = False,
    ) -> Course:
        """Return the course of a routine for Alexa's voice at this rate.

        `before`: it was done before. `health`: how much it hurts is asked.
        """

        def made() -> _Known:
            return _Known(_course(routine, phrases, rate_wpm, before=before, health=health))

        key = routine.id, phrases.locale, rate_wpm, before, health
        known = self._known.get(key, made)
        if known.course.routine is not routine:  # a person's own file has changed
            known = self._known.put(key, made())
        return known.course

    def turn(
        self, session: Session, course: Course, from_ms: int, lead_ms: int, fill: Callable[[], Turn]
    ) -> Turn:
        """Return a turn that is made of just this, as `fill` made it the first time."""
        before, health = course.occasion.telling is Telling.KNOWN, bool(course.questions)
        known = self._known.find(
            (course.routine.id, course.phrases.locale, session.plan.rate_wpm, before, health)
        )
        if known is None or known.course is not course:
            return fill()
        place = session.plan, session.state, session.block, session.waiting, from_ms, lead_ms
        return known.turns.get(place, fill)


def _course(routine: Routine, phrases: Phrases, rate_wpm: int, *, before: bool, health: bool) -> Course:
    telling = Telling.KNOWN if before else Telling.FIRST
    return Course(
        routine=routine,
        phrases=phrases,
        topics=load_advice(phrases.locale),
        occasion=Occasion(told=True, channel=Channel.VOICE, telling=telling, lead_in=False),
        lengths=EstimatedLengths(rate_wpm),
        questions=HEALTH_BEFORE if health else (),
        questions_after=HEALTH_AFTER if health else (),
    )
