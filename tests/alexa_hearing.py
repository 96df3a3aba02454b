"""What a device would play of a reply: documents of APL for Audio and SSML, read as Amazon describes them.

Anything that is not described, or that we have no business using, is a ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from routines.timeline import Lengths

#: How long a sound is taken to be whose file cannot be looked at.
SOUND_MS = 1_000

TAGS = {
    "amazon:domain",
    "amazon:effect",
    "amazon:emotion",
    "audio",
    "break",
    "emphasis",
    "lang",
    "p",
    "phoneme",
    "prosody",
    "s",
    "say-as",
    "speak",
    "sub",
    "voice",
    "w",
}


@dataclass(frozen=True)
class OneLine:
    """Lengths for which it makes no difference how a text is spaced."""

    lengths: Lengths

    def length_ms(self, text: str) -> int:
        return self.lengths.length_ms(" ".join(text.split()))


@dataclass(frozen=True)
class Sound:
    """A stretch of sound, with when each voice and each file in it begins."""

    length_ms: int
    voices: tuple[tuple[int, str], ...] = ()
    files: tuple[tuple[int, str], ...] = ()

    def later(self, by_ms: int) -> Sound:
        """Return it with everything in it so much later."""
        return Sound(
            self.length_ms + by_ms,
            tuple((at_ms + by_ms, text) for at_ms, text in self.voices),
            tuple((at_ms + by_ms, source) for at_ms, source in self.files),
        )

    def trimmed(self, end_ms: int) -> Sound:
        """Return only what begins before a time."""
        return Sound(
            min(end_ms, self.length_ms),
            tuple(voice for voice in self.voices if voice[0] < end_ms),
            tuple(file for file in self.files if file[0] < end_ms),
        )


def mixed(sounds: list[Sound]) -> Sound:
    """Return sounds played at once."""
    return Sound(
        max((sound.length_ms for sound in sounds), default=0),
        tuple(sorted(voice for sound in sounds for voice in sound.voices)),
        tuple(sorted(file for sound in sounds for file in sound.files)),
    )


def joined(sounds: list[Sound]) -> Sound:
    """Return sounds played one after the other."""
    placed, at_ms = [], 0
    for sound in sounds:
        placed.append(sound.later(at_ms))
        at_ms += sound.length_ms
    return mixed(placed)


# -- APL for Audio ---------------------------------------------------------------------------------

_BASE = {"type", "id", "description", "filter", "filters"}
_KNOWN = {
    "Mixer": {"item", "items"},
    "Sequencer": {"item", "items"},
    "Silence": {"duration"},
    "Speech": {"content", "contentType"},
    "Audio": {"source", "duration"},
}


def hear_document(document: Mapping[str, Any], lengths: Lengths) -> Sound:
    """Return what a document of APL for Audio plays; ValueError if it cannot be played."""
    unknown = document.keys() - {
        "type",
        "version",
        "description",
        "mainTemplate",
        "resources",
        "compositions",
    }
    if unknown or document.get("type") != "APLA" or document.get("version") not in ("0.8", "0.9", "0.91"):
        raise ValueError(f"no document of APL for Audio: {sorted(unknown)}")
    if document.get("resources") or document.get("compositions"):
        raise ValueError("resources and compositions are not read here")
    main = document.get("mainTemplate")
    if not isinstance(main, dict) or main.keys() - {"parameters", "item", "items"}:
        raise ValueError("a document needs a mainTemplate")
    children = _children(main)
    if len(children) != 1:
        raise ValueError("a document has one component at the top")
    sound = _component(children[0], lengths)
    if not sound.voices and not sound.files:
        raise ValueError("a document of nothing but silence")
    return sound


def count_files(document: Any) -> int:
    """Return how many Audio components a document holds."""
    if isinstance(document, dict):
        return (document.get("type") == "Audio") + sum(count_files(value) for value in document.values())
    return sum(count_files(value) for value in document) if isinstance(document, list) else 0


def _children(owner: Mapping[str, Any]) -> list[Any]:
    children = owner.get("items", owner.get("item", []))
    return children if isinstance(children, list) else [children]


def _component(part: Any, lengths: Lengths) -> Sound:
    if not isinstance(part, dict) or part.get("type") not in _KNOWN:
        raise ValueError(f"no component: {part!r:.80}")
    unknown = part.keys() - _BASE - _KNOWN[part["type"]]
    if unknown:
        raise ValueError(f"{part['type']} knows no {sorted(unknown)}")
    match part["type"]:
        case "Mixer":
            sound = mixed([_component(child, lengths) for child in _filled(part)])
        case "Sequencer":
            sound = joined([_component(child, lengths) for child in _filled(part)])
        case "Silence":
            sound = Sound(_positive(part.get("duration")))
        case "Speech":
            sound = _speech(part, lengths)
        case _:
            sound = Sound(SOUND_MS, files=((0, _source(_literal(part.get("source")))),))
    return _filtered(sound, part)


def _filled(part: Mapping[str, Any]) -> list[Any]:
    children = _children(part)
    if not children:
        raise ValueError(f"an empty {part['type']}")
    return children


def _speech(part: Mapping[str, Any], lengths: Lengths) -> Sound:
    content = _literal(part.get("content"))
    kind = part.get("contentType", "PlainText")
    if kind == "SSML":
        return hear_ssml(content, lengths)
    if kind != "PlainText" or not content.strip():
        raise ValueError(f"nothing to say: {part!r:.80}")
    return Sound(lengths.length_ms(content), voices=((0, content),))


def _filtered(sound: Sound, part: Mapping[str, Any]) -> Sound:
    if "filters" in part:
        raise ValueError("it is called filter")
    for step in part.get("filter", []):
        match step:
            case {"type": "Trim", "end": int(end_ms), **rest} if not rest and end_ms > 0:
                sound = sound.trimmed(end_ms)
            case {"type": "Repeat", "repeatCount": int(count), **rest} if not rest and count > 0:
                sound = joined([sound] * (count + 1))
            case {"type": "Volume", "amount": str(amount), **rest} if not rest and re.fullmatch(
                r"\d{1,3}%", amount
            ):
                pass
            case _:
                raise ValueError(f"no filter: {step!r:.80}")
    return sound


def _positive(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"no length of time: {value!r}")
    return value


def _literal(value: Any) -> str:
    if not isinstance(value, str) or "${" in value or value.startswith("@"):
        raise ValueError(f"no literal text: {value!r:.80}")
    return value


# -- SSML ------------------------------------------------------------------------------------------


def hear_ssml(ssml: str, lengths: Lengths) -> Sound:
    """Return what SSML plays; ValueError if it is not well formed or uses what Alexa does not know."""
    parts: list[Sound] = []
    for kind, value in _tokens(ssml):
        if kind == "text":
            parts.append(Sound(lengths.length_ms(value), voices=((0, value),)))
        elif kind == "break":
            parts.append(Sound(_break_ms(value)))
        else:
            parts.append(Sound(SOUND_MS, files=((0, value),)))
    return joined(parts)


def breaks(ssml: str) -> list[int]:
    """Return the lengths of all breaks in SSML."""
    return [_break_ms(value) for kind, value in _tokens(ssml) if kind == "break"]


class _Reader:
    """Takes SSML apart into texts, breaks and sounds."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag not in TAGS:
            raise ValueError(f"Alexa knows no <{tag}>")
        if (tag == "speak") == bool(self.depth):
            raise ValueError("<speak> stands around everything")
        self.depth += 1
        if tag == "break":
            self.found.append((tag, attributes.get("time") or f"strength {attributes.get('strength')}"))
        if tag == "audio":
            self.found.append((tag, _source(attributes.get("src", ""))))

    def end(self, _: str) -> None:
        self.depth -= 1

    def text(self, words: str) -> None:
        if self.found and self.found[-1][0] == "text":
            words = self.found.pop()[1] + words
        self.found.append(("text", words))


def _tokens(ssml: str) -> Iterator[tuple[str, str]]:
    reader, parser = _Reader(), ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(ssml, True)
    except ExpatError as error:
        raise ValueError(f"not well formed: {error}") from error
    for kind, value in reader.found:
        if kind != "text":
            yield kind, value
        elif value.strip():
            yield kind, " ".join(value.split())


def _source(source: str) -> str:
    if not source.startswith(("https://", "soundbank://soundlibrary/")):
        raise ValueError(f"no place for a sound: {source}")
    return source


def _break_ms(value: str) -> int:
    time = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", value)
    if time:
        return round(float(time[1]) * (1000 if time[2] == "s" else 1))
    if re.fullmatch(r"strength (none|(x-)?(weak|strong)|medium)", value):
        return 0
    raise ValueError(f"no break: {value}")
