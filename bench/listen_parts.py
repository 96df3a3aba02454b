"""The parts that listening is measured in: each by a process of its own, with an engine of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from bench.listen_corpus import (
    PLACES,
    Place,
    Said,
    Stream,
    answers,
    coach_alone,
    commands,
    others,
    say,
    sayable,
    stream,
)
from bench.listen_ears import Score, Took, by_word, judge, listen
from bench.listen_voices import Speaker
from skill.hearing import QUESTIONS, answering
from speech.clips import Samples
from speech.hearing.engines import open_recogniser
from speech.hearing.listener import Listener
from speech.hearing.port import COMMANDS, Recogniser, Word
from speech.hearing.segments import Silero

QUIET = next(place for place in PLACES if place.noise_db is None and place.coach_db is None)
OVER_6, HARD = (place for place in PLACES if place.coach_db == -6)
NOISE = next(place for place in PLACES if place.noise_db == 10)

#: Where everybody is measured; in a quick run nothing else.
FEW = (QUIET, NOISE, OVER_6, HARD)

DEFAULT = "pocketsphinx"


@dataclass(slots=True)
class Row:
    """What came of one kind of voice in one place."""

    engine: str
    kind: str
    place: str
    always: Score = field(default_factory=Score)
    other: Score = field(default_factory=Score)
    talk: Score = field(default_factory=Score)


@dataclass(slots=True)
class Findings:
    """Everything that goes into the table."""

    rows: list[Row] = field(default_factory=list)
    words: dict[Word, Score] = field(default_factory=dict)
    answers: dict[tuple[str, str], Score] = field(default_factory=dict)
    talk: dict[tuple[str, str, str], Score] = field(default_factory=dict)  #: engine, voices, place
    alone: list[tuple[str, str, Score, int]] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        """Take in what was found elsewhere."""
        for row in other.rows:
            mine = self.row(row.engine, row.kind, row.place)
            mine.always.add(row.always)
            mine.other.add(row.other)
            mine.talk.add(row.talk)
        for word, score in other.words.items():
            self.words.setdefault(word, Score()).add(score)
        for answered, score in other.answers.items():
            self.answers.setdefault(answered, Score()).add(score)
        for spoken, score in other.talk.items():
            self.talk.setdefault(spoken, Score()).add(score)
        self.alone += other.alone
        for name, share in other.cpu.items():
            self.cpu[name] = max(self.cpu.get(name, 0.0), share)
        self.notes += other.notes

    def row(self, engine: str, kind: str, place: str) -> Row:
        """Return the row of this engine, this kind of voice and this place."""
        key = (engine, kind, place)
        found = next((row for row in self.rows if (row.engine, row.kind, row.place) == key), None)
        if found is None:
            found = Row(*key)
            self.rows.append(found)
        return found


@dataclass(frozen=True, slots=True)
class Coach:
    """A file with the coach's own sound."""

    talk: Path  #: a whole session without its pauses

    def heard(self) -> Samples:
        """Return all that it says."""
        samples: Samples = np.load(self.talk)
        return samples


Part = Callable[[], Findings]


def parts(everybody: Sequence[Speaker], coach: Coach, *, quick: bool) -> Iterator[Part]:
    """Yield everything that the default engine is measured with, what takes longest first."""
    for place in (OVER_6,) if quick else (OVER_6, HARD):
        yield partial(alone, coach, place)
    for kind in dict.fromkeys(one.kind for one in everybody):
        mine = tuple(one for one in everybody if one.kind == kind)
        for place in (QUIET,) if quick else (QUIET, NOISE):
            yield partial(talked, mine, coach, place, quick=quick)
    one_of_each = {one.kind: one for one in reversed(everybody)}.values()
    for nth, speaker in enumerate(everybody):
        places = PLACES if speaker in one_of_each and not quick else FEW
        yield partial(voice, nth, speaker, coach, places, quick=quick)


def all_of(every: Sequence[Part]) -> Findings:
    """Do them all, on as many processors as there are."""
    found = Findings()
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(part) for part in every]:
            found.add(done.result())
    return found


def voice(nth: int, speaker: Speaker, coach: Coach, places: Sequence[Place], *, quick: bool) -> Findings:
    """Let somebody say every command in these places, and every answer in quiet."""
    found, talk = Findings(), coach.heard()
    for place in places:
        few = quick or place != QUIET
        sentences = commands(1 if few else 2, 3 if quick else 5)
        said = [Said(one.text, one, speaker, say(speaker, one.text)) for one in sentences]
        heard = stream(said, place, talk, seed=10 + nth)
        took = heard_by(found, _engine(), DEFAULT, speaker.kind, place, heard)
        if place == QUIET:
            for word, score in by_word([(heard, took)]):
                found.words.setdefault(word, Score()).add(score)
    for kind in QUESTIONS:
        _asked(found, speaker, kind, talk, seed=30 + nth)
    return found


def _asked(found: Findings, speaker: Speaker, kind: str, talk: Samples, seed: int) -> None:
    """Ask one kind of question: what answers it, and what is heard anywhere, is listened for."""
    expecting = answering(kind)
    sentences = [one for one in answers(1) if one.meaning.word in expecting]
    said = [Said(one.text, one, speaker, say(speaker, one.text)) for one in sentences]
    heard = stream(said, QUIET, talk, seed)
    scores = judge(heard, listen(Listener(_engine(), Silero()), heard, expecting))
    found.answers.setdefault((speaker.kind, kind), Score()).add(scores["other"])


def talked(mine: Sequence[Speaker], coach: Coach, place: Place, *, quick: bool) -> Findings:
    """Say what is no command: speakers of one kind take turns until all of it was said once."""
    found = Findings()
    talk_to(found, _engine(), DEFAULT, mine, coach, place, quick=quick)
    return found


def talk_to(
    found: Findings,
    engine: Recogniser,
    name: str,
    mine: Sequence[Speaker],
    coach: Coach,
    place: Place,
    *,
    quick: bool,
) -> None:
    """Say to an engine what is no command."""
    texts = others()[::3] if quick else others()
    turns = [(text, mine[nth % len(mine)]) for nth, text in enumerate(texts)]
    said = [Said(text, None, speaker, say(speaker, text)) for text, speaker in turns]
    heard = stream(said, place, coach.heard(), seed=50)
    score = judge(heard, listen(Listener(engine, Silero()), heard, COMMANDS))["talk"]
    found.talk.setdefault((name, mine[0].kind, place.name), Score()).add(score)


def alone(coach: Coach, place: Place) -> Findings:
    """Let the coach lead a session with nobody there."""
    found = Findings()
    heard = coach_alone(coach.heard(), place, seed=70)
    took = listen(Listener(_engine(), Silero()), heard)
    found.alone.append((DEFAULT, place.name, judge(heard, took)["talk"], heard.length_ms))
    found.cpu[DEFAULT] = took.cpu_ms / took.length_ms
    return found


def heard_by(found: Findings, engine: Recogniser, name: str, kind: str, place: Place, heard: Stream) -> Took:
    """Let an engine listen to a stream, and note what came of it."""
    took = listen(Listener(engine, Silero()), heard)
    scores = judge(heard, took)
    row = found.row(name, kind, place.name)
    row.always.add(scores["always"])
    row.other.add(scores["other"])
    row.talk.add(scores["talk"])
    found.cpu[name] = max(found.cpu.get(name, 0.0), took.cpu_ms / took.length_ms)
    print(row.engine, row.kind, place.name, row.always.right, row.other.right, file=sys.stderr, flush=True)
    return took


@cache
def _engine() -> Recogniser:
    return open_recogniser(sayable())
