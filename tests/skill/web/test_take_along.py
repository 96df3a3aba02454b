"""Files to take along, the calendar feed, and messages: each only as far as the person allows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from skill.care.planning_words import NoticePhrases
from skill.care.records import ConsentKind, Role
from skill.web.export_pages import export_pages, feed_pages
from skill.web.notice_pages import notice_pages
from tests.skill.web.home import PHRASES, Home, csrf_in, open_home, text_of


@dataclass
class Post:
    """Takes messages to addresses that begin with "to:"."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)

    def knows(self, address: str) -> bool:
        return address.startswith("to:")

    def send(self, address: str, title: str, body: str) -> bool:
        self.sent.append((address, title, body))
        return address != "to:nowhere"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def home(tmp_path: Path, post: Post) -> Iterator[Home]:
    with open_home(tmp_path) as home:
        for pages in (
            export_pages(home.site),
            feed_pages(home.site),
            notice_pages(home.site, post, NoticePhrases(PHRASES)),
        ):
            home.app.register_blueprint(pages)
        yield home


def viewer(home: Home, *kinds: ConsentKind) -> FlaskClient:
    who = home.caregiver("May", Role.VIEW)
    home.allow(who, *kinds)
    return home.browser(who)


@pytest.mark.parametrize(
    ("kind", "mime"),
    [
        ("csv", "text/csv"),
        ("json", "application/json"),
        ("ics", "text/calendar"),
        ("zip", "application/zip"),
    ],
)
def test_everything_is_given_out_as_a_file_to_who_may_see_it(home: Home, kind: str, mime: str) -> None:
    answer = viewer(home, ConsentKind.DONE).get(f"/people/{home.person.id}/export.{kind}")

    assert answer.mimetype == mime
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "Anna" not in answer.headers["Content-Disposition"]


def test_without_consent_no_file_is_given_out(home: Home) -> None:
    assert viewer(home).get(f"/people/{home.person.id}/export.csv").status_code == 403
    assert home.app.test_client().get(f"/people/{home.person.id}/export.csv").status_code in (303, 401)


def test_there_is_no_other_kind_of_file(home: Home) -> None:
    answer = viewer(home, ConsentKind.DONE).get(f"/people/{home.person.id}/export.exe")

    assert answer.status_code == 404


def test_a_calendar_program_needs_only_the_secret_address(home: Home) -> None:
    browser = viewer(home, ConsentKind.DONE)
    path = f"/people/{home.person.id}/feed"
    page = browser.post(path, data={"csrf": csrf_in(browser.get(path).text)}).text
    link = re.search(r'value="http://localhost(/feed/[^"]+\.ics)"', page)
    assert link

    answer = home.app.test_client().get(link[1])

    assert answer.mimetype == "text/calendar"
    assert b"BEGIN:VCALENDAR" in answer.data
    assert b"knee" not in answer.data.lower()


def test_a_feed_ends_when_the_person_takes_consent_back(home: Home) -> None:
    who = home.caregiver("May", Role.VIEW)
    home.allow(who, ConsentKind.DONE)
    browser = home.browser(who)
    path = f"/people/{home.person.id}/feed"
    page = browser.post(path, data={"csrf": csrf_in(browser.get(path).text)}).text
    link = re.search(r'value="http://localhost(/feed/[^"]+\.ics)"', page)
    assert link

    home.allow(who, ConsentKind.DONE, given=False)

    assert home.app.test_client().get(link[1]).status_code == 404


def test_a_wrong_secret_opens_nothing(home: Home) -> None:
    assert home.app.test_client().get("/feed/guess.ics").status_code == 404


def choose(browser: FlaskClient, **fields: object) -> str:
    csrf = csrf_in(browser.get("/me/notices").text)
    return text_of(browser.post("/me/notices", data={"csrf": csrf, **fields}, follow_redirects=True))


def test_what_one_is_told_and_where_is_kept(home: Home) -> None:
    browser = viewer(home)

    assert "Saved." in choose(browser, address="to:may", kind=["done", "pain"])

    (rule,) = home.house.care.notice_rules()
    assert (rule.url, set(rule.kinds)) == ("to:may", {"done", "pain"})
    assert 'value="to:may"' in browser.get("/me/notices").text


def test_an_address_that_means_nothing_is_not_kept(home: Home) -> None:
    said = choose(viewer(home), address="somewhere", kind=["done"])

    assert "This is not an address" in said
    assert home.house.care.notice_rules() == ()


def test_a_test_message_shows_that_an_address_works(home: Home, post: Post) -> None:
    browser = viewer(home)

    assert "on its way" in choose(browser, address="to:may", do="test")
    assert "did not get there" in choose(browser, address="to:nowhere", do="test")

    assert post.sent[0][0] == "to:may"
    assert home.house.care.notice_rules() == ()
