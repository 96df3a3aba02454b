"""A new household from the first command to the printed sheet, in a real server and a real browser.

The pictures in `docs/pages/` are made by this test: STEADY_PICTURES names the folder to put them into.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.nullsink import NullSink, missing
from tests.skill.command_line import Home
from tests.skill.web.chromium import chromium

PASSWORD = "four small words here"  # noqa: S105 - of nobody
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1024, "height": 768}
PAPER = {"width": 820, "height": 1160}

#: A routine that is over in half a minute, as a caregiver may write one.
ROUTINE = """format: 1
id: wall-press
title: wall press
summary: A short press at the wall, to try the coach.
source: For a test
advice: [assessment]
exercises:
  - id: press
    title: wall press
    needs: [a clear wall]
    posture: standing
    dose:
      reps: {count: 3-4, sets: 1, sides: both, tempo: [{bend: 1}, {push: 1}]}
    set_up: {full: [Stand at the wall.], brief: [Stand at the wall.]}
    movement: {full: [Press and come back.], brief: [Press and come back.]}
    feel: The arms work.
    breathing: Breathe out as you press.
    benefit: This makes opening a door easier.
    cautions: [Do not let your back sag.]
"""


class Server:
    """`steady serve`, as somebody starts it."""

    def __init__(self, home: Home, sound: dict[str, str]) -> None:
        others = {name: value for name, value in os.environ.items() if not name.startswith("STEADY_")}
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from skill.cli import main; main()", "serve", "--port", "0"],
            env=others | home.env() | sound | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._said:
                self.lines.append(line.strip())
                self._said.notify_all()

    def says(self, pattern: str) -> str:
        """Return what it says that matches, once it does."""

        def found() -> re.Match[str] | None:
            return next((hit for line in self.lines if (hit := re.search(pattern, line))), None)

        with self._said:
            self._said.wait_for(lambda: found() is not None or self._process.poll() is not None, 30)
        hit = found()
        assert hit, "\n".join(self.lines)
        return hit[0]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._reading.join()
        if self._process.stdout is not None:
            self._process.stdout.close()


@pytest.fixture(name="server")
def _server(tmp_path: Path) -> Iterator[Server]:
    """Give the server, with a sound device where there can be one; else it leads in silence."""
    with ExitStack() as opened:
        sound = opened.enter_context(NullSink()).environment if missing() is None else {}
        server = Server(Home(tmp_path), sound)
        opened.callback(server.stop)
        yield server


@pytest.fixture(name="browser", scope="module")
def _browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


class Hand:
    """Somebody with a browser of their own."""

    def __init__(self, browser: Browser, size: dict[str, int], folder: Path) -> None:
        self.context: BrowserContext = browser.new_context(viewport=size, locale="en-GB")  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self._folder = folder
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def picture(self, name: str, **how: Any) -> None:
        """Keep what is seen."""
        self.page.screenshot(path=self._folder / f"{name}.png", **how)

    def joins(self, link: str, name: str, home: str) -> None:
        """Open a link that lets somebody in, and fill in the form behind it."""
        self.page.goto(link)
        self.page.fill("#name", name)
        self.page.fill("#login", name.lower())
        self.page.fill("#password", PASSWORD)
        self.page.click("main form button")
        self.page.wait_for_url(f"{home}/**")

    def opens(self, summary: str) -> None:
        details = self.page.locator("details", has=self.page.locator("summary", has_text=summary))
        if details.get_attribute("open") is None:
            details.locator("summary").click()
        expect(details).to_have_attribute("open", "")

    def link(self) -> str:
        """Return the link that a page shows once."""
        return self.page.locator("#link").input_value()


def test_a_household_is_set_up_and_a_session_started_watched_paused_finished_and_printed(  # noqa: PLR0915 - one story
    server: Server, browser: Browser, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("STEADY_PICTURES") or tmp_path / "pictures")
    pictures.mkdir(parents=True, exist_ok=True)
    setup = server.says(r"http://\S+/setup#\S+")
    home = setup.partition("/setup")[0]

    # The first caregiver sets the household up on a phone, and names who exercises.
    hanna = Hand(browser, PHONE, pictures)
    hanna.page.goto(setup)
    expect(hanna.page.locator("#password")).to_be_visible()
    hanna.picture("setup")
    hanna.joins(setup, "Hanna", home)
    hanna.page.goto(f"{home}/household")
    hanna.page.locator("#people ~ article input[name=name]").first.fill("Anna")
    hanna.page.locator("#people ~ article form button").first.click()
    expect(hanna.page.locator("main")).to_contain_text("Anna")

    # She writes a routine: a fault is shown in place first, then it is heard, then it is kept.
    hanna.page.goto(f"{home}/routines/new")
    hanna.page.fill("#text", ROUTINE.replace("count: 3-4", "count: 4-3"))
    hanna.page.get_by_role("button", name="Save").click()
    expect(hanna.page.locator("#faults")).to_contain_text("Line 13")
    hanna.picture("routine-faults")
    hanna.page.fill("#text", ROUTINE)
    hanna.page.get_by_role("button", name="Check and listen").click()
    expect(hanna.page.locator("video")).to_be_visible()
    hanna.page.get_by_role("button", name="Save").click()
    expect(hanna.page.locator("main")).to_contain_text("Saved.")
    hanna.picture("routines")

    # A second caregiver is invited, with a role, and a tablet becomes the screen of the PC's coach.
    hanna.page.goto(f"{home}/household")
    hanna.opens("Invite a caregiver")
    hanna.page.select_option("#invite-me", "edit")
    hanna.page.get_by_role("button", name="Make an invitation").click()
    invitation = hanna.link()
    hanna.picture("invite")
    hanna.page.goto(f"{home}/household")
    hanna.opens("Pair a device")
    hanna.page.locator("#pair-of option").nth(1).wait_for(state="attached")
    hanna.page.select_option("#pair-of", index=1)
    hanna.page.get_by_role("button", name="Make a pairing link").click()
    pairing = hanna.link()
    hanna.page.goto(f"{home}/household")
    hanna.picture("household", full_page=True)

    ben = Hand(browser, PHONE, pictures)
    ben.joins(invitation, "Ben", home)
    screen = Hand(browser, TABLET, pictures)
    screen.page.goto(pairing)
    screen.page.fill("#name", "Living room tablet")
    screen.page.click("main form button")
    screen.page.goto(f"{home}/coach")
    screen.picture("coach-waiting")

    # Nothing is shown before Anna consents; she is asked on her own device, and says yes there.
    ben.page.goto(f"{home}/people/me")
    expect(ben.page.locator("main")).not_to_contain_text("Start now")
    ben.opens("Ask Anna")
    ben.page.locator('#sharing input[value="pain"]').check()
    ben.page.locator("#sharing form button").click()
    answers = screen.page.locator('[data-part="answers"] button')
    expect(screen.page.locator('[data-part="ask"]')).to_contain_text("Ben asks to be allowed")
    screen.picture("coach-consent")
    answers.first.click()
    expect(screen.page.locator('[data-part="question"]')).to_be_hidden(timeout=20_000)

    # He starts a session with a note; the coach invites, and Anna says yes.
    ben.page.goto(f"{home}/people/me")
    ben.picture("person", full_page=True)
    ben.page.select_option("#routine", "wall-press")
    ben.page.fill("#note", "Soup at one. Take your time.")
    ben.page.get_by_role("button", name="Ask Anna to start").click()
    live = ben.page.locator("#live")
    expect(screen.page.locator('[data-part="ask"]')).to_contain_text("Soup at one", timeout=20_000)
    screen.picture("coach-invitation")
    expect(live).to_contain_text("asked", timeout=10_000)
    answers.first.click()

    _answer_the_questions(screen, "Tell me when you are ready")
    expect(live).to_contain_text("wall press", ignore_case=True, timeout=30_000)

    # In the work he pauses her, and lets her go on, from the page.
    _come_to_work(screen)
    expect(screen.page.locator('[data-part="big"]')).not_to_be_empty(timeout=15_000)
    screen.picture("coach-working")
    ben.picture("live")
    ben.page.get_by_role("button", name="Pause").click()
    expect(screen.page.locator("#coach")).to_have_attribute("data-state", "paused", timeout=5_000)
    expect(live).to_contain_text("Paused", ignore_case=True, timeout=5_000)
    ben.picture("live-paused")
    ben.page.get_by_role("button", name="Go on").click()
    expect(screen.page.locator("#coach")).not_to_have_attribute("data-state", "paused", timeout=5_000)

    # It comes to its end; Anna says how it was.
    expect(screen.page.locator('[data-part="question"]')).to_be_visible(timeout=60_000)
    _answer_the_questions(screen, "How was that")
    expect(live).to_contain_text("Done", ignore_case=True, timeout=20_000)

    # It stands in the calendar, and on a sheet to print.
    ben.page.goto(f"{home}/people/me/done")
    expect(ben.page.locator("td[aria-current=date]")).to_contain_text("done")
    ben.picture("done", full_page=True)
    ben.page.set_viewport_size(PAPER)  # type: ignore[arg-type]
    ben.page.goto(f"{home}/people/me/sheet")
    expect(ben.page.locator("main")).to_contain_text("Wall press")
    ben.page.emulate_media(media="print")
    ben.picture("sheet", full_page=True)
    ben.page.emulate_media(media="screen")
    ben.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for name in ("week", "programme"):
        ben.page.goto(f"{home}/people/me/{name}")
        ben.picture(name)
    hanna.page.goto(f"{home}/changes")
    hanna.picture("changes")

    assert hanna.faults + ben.faults + screen.faults == []


def _answer_the_questions(screen: Hand, last: str) -> None:
    """Answer what the coach asks, as somebody who is well does, up to the last question."""
    words = screen.page.locator('[data-part="ask"]')
    answers = screen.page.locator('[data-part="answers"]')
    for _ in range(12):
        answers.get_by_role("button").first.wait_for(timeout=30_000)  # they go as soon as one is touched
        said = words.inner_text()
        if "one of these" in said:
            answers.get_by_role("button", name="No", exact=True).click()
        elif "nought to ten" in said:
            answers.get_by_role("button", name="2", exact=True).click()
        elif "How was that" in said:
            answers.get_by_role("button", name="About right").click()
        else:
            answers.get_by_role("button").first.click()
        if last in said:
            return


def _come_to_work(screen: Hand) -> None:
    """Skip the words, up to the count."""
    coach, where = screen.page.locator("#coach"), screen.page.locator('[data-part="where"]')
    expect(coach).to_have_attribute("data-state", "leading", timeout=20_000)
    screen.page.locator("summary").click()
    screen.page.locator('[data-act="next"]').click()  # from the welcome to the exercise
    expect(where).to_contain_text("Exercise 1")
    screen.page.locator('[data-act="next"]').click()  # and to its set
    expect(coach).to_have_attribute("data-state", "working", timeout=20_000)
    screen.page.locator("summary").click()
