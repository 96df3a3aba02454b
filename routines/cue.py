"""A cue: one thing that happens at one time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: How long the made sounds last. `speech.tones` makes them exactly so.
TICK_MS = 30
CHIME_MS = 400
HEARD_MS = 120


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
    HEARD = "heard"  #: a spoken command was understood; belongs to no timeline, and lasts `HEARD_MS`


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
