"""Lists of words that the rules look for, from the phrases of a locale, and how they are looked for.

A list is a phrase `check-words.<name>`. `*` at the end of an entry stands for any ending: "jump*" finds
"jumping".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from routines.phrases import Phrases, load_phrases

_SENTENCE_END = re.compile(r"[.!?;:]")
_MAX_LINK_WORDS = 1  # "jumping, hopping or running": a negated list goes on over a comma and one linking word


@dataclass(frozen=True, slots=True)
class WordLists:
    """The word lists of one locale."""

    phrases: Phrases

    def find(self, name: str, text: str) -> tuple[str, ...]:
        """Return the parts of a text that are on a list, as they stand in the text."""
        return tuple(match[0] for match in self._pattern(name).finditer(text))

    def find_asserted(self, name: str, text: str) -> tuple[str, ...]:
        """Return the parts on a list that the text does not say no to: "do not jump" has none."""
        return tuple(hit for sentence in _SENTENCE_END.split(text) for hit in self._asserted(name, sentence))

    def _asserted(self, name: str, sentence: str) -> Iterator[str]:
        end, negated = 0, False
        for match in self._pattern(name).finditer(sentence):
            between = sentence[end : match.start()]
            # A comma or "then" ends what "not" reaches; but a list of things not to do goes on.
            reach = self._pattern("clause").split(between)[-1].rpartition(",")[2]
            listed = negated and len(between.replace(",", " ").split()) <= _MAX_LINK_WORDS
            negated = listed or self._pattern("not").search(reach) is not None
            end = match.end()
            if not negated:
                yield match[0]

    def _pattern(self, name: str) -> re.Pattern[str]:
        return _pattern(self.phrases.lines(f"check-words.{name}"))


def word_lists(locale: str) -> WordLists:
    """Return a locale's lists. PhraseError if it has none."""
    return WordLists(load_phrases(locale))


@cache
def _pattern(entries: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(_one(entry) for entry in entries)})(?!\w)", re.IGNORECASE)


def _one(entry: str) -> str:
    words = r"\s+".join(re.escape(word) for word in entry.removesuffix("*").split())
    return words + (r"\w*" if entry.endswith("*") else "")
