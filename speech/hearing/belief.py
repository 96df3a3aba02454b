"""How sure an engine has to be: what speaks for a sentence, which one to believe, and from when on. Pure.

The coach is made to err: towards stopping where somebody may have said "stop" or "it hurts", towards doing
nothing with everything else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from speech.hearing.grammar import Sentence
from speech.hearing.port import ALWAYS, Amid, Guess, Meaning, Word


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a sentence, measured so that it does not depend on how long the sentence is."""

    clarity: float  #: mean fit of the sound to the sentence, in nats a frame; 0 is perfect
    weakest: float  #: the same for the word that fits worst
    margin: float  #: how much better (+) or worse (-) it fits than free English
    sounds: int  #: how many sounds it has: of a long sentence one is sooner sure

    def score(self) -> float:
        """Return how likely it is that this was said, 0-1. See `_WEIGHTS`."""
        parts = (self.clarity, self.weakest, self.margin, self.sounds)
        total = _BIAS + sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, total))))


#: Logistic regression over 1,853 pieces of speech, of which 1,011 were what they were taken for: in quiet, in
#: noise and over the coach, by voices and (what is no command) in words that are not those of the page's
#: figures. How far apart the sounds of the sentence and of free English are, and how fast it is said, add
#: nothing to these four.
_WEIGHTS = (577.0, 375.0, 1020.0, 0.076)
_BIAS = 7.13

#: What halts the session, for good or for a while. "Pause" belongs here so that it is not taken for "stop":
#: the two sound alike, and whoever meant to stop can say so again, while a session that was stopped is over.
HALTING = ALWAYS | {Word.PAUSE}

#: What halts may fit so much worse than anything else, in nats a frame, and is still what is believed first.
#: It wins back three in four of those that were mistaken, and takes one in a hundred of other commands.
_IN_DOUBT = 0.0005

#: From which score on a sentence counts as said: what stops, in doubt; other commands, which talk must not
#: be taken for; and whatever is said while a question waits: nothing moves then that could hurt, and it can
#: be asked again. In noise 29 of 480 pieces of talk would stop the session if that needed no more than over
#: the coach; as it is, 6 of 480 do, and of 96 that were meant to 71 do, not 79.
_ALWAYS_FROM = {Amid.QUIET: 0.2, Amid.COACH: 0.3, Amid.NOISE: 0.6}
_COMMAND_FROM = {Amid.QUIET: 0.4, Amid.COACH: 0.6, Amid.NOISE: 0.7}
_ANSWER_FROM = {Amid.QUIET: 0.5, Amid.COACH: 0.6, Amid.NOISE: 0.6}

#: From which score on somebody has likely answered, though it is not sure what: it is asked again. Without
#: this, to whoever says "two" and is nearly understood the coach would say nothing at all.
_ANSWERED_FROM = 0.2


def believed(may_be: Sequence[tuple[Sentence, Evidence]], amid: Amid, *, asked: bool) -> Guess | None:
    """Return what to make of sentences that may have been said, the first to be believed first.

    None is nothing. While a question waits (`asked`) it is `Word.UNCLEAR` if something was nearly understood.
    """
    scores = [evidence.score() for _, evidence in may_be]
    for (sentence, _), score in zip(may_be, scores, strict=True):
        if is_enough(score, sentence.meaning.word, amid, asked=asked):
            return Guess(sentence.meaning, sentence.text, score)
    best = max(scores, default=0.0)
    return Guess(Meaning(Word.UNCLEAR), "", best) if asked and best >= _ANSWERED_FROM else None


def is_enough(score: float, word: Word, amid: Amid, *, asked: bool) -> bool:
    """Return whether a sentence that means `word` counts as said; `asked`: a question waits."""
    least = _ANSWER_FROM if asked else _ALWAYS_FROM if word in ALWAYS else _COMMAND_FROM
    return score >= least[amid]


def in_order(found: Sentence | None, halts: Sentence | None, worse: float) -> tuple[Sentence, ...]:
    """Return which of two sentences to believe, the first one first.

    `found` fits best; `halts` fits best of those that mean one of `HALTING`, and `worse` than `found` by so
    much, in nats a frame: if that is hardly anything, it comes first.
    """
    first = halts if worse < _IN_DOUBT else None
    return tuple(one for one in (first, found) if one is not None)
