"""A household with its pages: a real store, a clock of its own, and browsers to look with."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from routines.phrases import load_phrases
from skill.care.device import DeviceSide
from skill.care.house import House
from skill.care.live_state import LiveState, Phase
from skill.care.records import Caregiver, ConsentKind, Device, DeviceKind, Person, Role
from skill.care.secrets import Passwords, digest
from skill.ports import ME
from skill.store import open_store
from skill.web.limits import Limits
from skill.web.pages import add_pages
from skill.web.site import RoutineChoice, Site

PHRASES = load_phrases()
PASSWORD = "four small words here"  # noqa: S105 - of nobody
ROUTINES = (
    RoutineChoice(id="knee-short", title="Short knee routine", minutes=8),
    RoutineChoice(id="knee", title="Knee routine", minutes=26),
)


@dataclass
class Clock:
    """Now, until it is told to go on."""

    at: datetime = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **how_long: float) -> None:
        self.at += timedelta(**how_long)


@dataclass
class Home:
    """The household: Hanna looks after it, Anna exercises, and the PC is her coach."""

    house: House
    site: Site
    app: Flask
    clock: Clock
    owner: Caregiver
    person: Person
    pc: Device
    browsers: list[FlaskClient] = field(default_factory=list)

    def browser(self, who: Caregiver | None = None) -> FlaskClient:
        """Return a browser, with somebody signed in."""
        browser = self.app.test_client()
        browser.environ_base["HTTP_ACCEPT"] = "text/html,*/*;q=0.8"
        if who is not None:
            assert post(browser, "/sign-in", login=who.login, password=PASSWORD).status_code == 303
        return browser

    def caregiver(self, name: str, role: Role | None, *, owner: bool = False) -> Caregiver:
        """Add a caregiver who has this role for Anna."""
        grants = {self.person.id: role} if role else {}
        secret = self.house.invite_caregiver(self.owner, grants, owner=owner or not grants)
        return self.house.accept(secret, name=name, login=name.lower(), password=PASSWORD)

    def allow(self, who: Caregiver, *kinds: ConsentKind, given: bool = True) -> None:
        """Let Anna say on her own device what somebody may, or no longer may."""
        for kind in kinds:
            self.coach.consent(who.id, kind, given=given)

    @property
    def coach(self) -> DeviceSide:
        return DeviceSide(self.house, self.pc)

    def tell(self, **state: Any) -> None:
        """Let the PC tell what it is doing, as it does all the time while it is on."""
        state.setdefault("since", self.clock())
        self.coach.seen()
        self.coach.tell(LiveState(**state), "session-1")

    def works(self, **more: Any) -> None:
        """Let the PC lead the second set of the third exercise."""
        plain: dict[str, Any] = {
            "phase": Phase.WORKING,
            "routine": "knee",
            "routine_title": "Knee routine",
            "exercise_title": "Wall slides",
            "exercise_no": 3,
            "exercises": 6,
            "set_no": 2,
            "sets": 3,
            "side": "left",
            "progress_ms": 300_000,
            "total_ms": 900_000,
        }
        self.tell(**(plain | more))


@contextmanager
def open_home(
    folder: Path, *, threads: int = 16, limits: Limits | None = None, clock: Any = None
) -> Iterator[Home]:
    """Give a household that was set up a moment ago."""
    clock = clock or Clock()
    store = open_store(folder / "steady.db", durable=False)
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    house = House(store, store, now=clock, passwords=cheap)
    app = Flask("steady", static_folder=None, template_folder=None)
    app.testing = True
    site = add_pages(app, house, PHRASES, routines=lambda: ROUTINES, threads=threads, limits=limits)
    owner = house.accept(house.new_setup_secret(), name="Hanna", login="hanna", password=PASSWORD)
    person = house.add_person(owner, "Anna", "Europe/Berlin")
    pc = Device(id="pc", name="Kitchen computer", kind=DeviceKind.PC, person=ME, seen_at=clock())
    store.add_device(pc, digest("the key of the computer"))
    store.saw_device(pc.id, clock())
    try:
        yield Home(house=house, site=site, app=app, clock=clock, owner=owner, person=person, pc=pc)
    finally:
        house.bell.close()
        store.close()


def csrf_in(page: str) -> str:
    """Return what the first form of a page carries."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, "no form"
    return found[1]


def post(browser: FlaskClient, path: str, *, form_of: str | None = None, **fields: Any) -> TestResponse:
    """Send a form as a browser does: with the token of the page that it is on."""
    page = browser.get(form_of or ("/sign-in" if path == "/sign-in" else path))
    token = csrf_in(page.text) if page.status_code == 200 else csrf_in(browser.get("/me").text)
    return browser.post(path, data={"csrf": token, **fields})


def text_of(answer: TestResponse | str) -> str:
    """Return what a page says, without its markup."""
    page = answer if isinstance(answer, str) else answer.text
    _, _, main = page.partition('<main id="content" tabindex="-1">')
    body = (main or page).partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
