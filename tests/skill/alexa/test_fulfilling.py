"""Somebody asks Alexa for something and names no skill: whether ours could do it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.alexa_device import Device, en_us
from tests.alexa_model import Ears, intent_json


def asked(utterance: str) -> dict[str, Any]:
    """Return what is answered to whether it could be done."""
    intent = intent_json(Ears(en_us()).hear(utterance), en_us())
    device = Device()
    found: dict[str, Any] = device.event("CanFulfillIntentRequest", intent=intent)["canFulfillIntent"]
    assert device.backend.store.history(device.person) == ()
    return found


@pytest.mark.parametrize(
    ("said", "answer", "slots"),
    [
        ("start the knee routine", "YES", {"routine": ("YES", "YES")}),
        ("start the shoulder routine", "NO", {"routine": ("NO", "NO")}),
        ("can I take a painkiller", "YES", {"question": ("YES", "YES")}),
        ("can I win the lottery", "NO", {"question": ("NO", "NO")}),
        ("tell me about ice", "YES", {"topic": ("YES", "YES")}),
        ("skip this one", "NO", {}),
        ("seven", "NO", {"number": ("NO", "NO")}),
    ],
)
def test_a_routine_or_advice_that_we_have_can_be_had(
    said: str, answer: str, slots: dict[str, tuple[str, str]]
) -> None:
    found = asked(said)

    assert found["canFulfill"] == answer
    told = {name: (slot["canUnderstand"], slot["canFulfill"]) for name, slot in found["slots"].items()}
    assert told == slots


def test_a_start_without_a_name_is_a_maybe() -> None:
    device = Device()

    response = device.event("CanFulfillIntentRequest", intent={"name": "StartRoutineIntent"})

    assert response == {"canFulfillIntent": {"canFulfill": "MAYBE", "slots": {}}}


def test_an_intent_that_nobody_knows_is_a_no() -> None:
    response = Device().event("CanFulfillIntentRequest", intent={"name": "OrderPizzaIntent"})

    assert response["canFulfillIntent"]["canFulfill"] == "NO"
