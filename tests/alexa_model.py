"""Alexa's ears for tests: from an utterance and an interaction model to the intent that a skill would get.

The real thing guesses; this one only takes what is in the model word for word, with every gap filled from its
type. What no sample covers is the fallback intent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from routines.phrases import load_phrases
from skill.alexa.model import spoken

Json = dict[str, Any]

FALLBACK = "AMAZON.FallbackIntent"
GAP = re.compile(r"\{(\w+)\}")

_OPEN = ("ROUTINE", "BARRIER", "TOPIC")  # a value that is on no list still comes through, unresolved
_RESOLVED, _FREE, _UNRESOLVED = 3, 2, 1


@dataclass(frozen=True, slots=True)
class SlotHeard:
    """What stood in a gap; `id` is the value's id in its list, None for Amazon's types and unknown values."""

    value: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """The intent and its filled slots by name."""

    intent: str
    slots: dict[str, SlotHeard] = field(default_factory=dict)


def match(utterance: str, model: Json) -> Heard:
    """Return what a skill with this interaction model gets when a person says this."""
    return Ears(model).hear(utterance)


class Ears:
    """An interaction model made ready for many utterances; `locale` is ours, for Amazon's own intents."""

    def __init__(self, model: Json, locale: str = "en") -> None:
        language = model["interactionModel"]["languageModel"]
        self.intents: dict[str, Json] = {intent["name"]: intent for intent in language["intents"]}
        self.types = {each["name"]: values_of(each) for each in language["types"]}
        self._exact = {
            sample: name for name, intent in self.intents.items() for sample in intent["samples"]
        } | _amazons(locale)
        self._gapped = [
            (_regex(sample), len(GAP.sub("", sample).split()), name)
            for name, intent in self.intents.items()
            for sample in intent["samples"]
            if "{" in sample
        ]

    def hear(self, utterance: str) -> Heard:
        """Return the intent for an utterance; the sample with most words of its own wins."""
        text = spoken(utterance)
        if text in self._exact:
            return Heard(self._exact[text])
        best: tuple[tuple[int, int], Heard] | None = None
        for regex, words, name in self._gapped:
            if (found := regex.fullmatch(text)) is None:
                continue
            slots, kind = self._slots(name, found.groupdict(), words)
            if kind and (best is None or (kind, words) > best[0]):
                best = (kind, words), Heard(name, slots)
        return best[1] if best else Heard(FALLBACK)

    def _slots(self, name: str, said: dict[str, str], words: int) -> tuple[dict[str, SlotHeard], int]:
        types = {slot["name"]: slot["type"] for slot in self.intents[name]["slots"]}
        slots, kinds = {}, [_RESOLVED]
        for slot, text in said.items():
            value, kind = self._value(types[slot], text, words)
            if value is None:
                return {}, 0
            slots[slot] = value
            kinds.append(kind)
        return slots, min(kinds)

    def _value(self, type_name: str, text: str, words: int) -> tuple[SlotHeard | None, int]:
        if type_name == "AMAZON.SearchQuery":
            return SlotHeard(text), _FREE
        if type_name.startswith("AMAZON."):
            value = number(text) if type_name == "AMAZON.NUMBER" else time_of_day(text)
            return (SlotHeard(value) if value else None), _RESOLVED
        if text in self.types[type_name]:
            return SlotHeard(text, self.types[type_name][text]), _RESOLVED
        if type_name in _OPEN and words > 1:
            return SlotHeard(text), _UNRESOLVED
        return None, 0


def intent_json(heard: Heard, model: Json) -> Json:
    """Return the `intent` object of an IntentRequest, with Amazon's way of telling which value was meant."""
    language = model["interactionModel"]["languageModel"]
    intent = next(intent for intent in language["intents"] if intent["name"] == heard.intent)
    slots = {
        slot["name"]: _slot_json(slot, heard.slots.get(slot["name"]), language)
        for slot in intent.get("slots", [])
    }
    return {"name": heard.intent, "confirmationStatus": "NONE", **({"slots": slots} if slots else {})}


def values_of(slot_type: Json) -> dict[str, str]:
    """Return every name in a slot type with the id that it means."""
    return {
        text: value["id"]
        for value in slot_type["values"]
        for text in (value["name"]["value"], *value["name"]["synonyms"])
    }


def _slot_json(slot: Json, heard: SlotHeard | None, language: Json) -> Json:
    made: Json = {"name": slot["name"], "confirmationStatus": "NONE"}
    if heard is None:
        return made
    made |= {"value": heard.value, "source": "USER"}
    if slot["type"].startswith("AMAZON."):
        return made
    authority: Json = {
        "authority": f"amzn1.er-authority.echo-sdk.amzn1.ask.skill.test.{slot['type']}",
        "status": {"code": "ER_SUCCESS_MATCH" if heard.id else "ER_SUCCESS_NO_MATCH"},
    }
    if heard.id:
        values = next(each["values"] for each in language["types"] if each["name"] == slot["type"])
        title = next(value["name"]["value"] for value in values if value["id"] == heard.id)
        authority["values"] = [{"value": {"name": title, "id": heard.id}}]
    return made | {"resolutions": {"resolutionsPerAuthority": [authority]}}


def _amazons(locale: str) -> dict[str, str]:
    phrases = load_phrases(locale)
    return {
        spoken(line): "AMAZON." + phrase_id.rpartition(".")[2]
        for phrase_id in phrases.under("alexa-model.built-in")
        for line in phrases.lines(phrase_id)
    }


def _regex(sample: str) -> re.Pattern[str]:
    return re.compile(GAP.sub(r"(?P<\1>.+?)", sample))


# -- Amazon's own types, as far as tests speak them --------------------------------------------------

_SMALL = (
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_NOON = 12
_EVENING = ("in the evening", "in the afternoon", "at night", "p m", "pm")
_MORNING = ("in the morning", "a m", "am", "o'clock")


def number(text: str) -> str:
    """Return the digits of a number said in digits, one by one or as one word: "four two" is 42. Else ""."""
    digits = [_one_number(word) for word in text.split()]
    if any(digit is None for digit in digits):
        return ""
    if len(digits) == 2 and digits[0] in _TENS.values() and digits[1] in range(1, 10):
        return str(sum(digit for digit in digits if digit is not None))
    return "".join(str(digit) for digit in digits)


def time_of_day(text: str) -> str:
    """Return a time as Amazon writes it, "21:30" for "half past nine in the evening"; "" if it is none."""
    plain, later = text, False
    for part in (*_EVENING, *_MORNING):
        if plain.endswith(" " + part):
            plain, later = plain.removesuffix(part).strip(), later or part in _EVENING
    minute = 0
    if plain.startswith("half past "):
        plain, minute = plain.removeprefix("half past "), 30
    hour, *rest = plain.split()
    first = _NOON if hour == "noon" else _one_number(hour)
    if rest:
        minute = int(number(" ".join(rest)) or 60)
    if first is None or first > 23 or minute > 59:
        return ""
    return f"{first + (_NOON if later and first < _NOON else 0):02}:{minute:02}"


def _one_number(word: str) -> int | None:
    if word.isdigit():
        return int(word)
    return _SMALL.index(word) if word in _SMALL else _TENS.get(word)
