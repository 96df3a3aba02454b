"""An engine that works aside: in a process of its own, so that it never keeps sound from being played."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import BinaryIO, cast

from speech.clips import Samples
from speech.hearing.grammar import Grammar
from speech.hearing.port import Amid, Guess, HearingCode, HearingError, Word
from speech.hearing.worker import receive, send

_Fault = tuple[HearingCode, str, str]

_GOODBYE_S = 2.0


class Aside:
    """A recogniser whose work is done by another process; waiting for it lets other threads run."""

    def __init__(self, grammar: Grammar, engine: str, model: Path | None) -> None:
        """Start the process and wait until its engine is open. HearingError if it cannot be."""
        self._engine = engine
        self._process = subprocess.Popen(
            [sys.executable, "-m", "speech.hearing.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        opened = self._ask((grammar, engine, None if model is None else str(model)))
        if not isinstance(opened, str):
            self.close()
            code, name, detail = cast("_Fault", opened)
            raise HearingError(code, name, detail)
        self._key = opened

    @property
    def key(self) -> str:
        """Engine and version."""
        return self._key

    def recognise(
        self, samples: Samples, expecting: frozenset[Word], *, amid: Amid = Amid.QUIET
    ) -> Guess | None:
        """Return what was said, or None. HearingError if the process has come to an end."""
        return cast("Guess | None", self._ask((samples.tobytes(), expecting, amid)))

    def close(self) -> None:
        """Let the process end. Harmless when done twice."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except OSError:
                    continue  # it has gone before its last message could reach it
        try:
            self._process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, message: object) -> object:
        try:
            send(cast("BinaryIO", self._process.stdin), message)
            return receive(cast("BinaryIO", self._process.stdout))
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise HearingError(HearingCode.BROKEN, self._engine, str(error)) from None
