"""Weeks come true: each time starts once, whatever happens to processes and clocks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from skill.care.device import BUSY, LED_ELSEWHERE, NO_ROUTINE
from skill.care.house import House
from skill.care.planning import Planner, Standing, standing, start_id
from skill.care.records import (
    Command,
    CommandKind,
    CommandState,
    ConsentKind,
    ConsentState,
    Notice,
    NoticeRule,
    Role,
    ScheduledRun,
)
from skill.records import StopReason
from tests.skill.care.anna import LONG_AGO, MAY, SAM, Household, slot

MONDAY = date(2026, 11, 23)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    home = Household(tmp_path / "history.sqlite3")
    home.allow(MAY, ConsentKind.START, ConsentKind.DONE)
    yield home
    home.store.close()


@pytest.fixture
def planner(home: Household) -> Planner:
    home.plan()
    return Planner(home.house)


def runs(home: Household) -> list[tuple[str, int, str]]:
    return [(run.slot, run.attempt, run.outcome) for run in home.store.runs("anna", MONDAY)]


def look_at(home: Household, planner: Planner, *times: str) -> None:
    for time in times:
        home.clock.to(time)
        planner.look()


def starts(home: Household) -> list[Command]:
    return [sent.command for sent in home.sent()]


# -- starting --------------------------------------------------------------------------------------


def test_a_time_that_has_come_sends_one_start_to_its_device(home: Household, planner: Planner) -> None:
    look_at(home, planner, "07:59", "08:00", "08:00:15", "08:10")

    (start,) = starts(home)
    assert (start.what, start.device, start.routine, start.slot) == (
        CommandKind.START,
        "pc",
        "knee-short",
        "am",
    )
    assert (start.by, start.person, start.at_once) == ("may", "anna", False)
    assert start.not_after == datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


def test_a_time_more_than_the_grace_past_starts_nothing_and_is_no_miss(
    home: Household, planner: Planner
) -> None:
    look_at(home, planner, "08:15", "09:00")

    assert (starts(home), runs(home)) == ([], [("am", 1, "late")])


@pytest.mark.parametrize("state", [ConsentState.WITHDRAWN, ConsentState.REFUSED, ConsentState.ASKED])
def test_without_the_persons_consent_nothing_starts(home: Household, state: ConsentState) -> None:
    home.plan()
    home.allow(MAY, ConsentKind.START, state=state)

    look_at(home, Planner(home.house), "08:00")

    assert (starts(home), runs(home)) == ([], [])


def test_the_consent_that_counts_is_that_for_whoever_saved_the_week_last(home: Household) -> None:
    home.plan(by=SAM)
    home.store.set_grant("sam", "anna", Role.EDIT)

    look_at(home, Planner(home.house), "08:00")

    assert starts(home) == []


def test_what_was_done_today_already_is_not_asked_for(home: Household, planner: Planner) -> None:
    home.clock.to("06:30")
    home.do("early")

    look_at(home, planner, "08:00")

    assert (starts(home), runs(home)) == ([], [("am", 1, "already")])


def test_after_a_stop_for_pain_nothing_starts_that_day(home: Household) -> None:
    home.plan(slot(), slot("17:00", "pm"), at_most=2)
    home.clock.to("06:30")
    home.do("early", sets=1, stop=StopReason.PAIN)

    look_at(home, Planner(home.house), "08:00", "16:00")

    assert starts(home) == []


def test_no_more_than_so_many_a_day_start(home: Household) -> None:
    home.plan(slot(), slot("17:00", "pm"), at_most=1)
    planner = Planner(home.house)
    look_at(home, planner, "08:00")
    home.device.answer(home.take(), yes=True, session="s1")
    home.do("s1")

    look_at(home, planner, "08:30", "16:00")

    assert runs(home) == [("am", 1, "done"), ("pm", 1, "most")]


def test_a_start_for_a_device_that_is_gone_is_a_miss(home: Household, planner: Planner) -> None:
    home.store.remove_device("pc")

    look_at(home, planner, "08:00")

    assert (starts(home), runs(home)) == ([], [("am", 1, "missed")])


def test_a_week_that_cannot_be_read_keeps_nobody_else_from_theirs(home: Household, planner: Planner) -> None:
    home.store.save_person(replace(home.anna, id="aaron", name="Aaron"), LONG_AGO)
    home.store.save_week("aaron", {"v": 99}, "may", LONG_AGO)

    look_at(home, planner, "08:00")

    assert len(starts(home)) == 1
    assert standing(home.house, "aaron") is Standing.UNREADABLE


# -- what became of it -----------------------------------------------------------------------------


def test_a_session_that_was_done_is_kept_as_done(home: Household, planner: Planner) -> None:
    look_at(home, planner, "08:00")
    command = home.take()
    home.device.answer(command, yes=True, session="s1")
    look_at(home, planner, "08:05")
    under_way = runs(home)
    home.do("s1")
    home.device.finish(command)

    look_at(home, planner, "08:20")

    assert (under_way, runs(home)) == ([("am", 1, "")], [("am", 1, "done")])


@pytest.mark.parametrize(
    ("sets", "stop", "outcome"),
    [
        (1, StopReason.PERSON, "part"),
        (1, StopReason.PAIN, "part"),
        (0, StopReason.PERSON, "stopped"),
        (0, StopReason.RED_FLAG, "stopped"),
    ],
)
def test_a_session_that_was_stopped_is_neither_missed_nor_done_and_tells_no_reason(
    home: Household, planner: Planner, sets: int, stop: StopReason, outcome: str
) -> None:
    look_at(home, planner, "08:00")
    home.device.answer(home.take(), yes=True, session="s1")
    home.do("s1", sets=sets, stop=stop)

    look_at(home, planner, "08:20", "09:00")

    assert runs(home) == [("am", 1, outcome)]


def test_a_session_that_never_ended_counts_for_what_was_done(home: Household, planner: Planner) -> None:
    look_at(home, planner, "08:00")
    home.device.answer(home.take(), yes=True, session="s1")
    home.do("s1", sets=1, ends=False)

    look_at(home, planner, "13:59", "14:01")

    assert runs(home) == [("am", 1, "part")]


@pytest.mark.parametrize(
    ("yes", "outcome"),
    [(False, CommandState.DECLINED), (None, CommandState.NO_ANSWER)],
)
def test_who_says_no_or_nothing_is_asked_once_more(
    home: Household, planner: Planner, yes: bool | None, outcome: CommandState
) -> None:
    look_at(home, planner, "08:00")
    home.device.answer(home.take(), yes=yes)
    look_at(home, planner, "08:02", "08:29")
    before = len(starts(home))

    look_at(home, planner, "08:30", "08:31")

    assert home.sent()[0].state is outcome
    assert (before, len(starts(home))) == (1, 2)
    home.device.answer(home.take(), yes=yes)
    look_at(home, planner, "08:40", "09:10", "10:00")
    assert runs(home) == [("am", 1, "missed"), ("am", 2, "missed")]
    assert len(starts(home)) == 2


def test_a_device_that_is_off_is_a_miss_and_gets_one_more_start(home: Household, planner: Planner) -> None:
    look_at(home, planner, "08:00", "08:16", "08:17", "08:30")

    assert runs(home) == [("am", 1, "missed"), ("am", 2, "")]


def test_a_device_that_comes_back_after_the_time_begins_nothing(home: Household, planner: Planner) -> None:
    look_at(home, planner, "08:00")
    home.clock.to("08:15:01")

    assert home.device.waiting() == ()
    look_at(home, planner, "08:15:02")
    assert runs(home) == [("am", 1, "missed")]


def test_an_invitation_that_a_device_took_with_it_is_a_miss(home: Household, planner: Planner) -> None:
    look_at(home, planner, "08:00")
    home.take()

    look_at(home, planner, "08:09", "08:11")

    assert runs(home) == [("am", 1, "missed")]


@pytest.mark.parametrize("why", [BUSY, LED_ELSEWHERE])
def test_whoever_is_exercising_just_then_is_asked_once_more(
    home: Household, planner: Planner, why: str
) -> None:
    look_at(home, planner, "08:00")
    home.device.refuse(home.take(), why)

    look_at(home, planner, "08:05", "08:40")

    assert runs(home) == [("am", 1, "missed"), ("am", 2, "")]


def test_what_a_device_cannot_do_is_not_tried_again(home: Household, planner: Planner) -> None:
    look_at(home, planner, "08:00")
    home.device.refuse(home.take(), NO_ROUTINE)

    look_at(home, planner, "08:05", "08:40")

    assert runs(home) == [("am", 1, "refused")]


def test_there_is_no_repeat_in_quiet_hours(home: Household) -> None:
    home.plan(quiet=[{"from": "09:20", "to": "12:00"}])
    planner = Planner(home.house)
    look_at(home, planner, "08:00")
    home.device.answer(home.take(), yes=False)

    look_at(home, planner, "08:05", "08:30", "11:30")

    assert runs(home) == [("am", 1, "missed")]


# -- who is told -----------------------------------------------------------------------------------


def notices(home: Household) -> list[Notice]:
    return sorted(home.store.take_notices(home.clock(), home.clock()), key=lambda one: one.caregiver)


def test_a_session_that_was_missed_twice_is_told_once_to_each_caregiver(
    home: Household, planner: Planner
) -> None:
    for who in (MAY, SAM):
        home.store.set_notice_rule(NoticeRule(caregiver=who.id, url="json://x", kinds=frozenset({"missed"})))
    look_at(home, planner, "08:00", "08:17")
    once = notices(home)

    look_at(home, planner, "08:30", "08:47", "08:48", "09:30")
    Planner(home.house).look()

    assert once == []
    assert [(one.kind, one.caregiver) for one in notices(home)] == [("missed", "may"), ("missed", "sam")]


def test_nobody_is_told_of_a_miss_when_it_was_done_after_all(home: Household, planner: Planner) -> None:
    look_at(home, planner, "08:00", "08:17", "08:30")
    home.clock.to("08:40")
    home.do("own")

    look_at(home, planner, "08:47", "09:30")

    assert notices(home) == []


def test_a_miss_that_cannot_be_repeated_is_told_at_once(home: Household) -> None:
    home.plan(slot("23:50"))
    look_at(home, Planner(home.house), "22:50", "23:07")

    assert [one.kind for one in notices(home)] == ["missed", "missed"]


# -- processes and clocks --------------------------------------------------------------------------


def test_a_claim_whose_maker_died_before_the_start_is_sent_by_the_next(
    home: Household, planner: Planner
) -> None:
    run = ScheduledRun(
        person="anna", slot="am", day=MONDAY, attempt=1, at=datetime(2026, 11, 23, 8, tzinfo=UTC)
    )
    run = replace(run, command=start_id(run))
    assert home.store.claim_run(run)

    look_at(home, planner, "08:05", "08:06")

    (start,) = starts(home)
    assert (start.id, start.not_after) == (run.command, datetime(2026, 11, 23, 8, 15, tzinfo=UTC))


def test_a_claim_whose_maker_died_long_ago_starts_nothing(home: Household, planner: Planner) -> None:
    run = ScheduledRun(
        person="anna", slot="am", day=MONDAY, attempt=1, at=datetime(2026, 11, 23, 8, tzinfo=UTC)
    )
    assert home.store.claim_run(replace(run, command=start_id(run)))

    look_at(home, planner, "08:16")

    assert (starts(home), runs(home)) == ([], [("am", 1, "missed")])


def test_a_restart_begins_nothing_twice(home: Household) -> None:
    home.plan()
    for time in ("08:00", "08:00:15", "08:01"):
        look_at(home, Planner(home.house), time)

    assert len(starts(home)) == 1


def test_a_clock_that_jumps_begins_nothing_twice(home: Household, planner: Planner) -> None:
    look_at(
        home, planner, "08:00", "07:30", "08:00", "2026-11-24T08:01", "2026-11-23T08:05", "2026-11-24T08:02"
    )

    assert [start.made_at for start in starts(home)] == [
        datetime(2026, 11, 23, 8, tzinfo=UTC),
        datetime(2026, 11, 24, 8, 1, tzinfo=UTC),
    ]


def test_several_loops_on_one_store_start_everything_once(home: Household) -> None:
    """Three stores on one file look at the same moments, through a day on which the clocks go back."""
    home.clock.at = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight in Berlin
    document = {"v": 1, "zone": "Europe/Berlin", "at_most": 6}
    slots = [slot("02:30", "night"), slot(), slot("17:00", "pm")]
    home.store.save_week("anna", {**document, "slots": slots}, "may", home.clock.at)
    stores = [home.opened() for _ in range(3)]
    meet = threading.Barrier(len(stores) + 1, timeout=60)
    faults: list[BaseException] = []

    def loop(planner: Planner) -> None:
        try:
            while meet.wait() is not None and not over.is_set():
                planner.look()
                meet.wait()
        except BaseException as error:  # noqa: BLE001 - told below
            faults.append(error)
            meet.abort()

    over = threading.Event()
    planners = [Planner(House(store, store, now=home.clock)) for store in stores]
    threads = [threading.Thread(target=loop, args=(planner,)) for planner in planners]
    for thread in threads:
        thread.start()
    for _ in range(26 * 60 // 13):
        home.clock.later(minutes=13)
        meet.wait()  # they look
        meet.wait()  # they have looked
    over.set()
    meet.wait()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()

    assert faults == []
    told = [(run.slot, run.attempt, run.outcome) for run in home.store.runs("anna", date(2026, 10, 25))]
    assert told[:6] == [(name, n, "missed") for name in ("night", "am", "pm") for n in (1, 2)]
    sent = home.store.sent_for("anna", datetime(2026, 10, 24, tzinfo=UTC))
    assert [one.command.id for one in sent] == [
        run.command for run in home.store.runs("anna", date(2026, 10, 24))
    ]


# -- how a week stands -----------------------------------------------------------------------------


def test_it_is_told_why_a_week_is_not_carried_out(home: Household) -> None:
    seen = [standing(home.house, "anna")]
    home.plan()
    seen.append(standing(home.house, "anna"))
    home.store.remove_device("pc")
    seen.append(standing(home.house, "anna"))
    home.allow(MAY, ConsentKind.START, state=ConsentState.WITHDRAWN)
    seen.append(standing(home.house, "anna"))

    assert seen == [Standing.NONE, Standing.RUNNING, Standing.NO_DEVICE, Standing.NO_CONSENT]
