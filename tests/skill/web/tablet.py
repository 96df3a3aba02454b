"""A browser that was paired as a tablet, in a household with its pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from skill.audio_pages import audio_blueprint
from skill.browser.driver import BrowserCoach
from skill.care.live_state import LiveState
from skill.care.records import Command, CommandState, Device, DeviceKind, Role
from skill.settings import read_settings
from skill.shelf import Shelf
from skill.shown import Shown
from skill.web.coach_page import coach_pages
from skill.web.guard import DEVICE_COOKIE
from tests.doubles import BurstSounds
from tests.skill.web.home import PHRASES, Home, open_home


@dataclass
class Tablet:
    """A browser that was paired as Anna's tablet, in a household with its pages."""

    home: Home
    device: Device
    browser: FlaskClient

    @cached_property
    def csrf(self) -> str:
        found = re.search(r'data-csrf="([^"]+)"', self.browser.get("/coach").text)
        assert found
        return found[1]

    def deed(self, status: int = 200, **said: Any) -> dict[str, Any]:
        answer = self.browser.post("/coach/deed", json=said, headers={"X-CSRF-Token": self.csrf})
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.get_json()
        return told

    def waiting(self) -> list[dict[str, str]]:
        told: list[dict[str, str]] = self.browser.get("/coach/waiting").get_json()["waiting"]
        return told

    def is_there(self, on: str) -> str:
        """Say that the page leads this session, or asks about this start; return what is said to it."""
        told = self.browser.get("/coach/waiting", query_string={"on": on}).get_json()
        return str(told.get("elsewhere", ""))

    def invited(self, note: str = "", *, at_once: bool = False) -> Command:
        """Have the owner start the short routine on this tablet."""
        return self.home.house.start(
            self.home.owner, self.device.person, "knee-short", self.device.id, note=note, at_once=at_once
        )

    def state(self, command: Command) -> CommandState | None:
        sent = self.home.house.care.sent(command.id)
        assert sent is not None
        return sent.state

    @property
    def live(self) -> LiveState:
        live = self.home.house.care.live(self.device.id)
        assert live is not None
        return LiveState.from_dict(live.state)

    def led(self) -> dict[str, Any]:
        """Begin, answer the questions, and come to the first words."""
        told = self.deed(do="begin", routine="knee-short")
        while told["ask"]:
            told = self.answered(told)
        return told

    def answered(self, told: dict[str, Any]) -> dict[str, Any]:
        ask, session = told["ask"], told["session"]
        if ask["expects"] == "ready":
            return self.deed(do="act", session=session, name="ready")
        value = {"number": 2, "choice": 2}.get(ask["expects"], "flags" not in ask["question"])
        return self.deed(do="act", session=session, name="answer", value=value)


@contextmanager
def pairing(folder: Path) -> Iterator[Callable[[DeviceKind], Tablet]]:
    """Give a household, and what pairs a browser with it."""
    sounds = BurstSounds()
    with open_home(folder) as home:
        shelf = Shelf(read_settings({"STEADY_DATA": str(folder), "STEADY_CACHE": str(folder)}))
        coach = BrowserCoach(home.house.history, shelf.routine, PHRASES, sounds, home.clock)
        shown = Shown()
        home.app.register_blueprint(coach_pages(home.site, coach, shown))
        home.app.register_blueprint(audio_blueprint(folder))
        home.house.set_role(home.owner, home.owner.id, home.person.id, Role.EDIT)

        def paired(kind: DeviceKind) -> Tablet:
            of = home.pc.id if kind is DeviceKind.SCREEN else None
            secret = home.house.invite_device(home.owner, home.person.id, kind, of=of)
            device, key = home.house.pair(secret, name="Tablet")
            browser = home.app.test_client()
            browser.set_cookie(DEVICE_COOKIE, key)
            return Tablet(home, device, browser)

        yield paired
    sounds.bank.close()
