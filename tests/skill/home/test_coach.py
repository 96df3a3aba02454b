"""The coach at home: invited, answered, led, paused, stopped; asked for consent; kept apart from others."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from routines.load import load_routine
from routines.plan import FirstSide, Plan
from skill.care.device import BUSY, NO_ROUTINE
from skill.care.live_state import LiveState, Phase
from skill.care.records import Command, CommandKind, ConsentKind, ConsentState, DeviceKind
from skill.home.coach import HomeCoach
from skill.lease import Lease
from skill.ports import ME
from skill.records import EventKind
from skill.terminal.view import View, ViewState
from speech.hearing.port import Word
from tests.skill.care.household import Household, open_house
from tests.skill.home.parts import PHRASES, Evening, Room, coach_of


def invited(view: View) -> bool:
    return "asks if you would like" in view.caption


def working(view: View) -> bool:
    return view.state is ViewState.WORKING


def paused(view: View) -> bool:
    return view.state is ViewState.PAUSED


def kinds_kept(home: Household) -> list[EventKind]:
    return [event.kind for record in home.store.history(ME) for event in record.events]


# -- the invitation --------------------------------------------------------------------------------


def test_the_person_is_asked_in_the_name_of_who_asks_and_the_note_is_read_first(evening: Evening) -> None:
    evening.start(note="Tea is ready")
    evening.room.then(invited, "n")
    evening.coach.turn()

    said = evening.room.said
    assert said.index("Ben says: Tea is ready.") < said.index("Ben asks if you would like to do your")
    assert "Press yes to start" in said


def test_while_asking_caregivers_see_that_somebody_was_invited(evening: Evening) -> None:
    seen: list[tuple[Phase, str, str]] = []
    command = evening.start()

    def look() -> str:
        seen.append((evening.phase, evening.live.asked_by, evening.live.command))
        return "n"

    evening.room.then(invited, look)
    evening.coach.turn()

    assert seen == [(Phase.INVITED, "Ben", command.id)]
    assert evening.phase is Phase.IDLE


def test_no_starts_nothing(evening: Evening) -> None:
    command = evening.start()
    evening.room.then(invited, "n")
    evening.coach.turn()

    assert evening.fate(command) == ["delivered", "declined"]
    assert evening.home.store.history(ME) == ()
    assert "All right. Not now." in evening.room.said
    assert evening.room.open_now == 0


def test_nobody_there_is_no_answer_after_two_minutes(evening: Evening) -> None:
    command = evening.start()
    before = evening.home.clock.at
    evening.coach.turn()

    assert evening.fate(command) == ["delivered", "no_answer"]
    assert timedelta(minutes=2) <= evening.home.clock.at - before < timedelta(minutes=3)
    assert evening.home.store.history(ME) == ()


def test_an_invitation_can_be_taken_back(evening: Evening) -> None:
    command = evening.start()
    evening.room.then(invited, lambda: evening.control(CommandKind.STOP))
    evening.coach.turn()

    sent = evening.home.store.sent(command.id)
    assert sent is not None
    assert [(event.state.value, event.detail) for event in sent.events][1:] == [("done", "withdrawn")]
    assert "taken back" in evening.room.said


def test_what_is_said_counts_as_an_answer_where_the_coach_listens(evening: Evening) -> None:
    evening.room.listens = True
    command = evening.start()
    evening.room.then(invited, lambda: evening.room.ears.words.append(Word.NO))
    evening.coach.turn()

    assert evening.fate(command) == ["delivered", "declined"]
    assert "Say or press yes" in evening.room.said


def test_a_key_on_the_paired_screen_answers_and_ends(evening: Evening) -> None:
    screen = evening.home.side(evening.home.add_device(DeviceKind.SCREEN, "pc-1"))

    def press(key: str) -> None:
        screen.press(key)

    command = evening.start()
    evening.room.then(invited, lambda: press("y"))
    evening.room.then(lambda view: view.state is ViewState.CHECKING and not invited(view), lambda: press("q"))
    evening.coach.turn()

    assert evening.fate(command) == ["delivered", "accepted", "done"]
    assert evening.phase is Phase.STOPPED


def test_an_answer_that_a_screen_keeps_itself_counts_too(evening: Evening) -> None:
    screen = evening.home.side(evening.home.add_device(DeviceKind.SCREEN, "pc-1"))
    command = evening.start()
    evening.room.then(invited, lambda: screen.answer(command, yes=False))
    evening.coach.turn()

    assert evening.fate(command) == ["delivered", "declined"]


# -- the session -----------------------------------------------------------------------------------


def test_the_coach_at_home_asks_for_the_leg_to_begin_with_and_a_screen_answers(evening: Evening) -> None:
    screen = evening.home.side(evening.home.add_device(DeviceKind.SCREEN, "pc-1"))
    evening.home.store.save_plan(ME, Plan(first_side=FirstSide.ASK), by=ME, at=evening.home.clock())
    seen: list[str] = []

    def answer(view: View) -> str:
        seen.append(view.expects)
        if view.expects != "yes-no":
            return "enter"
        return "n" if "these" in view.caption and "right for you" not in view.caption else "y"

    evening.start(routine="knee")
    for _ in range(6):
        evening.room.then(lambda view: bool(view.expects), lambda: answer(evening.room.views[-1]))
    evening.room.then(lambda view: view.expects == "side", lambda: screen.press("r"))
    evening.room.then(lambda view: view.expects == "ready", "q")
    HomeCoach(evening.home.house, evening.room, PHRASES, load_routine, own_id="pc-1", name="den").turn()

    assert seen == ["yes-no", "yes-no", "yes-no", "yes-no", "number", "yes-no"]
    assert "Which leg would you like to begin with?" in evening.room.said
    (record,) = evening.home.store.history(ME)
    answers = {event.data["what"]: event.data["value"] for event in record.events if "what" in event.data}
    assert answers["first_side"] == "right"


def test_yes_begins_with_the_safety_questions(evening: Evening) -> None:
    command = evening.start()
    seen: list[Phase] = []

    def look() -> str:
        seen.append(evening.phase)
        return "q"

    evening.room.then(invited, "y")
    evening.room.then(lambda view: not invited(view) and view.state is ViewState.CHECKING, look)
    evening.coach.turn()

    assert seen == [Phase.CHECKING]
    assert evening.fate(command) == ["delivered", "accepted", "done"]


def test_where_it_is_allowed_a_session_begins_at_once_and_says_who_started_it(evening: Evening) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    command = evening.start(at_once=True)
    evening.room.then(working, "q")
    evening.coach.turn()

    assert evening.fate(command) == ["delivered", "accepted", "done"]
    assert "Ben starts your" in evening.room.said
    assert "asks if" not in evening.room.said


def test_the_whole_session_is_seen_as_it_goes_and_kept(evening: Evening) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    command = evening.start(at_once=True)
    seen: list[tuple[Phase, int | None, int | None, str]] = []

    def note(_view: View) -> bool:
        live = evening.live
        one = (live.phase, live.exercise_no, live.set_no, live.side)
        if not seen or seen[-1] != one:
            seen.append(one)
        return False

    evening.room.then(note, "")
    evening.coach.turn()

    assert evening.phase is Phase.DONE
    assert evening.fate(command) == ["delivered", "accepted", "done"]
    assert {Phase.LEADING, Phase.WORKING, Phase.RESTING} <= {one[0] for one in seen}
    assert (Phase.WORKING, 1, 2, "") in seen
    assert kinds_kept(evening.home)[-1] is EventKind.DONE
    (record,) = evening.home.store.history(ME)
    sent = evening.home.store.sent(command.id)
    assert sent is not None
    assert [event.detail for event in sent.events] == ["", record.session_id, ""]


def test_a_caregiver_pauses_goes_on_and_stops_within_a_second(evening: Evening) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    asked_at: list[tuple[ViewState, int]] = []

    def ask(what: CommandKind, becomes: ViewState) -> None:
        asked_at.append((becomes, len(evening.room.views)))
        evening.control(what)

    evening.room.then(working, lambda: ask(CommandKind.PAUSE, ViewState.PAUSED))
    evening.room.then(paused, lambda: ask(CommandKind.RESUME, ViewState.WORKING))
    evening.room.then(working, lambda: ask(CommandKind.STOP, ViewState.STOPPED))
    evening.coach.turn()

    for becomes, after in asked_at:
        soon = evening.room.views[after : after + 10]  # each view is 100 ms
        assert becomes in {view.state for view in soon}
    assert evening.phase is Phase.STOPPED
    assert [kind for kind in kinds_kept(evening.home) if kind is not EventKind.BLOCK_DONE] == [
        EventKind.STARTED, EventKind.PAUSED, EventKind.RESUMED, EventKind.STOPPED,
    ]  # fmt: skip


def test_the_reason_for_a_stop_is_told_to_those_who_may_see_it(evening: Evening) -> None:
    evening.allow(ConsentKind.AT_ONCE, ConsentKind.DONE)
    evening.start(at_once=True)
    evening.room.then(working, "o")
    evening.coach.turn()

    live = evening.live
    assert (live.phase, live.reason) == (Phase.STOPPED, "pain")
    shown = live.for_caregiver(evening.home.house.access(evening.ben, ME).actions)
    assert shown is not None
    assert shown.reason == ""


def test_a_second_start_is_refused_while_one_is_on(evening: Evening) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    later = []
    evening.room.then(working, lambda: later.append(evening.start()))
    evening.room.then(working, "q")
    evening.coach.turn()

    sent = evening.home.store.sent(later[0].id)
    assert sent is not None
    assert [(event.state.value, event.detail) for event in sent.events][-1] == ("refused", BUSY)
    assert evening.room.opened == 1


def test_an_interrupted_session_is_gone_on_with(evening: Evening) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    evening.room.then(working, evening.coach.end)
    with pytest.raises(SystemExit):
        evening.coach.turn()
    assert evening.phase is Phase.INTERRUPTED

    room = Room(evening.home.clock)
    room.then(invited, "y")
    room.then(go_on_asked, "y")
    room.then(working, "q")
    evening.start()
    coach_of(evening.home.house, room).turn()

    (record,) = evening.home.store.history(ME)
    assert EventKind.INTERRUPTED in {event.kind for event in record.events}
    assert record.events[-1].kind is EventKind.STOPPED


def test_a_routine_that_is_not_here_is_refused(evening: Evening) -> None:
    command = evening.start(routine="handstand")
    evening.coach.turn()

    sent = evening.home.store.sent(command.id)
    assert sent is not None
    assert [(event.state.value, event.detail) for event in sent.events][-1] == ("refused", NO_ROUTINE)
    assert evening.room.opened == 0


# -- late, twice, killed ---------------------------------------------------------------------------


def test_a_start_that_comes_late_starts_nothing(evening: Evening) -> None:
    command = evening.start()
    evening.home.clock.go_on(seconds=31)
    evening.coach.turn()

    assert evening.fate(command) == ["late"]
    assert evening.room.opened == 0


def test_after_a_kill_the_page_says_the_truth_and_the_command_does_not_fire_again(evening: Evening) -> None:
    """A killed process runs no `finally`: all that is left is what is in the store."""
    evening.allow(ConsentKind.AT_ONCE)
    command = evening.start(at_once=True)
    evening.home.side().take(command)
    evening.home.side().answer(command, yes=True, session="s1")
    evening.home.side().tell(LiveState(phase=Phase.WORKING, command=command.id), "s1")

    evening.coach.turn()

    assert evening.phase is Phase.INTERRUPTED
    assert evening.fate(command) == ["delivered", "accepted", "done"]
    assert evening.room.opened == 0


def test_two_coaches_on_one_store_obey_a_start_once(evening: Evening) -> None:
    evening.start()
    other_room = Room(evening.home.clock)
    other = coach_of(open_house(evening.home.store, evening.home.clock), other_room)

    def meanwhile() -> str:
        other.turn()
        return "n"

    evening.room.then(invited, meanwhile)
    evening.coach.turn()
    other.turn()

    assert (evening.room.opened, other_room.opened) == (1, 0)


def test_two_coaches_never_lead_one_person_at_once(evening: Evening) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    other_room = Room(evening.home.clock)
    other = coach_of(open_house(evening.home.store, evening.home.clock), other_room)
    later = []

    def another_start() -> None:
        later.append(evening.start())
        other.turn()

    evening.room.then(working, another_start)
    evening.room.then(working, "q")
    evening.coach.turn()

    assert evening.fate(later[0])[-1] == "refused"
    assert other_room.opened == 0


def test_a_session_in_a_terminal_keeps_the_coach_at_home_away(evening: Evening) -> None:
    lease = Lease(evening.home.store, ME, evening.home.clock)
    assert lease.take()
    command = evening.start()
    evening.coach.turn()
    assert evening.fate(command) == ["delivered", "refused"]

    lease.give_back()
    command = evening.start()
    evening.room.then(invited, "n")
    evening.coach.turn()
    assert evening.fate(command) == ["delivered", "declined"]


def test_when_the_server_ends_what_was_done_is_kept_and_told(evening: Evening) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    command = evening.start(at_once=True)
    evening.room.then(working, evening.coach.end)
    with pytest.raises(SystemExit):
        evening.coach.turn()

    assert evening.phase is Phase.INTERRUPTED
    assert kinds_kept(evening.home)[-1] is EventKind.INTERRUPTED
    assert evening.fate(command) == ["delivered", "accepted", "done"]
    assert evening.room.open_now == 0
    found = evening.home.store.interrupted(ME, evening.home.clock(), timedelta(hours=1))
    assert found is not None


def test_when_the_server_ends_an_invitation_is_over(evening: Evening) -> None:
    command = evening.start()
    evening.room.then(invited, evening.coach.end)
    with pytest.raises(SystemExit):
        evening.coach.turn()

    assert evening.fate(command) == ["delivered", "done"]
    assert evening.phase is Phase.IDLE
    assert evening.home.store.history(ME) == ()


def go_on_asked(view: View) -> bool:
    return "go on" in view.caption.lower()


@pytest.mark.parametrize("by_caregiver", [True, False])
def test_the_question_whether_to_go_on_can_be_left(evening: Evening, by_caregiver: bool) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    evening.room.then(working, evening.coach.end)
    with pytest.raises(SystemExit):
        evening.coach.turn()

    room = Room(evening.home.clock)
    room.then(invited, "y")
    room.then(go_on_asked, (lambda: evening.control(CommandKind.STOP)) if by_caregiver else "q")
    command = evening.start()
    coach_of(evening.home.house, room).turn()

    assert evening.fate(command) == ["delivered", "done"]
    assert evening.phase is Phase.STOPPED
    assert evening.home.store.interrupted(ME, evening.home.clock(), timedelta(hours=1)) is not None


def test_a_fault_in_one_session_does_not_end_the_coach(evening: Evening) -> None:
    def fall() -> None:
        raise RuntimeError("a fault")

    def comes_to(command: Command, state: str) -> None:
        while evening.fate(command)[-1:] != [state]:
            assert running.is_alive()
            running.join(0.01)

    evening.allow(ConsentKind.AT_ONCE)
    first = evening.start(at_once=True)
    evening.room.then(working, fall)
    running = threading.Thread(target=evening.coach.run)
    running.start()
    try:
        comes_to(first, "done")
        evening.room.then(invited, "n")
        comes_to(evening.start(), "declined")
    finally:
        evening.coach.end()
        running.join()

    assert evening.phase is Phase.IDLE


# -- consent ---------------------------------------------------------------------------------------


def consent_asked(view: View) -> bool:
    return "to be allowed to" in view.caption


@pytest.mark.parametrize(
    ("key", "state"), [("y", ConsentState.GIVEN), ("n", ConsentState.REFUSED), ("", ConsentState.ASKED)]
)
def test_consent_is_asked_aloud_and_the_answer_kept(evening: Evening, key: str, state: ConsentState) -> None:
    evening.home.house.ask_consent(evening.home.olga, ME, {ConsentKind.PAIN})
    if key:
        evening.room.then(consent_asked, key)
    evening.coach.turn()

    said = evening.room.said
    assert "Olga asks to be allowed to see what you do and what you have done and see your pain" in said
    mine = {
        one.kind: one.state
        for one in evening.home.store.consents(ME)
        if one.caregiver == evening.home.olga.id
    }
    assert mine == {ConsentKind.DONE: state, ConsentKind.PAIN: state}


def test_a_question_about_consent_waits_until_a_session_is_over(evening: Evening) -> None:
    evening.allow(ConsentKind.AT_ONCE)
    evening.start(at_once=True)
    evening.room.then(
        working,
        lambda: evening.home.house.ask_consent(evening.home.olga, ME, {ConsentKind.DONE}),
    )
    evening.room.then(working, "q")
    evening.room.then(consent_asked, "y")
    evening.coach.turn()

    assert evening.room.opened == 2
    assert evening.home.house.consents(ME, evening.home.olga.id) == {ConsentKind.DONE}


@pytest.mark.parametrize("spoken", [True, False])
def test_stop_sharing_takes_everything_back_whoever_asks_for_what(evening: Evening, spoken: bool) -> None:
    evening.allow(*ConsentKind)
    evening.home.allow(evening.home.olga, ConsentKind.DONE)
    evening.room.listens = spoken
    command = evening.start()
    say = lambda: evening.room.ears.words.append(Word.STOP_SHARING)  # noqa: E731 - one line in both
    evening.room.then(invited, say if spoken else "x")
    evening.coach.turn()

    for who in (evening.ben, evening.home.olga):
        assert evening.home.house.consents(ME, who.id) == frozenset()
    assert evening.fate(command) == ["delivered", "declined"]
    assert "nobody may start you or see what you do" in evening.room.said


def test_whoever_is_asked_for_consent_can_stop_sharing_instead(evening: Evening) -> None:
    evening.home.house.ask_consent(evening.home.olga, ME, {ConsentKind.DONE})
    evening.room.then(consent_asked, "x")
    evening.coach.turn()

    for who in (evening.ben, evening.home.olga):
        assert evening.home.house.consents(ME, who.id) == frozenset()


def test_a_yes_is_answered_with_how_it_is_taken_back(evening: Evening) -> None:
    evening.room.listens = True
    evening.home.house.ask_consent(evening.home.olga, ME, {ConsentKind.DONE})
    evening.room.then(consent_asked, "y")
    evening.coach.turn()

    assert "say stop sharing when somebody asks" in evening.room.said


# -- this machine as a device ----------------------------------------------------------------------


def test_the_machine_becomes_a_device_of_the_first_person_once_there_is_one(evening: Evening) -> None:
    evening.home.house.remove_device(evening.home.olga, "pc-1")
    coach_of(evening.home.house, evening.room).turn()

    (pc,) = evening.home.house.devices(evening.home.olga)
    assert (pc.id, pc.name, pc.kind, pc.person) == ("pc-1", "den", DeviceKind.PC, ME)
    assert pc.seen_at is None or pc.seen_at <= evening.home.clock.at


def test_a_machine_that_was_removed_stays_away_until_the_next_start(evening: Evening) -> None:
    evening.coach.turn()
    evening.home.house.remove_device(evening.home.olga, "pc-1")
    evening.coach.turn()

    assert evening.home.house.devices(evening.home.olga) == ()


def test_it_says_every_ten_seconds_that_it_is_on(evening: Evening) -> None:
    evening.coach.turn()
    first = evening.home.house.device("pc-1").seen_at
    evening.home.clock.go_on(seconds=5)
    evening.coach.turn()
    assert evening.home.house.device("pc-1").seen_at == first

    evening.home.clock.go_on(seconds=6)
    evening.coach.turn()
    second = evening.home.house.device("pc-1").seen_at
    assert first is not None
    assert second is not None
    assert second > first
