"""The lines of a routine or an advice file, each with its place, and the rules every spoken line keeps."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from routines.faults import Severity, Value
from routines.lengths import estimate_ms
from routines.model import Exercise, Routine, Topic, Wording
from routines.wordlists import WordLists

MAX_LINE = 160  # characters: about eleven seconds, one or two short sentences
MAX_BRIEF = 90
MAX_TITLE = 45  # it is said in the middle of other sentences
MAX_LINE_MS = 12_000

_USUAL_WPM = 150

_PUNCTUATION = frozenset(".,;:!?\u2026'\"-\u2010\u2011\u2013\u2014\u2018\u2019\u201c\u201d")
_WEB = re.compile(r"https?:|www\.|\w\.(?:com|org|net|info|dk|uk|de|eu)\b|\w@\w", re.IGNORECASE)
_NUMBER_RANGE = re.compile(r"\d\s?[-\u2013]\s?\d")
_CAPITALS = re.compile(r"\b[^\W\d_]{2,}\b")


class Part(StrEnum):
    """What a line is for."""

    TITLE = "title"
    NAME = "name"  #: a synonym, or a thing that is needed
    SET_UP = "set_up"
    MOVEMENT = "movement"
    BREATHING = "breathing"
    REMARK = "remark"  #: feel, benefit, summary, advice
    CAUTION = "caution"

    @property
    def is_sentence(self) -> bool:
        """Whether it is spoken by itself."""
        return self not in (Part.TITLE, Part.NAME)

    @property
    def instructs(self) -> bool:
        """Whether a person does what it says."""
        return self not in (Part.REMARK, Part.CAUTION)


@dataclass(frozen=True, slots=True)
class Line:
    """One line and where it stands."""

    path: str
    text: str
    part: Part
    brief: bool = False


Values = dict[str, Value]
LineCheck = Callable[[Line, WordLists], Values | None]


@dataclass(frozen=True, slots=True)
class LineRule:
    """A rule that looks at one line by itself: what breaks it gives the values for its phrases, else None."""

    code: str
    severity: Severity
    check: LineCheck


def lines_of_routine(routine: Routine) -> Iterator[Line]:
    """Return the lines of the routine itself, without its exercises."""
    yield Line("title", routine.title, Part.TITLE)
    yield from _listed("synonyms", routine.synonyms, Part.NAME)
    yield Line("summary", routine.summary, Part.REMARK)


def lines_of_exercise(path: str, exercise: Exercise, unless: Exercise | None = None) -> Iterator[Line]:
    """Return the lines of an exercise that differ from those of `unless`, whose own they otherwise are."""
    for name, part in _PARTS.items():
        value = getattr(exercise, name)
        if unless is not None and value == getattr(unless, name):
            continue
        at = f"{path}.{name}"
        if isinstance(value, Wording):
            yield from _listed(f"{at}.full", value.full, part)
            yield from _listed(f"{at}.brief", value.brief, part, brief=True)
        elif isinstance(value, tuple):
            yield from _listed(at, value, part)
        else:
            yield Line(at, value, part)


def lines_of_topic(path: str, topic: Topic) -> Iterator[Line]:
    """Return the lines of an advice topic that are spoken."""
    yield Line(f"{path}.title", topic.title, Part.NAME)
    yield from _listed(f"{path}.say", topic.say, Part.REMARK)
    yield from _listed(f"{path}.brief", topic.brief, Part.REMARK)


def spoken_ms(text: str) -> int:
    """Return about how long a line takes to say at the usual rate."""
    return estimate_ms(text, _USUAL_WPM)


def _listed(path: str, texts: tuple[str, ...], part: Part, *, brief: bool = False) -> Iterator[Line]:
    for index, text in enumerate(texts):
        yield Line(f"{path}[{index}]", text, part, brief)


_PARTS = {
    "title": Part.TITLE,
    "synonyms": Part.NAME,
    "needs": Part.NAME,
    "set_up": Part.SET_UP,
    "movement": Part.MOVEMENT,
    "feel": Part.REMARK,
    "breathing": Part.BREATHING,
    "benefit": Part.REMARK,
    "cautions": Part.CAUTION,
}


def _long(line: Line, _: WordLists) -> Values | None:
    if line.part.is_sentence and len(line.text) > MAX_LINE:
        return {"length": len(line.text), "limit": MAX_LINE}
    return None


def _slow(line: Line, _: WordLists) -> Values | None:
    length_ms = spoken_ms(line.text)
    if len(line.text) <= MAX_LINE and length_ms > MAX_LINE_MS:
        return {"seconds": round(length_ms / 1000), "limit": MAX_LINE_MS // 1000}
    return None


def _brief_long(line: Line, _: WordLists) -> Values | None:
    if line.brief and len(line.text) > MAX_BRIEF:
        return {"length": len(line.text), "limit": MAX_BRIEF}
    return None


def _title_long(line: Line, _: WordLists) -> Values | None:
    if line.part is Part.TITLE and len(line.text) > MAX_TITLE:
        return {"length": len(line.text), "limit": MAX_TITLE}
    return None


def _symbol(line: Line, _: WordLists) -> Values | None:
    if _WEB.search(line.text):
        return None
    odd = [mark for mark in line.text if not _is_sayable(mark)]
    return {"symbols": " ".join(dict.fromkeys(odd))} if odd else None


def _is_sayable(mark: str) -> bool:
    return mark == " " or mark in _PUNCTUATION or unicodedata.category(mark)[0] in "LM" or mark.isdecimal()


def _web(line: Line, _: WordLists) -> Values | None:
    return {} if _WEB.search(line.text) else None


def _number_range(line: Line, _: WordLists) -> Values | None:
    found = _NUMBER_RANGE.search(line.text)
    return {"given": found[0]} if found else None


def _abbreviation(line: Line, words: WordLists) -> Values | None:
    found = words.find("abbreviations", line.text)
    return {"words": found} if found else None


def _capitals(line: Line, words: WordLists) -> Values | None:
    shouted = tuple(word for word in _CAPITALS.findall(line.text) if word.isupper())
    found = tuple(word for word in shouted if not words.find("capitals", word))
    return {"words": found} if found else None


def _no_end(line: Line, _: WordLists) -> Values | None:
    return {} if line.part.is_sentence and line.text.rstrip("'\"\u2019\u201d")[-1:] not in (*".!?",) else None


def _title_end(line: Line, _: WordLists) -> Values | None:
    return {} if not line.part.is_sentence and line.text.endswith((".", "!", ":")) else None


def _promise(line: Line, words: WordLists) -> Values | None:
    found = words.find_asserted("promises", line.text)
    return {"words": found} if found else None


LINE_RULES = (
    LineRule("line-long", Severity.ERROR, _long),
    LineRule("line-slow", Severity.WARNING, _slow),
    LineRule("brief-long", Severity.WARNING, _brief_long),
    LineRule("title-long", Severity.WARNING, _title_long),
    LineRule("symbol", Severity.ERROR, _symbol),
    LineRule("web-address", Severity.ERROR, _web),
    LineRule("number-range", Severity.ERROR, _number_range),
    LineRule("abbreviation", Severity.ERROR, _abbreviation),
    LineRule("capitals", Severity.WARNING, _capitals),
    LineRule("no-end", Severity.WARNING, _no_end),
    LineRule("title-end", Severity.WARNING, _title_end),
    LineRule("promise", Severity.WARNING, _promise),
)
