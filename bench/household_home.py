"""A large household after a year: people with their tablets, histories and weeks, and who looks on."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from routines.phrases import load_phrases
from routines.plan import Plan
from skill.care.device import DeviceSide
from skill.care.house import House
from skill.care.records import Caregiver, ConsentKind, DeviceKind, Person, Role, ScheduledRun
from skill.care.secrets import new_id
from skill.records import EventKind, SessionEvent, exercises_data
from skill.store import open_store
from skill.store.sql import SqlStore

ROUTINE = "knee"
_ZONE = "Europe/Berlin"
_PASSWORD = "four small words here"  # noqa: S105 - of nobody
_DAYS = 365
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EXERCISES = (
    "adductor-stretch",
    "wall-slides",
    "inner-thigh-squeeze",
    "knee-bends",
    "leg-extensions",
    "cycling",
)
_SETS = 2


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is signed in, and the person whose page they have open."""

    person: str
    key: str  #: of the sign-in's cookie
    csrf: str


@dataclass(frozen=True, slots=True)
class Tablet:
    """A browser that is paired as a person's coach."""

    person: str
    device: str
    key: str  #: of the device's cookie


@dataclass(frozen=True, slots=True)
class Home:
    """Everybody with a screen."""

    tablets: tuple[Tablet, ...]
    viewers: tuple[Viewer, ...]
    sessions: int  #: that are on record
    paused: str  #: what a person's page says at the top while they pause

    def part(self, tablets: int, viewers: int) -> Home:
        """Return as many of the tablets, and as many viewers for each of them."""
        some = self.tablets[:tablets]
        who = [[one for one in self.viewers if one.person == tablet.person][:viewers] for tablet in some]
        return Home(some, tuple(one for few in who for one in few), self.sessions, self.paused)


def make_home(database: Path, people: int, viewers: int) -> Home:
    """Fill a new database; every viewer has signed in with a password, and may do and see all for theirs.

    The first viewer is the owner of the household, whose first page shows everybody.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    store = open_store(database, durable=False)
    try:
        return _Making(store).home(people, viewers)
    finally:
        store.close()


class _Making:
    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._now = datetime.now(UTC)
        self._house = House(store, store, now=lambda: datetime.now(UTC))
        self._chance = random.Random(4)  # noqa: S311 - the same household every time
        self._sessions = 0

    def home(self, people: int, viewers: int) -> Home:
        house = self._house
        owner = house.accept(house.new_setup_secret(), name="Owner", login="owner", password=_PASSWORD)
        tablets, lookers = [], []
        for nth in range(people):
            person = house.add_person(owner, f"Person {nth}", _ZONE)
            device, key = house.pair(
                house.invite_device(owner, person.id, DeviceKind.BROWSER), name=f"Tablet {nth}"
            )
            tablets.append(Tablet(person.id, device.id, key))
            side = DeviceSide(house, device)
            for other in range(viewers):
                first = nth == other == 0
                who = owner if first else self._caregiver(owner, person, f"Viewer {nth} {other}")
                for kind in ConsentKind:
                    side.consent(who.id, kind, given=True)
                lookers.append(self._signed_in(who, person))
            self._year(person, device.id)
        house.bell.close()
        paused = load_phrases()("web.live.phase.paused")
        return Home(tuple(tablets), tuple(lookers), self._sessions, paused)

    def _caregiver(self, owner: Caregiver, person: Person, name: str) -> Caregiver:
        secret = self._house.invite_caregiver(owner, {person.id: Role.EDIT})
        return self._house.accept(secret, name=name, login=name.replace(" ", "-"), password=_PASSWORD)

    def _signed_in(self, who: Caregiver, person: Person) -> Viewer:
        found = self._house.sign_in(who.login, _PASSWORD)
        if found is None:
            raise AssertionError(who.login)
        return Viewer(person.id, found[0], found[1].csrf)

    def _year(self, person: Person, device: str) -> None:
        """Let somebody exercise five days of seven for a year, by a week whose next time is hours away."""
        zone = ZoneInfo(_ZONE)
        far = (self._now.astimezone(zone) + timedelta(hours=12)).time().replace(second=0, microsecond=0)
        slot = {"id": "am", "time": f"{far:%H:%M}", "days": _WEEKDAYS, "routine": ROUTINE, "device": device}
        document = {"v": 1, "zone": _ZONE, "slots": [slot]}
        self._store.save_week(person.id, document, "owner", self._now - timedelta(days=_DAYS))
        today = self._now.astimezone(zone).date()
        for ago in range(_DAYS, 0, -1):
            day = today - timedelta(days=ago)
            at = datetime.combine(day, min(far, time(22)), zone).astimezone(UTC)
            done = self._chance.random() < 5 / 7
            run = ScheduledRun(
                person=person.id, slot="am", day=day, attempt=1, at=at, outcome="done" if done else "missed"
            )
            self._store.claim_run(run)
            if done:
                self._session(person.id, device, at)

    def _session(self, person: str, device: str, at: datetime) -> None:
        session = new_id()
        about = exercises_data([(one, 2 * _SETS) for one in _EXERCISES])
        self._store.begin(session, person, ROUTINE, Plan(), device, at, {}, about)
        self._sessions += 1
        events = [self._answer(at, "pain_before", self._chance.randint(0, 4))]
        for exercise in _EXERCISES:
            for number in range(1, _SETS + 1):
                for side in ("left", "right"):
                    at += timedelta(seconds=60)
                    key = f"done:{exercise}/{number}/{side}:0"
                    data = {"exercise": exercise, "set": number, "side": side, "work_ms": 45_000}
                    events.append(SessionEvent(at=at, kind=EventKind.BLOCK_DONE, key=key, data=data))
        events.append(self._answer(at, "pain_after", self._chance.randint(0, 4)))
        events.append(self._answer(at, "effort", 2))
        events.append(SessionEvent(at=at, kind=EventKind.DONE, key="end"))
        self._store.record(session, events, {}, at)

    @staticmethod
    def _answer(at: datetime, what: str, value: int) -> SessionEvent:
        data: dict[str, Any] = {"what": what, "value": value}
        return SessionEvent(at=at, kind=EventKind.ANSWERED, key=f"answered:{what}", data=data)
