"""What the Alexa platform allows: each limit with its value, its source and the day it was looked up.

The one table of such numbers; everything else takes its constants from here. Where sources disagree or Amazon
is silent, the smaller value stands. `docs/limits.md` shows the table; a test keeps the two the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Unit(StrEnum):
    """What a limit is counted in."""

    CHARACTERS = "characters"
    BYTES = "bytes"
    MILLISECONDS = "ms"
    PIECES = "pieces"


class Weight(StrEnum):
    """How far a limit can be relied on."""

    AMAZON = "amazon"  #: Amazon's own page, SDK source or error message
    QUOTED = "quoted"  #: others quote a page of Amazon's
    OURS = "ours"  #: our own choice: advice followed, or care where nothing is said


class Bound(StrEnum):
    """Whether the value itself is still allowed."""

    AT_MOST = "at most"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit, with the name of its constant."""

    name: str
    value: int
    unit: Unit
    bound: Bound
    weight: Weight
    source: str
    date: date


class TooLongError(Exception):
    """What was made is over a limit. The edge makes less of it."""

    code = "too-long"

    def __init__(self, limit: str, size: int) -> None:
        super().__init__(f"over {limit}: {size}")
        self.limit = limit  #: the name of the limit in `LIMITS`
        self.size = size


#: Of the text of `outputSpeech`; markup is counted, since others met the limit that way.
SPEECH_CHARS = 8_000
#: Of the whole reply. The reference has said 24 kB and 120 kB.
REPLY_BYTES = 24_000
BREAK_MS = 10_000
#: Speech after which an answer is expected.
TURN_MS = 90_000
#: Kept free in a turn for the question that ends it.
QUESTION_MS = 8_000
#: `<audio>` in one reply; from texts of 2015 to 2018.
AUDIO_TAGS = 5
#: All sound of one reply: a document of APL for Audio, or all `<audio>`.
AUDIO_MS = 240_000
REPROMPT_AUDIO_MS = 90_000
#: Audio files in one document of APL for Audio.
APLA_SOUNDS = 15
#: Longer silence sounds as if something were broken.
SILENCE_MS = 5_000
TOKEN_CHARS = 1_024
URL_CHARS = 8_000
CARD_CHARS = 8_000
IMAGE_URL_CHARS = 2_000
#: They are part of the reply, and come back with every request of the session.
SESSION_ATTRIBUTES_BYTES = 2_048
#: Until the reply has arrived.
ANSWER_MS = 8_000
#: `AudioPlayer.Play` directives in one reply.
PLAYS = 1

_SEEN = date(2026, 11, 22)
_DOCS = "https://developer.amazon.com/en-US/docs/alexa"
_TEXT = f"{_DOCS}/custom-skills/best-practice-text-response.html"
_SSML = f"{_DOCS}/custom-skills/speech-synthesis-markup-language-ssml-reference.html"
_JSON = f"{_DOCS}/custom-skills/request-and-response-json-reference.html"
_SPOKEN = f"{_DOCS}/alexa-design/audio.html"
_GADGETS = f"{_DOCS}/alexa-gadgets-toolkit/custom-interface-best-practices.html"
_PLAYER = f"{_DOCS}/custom-skills/audioplayer-interface-reference.html"
_APLA = "https://alexa.design/apl-audio"

_C, _B, _MS, _N = Unit.CHARACTERS, Unit.BYTES, Unit.MILLISECONDS, Unit.PIECES
_MOST, _BELOW = Bound.AT_MOST, Bound.BELOW
_AMAZON, _QUOTED, _OURS = Weight.AMAZON, Weight.QUOTED, Weight.OURS

LIMITS: tuple[Limit, ...] = (
    Limit("SPEECH_CHARS", SPEECH_CHARS, _C, _BELOW, _AMAZON, _TEXT, _SEEN),
    Limit("REPLY_BYTES", REPLY_BYTES, _B, _BELOW, _QUOTED, _JSON, _SEEN),
    Limit("BREAK_MS", BREAK_MS, _MS, _MOST, _QUOTED, _SSML, _SEEN),
    Limit("TURN_MS", TURN_MS, _MS, _MOST, _AMAZON, _SPOKEN, _SEEN),
    Limit("QUESTION_MS", QUESTION_MS, _MS, _MOST, _OURS, _SPOKEN, _SEEN),
    Limit("AUDIO_TAGS", AUDIO_TAGS, _N, _MOST, _QUOTED, _SSML, _SEEN),
    Limit("AUDIO_MS", AUDIO_MS, _MS, _MOST, _AMAZON, _SPOKEN, _SEEN),
    Limit("REPROMPT_AUDIO_MS", REPROMPT_AUDIO_MS, _MS, _MOST, _QUOTED, _JSON, _SEEN),
    Limit("APLA_SOUNDS", APLA_SOUNDS, _N, _MOST, _AMAZON, _APLA, _SEEN),
    Limit("SILENCE_MS", SILENCE_MS, _MS, _MOST, _AMAZON, _GADGETS, _SEEN),
    Limit("TOKEN_CHARS", TOKEN_CHARS, _C, _MOST, _QUOTED, _JSON, _SEEN),
    Limit("URL_CHARS", URL_CHARS, _C, _MOST, _QUOTED, _JSON, _SEEN),
    Limit("CARD_CHARS", CARD_CHARS, _C, _MOST, _QUOTED, _JSON, _SEEN),
    Limit("IMAGE_URL_CHARS", IMAGE_URL_CHARS, _C, _MOST, _QUOTED, _JSON, _SEEN),
    Limit("SESSION_ATTRIBUTES_BYTES", SESSION_ATTRIBUTES_BYTES, _B, _BELOW, _OURS, _JSON, _SEEN),
    Limit("ANSWER_MS", ANSWER_MS, _MS, _BELOW, _QUOTED, _JSON, _SEEN),
    Limit("PLAYS", PLAYS, _N, _MOST, _AMAZON, _PLAYER, _SEEN),
)
