"""Plays a stream to the ears as a microphone would, and compares what they made of it with the truth."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.listen_corpus import Said, Spoken, Stream
from speech.hearing.port import ALWAYS, COMMANDS, HEARING_HZ, Ears, Heard, Word

#: What a microphone gives at a time.
_BLOCK_MS = 20

#: A phrase belongs to what was said if it ends no longer than this after it.
_AFTER_MS = 900


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something that was heard, and when that was known: sound and computing together."""

    heard: Heard
    known_ms: float


@dataclass(frozen=True, slots=True)
class Took:
    """What ears made of a stream."""

    noticed: tuple[Noticed, ...]
    cpu_ms: float
    length_ms: int


def listen(ears: Ears, stream: Stream, expecting: frozenset[Word] = COMMANDS) -> Took:
    """Feed a stream to ears as it would come, and note when each thing would have been known.

    The clock is that of the sound; computing is counted as it was measured, one thing after the other.
    """
    ears.expect(expecting)
    here = _BLOCK_MS * HEARING_HZ // 1000
    there = here * 3 // 2
    noticed: list[Noticed] = []
    free_ms = spent_ms = 0.0
    for nth, at in enumerate(range(0, len(stream.microphone) - here + 1, here)):
        at_ms = nth * _BLOCK_MS
        began = time.process_time()
        ears.played(stream.played[nth * there : (nth + 1) * there], at_ms)
        said = ears.feed(stream.microphone[at : at + here], at_ms)
        took_ms = (time.process_time() - began) * 1000
        spent_ms += took_ms
        free_ms = max(free_ms, at_ms + _BLOCK_MS) + took_ms
        noticed += [Noticed(one, free_ms) for one in said]
    return Took(tuple(noticed), spent_ms, stream.length_ms)


@dataclass(slots=True)
class Score:
    """How many of the things that were said were understood."""

    said: int = 0
    right: int = 0
    wrong: int = 0  #: taken for another command
    false: int = 0  #: taken for a command where none was said
    skips: int = 0  #: of the false and wrong ones, those that leave an exercise or a set out
    after_ms: list[float] = field(default_factory=list)  #: from the end of the word to its effect
    missed: list[str] = field(default_factory=list)
    mistaken: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Take in another score."""
        self.said += other.said
        self.right += other.right
        self.wrong += other.wrong
        self.false += other.false
        self.skips += other.skips
        self.after_ms += other.after_ms
        self.missed += other.missed
        self.mistaken += other.mistaken

    @property
    def rate(self) -> float:
        """The share that was understood, in percent."""
        return 100.0 * self.right / self.said if self.said else 0.0


_SKIPS = frozenset({Word.SKIP, Word.NEXT, Word.PREVIOUS, Word.CANNOT})


def judge(stream: Stream, took: Took) -> dict[str, Score]:
    """Return scores: `always` for stop and it hurts, `other` for the rest, `talk` for what is no command."""
    scores = {"always": Score(), "other": Score(), "talk": Score()}
    left = list(took.noticed)
    for spoken in stream.spoken:
        mine = [one for one in left if _belongs(one.heard, spoken)]
        left = [one for one in left if one not in mine]
        scores[_group(spoken.said)].add(_judged(spoken, mine))
    scores["talk"].add(_falsely(left))
    return scores


def _group(said: Said) -> str:
    if said.sentence is None:
        return "talk"
    return "always" if said.sentence.meaning.word in ALWAYS else "other"


def _belongs(heard: Heard, spoken: Spoken) -> bool:
    return (
        heard.began_at_ms < spoken.ended_ms
        and heard.ended_at_ms > spoken.began_ms - 100
        and (heard.ended_at_ms < spoken.ended_ms + _AFTER_MS)
    )


def _judged(spoken: Spoken, mine: Sequence[Noticed]) -> Score:
    sentence = spoken.said.sentence
    if sentence is None:
        score = _falsely(mine)
        score.said = 1
        score.mistaken = [f"{spoken.said.text} -> {one.heard.text}" for one in mine]
        return score
    score = Score(said=1)
    first = next((one for one in mine if one.heard.meaning.word is sentence.meaning.word), None)
    if first is not None and first.heard.meaning == sentence.meaning:
        score.right = 1
        score.after_ms = [first.known_ms - spoken.ended_ms]
    else:
        score.missed = [f"{spoken.said.speaker.name}: {spoken.said.text}"]
    wrong = [one for one in mine if one.heard.meaning != sentence.meaning]
    score.wrong = len(wrong)
    score.skips = sum(one.heard.word in _SKIPS for one in wrong)
    score.mistaken = [f"{spoken.said.text} -> {one.heard.text}" for one in wrong]
    return score


def _falsely(noticed: Sequence[Noticed]) -> Score:
    return Score(
        false=len(noticed),
        skips=sum(one.heard.word in _SKIPS for one in noticed),
        mistaken=[f"-> {one.heard.text}" for one in noticed],
    )


def by_word(streams: Sequence[tuple[Stream, Took]]) -> Iterator[tuple[Word, Score]]:
    """Yield a score for each command."""
    scores: dict[Word, Score] = {}
    for stream, took in streams:
        for spoken in stream.spoken:
            if spoken.said.sentence is not None:
                mine = [one for one in took.noticed if _belongs(one.heard, spoken)]
                scores.setdefault(spoken.said.sentence.meaning.word, Score()).add(_judged(spoken, mine))
    yield from scores.items()
