"""What can be said, as sentences with their meanings: made from the phrases of a language. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from routines.phrases import Phrases
from speech.hearing.port import ALWAYS, Meaning, Word

#: What is put together from parts; every other word has its sentences under `listen.words`.
_MADE = frozenset({Word.CANNOT, Word.NUMBER, Word.CHOICE, Word.ROUTINE, Word.UNCLEAR})


@dataclass(frozen=True, slots=True)
class Sentence:
    """One way of saying one thing: lower case, words apart by single spaces."""

    text: str
    meaning: Meaning

    @property
    def words(self) -> tuple[str, ...]:
        """Its words."""
        return tuple(self.text.split())


@dataclass(frozen=True, slots=True)
class Grammar:
    """All that can be said in one language, and what is often said that is no command."""

    locale: str
    sentences: tuple[Sentence, ...]
    talk: tuple[str, ...] = ()

    def live(self, expecting: frozenset[Word]) -> tuple[Sentence, ...]:
        """Return what can be said while these are expected; `ALWAYS` is. Of the same text only the first."""
        wanted = expecting | ALWAYS
        by_text: dict[str, Sentence] = {}
        for sentence in self.sentences:
            if sentence.meaning.word in wanted:
                by_text.setdefault(sentence.text, sentence)
        return tuple(by_text.values())

    def besides(self, expecting: frozenset[Word]) -> frozenset[str]:
        """Return what may be said besides, and means nothing while these are expected: texts."""
        live = {sentence.text for sentence in self.live(expecting)}
        return frozenset({sentence.text for sentence in self.sentences} | set(self.talk)) - live


def grammar(phrases: Phrases, routines: Mapping[str, Iterable[str]]) -> Grammar:
    """Return what can be said in the language of `phrases`, and these names of routines, by id."""
    made = (
        *_said(phrases),
        *_cannot(phrases),
        *_numbers(phrases, Word.NUMBER, phrases.under("listen.numbers"), "listen.number"),
        *_numbers(phrases, Word.CHOICE, phrases.under("listen.choices"), None),
        *_routines(phrases, routines),
    )
    return Grammar(phrases.locale, made, tuple(plain(line) for line in phrases.lines("listen.talk")))


def _said(phrases: Phrases) -> Iterator[Sentence]:
    for word in Word:
        if word not in _MADE:
            for line in phrases.lines(f"listen.words.{word}"):
                yield Sentence(plain(line), Meaning(word))


def _cannot(phrases: Phrases) -> Iterator[Sentence]:
    for deed in phrases.lines("listen.cannot-this"):
        for line in phrases.lines("listen.cannot", do=deed):
            yield Sentence(plain(line), Meaning(Word.CANNOT))
    for phrase_id in phrases.under("listen.barriers"):
        barrier = phrase_id.rpartition(".")[2]
        for deed in phrases.lines(phrase_id):
            for line in phrases.lines("listen.cannot", do=deed):
                yield Sentence(plain(line), Meaning(Word.CANNOT, barrier))


def _numbers(phrases: Phrases, word: Word, ids: Iterable[str], frame: str | None) -> Iterator[Sentence]:
    for phrase_id in ids:
        value = int(phrase_id.rpartition(".")[2])
        for name in phrases.lines(phrase_id):
            for line in phrases.lines(frame, number=name) if frame else (name,):
                yield Sentence(plain(line), Meaning(word, value))


def _routines(phrases: Phrases, routines: Mapping[str, Iterable[str]]) -> Iterator[Sentence]:
    for routine_id, names in routines.items():
        for name in names:
            for line in phrases.lines("listen.routine", routine=name):
                yield Sentence(plain(line), Meaning(Word.ROUTINE, routine_id))


def plain(text: str) -> str:
    """Return a text as engines write it: lower case, hyphens as spaces, nothing but words and apostrophes."""
    return " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower().replace("\u2019", "'")))
