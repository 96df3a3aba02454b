"""Script + how long each utterance takes -> cues with exact times.

Times are whole milliseconds from the start of the session. Each block is laid out by itself from its own
utterances, so a session can start while later blocks are still being measured; the total is a plain sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from routines.model import Side

#: How long the made sounds last. `speech.tones` makes them exactly so.
TICK_MS = 30
CHIME_MS = 400


class CueKind(StrEnum):
    """What happens at a time."""

    SAY = "say"  #: a sentence or a word
    COUNT = "count"  #: a number on the beat
    TICK = "tick"  #: a soft tick on the beat
    CHIME = "chime"  #: a tone; the cue's text names which one (`Tone`)
    QUIET = "quiet"  #: silence on purpose; the text says what it is for


class Tone(StrEnum):
    """Which chime. A chime cue's text is one of these."""

    LEAD_IN = "lead-in"  #: wakes Bluetooth speakers and hearing aids before the first word
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing that happens at one time."""

    at_ms: int  #: from the start of the session; for say and count: the moment the sound is first heard
    length_ms: int
    kind: CueKind
    text: str
    block: str  #: id of the block it belongs to

    @property
    def end_ms(self) -> int:
        """When it is over."""
        return self.at_ms + self.length_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidBlock:
    """A block of the script with its place in time."""

    id: str
    kind: str  #: a `script.BlockKind`
    exercise: str | None
    set: int | None
    sets: int | None
    side: Side | None
    at_ms: int
    length_ms: int
    cues: tuple[Cue, ...]  #: times are from the start of the session

    @property
    def end_ms(self) -> int:
        """When it is over."""
        return self.at_ms + self.length_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A whole session in time: blocks one after the other without a gap."""

    routine: str
    blocks: tuple[LaidBlock, ...]

    @property
    def total_ms(self) -> int:
        """The length of the session."""
        return self.blocks[-1].end_ms if self.blocks else 0

    @property
    def cues(self) -> tuple[Cue, ...]:
        """Every cue in order."""
        return tuple(cue for block in self.blocks for cue in block.cues)


class Lengths(Protocol):
    """How long utterances take: measured from a voice, or estimated."""

    def length_ms(self, text: str) -> int:
        """Return how long `text` sounds, in milliseconds."""
