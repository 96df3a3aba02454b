"""An engine for whoever has a model for it: Whisper, run by faster-whisper. Nothing is downloaded."""

from __future__ import annotations

import math
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from speech.clips import Samples
from speech.hearing.grammar import Grammar, plain
from speech.hearing.port import ALWAYS, Amid, Guess, HearingCode, HearingError, Word

#: How sure it has to be, in nats a token: what stops, in doubt, and anything else.
_ALWAYS_FROM, _FROM = -1.2, -0.8
_NO_SPEECH = 0.6


class Whisper:
    """Writes down what is said, and takes it for a command if it is one word for word."""

    def __init__(self, grammar: Grammar, model: Path | None) -> None:
        """Load the model (CTranslate2) from the folder `model`. HearingError if there is none."""
        if model is None or not (model / "model.bin").exists():
            raise HearingError(HearingCode.NO_MODEL, "" if model is None else str(model))
        try:
            from faster_whisper import WhisperModel  # noqa: PLC0415 - optional, slow to import
        except ImportError as error:
            raise HearingError(HearingCode.NO_PACKAGE, "faster-whisper", str(error)) from None
        self._grammar = grammar
        self._language = grammar.locale[:2]
        self._model: Any = WhisperModel(
            str(model), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )

    @property
    def key(self) -> str:
        """Engine and version."""
        return f"faster-whisper {version('faster-whisper')}"

    def recognise(
        self, samples: Samples, expecting: frozenset[Word], *, amid: Amid = Amid.QUIET
    ) -> Guess | None:
        """Return what was said, or None. It is as sure as it can be: `amid` changes nothing."""
        del amid
        live = {sentence.text: sentence for sentence in self._grammar.live(expecting)}
        segments, _ = self._model.transcribe(
            samples.astype(np.float32) / np.float32(32768),
            language=self._language,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            max_new_tokens=16,
            initial_prompt=", ".join(text for text in live if " " not in text)[:400],
        )
        written = list(segments)
        sentence = live.get(plain(" ".join(segment.text for segment in written)))
        if sentence is None or max(segment.no_speech_prob for segment in written) > _NO_SPEECH:
            return None
        sure = min(segment.avg_logprob for segment in written)
        least = _ALWAYS_FROM if sentence.meaning.word in ALWAYS else _FROM
        return Guess(sentence.meaning, sentence.text, math.exp(sure)) if sure >= least else None

    def close(self) -> None:
        """Let go of the model."""
        self._model = None
