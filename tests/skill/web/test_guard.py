from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from skill.care.records import ConsentKind, Role
from skill.web.guard import MAX_FORM_BYTES
from tests.skill.web.home import PHRASES, Home, csrf_in, open_home, post, text_of

#: What somebody without a sign-in may reach, and what they may do there.
OPEN = {"/sign-in", "/sign-out", "/setup", "/join", "/pair", "/static/<path:filename>"}


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path) as home:
        yield home


def paths(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Yield every rule with each of its methods and a path that fits it."""
    for rule in app.url_map.iter_rules():
        adapter = app.url_map.bind("localhost")
        values = dict.fromkeys(rule.arguments, "me")
        path = adapter.build(rule.endpoint, values, method=None)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, path


def test_without_a_sign_in_there_is_only_what_is_meant_for_it(home: Home) -> None:
    for rule, method, path in paths(home.app):
        if rule.rule in OPEN:
            continue
        answer = home.browser().open(path, method=method)
        led_away = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
        assert led_away or answer.status_code == 401, (method, rule.rule, answer.status_code)
        assert "Anna" not in answer.text


def test_no_change_goes_through_without_its_token(home: Home) -> None:
    """Whatever the form says, and whoever is signed in."""
    before = home.house.audit(home.owner)
    browser = home.browser(home.owner)
    strangers = csrf_in(home.browser().get("/sign-in").text)
    for rule, method, path in paths(home.app):
        if method == "GET":
            continue
        for token in ({}, {"csrf": ""}, {"csrf": "x" * 43}, {"csrf": strangers}):
            answer = browser.open(path, method=method, data=token)
            assert answer.status_code == 403, (method, rule.rule)

    assert home.house.audit(home.owner) == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_no_other_site_can_send_our_forms(home: Home, headers: dict[str, str], status: int) -> None:
    browser = home.browser(home.owner)
    token = csrf_in(browser.get("/household").text)

    fields = {"csrf": token, "name": "Anna", "zone": "Europe/Berlin"}
    answer = browser.post("/household/people/me", data=fields, headers=headers)

    assert answer.status_code == status


def test_another_caregivers_token_opens_nothing(home: Home) -> None:
    theirs = csrf_in(home.browser(home.caregiver("Olga", None, owner=True)).get("/me").text)

    answer = home.browser(home.owner).post(
        "/household/people/me", data={"csrf": theirs, "name": "Eve", "zone": "UTC"}
    )

    assert answer.status_code == 403


def test_every_page_forbids_scripts_and_frames_from_elsewhere(home: Home) -> None:
    browser = home.browser(home.owner)
    for path in ("/", "/people/me", "/household", "/nothing-here", "/static/steady.css"):
        with browser.get(path) as answer:
            headers = answer.headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy == {
            "default-src": "'self'",
            "frame-ancestors": "'none'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "object-src": "'none'",
        }
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"


def test_no_page_is_kept_by_a_browser(home: Home) -> None:
    assert home.browser(home.owner).get("/people/me").headers["Cache-Control"] == "no-store"


def test_a_static_file_is_kept_for_as_long_as_it_is_the_same(home: Home) -> None:
    page = home.browser().get("/sign-in").text
    address = next(part for part in page.split('"') if part.startswith("/static/steady.css?v="))

    with home.browser().get(address) as with_version, home.browser().get("/static/steady.css") as without:
        assert "max-age=31536000" in with_version.headers["Cache-Control"]
        assert "max-age" not in without.headers["Cache-Control"]


def test_a_form_that_is_too_long_is_not_read(home: Home) -> None:
    browser = home.browser(home.owner)

    answer = browser.post("/household/people", data={"name": "a" * MAX_FORM_BYTES})

    assert answer.status_code == 413
    assert PHRASES.lines("web.error.s413")[1] in text_of(answer)


def test_nothing_is_shown_of_people_who_are_none_of_ones_own(home: Home) -> None:
    home.house.add_person(home.owner, "Berta", "UTC")
    other = next(one.id for one in home.house.people(home.owner) if one.name == "Berta")
    browser = home.browser(home.caregiver("Björn", Role.EDIT))

    for path in (f"/people/{other}", f"/people/{other}/live", f"/people/{other}/sharing", "/people/nobody"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "Berta" not in answer.text


def test_only_owners_reach_the_household_and_its_changes(home: Home) -> None:
    browser = home.browser(home.caregiver("Björn", Role.EDIT))

    assert [browser.get(path).status_code for path in ("/household", "/changes")] == [403, 403]
    assert post(browser, "/household/people", form_of="/me", name="X", zone="UTC").status_code == 403
    assert "/household" not in browser.get("/").text


def test_what_was_not_agreed_to_is_refused_in_plain_words(home: Home) -> None:
    browser = home.browser(home.caregiver("Björn", Role.START))

    answer = post(browser, "/people/me/start", form_of="/me", routine="knee", device="pc")

    assert answer.status_code == 403
    assert PHRASES.lines("web.not-allowed.consent")[1] in text_of(answer)
    home.allow(home.owner, ConsentKind.START)
    assert post(browser, "/people/me/start", form_of="/me", routine="knee", device="pc").status_code == 403


def test_text_of_people_stays_text(home: Home) -> None:
    home.house.rename_person(home.owner, "me", '<img src=x onerror="alert(1)">', "UTC")
    browser = home.browser(home.owner)

    for path in (
        "/",
        "/people/me",
        "/people/me/sharing",
        "/household",
        "/changes",
        "/household/people/me/delete",
    ):
        assert "<img src=x" not in browser.get(path).text
