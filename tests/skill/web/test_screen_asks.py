"""A screen of the computer's coach, in a real Chromium: what is asked there can be answered by touch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from skill.browser.driver import BrowserCoach
from skill.care.device import DeviceSide
from skill.care.records import CommandKind, DeviceKind
from skill.settings import read_settings
from skill.shelf import Shelf
from skill.shown import Shown
from skill.terminal.view import View, ViewState
from skill.web.coach_page import coach_pages
from skill.web.guard import DEVICE_COOKIE
from tests.doubles import BurstSounds
from tests.skill.web.chromium import Looker, chromium, served
from tests.skill.web.home import PHRASES, open_home

ASKED = PHRASES.lines("questions.first-side.ask")[0]


@pytest.fixture(name="browser", scope="module")
def _browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize(("word", "key"), [("leg_left", "l"), ("leg_right", "r")])
def test_the_leg_to_begin_with_is_touched(browser: Browser, tmp_path: Path, word: str, key: str) -> None:
    shown = Shown()
    sounds = BurstSounds()
    with open_home(tmp_path) as home:
        folders = {"STEADY_DATA": str(tmp_path), "STEADY_CACHE": str(tmp_path)}
        shelf = Shelf(read_settings(folders))
        coach = BrowserCoach(home.house.history, shelf.routine, PHRASES, sounds, home.clock)
        home.app.register_blueprint(coach_pages(home.site, coach, shown))
        secret = home.house.invite_device(home.owner, home.person.id, DeviceKind.SCREEN, of=home.pc.id)
        _, cookie = home.house.pair(secret, name="Screen")
        shown.put(View(state=ViewState.CHECKING, title="Knee routine", caption=ASKED, expects="side"))
        with served(home.app) as address:
            looker = Looker(browser.new_context(), address)
            looker.context.add_cookies([{"name": DEVICE_COOKIE, "value": cookie, "url": address}])
            looker.goes_to("/coach")
            answers = looker.page.locator('[data-part="answers"] button')
            expect(looker.page.locator('[data-part="ask"]')).to_have_text(ASKED)
            expect(answers).to_have_text(
                [PHRASES(f"coach-page.words.leg_{side}") for side in ("left", "right")]
            )
            with looker.page.expect_response("**/coach/key"):
                answers.get_by_text(PHRASES(f"coach-page.words.{word}"), exact=True).click()
            looker.context.close()

        (sent,) = DeviceSide(home.house, home.pc).waiting()
        assert (sent.command.what, sent.command.note) == (CommandKind.KEY, key)
        assert looker.complaints == []
    sounds.bank.close()
