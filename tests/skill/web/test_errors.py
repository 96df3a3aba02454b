from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import abort

from skill.care.errors import CareError
from skill.ports import StoreError, StoreFault
from tests.skill.web.home import PHRASES, Home, open_home, text_of


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path) as home:
        _add_faults(home.app)
        yield home


def _add_faults(app: Flask) -> None:
    """Add pages on which something goes wrong."""

    def status(code: int) -> None:
        abort(code)

    def store() -> None:
        raise StoreError(StoreFault.UNREACHABLE, "postgresql://secret@db/steady")

    def care() -> None:
        raise CareError("note-long", most=140)

    def bug() -> None:
        raise ZeroDivisionError("secret of the house")

    views: dict[str, Any] = {"/fault/<int:code>": status, "/store": store, "/care": care, "/bug": bug}
    for path, view in views.items():
        app.add_url_rule(path, view.__name__, view)


@pytest.mark.parametrize("code", [400, 403, 404, 405, 410, 413, 429, 500, 503])
def test_every_error_is_a_page_in_plain_words(home: Home, code: int) -> None:
    answer = home.browser(home.owner).get(f"/fault/{code}")

    assert answer.status_code == code
    for line in PHRASES.lines(f"web.error.s{code}"):
        assert line in text_of(answer)


@pytest.mark.parametrize(("code", "as_code"), [(418, 400), (415, 400), (502, 500)])
def test_a_rare_error_has_the_words_of_its_kind(home: Home, code: int, as_code: int) -> None:
    answer = home.browser(home.owner).get(f"/fault/{code}")

    assert answer.status_code == code
    assert PHRASES.lines(f"web.error.s{as_code}")[0] in text_of(answer)


def test_a_store_that_is_away_is_said_without_where_it_is(home: Home) -> None:
    answer = home.browser(home.owner).get("/store")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "secret" not in answer.text
    assert PHRASES.lines("web.error.s503")[1] in text_of(answer)


def test_a_store_that_is_away_at_the_door_is_said_too(home: Home) -> None:
    browser = home.browser(home.owner)
    home.house.care = _Away()  # type: ignore[assignment]

    answer = browser.get("/")

    assert answer.status_code == 503
    assert PHRASES.lines("web.error.s503")[0] in text_of(answer)


class _Away:
    """A store that does not answer."""

    def __getattr__(self, name: str) -> object:
        raise StoreError(StoreFault.UNREACHABLE, "db", name)


def test_a_fault_of_ours_shows_nothing_of_its_inside(home: Home) -> None:
    home.app.testing = False

    answer = home.browser(home.owner).get("/bug")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert PHRASES.lines("web.error.s500")[0] in text_of(answer)


def test_what_cannot_be_done_is_said_with_the_way_back(home: Home) -> None:
    answer = home.browser(home.owner).get("/care", headers={"Referer": "http://localhost/people/me?x=1"})

    assert PHRASES("care.error.note-long", most=140) in text_of(answer)
    assert 'href="/people/me"' in answer.text


def test_the_way_back_never_leads_to_another_site(home: Home) -> None:
    answer = home.browser(home.owner).get("/care", headers={"Referer": "https://evil.example/people/me"})

    assert "evil" not in answer.text
    assert 'role="button" href="/"' in answer.text


def test_a_script_gets_a_part_of_a_page_and_a_program_gets_json(home: Home) -> None:
    browser = home.browser(home.owner)

    part = browser.get("/care", headers={"HX-Request": "true"})
    data = browser.get("/care", headers={"Accept": "application/json"})
    plain = browser.get("/care", headers={"Accept": "text/event-stream"})

    assert 'role="alert"' in part.text
    assert "<html" not in part.text
    assert data.json == {
        "status": 400,
        "what": PHRASES("web.error.care"),
        "text": PHRASES("care.error.note-long", most=140),
    }
    assert plain.mimetype == "text/plain"
