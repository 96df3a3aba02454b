"""Rooms that a voice sounds in: how a loudspeaker and a person reach the microphone, and what else is heard.

Everything is made from a seed: impulse responses, noises, where the commands lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.listen_voices import Sound, at_level
from speech.hearing.port import HEARING_HZ


@dataclass(frozen=True, slots=True)
class Room:
    """How what is played comes back: a first sound, later ones that die away, and a speaker's own faults."""

    seed: int
    dies_in_ms: int  #: until an echo is 60 dB down
    delay_ms: int  #: how much later than it is told the first sound of it is picked up
    bends: float = 0.0  #: how much a small loudspeaker bends what is loud: 0 is not at all

    def echo(self, played: Sound) -> Sound:
        """Return what is played as the microphone picks it up; as loud as it may be."""
        loud = played
        if self.bends:
            peak = np.float32(np.max(np.abs(played)) or 1.0)
            driven = played / peak * np.float32(1 + self.bends)
            # Not the same up as down: a cone that is pushed out has further to go.
            loud = peak * (np.tanh(driven) + np.float32(0.1 * self.bends) * driven**2).astype(np.float32)
        return convolved(loud, self._response())[: len(played)]

    def person(self, said: Sound) -> Sound:
        """Return what a person says as the microphone picks it up: mostly straight, a little of the room."""
        response = self._response(seed=self.seed + 1000, delay_ms=0)
        response[1:] *= np.float32(0.5)
        return convolved(said, response)[: len(said) + HEARING_HZ // 10]

    def _response(self, seed: int | None = None, delay_ms: int | None = None) -> Sound:
        chance = np.random.default_rng(self.seed if seed is None else seed)
        length = HEARING_HZ * self.dies_in_ms // 1000
        dying = 10 ** (-3 * np.arange(length) / length)
        response = (chance.normal(size=length) * dying * 0.12).astype(np.float32)
        response[: HEARING_HZ // 400] *= np.float32(0.2)  # nothing comes back before it has been anywhere
        response[0] = 1.0
        delay = (self.delay_ms if delay_ms is None else delay_ms) * HEARING_HZ // 1000
        return np.concatenate([np.zeros(delay, dtype=np.float32), response])


def convolved(sound: Sound, response: Sound) -> Sound:
    """Return sound after a response, as long as both together."""
    length = len(sound) + len(response) - 1
    padded = 1 << (length - 1).bit_length()
    both = np.fft.irfft(np.fft.rfft(sound, padded) * np.fft.rfft(response, padded), padded)
    return both[:length].astype(np.float32)


def pink(length: int, seed: int) -> Sound:
    """Return the even murmur of a household: as much power in each octave."""
    chance = np.random.default_rng(seed)
    spectrum = np.fft.rfft(chance.normal(size=length))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, length).astype(np.float32)
    return noise / np.float32(np.std(noise))


def hum(length: int, seed: int) -> Sound:
    """Return a fridge and a fan: mains and its overtones, and a rush of air."""
    chance = np.random.default_rng(seed)
    times = np.arange(length) / HEARING_HZ
    tones = sum(np.sin(2 * np.pi * 50 * k * times + chance.uniform(0, 6)) / k for k in range(1, 12))
    air = np.convolve(chance.normal(size=length), np.ones(8) / 8, mode="same")
    noise = (tones / np.std(tones) + 0.5 * air / np.std(air)).astype(np.float32)
    return noise / np.float32(np.std(noise))


def clatter(length: int, seed: int) -> Sound:
    """Return dishes: short rings at random moments, two or so a second."""
    chance = np.random.default_rng(seed)
    noise = np.zeros(length, dtype=np.float32)
    for _ in range(max(1, 2 * length // HEARING_HZ)):
        ring = np.arange(HEARING_HZ // 8) / HEARING_HZ
        pitches, phases = chance.uniform(800, 6000, 5), chance.uniform(0, 6, 5)
        tone = np.sin(2 * np.pi * np.outer(pitches, ring) + phases[:, None]).sum(axis=0)
        dying = np.exp(-ring / chance.uniform(0.005, 0.03)) * chance.uniform(0.3, 1.0)
        hit = (tone * dying).astype(np.float32)
        at = int(chance.integers(0, length))
        end = min(length, at + len(hit))
        noise[at:end] += hit[: end - at]
    return noise / np.float32(np.std(noise) or 1.0)


def babble(length: int, talk: list[Sound], seed: int) -> Sound:
    """Return several people who talk at once in another room, from what they say alone."""
    chance = np.random.default_rng(seed)
    noise = np.zeros(length, dtype=np.float32)
    for _ in range(6):
        at = -int(chance.integers(0, HEARING_HZ))
        while at < length:
            said = talk[int(chance.integers(0, len(talk)))]
            begin, end = max(at, 0), min(length, at + len(said))
            if begin < end:
                noise[begin:end] += said[begin - at : end - at]
            at += len(said) + int(chance.integers(0, HEARING_HZ // 2))
    return noise / np.float32(np.std(noise) or 1.0)


def set_level(sound: Sound, level_db: float) -> Sound:
    """Return sound with its mean power at a level below full scale."""
    return sound * np.float32(10 ** (level_db / 20) / (np.std(sound) or 1.0))


__all__ = ["Room", "at_level", "babble", "clatter", "convolved", "hum", "pink", "set_level"]
