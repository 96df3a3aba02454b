"""`steady list` and `steady check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.skill.command_line import Home

MINE = """
format: 1
id: mine
title: my routine
summary: One thing that does me good.
source: "My physiotherapist, on paper"
exercises:
  - {from: knee, id: knee-bends}
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.routines.mkdir(parents=True)
    return home


def test_list_says_how_long_a_routine_takes_and_what_is_needed(home: Home) -> None:
    out = home.steady("list").out

    assert "knee-short: Short knee routine" in out
    assert "About 7 minutes at your plan, 2 exercises: inner-thigh squeeze and controlled knee bends." in out
    assert "You need a firm chair and a soft ball" in out


def test_list_goes_by_the_persons_plan(home: Home) -> None:
    usual = {entry["id"]: entry["minutes"] for entry in home.steady("list", "--json").data}
    home.steady("plan", "--pace", "200")
    slow = {entry["id"]: entry["minutes"] for entry in home.steady("list", "--json").data}

    assert slow["knee-short"] > usual["knee-short"]


def test_list_has_the_persons_own_routines(home: Home) -> None:
    file = home.routines / "mine.yaml"
    file.write_text(MINE)
    ran = home.steady("list")

    assert "mine: My routine" in ran.out
    assert f"A routine of your own: {file}" in ran.out


def test_list_goes_on_past_a_file_at_fault(home: Home) -> None:
    (home.routines / "broken.yaml").write_text("id: [")
    ran = home.steady("list")

    assert ran.code == 0
    assert "broken: cannot be used as it is." in ran.out
    assert "knee: " in ran.out


def test_a_sound_file_is_ok(home: Home) -> None:
    file = home.routines / "mine.yaml"
    file.write_text(MINE)
    ran = home.steady("check", str(file), "knee", "advice", "mine")

    assert ran.code == 0
    assert ran.out == "".join(f"{name}: nothing is wrong.\n" for name in (file, "knee", "advice", "mine"))


def test_all_faults_are_told_with_their_places_and_hints(home: Home) -> None:
    file = home.folder / "wrong.yaml"
    file.write_text(MINE.replace("id: mine", "id: Mine!").replace("knee-bends", "knee-flips"))
    ran = home.steady("check", str(file))
    lines = ran.out.splitlines()

    assert ran.code == 3
    assert (lines[0], lines[3]) == (f"{file}:3: id", f"{file}:8: exercises[0].id")
    assert [line.split(":")[0] for line in lines if line.startswith("  ")] == ["  error", "  hint"] * 2
    assert lines[6] == f"{file}: 2 errors."


def test_warnings_alone_leave_a_file_usable(home: Home) -> None:
    file = home.folder / "other-name.yaml"
    file.write_text(MINE)
    ran = home.steady("check", str(file))

    assert ran.code == 0
    assert "\n  warning: " in ran.out
    assert ran.out.splitlines()[-1] == f"{file}: one warning."


def test_one_bad_file_among_good_ones_is_enough(home: Home) -> None:
    ran = home.steady("check", "knee", str(home.folder / "not-there.yaml"), "--json")

    assert ran.code == 3
    assert [(one["file"], one["ok"]) for one in ran.data] == [
        ("knee", True),
        (str(home.folder / "not-there.yaml"), False),
    ]
    assert ran.data[1]["faults"][0]["code"] == "unreadable"


def test_errors_come_before_warnings(home: Home) -> None:
    file = home.folder / "other-name.yaml"
    own = "  - {from: knee, id: knee-bends}\n"
    text = MINE.replace(own, own.replace("}", "}\n") + own.replace("knee-bends", "wall-slides"))
    file.write_text(text.replace("One thing that does me good.", "It cures (really)."))
    marks = [
        line.split(":")[0] for line in home.steady("check", str(file)).out.splitlines() if line[0] == " "
    ]
    kinds = [mark for mark in marks if mark != "  hint"]

    assert set(kinds) == {"  error", "  warning"}
    assert kinds == sorted(kinds)
