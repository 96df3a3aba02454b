from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from skill.care.records import ConsentKind, Role
from tests.skill.care.household import new_household
from tests.skill.home.parts import Evening, Room, coach_of


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    with new_household(tmp_path) as home:
        ben = home.caregiver("Ben", Role.START)
        home.allow(ben, ConsentKind.START)
        room = Room(home.clock)
        yield Evening(home, room, coach_of(home.house, room), ben)
