"""Advice to read: the topics there are, and the answer to a question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from routines.advice import by_name, find_advice, load_search_words
from routines.model import Topic
from routines.phrases import Phrases

#: So many topics are named to a person whose question has no answer.
NEAREST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was asked, the topic that answers it (None if none does), and otherwise those that come near."""

    question: str
    topic: Topic | None
    nearest: tuple[Topic, ...] = ()


def answer(question: str, topics: tuple[Topic, ...], locale: str) -> Answer:
    """Return the answer to a question in plain words, or to the name of a topic."""
    named = by_name(question, topics)
    if named is not None:
        return Answer(question=question, topic=named)
    found = find_advice(question, topics, locale)
    if found is not None:
        return Answer(question=question, topic=found.topic)
    return Answer(question=question, topic=None, nearest=_nearest(question, topics, locale))


def _nearest(question: str, topics: tuple[Topic, ...], locale: str) -> tuple[Topic, ...]:
    words = load_search_words(locale)
    asked = words.keys(question)

    def shared(topic: Topic) -> int:
        texts = (topic.title, *topic.keywords, *topic.asks)
        return len(asked & frozenset(key for text in texts for key in words.keys(text)))

    near = sorted((topic for topic in topics if shared(topic)), key=shared, reverse=True)
    return tuple(near[:NEAREST])


def in_order(topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
    """Return topics as they are listed: the urgent ones first."""
    return tuple(sorted(topics, key=lambda topic: not topic.urgent))


def topic_lines(topics: tuple[Topic, ...], say: Phrases) -> Iterator[str]:
    """Yield one line for each topic, the urgent ones first and marked in words."""
    for topic in in_order(topics):
        key = "advice-view.urgent-topic" if topic.urgent else "advice-view.topic"
        yield say(key, title=topic.title)


def answer_lines(given: Answer, say: Phrases, *, brief: bool) -> Iterator[str]:
    """Yield what is shown for a question."""
    if given.topic is not None:
        key = "advice-view.urgent" if given.topic.urgent else "advice-view.title"
        yield say(key, title=given.topic.title)
    yield from spoken_lines(given, say, brief=brief)
    if given.topic is not None:
        yield say("advice-view.source", source=given.topic.source)
    if given.nearest:
        yield say("advice-view.nearest")
        yield from topic_lines(given.nearest, say)


def spoken_lines(given: Answer, say: Phrases, *, brief: bool) -> tuple[str, ...]:
    """Return what is said for a question."""
    if given.topic is None:
        return (say("advice-view.unknown"),)
    return given.topic.brief if brief else given.topic.say


def answer_data(given: Answer) -> dict[str, Any]:
    """Return an answer as plain values for JSON."""
    return {
        "question": given.question,
        "topic": asdict(given.topic) if given.topic else None,
        "nearest": [topic.id for topic in given.nearest],
    }
