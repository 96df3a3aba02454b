"""The store in DynamoDB, against moto: boto3 as it is, and a service that keeps everything here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from skill.bootstrap import open_database
from skill.ports import ME, Store, StoreError, StoreFault
from skill.store_dynamo import DynamoStore
from tests.skill.store_contract import DAY, NOW, PLAN, StoreContract, at, begin, wall_slides

pytest.importorskip("boto3")
ClientError = pytest.importorskip("botocore.exceptions").ClientError
moto = pytest.importorskip("moto")

URL = "dynamodb://steady?region=eu-west-1"


@pytest.fixture(autouse=True)
def _cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with moto.mock_aws():
        yield


class TestDynamoStore(StoreContract):
    @pytest.fixture(name="store")
    def _store(self, _cloud: None) -> Iterator[Store]:
        with closing(DynamoStore.open(URL)) as store:
            yield store


class _Meanwhile:
    """A client of boto3 during whose next write somebody else writes first."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.meanwhile: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **asked: Any) -> Any:
        if self.meanwhile:
            self.meanwhile.pop()()
        return self._client.put_item(**asked)


def test_of_two_writers_at_once_neither_is_lost() -> None:
    first = DynamoStore.open(URL)
    begin(first)
    client = _Meanwhile(first._client)
    second = DynamoStore(client, "steady")
    client.meanwhile.append(lambda: first.record("s1", [wall_slides(1)], {"block": 1}, at(1)))

    assert second.record("s1", [wall_slides(2)], {"block": 2}, at(2)) == 1

    keys = [event.key for event in first.history(ME)[0].events]
    assert keys == ["started", "done:wall-slides/1/-:0", "done:wall-slides/2/-:0"]
    assert [event.seq for event in first.history(ME)[0].events] == [1, 2, 3]


def test_of_two_plans_at_once_both_are_versions() -> None:
    first = DynamoStore.open(URL)
    client = _Meanwhile(first._client)
    client.meanwhile.append(lambda: first.save_plan(ME, PLAN, "me", NOW))
    DynamoStore(client, "steady").save_plan(ME, PLAN.slower(), "anna", NOW)

    assert [(version.version, version.by) for version in first.plan_versions(ME)] == [(1, "me"), (2, "anna")]


def test_who_never_gets_through_is_told() -> None:
    first = DynamoStore.open(URL)
    begin(first)
    client = _Meanwhile(first._client)
    client.meanwhile += [lambda n=n: first.record("s1", [wall_slides(n + 1)], {}, at(n)) for n in range(40)]

    with pytest.raises(StoreError) as told:
        DynamoStore(client, "steady").record("s1", [wall_slides(99)], {}, at(99))
    assert told.value.code is StoreFault.LOCKED


class _Busy(_Meanwhile):
    """A client of boto3 whose first write together meets another one in the making."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.times = 1

    def transact_write_items(self, **asked: Any) -> Any:
        self.times -= 1
        if self.times >= 0:
            told = {"Error": {"Code": "TransactionCanceledException"}}
            reasons = {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]}
            raise ClientError(told | reasons, "TransactWriteItems")
        return self._client.transact_write_items(**asked)


def test_a_session_is_begun_although_another_write_was_in_the_making() -> None:
    first = DynamoStore.open(URL)
    begin(DynamoStore(_Busy(first._client), "steady"))

    assert len(first.history(ME)) == 1


def test_a_service_that_refuses_is_an_error_of_the_store() -> None:
    store = DynamoStore.open(URL)
    store._client.delete_table(TableName="steady")

    with pytest.raises(StoreError) as told:
        store.plan(ME)
    assert told.value.code is StoreFault.FAILED


def test_what_is_kept_is_there_when_opened_again() -> None:
    begin(DynamoStore.open(URL))

    assert len(DynamoStore.open(URL).history(ME)) == 1


def test_a_history_of_many_pages_is_whole() -> None:
    store = DynamoStore.open(URL)
    for n in range(8):
        begin(store, f"s{n}", when=at(n))
        long = [replace(wall_slides(part + 1), data={"x": "x" * 1000}) for part in range(200)]
        store.record(f"s{n}", long, {}, at(n))

    assert [len(session.events) for session in store.history(ME)] == [201] * 8


def test_forgetting_leaves_not_one_item() -> None:
    store = DynamoStore.open(URL)
    begin(store)
    store.save_plan(ME, PLAN, "me", NOW)
    store.set_note(ME, "k", 1, NOW)
    store.new_link_code(ME, NOW, DAY)
    store.set_alias("alexa:1", ME, NOW)
    store.set_alias(ME, "anna", NOW)

    store.forget("anna")

    assert store._client.scan(TableName="steady")["Items"] == []


def test_the_address_chooses_it() -> None:
    with closing(open_database(URL)) as store:
        assert isinstance(store, DynamoStore)


@pytest.mark.parametrize("url", ["dynamodb://", "dynamodb://steady?zone=1", "dynamodb://steady"])
def test_an_address_that_says_too_little_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")

    with pytest.raises(StoreError) as told:
        DynamoStore.open(url)
    assert told.value.code is StoreFault.ADDRESS


def test_without_the_package_it_says_which_is_missing() -> None:
    code = (
        "import sys; sys.modules['boto3'] = None\n"
        "from skill.ports import StoreError\nfrom skill.bootstrap import open_database\n"
        f"try:\n    open_database('{URL}')\nexcept StoreError as error:\n    print(error.code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "no_package"
