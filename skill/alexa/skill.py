"""The skill as the SDK knows it: one handler for every request, one for every failure."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ask_sdk_core.dispatch_components.exception_components import AbstractExceptionHandler
from ask_sdk_core.dispatch_components.request_components import AbstractRequestHandler
from ask_sdk_core.handler_input import HandlerInput
from ask_sdk_core.skill import CustomSkill
from ask_sdk_core.skill_builder import CustomSkillBuilder
from ask_sdk_model.response import Response

from routines.advice import by_name
from routines.load import load_advice
from routines.phrases import load_phrases
from skill.alexa.answering import where
from skill.alexa.conversation import Desk, Reply, delivery_note, language, person_id
from skill.alexa.fulfilling import REQUEST, can_fulfil
from skill.alexa.playing import conversation_for
from skill.alexa.replies import Delivery, Replies
from skill.alexa.talk import Talk
from skill.alexa.wishes import Heard, Want, heard

_log = logging.getLogger(__name__)

#: The session's attribute that says how turns are delivered in it.
_DELIVERY = "by"
_DELIVERIES = tuple(delivery.value for delivery in Delivery)


class CoachHandler(AbstractRequestHandler):
    """Answers every request: the conversation's own table knows what each one wants."""

    def __init__(self, desk: Desk, replies: Replies, delivery: Delivery) -> None:
        """Take what conversations share, and how turns are delivered unless a device cannot."""
        self._desk = desk
        self._replies = replies
        self._delivery = delivery

    def can_handle(self, handler_input: HandlerInput) -> bool:  # noqa: ARG002 - every request is ours
        """Return True: even a request that nobody knows yet gets a valid answer."""
        return True

    def handle(self, handler_input: HandlerInput) -> Response:
        """Return the response to a request."""
        what = heard(_raw(handler_input))
        if what.detail == REQUEST:
            if what.in_session:
                handler_input.attributes_manager.session_attributes = {}
            return Response(can_fulfill_intent=can_fulfil(what, self._routine_ids))
        conversation = conversation_for(self._desk, what)
        reply = conversation.answer()
        delivery = self._delivery_for(what, reply)
        if what.in_session:
            kept = {} if what.want is Want.ENDED else reply.talk.to_dict()
            if delivery is not None and not reply.ends:
                kept[_DELIVERY] = delivery.value
            handler_input.attributes_manager.session_attributes = kept
        screen = conversation.phrases if what.screen else None
        return self._replies.response(reply, delivery or self._delivery, screen)

    def _routine_ids(self) -> frozenset[str]:
        return frozenset(routine.id for routine in self._desk.routines())

    def _delivery_for(self, what: Heard, reply: Reply) -> Delivery | None:
        """Return how this device takes turns; None if there is no need to know yet.

        What is noted about it is looked up once in a session: one that cannot go on as it began is over.
        """
        told = what.attributes.get(_DELIVERY)
        if told in _DELIVERIES:
            return Delivery(told)
        if not what.device or (reply.turn is None and not what.screen):  # it makes no difference
            return None
        noted = self._desk.store.note(person_id(what.person), delivery_note(what.device))
        usual = _DELIVERIES.index(self._delivery)
        return Delivery(_DELIVERIES[max(usual, _DELIVERIES.index(noted) if noted in _DELIVERIES else 0)])


class ApologyHandler(AbstractExceptionHandler):
    """Says sorry in words when something of ours fails; what was kept stays, and the place is not lost."""

    def __init__(self, replies: Replies) -> None:
        """Take how responses are made."""
        self._replies = replies

    def can_handle(self, handler_input: HandlerInput, exception: Exception) -> bool:  # noqa: ARG002
        """Return True."""
        return True

    def handle(self, handler_input: HandlerInput, exception: Exception) -> Response:
        """Return an apology that ends the session, or nothing where nothing may be said."""
        what = heard(_raw(handler_input))
        _log.error("handler-failed %s %s %s", what.want, type(exception).__name__, where(exception))
        talk = Talk()
        if not what.in_session or what.want is Want.ENDED:
            return self._replies.response(Reply(talk=talk, silent=True), Delivery.SSML)
        return self._replies.response(Reply(talk=talk, lines=_last_words(what)), Delivery.SSML)


def build_skill(desk: Desk, replies: Replies, delivery: Delivery = Delivery.APLA) -> CustomSkill:
    """Return the skill, ready to be invoked."""
    builder = CustomSkillBuilder()
    builder.add_request_handler(CoachHandler(desk, replies, delivery))
    builder.add_exception_handler(ApologyHandler(replies))
    return builder.create()


def _last_words(what: Heard) -> tuple[str, ...]:
    """Return what is said when something fails: where it hurts, the advice all the same."""
    phrases = load_phrases(language(what.locale))
    topic = {
        Want.PAIN: phrases("session.pain-topic"),
        Want.RED_FLAG: phrases("alexa.red-flag-topic"),
    }.get(what.want, "")
    advice = by_name(topic, load_advice(phrases.locale))
    return advice.say if advice else phrases.lines("alexa.failed")


def _raw(handler_input: HandlerInput) -> Mapping[str, Any]:
    """Return the request as it came; whoever invokes the skill hands it over as the context."""
    raw = handler_input.context
    return raw if isinstance(raw, Mapping) else {}
