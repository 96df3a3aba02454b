"""The session's table as a picture and as text, for `docs/architecture.md`: `python -m routines.diagram`.

The running states have most of their events in common; what all of them have is drawn once, from the box
round them.
"""

from __future__ import annotations

import re
import sys

from routines.events import EVENTS, Event
from routines.session import TRANSITIONS, State

_RUNNING = (State.LEADING, State.WORKING, State.RESTING)
_BOX = "running"


def mermaid() -> str:
    """Return the state diagram in Mermaid's language: every way from one state to another."""
    ways: dict[tuple[str, str], list[str]] = {}
    for state, transitions in TRANSITIONS.items():
        for event, transition in transitions.items():
            for target in _targets(transition.to):
                labels = ways.setdefault((_source(state, event), target), [])
                if words(event) not in labels:
                    labels.append(words(event))
    lines = ["stateDiagram-v2", f"    [*] --> {State.CHECKING}", f"    state {_BOX} {{"]
    lines += [f"        {state}" for state in _RUNNING]
    lines.append("    }")
    lines += [
        f"    {source} --> {target} : {', '.join(labels)}"
        for (source, target), labels in ways.items()
        if source != target and not (source in _RUNNING and target == _BOX)
    ]
    lines += [f"    {state} --> [*]" for state, transitions in TRANSITIONS.items() if not transitions]
    return "\n".join(lines)


def table() -> str:
    """Return the whole table in Markdown: where each event can lead, "." in states that refuse it."""
    states = [state for state, transitions in TRANSITIONS.items() if transitions]
    rows = [["event", *states], ["---"] * (len(states) + 1)]
    for event in EVENTS:
        cells = [TRANSITIONS[state].get(event) for state in states]
        rows.append([words(event), *(_cell(cell.to) if cell else "." for cell in cells)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def words(event: type[Event]) -> str:
    """Return an event's name in words: `BlockFinished` is "block finished"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", event.__name__).lower()


def _source(state: State, event: type[Event]) -> str:
    shared = state in _RUNNING and all(event in TRANSITIONS[other] for other in _RUNNING)
    return _BOX if shared else str(state)


def _targets(to: tuple[State, ...]) -> tuple[str, ...]:
    """Return where an event leads; which of the running states comes next is up to the script."""
    names = (_BOX if state in _RUNNING else str(state) for state in to)
    return tuple(dict.fromkeys(names))


def _cell(to: tuple[State, ...]) -> str:
    if not set(_RUNNING) <= set(to):
        return ", ".join(to)
    return ", ".join((_BOX, *(state for state in to if state not in _RUNNING)))


if __name__ == "__main__":
    sys.stdout.write(f"{mermaid()}\n\n{table()}\n")
