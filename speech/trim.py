"""What a clip is, and how a voice's sound becomes one: resampled, cut to its true onset, evened out."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from speech.voice import Pcm

#: Everything after the voice runs at this rate, mono, 16 bit. 24 kHz is what Alexa's <audio> takes, and one
#: MP3 frame is then exactly 24 ms.
RATE_HZ = 24_000
SAMPLES_PER_MS = RATE_HZ // 1000

#: Part of the cache's key: raise it when `trim` gives other samples than before.
TRIM_VERSION = 2

#: A sound begins at its first sample of a hundredth (-40 dB) of its own peak. That is lower than the soft
#: beginnings of f, h, s and th (-30 to -40 dB, up to 60 ms before the vowel), and higher than what resampling
#: rings ahead of a hard one.
ONSET = 0.01
#: It ends at its last sample of this part of the peak (-46 dB): endings fade, and may.
_END = 0.005
_FADE_MS = 2
#: The highest part of the spectrum fades out: a hard limit would ring before and after hard sounds.
_SLOPE = 0.1

#: Loudness of the audible part (-18 dB of full scale) and how far it may be moved to get there.
_LEVEL = 4_000.0
_GAIN = (0.6, 1.7)
_CEILING = 31_000.0

Samples = npt.NDArray[np.int16]
_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Sound that starts at its true onset: sample 0 is the moment it is first heard."""

    samples: Samples
    digest: str  #: names the content; equal digests are equal sounds

    @property
    def length_ms(self) -> int:
        """The length, rounded up to a whole millisecond."""
        return -(-len(self.samples) // SAMPLES_PER_MS)


def make_clip(samples: Samples) -> Clip:
    """Return samples as a clip; they can no longer be written to."""
    samples.flags.writeable = False
    return Clip(samples, hashlib.blake2b(samples.tobytes(), digest_size=16).hexdigest())


def onset_sample(samples: npt.NDArray[np.generic]) -> int:
    """Return where a sound is first heard: the one definition, for trimmer, tests and measurements.

    It is the index of the first sample of at least `ONSET` times the loudest. Of silence it is the length.
    """
    if not len(samples):
        return 0
    loudness = np.abs(samples.astype(np.float32))
    peak = float(loudness.max())
    return int(np.argmax(loudness >= peak * ONSET)) if peak else len(samples)


def trim(pcm: Pcm) -> Samples:
    """Return a voice's sound at `RATE_HZ` from onset to end, evened out in loudness. Empty if it is silent.

    The same sound always gives the same samples. The start has no fade: what is cut off there is below
    -40 dB, and so is the step that the cut leaves.
    """
    sound = resample(_without_silence(np.frombuffer(pcm.samples, "<i2")), pcm.rate_hz)
    onset = onset_sample(sound)
    if onset == len(sound):
        return np.zeros(0, np.int16)
    loudness = np.abs(sound)
    audible = np.flatnonzero(loudness >= loudness.max() * _END)
    fade = SAMPLES_PER_MS * _FADE_MS
    end = min(int(audible[-1]) + 1 + fade, len(sound))
    sound = sound[onset:end] * _gain(sound[audible])
    sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[-len(sound) :]
    samples = np.rint(sound).astype(np.int16)
    return samples[onset_sample(samples) :].copy()  # rounding may have taken the first sample below


def resample(samples: npt.NDArray[np.generic], rate_hz: int) -> _Floats:
    """Return sound at `RATE_HZ`, band-limited, through its whole spectrum at once: no onset moves."""
    sound = samples.astype(np.float32)
    if rate_hz == RATE_HZ or not len(sound):
        return sound
    common = math.gcd(rate_hz, RATE_HZ)
    step_in, step_out = rate_hz // common, RATE_HZ // common
    blocks = _smooth(-(-len(sound) // step_in))
    spectrum = np.fft.rfft(sound, blocks * step_in)
    top = min(blocks * step_in, blocks * step_out) // 2 + 1
    slope = max(1, int(top * _SLOPE))
    spectrum[top:] = 0
    spectrum[top - slope : top] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, slope, dtype=np.float32))
    resampled = np.fft.irfft(spectrum, blocks * step_out) * (step_out / step_in)
    return resampled[: -(-len(sound) * step_out // step_in)].astype(np.float32)


def _smooth(least: int) -> int:
    """Return the next whole number of the form 2^n, 5*2^n or 3*2^n: a transform of such a length is quick."""
    power = 1 << max(0, (least - 1).bit_length() - 3)
    return next(power * eighths for eighths in (4, 5, 6, 8) if power * eighths >= least)


def _without_silence(samples: Samples) -> Samples:
    # Half a second of silence follows each utterance: it need not be resampled. A margin is left for ringing.
    peak = int(np.abs(samples.astype(np.int32)).max(initial=0))
    sounding = np.flatnonzero(np.abs(samples.astype(np.int32)) * 500 >= max(peak, 1))
    margin = 256
    padded = np.zeros(margin, np.int16)
    if not len(sounding):
        return samples[:0]
    first, last = int(sounding[0]), int(sounding[-1])
    return np.concatenate([padded, samples[max(0, first - margin) : last + margin], padded])


def _gain(audible: _Floats) -> np.float32:
    level = math.sqrt(float(np.mean(np.square(audible, dtype=np.float64))))
    gain = min(max(_LEVEL / level, _GAIN[0]), _GAIN[1])
    return np.float32(min(gain, _CEILING / float(np.abs(audible).max())))
