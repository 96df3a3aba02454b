"""Every word that is spoken or shown, by id, in one locale.

A phrase file is YAML: sections of named phrases. A phrase is a string with `{names}` to fill in; a list, from
A phrase file is YAML: sections of named phrases. A phrase is a string with `{names}` to fill in; a list whose
lines are taken one after another; or a mapping from plural category to string (`one`, `other`, ... as CLDR
`library/<locale>/`; nothing in code names a locale but the default.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

DEFAULT_LOCALE = "en"

Phrase = str | tuple[str, ...] | Mapping[str, str]

_PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})


class PhraseError(LookupError):
    """A phrase that is missing or cannot be filled in. `locale` and `phrase_id` say which."""

    def __init__(self, locale: str, phrase_id: str, what: str) -> None:
        """Keep the parts beside the message."""
        super().__init__(f"phrases/{locale}.yaml: {phrase_id}: {what}")
        self.locale = locale
        self.phrase_id = phrase_id


@dataclass(frozen=True, eq=False)
class Phrases:
    """The phrases of one locale. Ids are dotted: `script.ready`."""

    locale: str
    by_id: Mapping[str, Phrase]

    def __call__(self, phrase_id: str, **values: object) -> str:
        """Return a phrase filled in; `n` also chooses the plural form. PhraseError if it cannot be."""
        return self._fill(phrase_id, self._one(phrase_id, values), values)

    def lines(self, phrase_id: str, **values: object) -> tuple[str, ...]:
        """Return every line of a list phrase (a plain phrase is a list of one), filled in."""
        phrase = self._get(phrase_id)
        lines = phrase if isinstance(phrase, tuple) else (self._one(phrase_id, values),)
        return tuple(self._fill(phrase_id, line, values) for line in lines)

    def pick(self, phrase_id: str, nth: int, **values: object) -> str:
        """Return line `nth` of a list phrase, beginning again after the last."""
        lines = self.lines(phrase_id, **values)
        return lines[nth % len(lines)]

    def has(self, phrase_id: str) -> bool:
        """Whether there is such a phrase."""
        return phrase_id in self.by_id

    def under(self, prefix: str) -> tuple[str, ...]:
        """Return the ids that start with `prefix.`, in the file's order."""
        return tuple(phrase_id for phrase_id in self.by_id if phrase_id.startswith(prefix + "."))

    def joined(self, items: tuple[str, ...]) -> str:
        """Return items as the locale lists them: "a, b and c"."""
        if len(items) < 2:  # noqa: PLR2004 - a list of one is no list
            return "".join(items)
        return self("lists.join", head=self("lists.comma").join(items[:-1]), last=items[-1])

    def _get(self, phrase_id: str) -> Phrase:
        try:
            return self.by_id[phrase_id]
        except KeyError:
            raise PhraseError(self.locale, phrase_id, "is missing") from None

    def _one(self, phrase_id: str, values: Mapping[str, object]) -> str:
        phrase = self._get(phrase_id)
        if isinstance(phrase, str):
            return phrase
        if isinstance(phrase, tuple):
            return phrase[0]
        if "n" not in values:
            raise PhraseError(self.locale, phrase_id, "needs n, to choose its plural form")
        return phrase.get(_plural(self.locale, values["n"]), phrase["other"])

    def _fill(self, phrase_id: str, text: str, values: Mapping[str, object]) -> str:
        try:
            return text.format_map(values)
        except (KeyError, IndexError, ValueError) as error:
            raise PhraseError(self.locale, phrase_id, f"cannot be filled in: {error}") from None


def fields(phrase: Phrase) -> frozenset[str]:
    """Return the names that a phrase wants filled in, over all its lines and forms."""
    texts = [phrase] if isinstance(phrase, str) else phrase if isinstance(phrase, tuple) else phrase.values()
    parser = string.Formatter()
    return frozenset(name for text in texts for _, name, _, _ in parser.parse(text) if name)


@cache
def locales() -> tuple[str, ...]:
    """Return the locales that have a phrase file."""
    folder = resources.files("routines") / "phrases"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@cache
def load_phrases(locale: str = DEFAULT_LOCALE) -> Phrases:
    """Return a locale's phrases. PhraseError if there is no such file, or it is no phrase file."""
    try:
        text = (resources.files("routines") / "phrases" / f"{locale}.yaml").read_text(encoding="utf-8")
    except OSError:
        raise PhraseError(
            locale, "*", f"there is no such locale (there are: {', '.join(locales())})"
        ) from None
    return parse_phrases(locale, text)


def parse_phrases(locale: str, text: str) -> Phrases:
    """Return the phrases in a file's text."""
    try:
        tree = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.YAMLError as error:
        raise PhraseError(locale, "*", f"is not YAML: {error}") from None
    return Phrases(locale=locale, by_id=dict(_flatten(locale, "", tree)))


def _flatten(locale: str, prefix: str, node: Any) -> Iterator[tuple[str, Phrase]]:
    if isinstance(node, str):
        yield prefix, node
    elif isinstance(node, list) and node and all(isinstance(line, str) for line in node):
        yield prefix, tuple(node)
    elif isinstance(node, dict) and node and set(node) <= _PLURALS:
        if "other" not in node:
            raise PhraseError(locale, prefix, "has no form 'other'")
        yield prefix, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _flatten(locale, f"{prefix}.{key}" if prefix else str(key), value)
    else:
        raise PhraseError(
            locale, prefix or "*", "must be a string, a list of strings, plural forms, or a section"
        )


def _plural(locale: str, n: object) -> str:
    return _plural_rule(locale)(n) if isinstance(n, int) else "other"


@cache
def _plural_rule(locale: str) -> Any:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - slow to import

    try:
        return Locale.parse(locale, sep="-" if "-" in locale else "_").plural_form
    except (UnknownLocaleError, ValueError):
        raise PhraseError(
            locale, "*", "is not a locale that CLDR knows, so plurals cannot be chosen"
        ) from None
