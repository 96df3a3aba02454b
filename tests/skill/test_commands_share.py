"""`steady share`: the person's word about caregivers, by key on their own machine."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from skill.care.house import House
from skill.care.records import Caregiver, ConsentKind, Role
from skill.care.secrets import Passwords
from skill.ports import ME
from skill.store import open_store
from tests.skill.care.household import PASSWORD, Clock
from tests.skill.command_line import Home


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def with_caregivers(home: Home) -> None:
    """Olga owns the household; two others, both called Ben, look after the person."""
    with closing(open_store(home.database)) as store:
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        house = House(store, store, now=Clock(), passwords=cheap)
        olga = house.accept(house.new_setup_secret(), name="Olga", login="olga", password=PASSWORD)
        house.add_person(olga, "Maria", "UTC")
        for login in ("ben1", "ben2"):
            secret = house.invite_caregiver(olga, {ME: Role.START})
            house.accept(secret, name="Ben", login=login, password=PASSWORD)


def allowed(home: Home, login: str) -> frozenset[ConsentKind]:
    with closing(open_store(home.database)) as store:
        house = House(store, store, now=Clock())
        who: Caregiver = next(one for one in store.caregivers() if one.login == login)
        return house.consents(ME, who.id)


def test_without_caregivers_it_says_how_there_would_be_some(home: Home) -> None:
    ran = home.steady("share")

    assert ran.code == 0
    assert "steady serve" in ran.out


def test_it_shows_everybody_and_that_nobody_may_anything_at_first(home: Home) -> None:
    with_caregivers(home)

    lines = home.steady("share").out.splitlines()

    assert sorted(line for line in lines if "signs in as" in line) == [
        "Ben (signs in as ben1)", "Ben (signs in as ben2)", "Olga (signs in as olga)",
    ]  # fmt: skip
    assert [line.split()[:2] for line in lines[1:5]] == [
        ["start", "no"], ["at-once", "no"], ["done", "no"], ["pain", "no"],
    ]  # fmt: skip


def test_what_is_given_counts_for_that_caregiver_alone(home: Home) -> None:
    with_caregivers(home)

    ran = home.steady("share", "give", "OLGA", "at-once", "--yes")

    assert ran.code == 0
    assert "Olga may now start you without asking first" in ran.out
    assert allowed(home, "olga") == {ConsentKind.AT_ONCE}
    assert allowed(home, "ben1") == frozenset()


def test_everything_can_be_taken_back_from_one_or_from_all(home: Home) -> None:
    with_caregivers(home)
    for login in ("olga", "ben1"):
        assert home.steady("share", "give", login, "done", "--yes").code == 0

    assert home.steady("share", "stop", "olga").code == 0
    assert allowed(home, "olga") == frozenset()
    assert allowed(home, "ben1") == {ConsentKind.DONE}

    assert home.steady("share", "stop").code == 0
    assert allowed(home, "ben1") == frozenset()


def test_nothing_is_given_where_nobody_could_be_asked(home: Home) -> None:
    with_caregivers(home)

    ran = home.steady("share", "give", "olga", "done")

    assert (ran.code, allowed(home, "olga")) == (3, frozenset())
    assert "--yes" in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("give", "ben", "done"), "by their sign-in name"),
        (("give", "eve", "done"), "no caregiver called 'eve'"),
        (("give", "olga", "everything"), "start, at-once, done, pain"),
        (("give",), "start, at-once, done, pain"),
        (("stop", "eve"), "no caregiver called 'eve'"),
    ],
)
def test_what_is_not_clear_changes_nothing_and_says_what_there_is(
    home: Home, words: tuple[str, ...], told: str
) -> None:
    with_caregivers(home)

    ran = home.steady("share", *words, "--yes")

    assert ran.code == 3
    assert told in ran.err


def test_a_database_that_keeps_no_caregivers_is_told(home: Home) -> None:
    ran = home.steady("share", STEADY_DATABASE_URL="dynamodb://table?region=eu-west-1")

    assert ran.code == 3
    assert "DynamoDB" in ran.err
