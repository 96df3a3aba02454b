"""Opens ears by name: the one place that knows which engines there are."""

from __future__ import annotations

from pathlib import Path

from speech.hearing.grammar import Grammar
from speech.hearing.listener import Listener
from speech.hearing.port import HearingCode, HearingError, Recogniser
from speech.hearing.segments import Silero
from speech.hearing.sphinx import Sphinx
from speech.hearing.whisper import Whisper

#: The engines, the default first.
ENGINES = ("sphinx", "whisper")


def open_ears(said: Grammar, *, engine: str | None = None, model: Path | None = None) -> Listener:
    """Return ears for what can be said; takes a second or two.

    `engine` is one of `ENGINES`, None the default. `model` is a folder with a model for it; the default
    engine has one of its own. HearingError if something is missing: nothing is ever downloaded.
    """
    return Listener(open_recogniser(said, engine or ENGINES[0], model), Silero())


def open_recogniser(said: Grammar, engine: str = ENGINES[0], model: Path | None = None) -> Recogniser:
    """Return an engine for what can be said. HearingError if it cannot be had."""
    match engine:
        case "sphinx":
            return Sphinx(said, model)
        case "whisper":
            return Whisper(said, model)
        case _:
            raise HearingError(HearingCode.NO_ENGINE, engine)
