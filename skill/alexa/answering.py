"""Carries out a request with the skill: once, and with an answer whatever happens."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from skill.alexa.envelope import TOLERANCE, Envelope
from skill.alexa.model_plans import Malformed
from skill.alexa.refusal import Refused
from skill.seen import Seen

if TYPE_CHECKING:
    from ask_sdk_core.skill import CustomSkill

_log = logging.getLogger(__name__)

#: Takes a request as it comes from JSON, returns the reply as JSON.
Invoke = Callable[[Mapping[str, Any]], bytes]

#: An answer that says and does nothing; Alexa takes it for every request.
NOTHING = b'{"version":"1.0","response":{}}'


def invoking(skill: CustomSkill) -> Invoke:
    """Return how to call a skill, with our own serializer in place of the SDK's.

    The skill's handlers find the request as it came, before it was read into models, as
    `handler_input.context`. Raises `Refused`, and whatever the skill's exception handlers let through.
    """
    from skill.alexa.late import LateEnvelope  # noqa: PLC0415 - slow to import
    from skill.alexa.serializer import FastSerializer  # noqa: PLC0415

    serializer = FastSerializer()
    skill.serializer = serializer

    def invoke(request: Mapping[str, Any]) -> bytes:
        try:
            envelope = LateEnvelope.read(serializer, request)
        except Malformed as error:
            raise Refused("body", str(error)) from error
        if envelope.session is not None and type(envelope.session.attributes) is dict:
            envelope.session.attributes = _Attributes(envelope.session.attributes)
        return serializer.write(skill.invoke(envelope, request))

    return invoke


class _Attributes(dict[str, Any]):
    """A session's attributes, of which the SDK makes a deep copy for each request: a quick one, here."""

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        copy: dict[str, Any] = orjson.loads(orjson.dumps(dict(self)))
        return copy


class Answering:
    """Answers every request exactly once. For any thread."""

    def __init__(self, invoke: Invoke, seen: Seen) -> None:
        """Take how to call the skill, and what remembers requests."""
        self._invoke = invoke
        self._seen = seen

    def answer(self, envelope: Envelope, now: datetime) -> bytes:
        """Return the reply to a request, as JSON. One that came before gets the same reply, or an empty one.

        `Refused` if its inside is malformed. If the skill fails, and what it does about failures fails, too,
        the reply is empty and the log says where; the request may then be sent again.
        """
        try:
            return self._answer(envelope, now)
        except Refused:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, Alexa needs an answer
            _log.error("skill-failed %s %s", type(error).__name__, where(error))
            return NOTHING

    def _answer(self, envelope: Envelope, now: datetime) -> bytes:
        claim = self._seen.claim(envelope.request_id, now, now + TOLERANCE + envelope.tolerance)
        if not claim.first:
            return claim.answer or NOTHING
        try:
            answer = self._invoke(envelope.whole)
        except BaseException:
            self._seen.release(envelope.request_id)
            raise
        self._seen.keep(envelope.request_id, answer)
        return answer


def where(error: BaseException) -> str:
    """Return where it happened. What an error says may hold something about a person; this does not."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-4:]))
