"""A course: everything about one run that does not change while it runs, and the timeline for any plan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from routines.lengths import EstimatedLengths
from routines.memo import Memo
from routines.model import Routine, Topic
from routines.phrases import Phrases
from routines.plan import Plan
from routines.script import Occasion, Script, write_script
from routines.timeline import LaidBlock, Lengths, Timeline, lay, lay_block

#: How many a course remembers: a backend leads many people, each under a plan of their own.
_SCRIPTS, _BLOCKS, _TIMELINES, _RATES = 32, 512, 8, 4


@dataclass(frozen=True, kw_only=True)
class Course:
    """One routine, in one language, on one occasion, with the lengths of one voice."""

    routine: Routine
    phrases: Phrases
    topics: tuple[Topic, ...]
    occasion: Occasion
    lengths: Lengths
    #: Questions before the start, in order; none where the safety words are told instead.
    questions: tuple[str, ...] = ()
    #: Questions at the end.
    questions_after: tuple[str, ...] = ()
    _scripts: Memo[Plan, Script] = field(
        default_factory=lambda: Memo(_SCRIPTS), init=False, repr=False, compare=False
    )
    _blocks: Memo[tuple[Plan, str], LaidBlock] = field(
        default_factory=lambda: Memo(_BLOCKS), init=False, repr=False, compare=False
    )

    _timelines: Memo[Plan, Timeline] = field(
        default_factory=lambda: Memo(_TIMELINES), init=False, repr=False, compare=False
    )

    _estimated: Memo[int, Course] = field(
        default_factory=lambda: Memo(_RATES), init=False, repr=False, compare=False
    )

    def estimated(self, rate_wpm: int) -> Course:
        """Return the same with estimated lengths, at a rate in words a minute; timelines are remembered."""
        return self._estimated.get(rate_wpm, lambda: replace(self, lengths=EstimatedLengths(rate_wpm)))

    def script(self, plan: Plan) -> Script:
        """Return the script for a plan."""
        return self._scripts.get(plan, lambda: _script(self.routine, plan, self.phrases, self.occasion))

    def timeline(self, plan: Plan) -> Timeline:
        """Return the whole session in time for a plan."""
        if not isinstance(self.lengths, EstimatedLengths):  # a voice may know better by the next time
            return lay(self.script(plan), self.lengths)
        return self._timelines.get(plan, lambda: lay(self.script(plan), self.lengths))

    def block(self, plan: Plan, block_id: str) -> LaidBlock:
        """Return one block in time, from its own start. KeyError if the script has no such block."""
        if not isinstance(self.lengths, EstimatedLengths):
            return self._laid(plan, block_id)
        return self._blocks.get((plan, block_id), lambda: self._laid(plan, block_id))

    def _laid(self, plan: Plan, block_id: str) -> LaidBlock:
        script = self.script(plan)
        return lay_block(script.blocks[script.index(block_id)], self.lengths)

    def topic(self, topic_id: str) -> Topic:
        """Return a topic of the advice; KeyError if there is none of that id."""
        for topic in self.topics:
            if topic.id == topic_id:
                return topic
        raise KeyError(topic_id)


@lru_cache(maxsize=16)
def _script(routine: Routine, plan: Plan, phrases: Phrases, occasion: Occasion) -> Script:
    # How long it takes is said in its own opening; the estimate for that is made without the sentence.
    draft = write_script(routine, plan, phrases, occasion, 0)
    total_ms = lay(draft, EstimatedLengths(plan.rate_wpm, typical=True)).total_ms
    return write_script(routine, plan, phrases, occasion, max(1, round(total_ms / 60_000)))
