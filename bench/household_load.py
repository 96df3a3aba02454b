"""What a household's screens do all day, in one process: look on, exercise, ask for pages, press buttons."""

from __future__ import annotations

import asyncio
import json
import random
import re
from asyncio import Future
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_urlsafe
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from bench.household_home import ROUTINE, Home, Tablet, Viewer
from bench.household_wire import Stream, Wire
from skill.web.guard import DEVICE_COOKIE, SIGN_IN_COOKIE

#: What somebody who waits this long for anything is told to have waited.
GIVEN_UP_S = 5.0
DEED_EVERY_S = 5.0
#: How often a tablet that leads says that it is there, and renews its lease.
ASK_EVERY_S = 5.0
#: One round of commands to a tablet.
_COMMANDS = ("pause", "resume", "pause", "resume", "stop", "start")
_LAG_LOOK_S = 0.01
_HEADLINE = re.compile(r'<p data-look="headline">(.*?)</p>', re.DOTALL)
_CSRF = re.compile(r'data-csrf="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Rates:
    """How much goes on."""

    seconds: float
    pages_per_s: float
    commands_per_s: float


@dataclass(slots=True)
class Times:
    """How long everything took, in milliseconds, by what it was."""

    pages: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    to_device: list[float] = field(default_factory=list)
    to_viewers: list[float] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)  #: of the process that measures
    lost: list[str] = field(default_factory=list)  #: what never came, or was refused


def run_load(address: tuple[str, int], home: Home, rates: Rates) -> Times:
    """Open every screen, let them live for so long, and return what it took them."""
    return asyncio.run(_Load(address, home, rates).run())


class _Load:
    def __init__(self, address: tuple[str, int], home: Home, rates: Rates) -> None:
        self._rates = rates
        self._times = Times()
        self._chance = random.Random(7)  # noqa: S311 - the same load every time
        self._viewers = [Looker(address, one, self._times) for one in home.viewers]
        self._coaches = [Coach(address, one, self._times, nth) for nth, one in enumerate(home.tablets)]
        self._paused = home.paused
        self._going: set[asyncio.Task[None]] = set()

    async def run(self) -> Times:
        everybody: list[Looker | Coach] = [*self._coaches, *self._viewers]
        for one in everybody:
            await one.open()
        for coach in self._coaches:
            await coach.do(do="begin", routine=ROUTINE)
        streams = [asyncio.create_task(one.follow()) for one in everybody]
        await asyncio.gather(*(coach.get_ready() for coach in self._coaches))
        self._times.pages.clear()
        busy = [
            asyncio.create_task(one)
            for one in (
                *(coach.exercise() for coach in self._coaches),
                *(coach.be_there() for coach in self._coaches),
                self._ask_for_pages(),
                self._give_commands(),
                self._watch_self(),
            )
        ]
        await asyncio.sleep(self._rates.seconds)
        for task in (*busy, *streams):
            if task.done():
                task.result()  # what went wrong is told
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        await asyncio.gather(*self._going)  # what was asked for is still waited for
        for one in everybody:
            await one.quiet()
        for task in streams:
            task.cancel()
        for one in everybody:
            await one.close()
        await asyncio.gather(*streams, return_exceptions=True)
        return self._times

    async def _ask_for_pages(self) -> None:
        nth = 0
        while True:
            await asyncio.sleep(self._chance.expovariate(self._rates.pages_per_s))
            looker = self._chance.choice(self._viewers)
            person = f"/people/{looker.who.person}"
            asked: tuple[Coroutine[Any, Any, None], ...] = ()
            match nth % 5:
                case 0:
                    asked = (looker.page("/", "/"),)
                case 1:
                    asked = (looker.page("/people/<id>", person),)
                case 2:
                    asked = (looker.page("/people/<id>/done", f"{person}/done"),)
                case 3:
                    asked = (looker.page("/people/<id>/week", f"{person}/week"),)
                case _:
                    asked = (self._chance.choice(self._coaches).page(),)
            nth += 1
            _spawn(self._going, asked)

    async def _give_commands(self) -> None:
        nth = 0
        while True:
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) / self._rates.commands_per_s)
            coach = self._coaches[nth % len(self._coaches)]
            nth += 1
            if coach.next_command is not None:
                _spawn(self._going, (self._command(coach, coach.next_command),))

    async def _command(self, coach: Coach, what: str) -> None:
        """Press a button of a person's page, and see when the tablet knows and when all pages show it."""
        lookers = [one for one in self._viewers if one.who.person == coach.who.person]
        arrived = coach.expect()
        seen = [one.expect(self._paused, same=what == "pause") for one in lookers]
        began_s = perf_counter()
        posted = asyncio.create_task(self._chance.choice(lookers).press(what, coach.who.device))
        self._times.to_device.append(await self._after(began_s, arrived, f"{what}: at the tablet"))
        if what in ("pause", "resume"):
            took = [await self._after(began_s, one, f"{what}: on a page") for one in seen]
            self._times.to_viewers.append(max(took))
        await posted
        await coach.quiet()
        coach.command_done(what)

    async def _after(self, began_s: float, told: Future[float], what: str) -> float:
        try:
            return 1000 * (await asyncio.wait_for(told, GIVEN_UP_S) - began_s)
        except TimeoutError:
            self._times.lost.append(what)
            return 1000 * GIVEN_UP_S

    async def _watch_self(self) -> None:
        while True:
            due_s = perf_counter() + _LAG_LOOK_S
            await asyncio.sleep(_LAG_LOOK_S)
            self._times.lag.append(1000 * (perf_counter() - due_s))


def _spawn(going: set[asyncio.Task[None]], asked: Iterable[Coroutine[Any, Any, None]]) -> None:
    for one in asked:
        task = asyncio.create_task(one)
        going.add(task)
        task.add_done_callback(going.discard)


class Looker:
    """Somebody with a person's page open."""

    def __init__(self, address: tuple[str, int], who: Viewer, times: Times) -> None:
        """Take who it is."""
        self.who = who
        self._times = times
        self._address = address
        self._cookie = f"{SIGN_IN_COOKIE}={who.key}"
        self._wire = Wire(address, self._cookie)
        self._stream: Stream | None = None
        self._headline = ""
        self._expected: list[tuple[str, bool, Future[float]]] = []

    async def open(self) -> None:
        """Open the page and its stream."""
        await self.page("/people/<id>", f"/people/{self.who.person}")
        self._stream = await Stream.open(self._address, f"/people/{self.who.person}/live", self._cookie)

    async def follow(self) -> None:
        """Read the stream."""
        if self._stream is None:
            return
        async for heard in self._stream.events():
            if heard.name == "over":
                self._times.lost.append("a stream")
            if heard.name == "panel" and (found := _HEADLINE.search(heard.data)):
                self._headline = found[1]
                self._tell(heard.at_s)

    def expect(self, headline: str, *, same: bool) -> Future[float]:
        """Return when this headline, or any other one, is seen from now on."""
        told: Future[float] = asyncio.get_running_loop().create_future()
        self._expected.append((headline, same, told))
        return told

    def _tell(self, at_s: float) -> None:
        for one in list(self._expected):
            headline, same, told = one
            if told.done() or (self._headline == headline) is same:
                self._expected.remove(one)
                if not told.done():
                    told.set_result(at_s)

    async def page(self, name: str, path: str) -> None:
        """Ask for a page."""
        answer = await self._wire.get(path)
        self._times.pages[name].append(answer.took_ms)
        if answer.status != 200:
            self._times.lost.append(f"{name}: {answer.status}")

    async def quiet(self) -> None:
        """Wait for nothing: somebody who looks on does nothing unasked."""

    async def press(self, what: str, device: str) -> None:
        """Press a button of the page."""
        form = {"csrf": self.who.csrf}
        path = f"/people/{self.who.person}/{device}/{what}"
        if what == "start":
            form |= {"routine": ROUTINE, "device": device, "at_once": "yes"}
            path = f"/people/{self.who.person}/start"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
        answer = await self._wire.post(path, urlencode(form).encode(), headers)
        self._times.pages["a button"].append(answer.took_ms)
        if answer.status not in (204, 303):
            self._times.lost.append(f"{what}: {answer.status}")

    async def close(self) -> None:
        """Close the browser."""
        await _close(self._stream, self._wire)


class Coach:
    """A tablet that leads somebody through sessions."""

    def __init__(self, address: tuple[str, int], who: Tablet, times: Times, nth: int) -> None:
        """Take whose it is, and its place in the order of deeds."""
        self.who = who
        self._times = times
        self._address = address
        self._cookie = f"{DEVICE_COOKIE}={who.key}"
        self._wire = Wire(address, self._cookie)
        self._sounds = Wire(address, self._cookie)
        self._stream: Stream | None = None
        self._csrf = ""
        self._chance = random.Random(nth)  # noqa: S311
        self._known: set[str] = set()
        self._heard: set[str] = set()
        self._expected: Future[float] | None = None
        self._doing: set[asyncio.Task[None]] = set()
        self._session: str | None = None
        self._ask: dict[str, Any] | None = None
        self._state = ""
        self._block = ""
        self._round = 0

    async def open(self) -> None:
        """Open the page and its stream."""
        await self.page()
        self._stream = await Stream.open(self._address, "/coach/events", self._cookie)

    async def page(self) -> None:
        """Ask for the page."""
        answer = await self._wire.get("/coach")
        self._times.pages["/coach"].append(answer.took_ms)
        found = _CSRF.search(answer.body.decode())
        if found is None:
            self._times.lost.append(f"/coach: {answer.status}")
        else:
            self._csrf = found[1]

    async def follow(self) -> None:
        """Read the stream, and do what it asks for."""
        if self._stream is None:
            return
        async for heard in self._stream.events():
            if heard.name == "gone":
                self._times.lost.append("a tablet")
            elif heard.name == "news":
                for one in json.loads(heard.data)["waiting"]:
                    if one["id"] not in self._known:
                        self._known.add(one["id"])
                        if self._expected is not None and not self._expected.done():
                            self._expected.set_result(heard.at_s)
                        _spawn(self._doing, (self._obey(one["id"], one["what"]),))

    def expect(self) -> Future[float]:
        """Return when the next command is here."""
        self._expected = asyncio.get_running_loop().create_future()
        return self._expected

    @property
    def next_command(self) -> str | None:
        """The button that is pressed next; None if one has been pressed, or makes no sense now."""
        what = _COMMANDS[self._round % len(_COMMANDS)]
        if self._expected is not None:
            return None
        good = {
            "pause": self._session is not None and self._ask is None and self._state != "paused",
            "resume": self._state == "paused",
            "stop": self._session is not None,
            "start": self._session is None,
        }
        return what if good[what] else None

    def command_done(self, what: str) -> None:
        """Let the next button be pressed."""
        self._expected = None
        self._round += what == _COMMANDS[self._round % len(_COMMANDS)]

    async def quiet(self) -> None:
        """Wait until every command has been carried out."""
        await asyncio.gather(*self._doing)

    async def get_ready(self) -> None:
        """Answer what is asked before the first exercise."""
        while self._ask is not None:
            await self._go_on()

    async def exercise(self) -> None:
        """Do the next thing every few seconds."""
        await asyncio.sleep(self._chance.uniform(0, DEED_EVERY_S))
        while True:
            due_s = perf_counter() + DEED_EVERY_S
            _spawn(self._doing, (self._go_on(),))
            await asyncio.sleep(max(0.0, due_s - perf_counter()))

    async def be_there(self) -> None:
        """Ask now and then what waits, as the page does beside its stream."""
        await asyncio.sleep(self._chance.uniform(0, ASK_EVERY_S))
        while True:
            _spawn(self._doing, (self._look(),))
            await asyncio.sleep(ASK_EVERY_S)

    async def _look(self) -> None:
        answer = await self._wire.get(f"/coach/waiting?on={self._session or ''}", "application/json")
        self._times.pages["/coach/waiting"].append(answer.took_ms)
        if answer.status != 200:
            self._times.lost.append(f"/coach/waiting: {answer.status}")

    async def do(self, **said: Any) -> None:
        """Send a deed, as the page does, and fetch the sound that comes back."""
        body = json.dumps(said | {"id": token_urlsafe(9)}).encode()
        headers = {"Content-Type": "application/json", "X-CSRF-Token": self._csrf}
        answer = await self._wire.post("/coach/deed", body, headers)
        self._times.pages["/coach/deed"].append(answer.took_ms)
        if answer.status != 200:
            self._times.lost.append(f"{said['do']} {said.get('name', '')}: {answer.status}")
            return
        told = json.loads(answer.body)
        if "session" in told:
            self._take(told)
        for piece in (told.get("play"), told.get("next")):
            url = piece and piece["url"]
            if url and url not in self._heard:
                self._heard.add(url)
                sound = await self._sounds.get(url, "audio/mpeg")
                self._times.pages["a sound"].append(sound.took_ms)

    def _take(self, told: dict[str, Any]) -> None:
        over = bool(told["outcome"])
        self._session = None if over else told["session"]
        self._ask = None if over else told["ask"]
        self._state = told["view"]["state"]
        if told["play"]:
            self._block = told["play"]["parts"][-1][0]

    async def _obey(self, command: str, what: str) -> None:
        if what == "invite":
            await self.do(do="take", command=command)
        else:
            where = {"block": self._block, "offset_ms": 1_000} if self._block else {}
            await self.do(do="control", command=command, session=self._session, **where)

    async def _go_on(self) -> None:
        if self._session is None or self._state == "paused":
            return
        act = {"do": "act", "session": self._session}
        if self._ask is not None:
            expects, question = self._ask["expects"], self._ask["question"]
            if expects == "ready":
                await self.do(**act, name="ready")
            else:
                value = {"number": 2, "choice": 2}.get(expects, "flags" not in question)
                await self.do(**act, name="answer", value=value)
        elif self._block:
            await self.do(**act, name="finished", block=self._block)
        else:
            await self.do(**act, name="next")

    async def close(self) -> None:
        """Close the browser."""
        await _close(self._stream, self._wire, self._sounds)


async def _close(stream: Stream | None, *wires: Wire) -> None:
    if stream is not None:
        stream.close()
    for wire in wires:
        with suppress(OSError):
            await wire.close()
