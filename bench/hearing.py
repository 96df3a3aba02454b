"""Where sounds are in what was decoded or recorded: one definition of an onset for all of it.

A clip's sample 0 is its onset, by the trimmer's own definition, so wherever a clip fits best (matched filter)
is where its onset is heard.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.figures import CannotMeasureError
from bench.world import World
from routines.phrases import load_phrases
from skill.bootstrap import USUAL_RATE_WPM, Voices, open_clips
from skill.settings import read_settings
from speech.clips import RATE_HZ, SAMPLES_PER_MS, Clip, Samples
from speech.trim import ONSET

#: A clip is heard where this much of the sound's energy has its shape.
_ALIKE = 0.6
#: So much of a clip is compared: enough to be sure, and not yet the next sound.
_COMPARED = 250 * SAMPLES_PER_MS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Count:
    """A count that must be heard."""

    at_ms: int
    clip: Clip
    block: str


@dataclass(frozen=True, slots=True)
class Errors:
    """How far counts were heard from where they should be; NaN for one that was not heard."""

    ms: Floats

    @property
    def heard(self) -> Floats:
        """Those that were heard."""
        return self.ms[~np.isnan(self.ms)]

    @property
    def worst_ms(self) -> float:
        """The greatest distance; infinite if a count was not heard."""
        return float(np.abs(self.ms).max()) if len(self.heard) == len(self.ms) else float("inf")

    @property
    def sd_ms(self) -> float:
        """How much they scatter."""
        return float(self.heard.std())

    @property
    def drift_ms(self) -> float:
        """How much later than the first the last one was."""
        return float(self.heard[-1] - self.heard[0])

    def __str__(self) -> str:
        """Say all of it."""
        return (
            f"{len(self.heard)} of {len(self.ms)} counts heard; mean {self.heard.mean():+.3f} ms, "
            f"sd {self.sd_ms:.3f} ms, first to last {self.drift_ms:+.3f} ms"
        )


def counts_shown(world: World, routine: str) -> tuple[list[Count], int]:
    """Return every count that `steady show --json` tells, with its sound, and how long the session is."""
    shown = json.loads(world.run("show", routine, "--json").out)
    counts = [cue for cue in shown["cues"] if cue["kind"] == "count"]
    sounds = clips_of(world, [cue["text"] for cue in counts])
    found = [Count(cue["at_ms"], sounds[cue["text"]], cue["block"]) for cue in counts]
    return found, int(shown["total_ms"])


def first_words(world: World, routine: str) -> tuple[int, Clip]:
    """Return when the first words of a session are due, and their sound."""
    shown: dict[str, Any] = json.loads(world.run("show", routine, "--json").out)
    cue = next(cue for cue in shown["cues"] if cue["kind"] == "say")
    return int(cue["at_ms"]), clips_of(world, [cue["text"]])[cue["text"]]


def clips_of(world: World, texts: Sequence[str]) -> Mapping[str, Clip]:
    """Return the coach's own sounds for these texts."""
    settings = read_settings(world.environment)
    with open_clips(settings, Voices(load_phrases().locale), USUAL_RATE_WPM) as clips:
        clips.prepare(texts)
        clips.wait(texts)
        if clips.failure is not None:
            raise CannotMeasureError(f"no voice: {clips.failure}")
        return {text: clip for text in texts if (clip := clips.clip(text)) is not None}


def best_fit(heard: Samples, clip: Clip, first: int, last: int) -> int | None:
    """Return the sample between `first` and `last` at which the clip begins; None if it does not."""
    shape = clip.samples[:_COMPARED].astype(np.float64)
    first = max(first, 0)
    near = heard[first : last + len(shape)].astype(np.float64)
    if len(near) < len(shape):
        return None
    fit = _correlated(near, shape)
    energy = np.concatenate([[0.0], np.cumsum(near**2)])
    around = energy[len(shape) :] - energy[: -len(shape)]
    alike = fit / np.sqrt(np.maximum(around, 1.0) * np.sum(shape**2))
    best = int(fit.argmax())
    return first + best if alike[best] > _ALIKE else None


def errors_at(heard: Samples, counts: Sequence[Count], offset: int = 0, reach_ms: int = 100) -> Errors:
    """Return how late each count is heard, looked for this far to either side of where it is due."""
    reach = reach_ms * SAMPLES_PER_MS
    found = np.full(len(counts), np.nan)
    for nth, count in enumerate(counts):
        due = count.at_ms * SAMPLES_PER_MS + offset
        at = best_fit(heard, count.clip, due - reach, due + reach)
        if at is not None:
            found[nth] = (at - due) / SAMPLES_PER_MS
    return Errors(found)


def smeared_ms(heard: Samples, counts: Sequence[Count], reach_ms: int = 15) -> float:
    """Return how long before its time a count is first as loud as an onset, at most.

    That is what an encoder may smear into the silence before a sharp sound, by the trimmer's definition.
    """
    reach = reach_ms * SAMPLES_PER_MS
    ahead = 0
    for count in counts:
        due = count.at_ms * SAMPLES_PER_MS
        enough = float(np.abs(count.clip.samples.astype(np.int32)).max()) * ONSET
        loud = np.flatnonzero(np.abs(heard[due - reach : due].astype(np.int32)) >= enough)
        if len(loud):
            ahead = max(ahead, reach - int(loud[0]))
    return ahead / SAMPLES_PER_MS


def offset_of(heard: Samples, counts: Sequence[Count]) -> int:
    """Return by how many samples all counts together are shifted in a recording."""
    start_ms = counts[0].at_ms
    last = counts[-1]
    whole = np.zeros((last.at_ms - start_ms) * SAMPLES_PER_MS + len(last.clip.samples))
    for count in counts:
        at = (count.at_ms - start_ms) * SAMPLES_PER_MS
        shape = count.clip.samples[: len(whole) - at]
        whole[at : at + len(shape)] += shape
    longer = np.concatenate([heard.astype(np.float64), np.zeros(len(whole))])
    return int(_correlated(longer, whole).argmax()) - start_ms * SAMPLES_PER_MS


def _correlated(long: Floats, short: Floats) -> Floats:
    size = 1 << (len(long) - 1).bit_length()
    spectrum = np.fft.rfft(long, size) * np.conj(np.fft.rfft(short, size))
    return np.asarray(np.fft.irfft(spectrum, size)[: len(long) - len(short) + 1])


def by_ffmpeg(path: Path) -> Samples:
    """Decode a file with ffmpeg."""
    run = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", str(RATE_HZ), "-"]
    try:
        raw = subprocess.run(run, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise CannotMeasureError("ffmpeg is not installed") from None
    return np.frombuffer(raw, dtype="<i2").astype(np.int16)


def by_miniaudio(path: Path) -> Samples:
    """Decode a file with miniaudio."""
    import miniaudio  # noqa: PLC0415 - only some figures need it

    decoded = miniaudio.decode_file(str(path), nchannels=1, sample_rate=RATE_HZ)
    return np.frombuffer(decoded.samples, dtype=np.int16)


def by_libsndfile(path: Path) -> Samples:
    """Decode a file with libsndfile."""
    import soundfile  # noqa: PLC0415 - only some figures need it

    samples: Samples = soundfile.read(path, dtype="int16")[0]
    return samples


DECODERS: Mapping[str, tuple[str, Callable[[Path], Samples]]] = {
    "WAV": (".wav", by_libsndfile),
    "MP3, by ffmpeg": (".mp3", by_ffmpeg),
    "MP3, by miniaudio": (".mp3", by_miniaudio),
    "FLAC": (".flac", by_libsndfile),
    "Ogg": (".ogg", by_libsndfile),
}
