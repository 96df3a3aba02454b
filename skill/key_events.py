"""From keys to events: what a key means in the state a session is in. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routines.course import Course
from routines.events import (
    Answer,
    Cannot,
    Easier,
    Event,
    Faster,
    HowLong,
    Next,
    Pain,
    Pause,
    Previous,
    Ready,
    Repeat,
    Resume,
    Skip,
    Slower,
    Stop,
)
from routines.model import Barrier, Posture, Side
from routines.session import Session, State
from skill.terminal.actions import KEYMAP, Action

_NUMBER_MAX = 10


class Control(StrEnum):
    """What a key asks of the driver itself, not of the session."""

    LOUDER = "louder"
    SOFTER = "softer"
    HELP = "help"
    CAN_SAY = "can_say"


_EVENTS: dict[Action, type[Event]] = {
    Action.PAIN: Pain,
    Action.STOP: Stop,
    Action.NEXT: Next,
    Action.PREVIOUS: Previous,
    Action.REPEAT: Repeat,
    Action.SLOWER: Slower,
    Action.FASTER: Faster,
    Action.EASIER: Easier,
    Action.SKIP: Skip,
    Action.HOW_LONG: HowLong,
    Action.READY: Ready,
    Action.YES: Ready,
}
_CONTROLS = {
    Action.LOUDER: Control.LOUDER,
    Action.SOFTER: Control.SOFTER,
    Action.HELP: Control.HELP,
    Action.CAN_SAY: Control.CAN_SAY,
}


def meaning(key: str, session: Session, course: Course, offset_ms: int | None) -> Event | Control | None:  # noqa: PLR0911 - a table that cannot be one
    """Return what a key means now; None for a key that means nothing."""
    action = KEYMAP.get(key)
    if action is None:
        return None
    if action in _CONTROLS:
        return _CONTROLS[action]
    if action is Action.PAUSE:
        if session.state is State.PAUSED:
            return Resume()
        return Ready() if session.waiting else Pause(offset_ms=offset_ms)
    if action is Action.CANNOT:
        barrier = barrier_here(session, course)
        return Cannot(barrier=barrier, offset_ms=offset_ms) if barrier else None
    if action in (Action.READY, Action.YES) and session.state is State.PAUSED:
        return Resume()
    return _EVENTS[action](offset_ms=offset_ms)


#: The barrier that keeps a person from a posture.
_BARRIERS = {
    Posture.KNEELING: Barrier.KNEEL,
    Posture.LYING: Barrier.LIE,
    Posture.FLOOR: Barrier.FLOOR,
    Posture.STANDING: Barrier.STAND,
    Posture.BIKE: Barrier.CYCLE,
    Posture.CHAIR: Barrier.EQUIPMENT,
}


def barrier_here(session: Session, course: Course) -> Barrier | None:
    """Return what "I cannot do this" means in the exercise that is on: the barrier its posture sets up."""
    script = course.script(session.plan)
    exercise_id = script.blocks[script.index(session.block)].exercise
    if exercise_id is None:
        return None
    return _BARRIERS[session.plan.exercise_for(course.routine.exercise(exercise_id)).posture]


@dataclass(frozen=True, slots=True)
class Typed:
    """An answer in the making: the digits so far, and the answer once it is complete."""

    digits: str = ""
    answer: Event | None = None
    understood: bool = True  #: False: the key is no answer to this question


#: Keys that are an answer by themselves, by the kind of question.
_AT_ONCE: dict[tuple[str, str], Event] = {
    ("yes-no", "y"): Answer(value=True),
    ("yes-no", "n"): Answer(value=False),
    ("ready", "y"): Answer(value=True),
    ("ready", "enter"): Ready(),
    ("ready", "space"): Ready(),
    ("choice", "1"): Answer(value=1),
    ("choice", "2"): Answer(value=2),
    ("choice", "3"): Answer(value=3),
    ("side", "l"): Answer(value=Side.LEFT),
    ("side", "r"): Answer(value=Side.RIGHT),
    ("side", "enter"): Answer(value=None),
    ("routine", "y"): Answer(value=None),
    ("routine", "enter"): Answer(value=None),
}


def typed(expects: str, digits: str, key: str) -> Typed:
    """Return what an answer has become after one more key.

    A number is complete with Enter, or at once where no second digit can follow; Enter alone leaves it out.
    """
    key = key.lower()
    if (expects, key) in _AT_ONCE:
        return Typed(answer=_AT_ONCE[expects, key])
    match expects, key:
        case (("choice" | "number"), "enter"):
            return Typed(answer=Answer(value=int(digits) if digits else None))
        case "number", digit if digit.isdigit() and len(digit) == 1:
            number = int(digits + digit)
            if number > _NUMBER_MAX:
                return Typed(digits=digits, understood=False)
            return Typed(digits=str(number)) if number == 1 else Typed(answer=Answer(value=number))
        case "number", "backspace":
            return Typed()
        case _:
            return Typed(digits=digits, understood=False)
