"""Phrases: every one that code asks for is there, every one that is there is asked for, in every language."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from babel import Locale

from routines.load import Library, load_routine
from routines.phrases import DEFAULT_LOCALE, Phrase, fields, load_phrases, locales, parse_phrases
from tests.sources import PACKAGES, ROOT, called, parsed, python_files, said_in, templates, text_of_node

PHRASES = load_phrases(DEFAULT_LOCALE)
IDS = frozenset(PHRASES.by_id)

#: What stands for a field of an f-string, and for `{code}` in a pattern that is filled in later.
_FIELD = "\0"
_WORD = re.compile(r"[\w.\0-]+")


def _texts() -> Iterator[tuple[Path, str]]:
    """Yield every string in the code that could be a phrase's id or a part of one."""
    for path in python_files(*PACKAGES):
        for node in ast.walk(parsed(path)):
            text = re.sub(r"\{\w+\}", _FIELD, text_of_node(node, _FIELD))
            if _WORD.fullmatch(text):
                yield path, text
    for path in templates():
        for text in said_in(path, _FIELD):
            yield path, text


def _asked_for() -> Iterator[tuple[Path, str]]:
    """Yield the ids that are handed straight to phrases: `phrases("a.b")`, `say.lines(f"a.{name}")`."""
    for path in python_files(*PACKAGES):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and node.args and _is_phrases(node.func):
                text = text_of_node(node.args[0], _FIELD)
                if text:
                    yield path, text
    for path in templates():
        for text in said_in(path, _FIELD) - {_FIELD}:
            yield path, text


def _is_phrases(func: ast.expr) -> bool:
    names = ("phrases", "_phrases", "say")
    if isinstance(func, ast.Attribute) and func.attr in ("lines", "pick"):
        func = func.value
    return (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in names


def _pattern(text: str, field: str) -> re.Pattern[str]:
    return re.compile(field.join(re.escape(part) for part in text.split(_FIELD)))


def test_every_phrase_that_code_asks_for_is_there() -> None:
    missing = {
        f"{path.name}: {text.replace(_FIELD, '*')}"
        for path, text in _asked_for()
        if not any(_pattern(text, r"[\w.-]+").fullmatch(phrase_id) for phrase_id in IDS)
    }

    assert missing == set()


def test_every_phrase_is_asked_for() -> None:
    """A field of an f-string stands for one name; for a name with dots only if code has that name too."""
    texts = {text for _, text in _texts() if text}
    whole = tuple(text for _, text in _under())
    begun = {text for text in texts if not text.startswith(_FIELD)}
    ids = [text for text in begun if "." in text]
    one_name = [_pattern(text, r"[\w-]+") for text in ids]
    any_name = [_pattern(text, r"([\w.-]+)") for text in ids if text.endswith(_FIELD)]
    names = [_pattern(text, r"[\w-]+") for text in begun]
    ends = {text.removeprefix(_FIELD) for text in texts if text.startswith(f"{_FIELD}.")}

    def is_asked_for(phrase_id: str) -> bool:
        head, dot, end = phrase_id.rpartition(".")
        if phrase_id.startswith(whole) or (head in begun and dot + end in ends):
            return True
        if any(pattern.fullmatch(phrase_id) for pattern in one_name):
            return True
        tails = [found[found.re.groups] for pattern in any_name if (found := pattern.fullmatch(phrase_id))]
        return any(pattern.fullmatch(tail) for tail in tails for pattern in names)

    assert [phrase_id for phrase_id in PHRASES.by_id if not is_asked_for(phrase_id)] == []


def _under() -> Iterator[tuple[Path, str]]:
    """Yield the sections that are taken as a whole: `phrases.under("render.tone")`."""
    for path in python_files(*PACKAGES):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and called(node) == "under" and node.args:
                yield path, f"{text_of_node(node.args[0], _FIELD)}."


# -- languages -------------------------------------------------------------------------------------

#: Lists of words to look for are as long as a language needs, and hold nothing to fill in.
_WORD_LISTS = "check-words."


@pytest.mark.parametrize("locale", locales())
def test_every_language_has_the_same_phrases(locale: str) -> None:
    theirs = load_phrases(locale).by_id

    assert set(theirs) ^ IDS == set()


@pytest.mark.parametrize("locale", locales())
def test_every_language_fills_in_the_same_names(locale: str) -> None:
    theirs = load_phrases(locale).by_id
    differing = {
        phrase_id: fields(theirs[phrase_id]) ^ fields(phrase)
        for phrase_id, phrase in PHRASES.by_id.items()
        if _without_n(theirs[phrase_id]) != _without_n(phrase)
    }

    assert differing == {}


def _without_n(phrase: Phrase) -> frozenset[str]:
    return fields(phrase) - {"n"}  # some plural forms write the number in words: "one minute"


@pytest.mark.parametrize("locale", locales())
def test_every_language_has_the_plural_forms_that_it_needs(locale: str) -> None:
    needed = {*Locale.parse(locale).plural_form.tags, "other"}
    forms = {
        phrase_id: set(phrase)
        for phrase_id, phrase in load_phrases(locale).by_id.items()
        if not isinstance(phrase, (str, tuple))
    }

    assert {phrase_id: have for phrase_id, have in forms.items() if have != needed} == {}


@pytest.mark.parametrize("locale", locales())
def test_every_language_has_every_routine_and_all_advice(locale: str) -> None:
    ours, theirs = Library(DEFAULT_LOCALE), Library(locale)

    assert theirs.ids() == ours.ids()
    assert [topic.id for topic in theirs.advice()] == [topic.id for topic in ours.advice()]


@pytest.mark.parametrize("locale", locales())
def test_no_phrase_file_gives_the_same_name_twice(locale: str) -> None:
    """YAML would silently take the last one."""
    text = (ROOT / "routines" / "phrases" / f"{locale}.yaml").read_text(encoding="utf-8")

    assert list(_twice(yaml.compose(text, Loader=yaml.SafeLoader), locale)) == []


def _twice(node: yaml.Node | None, at: str) -> Iterator[str]:
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        name = f"{at}.{key.value}"
        if key.value in seen:
            yield f"{name} (line {key.start_mark.line + 1})"
        seen.add(key.value)
        yield from _twice(value, name)


_LED_IN = """
import sys
from routines import __file__ as here
from routines.course import Course
from routines.load import load_advice, load_routine
from routines.phrases import load_phrases, locales
from routines.lengths import EstimatedLengths
from routines.plan import Plan
from routines.rules import check_file
from routines.script import Occasion

locale = sys.argv[1]
phrases, routine, topics = load_phrases(locale), load_routine("knee", locale), load_advice(locale)
course = Course(
    routine=routine,
    phrases=phrases,
    topics=topics,
    occasion=Occasion(lead_in=False),
    lengths=EstimatedLengths(),
)
print(here, *locales(), course.timeline(Plan()).cues[0].text, sep="|")
"""


def test_a_language_is_added_by_adding_files_only(tmp_path: Path) -> None:
    """Danish by name, made from the English files in a copy of the package: no line of code is changed."""
    shutil.copytree(ROOT / "routines", tmp_path / "routines", ignore=shutil.ignore_patterns("__pycache__"))
    data = tmp_path / "routines"
    english = (data / "phrases" / "en.yaml").read_text(encoding="utf-8")
    danish = english.replace('"Welcome. This is the {routine}."', '"Velkommen. Dette er {routine}."')
    (data / "phrases" / "da.yaml").write_text(danish, encoding="utf-8")
    shutil.copytree(data / "library" / "en", data / "library" / "da")

    done = subprocess.run(
        [sys.executable, "-c", _LED_IN, "da"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    where, *there, first = done.stdout.strip().split("|")
    assert Path(where).is_relative_to(tmp_path)
    assert there == sorted({*locales(), "da"})
    assert first == f"Velkommen. Dette er {load_routine('knee').title}."


def test_a_language_with_more_plural_forms_takes_the_right_one() -> None:
    text = "left: {one: '{n} minuta', few: '{n} minuty', many: '{n} minuty dlouha', other: '{n} minut'}"
    czech = parse_phrases("cs", text)

    assert [czech("left", n=n) for n in (1, 3, 5)] == ["1 minuta", "3 minuty", "5 minut"]
