"""A person's week: which times have come, on every day, in every zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.care.records import ScheduledRun
from skill.care.week import (
    GRACE,
    NOTHING_DONE,
    REPEAT_AFTER,
    Done,
    Due,
    Holiday,
    Quiet,
    RunOutcome,
    Slot,
    Week,
    Weekday,
    due,
    moment,
    repeat_at,
    times_on,
)

BERLIN = ZoneInfo("Europe/Berlin")
DAILY = frozenset(Weekday)
MONDAY = date(2026, 11, 23)


def slot(at: str = "09:00", slot_id: str = "am", days: frozenset[Weekday] = DAILY) -> Slot:
    return Slot(id=slot_id, at=time.fromisoformat(at), days=days, routine="knee", device="pc")


def week(*slots: Slot, zone: str = "Europe/Berlin", at_most: int = 1, **more: object) -> Week:
    return Week(zone=zone, slots=slots or (slot(),), at_most=at_most, **more)  # type: ignore[arg-type]


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def claimed(of: Due, outcome: RunOutcome = RunOutcome.OPEN, when: datetime | None = None) -> ScheduledRun:
    return ScheduledRun(
        person="me",
        slot=of.slot.id,
        day=of.day,
        attempt=of.attempt,
        at=when or of.at,
        outcome=of.outcome or outcome,
    )


def the_one(found: tuple[Due, ...]) -> Due:
    assert len(found) == 1
    return found[0]


# -- moments ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "local", "utc"),
    [
        ("Europe/London", "2026-03-28", "09:00", "2026-03-28T09:00"),
        ("Europe/London", "2026-03-29", "09:00", "2026-03-29T08:00"),
        (
            "Europe/Berlin",
            "2026-03-29",
            "02:30",
            "2026-03-29T01:00",
        ),  # does not exist: the first moment after
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),  # comes twice: the first
        ("America/Santiago", "2026-09-06", "00:15", "2026-09-06T04:00"),  # midnight does not exist
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30"),  # half an hour forward
        ("Asia/Kathmandu", "2026-01-01", "06:00", "2026-01-01T00:15"),
    ],
)
def test_a_local_time_is_one_moment(zone: str, day: str, local: str, utc: str) -> None:
    found = moment(ZoneInfo(zone), date.fromisoformat(day), time.fromisoformat(local))

    assert found == datetime.fromisoformat(utc).replace(tzinfo=UTC)


ZONES = st.sampled_from(
    [
        "Europe/Berlin",
        "America/New_York",
        "America/St_Johns",
        "America/Santiago",
        "America/Havana",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Pacific/Chatham",
        "Pacific/Apia",
        "Asia/Beirut",
        "Asia/Kolkata",
        "America/Godthab",
        "Antarctica/Troll",
        "UTC",
    ]
)
DAYS = st.dates(date(1995, 1, 1), date(2037, 12, 30))
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def clock(zone: ZoneInfo, moment_utc: datetime) -> datetime:
    return moment_utc.astimezone(zone).replace(tzinfo=None)


@given(ZONES, DAYS, TIMES)
def test_a_moment_is_the_first_at_which_the_clock_shows_that_time_or_a_later_one(
    name: str, day: date, local: time
) -> None:
    zone, wanted = ZoneInfo(name), datetime.combine(day, local)

    found = moment(zone, day, local)

    assert clock(zone, found) >= wanted
    earlier = [found - timedelta(seconds=1), *(found - timedelta(minutes=5 * n) for n in range(1, 40))]
    assert all(clock(zone, before) < wanted for before in earlier)


@given(ZONES, DAYS, TIMES, TIMES)
def test_times_of_a_day_come_in_their_order(name: str, day: date, one: time, other: time) -> None:
    zone = ZoneInfo(name)
    first, second = sorted((one, other))

    assert moment(zone, day, first) <= moment(zone, day, second)


# -- days ------------------------------------------------------------------------------------------


def test_a_slot_is_on_its_weekdays() -> None:
    of_two = week(slot(days=frozenset({Weekday.MON, Weekday.THU})))

    on = [n for n in range(7) if times_on(of_two, MONDAY + timedelta(days=n))]

    assert on == [0, 3]


def test_every_other_day_counts_from_its_date_and_not_before() -> None:
    other = Slot(id="x", at=time(9), every_other_from=MONDAY, routine="knee", device="pc")

    on = [n for n in range(-2, 5) if times_on(week(other), MONDAY + timedelta(days=n))]

    assert on == [0, 2, 4]


def test_holidays_have_no_times() -> None:
    away = week(holidays=(Holiday(MONDAY, MONDAY + timedelta(days=1)),))

    on = [n for n in range(-1, 3) if times_on(away, MONDAY + timedelta(days=n))]

    assert on == [-1, 2]


def test_a_day_that_a_zone_left_out_has_no_times() -> None:
    samoa = week(zone="Pacific/Apia")

    on = [n for n in (29, 30, 31) if times_on(samoa, date(2011, 12, n))]

    assert on == [29, 31]


# -- what is due -----------------------------------------------------------------------------------


def test_nothing_is_due_before_its_time() -> None:
    assert due(week(), at("2026-11-23T08:59"), NOTHING_DONE, [], since=at("2026-11-22T20:00")) == ()


def test_a_time_that_has_come_is_to_be_started() -> None:
    found = the_one(due(week(), at("2026-11-23T09:00"), NOTHING_DONE, [], since=at("2026-11-22T20:00")))

    assert (found.day, found.attempt, found.outcome) == (MONDAY, 1, RunOutcome.OPEN)
    assert (found.at, found.until) == (at("2026-11-23T09:00"), at("2026-11-23T09:15"))


def test_what_is_claimed_is_no_longer_due() -> None:
    now, since = at("2026-11-23T09:05"), at("2026-11-22T20:00")
    found = the_one(due(week(), now, NOTHING_DONE, [], since=since))

    assert due(week(), now, NOTHING_DONE, [claimed(found)], since=since) == ()


def test_a_time_more_than_the_grace_past_starts_nothing() -> None:
    found = the_one(due(week(), at("2026-11-23T09:15"), NOTHING_DONE, [], since=at("2026-11-22T20:00")))

    assert found.outcome is RunOutcome.LATE


def test_a_time_that_had_come_before_the_week_was_saved_is_left_alone() -> None:
    assert due(week(), at("2026-11-23T09:10"), NOTHING_DONE, [], since=at("2026-11-23T09:05")) == ()


def test_what_the_person_did_of_their_own_accord_counts() -> None:
    done = Done(sessions={MONDAY: 1})

    found = the_one(due(week(), at("2026-11-23T09:01"), done, [], since=at("2026-11-22T20:00")))

    assert found.outcome is RunOutcome.ALREADY


def test_one_session_counts_for_one_of_two_times() -> None:
    twice = week(slot(), slot("17:00", "pm"), at_most=2)
    done, since = Done(sessions={MONDAY: 1}), at("2026-11-22T20:00")
    first = the_one(due(twice, at("2026-11-23T09:01"), done, [], since=since))

    second = the_one(due(twice, at("2026-11-23T17:01"), done, [claimed(first)], since=since))

    assert (first.outcome, second.outcome) == (RunOutcome.ALREADY, RunOutcome.OPEN)


def test_a_missed_time_does_not_use_up_what_was_done_later_that_day() -> None:
    twice = week(slot(), slot("17:00", "pm"), at_most=2)
    since = at("2026-11-22T20:00")
    first = the_one(due(twice, at("2026-11-23T09:01"), NOTHING_DONE, [], since=since))
    again = the_one(
        due(twice, at("2026-11-23T09:31"), NOTHING_DONE, [claimed(first, RunOutcome.MISSED)], since=since)
    )
    runs = [claimed(first, RunOutcome.MISSED), claimed(again, RunOutcome.MISSED)]

    second = the_one(due(twice, at("2026-11-23T17:01"), Done(sessions={MONDAY: 1}), runs, since=since))

    assert second.outcome is RunOutcome.ALREADY


def test_no_more_than_so_many_sessions_a_day() -> None:
    twice, since = week(slot(), slot("17:00", "pm"), at_most=1), at("2026-11-22T20:00")
    first = the_one(due(twice, at("2026-11-23T09:01"), NOTHING_DONE, [], since=since))
    runs = [claimed(first, RunOutcome.DONE)]

    second = the_one(due(twice, at("2026-11-23T17:01"), Done(sessions={MONDAY: 1}), runs, since=since))

    assert second.outcome is RunOutcome.MOST


def test_of_two_times_that_are_due_together_only_as_many_start_as_may() -> None:
    twice = week(slot("09:00"), slot("09:05", "b"))

    found = due(twice, at("2026-11-23T09:06"), NOTHING_DONE, [], since=at("2026-11-22T20:00"))

    assert [one.outcome for one in found] == [RunOutcome.OPEN, RunOutcome.MOST]


def test_nothing_starts_on_a_day_on_which_it_is_enough() -> None:
    done = Done(sessions={}, enough=frozenset({MONDAY}))

    found = the_one(due(week(), at("2026-11-23T09:01"), done, [], since=at("2026-11-22T20:00")))

    assert found.outcome is RunOutcome.ALREADY


def test_a_late_start_does_not_reach_into_quiet_hours() -> None:
    evening = week(slot("20:55"), quiet=(Quiet(time(21), time(8)),))
    since = at("2026-11-22T21:30")

    in_time = the_one(due(evening, at("2026-11-23T20:56"), NOTHING_DONE, [], since=since))
    too_late = the_one(due(evening, at("2026-11-23T21:01"), NOTHING_DONE, [], since=since))

    assert (in_time.outcome, in_time.until) == (RunOutcome.OPEN, at("2026-11-23T21:00"))
    assert too_late.outcome is RunOutcome.QUIET


def test_quiet_hours_may_pass_midnight() -> None:
    night = Quiet(time(21), time(8))

    assert [night.has(time(hour)) for hour in (20, 21, 0, 7, 8)] == [False, True, True, True, False]


# -- the repeat ------------------------------------------------------------------------------------


def missed(when: str = "2026-11-23T09:00", attempt: int = 1) -> ScheduledRun:
    moment_utc = at(when)
    return ScheduledRun(
        person="me",
        slot="am",
        day=moment_utc.astimezone(BERLIN).date(),
        attempt=attempt,
        at=moment_utc,
        outcome=RunOutcome.MISSED,
    )


def test_a_missed_session_is_repeated_once_after_a_while() -> None:
    since, runs = at("2026-11-22T20:00"), [missed()]
    early = due(week(), at("2026-11-23T09:29"), NOTHING_DONE, runs, since=since)
    found = the_one(due(week(), at("2026-11-23T09:30"), NOTHING_DONE, runs, since=since))
    runs.append(missed("2026-11-23T09:30", 2))
    after = due(week(), at("2026-11-23T10:30"), NOTHING_DONE, runs, since=since)

    assert (early, after) == ((), ())
    assert (found.attempt, found.at, found.outcome) == (2, at("2026-11-23T09:30"), RunOutcome.OPEN)


def test_a_session_that_was_begun_is_not_repeated() -> None:
    for outcome in RunOutcome:
        run = replace(missed(), outcome=outcome)
        assert (repeat_at(week(), run) is not None) is (outcome is RunOutcome.MISSED)


@pytest.mark.parametrize(
    ("of", "when"),
    [
        (week(quiet=(Quiet(time(9, 20), time(12)),)), "2026-11-23T09:00"),
        (week(holidays=(Holiday(MONDAY, MONDAY),)), "2026-11-23T09:00"),
        (week(slot("23:45")), "2026-11-23T23:45"),
        (week(slot("09:00", "another")), "2026-11-23T09:00"),
    ],
    ids=["quiet hours", "holiday", "another day", "no such slot any more"],
)
def test_there_is_no_repeat(of: Week, when: str) -> None:
    assert repeat_at(of, missed(when)) is None


def test_a_repeat_is_not_needed_when_the_person_has_done_it_meanwhile() -> None:
    done, since = Done(sessions={MONDAY: 1}), at("2026-11-22T20:00")

    found = the_one(due(week(), at("2026-11-23T09:31"), done, [missed()], since=since))

    assert found.outcome is RunOutcome.ALREADY


# -- every day once --------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(
    name=ZONES,
    day=st.one_of(
        DAYS,
        # around the days on which clocks change in many zones
        st.sampled_from(
            [date(2026, 3, 28), date(2026, 10, 24), date(2011, 12, 29), date(2026, 9, 5), date(2026, 10, 3)]
        ),
    ),
    locals_=st.lists(TIMES, min_size=1, max_size=3, unique=True),
    steps=st.lists(st.integers(5 * 60, 14 * 60 + 59), min_size=1, max_size=12),
)
def test_every_day_has_each_of_its_times_once(
    name: str, day: date, locals_: list[time], steps: list[int]
) -> None:
    """Somebody looks again and again, at least once within the grace, over three days."""
    slots = tuple(
        Slot(id=f"s{n}", at=local, days=DAILY, routine="knee", device="pc") for n, local in enumerate(locals_)
    )
    of = Week(zone=name, slots=slots, at_most=6)
    first, last = moment(of.tz, day, time(0)), moment(of.tz, day + timedelta(days=3), time(0))
    runs: list[ScheduledRun] = []
    begun: list[tuple[str, date]] = []
    now, looks = first, 0
    while now < last + GRACE:
        for one in due(of, now, NOTHING_DONE, runs, since=first):
            assert one.at <= now < one.at + GRACE
            runs.append(claimed(one, RunOutcome.STOPPED))
            begun.append((one.slot.id, one.day))
        now += timedelta(seconds=steps[looks % len(steps)])
        looks += 1

    lived = [d for n in range(3) if times_on(of, d := day + timedelta(days=n))]
    # The clocks may go back over midnight: then a first moment of the next day lies inside the span, too.
    wanted = sorted((s.id, d) for d in lived for s in slots)
    assert sorted(one for one in begun if one[1] in lived) == wanted
    assert len(set(begun)) == len(begun)


@given(
    ZONES,
    DAYS,
    TIMES,
    st.lists(st.integers(-3 * 3600, 3 * 3600), min_size=1, max_size=12),
)
def test_a_clock_that_jumps_begins_nothing_twice(name: str, day: date, local: time, jumps: list[int]) -> None:
    of = week(Slot(id="am", at=local, days=DAILY, routine="knee", device="pc"), zone=name)
    now = moment(of.tz, day, local)
    runs: list[ScheduledRun] = []
    for jump in jumps:
        runs.extend(claimed(one, RunOutcome.STOPPED) for one in due(of, now, NOTHING_DONE, runs))
        now += timedelta(seconds=jump)

    assert len({(run.slot, run.day, run.attempt) for run in runs}) == len(runs)


def test_the_repeat_comes_after_the_time_to_answer_is_over() -> None:
    assert REPEAT_AFTER > GRACE
