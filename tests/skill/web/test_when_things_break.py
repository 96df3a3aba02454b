"""Servers killed in mid-session, networks lost, databases restarted, two servers on one database.

Real servers, a real Chromium, a real PostgreSQL: nothing fires twice, nothing recorded is lost, the page says
the truth.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from routines.phrases import load_phrases
from routines.plan import Plan, Words
from skill.care.device import DeviceSide
from skill.care.house import House
from skill.care.live_state import LiveState, Phase
from skill.care.records import Caregiver, CommandState, ConsentKind, Device, DeviceKind, Person, Role
from skill.care.secrets import Passwords
from skill.care.week import Weekday
from skill.records import EventKind
from skill.store import open_store
from skill.web.guard import DEVICE_COOKIE, SIGN_IN_COOKIE
from tests.postgres import Postgres
from tests.skill.care.household import PASSWORD
from tests.skill.command_line import Home
from tests.skill.web.chromium import chromium

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are ended by signals")

PHRASES = load_phrases()

#: A routine that is over in half a minute: one short set for each arm.
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
      reps: {count: 1-2, sets: 1, sides: each, tempo: [{bend: 1}, {push: 1}]}
    set_up: {full: [Stand at the wall.], brief: [Stand at the wall.]}
    movement: {full: [Press and come back.], brief: [Press and come back.]}
    feel: The arms work.
    breathing: Breathe out as you press.
    benefit: This makes opening a door easier.
    cautions: [Do not let your back sag.]
"""
QUICK = Plan(pace_percent=50, rest_s=10, words=Words.BRIEF, rate_wpm=175)
_PATIENCE_S = 25.0
_PATIENCE_MS = 30_000
_OFFLINE = PHRASES("coach-page.words.offline")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(name="browser", scope="module")
def _browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """Wait longer for what is to be seen: several servers start on a busy machine."""
    expect.set_options(timeout=_PATIENCE_MS)
    yield
    expect.set_options(timeout=5_000)


# -- servers ---------------------------------------------------------------------------------------


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


class Server:
    """`steady serve` on one port: it can be killed and started again."""

    def __init__(self, home: Home, database: str) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._command = ["serve", "--port", str(port), "--no-coach"]
        plain = {name: what for name, what in os.environ.items() if not name.startswith("STEADY_")}
        self._env = plain | home.env() | {"STEADY_DATABASE_URL": database}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it answers."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from skill.cli import main; main()", *self._command],
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        until(lambda: self.status("/healthz") == 200)

    def status(self, path: str) -> int | None:
        """Return the status of a page; None if nobody answers."""
        return self.asks(path)[0]

    def asks(self, path: str, cookie: str = "") -> tuple[int | None, str]:
        """Return the status and the text of a page."""
        request = Request(self.address + path, headers={"Cookie": cookie, "Accept": "text/html"})  # noqa: S310
        try:
            with urlopen(request, timeout=10) as page:  # noqa: S310 - our own
                return page.status, page.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except (URLError, OSError):
            return None, ""

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()

    def end(self) -> str:
        """Let it end by itself; return what it complained about."""
        assert self._process is not None
        self._process.terminate()
        return self._process.communicate(timeout=60)[1].decode()


@contextmanager
def serving(home: Home, database: str = "") -> Iterator[Server]:
    server = Server(home, database)
    server.start()
    try:
        yield server
    finally:
        if server.status("/healthz") is None:
            server.kill()
        else:
            server.end()


def until(is_so: Callable[[], bool], *, wait: Callable[[], object] = lambda: None) -> None:
    """Return once something is so; `wait` holds up until it may be."""
    deadline = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        wait()


# -- the household ---------------------------------------------------------------------------------


@dataclass
class Family:
    """Hanna looks after Anna, who has a tablet and has allowed everything; both at real browsers."""

    house: House
    browser: Browser
    hanna: Caregiver
    anna: Person
    tablet: Device
    key: str  #: the tablet's
    opened: ExitStack = field(default_factory=ExitStack)

    def at(self, address: str, cookie: str, key: str) -> BrowserContext:
        """Return a browser that has been let in before."""
        context = self.browser.new_context(locale="en-GB")
        self.opened.callback(context.close)
        context.set_default_timeout(_PATIENCE_MS)
        context.add_cookies([{"name": cookie, "value": key, "url": address}])
        return context

    def looks(self, server: Server, who: Caregiver | None = None) -> Page:
        """Return the page about Anna in a caregiver's browser."""
        page = self.at(server.address, SIGN_IN_COOKIE, self.signs_in(who or self.hanna)).new_page()
        page.goto(f"{server.address}/people/{self.anna.id}")
        return page

    def signs_in(self, who: Caregiver) -> str:
        signed_in = self.house.sign_in(who.login, PASSWORD)
        assert signed_in is not None
        return signed_in[0]

    def coach(self, server: Server) -> Page:
        """Return the tablet's page, touched once."""
        page = self.at(server.address, DEVICE_COOKIE, self.key).new_page()
        page.goto(f"{server.address}/coach")
        page.locator('[data-part="begin"]').click()
        return page

    def joins(self, name: str, role: Role) -> Caregiver:
        secret = self.house.invite_caregiver(self.hanna, {self.anna.id: role})
        return self.house.accept(secret, name=name, login=name.lower(), password=PASSWORD)

    def allows(self, who: Caregiver) -> None:
        for kind in ConsentKind:
            DeviceSide(self.house, self.tablet).consent(who.id, kind, given=True)

    def plans_for_now(self) -> None:
        """Save a week with a time that has just come."""
        slot = {"id": "now", "time": f"{now():%H:%M}", "days": [day.value for day in Weekday]}
        slot |= {"routine": "wall-press", "device": self.tablet.id}
        document = {"v": 1, "zone": "UTC", "at_most": 3, "slots": [slot]}
        self.house.care.save_week(self.anna.id, document, self.hanna.id, now())

    def times_that_came(self) -> list[str]:
        """Return the times of the week that somebody has seen come."""
        return [run.slot for run in self.house.care.runs(self.anna.id, (now() - timedelta(days=1)).date())]

    def kept(self) -> list[str]:
        """Return the keys of everything kept of all sessions, in its order."""
        return [event.key for one in self.house.history.history(self.anna.id) for event in one.events]

    def sets(self) -> int:
        """Return how many sets were counted as done."""
        sessions = self.house.history.history(self.anna.id)
        return sum(event.kind is EventKind.BLOCK_DONE for one in sessions for event in one.events)

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Return once something in the store is so."""
        until(is_so, wait=lambda: self.house.bell.wait(self.house.bell.newest(), 0.5))


@contextmanager
def family_of(where: str | Path, browser: Browser) -> Iterator[Family]:
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    with closing(open_store(where)) as store, ExitStack() as opened:
        house = House(store, store, now=now, passwords=cheap)
        opened.callback(house.bell.close)
        hanna = house.accept(house.new_setup_secret(), name="Hanna", login="hanna", password=PASSWORD)
        anna = house.add_person(hanna, "Anna", "UTC")
        store.save_plan(anna.id, QUICK, anna.id, now())
        house.set_role(hanna, hanna.id, anna.id, Role.EDIT)
        tablet, key = house.pair(house.invite_device(hanna, anna.id, DeviceKind.BROWSER), name="Tablet")
        family = Family(house, browser, hanna, anna, tablet, key, opened)
        family.allows(hanna)
        yield family


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.routines.mkdir(parents=True)
    (home.routines / "wall-press.yaml").write_text(ROUTINE, encoding="utf-8")
    return home


@pytest.fixture(name="family")
def _family(home: Home, browser: Browser) -> Iterator[Family]:
    """Give a household in a file."""
    with family_of(home.database, browser) as family:
        yield family


# -- what is done on the tablet ---------------------------------------------------------------------


def notice(page: Page) -> Locator:
    return page.locator('[data-part="notice"]')


def comes_to_work(page: Page) -> None:
    """Begin the routine, answer as somebody who is well, and go on to the count of the first set."""
    page.locator('[data-routine="wall-press"]').click()
    answers_the_questions(page)
    goes_to_work(page)


def answers_the_questions(page: Page) -> None:
    coach, asked = page.locator("#coach"), page.locator('[data-part="ask"]')
    before = ""
    while True:
        expect(asked).not_to_have_text(before)
        before = asked.inner_text()
        button = next(
            name
            for told, name in (("one of these", "No"), ("nought to ten", "2"), ("", "Yes"))
            if told in before
        )
        ready = page.get_by_role("button", name="I am ready")
        if ready.is_visible():
            ready.click()
            break
        page.locator('[data-part="answers"]').get_by_role("button", name=button, exact=True).click()
    expect(coach).to_have_attribute("data-state", "leading")


def goes_to_work(page: Page) -> None:
    page.locator("summary").click()
    state = "leading"
    while state == "leading":
        with page.expect_response("**/coach/deed") as told:
            page.locator('[data-act="next"]').click()
        state = told.value.json()["view"]["state"]
    expect(page.locator("#coach")).to_have_attribute("data-state", "working")
    page.locator("summary").click()


def plays_on(page: Page) -> None:
    """Return when the tablet has played something to its end that it could not tell anybody about."""
    page.wait_for_event("requestfailed", lambda one: one.url.endswith("/coach/deed"))


def shown(page: Page) -> Locator:
    """Return what a caregiver sees of what goes on."""
    return page.locator("#live")


# -- the server is killed, the network drops ----------------------------------------------------------


def test_a_tablet_goes_on_while_the_server_is_dead_and_everything_counts_once(
    home: Home, family: Family
) -> None:
    with serving(home) as server:
        page = family.coach(server)
        comes_to_work(page)
        before = family.kept()

        server.kill()
        expect(notice(page)).to_have_text(_OFFLINE)
        plays_on(page)
        assert family.kept() == before
        server.start()

        family.wait_for(lambda: family.sets() == 1)
        expect(notice(page)).to_have_text("")
        family.wait_for(lambda: family.sets() == 2)
        after = family.kept()
        assert after[: len(before)] == before
        assert len(set(after)) == len(after)
        assert len(family.house.history.history(family.anna.id)) == 1


def test_a_network_that_drops_loses_nothing_and_caregivers_are_told_since_when(
    home: Home, family: Family
) -> None:
    with serving(home) as server:
        page, hers = family.coach(server), family.looks(server)
        comes_to_work(page)
        expect(shown(hers)).to_contain_text(PHRASES("web.live.phase.working", name="Anna"))

        page.context.set_offline(True)
        expect(notice(page)).to_have_text(_OFFLINE)
        plays_on(page)
        family.house.care.saw_device(family.tablet.id, now() - timedelta(minutes=1))  # so long as that
        expect(shown(hers)).to_contain_text("Tablet has been offline since")
        page.context.set_offline(False)

        expect(notice(page)).to_have_text("")
        family.wait_for(lambda: family.sets() == 1)
        expect(shown(hers)).not_to_contain_text("has been offline")
        expect(shown(hers)).to_contain_text(PHRASES("web.live.side.right"))
        assert len(set(family.kept())) == len(family.kept())


def test_a_pause_without_a_network_holds_at_once_and_is_kept_later(home: Home, family: Family) -> None:
    with serving(home) as server:
        page = family.coach(server)
        comes_to_work(page)

        page.context.set_offline(True)
        page.locator('[data-act="pause"]').click()
        expect(page.locator("#coach")).to_have_attribute("data-state", "paused")
        expect(page.locator('[data-act="resume"]')).to_be_visible()
        page.context.set_offline(False)

        family.wait_for(lambda: family.kept()[-1].startswith("paused:"))
        page.locator('[data-act="resume"]').click()
        family.wait_for(lambda: family.sets() == 1)
        assert len([key for key in family.kept() if key.startswith("paused:")]) == 1


def test_a_caregivers_page_without_a_network_says_that_it_may_be_old(home: Home, family: Family) -> None:
    with serving(home) as server:
        page = family.looks(server)
        stale = page.locator("#stale")
        expect(stale).to_be_hidden()

        page.context.set_offline(True)
        expect(stale).to_be_visible()
        DeviceSide(family.house, family.tablet).tell(LiveState(phase=Phase.LEADING, since=now()))
        page.context.set_offline(False)

        expect(stale).to_be_hidden()
        expect(shown(page)).to_contain_text(PHRASES("web.live.phase.leading", name="Anna"))


# -- two servers on one database ----------------------------------------------------------------------


@pytest.fixture(name="database", params=["sqlite", "postgresql"])
def _database(request: pytest.FixtureRequest) -> str:
    """Give the address of a database with nothing in it; "" for a file at home."""
    if request.param == "sqlite":
        return ""
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


def test_two_servers_on_one_database_are_one_home(home: Home, database: str, browser: Browser) -> None:
    with (
        family_of(database or home.database, browser) as family,
        serving(home, database) as one,
        serving(home, database) as other,
    ):
        ben, ways_in = family.joins("Ben", Role.VIEW), family.house
        family.allows(ben)
        hers, his = family.looks(one), family.looks(other, ben)
        pages = [family.coach(one), family.coach(other)]

        # A start at once, and the tablet open at both servers: one of the pages leads one session.
        command = ways_in.start(family.hanna, family.anna.id, "wall-press", family.tablet.id, at_once=True)
        family.wait_for(lambda: bool(family.house.history.history(family.anna.id)))
        until(
            lambda: any(page.locator('[data-part="ask"]').is_visible() for page in pages),
            wait=lambda: pages[0].wait_for_event("requestfinished"),
        )
        assert [page.locator("#coach").get_attribute("data-state") for page in pages].count("checking") == 1
        for page in (hers, his):
            expect(shown(page)).to_contain_text(PHRASES("web.live.phase.checking", name="Anna"))
        sent = family.house.care.sent(command.id)
        assert sent is not None
        assert [event.state for event in sent.events] == [CommandState.DELIVERED, CommandState.ACCEPTED]
        assert len(family.house.history.history(family.anna.id)) == 1

        # What one has let in or sent away, the other has too.
        invitation = ways_in.invite_caregiver(family.hanna, {family.anna.id: Role.VIEW})
        joining = browser.new_page()
        joining.goto(f"{one.address}/join#{invitation}")
        joining.fill("#name", "Cem")
        joining.fill("#login", "cem")
        joining.fill("#password", PASSWORD)
        joining.click("main form button")
        joining.wait_for_url(f"{one.address}/**")
        joining.goto(f"{other.address}/join#{invitation}")
        expect(joining.locator("main")).to_contain_text("not valid any more")
        joining.close()
        both = [family.looks(one, ben), his]
        ways_in.remove_caregiver(family.hanna, ben.id)
        for page in both:
            page.wait_for_url("**/sign-in**")
        assert one.end() == other.end() == ""


# -- a database that restarts --------------------------------------------------------------------------


@pytest.fixture(name="own_postgres")
def _own_postgres(postgres: Postgres) -> Iterator[Postgres]:
    """Give the server; it runs when the test is over."""
    yield postgres
    if not postgres.runs():
        postgres.start()


def test_a_database_that_restarts_is_waited_for_and_loses_nothing(
    home: Home, own_postgres: Postgres, browser: Browser
) -> None:
    database = own_postgres.new_database()
    with family_of(database, browser) as family, serving(home, database) as server:
        page, hers = family.coach(server), family.looks(server)
        cookie = f"{SIGN_IN_COOKIE}={family.signs_in(family.hanna)}"
        comes_to_work(page)
        before = family.kept()

        own_postgres.stop()
        expect(hers.locator("#stale")).to_be_visible()
        status, told = server.asks(f"/people/{family.anna.id}", cookie)
        assert (status, PHRASES.lines("web.error.s503")[0] in told) == (503, True)
        expect(notice(page)).to_have_text(_OFFLINE)
        with page.expect_response(lambda one: one.url.endswith("/coach/deed") and one.status == 503):
            pass  # the set is over, and cannot be kept yet
        own_postgres.start()
        family.plans_for_now()

        family.wait_for(lambda: family.sets() == 1)
        expect(notice(page)).to_have_text("")
        expect(hers.locator("#stale")).to_be_hidden()
        expect(shown(hers)).to_contain_text(PHRASES("web.live.side.right"))
        after = family.kept()
        assert after[: len(before)] == before
        assert len(set(after)) == len(after)
        family.wait_for(lambda: family.times_that_came() == ["now"])
        assert server.status("/healthz") == 200
