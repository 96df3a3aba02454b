"""Two real servers on one database: a start is obeyed once; after a kill nothing fires again."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from skill.care.device import DeviceSide
from skill.care.house import House
from skill.care.live_state import LiveState, Phase
from skill.care.records import Caregiver, CommandKind, ConsentKind, Device
from skill.care.secrets import Passwords
from skill.ports import ME
from skill.store import open_store
from tests.skill.care.household import PASSWORD
from tests.skill.command_line import Home

_PATIENCE_S = 90


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(name="house")
def _house(home: Home) -> Iterator[House]:
    home.database.parent.mkdir(parents=True)
    with closing(open_store(home.database)) as store:
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        house = House(store, store, now=_now, passwords=cheap)
        yield house
        house.bell.close()


def settle(house: House) -> Caregiver:
    """Let Olga look after whoever exercises here, who allows her to start them at once."""
    olga = house.accept(house.new_setup_secret(), name="Olga", login="olga", password=PASSWORD)
    house.add_person(olga, "Maria", "UTC")
    return olga


def wait_for(house: House, is_so: Callable[[], bool]) -> None:
    """Wait until something is so; look whenever the store has changed."""
    until, seen = _now() + timedelta(seconds=_PATIENCE_S), 0
    while not is_so():
        assert _now() < until, "it never came to that"
        seen = house.bell.wait(seen, 1.0)


def live_of(house: House, pc: Device) -> LiveState:
    live = house.care.live(pc.id)
    return LiveState.from_dict(live.state) if live else LiveState()


@pytest.mark.skipif(sys.platform == "win32", reason="processes are ended by signals")
def test_two_servers_obey_a_start_once_and_a_killed_one_fires_nothing_again(home: Home, house: House) -> None:
    olga = settle(house)
    with home.start("serve", "--port", "0") as one, home.start("serve", "--port", "0") as other:
        wait_for(house, lambda: bool(house.devices(olga, ME)))
        (pc,) = house.devices(olga, ME)
        for kind in (ConsentKind.START, ConsentKind.AT_ONCE):
            DeviceSide(house, pc).consent(olga.id, kind, given=True)

        command = house.start(olga, ME, "knee-short", pc.id, at_once=True)
        wait_for(house, lambda: live_of(house, pc).phase is Phase.LEADING)
        house.control(olga, pc.id, CommandKind.PAUSE)
        wait_for(house, lambda: live_of(house, pc).phase is Phase.PAUSED)
        for server in (one, other):
            server.send_signal(signal.SIGKILL)

    sent = house.care.sent(command.id)
    assert sent is not None
    assert [event.state.value for event in sent.events] == ["delivered", "accepted"]
    (record,) = house.history.history(ME)
    assert sent.events[-1].detail == record.session_id

    with home.start("serve", "--port", "0") as server:
        wait_for(house, lambda: live_of(house, pc).phase is Phase.INTERRUPTED)
        seen_at = house.device(pc.id).seen_at
        wait_for(house, lambda: house.device(pc.id).seen_at != seen_at)  # it has looked at everything since
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=60)

    sent = house.care.sent(command.id)
    assert sent is not None
    assert [event.state.value for event in sent.events] == ["delivered", "accepted", "done"]
    assert [one.session_id for one in house.history.history(ME)] == [record.session_id]
    found = house.history.interrupted(ME, _now(), timedelta(hours=1))
    assert found is not None
    assert found.session_id == record.session_id
    assert (server.returncode, err) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="processes are ended by signals")
def test_a_server_that_is_ended_in_mid_session_keeps_it_and_says_so(home: Home, house: House) -> None:
    olga = settle(house)
    with home.start("serve", "--port", "0") as server:
        wait_for(house, lambda: bool(house.devices(olga, ME)))
        (pc,) = house.devices(olga, ME)
        for kind in (ConsentKind.START, ConsentKind.AT_ONCE):
            DeviceSide(house, pc).consent(olga.id, kind, given=True)
        house.start(olga, ME, "knee-short", pc.id, at_once=True)
        wait_for(house, lambda: live_of(house, pc).phase is Phase.LEADING)
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=60)

    assert (server.returncode, err) == (0, b"")
    assert live_of(house, pc).phase is Phase.INTERRUPTED
    assert house.history.interrupted(ME, _now(), timedelta(hours=1)) is not None
