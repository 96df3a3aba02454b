"""Advice by name or by a question in plain words.

A question and the example questions (`asks`) of every topic become sets of stems; what is rare among the
topics weighs more. A topic answers when its best example shares enough of that weight with the question; when
none does, the answer is None: not knowing is better than a wrong answer. A red flag is another matter: it is
found when all the words of one of its examples are said near one another, however much else is said. What is
known of the language (stop words, words that mean the same, the stemmer) is data:
`library/<locale>/words/search.yaml`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from routines.model import Topic
from routines.phrases import DEFAULT_LOCALE

KNOWN_FROM = 0.58  #: a lower score is no answer; here, small talk finds none (tests/routines/questions.yaml)
_NEARLY_THE_SAME = 0.72  # wanted of a question that names nothing of ours; it gets nothing for keywords
_UNKNOWN_WEIGHT = 0.6  # of the greatest: what no topic speaks of counts against every topic
_LEAST_WEIGHT = 0.45  # a question made only of words that every topic has ("what is it") asks nothing
_CORE_SPAN = 9  # words: how near one another the words of a red flag stand
_TYPO_LETTERS = 6  # shorter words have too many neighbours to be guessed

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Found:
    """A topic that answers a question. `score` runs from 0 to 1; a red flag always has 1."""

    topic: Topic
    score: float


@dataclass(frozen=True, slots=True)
class SearchWords:
    """What the search knows of one language."""

    stem: Callable[[str], str]
    replace: tuple[Callable[[str], str], ...]  #: first single words, then groups of words
    same: Mapping[str, str]  #: stem -> the stem that stands for its group
    stop: frozenset[str]
    subject: frozenset[str]
    denials: tuple[tuple[str, ...], ...]

    def words(self, text: str) -> tuple[str, ...]:
        """Return the words of a text, in lower case, with the replacements made."""
        text = " ".join(_WORD.findall(text.replace("\u2019", "'").casefold()))
        for replaced in self.replace:
            text = replaced(text)
        return tuple(text.replace("-", " ").split())

    def key(self, word: str) -> str:
        """Return what a word is compared by: its stem, or the one that stands for its group."""
        stem = self.stem(word)
        return self.same.get(stem, stem)

    def keys(self, text: str) -> frozenset[str]:
        """Return the keys of a text's words, without stop words."""
        return frozenset(self.key(word) for word in self.words(text) if word not in self.stop)


def find_advice(question: str, topics: tuple[Topic, ...], locale: str = DEFAULT_LOCALE) -> Found | None:
    """Return the topic that answers a question, or None if none does. A red flag in it wins over all."""
    return _index(topics, locale).find(question)


def red_flag(text: str, topics: tuple[Topic, ...], locale: str = DEFAULT_LOCALE) -> Topic | None:
    """Return the first urgent topic, in the order of `topics`, of which one example is said in the text."""
    return _index(topics, locale).red_flag(text)


def by_name(name: str, topics: tuple[Topic, ...]) -> Topic | None:
    """Return the topic with this id or title, however it is spaced or capitalised; None if there is none."""
    wanted = _plain(name)
    return next((topic for topic in topics if wanted in (_plain(topic.id), _plain(topic.title))), None)


@cache
def load_search_words(locale: str = DEFAULT_LOCALE) -> SearchWords:
    """Return what is known of a language. Where nothing is, words are compared as they stand."""
    file = resources.files("routines") / "library" / locale / "words" / "search.yaml"
    if not file.is_file():
        return _search_words({})
    # With this loader every scalar is text: "no" and "off" are words here.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    tree = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - builds only text
    return _search_words(tree)


def _search_words(tree: Mapping[str, Any]) -> SearchWords:
    stem = _stemmer(tree.get("stemmer"))
    rules: Mapping[str, str] = tree.get("replace", {})
    return SearchWords(
        stem=stem,
        # Single words first: "ive" must be "i" before "i fell" is looked for.
        replace=tuple(
            _replacer({old: new for old, new in rules.items() if (" " in old) is several})
            for several in (False, True)
        ),
        same={stem(word): stem(group[0]) for group in tree.get("same", ()) for word in group},
        stop=frozenset(tree.get("stop_words", ())),
        subject=frozenset(tree.get("subject", ())),
        denials=tuple(tuple(denial.split()) for denial in tree.get("denials", ())),
    )


def _replacer(rules: Mapping[str, str]) -> Callable[[str], str]:
    if not rules:
        return str
    longest_first = "|".join(re.escape(old) for old in sorted(rules, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\S)(?:{longest_first})(?!\S)")
    return lambda text: pattern.sub(lambda match: rules[match[0]], text)


def _stemmer(name: str | None) -> Callable[[str], str]:
    if name is None:
        return str
    import snowballstemmer  # noqa: PLC0415 - slow to import, and only a question needs it

    stem: Callable[[str], str] = cache(snowballstemmer.stemmer(name).stemWord)
    return stem


@cache
def _index(topics: tuple[Topic, ...], locale: str) -> _Index:
    return _Index(topics, load_search_words(locale))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A topic and the keys of its examples, of its keywords, and of all of these."""

    topic: Topic
    sets: tuple[frozenset[str], ...]
    keywords: frozenset[str]
    all: frozenset[str]


class _Index:
    """The topics, made ready for questions."""

    def __init__(self, topics: tuple[Topic, ...], words: SearchWords) -> None:
        self._words = words
        calm = tuple(topic for topic in topics if not topic.urgent)
        self._urgent = tuple((topic, self._sets(topic.asks)) for topic in topics if topic.urgent)
        self._calm = tuple(self._entry(topic) for topic in calm)
        self._exact = {
            words.words(ask): topic for topic in reversed(calm) for ask in (topic.title, *topic.asks)
        }
        spread = Counter(key for entry in self._calm for key in entry.all)
        self._weight = {key: math.log((len(calm) + 1) / count) for key, count in spread.items()}
        self._unknown = _UNKNOWN_WEIGHT * math.log(len(topics) + 1)
        self._keywords = _union(entry.keywords for entry in self._calm)
        self._vocabulary = self._spellings(topics)
        self._letters = sorted(set().union(*self._vocabulary))

    def find(self, question: str) -> Found | None:
        words = self._words.words(question)
        certain = self._flag(words) or self._exact.get(words)
        if certain is not None:
            return Found(certain, 1.0)
        keys = frozenset(key for key in map(self._heard, words) if key)
        ours = bool(keys & self._keywords) or not self._words.subject.isdisjoint(words)
        telling = sum(self._weigh_one(key) >= _LEAST_WEIGHT for key in keys)
        if telling < (1 if ours else 2):
            return None
        scored = (Found(entry.topic, self._score(keys, entry)) for entry in self._calm)
        best = max(scored, key=lambda found: found.score, default=None)
        enough = KNOWN_FROM if ours else _NEARLY_THE_SAME
        return best if best is not None and best.score >= enough else None

    def red_flag(self, text: str) -> Topic | None:
        return self._flag(self._words.words(text))

    def _flag(self, words: tuple[str, ...]) -> Topic | None:
        # A stop word leaves a gap, so that nearness is that of the words as they were said.
        said = tuple(map(self._heard, self._without_denied(words)))
        near = [frozenset(said[at : at + _CORE_SPAN]) for at in range(max(1, len(said) - _CORE_SPAN + 1))]
        for topic, cores in self._urgent:
            if any(core <= window for core in cores for window in near):
                return topic
        return None

    def _entry(self, topic: Topic) -> _Entry:
        sets, keywords = self._sets((*topic.asks, topic.title)), _union(self._sets(topic.keywords))
        return _Entry(topic, sets, keywords, _union(sets) | keywords)

    def _score(self, keys: frozenset[str], entry: _Entry) -> float:
        weight = self._weigh(keys)
        alike = max(2 * self._weigh(keys & other) / (weight + self._weigh(other)) for other in entry.sets)
        covered = self._weigh(keys & entry.all) / weight
        named = 1.0 if keys & entry.keywords else 0.0
        return 0.5 * alike + 0.3 * covered + 0.2 * named

    def _weigh(self, keys: Iterable[str]) -> float:
        return sum(map(self._weigh_one, keys))

    def _weigh_one(self, key: str) -> float:
        return self._weight.get(key, self._unknown)

    def _sets(self, texts: Iterable[str]) -> tuple[frozenset[str], ...]:
        return tuple(keys for keys in map(self._words.keys, texts) if keys)

    def _heard(self, word: str) -> str:
        """Return the key of a word, or "" for a stop word; a slip of one letter is forgiven."""
        if word in self._words.stop:
            return ""
        if word not in self._vocabulary and len(word) >= _TYPO_LETTERS:
            slips = _one_letter_off(word, self._letters)
            word = next((other for other in slips if other in self._vocabulary), word)
        return self._words.key(word)

    def _without_denied(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Leave out what is said not to be there: the two words after "I do not have (any)"."""
        for denial in self._words.denials:
            for at in range(len(words) - len(denial)):
                if words[at : at + len(denial)] == denial:
                    rest = range(at + len(denial), len(words))
                    denied = [n for n in rest if words[n] not in self._words.stop][:2]
                    end = denied[-1] + 1 if denied else len(words)
                    return words[:at] + self._without_denied(words[end:])
        return words

    def _spellings(self, topics: tuple[Topic, ...]) -> frozenset[str]:
        texts = (text for topic in topics for text in (*topic.asks, *topic.keywords, topic.title))
        spelled = {word for text in texts for word in self._words.words(text)}
        return frozenset(spelled | self._words.stop | self._words.same.keys())


def _one_letter_off(word: str, letters: Iterable[str]) -> Iterator[str]:
    """Yield what one slip makes of `word`: a letter too many, two swapped, one wrong, one missing."""
    # The first letter is seldom the wrong one.
    halves = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
    yield from (head + tail[1:] for head, tail in halves if tail)
    yield from (head + tail[1] + tail[0] + tail[2:] for head, tail in halves if len(tail) > 1)
    yield from (head + letter + tail[1:] for head, tail in halves if tail for letter in letters)
    yield from (head + letter + tail for head, tail in halves for letter in letters)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _plain(name: str) -> str:
    return " ".join(_WORD.findall(name.casefold().replace("-", " ")))
