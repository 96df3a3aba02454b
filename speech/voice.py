"""The port every voice implements, and what a voice may say went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Pcm:
    """Sound as a voice gives it: 16-bit mono samples, little-endian, at the voice's own rate."""

    samples: bytes
    rate_hz: int


class Voice(Protocol):
    """Turns one utterance into sound. An implementation is used by one thread at a time."""

    @property
    def key(self) -> str:
        """What the sound depends on besides the text: engine, version, voice, rate; part of a cache key."""

    def speak(self, text: str) -> Pcm:
        """Return the utterance as sound; blocks until it is made. VoiceError if it cannot be made."""

    def close(self) -> None:
        """Let go of the engine. Harmless when done twice."""


class VoiceError(Exception):
    """A voice that cannot be used. `code` is stable and names a phrase; `detail` is for the doctor."""

    def __init__(self, code: str, detail: str) -> None:
        """Keep code and detail apart."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
