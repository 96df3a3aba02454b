"""`steady serve` as the coach's home: the first way in, who can reach it, and how it ends."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from argon2 import PasswordHasher

from routines.phrases import load_phrases
from skill.care.house import House
from skill.care.records import Consent, ConsentKind, ConsentState
from skill.care.secrets import Passwords
from skill.commands.serve import base_of, qr_code, tell_household
from skill.household import Household
from skill.ports import ME
from skill.serve import own_addresses
from skill.settings import Settings, read_settings
from skill.store import open_store
from tests.skill.care.household import PASSWORD
from tests.skill.command_line import Home

PHRASES = load_phrases()


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@contextmanager
def house_of(home: Home) -> Iterator[House]:
    home.database.parent.mkdir(parents=True, exist_ok=True)
    with closing(open_store(home.database)) as store:
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield House(store, store, now=lambda: datetime.now(UTC), passwords=cheap)


@contextmanager
def household_of(home: Home) -> Iterator[Household]:
    household = Household.open(settings_of(home), PHRASES)
    assert household is not None
    with closing(household):
        yield household


def settings_of(home: Home, **more: str) -> Settings:
    return read_settings(home.env() | more)


def told_until(process: subprocess.Popen[bytes], pattern: str) -> str:
    """Return the first line that a server says which matches."""
    assert process.stdout is not None
    for line in process.stdout:
        if re.search(pattern, line.decode()):
            return line.decode().strip()
    raise AssertionError(pattern)


# -- the first way in ------------------------------------------------------------------------------


def test_the_first_start_gives_a_link_that_lets_one_in_once(home: Home) -> None:
    with home.start("serve", "--port", "0", "--no-coach") as process:
        link = told_until(process, "/setup#")
        address, _, secret = link.partition("/setup#")
        with urlopen(f"{address}/setup", timeout=30) as page:  # noqa: S310 - our own
            assert page.status == 200
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

    with house_of(home) as house:
        assert house.look_at(secret) is not None
        house.accept(secret, name="Olga", login="olga", password=PASSWORD)
        assert house.look_at(secret) is None


def test_later_starts_say_where_to_sign_in_and_give_no_way_in(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with household_of(home) as household:
        house = household.house
        house.accept(house.new_setup_secret(), name="Olga", login="olga", password=PASSWORD)

        tell_household(PHRASES, household, "http://127.0.0.1:8080")

    out = capsys.readouterr().out
    assert "http://127.0.0.1:8080" in out
    assert "setup" not in out


def test_where_nobody_looks_no_picture_of_the_link_is_drawn(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with household_of(home) as household:
        tell_household(PHRASES, household, "http://127.0.0.1:8080")

    out = capsys.readouterr().out
    assert "/setup#" in out
    assert "steady serve --lan" in out
    assert "█" not in out


def test_the_picture_is_small_enough_for_any_terminal() -> None:
    lines = qr_code("http://192.168.100.100:8080/setup#" + "x" * 43).splitlines()

    assert max(map(len, lines)) <= 60
    assert len(lines) <= 30


# -- who can reach it ------------------------------------------------------------------------------


def test_in_the_network_it_says_who_can_reach_it_and_that_nothing_is_encrypted(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with household_of(home) as household:
        tell_household(PHRASES, household, "http://192.168.1.7:8080")

    out = capsys.readouterr().out
    for word in ("network", "not encrypted", "VPN", "http://192.168.1.7:8080/setup#"):
        assert word in out
    assert "steady serve --lan" not in out


def test_links_lead_to_the_public_address_if_there_is_one(home: Home) -> None:
    public = settings_of(home, STEADY_PUBLIC_URL="https://coach.example.org")

    assert base_of(public, "http://127.0.0.1:8080") == "https://coach.example.org"
    assert base_of(settings_of(home), "http://127.0.0.1:8080") == "http://127.0.0.1:8080"


def test_listening_anywhere_links_lead_to_an_address_that_others_can_reach(home: Home) -> None:
    base = base_of(settings_of(home), "http://0.0.0.0:8080")

    assert base in (*own_addresses(8080), "http://127.0.0.1:8080")
    assert "0.0.0.0" not in base  # noqa: S104 - that is the point


def test_a_history_that_keeps_no_caregivers_has_no_household(home: Home) -> None:
    settings = settings_of(home, STEADY_DATABASE_URL="dynamodb://table?region=eu-west-1")

    assert Household.open(settings, PHRASES) is None


# -- what is in it ---------------------------------------------------------------------------------


def test_every_routine_that_can_be_read_can_be_chosen(home: Home) -> None:
    home.routines.mkdir(parents=True)
    (home.routines / "broken.yaml").write_text("format: 1\nid: broken\n", encoding="utf-8")
    with household_of(home) as household:
        choices = {one.id: one for one in household.choices()}

        assert {"knee", "knee-short"} <= set(choices)
        assert "broken" not in choices
        assert choices["knee-short"].minutes < choices["knee"].minutes
        assert household.choices()[0] is household.choices()[0]


def test_a_server_with_open_live_pages_ends_when_it_is_told_to(home: Home) -> None:
    with house_of(home) as house:
        olga = house.accept(house.new_setup_secret(), name="Olga", login="olga", password=PASSWORD)
        house.add_person(olga, "Maria", "UTC")
        kind, state = ConsentKind.DONE, ConsentState.GIVEN
        house.care.add_consent(Consent(person=ME, caregiver=olga.id, kind=kind, state=state, at=house.now()))
        signed_in = house.sign_in("olga", PASSWORD)
        assert signed_in is not None
    with home.start("serve", "--port", "0", "--no-coach") as process:
        address = told_until(process, "answers at").split()[-1]
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        connection.request("GET", f"/people/{ME}/live", headers={"Cookie": f"steady_sign_in={signed_in[0]}"})
        stream = connection.getresponse()
        assert stream.status == 200
        assert stream.readline()

        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        connection.close()

    assert (process.returncode, err) == (0, b"")
