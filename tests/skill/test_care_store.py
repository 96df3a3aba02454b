from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from skill.store import open_store
from tests.skill.care_store_contract import BothStores, CareStoreContract


class TestCareOnSqlite(CareStoreContract):
    @pytest.fixture(name="store")
    def _store(self, tmp_path: Path) -> Iterator[BothStores]:
        with closing(open_store(tmp_path / "steady.db", durable=False)) as store:
            yield store
