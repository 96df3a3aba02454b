"""Amazon's rules for interaction models, as a check: what its console would refuse, and what misfires."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from skill.alexa.model import spoken
from tests.alexa_model import GAP, values_of

Json = dict[str, Any]

MOST_CHARACTERS = 200  # of a sample
MOST_VALUE_CHARACTERS = 140
MOST_SYNONYMS = 100
MOST_BYTES = 1_500_000
NOT_EXTENDED = ("AMAZON.FallbackIntent", "AMAZON.NavigateHomeIntent")

_WORDS = re.compile(r"[^\W\d_]+('[^\W\d_]+)*'?( [^\W\d_]+('[^\W\d_]+)*'?)*")
_ID = re.compile(r"[a-z][a-z0-9-]*")

#: For English names; Amazon has such a list for each language.
_LAUNCH = re.compile(r"launch|ask|tell|load|begin|enable|open|start|play|run|resume|use|talk")
_CONNECT = re.compile(r"to|from|in|using|with|about|for|that|by|if|and|whether|of|on|at|my|your|the|a|an")
_WAKE = re.compile(r"alexa|amazon|echo|computer|ziggy|skill|app")


def faults(model: Json) -> list[str]:
    """Return everything that is wrong with a model, in words for developers."""
    language = model["interactionModel"]["languageModel"]
    types = {each["name"]: each for each in language["types"]}
    return [
        *_of_invocation(language["invocationName"]),
        *_of_intents(language["intents"], types),
        *(fault for each in types.values() for fault in _of_type(each)),
        *_of_doubles(language["intents"], types),
    ]


def _of_invocation(name: str) -> Iterator[str]:
    if len(name.split()) < 2:
        yield f"invocation name {name!r}: two words at least"
    if not _WORDS.fullmatch(name) or name != name.lower():
        yield f"invocation name {name!r}: small letters only"
    for word in name.split():
        if any(words.fullmatch(word) for words in (_LAUNCH, _CONNECT, _WAKE)):
            yield f"invocation name {name!r}: {word!r} is not allowed in it"


def _of_intents(intents: list[Json], types: dict[str, Json]) -> Iterator[str]:
    for intent in intents:
        slots = {slot["name"]: slot["type"] for slot in intent.get("slots", [])}
        used = {gap for sample in intent["samples"] for gap in GAP.findall(sample)}
        if intent["name"] in NOT_EXTENDED and intent["samples"]:
            yield f"{intent['name']}: may not be extended"
        if not intent["name"].startswith("AMAZON.") and not intent["samples"]:
            yield f"{intent['name']}: has no sample"
        if used != set(slots):
            yield f"{intent['name']}: slots {sorted(slots)}, in samples {sorted(used)}"
        for slot_type in slots.values():
            if not slot_type.startswith("AMAZON.") and slot_type not in types:
                yield f"{intent['name']}: there is no type {slot_type}"
        for sample in intent["samples"]:
            yield from (f"{intent['name']}: {sample!r}: {fault}" for fault in _of_sample(sample, slots))


def _of_sample(sample: str, slots: dict[str, str]) -> Iterator[str]:
    gaps = GAP.findall(sample)
    words = GAP.sub("", sample)
    if not _WORDS.fullmatch(GAP.sub("gap", sample)) or words != words.lower():
        yield "only small letters, single spaces, apostrophes and slots in braces"
    if len(sample) > MOST_CHARACTERS:
        yield "is too long"
    if len(set(gaps)) != len(gaps):
        yield "has a slot twice"
    if any(slots.get(gap) == "AMAZON.SearchQuery" for gap in gaps):
        if not words.strip():
            yield "a search query needs words round it"
        if len(gaps) > 1:
            yield "a search query stands with no other slot"


def _of_type(slot_type: Json) -> Iterator[str]:
    name, seen = slot_type["name"], set()
    if not slot_type["values"]:
        yield f"{name}: has no value"
    ids = [value["id"] for value in slot_type["values"]]
    if len(set(ids)) != len(ids):
        yield f"{name}: an id stands twice"
    for value in slot_type["values"]:
        if not _ID.fullmatch(value["id"]):
            yield f"{name}: {value['id']!r} is no id"
        if len(value["name"]["synonyms"]) > MOST_SYNONYMS:
            yield f"{name}: {value['id']} has too many synonyms"
        for text in (value["name"]["value"], *value["name"]["synonyms"]):
            if not _WORDS.fullmatch(text) or spoken(text) != text or len(text) > MOST_VALUE_CHARACTERS:
                yield f"{name}: {text!r} is not as it is spoken"
            if text in seen:
                yield f"{name}: {text!r} stands twice"
            seen.add(text)


def _of_doubles(intents: list[Json], types: dict[str, Json]) -> Iterator[str]:
    """Yield sentences that two intents claim, once the slots are filled from our own lists."""
    claimed: dict[str, set[str]] = defaultdict(set)
    for intent in intents:
        if len(set(intent["samples"])) != len(intent["samples"]):
            yield f"{intent['name']}: has a sample twice"
        for sentence in sentences(intent, types):
            claimed[sentence].add(intent["name"])
    for sentence, names in claimed.items():
        if len(names) > 1:
            yield f"{sentence!r} belongs to {' and '.join(sorted(names))}"


def sentences(intent: Json, types: dict[str, Json]) -> Iterator[str]:
    """Yield every sample of an intent with each of our values in its slots; Amazon's slots stay."""
    slots = {slot["name"]: slot["type"] for slot in intent.get("slots", [])}
    for sample in intent["samples"]:
        filled = [sample]
        for gap in GAP.findall(sample):
            if slots.get(gap) in types:
                values = values_of(types[slots[gap]])
                filled = [text.replace(f"{{{gap}}}", value) for text in filled for value in values]
        yield from filled
