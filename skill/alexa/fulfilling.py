"""Whether the skill could do what somebody asked Alexa for without naming any skill: start a routine, advise.

Amazon asks with a request of its own. Nothing is done, nobody is looked up, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ask_sdk_model.canfulfill.can_fulfill_intent import CanFulfillIntent
from ask_sdk_model.canfulfill.can_fulfill_intent_values import CanFulfillIntentValues
from ask_sdk_model.canfulfill.can_fulfill_slot import CanFulfillSlot
from ask_sdk_model.canfulfill.can_fulfill_slot_values import CanFulfillSlotValues
from ask_sdk_model.canfulfill.can_understand_slot_values import CanUnderstandSlotValues

from routines.advice import by_name, find_advice
from routines.load import load_advice
from skill.alexa.accounts import language
from skill.alexa.wishes import INTENTS, Heard, Want

REQUEST = "CanFulfillIntentRequest"


def can_fulfil(what: Heard, routines: Callable[[], frozenset[str]]) -> CanFulfillIntent:
    """Return the answer: yes, no, or maybe where a slot that decides is empty."""
    slot, known = _KNOWN.get(INTENTS.get(what.intent, Want.UNKNOWN), ("", _nothing))
    told = what.slots.get(slot, "")
    if not slot:
        answer = CanFulfillIntentValues.NO
    elif not told:
        answer = CanFulfillIntentValues.MAYBE
    else:
        understood = known(told, what, routines)
        answer = CanFulfillIntentValues.YES if understood else CanFulfillIntentValues.NO
    yes = answer is CanFulfillIntentValues.YES
    slots = {name: _slot(yes=yes and name == slot) for name in what.slots}
    return CanFulfillIntent(can_fulfill=answer, slots=slots)


def _slot(*, yes: bool) -> CanFulfillSlot:
    return CanFulfillSlot(
        can_understand=CanUnderstandSlotValues.YES if yes else CanUnderstandSlotValues.NO,
        can_fulfill=CanFulfillSlotValues.YES if yes else CanFulfillSlotValues.NO,
    )


def _nothing(_told: str, _what: Heard, _routines: Callable[[], frozenset[str]]) -> bool:
    return False


def _is_routine(told: str, _what: Heard, routines: Callable[[], frozenset[str]]) -> bool:
    return told in routines()


def _is_advice(told: str, what: Heard, _routines: Callable[[], frozenset[str]]) -> bool:
    locale = language(what.locale)
    topics = load_advice(locale)
    return by_name(told, topics) is not None or find_advice(told, topics, locale) is not None


#: What can be asked for without a session, with the slot that says what, and how that is known.
_KNOWN: Mapping[Want, tuple[str, Callable[[str, Heard, Callable[[], frozenset[str]]], bool]]] = {
    Want.START: ("routine", _is_routine),
    Want.ADVICE: ("topic", _is_advice),
    Want.QUESTION: ("question", _is_advice),
}
