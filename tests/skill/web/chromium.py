"""A real Chromium, and a server for it to look at."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: A phone of years ago, and a desk.
SIZES = ((360, 740), (1280, 800))
SCHEMES = ("light", "dark")

#: What is to be touched and is no link in a text, with how high it is and what it is called.
_TARGETS = """() => [...document.querySelectorAll(
  "button, [role=button], select, textarea, summary, nav a, " +
  "input:not([type=hidden], [type=checkbox], [type=radio])"
)].filter((one) => one.checkVisibility() && !one.closest("dialog:not([open])"))
  .map((one) => [one.getBoundingClientRect().height, one.outerHTML.slice(0, 80)])
  .filter(([height]) => height < 48).map(([height, what]) => `${height} px: ${what}`)"""


def find_chromium() -> str:
    """Return where Chromium is; skips the test if there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("chromium is not installed")


@contextmanager
def chromium() -> Iterator[Browser]:
    where = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Give the address at which an app answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Looker:
    """Somebody at a browser, who notices what is wrong."""

    context: BrowserContext
    address: str
    page: Page = field(init=False)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.emulate_media(reduced_motion="reduce")  # colours are there at once
        self.page.on("console", self._hears)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hears(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            self.complaints.append(message.text)

    def goes_to(self, path: str) -> None:
        self.page.goto(self.address + path)

    def finds_a_page(self, path: str) -> bool:
        """Whether there is a whole page, and no part of one, no stream and no file."""
        asked = self.context.request
        head = asked.head(self.address + path, max_redirects=0)
        if head.status != HTTPStatus.OK or not head.headers["content-type"].startswith("text/html"):
            return False
        return "<html" in asked.get(self.address + path).text()

    def signs_in(self, login: str, password: str) -> None:
        self.goes_to("/sign-in")
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.page.click("main button")
        self.page.wait_for_url(self.address + "/")

    def complains(self) -> list[str]:
        """Return what is wrong with the page that is open, in light and dark, on a phone and a desk."""
        found = list(self.complaints)
        self.complaints.clear()
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            found += [f"{width} px: {one}" for one in self._of_size()]
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                found += [f"{scheme}, {width} px: {one}" for one in self._of_axe()]
        return [f"{self.page.url}: {one}" for one in found]

    def _of_size(self) -> list[str]:
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        too_wide = [f"too wide by {wide} px"] if wide > 0 else []
        return [*too_wide, *self.page.evaluate(_TARGETS)]

    def _of_axe(self) -> list[str]:
        options: dict[str, Any] = {
            "runOnly": {"type": "tag", "values": _LEVELS},
            "resultTypes": ["violations"],
        }
        violations = Axe().run(self.page, options=options).response["violations"]
        return [
            f"{violation['id']}: {node['html'][:100]}"
            for violation in violations
            for node in violation["nodes"]
        ]
