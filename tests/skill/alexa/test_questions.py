"""Every topic of the advice by name, and every red flag in the model, in every state of a conversation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from routines.load import load_advice
from routines.phrases import load_phrases
from tests.alexa_device import Device, en_us
from tests.alexa_model import values_of

PAIN = load_phrases("en")("session.pain-topic")
TOPICS = [topic for topic in load_advice("en") if topic.id != PAIN]
FLAGS = values_of(
    next(each for each in en_us()["interactionModel"]["languageModel"]["types"] if each["name"] == "FLAG")
)


def new() -> Device:
    device = Device()
    device.launch()
    return device


def leading() -> Device:
    device = Device()
    device.intent("StartRoutineIntent", routine="knee")
    device.interrupt(5_000)
    return device


def working() -> Device:
    device = leading()
    device.intent("AMAZON.NextIntent")
    device.intent("ReadyIntent")
    device.intent("SkipIntent")
    device.listen()
    device.intent("ReadyIntent")
    device.interrupt(20_000)
    assert device.place == ("working", "wall-slides/1/left")
    return device


def between() -> Device:
    device = working()
    device.listen()
    return device


def paused() -> Device:
    device = working()
    device.intent("AMAZON.PauseIntent")
    device.listen()
    return device


def asked_to_go_on() -> Device:
    device = working()
    device.ended()
    device.launch()
    return device


STATES = [new, leading, working, between, paused, asked_to_go_on]


@pytest.mark.parametrize("state", STATES)
def test_every_topic_is_told_by_its_title_and_what_was_going_on_goes_on(state: Callable[[], Device]) -> None:
    for topic in TOPICS:
        device = state()
        before = device.place
        answer = device.say(topic.title)
        said = answer.says.replace("'", "").replace("\u2019", "")
        assert topic.say[0].replace("'", "").replace("\u2019", "") in said
        assert answer.ends is topic.urgent
        if not topic.urgent:
            assert (
                device.place is None or before is None or device.place[1].startswith(before[1].split("/")[0])
            )


@pytest.mark.parametrize("state", STATES)
def test_every_red_flag_ends_it_in_every_state(state: Callable[[], Device]) -> None:
    for phrase in list(FLAGS)[:: max(1, len(FLAGS) // 12)]:
        device = state()
        answer = device.say(phrase)
        assert answer.ends, phrase
        assert "?" not in answer.says
        assert not any(
            record.ended_at is None and record.events
            for record in device.backend.store.history(device.person)
        )
        assert "interrupted" not in device.launch().says


@pytest.mark.parametrize("state", STATES)
def test_stop_stops_in_every_state(state: Callable[[], Device]) -> None:
    for words in ("stop", "cancel", "go home"):
        assert state().say(words).ends


@pytest.mark.parametrize("state", STATES)
def test_pain_halts_in_every_state(state: Callable[[], Device]) -> None:
    for words in ("it hurts", "it hurts more", "it really hurts"):
        answer = state().say(words)
        assert answer.ends
        assert "?" not in answer.says
