"""The project's pages say what is true: commands, keys, packages, folders, the diagram, the picture."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from routines.diagram import mermaid, table
from routines.phrases import load_phrases
from skill.cli import COMMANDS, build
from skill.errors import EXIT_ENVIRONMENT, EXIT_INPUT, EXIT_INTERRUPTED, EXIT_LED_ELSEWHERE
from skill.terminal.actions import KEYMAP
from skill.terminal.palette import svg
from tests import picture
from tests.sources import PACKAGES, ROOT, parsed, python_files, text_of_node

README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PHRASES = load_phrases()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def rows(heading: str) -> dict[str, str]:
    """Return a table of the README: what stands in code in a row's first cell -> the other cells."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found: dict[str, str] = {}
    for line in section.splitlines():
        if line.startswith("| `"):
            first, *others = (cell.strip() for cell in line.strip("|").split(" | "))
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", first), " | ".join(others))
    return found


def in_words(usage: str) -> str:
    return usage.split()[1]


# -- README ----------------------------------------------------------------------------------------


def test_the_first_screen_has_a_sentence_a_picture_and_the_two_commands() -> None:
    first_screen = README.splitlines()[:20]

    assert any("docs/terminal.svg" in line for line in first_screen)
    assert 'pip install ".[voice]" && steady start knee' in first_screen
    assert 'pip install -e ".[voice,test]" && pytest' in first_screen


def test_every_command_is_documented() -> None:
    assert sorted(map(in_words, rows("Commands"))) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name: str) -> None:
    done = CliRunner().invoke(build(PHRASES), [name, "--help"])

    assert done.exit_code == 0
    assert "Examples:" in done.output
    assert f"steady {name}" in done.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_whose_help_there_is_exists(name: str) -> None:
    shown = CliRunner().invoke(build(PHRASES), [name, "--help"]).output
    told = [phrase_id.rpartition(".")[2] for phrase_id in PHRASES.under(f"cli.{name}.options")]

    assert [option for option in told if f"--{option}" not in shown] == []


def test_every_option_that_the_readme_names_exists() -> None:
    helps = [CliRunner().invoke(build(PHRASES), [name, "--help"]).output for name in COMMANDS]
    named = set(re.findall(r"--[a-z][a-z-]+", README)) - {"--help"}

    assert {option for option in named if not any(option in text for text in helps)} == set()


def test_every_key_is_documented() -> None:
    assert set(rows("While it runs")) == set(KEYMAP)


def test_every_package_is_documented() -> None:
    required = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["voice"]]
    names = {re.split(r"[^\w-]", line)[0] for line in required}

    assert set(rows("What it is built on")) == names


def test_every_variable_is_documented() -> None:
    """Those of the coach on one computer in the README, others on the page of what they belong to."""
    literals = {text_of_node(node, "") for path in python_files(*PACKAGES) for node in ast.walk(parsed(path))}
    read = {text for text in literals if re.fullmatch(r"STEADY_[A-Z_]+", text)}
    told = {name for page in PAGES for name in re.findall(r"`(STEADY_[A-Z_]+)`", page.read_text("utf-8"))}

    assert set(rows("Your data")) <= read
    assert read - told == set()


def test_the_exit_codes_are_the_real_ones() -> None:
    line = README.split("Exit codes: ")[1].split("\n\n")[0]

    assert re.findall(r"\b(\d+) ", line) == [
        "0", "2", str(EXIT_INPUT), str(EXIT_ENVIRONMENT), str(EXIT_LED_ELSEWHERE),
        str(EXIT_INTERRUPTED),
    ]  # fmt: skip


# -- all pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(rf"`((?:{'|'.join(PACKAGES)}|tests|bench)/[\w./-]+)`", text))

    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_changelog_tells_of_this_version() -> None:
    assert PROJECT["version"] == metadata.version("steady-coach")
    section = CHANGELOG.split(f"## [{PROJECT['version']}]")[1]
    assert "- " in section


# -- generated parts -------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "now"), [("diagram", f"```mermaid\n{mermaid()}\n```"), ("table", table())])
def test_the_session_in_the_docs_is_drawn_from_its_table(name: str, now: str) -> None:
    """If not: `python -m routines.diagram` prints both."""
    kept = ARCHITECTURE.split(f"<!-- {name} -->\n")[1].split(f"\n<!-- end of {name} -->")[0]

    assert kept == now


def test_the_diagram_can_be_printed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "routines.diagram"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == f"{mermaid()}\n\n{table()}\n"


def test_the_picture_shows_the_terminal_as_it_is() -> None:
    """If not: `python -m tests.picture` draws it anew."""
    kept = picture.PATH.read_text(encoding="utf-8")

    assert picture.texts(kept) == picture.texts(svg(picture.frame(), "steady start knee"))


def test_the_picture_asks_no_server_for_anything() -> None:
    assert re.findall(r"url\(['\"]?http[^)]*\)|href=['\"]http[^'\"]*", picture.PATH.read_text()) == []
