from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from skill.care.errors import CareError
from skill.care.secrets import Passwords, check_strength, digest, new_id, new_key

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def test_a_key_is_never_what_is_kept_of_it() -> None:
    key = new_key()

    assert len(key) >= 43
    assert digest(key) != key
    assert digest(key) == digest(key)
    assert digest(new_key()) != digest(key)


def test_ids_differ() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


def test_only_the_password_itself_fits() -> None:
    passwords = Passwords(CHEAP)
    kept = passwords.hash("quiet green hills")

    assert kept.startswith("$argon2id$")
    assert "quiet" not in kept
    assert passwords.fits("quiet green hills", kept)
    assert not passwords.fits("Quiet green hills", kept)
    assert not passwords.fits("", kept)


def test_nothing_fits_where_nothing_is_kept() -> None:
    assert not Passwords(CHEAP).fits("quiet green hills", None)


def test_a_damaged_hash_fits_nothing() -> None:
    assert not Passwords(CHEAP).fits("quiet green hills", "no hash at all")


def test_a_password_without_end_is_not_hashed() -> None:
    passwords = Passwords(CHEAP)

    assert not passwords.fits("x" * 1_000_000, passwords.hash("x" * 50))


def test_the_usual_cost_is_argon2s_own() -> None:
    kept = Passwords().hash("quiet green hills")

    assert "m=65536,t=3,p=4" in kept


@pytest.mark.parametrize(
    "weak", ["", "short", "nine char", "aaaaaaaaaaaaaa", "ababababab", "Mary.Jones", "x" * 201]
)
def test_a_weak_password_is_refused(weak: str) -> None:
    with pytest.raises(CareError) as caught:
        check_strength(weak, "Mary", "mary.jones")

    assert caught.value.code == "password-weak"


@pytest.mark.parametrize("good", ["quiet green hills", "correct horse", "Tr0ub4dor&3", "x1y2z3w4v5" * 20])
def test_a_longer_one_is_good(good: str) -> None:
    check_strength(good, "Mary", "mary.jones")
