"""Numbers about health: asked and kept where the owner of a private installation allows it, and else not."""

from __future__ import annotations

import json

import pytest

from skill.alexa.replies import Delivery
from skill.records import EventKind
from tests.alexa_device import Backend, Device
from tests.alexa_player import AudioBackend, Echo


def done(device: Device) -> Device:
    """Return the device when the whole short routine has been done."""
    for _ in range(60):
        device.listen()
        if "nought" in device.answer.says or device.answer.ends:
            return device
        device.say("ready")
    raise AssertionError("it never ends")


def answered(device: Device) -> dict[str, object]:
    """Return what is kept of the answers in the newest session."""
    session = device.backend.store.last_session(device.person)
    assert session is not None
    return {
        event.data["what"]: event.data["value"]
        for event in session.events
        if event.kind is EventKind.ANSWERED
    }


@pytest.mark.parametrize("delivery", Delivery)
def test_pain_before_and_after_and_effort_are_asked_and_kept(delivery: Delivery) -> None:
    device = Device(Backend(delivery=delivery, health=True))
    device.one_shot("start the short knee routine")
    device.say("two")
    done(device)
    assert "Well done" in device.answer.says

    assert "One for easy" in device.say("three").says
    last = device.say("one")

    assert last.ends
    assert "Thank you" in last.says
    assert answered(device) == {"pain_before": 2, "pain_after": 3, "effort": 1}


def test_more_pain_than_before_is_advised_about() -> None:
    device = Device(Backend(health=True))
    device.one_shot("start the short knee routine")
    device.say("one")
    done(device)

    said = device.say("three").says

    assert "Talk to a physiotherapist" in said
    assert "One for easy" in said


def test_as_much_pain_as_before_is_not() -> None:
    device = Device(Backend(health=True))
    device.one_shot("start the short knee routine")
    device.say("three")
    done(device)

    assert "physiotherapist" not in device.say("four").says


def test_no_number_travels_with_the_session() -> None:
    device = Device(Backend(health=True))
    device.one_shot("start the short knee routine")
    device.say("four")

    assert "pain_before" not in json.dumps(device.attributes)


def test_where_it_is_off_a_whole_routine_asks_for_no_number() -> None:
    device = Device()
    device.one_shot("start the short knee routine")
    device.listen()
    device.say("seven")
    done(device)

    assert device.answer.ends
    assert answered(device) == {}


def test_before_a_file_plays_it_is_asked_too() -> None:
    device = Echo(AudioBackend(health=True))
    device.one_shot("start the short knee routine")
    assert device.player.activity == "IDLE"

    device.say("four")

    assert device.player.activity == "PLAYING"
    assert answered(device) == {"pain_before": 4}
