"""What Alexa may ask of the skill: every intent and slot type, by name. The words for them are phrases."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

BUILT_IN = "AMAZON."


class SlotType(StrEnum):
    """The types of slots: our own lists, and Amazon's."""

    ROUTINE = "ROUTINE"  #: ids of routines
    BARRIER = "BARRIER"  #: values of `routines.model.Barrier`
    TOPIC = "TOPIC"  #: ids of the advice topics that are not urgent
    FLAG = "FLAG"  #: ids of the urgent ones
    EVERY = "EVERY"  #: values of `Every`
    TIME = "AMAZON.TIME"
    NUMBER = "AMAZON.NUMBER"
    SEARCH_QUERY = "AMAZON.SearchQuery"

    @property
    def is_ours(self) -> bool:
        """Whether its values are in our model."""
        return not self.startswith(BUILT_IN)


class Every(StrEnum):
    """How often a reminder comes."""

    DAILY = "daily"
    EVERY_OTHER_DAY = "every-other-day"


@dataclass(frozen=True, slots=True)
class Slot:
    """A gap in a sample, and what may stand in it."""

    name: str
    type: SlotType


@dataclass(frozen=True, slots=True)
class Intent:
    """Something a person can want of the skill."""

    name: str
    slots: tuple[Slot, ...] = ()

    @property
    def is_built_in(self) -> bool:
        """Whether Amazon understands it without samples of ours."""
        return self.name.startswith(BUILT_IN)

    @property
    def short_name(self) -> str:
        """The name without "AMAZON.": its samples are the phrase `alexa-model.samples.<short name>`."""
        return self.name.removeprefix(BUILT_IN)


_AMAZONS = (
    "YesIntent", "NoIntent", "NextIntent", "PreviousIntent", "RepeatIntent", "StartOverIntent", "PauseIntent",
    "ResumeIntent", "StopIntent", "CancelIntent", "HelpIntent", "FallbackIntent", "NavigateHomeIntent",
    "LoopOnIntent", "LoopOffIntent", "ShuffleOnIntent", "ShuffleOffIntent",
)  # fmt: skip

#: In the order in which a sentence that stands in the advice too is given away: pain and red flags first.
INTENTS: tuple[Intent, ...] = (
    Intent("PainIntent"),
    Intent("MorePainIntent"),
    Intent("RedFlagIntent", (Slot("flag", SlotType.FLAG),)),
    *(Intent(BUILT_IN + name) for name in _AMAZONS),
    Intent("StartRoutineIntent", (Slot("routine", SlotType.ROUTINE),)),
    Intent("ReadyIntent"),
    Intent("SlowerIntent"),
    Intent("FasterIntent"),
    Intent("EasierIntent"),
    Intent("SkipIntent"),
    Intent("CannotIntent", (Slot("barrier", SlotType.BARRIER),)),
    Intent("WhichSideIntent"),
    Intent("HowLongIntent"),
    Intent("NeedsIntent"),
    Intent("WhyIntent"),
    Intent("HowAmIDoingIntent"),
    Intent("AdviceIntent", (Slot("topic", SlotType.TOPIC),)),
    Intent("QuestionIntent", (Slot("question", SlotType.SEARCH_QUERY),)),
    Intent("BriefIntent"),
    Intent("FullIntent"),
    Intent("WhatCanISayIntent"),
    Intent("ListRoutinesIntent"),
    Intent("NumberIntent", (Slot("number", SlotType.NUMBER),)),
    Intent("RemindIntent", (Slot("time", SlotType.TIME), Slot("every", SlotType.EVERY))),
    Intent("LinkIntent", (Slot("code", SlotType.NUMBER),)),
)
