"""The engines by name: the one place that knows which there are."""

from __future__ import annotations

from pathlib import Path

from speech.hearing.grammar import Grammar
from speech.hearing.port import HearingCode, HearingError, Recogniser
from speech.hearing.sphinx import Sphinx
from speech.hearing.whisper import Whisper

#: The engines, the default first.
ENGINES = ("sphinx", "whisper")


def open_recogniser(said: Grammar, engine: str = ENGINES[0], model: Path | None = None) -> Recogniser:
    """Return an engine for what can be said. HearingError if it cannot be had."""
    match engine:
        case "sphinx":
            return Sphinx(said, model)
        case "whisper":
            return Whisper(said, model)
        case _:
            raise HearingError(HearingCode.NO_ENGINE, engine)
