from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest

from skill.store import open_store
from skill.store.sql import SqlStore
from tests.skill.care_store_contract import CareStoreContract
from tests.skill.store_contract import StoreContract


@pytest.fixture(name="store")
def _store(postgres_url: str) -> Iterator[SqlStore]:
    with closing(open_store(postgres_url, str(uuid4()))) as store:
        yield store


class TestStoreOnPostgres(StoreContract):
    pass


class TestCareOnPostgres(CareStoreContract):
    pass
