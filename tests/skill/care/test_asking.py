"""Commands: who may send which, how they travel, and what a device does with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from skill.care.device import BUSY, NOT_ALLOWED
from skill.care.errors import CareError, NotAllowedError
from skill.care.live_state import LiveState, Phase
from skill.care.records import (
    Caregiver,
    Command,
    CommandKind,
    CommandState,
    ConsentKind,
    ConsentState,
    DeviceKind,
    Role,
)
from skill.ports import ME
from tests.skill.care.household import Household


def code_of(caught: pytest.ExceptionInfo[CareError]) -> str:
    return caught.value.code


def states(home: Household, command: Command) -> list[tuple[str, str]]:
    sent = home.store.sent(command.id)
    assert sent is not None
    return [(event.state.value, event.detail) for event in sent.events]


@pytest.fixture(name="ben")
def _ben(home: Household) -> Caregiver:
    """Return somebody who may start, with Maria's consent."""
    ben = home.caregiver("ben", Role.START)
    home.allow(ben, ConsentKind.START)
    return ben


# -- start -----------------------------------------------------------------------------------------


def test_a_start_is_an_invitation_that_is_good_for_half_a_minute(home: Household, ben: Caregiver) -> None:
    command = home.house.start(ben, ME, "knee", "pc-1", note="Tea  is\nready")
    (sent,) = home.side().waiting()

    assert sent.command == command
    assert (command.routine, command.note, command.by) == ("knee", "Tea is ready", ben.id)
    assert command.not_after - command.made_at == timedelta(seconds=30)
    taken = home.side().take(command)
    assert taken is not None
    assert (taken.invite, taken.who_name) == (True, "ben")


def test_the_same_command_twice_is_one(home: Household, ben: Caregiver) -> None:
    for _ in range(2):
        home.house.start(ben, ME, "knee", "pc-1", id="the-very-same")

    assert [sent.command.id for sent in home.side().waiting()] == ["the-very-same"]


def test_a_command_is_taken_by_one(home: Household, ben: Caregiver) -> None:
    command = home.house.start(ben, ME, "knee", "pc-1")

    assert home.side().take(command) is not None
    assert home.side().take(command) is None
    assert home.side().waiting() == ()


def test_what_comes_late_starts_nothing(home: Household, ben: Caregiver) -> None:
    command = home.house.start(ben, ME, "knee", "pc-1")
    home.clock.go_on(seconds=31)

    assert home.side().waiting() == ()
    assert home.side().take(command) is None
    assert states(home, command) == [("late", "")]


def test_consent_is_looked_at_again_when_the_device_gets_it(home: Household, ben: Caregiver) -> None:
    command = home.house.start(ben, ME, "knee", "pc-1")
    home.side().consent(ben.id, ConsentKind.START, given=False)

    assert home.side().waiting() == ()
    assert states(home, command) == [("refused", NOT_ALLOWED)]


def test_a_role_that_was_taken_away_meanwhile_starts_nothing(home: Household, ben: Caregiver) -> None:
    command = home.house.start(ben, ME, "knee", "pc-1")
    home.house.set_role(home.olga, ben.id, ME, Role.VIEW)

    assert home.side().take(command) is None
    assert states(home, command) == [("refused", NOT_ALLOWED)]


def test_at_once_needs_a_consent_of_its_own(home: Household, ben: Caregiver) -> None:
    with pytest.raises(NotAllowedError) as caught:
        home.house.start(ben, ME, "knee", "pc-1", at_once=True)
    assert code_of(caught) == "consent"

    home.allow(ben, ConsentKind.AT_ONCE)
    taken = home.side().take(home.house.start(ben, ME, "knee", "pc-1", at_once=True))
    assert taken is not None
    assert not taken.invite


def test_at_once_becomes_an_invitation_if_it_is_no_longer_allowed(home: Household, ben: Caregiver) -> None:
    home.allow(ben, ConsentKind.AT_ONCE)
    command = home.house.start(ben, ME, "knee", "pc-1", at_once=True)
    home.side().consent(ben.id, ConsentKind.AT_ONCE, given=False)

    taken = home.side().take(command)
    assert taken is not None
    assert taken.invite


def test_who_may_start_at_once_may_also_just_invite(home: Household, ben: Caregiver) -> None:
    home.allow(ben, ConsentKind.AT_ONCE)

    taken = home.side().take(home.house.start(ben, ME, "knee", "pc-1"))
    assert taken is not None
    assert taken.invite


def test_a_start_goes_to_a_device_of_that_person_that_plays(home: Household, ben: Caregiver) -> None:
    anna = home.house.add_person(home.olga, "Anna", "UTC")
    secret = home.house.invite_device(home.olga, anna.id, DeviceKind.BROWSER)
    hers, _ = home.house.pair(secret, name="Anna's")
    screen = home.add_device(DeviceKind.SCREEN, "pc-1")

    for device in (hers.id, screen.id, "nothing"):
        with pytest.raises(CareError) as caught:
            home.house.start(ben, ME, "knee", device)
        assert code_of(caught) == "no-device"


def test_a_note_is_a_few_words(home: Household, ben: Caregiver) -> None:
    with pytest.raises(CareError) as caught:
        home.house.start(ben, ME, "knee", "pc-1", note="x" * 141)

    assert code_of(caught) == "note-long"


# -- while it runs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [CommandKind.PAUSE, CommandKind.RESUME, CommandKind.STOP])
def test_pause_and_stop_are_late_after_ten_seconds(
    home: Household, ben: Caregiver, what: CommandKind
) -> None:
    command = home.house.control(ben, "pc-1", what)
    assert [sent.command.what for sent in home.side().waiting()] == [what]

    home.clock.go_on(seconds=11)
    assert home.side().waiting() == ()
    assert states(home, command) == [("late", "")]


def test_a_device_is_asked_for_nothing_else_that_way(home: Household, ben: Caregiver) -> None:
    with pytest.raises(CareError) as caught:
        home.house.control(ben, "pc-1", CommandKind.START)

    assert code_of(caught) == "no-command"


@pytest.mark.parametrize(
    "ask",
    [
        lambda home, who: home.house.start(who, ME, "knee", "pc-1"),
        lambda home, who: home.house.control(who, "pc-1", CommandKind.STOP),
    ],
)
def test_nobody_starts_or_stops_without_consent(
    home: Household, ask: Callable[[Household, Caregiver], Command]
) -> None:
    for name, role, code in [
        ("ann", Role.EDIT, "consent"),
        ("dan", Role.VIEW, "role"),
        ("eve", None, "unknown"),
    ]:
        with pytest.raises(NotAllowedError) as caught:
            ask(home, home.caregiver(name, role))
        assert code_of(caught) == code


def test_answers_are_kept_as_what_became_of_a_command(home: Household, ben: Caregiver) -> None:
    for yes, state in [(True, "accepted"), (False, "declined"), (None, "no_answer")]:
        command = home.house.start(ben, ME, "knee", "pc-1")
        home.side().take(command)
        assert home.side().answer(command, yes=yes, session="s1" if yes else "")
        assert not home.side().answer(command, yes=yes)
        assert states(home, command)[1] == (state, "s1" if yes else "")


def test_a_busy_device_says_so(home: Household, ben: Caregiver) -> None:
    command = home.house.start(ben, ME, "knee", "pc-1")
    home.side().take(command)
    home.side().refuse(command, BUSY)

    sent = home.store.sent(command.id)
    assert sent is not None
    assert sent.state is CommandState.REFUSED


def test_what_a_device_tells_is_seen(home: Household) -> None:
    home.side().tell(LiveState(phase=Phase.WORKING, exercise_no=3), "s1")

    live = home.store.live("pc-1")
    assert live is not None
    assert live.session == "s1"
    assert LiveState.from_dict(live.state) == LiveState(phase=Phase.WORKING, exercise_no=3)

    home.side().tell(None)
    (live,) = home.store.lives(ME)
    assert LiveState.from_dict(live.state) == LiveState()


# -- screens ---------------------------------------------------------------------------------------


def test_a_key_on_a_screen_goes_to_the_device_that_it_belongs_to(home: Household) -> None:
    screen = home.add_device(DeviceKind.SCREEN, "pc-1")
    home.side(screen).press("y")

    (sent,) = home.side().waiting()
    assert (sent.command.what, sent.command.note, sent.command.device) == (CommandKind.KEY, "y", "pc-1")
    assert home.side().take(sent.command) is not None


def test_a_key_of_a_screen_that_was_removed_does_nothing(home: Household) -> None:
    screen = home.add_device(DeviceKind.SCREEN, "pc-1")
    key = home.side(screen).press("y")
    home.house.remove_device(home.olga, screen.id)

    assert home.side().waiting() == ()
    assert states(home, key) == [("refused", NOT_ALLOWED)]


def test_a_tablet_presses_no_keys_of_the_pc(home: Household) -> None:
    tablet = home.add_device(DeviceKind.BROWSER)
    home.side(tablet).press("q")

    assert home.side().waiting() == ()


# -- consent ---------------------------------------------------------------------------------------


def test_asking_for_consent_goes_to_the_persons_own_device(home: Household) -> None:
    command = home.house.ask_consent(home.olga, ME, {ConsentKind.PAIN, ConsentKind.START})

    assert command.device == "pc-1"
    assert command.consent == (ConsentKind.START, ConsentKind.DONE, ConsentKind.PAIN)
    asked = {one.kind: one.state for one in home.store.consents(ME)}
    assert set(asked.values()) == {ConsentState.ASKED}
    assert home.house.consents(ME, home.olga.id) == frozenset()


def test_who_is_on_is_asked_and_the_pc_before_others(home: Household) -> None:
    tablet = home.add_device(DeviceKind.BROWSER)
    assert [one.id for one in home.house.coaches(ME)] == ["pc-1", tablet.id]

    home.side(tablet).seen()
    assert home.house.coaches(ME)[0].id == tablet.id
    home.side().seen()
    assert home.house.coaches(ME)[0].id == "pc-1"
    home.clock.go_on(minutes=5)
    home.side(tablet).seen()
    assert home.house.ask_consent(home.olga, ME, {ConsentKind.DONE}).device == tablet.id


def test_yes_gives_and_no_refuses_what_was_asked(home: Household) -> None:
    command = home.house.ask_consent(home.olga, ME, {ConsentKind.START})
    home.side().take(command)
    home.side().answer(command, yes=True)
    assert home.house.consents(ME, home.olga.id) == {ConsentKind.START}

    home.clock.go_on(minutes=11)
    command = home.house.ask_consent(home.olga, ME, {ConsentKind.AT_ONCE})
    assert command.consent == (ConsentKind.AT_ONCE,)
    home.side().take(command)
    home.side().answer(command, yes=False)
    assert home.house.consents(ME, home.olga.id) == {ConsentKind.START}


def test_no_answer_gives_nothing(home: Household) -> None:
    command = home.house.ask_consent(home.olga, ME, {ConsentKind.DONE})
    home.side().take(command)
    home.side().answer(command, yes=None)

    assert home.house.consents(ME, home.olga.id) == frozenset()


def test_nobody_is_asked_again_and_again(home: Household) -> None:
    home.house.ask_consent(home.olga, ME, {ConsentKind.DONE})

    with pytest.raises(CareError) as caught:
        home.house.ask_consent(home.olga, ME, {ConsentKind.START})
    assert code_of(caught) == "asked-lately"


def test_what_is_allowed_is_not_asked_for(home: Household) -> None:
    home.allow(home.olga, ConsentKind.DONE)

    with pytest.raises(CareError) as caught:
        home.house.ask_consent(home.olga, ME, {ConsentKind.DONE})
    assert code_of(caught) == "given-already"


def test_without_a_device_nobody_can_be_asked(home: Household) -> None:
    anna = home.house.add_person(home.olga, "Anna", "UTC")

    with pytest.raises(CareError) as caught:
        home.house.ask_consent(home.olga, anna.id, {ConsentKind.DONE})
    assert code_of(caught) == "no-device"


@pytest.mark.usefixtures("ben")
def test_the_persons_own_screen_shows_who_may_what(home: Household) -> None:
    rows = {(row.caregiver.name, row.kind): row.state for row in home.side().sharing()}

    assert len(rows) == 8
    assert rows["ben", ConsentKind.START] is ConsentState.GIVEN
    assert rows["Olga", ConsentKind.START] is None


@pytest.mark.usefixtures("ben")
def test_stop_sharing_takes_everything_back(home: Household) -> None:
    home.allow(home.olga, *ConsentKind)
    home.side().stop_sharing()

    given = [row for row in home.side().sharing() if row.state is ConsentState.GIVEN]
    assert given == []
    states_now = {one.state for one in home.store.consents(ME)}
    assert states_now == {ConsentState.WITHDRAWN}


def test_sharing_can_be_stopped_for_one_caregiver(home: Household, ben: Caregiver) -> None:
    home.allow(home.olga, ConsentKind.DONE)
    home.side().stop_sharing(ben.id)

    assert home.house.consents(ME, ben.id) == frozenset()
    assert home.house.consents(ME, home.olga.id) == {ConsentKind.DONE}


def test_every_word_of_the_person_stays_on_record(home: Household, ben: Caregiver) -> None:
    home.side().consent(ben.id, ConsentKind.START, given=False)
    home.side().consent(ben.id, ConsentKind.DONE, given=False)

    log = [(one.kind, one.state) for one in home.store.consent_log(ME)]
    assert log == [
        (ConsentKind.START, ConsentState.GIVEN),
        (ConsentKind.START, ConsentState.WITHDRAWN),
        (ConsentKind.DONE, ConsentState.REFUSED),
    ]
