"""`steady link`."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from skill.ports import ME
from skill.store import open_store
from tests.skill.command_line import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def told_code(home: Home) -> str:
    """Return the code that is told now."""
    ran = home.steady("link")
    found = re.search(r'"Link with code ((?:[0-9] ){5}[0-9])\."', ran.out)
    assert ran.code == 0
    assert found is not None
    return found[1].replace(" ", "")


def test_the_code_that_is_told_leads_to_this_person_once(home: Home) -> None:
    code = told_code(home)

    with closing(open_store(home.database)) as store:
        assert store.take_link_code(code, datetime.now(UTC)) == ME
        assert store.take_link_code(code, datetime.now(UTC)) is None


def test_the_code_works_for_ten_minutes(home: Home) -> None:
    assert "within 10 minutes" in home.steady("link").out
    code = told_code(home)

    with closing(open_store(home.database)) as store:
        assert store.take_link_code(code, datetime.now(UTC) + timedelta(minutes=10, seconds=1)) is None


def test_it_is_said_how_to_use_the_code(home: Home) -> None:
    out = home.steady("link").out

    assert out.splitlines()[0] == 'Say to Alexa: "Alexa, open steady coach."'


def test_asking_again_gives_another_code_and_ends_the_first(home: Home) -> None:
    first, second = told_code(home), told_code(home)

    with closing(open_store(home.database)) as store:
        assert store.take_link_code(first, datetime.now(UTC)) is None
        assert store.take_link_code(second, datetime.now(UTC)) == ME
