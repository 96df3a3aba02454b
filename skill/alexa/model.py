"""The interaction model: what Alexa is told about how people speak to the skill. Made, never edited by hand.

Routine names come from the library, advice from its topics, everything else from the phrases `alexa-model` of
the same locale. `python -m skill.alexa.model --write` writes the files of the package, `--check` tells
whether they are what this makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from routines.load import Library
from routines.model import Barrier, Topic
from routines.phrases import Phrases, load_phrases, locales
from skill.alexa.intents import INTENTS, Every, Intent, SlotType

Json = dict[str, Any]

_SPACES = re.compile(r"\s+")
_NOT_SPOKEN = re.compile(r"[^\w\s']|_")


def spoken(text: str) -> str:
    """Return a text as a speech recogniser would write it: small letters, no punctuation but apostrophes.

    Two texts that people cannot tell apart by ear come out the same.
    """
    plain = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").lower()
    return _SPACES.sub(" ", _NOT_SPOKEN.sub(" ", plain)).strip()


def alexa_locales() -> dict[str, str]:
    """Return which of our locales serves each of Alexa's, as the phrase files say: en-GB -> en."""
    return {
        alexa: locale
        for locale in locales()
        for alexa in load_phrases(locale).lines("alexa-model.locales")
    }  # fmt: skip


def interaction_model(library: Library) -> Json:
    """Return the interaction model in a library's language, as Amazon's JSON has it. RoutineFaults."""
    phrases = load_phrases(library.locale)
    topics = library.advice()
    samples = {intent.name: _samples(intent, phrases, topics) for intent in INTENTS}
    # Values of these may be all that is said ("{topic}"): what leads elsewhere already is none of them.
    taken = {sample for several in samples.values() for sample in several}
    taken |= {spoken(line) for name in phrases.under("alexa-model.built-in") for line in phrases.lines(name)}
    alone = [
        _type(SlotType.ROUTINE, _routines(library), taken),
        _type(SlotType.EVERY, _every(phrases), taken),
        _type(SlotType.FLAG, _flags(topics, phrases), taken),
        _type(SlotType.TOPIC, _topics(topics), taken),
    ]
    return {
        "interactionModel": {
            "languageModel": {
                "invocationName": phrases("alexa-model.invocation"),
                "intents": [_intent(intent, samples[intent.name]) for intent in INTENTS],
                "types": [*alone, _type(SlotType.BARRIER, _barriers(phrases), set())],
                "modelConfiguration": {"fallbackIntentSensitivity": {"level": "LOW"}},
            }
        }
    }


_Value = tuple[str, tuple[str, ...]]  #: an id and its names, the first being the one that is shown


def _intent(intent: Intent, samples: tuple[str, ...]) -> Json:
    made: Json = {"name": intent.name, "samples": list(samples)}
    if intent.slots:
        made["slots"] = [{"name": slot.name, "type": str(slot.type)} for slot in intent.slots]
    return made


def _samples(intent: Intent, phrases: Phrases, topics: tuple[Topic, ...]) -> tuple[str, ...]:
    phrase_id = f"alexa-model.samples.{intent.short_name}"
    in_braces = {slot.name: f"{{{slot.name}}}" for slot in intent.slots}
    own = phrases.lines(phrase_id, **in_braces) if phrases.has(phrase_id) else ()
    if intent.name != "PainIntent":
        return own
    asks = (ask for topic in topics if topic.id == phrases("session.pain-topic") for ask in topic.asks)
    return _once((*own, *map(spoken, asks)))


def _type(name: SlotType, values: Iterable[_Value], taken: set[str]) -> Json:
    """Return a slot type in which nothing stands twice: who comes first keeps it, and adds it to `taken`.

    A value's first name is kept whatever is taken: it is what the value is called.
    """
    made = []
    for value_id, (title, *others) in values:
        mine = [text for text in _once((title, *others)) if text == title or text not in taken]
        taken.update(mine)
        made.append({"id": str(value_id), "name": {"value": title, "synonyms": mine[1:]}})
    return {"name": str(name), "values": made}


def _routines(library: Library) -> Iterator[_Value]:
    routines = [library.routine(routine_id) for routine_id in library.ids()]
    titles = {spoken(routine.title) for routine in routines}
    for routine in routines:
        title = spoken(routine.title)
        yield routine.id, (title, *(name for name in map(spoken, routine.synonyms) if name not in titles))


def _barriers(phrases: Phrases) -> Iterator[_Value]:
    for barrier in Barrier:
        yield barrier, phrases.lines(f"alexa-model.barriers.{barrier}")


def _every(phrases: Phrases) -> Iterator[_Value]:
    for every in Every:
        yield every, phrases.lines(f"alexa-model.every.{every}")


def _topics(topics: tuple[Topic, ...]) -> Iterator[_Value]:
    """Yield titles and example questions; then, where they are nobody else's question, the keywords."""
    calm = [topic for topic in topics if not topic.urgent]
    asked = {spoken(text) for topic in calm for text in (topic.title, *topic.asks)}
    for topic in calm:
        keywords = (word for word in map(spoken, topic.keywords) if word not in asked)
        yield topic.id, (spoken(topic.title), *map(spoken, topic.asks), *keywords)


def _flags(topics: tuple[Topic, ...], phrases: Phrases) -> Iterator[_Value]:
    for topic in topics:
        if topic.urgent:
            phrase_id = f"alexa-model.flags.{topic.id}"
            more = phrases.lines(phrase_id) if phrases.has(phrase_id) else ()
            yield topic.id, (spoken(topic.title), *map(spoken, topic.asks), *more)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


if __name__ == "__main__":
    from skill.alexa.packing import main

    main()
