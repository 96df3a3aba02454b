"""What a key does: one table, and the words for it."""

from __future__ import annotations

from enum import StrEnum

from routines.phrases import Phrases
from skill.terminal.view import ViewState


class Action(StrEnum):
    """What a person can want by pressing a key. Each has `terminal.keys.<action>.label` and `.help`."""

    PAUSE = "pause"  #: and go on again
    PAIN = "pain"
    STOP = "stop"
    NEXT = "next"
    PREVIOUS = "previous"
    REPEAT = "repeat"
    SKIP = "skip"
    SLOWER = "slower"
    FASTER = "faster"
    EASIER = "easier"
    HELP = "help"
    CAN_SAY = "can_say"
    HOW_LONG = "how_long"
    CANNOT = "cannot"
    LOUDER = "louder"
    SOFTER = "softer"
    READY = "ready"
    YES = "yes"


#: Key name -> action. The first key of an action is the one that is shown.
KEYMAP: dict[str, Action] = {
    "space": Action.PAUSE,
    "o": Action.PAIN,
    "q": Action.STOP,
    "n": Action.NEXT,
    "p": Action.PREVIOUS,
    "r": Action.REPEAT,
    "x": Action.SKIP,
    "s": Action.SLOWER,
    "f": Action.FASTER,
    "e": Action.EASIER,
    "h": Action.HELP,
    "?": Action.CAN_SAY,
    "t": Action.HOW_LONG,
    "k": Action.CANNOT,
    "+": Action.LOUDER,
    "-": Action.SOFTER,
    "enter": Action.READY,
    "y": Action.YES,
    "right": Action.NEXT,
    "left": Action.PREVIOUS,
    "up": Action.LOUDER,
    "down": Action.SOFTER,
    "=": Action.LOUDER,  # the same key as + without shift
}

_ALWAYS = (Action.PAIN, Action.STOP)
_MOVES = (Action.NEXT, Action.PREVIOUS, Action.REPEAT, Action.SKIP)
_CHANGES = (Action.SLOWER, Action.FASTER, Action.EASIER)
_QUESTIONS = (Action.CAN_SAY, Action.HELP, Action.HOW_LONG, Action.CANNOT)
_SOUND = (Action.LOUDER, Action.SOFTER)
_RUNNING = (Action.PAUSE, *_ALWAYS, *_MOVES, *_CHANGES, *_QUESTIONS, *_SOUND)

#: Which keys are shown in which state, the most important first. "It hurts" and stop always work.
SHOWN: dict[ViewState, tuple[Action, ...]] = {
    ViewState.CHECKING: (Action.YES, *_ALWAYS, Action.HELP),
    ViewState.LEADING: _RUNNING,
    ViewState.WAITING: (Action.READY, *_ALWAYS, *_MOVES, *_CHANGES, *_QUESTIONS, *_SOUND),
    ViewState.WORKING: _RUNNING,
    ViewState.RESTING: _RUNNING,
    ViewState.PAUSED: _RUNNING,
    ViewState.ASKING: (*_ALWAYS, Action.HELP),
    ViewState.DONE: (Action.STOP,),
    ViewState.STOPPED: (Action.STOP,),
}


def key_of(action: Action) -> str:
    """Return the name of the key that is shown for an action."""
    return next(key for key, wanted in KEYMAP.items() if wanted is action)


def key_word(key: str, phrases: Phrases) -> str:
    """Return what is printed on a key: "space", "Enter", "n"."""
    phrase_id = f"terminal.key_names.{key}"
    return phrases(phrase_id) if phrases.has(phrase_id) else key


def key_labels(state: ViewState, phrases: Phrases) -> tuple[tuple[str, str], ...]:
    """Return key and what it does for every key shown in a state, the most important first."""
    return tuple(
        (key_word(key_of(action), phrases), _label(action, state, phrases)) for action in SHOWN[state]
    )


def key_help(phrases: Phrases) -> tuple[tuple[str, str], ...]:
    """Return every action's keys and one line on what it does, in the table's order."""
    return tuple(
        (
            phrases.joined(
                tuple(key_word(key, phrases) for key, wanted in KEYMAP.items() if wanted is action)
            ),
            phrases(f"terminal.keys.{action}.help"),
        )
        for action in Action
    )


def _label(action: Action, state: ViewState, phrases: Phrases) -> str:
    special = f"terminal.keys.{action}.label_{state}"
    return phrases(special if phrases.has(special) else f"terminal.keys.{action}.label")
