"""A PC that was asleep for longer than its lease: if a tablet has gone on meanwhile, the PC gives way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from skill.care.device import LED_ELSEWHERE, NOTHING_ON
from skill.care.live_state import Phase
from skill.care.records import CommandKind, CommandState, ConsentKind, Device, DeviceKind
from skill.lease import LASTS, Lease
from skill.ports import ME
from skill.records import EventKind, SessionEvent
from skill.terminal.view import View, ViewState
from tests.skill.home.parts import PHRASES, Evening

_ON_TABLET = {"as": "the tablet has it"}


def working(view: View) -> bool:
    return view.state is ViewState.WORKING


def invited(view: View) -> bool:
    return "asks if you would like" in view.caption


@pytest.fixture(name="tablet")
def _tablet(evening: Evening) -> Device:
    return evening.home.add_device(DeviceKind.BROWSER)


def lease_of(evening: Evening, tablet: Device) -> Lease:
    return Lease(evening.home.store, ME, evening.home.clock, device=tablet.id, page=True)


def sleeps(evening: Evening) -> None:
    evening.home.clock.at += 4 * LASTS


def happens_on_the_tablet(evening: Evening, kind: EventKind, snapshot: dict[str, Any]) -> None:
    (record,) = evening.home.store.history(ME)
    at = evening.home.clock()
    event = SessionEvent(at=at, kind=kind, key=f"tablet:{kind}")
    assert evening.home.store.record(record.session_id, [event], snapshot, at) == 1


def goes_on_elsewhere(evening: Evening, tablet: Device) -> Callable[[], None]:
    """Return what lets the PC sleep while a tablet goes on with its session."""

    def act() -> None:
        sleeps(evening)
        assert lease_of(evening, tablet).take()
        happens_on_the_tablet(evening, EventKind.RESUMED, _ON_TABLET)

    return act


def kept(evening: Evening) -> list[EventKind]:
    (record,) = evening.home.store.history(ME)
    return [event.kind for event in record.events]


def snapshot(evening: Evening) -> dict[str, Any]:
    (record,) = evening.home.store.history(ME)
    found = evening.home.store.standing(ME, record.session_id)
    assert found is not None
    return found.snapshot


def led_on(tablet: Device) -> str:
    return PHRASES("errors.led-on-by-now", name=tablet.name)


def test_the_pc_leaves_a_session_alone_that_a_tablet_has_gone_on_with(
    evening: Evening, tablet: Device
) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    command = evening.start(at_once=True)
    evening.room.then(working, goes_on_elsewhere(evening, tablet))
    evening.coach.turn()

    assert kept(evening)[-1] is EventKind.RESUMED
    assert snapshot(evening) == _ON_TABLET
    assert lease_of(evening, tablet).take()
    assert evening.fate(command) == ["delivered", "accepted", "done"]


def test_the_pc_is_silent_at_once_and_says_once_where_it_goes_on(evening: Evening, tablet: Device) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    woken: list[int] = []

    def wake() -> None:
        goes_on_elsewhere(evening, tablet)()
        woken.append(len(evening.room.views))

    evening.room.then(working, wake)
    evening.coach.turn()

    after = [view.caption for view in evening.room.views[woken[0] + 1 :]]
    assert after
    assert set(after) == {led_on(tablet)}
    assert evening.room.said.count(led_on(tablet)) == 1
    assert evening.room.open_now == 0


def test_caregivers_are_not_told_that_a_session_was_stopped_that_goes_on_elsewhere(
    evening: Evening, tablet: Device
) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    evening.room.then(working, goes_on_elsewhere(evening, tablet))
    evening.coach.turn()

    assert evening.phase is Phase.IDLE
    assert {EventKind.STOPPED, EventKind.INTERRUPTED, EventKind.LEFT}.isdisjoint(kept(evening))


def test_a_session_that_was_led_elsewhere_and_given_back_is_left_alone_too(
    evening: Evening, tablet: Device
) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)

    def wake() -> None:
        goes_on_elsewhere(evening, tablet)()
        happens_on_the_tablet(evening, EventKind.INTERRUPTED, _ON_TABLET)
        lease_of(evening, tablet).give_back()

    evening.room.then(working, wake)
    evening.coach.turn()

    assert snapshot(evening) == _ON_TABLET
    assert kept(evening)[-1] is EventKind.INTERRUPTED
    assert PHRASES("errors.led-since") in evening.room.said


def test_a_pc_that_wakes_first_goes_on_and_what_it_slept_is_no_exercise(
    evening: Evening, tablet: Device
) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    shown: list[int] = []

    def wake() -> None:
        sleeps(evening)
        shown.append(evening.room.views[-1].elapsed_ms)

    evening.room.then(working, wake)
    evening.room.then(working, lambda: shown.append(evening.room.views[-1].elapsed_ms))
    evening.room.then(working, lambda: shown.append(lease_of(evening, tablet).take()))
    evening.coach.turn()

    assert shown[1] - shown[0] < LASTS.total_seconds() * 1000
    assert shown[2] is False
    assert evening.phase is Phase.DONE
    assert kept(evening)[-1] is EventKind.DONE


def test_an_invitation_that_slept_while_a_tablet_led_is_over(evening: Evening, tablet: Device) -> None:
    command = evening.start()

    def wake() -> None:
        sleeps(evening)
        assert lease_of(evening, tablet).take()

    evening.room.then(invited, wake)
    evening.coach.turn()

    sent = evening.home.store.sent(command.id)
    assert sent is not None
    assert (sent.state, sent.events[-1].detail) == (CommandState.REFUSED, LED_ELSEWHERE)
    assert evening.phase is Phase.IDLE
    assert led_on(tablet) in evening.room.said
    assert evening.home.store.history(ME) == ()


@pytest.mark.parametrize(("key", "said"), [(None, "no_answer"), ("y", "accepted")])
def test_a_question_about_sharing_that_slept_while_a_tablet_led_has_the_answer_that_was_given(
    evening: Evening, tablet: Device, key: str | None, said: str
) -> None:
    asked = evening.home.house.ask_consent(evening.ben, ME, [ConsentKind.DONE])

    def wake() -> str | None:
        sleeps(evening)
        assert lease_of(evening, tablet).take()
        return key

    evening.room.then(lambda view: bool(view.expects), wake)
    evening.coach.turn()

    assert evening.fate(asked) == ["delivered", said]
    assert evening.room.open_now == 0


def test_a_pause_that_is_asked_for_while_the_pc_gives_way_is_refused(
    evening: Evening, tablet: Device
) -> None:
    evening.allow(ConsentKind.AT_ONCE, ConsentKind.START)
    evening.start(at_once=True)
    evening.room.then(working, goes_on_elsewhere(evening, tablet))
    evening.room.then(lambda view: view.caption == led_on(tablet), lambda: evening.control(CommandKind.PAUSE))
    evening.coach.turn()

    _, sent = evening.home.store.sent_to("pc-1", evening.home.clock() - 20 * LASTS)
    assert (sent.state, sent.events[-1].detail) == (CommandState.REFUSED, NOTHING_ON)


def test_a_server_that_ends_as_it_wakes_does_not_say_that_the_session_was_broken_off(
    evening: Evening, tablet: Device
) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    command = evening.start(at_once=True)

    def wake() -> None:
        goes_on_elsewhere(evening, tablet)()
        evening.coach.end()

    evening.room.then(working, wake)
    with pytest.raises(SystemExit):
        evening.coach.turn()

    assert snapshot(evening) == _ON_TABLET
    assert kept(evening)[-1] is EventKind.RESUMED
    assert evening.phase is Phase.IDLE
    assert evening.fate(command) == ["delivered", "accepted", "done"]


def test_a_key_that_is_pressed_as_the_pc_wakes_changes_nothing(evening: Evening, tablet: Device) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)

    def wake() -> str:
        goes_on_elsewhere(evening, tablet)()
        return "n"

    evening.room.then(working, wake)
    evening.coach.turn()

    assert snapshot(evening) == _ON_TABLET
    assert kept(evening)[-1] is EventKind.RESUMED


def test_after_giving_way_the_pc_leads_again_when_it_is_asked_to(evening: Evening, tablet: Device) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    evening.room.then(working, goes_on_elsewhere(evening, tablet))
    evening.coach.turn()
    lease_of(evening, tablet).give_back()

    command = evening.start()
    evening.room.then(invited, "n")
    evening.coach.turn()

    assert evening.fate(command) == ["delivered", "declined"]
