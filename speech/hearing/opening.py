"""Opens ears: an engine aside, and what stands before it."""

from __future__ import annotations

from pathlib import Path

from speech.hearing.aside import Aside
from speech.hearing.engines import ENGINES
from speech.hearing.grammar import Grammar
from speech.hearing.listener import Listener
from speech.hearing.segments import Silero


def open_ears(said: Grammar, *, engine: str | None = None, model: Path | None = None) -> Listener:
    """Return ears for what can be said; takes a second or two.

    `engine` is one of `ENGINES`, None the default. `model` is a folder with a model for it; the default
    engine has one of its own. HearingError if something is missing: nothing is ever downloaded.
    """
    detector = Silero()
    return Listener(Aside(said, engine or ENGINES[0], model), detector)
