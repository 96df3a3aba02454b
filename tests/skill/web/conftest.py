"""What tests of a tablet's page begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skill.care.records import ConsentKind, DeviceKind
from tests.skill.web.tablet import Tablet, pairing


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Callable[[DeviceKind], Tablet]]:
    with pairing(tmp_path) as paired:
        yield paired


@pytest.fixture
def tablet(pair: Callable[[DeviceKind], Tablet]) -> Tablet:
    """Return Anna's tablet; she has allowed Hanna everything."""
    found = pair(DeviceKind.BROWSER)
    found.home.allow(found.home.owner, *ConsentKind)
    return found
