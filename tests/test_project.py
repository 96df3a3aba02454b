"""What holds for the code as a whole: words, imports, and what happens when nothing was asked for."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import PACKAGES, ROOT, is_call_to_error, modules, parsed, python_files, text_of_node

# -- words -----------------------------------------------------------------------------------------

#: Texts of three words and more that no person is shown, with the reason.
_NOT_FOR_PEOPLE = {
    "mapping values are not allowed": "the YAML parser's own message, which is looked for",
    "no sound was asked for in {} s": "an error's detail, shown by the doctor beside the remedy",
}
#: What programs say to one another: SQL, markup, HTTP headers, expressions of APL.
_PROTOCOL = re.compile(r"^(SELECT|UPDATE|PRAGMA|INSERT|DELETE) |[<>=]|'none'|\bMath\.|\b100 \* ")


def _sentences(path: Path) -> Iterator[str]:
    """Yield what reads like a sentence in the code: three words and more, outside docstrings and errors.

    What an error says when it is raised is for developers; the edge tells people with a phrase.
    """
    tree = parsed(path)
    inside_errors: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) or is_call_to_error(node):
            inside_errors.update(ast.walk(node))
        if isinstance(node, (ast.Expr, ast.JoinedStr)):  # a docstring; a part of an f-string
            inside_errors.update(child for child in ast.walk(node) if isinstance(child, ast.Constant))
    for node in ast.walk(tree):
        text = "" if node in inside_errors else text_of_node(node, "{}")
        if len(re.findall(r"[^\W\d_]{2,}", text)) >= 3 and " " in text.strip() and not _PROTOCOL.search(text):
            yield text


@pytest.mark.parametrize("path", python_files(*PACKAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_for_people_stands_in_code(path: Path) -> None:
    assert [text for text in _sentences(path) if text not in _NOT_FOR_PEOPLE] == []


#: How a text would speak of the way of working instead of the project. The brackets keep this list from
#: finding itself.
_WORKSHOP = re.compile(
    r"(/wor[k]/|/tm[p]/|\bissue[ ]#?\d|\bhelper[ ]agent|\bsub-?agent|\blanguage model\b)", re.IGNORECASE
)


def test_no_file_speaks_of_how_it_was_made() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    found = {}
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and (hit := _WORKSHOP.search(path.read_text(encoding="utf-8", errors="ignore"))):
            found[name] = hit[0]

    assert found == {}


# -- purity ----------------------------------------------------------------------------------------

#: What cannot reach the world; and those modules that stand at its edge, with what they may use besides.
_PURE = {"__future__", "collections", "dataclasses", "difflib", "enum", "functools", "math", "operator", "re"}
_PURE |= {"string", "typing", "unicodedata"}
_EDGE = {
    "load.py": {"importlib", "pathlib"},  # reads routine and advice files
    "phrases.py": {"importlib"},  # reads phrase files
    "advice.py": {"importlib"},  # reads the words that questions are made of
    "rules.py": {"pathlib"},  # is given paths of files to check
    "progress.py": {"datetime"},  # days, as values; asks for no time
    "diagram.py": {"sys"},  # writes the diagram for the docs
}


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("path", python_files("routines"), ids=lambda path: path.name)
def test_routines_reach_the_world_only_at_their_edge(path: Path) -> None:
    standard = _imported(path) & sys.stdlib_module_names

    assert standard <= _PURE | _EDGE.get(path.name, set())


#: A clock read in pure code would make its results depend on when it is called.
_CLOCK = re.compile(r"\b(datetime\.now|date\.today|utcnow|monotonic|perf_counter|time\.time)\b")


@pytest.mark.parametrize("path", python_files("routines"), ids=lambda path: path.name)
def test_routines_read_no_clock(path: Path) -> None:
    assert _CLOCK.search(path.read_text(encoding="utf-8")) is None


# -- imports ---------------------------------------------------------------------------------------

_IMPORT_ALL = """
import contextlib, importlib, sys, threading

FORBIDDEN = ("socket.", "subprocess.", "sqlite3.connect", "os.mkdir")
FORBIDDEN += ("os.system", "os.exec", "os.fork", "os.posix_spawn")

def guard(event, args):
    if event.startswith(FORBIDDEN) and watching:
        raise SystemExit(f"{current}: {event} {args}")
    if event == "open" and watching and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        if not str(args[0]).endswith((".pyc", ".pyo")) and "__pycache__" not in str(args[0]):
            raise SystemExit(f"{current}: opens {args[0]} for writing")

for heavy in sys.argv[1].split():  # what others do when they are imported is theirs
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(heavy)
current, watching = "", True
sys.addaudithook(guard)
for current in sys.argv[2].split():
    try:
        importlib.import_module(current)
    except ModuleNotFoundError as error:  # an extra that is not installed
        if error.name.partition(".")[0] in ("routines", "speech", "skill"):
            raise
    others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if others:
        raise SystemExit(f"{current}: starts {others}")
"""

_HEAVY = (
    "alembic babel blessed click lameenc miniaudio numpy plotext rich snowballstemmer soundfile sqlalchemy"
    " ask_sdk_core ask_sdk_model cryptography flask orjson waitress"
)


def test_nothing_happens_when_modules_are_imported() -> None:
    """No thread, no process, no connection, no file written; in a fresh interpreter."""
    names = [name for name in modules() if not name.endswith(_RUN_NOT_IMPORTED)]
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL, _HEAVY, " ".join(names)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


#: Alembic runs `env` itself, inside a migration; a `__main__` is there to be run.
_RUN_NOT_IMPORTED = (".migrations.env", ".__main__")

_LOADED = "import sys, {module}; print(*(name for name in sys.argv[1:] if name in sys.modules))"


@pytest.mark.parametrize("module", ["skill.cli", "skill.commands.start", "skill.sound_out", "skill.live"])
def test_the_way_to_the_first_sound_loads_no_database_and_no_plot(module: str) -> None:
    """What is slow to import comes while the first tone sounds, or not at all."""
    slow = ["sqlalchemy", "alembic", "plotext", "soundfile", "lameenc", "babel", "rich", "blessed"]
    slow += ["numpy"] if module in ("skill.cli", "skill.commands.start") else []
    done = subprocess.run(
        [sys.executable, "-c", _LOADED.format(module=module), *slow],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == []
