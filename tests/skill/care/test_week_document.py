"""A week as a document: it comes back as it was, and everything wrong is told at once."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.care.week import Holiday, Quiet, Slot, Week, Weekday
from skill.care.week_document import (
    MAX_HOLIDAYS,
    MAX_SLOTS,
    WeekFault,
    WeekFaults,
    read_week,
    week_document,
    zone_named,
)

SLOT = {"id": "am", "time": "09:00", "days": ["mon", "thu"], "routine": "knee", "device": "pc"}
GOOD: dict[str, Any] = {
    "v": 1,
    "zone": "Europe/Berlin",
    "at_most": 2,
    "slots": [SLOT],
    "quiet": [{"from": "21:00", "to": "08:00"}],
    "holidays": [{"from": "2026-12-24", "to": "2026-12-26"}],
}


def faults(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(WeekFaults) as raised:
        read_week(document)
    return [(str(fault.code), fault.where) for fault in raised.value.faults]


def test_a_week_is_read() -> None:
    week = read_week(GOOD)

    assert (week.zone, week.at_most) == ("Europe/Berlin", 2)
    assert week.slots[0].days == {Weekday.MON, Weekday.THU}
    assert week.holidays == (Holiday(date(2026, 12, 24), date(2026, 12, 26)),)


TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))
DAYS = st.dates(date(2000, 1, 1), date(2199, 12, 31))


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    times = draw(st.lists(TIMES, max_size=6, unique=True))
    slots = []
    for n, at in enumerate(times):
        often = draw(st.booleans())
        slots.append(
            Slot(
                id=f"slot-{n}",
                at=at,
                days=draw(st.frozensets(st.sampled_from(list(Weekday)), min_size=1))
                if often
                else frozenset(),
                every_other_from=None if often else draw(DAYS),
                routine="knee",
                device="pc",
            )
        )
    free = [at for at in draw(st.lists(TIMES, max_size=4, unique=True)) if at not in times]
    quiet = tuple(
        one
        for one in (Quiet(start, end) for start, end in pairwise(free))
        if not any(one.has(at) for at in times)
    )
    ends = [sorted((draw(DAYS), draw(DAYS))) for _ in range(draw(st.integers(0, 3)))]
    zone = draw(st.sampled_from(["Europe/Berlin", "America/New_York", "UTC"]))
    return Week(
        zone=zone,
        slots=tuple(slots),
        quiet=quiet,
        holidays=tuple(Holiday(first, last) for first, last in ends),
        at_most=draw(st.integers(1, 6)),
    )


@given(weeks())
def test_a_week_comes_back_from_json_as_it_was(week: Week) -> None:
    assert read_week(json.loads(json.dumps(week_document(week)))) == week


def test_an_empty_week_is_a_week() -> None:
    assert read_week({"v": 1, "zone": "UTC"}) == Week(zone="UTC")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"v": 2}, [("version", "v")]),
        ({"zone": "Europe/Atlantis"}, [("zone", "zone")]),
        ({"zone": "Europe"}, [("zone", "zone")]),
        ({"zone": "../etc/passwd"}, [("zone", "zone")]),
        ({"zone": None}, [("zone", "zone")]),
        ({"at_most": 0}, [("number", "at_most")]),
        ({"at_most": True}, [("number", "at_most")]),
        ({"colour": "red"}, [("unknown", "")]),
        ({"slots": {}}, [("not-a-week", "slots")]),
        ({"slots": ["x"]}, [("not-a-week", "slots.0")]),
        ({"slots": [SLOT] * (MAX_SLOTS + 1)}, [("too-many", "slots")]),
        ({"slots": [{**SLOT, "time": "25:00"}]}, [("time", "slots.0.time")]),
        ({"slots": [{**SLOT, "time": "9:00"}]}, [("time", "slots.0.time")]),
        ({"slots": [{**SLOT, "time": 9}]}, [("time", "slots.0.time")]),
        ({"slots": [{**SLOT, "id": "No spaces"}]}, [("id", "slots.0.id")]),
        ({"slots": [{**SLOT, "device": ""}]}, [("missing", "slots.0.device")]),
        ({"slots": [{**SLOT, "routine": "a\nb"}]}, [("name", "slots.0.routine")]),
        ({"slots": [{**SLOT, "days": []}]}, [("days", "slots.0.days")]),
        ({"slots": [{**SLOT, "days": ["moonday"]}]}, [("days", "slots.0.days")]),
        ({"slots": [{**SLOT, "days": [["mon"]]}]}, [("days", "slots.0.days")]),
        ({"slots": [{**SLOT, "every_other_day_from": "2026-01-01"}]}, [("days", "slots.0")]),
        ({"slots": [SLOT, {**SLOT, "time": "10:00"}]}, [("same-id", "slots.1.id")]),
        ({"slots": [SLOT, {**SLOT, "id": "b"}]}, [("same-time", "slots.1.time")]),
        ({"slots": [{**SLOT, "time": "22:00"}]}, [("in-quiet", "slots.0.time")]),
        ({"quiet": [{"from": "21:00", "to": "21:00"}]}, [("order", "quiet.0")]),
        ({"holidays": [{"from": "2026-12-26", "to": "2026-12-24"}]}, [("order", "holidays.0")]),
        ({"holidays": [{"from": "2026-02-30", "to": "2026-03-01"}]}, [("date", "holidays.0.from")]),
        ({"holidays": [{"from": "20261224", "to": "2026-12-26"}]}, [("date", "holidays.0.from")]),
        ({"holidays": [{}] * (MAX_HOLIDAYS + 1)}, [("too-many", "holidays")]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_told_with_its_place(
    change: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert faults({**GOOD, **change}) == expected


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert faults({**GOOD, "zone": "", "at_most": 9, "slots": [{**SLOT, "time": "x", "id": ""}]}) == [
        ("zone", "zone"),
        ("number", "at_most"),
        ("missing", "slots.0.id"),
        ("time", "slots.0.time"),
    ]


def test_slots_of_different_days_may_have_the_same_time() -> None:
    other = {**SLOT, "id": "b", "days": ["tue"]}
    odd = {
        "id": "c",
        "time": "10:00",
        "every_other_day_from": "2026-11-23",
        "routine": "knee",
        "device": "pc",
    }
    even = {**odd, "id": "d", "every_other_day_from": "2026-11-24"}

    assert len(read_week({**GOOD, "slots": [SLOT, other, odd, even]}).slots) == 4
    assert faults({**GOOD, "slots": [odd, {**odd, "id": "e", "every_other_day_from": "2026-11-25"}]}) == [
        ("same-time", "slots.1.time")
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["v", "zone", "at_most", "slots", "quiet", "holidays"]))
def test_nothing_but_faults_comes_of_any_document(value: Any, name: str) -> None:
    for document in (value, {**GOOD, name: value}, {**GOOD, "slots": [{**SLOT, "days": value}]}):
        with suppress(WeekFaults):
            read_week(document)


def test_every_fault_can_come_up() -> None:
    assert {str(code) for code in WeekFault} >= {"zone", "in-quiet"}
    assert zone_named("America/Argentina/Buenos_Aires") is not None
