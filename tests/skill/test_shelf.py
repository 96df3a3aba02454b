"""Routines at hand, and read again when a file has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from routines.faults import RoutineFaults
from routines.load import routine_ids
from skill.errors import UserError
from skill.settings import Settings
from skill.shelf import LOOK_EVERY_S, Shelf

LIBRARY = Path(__file__).parents[2] / "routines" / "library" / "en"


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def shelf(tmp_path: Path, seconds: Seconds) -> Shelf:
    (tmp_path / "routines").mkdir()
    settings = Settings(data_folder=tmp_path, cache_folder=tmp_path, locale="en", database=tmp_path / "db")
    return Shelf(settings, seconds)


def write_own(folder: Path, title: str) -> None:
    text = (LIBRARY / "knee-short.yaml").read_text("utf-8")
    lines = [f"title: {title}" if line.startswith("title:") else line for line in text.splitlines()]
    (folder / "routines" / "mine.yaml").write_text("\n".join(lines).replace("id: knee-short", "id: mine", 1))


def test_a_routine_is_read_once(shelf: Shelf) -> None:
    assert shelf.routine("knee") is shelf.routine("knee")
    assert shelf.routine("knee").id == "knee"


def test_every_routine_is_there(shelf: Shelf) -> None:
    assert [routine.id for routine in shelf.routines()] == list(routine_ids())
    assert shelf.routines() is shelf.routines()


def test_a_file_that_is_added_is_found_soon(shelf: Shelf, tmp_path: Path, seconds: Seconds) -> None:
    with pytest.raises(UserError):
        shelf.routine("mine")
    before = len(shelf.routines())
    write_own(tmp_path, "My own routine")
    seconds.now += LOOK_EVERY_S

    assert shelf.routine("mine").title == "My own routine"
    assert len(shelf.routines()) == before + 1


def test_a_file_that_has_changed_is_read_again_soon(shelf: Shelf, tmp_path: Path, seconds: Seconds) -> None:
    write_own(tmp_path, "My own routine")
    assert shelf.routine("mine").title == "My own routine"
    write_own(tmp_path, "Another title now")
    seconds.now += LOOK_EVERY_S

    assert shelf.routine("mine").title == "Another title now"


def test_a_file_at_fault_is_told_each_time(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "routines" / "mine.yaml").write_text("format: 1\n")
    for _ in range(2):
        with pytest.raises(RoutineFaults):
            shelf.routine("mine")
