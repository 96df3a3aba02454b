"""Everything that `steady serve` answers, as a stranger finds it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from skill.app import create_app
from skill.household import Household
from skill.settings import read_settings
from skill.web.guard import DOORS, Door, door_of
from tests.skill.web.home import PASSWORD, PHRASES

#: All that somebody without a sign-in or a device reaches; whatever else is there leads to the sign-in.
OPEN = {
    "/alexa",
    "/audio/<name>",
    "/feed/<secret>.ics",
    "/healthz",
    "/join",
    "/pair",
    "/privacy",
    "/setup",
    "/sign-in",
    "/sign-out",
    "/static/<path:filename>",
}


@pytest.fixture(name="app")
def _app(tmp_path: Path) -> Iterator[Flask]:
    folders = {"STEADY_DATA": str(tmp_path / "data"), "STEADY_CACHE": str(tmp_path / "cache")}
    more = {"STEADY_LOCALE": "en", "STEADY_ALEXA_SKILL_ID": "amzn1.ask.skill.x", "STEADY_ALEXA_VERIFY": "off"}
    settings = read_settings({**folders, **more})
    household = Household.open(settings, PHRASES)
    assert household
    app = create_app(settings, storage=lambda: "ok")
    household.add_to(app, threads=16)
    house = household.house
    owner = house.accept(house.new_setup_secret(), name="Hanna", login="hanna", password=PASSWORD)
    house.add_person(owner, "Anna", "UTC")
    yield app
    household.close()


def test_a_stranger_reaches_only_what_is_meant_for_strangers(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    reached = set()
    for rule in app.url_map.iter_rules():
        path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "me"))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            with app.test_client().open(path, method=method, headers={"Accept": "text/html"}) as answer:
                led_away = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
                if not led_away and answer.status_code != 401:
                    reached.add(rule.rule)
                assert "anna" not in answer.get_data(as_text=True).lower()

    assert reached == OPEN


def test_nothing_is_named_at_the_door_that_is_not_there(app: Flask) -> None:
    there = set(app.view_functions) | set(app.blueprints)

    assert set(DOORS) - there == set()
    assert door_of("anything.else") is Door.CAREGIVER


def test_every_answer_says_what_a_browser_may_do_with_it(app: Flask) -> None:
    for path in ("/healthz", "/privacy", "/sign-in", "/static/steady.css", "/coach", "/nothing", "/alexa"):
        with app.test_client().get(path) as answer:
            assert "default-src" in answer.headers["Content-Security-Policy"]
            assert "unsafe-inline" not in answer.headers["Content-Security-Policy"] or path != "/sign-in"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
