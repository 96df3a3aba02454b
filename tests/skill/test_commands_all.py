from __future__ import annotations

from pathlib import Path

import pytest

from skill.cli import COMMANDS
from tests.skill.command_line import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples_of_itself(home: Home, name: str) -> None:
    ran = home.steady(name, "--help")

    assert ran.code == 0
    assert f"  steady {name}" in ran.out.partition("Examples:")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(home: Home, name: str) -> None:
    options = home.steady(name, "--help").out.partition("Options:")[2].partition("Examples:")[0]
    starts = [line for line in options.splitlines() if line.startswith("  -")]
    undescribed = [
        line
        for line, after in zip(options.splitlines(), [*options.splitlines()[1:], ""], strict=True)
        if line in starts and "  " not in line.strip() and not after.startswith("     ")
    ]

    assert starts
    assert undescribed == []


def test_the_group_lists_every_command_with_a_line(home: Home) -> None:
    ran = home.steady("--help")

    assert ran.code == 0
    listed = {line.split()[0]: line.split()[1:] for line in ran.out.splitlines() if line.startswith("  ")}
    assert all(listed.get(name) for name in COMMANDS)


def test_a_mistyped_command_is_answered_with_the_nearest(home: Home) -> None:
    ran = home.steady("rendr")

    assert ran.code == 2
    assert "Did you mean 'steady render'?" in ran.err


def test_an_unknown_option_is_not_understood(home: Home) -> None:
    assert home.steady("show", "--nonsense").code == 2


@pytest.mark.parametrize(
    "args", [("list",), ("plan",), ("advice",), ("check", "knee"), ("show", "--estimate"), ("--version",)]
)
def test_a_command_that_only_shows_keeps_nothing(home: Home, args: tuple[str, ...]) -> None:
    assert home.steady(*args).code == 0
    assert list(home.folder.iterdir()) == []


def test_a_reader_that_goes_away_is_no_error(home: Home) -> None:
    with home.start("show", "--estimate", "knee", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_and_says_how_to_install_it(home: Home, shell: str) -> None:
    ran = home.steady("completion", shell)

    assert ran.code == 0
    assert "_STEADY_COMPLETE" in ran.out
    assert f"steady completion {shell}" in ran.err


def test_completion_guesses_the_shell(home: Home) -> None:
    assert "zsh" in home.steady("completion", SHELL="/usr/bin/zsh").err


def test_completion_for_an_unknown_shell_asks_for_its_name(home: Home) -> None:
    ran = home.steady("completion", SHELL="/bin/nu")

    assert (ran.code, ran.out) == (3, "")
    assert "steady completion bash" in ran.err


def test_the_shell_completes_names_of_routines(home: Home) -> None:
    complete = {"_STEADY_COMPLETE": "bash_complete", "COMP_WORDS": "steady show knee", "COMP_CWORD": "2"}

    assert home.steady(**complete).out.split() == ["plain,knee", "plain,knee-short"]
