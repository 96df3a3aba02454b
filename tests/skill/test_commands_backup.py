"""`steady backup` and `steady restore`."""

from __future__ import annotations

import stat
from contextlib import closing
from pathlib import Path

import pytest

from routines.phrases import load_phrases
from skill.errors import EXIT_INPUT
from skill.ports import ME
from skill.store import open_store
from skill.store.backup_file import BackupFault
from tests.skill.command_line import Home
from tests.skill.store_contract import begin


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    with closing(open_store(home.database)) as store:
        begin(store)
    home.routines.mkdir()
    (home.routines / "mine.yaml").write_text("title: mine\n", encoding="utf-8")
    return home


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "coach.zip")


def sessions(home: Home) -> int:
    with closing(open_store(home.database)) as store:
        return len(store.history(ME))


def test_a_backup_goes_to_another_computer(home: Home, file: str, tmp_path: Path) -> None:
    made = home.steady("backup", file)
    other = Home(tmp_path / "other")
    restored = other.steady("restore", file)

    assert (made.code, restored.code) == (0, 0)
    assert file in made.out
    assert "Keep it where nobody else can read it" in made.out
    assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
    assert sessions(other) == 1
    assert (other.routines / "mine.yaml").exists()


def test_what_is_here_stays_unless_it_is_to_be_replaced(home: Home, file: str) -> None:
    home.steady("backup", file)
    with closing(open_store(home.database)) as store:
        begin(store, "s2")

    refused = home.steady("restore", file)
    assert refused.code == EXIT_INPUT
    assert "--replace" in refused.err
    assert sessions(home) == 2

    replaced = home.steady("restore", "--replace", file)
    assert replaced.code == 0
    assert sessions(home) == 1

    (safety,) = (home.folder / "data" / "backups").iterdir()
    assert str(safety) in replaced.out
    assert home.steady("restore", "--replace", str(safety)).code == 0
    assert sessions(home) == 2


def test_a_file_that_is_there_is_written_over_only_when_asked(home: Home, file: str) -> None:
    home.steady("backup", file)

    refused = home.steady("backup", file)
    assert (refused.code, refused.out) == (EXIT_INPUT, "")
    assert "--overwrite" in refused.err
    assert home.steady("backup", "--overwrite", file).code == 0


def test_what_cannot_be_restored_is_told_in_plain_words(home: Home, file: str) -> None:
    Path(file).write_text("Dear diary", encoding="utf-8")

    ran = home.steady("restore", file)

    assert ran.code == EXIT_INPUT
    assert ran.err == (
        f"This is not a backup of the coach: {file}\n"
        "Name a file that steady backup has made. Nothing was changed.\n"
    )
    assert not (home.folder / "data" / "backups").exists()


@pytest.mark.parametrize("fault", BackupFault)
def test_every_fault_of_a_backup_has_its_words_and_a_remedy(fault: BackupFault) -> None:
    phrases = load_phrases()

    assert phrases(f"backup.error.{fault}", where="coach.zip")
    assert phrases(f"backup.remedy.{fault}")
