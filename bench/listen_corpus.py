"""What is said to the coach, by whom, where and over what: streams of sound with the truth about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import yaml

from bench.listen_rooms import Room, babble, clatter, hum, pink, set_level
from bench.listen_voices import SPEECH_DB, Sound, Speaker, at_level, resampled
from bench.world import World
from routines.phrases import load_phrases
from speech.clips import RATE_HZ, Samples
from speech.hearing.grammar import Grammar, Sentence, grammar
from speech.hearing.port import ALWAYS, ANSWERS, COMMANDS, HEARING_HZ, Word

_OTHERS = Path(__file__).parent / "data" / "listen-others.yaml"
ROUTINES = {"knee": ["knee routine", "full knee routine"], "knee-short": ["short knee routine", "short one"]}

#: Silence that every microphone adds.
_FLOOR_DB = -70.0

#: The coach speaks alone for so long first, as it does when a session begins.
_FIRST_MS = 12_000
_GAP_MS = 1_600


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody speaks, and what else sounds there."""

    name: str
    noise_db: float | None = None  #: speech over noise
    coach_db: float | None = None  #: the coach over speech, at the microphone
    room: Room | None = None


ROOM = Room(seed=5, dies_in_ms=250, delay_ms=15)
HARD_ROOM = Room(seed=9, dies_in_ms=400, delay_ms=170, bends=0.5)

PLACES = (
    Place("quiet"),
    Place("household noise, 20 dB below", noise_db=20),
    Place("household noise, 10 dB below", noise_db=10),
    Place("household noise, 5 dB below", noise_db=5),
    Place("over the coach, -12 dB", coach_db=-12, room=ROOM),
    Place("over the coach, -6 dB", coach_db=-6, room=ROOM),
    Place("over the coach, 0 dB", coach_db=0, room=ROOM),
    Place("over the coach, -6 dB, hard room", coach_db=-6, room=HARD_ROOM),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said; what it means, or None for talk that is no command."""

    text: str
    sentence: Sentence | None
    speaker: Speaker
    sound: Sound


@dataclass(frozen=True, slots=True)
class Spoken:
    """Where in a stream it was said, in milliseconds."""

    said: Said
    began_ms: int
    ended_ms: int


@dataclass(frozen=True, slots=True)
class Stream:
    """What a microphone picks up, what the coach plays meanwhile, and the truth."""

    microphone: Samples  #: 16 kHz
    played: Samples  #: 24 kHz, as long
    spoken: tuple[Spoken, ...]

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return len(self.microphone) * 1000 // HEARING_HZ


@cache
def sayable() -> Grammar:
    """Return what can be said."""
    return grammar(load_phrases(), ROUTINES)


def commands(each: int, always: int) -> tuple[Sentence, ...]:
    """Return so many sentences of each command, of "stop" and "it hurts" `always`."""
    return tuple(_first(COMMANDS, each, always))


def answers(each: int) -> tuple[Sentence, ...]:
    """Return so many sentences of each answer, of each number, of each routine."""
    return tuple(_first(ANSWERS, each, each))


def _first(words: frozenset[Word], each: int, always: int) -> Iterator[Sentence]:
    count: dict[object, int] = {}
    for sentence in sayable().sentences:
        word = sentence.meaning.word
        if word in words:
            about = word if word is Word.CANNOT else sentence.meaning
            count[about] = count.get(about, 0) + 1
            if count[about] <= (always if word in ALWAYS else each):
                yield sentence


def others(which: str = "final") -> tuple[str, ...]:
    """Return 120 short things that are no commands."""
    return tuple(yaml.safe_load(_OTHERS.read_text("utf-8"))[which])


@cache
def say(speaker: Speaker, text: str) -> Sound:
    """Return what somebody says; made once."""
    return speaker.say(text)


def coach_session() -> Samples:
    """Return the whole knee session as the coach plays it, at 24 kHz; a minute's work."""
    with World() as world:
        path = world.folder / "knee.wav"
        world.run("render", "knee", "-o", path)
        samples, rate_hz = soundfile.read(path, dtype="int16")
    if rate_hz != RATE_HZ:
        raise RuntimeError(f"the session is rendered at {rate_hz} Hz")
    return np.asarray(samples if samples.ndim == 1 else samples[:, 0], dtype=np.int16)


def without_pauses(samples: Samples) -> Samples:
    """Return the coach's speech with its pauses cut to a breath: so it talks all the time."""
    stretch = RATE_HZ // 50
    rows = samples[: len(samples) // stretch * stretch].reshape(-1, stretch)
    loud = np.abs(rows.astype(np.int32)).max(axis=1) > 300
    near = np.convolve(loud, np.ones(21), mode="same") > 0
    return np.ascontiguousarray(rows[near].reshape(-1))


def stream(said: Sequence[Said], place: Place, coach: Samples, seed: int) -> Stream:
    """Return all of it, one after the other, as a microphone in that place picks it up."""
    chance = np.random.default_rng(seed)
    at = _FIRST_MS * HEARING_HZ // 1000
    placed: list[tuple[int, Said]] = []
    for one in said:
        placed.append((at, one))
        at += len(one.sound) + (_GAP_MS + int(chance.integers(0, 400))) * HEARING_HZ // 1000
    length = at // 2 * 2
    person = np.zeros(length, dtype=np.float32)
    for where, one in placed:
        sound = (place.room or ROOM).person(one.sound)
        person[where : where + len(sound)] += at_level(sound, SPEECH_DB)[: length - where]
    heard = person + set_level(pink(length, seed), _FLOOR_DB)
    if place.noise_db is not None:
        heard += set_level(_household(length, seed, said), SPEECH_DB - place.noise_db)
    played = np.zeros(length * 3 // 2, dtype=np.int16)
    if place.coach_db is not None and place.room is not None:
        played = _stretch(coach, length * 3 // 2, seed)
        heard += coach_heard(played, place)[:length]
    microphone = (np.clip(heard, -1, 1) * 32767).astype(np.int16)
    spoken = tuple(
        Spoken(one, where * 1000 // HEARING_HZ, (where + len(one.sound)) * 1000 // HEARING_HZ)
        for where, one in placed
    )
    return Stream(microphone, played, spoken)


def coach_alone(coach: Samples, place: Place, seed: int) -> Stream:
    """Return the coach's sound as the microphone picks it up, and nobody who says anything."""
    played = coach[: len(coach) // 3 * 3]
    heard = coach_heard(played, place)
    heard += set_level(pink(len(heard), seed), _FLOOR_DB)
    return Stream((np.clip(heard, -1, 1) * 32767).astype(np.int16), played, ())


def coach_heard(played: Samples, place: Place) -> Sound:
    """Return what comes back of the coach, so loud in its words as the place says."""
    if place.room is None or place.coach_db is None:
        raise ValueError(place.name)
    sound = resampled((played / 32768).astype(np.float32), RATE_HZ, HEARING_HZ)
    return at_level(place.room.echo(sound), SPEECH_DB + place.coach_db)


def _stretch(coach: Samples, length: int, seed: int) -> Samples:
    begin = seed * 7919 * RATE_HZ // 10 % max(1, len(coach) - length)
    return np.resize(coach[begin:], length)


def _household(length: int, seed: int, said: Sequence[Said]) -> Sound:
    talk = [one.sound[::-1].copy() for one in said[:12]]  # backwards: voices, and no words
    parts = (
        pink(length, seed + 1),
        hum(length, seed + 2),
        clatter(length, seed + 3),
        babble(length, talk, seed + 4),
    )
    return np.asarray(sum(parts), dtype=np.float32)
