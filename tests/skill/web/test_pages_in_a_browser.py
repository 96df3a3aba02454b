"""Every page in a real Chromium: axe finds nothing, nothing is too small or too wide, and it all works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from skill.care.device import DeviceSide
from skill.care.house import House
from skill.care.live_state import LiveState, Phase
from skill.care.records import CommandKind, ConsentKind, Device, DeviceKind, Person, Role
from skill.care.secrets import digest
from skill.household import Household
from skill.ports import ME
from skill.settings import read_settings
from skill.web.guard import Door, door_of
from tests.skill.web.chromium import Looker, chromium, served
from tests.skill.web.home import PASSWORD, PHRASES, Home, open_home

#: What stands in an address for each thing that pages are about.
ABOUT = {"person": ME, "routine": "knee", "other": "nobody", "kind": "json"}


@pytest.fixture(name="browser", scope="module")
def _browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


# -- every page ------------------------------------------------------------------------------------


@pytest.fixture(name="household")
def _household(tmp_path: Path) -> Iterator[Household]:
    """Give a whole household as `steady serve` has it, without the coach of this machine."""
    folders = {"STEADY_DATA": str(tmp_path / "data"), "STEADY_CACHE": str(tmp_path / "cache")}
    household = Household.open(read_settings({**folders, "STEADY_LOCALE": "en"}), PHRASES)
    assert household
    yield household
    household.close()


def _live_in(house: House) -> str:
    """Let there be an owner, Anna, her computer and her tablet; return the tablet's key."""
    owner = house.accept(house.new_setup_secret(), name="Hanna", login="hanna", password=PASSWORD)
    anna = house.add_person(owner, "Anna", "Europe/Berlin")
    house.accept(
        house.invite_caregiver(owner, {anna.id: Role.START}), name="Björn", login="bjorn", password=PASSWORD
    )
    computer = Device(id="pc", name="Kitchen computer", kind=DeviceKind.PC, person=anna.id)
    house.care.add_device(computer, digest("key"))
    side = DeviceSide(house, computer)
    for kind in ConsentKind:
        side.consent(owner.id, kind, given=True)
    side.seen()
    side.tell(
        LiveState(
            phase=Phase.PAUSED,
            routine_title="Knee routine",
            exercise_title="Wall slides",
            exercise_no=3,
            exercises=6,
            set_no=2,
            sets=3,
            side="left",
            since=datetime.now(UTC),
            progress_ms=1,
            total_ms=3,
        )
    )
    _, key = house.pair(house.invite_device(owner, anna.id, DeviceKind.BROWSER), name="Tablet")
    return key


def pages_of(app: Flask) -> Iterator[tuple[str, Door]]:
    """Yield the path of everything that can be looked at, and for whom it is."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        door = door_of(rule.endpoint)
        if "GET" in (rule.methods or ()) and door is not Door.MACHINE:
            unknown = rule.arguments - set(ABOUT)
            assert not unknown, f"{rule.rule}: say in ABOUT what to look at"
            values = {name: ABOUT[name] for name in rule.arguments}
            yield adapter.build(rule.endpoint, values), door


def test_axe_finds_nothing_on_any_page(household: Household, browser: Browser) -> None:
    """Also pages that are added later: whatever the app answers with HTML is looked at."""
    app = Flask("steady", static_folder=None, template_folder=None)
    household.add_to(app, threads=16)
    key = _live_in(household.house)
    with served(app) as address:
        stranger = Looker(browser.new_context(), address)
        owner = Looker(browser.new_context(), address)
        owner.signs_in("hanna", PASSWORD)
        tablet = Looker(browser.new_context(), address)
        tablet.context.add_cookies([{"name": "steady_device", "value": key, "url": address}])
        lookers = {Door.ANYBODY: stranger, Door.DEVICE: tablet, Door.CAREGIVER: owner}

        complaints, seen = [], 0
        for path, door in pages_of(app):
            looker = lookers[door]
            if looker.finds_a_page(path):
                looker.goes_to(path)
                _open_everything(looker)
                complaints += looker.complains()
                seen += 1
        owner.goes_to("/nothing-here")
        complaints += owner.complains()
        for looker in lookers.values():
            looker.context.close()

    assert complaints == []
    assert seen >= 12


def _open_everything(looker: Looker) -> None:
    looker.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


# -- what pages do ---------------------------------------------------------------------------------


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path, clock=lambda: datetime.now(UTC)) as home:
        home.allow(home.owner, ConsentKind.START, ConsentKind.DONE)
        yield home


def test_a_scanned_invitation_leads_to_a_form_and_into_the_household(home: Home, browser: Browser) -> None:
    secret = home.house.invite_caregiver(home.owner, {home.person.id: Role.START})
    with served(home.app) as address:
        looker = Looker(browser.new_context(), address)
        looker.goes_to(f"/join#{secret}")
        expect(looker.page.get_by_text(PHRASES("web.join.role-start", name="Anna"))).to_be_visible()
        assert looker.page.url == f"{address}/join"  # nothing of the secret stays in the history
        complaints = looker.complains()
        looker.page.fill("#name", "Björn")
        looker.page.fill("#login", "bjorn")
        looker.page.fill("#password", PASSWORD)
        looker.page.click("main button")
        expect(looker.page.get_by_role("status")).to_have_text(PHRASES("web.said.welcome"))
        looker.context.close()

    assert complaints == []


def test_an_invitation_is_shown_as_a_code_to_scan(home: Home, browser: Browser) -> None:
    with served(home.app) as address:
        looker = Looker(browser.new_context(), address)
        looker.signs_in("hanna", PASSWORD)
        looker.goes_to("/household")
        looker.page.get_by_text(PHRASES("web.household.invite"), exact=True).click()
        looker.page.get_by_role("button", name=PHRASES("web.household.invite-button")).click()
        expect(looker.page.locator("figure svg")).to_be_visible()
        complaints = looker.complains()
        looker.context.close()

    assert complaints == []


def test_the_page_follows_what_goes_on_and_its_buttons_reach_the_device(home: Home, browser: Browser) -> None:
    home.works()
    with served(home.app) as address:
        looker = Looker(browser.new_context(), address)
        looker.signs_in("hanna", PASSWORD)
        looker.goes_to("/people/me")
        panel = looker.page.locator("#live")
        expect(panel).to_contain_text("second set, left side")
        home.works(set_no=3, side="right")
        expect(panel).to_contain_text("third set, right side")
        panel.get_by_role("button", name=PHRASES("web.control.pause")).click()
        expect(panel).to_contain_text(PHRASES("web.sent.on-its-way.pause"))
        (sent,) = home.coach.waiting()
        assert sent.command.what is CommandKind.PAUSE
        home.coach.take(sent.command)
        home.works(phase=Phase.PAUSED)
        expect(panel.get_by_role("button", name=PHRASES("web.control.resume"))).to_be_visible()
        complaints = looker.complains()
        looker.context.close()

    assert complaints == []


def test_a_button_keeps_the_focus_while_the_page_goes_on(home: Home, browser: Browser) -> None:
    home.works()
    with served(home.app) as address:
        looker = Looker(browser.new_context(), address)
        looker.signs_in("hanna", PASSWORD)
        looker.goes_to("/people/me")
        stop = looker.page.get_by_role("button", name=PHRASES("web.control.stop"))
        stop.focus()
        home.works(set_no=3)
        expect(looker.page.locator("#live")).to_contain_text("third set")
        expect(stop).to_be_focused()
        looker.page.get_by_role("button", name=PHRASES("web.control.pause")).focus()
        home.works(phase=Phase.PAUSED)
        expect(looker.page.get_by_role("button", name=PHRASES("web.control.resume"))).to_be_focused()
        looker.context.close()


def test_the_page_says_when_it_may_be_out_of_date(home: Home, browser: Browser) -> None:
    home.works()
    with served(home.app) as address:
        looker = Looker(browser.new_context(), address)
        looker.signs_in("hanna", PASSWORD)
        looker.goes_to("/people/me")
        stale = looker.page.locator("#stale")
        expect(looker.page.locator("#live")).to_contain_text("second set")
        expect(stale).to_be_hidden()
        looker.context.set_offline(True)
        home.house.bell.close()  # the stream ends, and no other one can be opened
        expect(stale).to_be_visible()
        looker.context.close()


def test_without_a_place_for_a_stream_the_page_looks_by_itself(tmp_path: Path, browser: Browser) -> None:
    with open_home(tmp_path, threads=9, clock=lambda: datetime.now(UTC)) as home:
        home.allow(home.owner, ConsentKind.DONE)
        home.works()
        with served(home.app) as address:
            first, second = (Looker(browser.new_context(), address) for _ in range(2))
            for looker in (first, second):
                looker.signs_in("hanna", PASSWORD)
                looker.goes_to("/people/me")
                expect(looker.page.locator("#live")).to_contain_text("second set")
            home.works(set_no=3)
            expect(second.page.locator("#live")).to_contain_text("third set", timeout=10_000)
            first.context.close()
            second.context.close()


def test_a_page_is_left_when_the_person_takes_their_word_back(home: Home, browser: Browser) -> None:
    home.works()
    with served(home.app) as address:
        looker = Looker(browser.new_context(), address)
        looker.signs_in("hanna", PASSWORD)
        looker.goes_to("/people/me")
        expect(looker.page.locator("#live")).to_contain_text("Wall slides")
        home.allow(home.owner, ConsentKind.DONE, given=False)
        expect(looker.page.locator("#live")).not_to_contain_text("Wall slides")
        looker.context.close()


def test_everything_but_live_updates_works_without_scripts(home: Home, browser: Browser) -> None:
    with served(home.app) as address:
        looker = Looker(browser.new_context(java_script_enabled=False), address)
        looker.signs_in("hanna", PASSWORD)
        looker.goes_to("/people/me")
        looker.page.select_option("#routine", "knee")
        looker.page.fill("#note", "Soup at one")
        looker.page.click("#start button")
        expect(looker.page.locator("#live")).to_contain_text(PHRASES("web.sent.on-its-way.start"))
        (sent,) = home.coach.waiting()
        home.coach.take(sent.command)
        home.works()
        looker.page.get_by_role("button", name=PHRASES("web.live.again")).click()
        looker.page.get_by_role("button", name=PHRASES("web.control.stop")).click()
        assert [one.command.what for one in home.coach.waiting()] == [CommandKind.STOP]
        secret = home.house.invite_caregiver(home.owner, {home.person.id: Role.VIEW})
        looker.goes_to("/join")
        looker.page.fill("#code", secret)
        looker.page.click("main button")
        expect(looker.page.locator("#password")).to_be_visible()
        looker.context.close()


def test_the_keyboard_reaches_everything_and_skips_to_the_content(home: Home, browser: Browser) -> None:
    with served(home.app) as address:
        looker = Looker(browser.new_context(), address)
        looker.signs_in("hanna", PASSWORD)
        looker.page.keyboard.press("Tab")
        skip = looker.page.get_by_role("link", name=PHRASES("web.skip"))
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        looker.page.keyboard.press("Enter")
        looker.page.keyboard.press("Tab")
        focused = looker.page.evaluate("document.activeElement.textContent")
        looker.context.close()

    assert focused == "Anna"


def test_a_person_of_any_name_is_shown_as_text(home: Home, browser: Browser) -> None:
    home.house.care.save_person(
        Person(id="me", name="<b onclick='x'>Ann & Co</b>", zone="UTC"), datetime.now(UTC)
    )
    with served(home.app) as address:
        looker = Looker(browser.new_context(), address)
        looker.signs_in("hanna", PASSWORD)
        looker.goes_to("/people/me")
        expect(looker.page.get_by_role("heading", level=1)).to_have_text("<b onclick='x'>Ann & Co</b>")
        looker.context.close()
