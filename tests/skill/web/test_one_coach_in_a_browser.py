"""A tablet in a real Chromium, while the PC leads, and when the PC has taken over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from skill.care.live_state import Phase
from skill.lease import LASTS, Lease
from skill.web.guard import DEVICE_COOKIE
from tests.skill.web.chromium import Looker, chromium, served
from tests.skill.web.home import PHRASES
from tests.skill.web.tablet import Tablet

_PATIENCE_MS = 20_000


@pytest.fixture(name="browser", scope="module")
def _browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_a_tablet_says_where_a_session_goes_on_and_stops_when_it_is_led_elsewhere(
    tablet: Tablet, browser: Browser
) -> None:
    home = tablet.home
    pc = Lease(home.house.care, tablet.device.person, home.clock, device=home.pc.id)
    cookie = tablet.browser.get_cookie(DEVICE_COOKIE)
    assert pc.take()
    assert cookie is not None
    with served(home.app) as address:
        looker = Looker(browser.new_context(), address)
        looker.context.add_cookies([{"name": DEVICE_COOKIE, "value": cookie.value, "url": address}])
        looker.goes_to("/coach")
        page, words = looker.page, PHRASES("coach-page.error.led-elsewhere", name="Kitchen computer")
        coach, notice, routine = (
            page.locator("#coach"),
            page.locator('[data-part="notice"]'),
            page.locator('[data-routine="knee-short"]'),
        )
        page.locator('[data-part="begin"]').click()

        routine.click()
        expect(notice).to_have_text(words, timeout=_PATIENCE_MS)
        expect(routine).to_be_visible()
        complaints = looker.complains()

        pc.give_back()
        routine.click()
        expect(page.locator('[data-part="ask"]')).to_have_text(re.compile("."), timeout=_PATIENCE_MS)
        with page.expect_response(re.compile("/coach/waiting.on=.+"), timeout=_PATIENCE_MS):
            assert not pc.take()

        while not pc.take():  # the page may renew it just then
            home.clock.at += LASTS + timedelta(seconds=1)
        expect(notice).to_have_text(words, timeout=_PATIENCE_MS)
        expect(routine).to_be_visible()
        expect(coach).to_have_attribute("data-state", "idle")
        assert tablet.live.phase is Phase.INTERRUPTED
        looker.context.close()

    assert complaints == []
