from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.skill.care.household import Household, new_household


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    with new_household(tmp_path) as household:
        yield household
