"""Everything that can be asked for is answered, and everything that the model can send is known."""

from __future__ import annotations

from typing import Any

import pytest

from skill.alexa.conversation import _SESSIONLESS, WANTS
from skill.alexa.wishes import INTENTS, TOUCHES, Want, heard
from tests.alexa_device import en_us


def test_everything_that_can_be_wanted_is_answered_or_needs_no_words() -> None:
    assert WANTS.keys() | _SESSIONLESS == set(Want)
    assert not WANTS.keys() & _SESSIONLESS


def test_every_intent_of_the_model_is_known_and_every_known_one_is_in_the_model() -> None:
    intents = en_us()["interactionModel"]["languageModel"]["intents"]

    assert {intent["name"] for intent in intents} == INTENTS.keys()


def test_everything_but_what_alexa_does_by_herself_can_be_asked_for() -> None:
    by_itself = {Want.LAUNCH, Want.BACK, *_SESSIONLESS}

    assert {*INTENTS.values(), *TOUCHES.values()} == set(Want) - by_itself


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"request": None},
        {"request": {"type": 5}},
        {"request": {"type": "IntentRequest"}},
        {"request": {"type": "IntentRequest", "intent": "StopIntent"}},
        {"request": {"type": "IntentRequest", "intent": {"name": None, "slots": [1]}}},
        {
            "request": {
                "type": "IntentRequest",
                "intent": {"name": "x", "slots": {"a": None, "b": {"value": 3}}},
            }
        },
        {"request": {"type": "Alexa.Presentation.APL.UserEvent", "arguments": {"a": 1}}},
        {"request": {"timestamp": "yesterday"}, "session": [], "context": {"System": 1, "AudioPlayer": []}},
    ],
)
def test_odd_requests_are_heard_without_a_fault(odd: dict[str, Any]) -> None:
    assert heard(odd).want in set(Want)


def _slot(code: str, *ids: str) -> dict[str, Any]:
    values = [{"value": {"name": name, "id": name}} for name in ids]
    return {
        "name": "routine",
        "value": "short one",
        "resolutions": {"resolutionsPerAuthority": [{"status": {"code": code}, "values": values}]},
    }


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        (_slot("ER_SUCCESS_MATCH", "knee-short", "knee"), {"routine": "knee-short"}),
        (_slot("ER_SUCCESS_NO_MATCH"), {"routine": "short one"}),
        ({"name": "routine", "value": "?"}, {}),
        ({"name": "routine"}, {}),
    ],
)
def test_a_slot_is_the_id_that_alexa_is_sure_of_else_the_words(
    slot: dict[str, Any], value: dict[str, str]
) -> None:
    intent = {"name": "StartRoutineIntent", "slots": {"routine": slot}}

    assert heard({"request": {"type": "IntentRequest", "intent": intent}}).slots == value


@pytest.mark.parametrize(
    "stamp", ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00.000+01:00", 1_772_442_000_000]
)
def test_the_time_of_a_request_is_read_in_each_of_amazons_forms(stamp: object) -> None:
    assert heard({"request": {"type": "LaunchRequest", "timestamp": stamp}}).at_ms == 1_772_442_000_000
