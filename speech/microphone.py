"""The microphone as a port: sound as a stream that is read, and what can be wrong with it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from routines.phrases import Phrases
from speech.clips import Samples


class MicrophoneCode(StrEnum):
    """What can be wrong with a microphone; each is a section of phrases under `hearing.microphone`."""

    NO_LIBRARY = "no-library"  #: no sound system answers
    NO_DEVICE = "no-device"  #: a sound system answers but has no microphone
    DENIED = "denied"  #: the system keeps the microphone from this program
    BUSY = "busy"  #: another program has it to itself
    SILENT = "silent"  #: it gives nothing but zeros: muted, or quietly denied as on macOS
    LOST = "lost"  #: it stopped giving sound


class MicrophoneError(Exception):
    """A microphone that cannot be used, or no longer. `code` is stable; `detail` is for the doctor."""

    def __init__(self, code: MicrophoneCode, detail: str = "") -> None:
        """Keep code and detail apart."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Chunk:
    """A little sound: mono, 16 kHz."""

    samples: Samples
    at_ms: int  #: when its first sample was picked up, on the clock of `MonotonicClock`


class Microphone(Protocol):
    """Gives what is picked up. Used once: opened, read by one thread, closed by any."""

    def again(self) -> Microphone:
        """Return one for the same device, to be opened when this one was lost; never for another device."""

    @property
    def description(self) -> str:
        """What it picks up with, for the doctor."""

    def open(self) -> None:
        """Begin to pick up. MicrophoneError if that cannot be; NO_DEVICE while what was lost is not there."""

    def read(self) -> Chunk | None:
        """Wait for the next sound; None once it is closed. MicrophoneError if none comes any more."""

    def close(self) -> None:
        """Let go of the device, or never open it. Harmless when done twice."""


def advice(error: MicrophoneError, phrases: Phrases, platform: str = sys.platform) -> tuple[str, ...]:
    """Return what is wrong and then what to do about it, one line each."""
    remedy = f"hearing.microphone.{error.code}.{_FAMILIES.get(platform, 'linux')}"
    return phrases(f"hearing.microphone.{error.code}.problem"), *phrases.lines(remedy)


_FAMILIES = {"darwin": "macos", "win32": "windows"}
