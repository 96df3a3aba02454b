"""A store that is away for a while: the session goes on, answers at once, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from skill.care.house import House
from skill.care.live_state import Phase
from skill.care.records import ConsentKind, Role
from skill.home.patience import Backlog, persistently
from skill.ports import ME, Held, LeaseLostError, StoreError, StoreFault
from skill.records import EventKind, SessionEvent
from skill.store.sql import SqlStore
from skill.terminal.view import View, ViewState
from tests.skill.care.household import Household, new_household, open_house
from tests.skill.home.parts import Evening, Room, coach_of
from tests.skill.store_contract import NOW, wall_slides


class Flaky:
    """A store that can be out of reach."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.away = False
        self.refused = 0

    def __getattr__(self, name: str) -> Any:
        what = getattr(self._store, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if self.away:
                self.refused += 1
                raise StoreError(StoreFault.UNREACHABLE, "test")
            return what(*args, **kwargs)

        return call


class FlakyEvening(Evening):
    flaky: Flaky


@pytest.fixture(name="evening")
def _evening(tmp_path: Path) -> Iterator[FlakyEvening]:
    with new_household(tmp_path) as home:
        flaky = Flaky(home.store)
        store = cast("SqlStore", flaky)
        house: House = open_house(store, home.clock)
        ben = home.caregiver("Ben", Role.START)
        home.allow(ben, ConsentKind.START, ConsentKind.AT_ONCE)
        room = Room(home.clock)
        evening = FlakyEvening(Household(*home), room, coach_of(house, room), ben)
        evening.flaky = flaky
        yield evening


def working(view: View) -> bool:
    return view.state is ViewState.WORKING


def test_a_session_goes_on_while_the_store_is_away_and_all_of_it_is_kept(evening: FlakyEvening) -> None:
    command = evening.start(at_once=True)

    def go_away() -> None:
        evening.flaky.away = True

    def come_back() -> None:
        evening.flaky.away = False

    evening.room.then(working, go_away)
    evening.room.then(lambda view: view.exercise_no == 2, come_back)
    evening.coach.turn()

    (record,) = evening.home.store.history(ME)
    done = [event.key for event in record.events if event.kind is EventKind.BLOCK_DONE]
    assert evening.flaky.refused > 2
    assert len(done) == len(set(done)) > 2
    assert record.events[-1].kind is EventKind.DONE
    assert evening.phase is Phase.DONE
    assert evening.fate(command) == ["delivered", "accepted", "done"]


def test_it_hurts_is_answered_at_once_without_a_store(evening: FlakyEvening) -> None:
    evening.start(at_once=True)
    at_poll: list[int] = []

    def hurt() -> str:
        evening.flaky.away = True
        at_poll.append(evening.room.polls)
        return "o"

    def come_back() -> None:
        at_poll.append(evening.room.polls)
        evening.flaky.away = False

    evening.room.then(working, hurt)
    evening.room.then(lambda view: view.state is ViewState.STOPPED, come_back)
    evening.coach.turn()

    assert at_poll[1] - at_poll[0] <= 2
    (record,) = evening.home.store.history(ME)
    assert record.events[-1].kind is EventKind.STOPPED
    assert record.events[-1].data["reason"] == "pain"


class Taken:
    """A store that is away at first, and then is somebody else's to say where a session stands."""

    def __init__(self) -> None:
        self.away = True
        self.tried: list[str] = []

    def begin(self, *args: Any) -> None: ...

    def record(
        self, session_id: str, events: Sequence[SessionEvent], *_: object, held: Held | None = None
    ) -> int:
        del session_id, held
        if self.away:
            raise StoreError(StoreFault.UNREACHABLE, "test")
        self.tried += [event.key for event in events]
        raise LeaseLostError


def test_what_waited_while_the_lease_was_lost_is_handed_over_once_and_waits_no_more() -> None:
    store = Taken()
    backlog = Backlog(store)
    for n in range(3):
        backlog.record("s1", [wall_slides(n)], {}, NOW)
    store.away = False

    with pytest.raises(LeaseLostError):
        backlog.flush()
    backlog.flush()

    assert store.tried == [wall_slides(n).key for n in range(3)]


def test_what_has_to_be_kept_in_the_end_is_tried_until_it_works() -> None:
    tries: list[float] = []

    def do() -> None:
        if len(tries) < 3:
            raise StoreError(StoreFault.LOCKED, "test")

    def wait(seconds: float) -> bool:
        tries.append(seconds)
        return False

    persistently(do, wait)
    assert tries == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("ends", "waits"), [(True, 1), (False, 60)])
def test_a_store_that_stays_away_is_given_up_in_the_end(ends: bool, waits: int) -> None:
    tries: list[float] = []

    def do() -> None:
        raise StoreError(StoreFault.LOCKED, "test")

    def wait(seconds: float) -> bool:
        tries.append(seconds)
        return ends

    with pytest.raises(StoreError):
        persistently(do, wait)
    assert len(tries) == waits
