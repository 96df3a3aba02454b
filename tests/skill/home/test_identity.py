from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from routines.phrases import load_phrases
from skill.care.gate import a_name
from skill.home.identity import own_id, own_name


def test_a_machine_stays_the_same_device(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    assert own_id(folder) == own_id(folder)
    assert len(own_id(folder)) >= 8


def test_several_who_ask_at_once_are_told_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(own_id, [tmp_path] * 8))) == 1


def test_a_machine_has_a_name_to_choose_it_by() -> None:
    name = own_name(load_phrases())

    assert a_name(name) == name
