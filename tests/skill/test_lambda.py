"""The same skill as a function of AWS Lambda."""

from __future__ import annotations

from typing import Any

import pytest

from skill.on_lambda import handler_for
from tests.alexa_door import SKILL_ID, Smallest, envelope, own_envelopes


@pytest.mark.parametrize("name", own_envelopes())
def test_every_kind_of_request_is_answered(name: str) -> None:
    answer = handler_for(Smallest().skill(), SKILL_ID)(own_envelopes()[name], None)

    assert "hello 1" in answer["response"]["outputSpeech"]["ssml"]


def test_a_request_that_comes_twice_is_carried_out_once() -> None:
    skill = Smallest()
    handler = handler_for(skill.skill(), SKILL_ID)

    assert handler(envelope()) == handler(envelope())
    assert len(skill.asked) == 1


def test_without_a_skill_id_any_skills_request_is_answered() -> None:
    assert handler_for(Smallest().skill(), None)(envelope())["version"] == "1.0"


@pytest.mark.parametrize(
    ("event", "skill_id"), [({}, SKILL_ID), ({"request": 1}, SKILL_ID), (envelope(), "amzn1.ask.skill.other")]
)
def test_what_is_no_request_for_us_is_an_error(event: dict[str, Any], skill_id: str) -> None:
    skill = Smallest()

    with pytest.raises(ValueError, match=r"body|application"):
        handler_for(skill.skill(), skill_id)(event)
    assert skill.asked == []
