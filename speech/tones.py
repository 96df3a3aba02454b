"""Ticks and chimes, made by code: exact to the sample, soft, and the same on every machine."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from routines.cue import CHIME_MS, HEARD_MS, TICK_MS, Tone
from speech.trim import RATE_HZ, SAMPLES_PER_MS, Clip, make_clip, onset_sample

_Floats = npt.NDArray[np.float64]

_TICK_HZ = 1_000.0
_TICK_PEAK = 7_000
_ATTACK_MS = 6
_OVERTONES = ((1, 1.0), (2, 0.25), (3, 0.08))

#: Each chime: when its notes begin, in ms, their pitch, and its peak. Two rising notes open, two falling
#: close. High notes are avoided: hearing fades from the top with age.
_CHIMES: dict[Tone, tuple[tuple[tuple[int, float], ...], int]] = {
    Tone.LEAD_IN: (((0, 392.0),), 3_000),
    Tone.START: (((0, 523.25), (110, 783.99)), 9_000),
    Tone.END: (((0, 783.99), (110, 523.25)), 9_000),
    Tone.HEARD: (((0, 659.26), (50, 880.0)), 7_000),
}


@cache
def tick() -> Clip:
    """Return the soft tick on the beat: `TICK_MS` long."""
    time_s = _time_s(TICK_MS)
    sound = np.sin(2 * np.pi * _TICK_HZ * time_s) * np.exp(-time_s / 0.007)
    return _clip(_rise(sound, 1), TICK_MS, _TICK_PEAK)


@cache
def tone(name: Tone) -> Clip:
    """Return the chime of this name: `CHIME_MS` long; the answer to a spoken command `HEARD_MS`."""
    notes, peak = _CHIMES[name]
    length_ms = HEARD_MS if name is Tone.HEARD else CHIME_MS
    sound = np.zeros(len(_time_s(length_ms)))
    for start_ms, pitch_hz in notes:
        start = start_ms * SAMPLES_PER_MS
        sound[start:] += _note(length_ms - start_ms, pitch_hz)
    return _clip(sound, length_ms, peak)


def _note(length_ms: int, pitch_hz: float) -> _Floats:
    """Return a note like a struck bar's: its overtones die away before it does."""
    time_s = _time_s(length_ms)
    sound = np.zeros(len(time_s))
    for overtone, level in _OVERTONES:
        sound += level * np.sin(2 * np.pi * pitch_hz * overtone * time_s) * np.exp(-time_s * overtone / 0.16)
    return _rise(sound, _ATTACK_MS)


def _rise(sound: _Floats, attack_ms: int) -> _Floats:
    attack = attack_ms * SAMPLES_PER_MS
    risen = sound.copy()
    risen[:attack] *= np.sin(np.linspace(0, np.pi / 2, attack))
    return risen


def _clip(sound: _Floats, length_ms: int, peak: int) -> Clip:
    """Cut to the onset and to the exact length, and let it end in silence."""
    samples = np.rint(sound * (peak / np.abs(sound).max()))
    samples = samples[onset_sample(samples) :][: length_ms * SAMPLES_PER_MS]
    fade = len(samples) // 3
    samples[-fade:] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fade))
    return make_clip(np.rint(samples).astype(np.int16))


def _time_s(length_ms: int) -> _Floats:
    # A little more than asked for: the first samples lie below the onset and are cut off.
    return np.arange((length_ms + 2) * SAMPLES_PER_MS) / RATE_HZ
