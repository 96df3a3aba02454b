"""A whole routine through the endpoint, from launch to "well done": every count of it, at its time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from routines.course import Course
from routines.cue import CueKind
from routines.lengths import EstimatedLengths
from routines.load import load_advice, load_routine
from routines.phrases import load_phrases
from routines.plan import Plan
from routines.script import Channel, Occasion, Telling
from routines.timeline import LaidBlock, Timeline
from skill.alexa.replies import Delivery
from skill.records import EventKind
from tests.alexa_device import Answer, Backend, Device, hear

#: (block, milliseconds from its start, what is counted)
Count = tuple[str, int, str]

PLAN = Plan()
MOST_TURNS = 60


def timeline(routine: str) -> Timeline:
    return Course(
        routine=load_routine(routine),
        phrases=load_phrases("en"),
        topics=load_advice("en"),
        occasion=Occasion(told=True, channel=Channel.VOICE, telling=Telling.FIRST, lead_in=False),
        lengths=EstimatedLengths(PLAN.rate_wpm),
    ).timeline(PLAN)


def counts(block: LaidBlock) -> list[Count]:
    return [(block.id, cue.at_ms - block.at_ms, cue.text) for cue in block.cues if cue.kind is CueKind.COUNT]


def walked(device: Device, routine: str) -> Iterator[tuple[Answer, tuple[str, int, int] | None]]:
    """Yield each answer, with the place where its turn begins and how long the words before it take."""
    device.launch()
    device.listen()
    answer = device.say(f"start the {'short ' * (routine == 'knee-short')}knee routine")
    for _ in range(MOST_TURNS):
        sent = device.attributes.get("sent")
        yield answer, (sent[0], sent[1], sent[3]) if sent else None
        if answer.ends:
            return
        device.listen()
        answer = device.say("ready")
    raise AssertionError("it never ends")


def heard_counts(device: Device, routine: str, laid: Timeline, lengths: EstimatedLengths) -> list[Count]:
    """Return every count that was heard in work, from the start of its block."""
    places = {block.id: block for block in laid.blocks}
    found: list[Count] = []
    for answer, sent in walked(device, routine):
        if sent is None:
            continue
        block_id, from_ms, lead_ms = sent
        start_ms = places[block_id].at_ms + from_ms - lead_ms
        for at_ms, text in hear(answer.whole, lengths).voices:
            moment = start_ms + at_ms
            block = next((b for b in laid.blocks if b.at_ms <= moment < b.end_ms), None)
            if at_ms >= lead_ms and text.isdecimal() and block is not None:
                found.append((block.id, moment - block.at_ms, text))
    return found


@pytest.mark.parametrize("routine", ["knee", "knee-short"])
@pytest.mark.parametrize("rate", [90, 150, 260])
def test_every_count_is_heard_exactly_at_its_time_however_fast_alexa_speaks(routine: str, rate: int) -> None:
    laid = timeline(routine)
    expected = [count for block in laid.blocks for count in counts(block)]

    assert heard_counts(Device(), routine, laid, EstimatedLengths(rate)) == expected
    assert len(expected) > 30


@pytest.mark.parametrize("routine", ["knee", "knee-short"])
def test_in_ssml_every_count_is_within_a_twentieth_of_its_block_under_the_estimate(routine: str) -> None:
    laid = timeline(routine)
    lengths_ms = {block.id: block.length_ms for block in laid.blocks}
    expected = [count for block in laid.blocks for count in counts(block)]

    device = Device(Backend(delivery=Delivery.SSML))
    found = heard_counts(device, routine, laid, EstimatedLengths(PLAN.rate_wpm))

    assert [(block, text) for block, _, text in found] == [(block, text) for block, _, text in expected]
    for (block, meant_ms, _), (_, heard_ms, _) in zip(expected, found, strict=True):
        assert abs(heard_ms - meant_ms) <= lengths_ms[block] // 20


@pytest.mark.parametrize("delivery", [Delivery.APLA, Delivery.SSML])
@pytest.mark.parametrize("routine", ["knee", "knee-short"])
def test_the_history_has_every_set_once_and_that_it_was_done(routine: str, delivery: Delivery) -> None:
    device = Device(Backend(delivery=delivery))
    *_, (last, _) = walked(device, routine)

    (session,) = device.backend.store.history(device.person)
    done = [event.key for event in session.events if event.kind is EventKind.BLOCK_DONE]
    assert done == [
        f"done:{block.id}:0" for block in timeline(routine).blocks if block.work_at_ms is not None
    ]
    assert session.events[-1].kind is EventKind.DONE
    assert "Well done." in last.says


@pytest.mark.parametrize("delivery", [Delivery.APLA, Delivery.SSML])
def test_a_walk_asks_for_the_leg_that_really_comes(delivery: Delivery) -> None:
    device = Device(Backend(delivery=delivery))
    before = ""
    for answer, _ in walked(device, "knee"):
        for side, other in (("left", "right"), ("right", "left")):
            if f"The {side} leg is next" in before:
                assert f"{side} leg" in answer.says
                assert answer.says.find(f"{side} leg") < (answer.says.find(f"{other} leg") % 10_000)
        before = answer.question
