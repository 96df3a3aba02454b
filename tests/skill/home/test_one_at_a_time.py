"""The coach of this machine while a tablet leads the same person."""

from __future__ import annotations

import pytest

from skill.care.device import LED_ELSEWHERE
from skill.care.live_state import LiveState, Phase
from skill.care.records import CommandState, ConsentKind, DeviceKind
from skill.lease import Lease
from skill.ports import ME
from skill.terminal.view import View, ViewState
from tests.skill.home.parts import Evening


@pytest.fixture(name="tablet")
def _tablet(evening: Evening) -> Lease:
    """Return the lease of a tablet's page that leads."""
    home = evening.home
    device = home.add_device(DeviceKind.BROWSER)
    lease = Lease(home.store, ME, home.clock, device=device.id, page=True)
    assert lease.take()
    return lease


def test_a_start_for_somebody_whom_a_tablet_leads_is_refused_and_says_so(
    evening: Evening, tablet: Lease
) -> None:
    command = evening.start()
    evening.coach.turn()

    sent = evening.home.store.sent(command.id)
    assert sent is not None
    assert (sent.state, sent.events[-1].detail) == (CommandState.REFUSED, LED_ELSEWHERE)
    assert evening.room.opened == 0

    tablet.give_back()
    command = evening.start()
    evening.room.then(lambda view: "asks if you would like" in view.caption, "n")
    evening.coach.turn()
    assert evening.fate(command) == ["delivered", "declined"]


@pytest.mark.usefixtures("tablet")
def test_a_question_that_waits_for_a_tablet_keeps_no_start_from_being_answered(evening: Evening) -> None:
    asked = evening.home.house.ask_consent(evening.ben, ME, [ConsentKind.DONE])
    command = evening.start()

    evening.coach.turn()

    assert evening.fate(command) == ["delivered", "refused"]
    assert evening.fate(asked) == []


@pytest.mark.usefixtures("tablet")
def test_after_a_kill_the_truth_is_told_also_while_a_tablet_leads(evening: Evening) -> None:
    evening.home.side().tell(LiveState(phase=Phase.WORKING), "s1")

    evening.coach.turn()

    assert evening.phase is Phase.INTERRUPTED
    assert not Lease(evening.home.store, ME, evening.home.clock).take()


def test_while_this_machine_leads_a_tablet_does_not(evening: Evening, tablet: Lease) -> None:
    tablet.give_back()
    taken: list[bool] = []

    def works(view: View) -> bool:
        return view.state is ViewState.WORKING

    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    evening.room.then(works, lambda: taken.append(tablet.take()))
    evening.room.then(works, "q")
    evening.coach.turn()

    assert taken == [False]
    assert (tablet.leader().device, tablet.leader().name) == ("pc-1", "den")
    assert tablet.take()
