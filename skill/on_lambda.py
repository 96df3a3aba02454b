"""The same skill as a function of AWS Lambda.

Lambda itself lets in only what Alexa sends (its trigger names the skill), so signatures are not looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from skill.alexa.answering import Answering, invoking
from skill.alexa.envelope import check_skill, envelope_of
from skill.alexa.refusal import Refused
from skill.seen import Seen, SeenByAll, SeenHere

if TYPE_CHECKING:
    from ask_sdk_core.skill import CustomSkill

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LambdaHandler:
    """Answers Lambda's events with a skill."""

    answering: Answering
    skill_id: str | None

    def __call__(self, event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
        """Return the reply to a request. ValueError for what is no request, or another skill's."""
        del context
        try:
            envelope = envelope_of(event)
            if self.skill_id:
                check_skill(envelope, self.skill_id)
            answer = self.answering.answer(envelope, datetime.now(UTC))
        except Refused as refused:
            _log.warning("refused %s %s", refused.code, refused.detail)
            raise ValueError(refused.code) from None
        reply: dict[str, Any] = orjson.loads(answer)
        return reply


def handler_for(skill: CustomSkill, skill_id: str | None, seen: Seen | None = None) -> LambdaHandler:
    """Return a skill as a function for Lambda."""
    return LambdaHandler(Answering(invoking(skill), SeenHere() if seen is None else seen), skill_id)


@cache
def own_handler() -> LambdaHandler:
    """Return the coach's own skill as a function for Lambda; the settings come from the environment."""
    from skill.alexa_skill import open_lasting_store, own_skill  # noqa: PLC0415 - once, for the first request
    from skill.settings import read_settings  # noqa: PLC0415

    settings = read_settings()
    store = open_lasting_store(settings)
    return handler_for(own_skill(settings, store), settings.alexa.skill_id, SeenByAll(store.seen))
