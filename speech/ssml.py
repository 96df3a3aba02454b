"""Cues as SSML: words in Alexa's voice with breaks between them that keep the beat under an estimate.

How long Alexa takes for a word is not known here, only estimated: each break is shortened by the estimate of
the words before it. This is the way out where APL for Audio fails, so it uses nothing but words and breaks:
no sound file and none of Alexa's sound library, which may be what failed. Ticks and chimes are therefore
silent, and so is a rest; only documents of `speech.apla` fill it. Never tried on a device.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from routines.cue import Cue, CueKind
from routines.timeline import Lengths
from speech.limits import BREAK_MS, CARD_CHARS, SPEECH_CHARS, TooLongError

#: Between two texts where there is no time for a break, so that they are heard as two.
LEAST_BREAK_MS = 10

_SPOKEN = (CueKind.SAY, CueKind.COUNT)
#: What XML 1.0 has no place for.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTES = {'"': "&quot;", "'": "&apos;"}


def escaped(text: str) -> str:
    """Return a text as it may stand between tags or in an attribute, in one line."""
    return escape(" ".join(_FORBIDDEN.sub(" ", text).split()), _QUOTES)


def body(cues: Iterable[Cue], length_ms: int, lengths: Lengths) -> str:
    """Return SSML, without `<speak>`, that takes `length_ms` if words take as long as `lengths` says.

    TooLongError if it would not fit into a reply's speech by itself.
    """
    parts: list[str] = []
    at_ms = 0
    for cue in cues:
        text = escaped(cue.text) if cue.kind in _SPOKEN else ""
        if not text:
            continue
        # late already: the debt is taken off the next breaks
        wait_ms = max(cue.at_ms - at_ms, LEAST_BREAK_MS if parts else 0)
        parts += [_breaks(wait_ms), text]
        at_ms += wait_ms + lengths.length_ms(cue.text)
    parts.append(_breaks(max(0, length_ms - at_ms)))
    made = "".join(parts)
    speak(made)
    return made


def speak(*bodies: str) -> str:
    """Return bodies one after the other as the SSML of one reply; TooLongError if it is too long for one."""
    made = f"<speak>{''.join(bodies)}</speak>"
    if len(made) >= SPEECH_CHARS:
        raise TooLongError("SPEECH_CHARS", len(made))
    return made


def plain(cues: Iterable[Cue]) -> str:
    """Return what is said, without the counting, each line once, as the text of a card."""
    said = (" ".join(cue.text.split()) for cue in cues if cue.kind is CueKind.SAY)
    shown = ""
    for line in dict.fromkeys(said):
        longer = f"{shown}\n{line}" if shown else line
        if len(longer) > CARD_CHARS:
            break
        shown = longer
    return shown


def _breaks(wait_ms: int) -> str:
    full, rest_ms = divmod(wait_ms, BREAK_MS)
    times = [BREAK_MS] * full + [rest_ms] * bool(rest_ms)
    return "".join(f'<break time="{time_ms}ms"/>' for time_ms in times)
