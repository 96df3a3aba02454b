"""What is playing, as a source of samples that a speaker pulls from: the samples handed over are the clock.

Segments follow one another without a gap or an overlap of a single sample, whatever sizes the speaker asks
for. No device is in here: `Player.fill` is called by a speaker's thread, everything else by any other.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from routines.cue import Cue, CueKind
from speech.clips import SAMPLES_PER_MS, Clip, Samples
from speech.ramp import FADE_MS, Floats, Ramp, soften

#: How long a change of loudness takes.
GAIN_MS = 60

_FADE = FADE_MS * SAMPLES_PER_MS


class Sounds(Protocol):
    """Where the sound of a cue comes from."""

    def ready(self, cue: Cue) -> Clip | None:
        """Return the cue's sound, or None if it is not made yet. For the audio thread: never waits."""


class Valve(Protocol):
    """What a speaker can do about sound that was handed over and is not heard yet."""

    def hold(self) -> bool:
        """Be silent at once and keep what is not heard yet; pull no more. False if it cannot, or is over."""

    def go(self, loudness: float = 1.0) -> None:
        """After `hold`: let what was kept be heard, this much louder, then pull again."""

    def behind_ms(self) -> int:
        """Return how much of what was pulled is not heard yet."""

    def skip(self) -> None:
        """After `hold`: throw away what was kept and pull again at once."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of sound and silence of an exact length, usually one block of a timeline."""

    token: str  #: comes back from `Player.finished`
    length_ms: int
    cues: tuple[Cue, ...]  #: `at_ms` from the start of the segment


@dataclass(frozen=True, slots=True)
class Position:
    """Where a player is, in samples handed over: what is heard is later by the speaker's latency."""

    token: str | None  #: the segment that is playing; None when idle
    at_ms: int  #: from the segment's start
    playing: bool  #: time is passing: neither paused nor idle
    idle: bool  #: nothing is left to play
    generation: int  #: how many times `play` or `stop` has begun anew


@dataclass(frozen=True, slots=True)
class _Onset:
    """A cue in samples from the segment's start, with its sound if that was ready."""

    start: int
    cue: Cue
    samples: Samples | None


@dataclass(frozen=True, slots=True)
class _Laid:
    """A segment in samples."""

    token: str
    length: int
    onsets: tuple[_Onset, ...]


@dataclass(frozen=True, slots=True)
class _Sounding:
    """Sound with its place on a count of samples that only goes forward."""

    start: int
    samples: Samples | Floats


class Player:
    """Plays segments, sample after sample. Every method may be called from any thread."""

    def __init__(self, sounds: Sounds) -> None:
        """Take sound from `sounds`: when a segment is handed in, and again at the beat if it was not ready.

        What is still missing at its beat stays silent: a beat never waits.
        """
        self._sounds = sounds
        self._valve: Valve | None = None
        self._lock = threading.Lock()
        self._happened = threading.Event()
        self._queue: deque[_Laid] = deque()
        self._current: _Laid | None = None
        self._at = 0  # samples into the current segment
        self._next = 0  # index of the current segment's next onset
        self._ended: list[str] = []
        self._generation = 0
        self._paused = False
        self._fade = Ramp(1.0)
        self._gain = Ramp(1.0)
        self._percent = 100
        self._program = 0  # samples of segments handed over; stands still in a pause
        self._voices: list[_Sounding] = []  # by the count of the program
        self._elapsed = 0  # samples handed over, pauses included
        self._shots: list[_Sounding] = []  # by the count of all samples
        self._mix: Floats = np.zeros(4096, dtype=np.float32)

    def connect(self, valve: Valve | None) -> None:
        """Work this valve from now on, so that `play`, `pause` and `stop` are heard at once."""
        self._valve = valve

    def play(self, segments: Iterable[Segment], from_ms: int = 0) -> int:
        """Play `segments` instead of what is playing, from `from_ms` into the first; return the generation.

        What was playing fades out within a few milliseconds under the first of the new. A sound that would
        already have begun before `from_ms` is left out: half a word helps nobody.
        """
        queue = deque(self._lay(segment) for segment in segments)
        held = self._hold()
        with self._lock:
            self._cut(held)
            self._queue = queue
            self._advance()
            if self._current is not None:
                self._at = min(from_ms * SAMPLES_PER_MS, self._current.length)
                self._next = sum(onset.start < self._at for onset in self._current.onsets)
            generation = self._generation
        self._skip(held)
        return generation

    def append(self, segment: Segment) -> None:
        """Play `segment` exactly after the last one, or at once if nothing is left to play."""
        laid = self._lay(segment)
        with self._lock:
            self._queue.append(laid)

    def drop_after_current(self) -> None:
        """Forget every segment behind the one that is playing."""
        with self._lock:
            self._queue.clear()

    def pause(self) -> None:
        """Fall silent and let no time pass. Harmless when done twice."""
        self._hold()
        with self._lock:
            self._paused = True
            self._fade.go(0.0, _FADE)

    def resume(self) -> None:
        """Go on where `pause` stopped, faded in. Harmless when not paused."""
        with self._lock:
            self._paused = False
            self._fade.go(1.0, _FADE)
        if self._valve is not None:
            self._valve.go()

    def stop(self) -> None:
        """Fall silent and forget everything."""
        held = self._hold()
        with self._lock:
            self._cut(held)
        self._skip(held)
        self._happened.set()

    def set_gain(self, percent: int) -> None:
        """Play at `percent` of full loudness from here on; above 100 the loudest peaks are rounded off."""
        before, self._percent = self._percent, max(percent, 0)
        held = not self._paused and self._hold()
        with self._lock:
            self._gain.go(self._percent / 100, 1 if held else GAIN_MS * SAMPLES_PER_MS)
        if held and self._valve is not None:
            self._valve.go(self._percent / before if before else 1.0)

    def one_shot(self, clip: Clip) -> None:
        """Play `clip` now, over anything else; it takes no time from the segments.

        In a pause too; but what a valve has held back, a moment of sound, is then not heard on resuming.
        """
        with self._lock:
            self._shots.append(_Sounding(self._elapsed, clip.samples))
            paused = self._paused
        self._skip(paused)

    def position(self) -> Position:
        """Return where it is."""
        with self._lock:
            idle = self._current is None and not self._queue
            current = self._current or (self._queue[0] if self._queue else None)
            return Position(
                token=current.token if current else None,
                at_ms=self._at // SAMPLES_PER_MS if self._current else 0,
                playing=not idle and not self._paused,
                idle=idle,
                generation=self._generation,
            )

    def heard(self) -> Position:
        """Return where it is by ear: the position less what is on its way to it, within the segment."""
        behind_ms = self._valve.behind_ms() if self._valve is not None else 0
        position = self.position()
        return replace(position, at_ms=max(0, position.at_ms - behind_ms))

    def finished(self) -> tuple[str, ...]:
        """Return the tokens of segments handed over to their last sample since the last call, in order.

        Nothing from before the latest `play` or `stop` is among them.
        """
        with self._lock:
            ended = tuple(self._ended)
            self._ended.clear()
            return ended

    def wait(self, timeout_s: float) -> bool:
        """Return True as soon as a segment has finished or all was stopped, or False after `timeout_s`."""
        happened = self._happened.wait(timeout_s)
        self._happened.clear()
        return happened

    def fill(self, frames: int) -> Samples:
        """Return the next `frames` samples. For the speaker's thread: brief, never waits, never raises."""
        with self._lock:
            mix = self._room(frames)
            ended = len(self._ended)
            passing = min(frames, self._fade.left) if self._paused else frames
            self._render(mix[:passing])
            self._fade.apply(mix[:passing])
            self._shots = _add(self._shots, self._elapsed, mix)
            self._elapsed += frames
            self._gain.apply(mix)
            happened = len(self._ended) > ended
            out = soften(mix)
        if happened:
            self._happened.set()
        return out

    def _lay(self, segment: Segment) -> _Laid:
        onsets = (
            _Onset(cue.at_ms * SAMPLES_PER_MS, cue, self._sound(cue))
            for cue in segment.cues
            if cue.kind is not CueKind.QUIET
        )
        in_order = tuple(sorted(onsets, key=lambda onset: onset.start))
        return _Laid(segment.token, segment.length_ms * SAMPLES_PER_MS, in_order)

    def _sound(self, cue: Cue) -> Samples | None:
        clip = self._sounds.ready(cue)
        return None if clip is None else clip.samples

    def _hold(self) -> bool:
        return self._valve is not None and self._valve.hold()

    def _skip(self, held: bool) -> None:
        if held and self._valve is not None:
            self._valve.skip()

    def _cut(self, held: bool) -> None:
        """Turn what is sounding into a short fade-out, unless it is silent already, and forget the rest."""
        rest = np.zeros(_FADE, dtype=np.float32)
        self._queue.clear()
        if held:
            self._shots.clear()
        elif not self._paused or self._fade.left:
            self._render(rest)
            self._fade.apply(rest)
            rest *= np.linspace(1.0, 0.0, _FADE, dtype=np.float32)
            self._shots.append(_Sounding(self._elapsed, rest))
        self._current = None
        self._voices.clear()
        self._ended.clear()
        self._generation += 1
        self._paused = False
        self._fade = Ramp(1.0)

    def _advance(self) -> None:
        self._current = self._queue.popleft() if self._queue else None
        self._at = self._next = 0

    def _render(self, out: Floats) -> None:
        """Add the next samples of the segments to `out`."""
        done = 0
        while done < len(out):
            if self._current is None:
                self._advance()
            if self._current is None:
                break
            count = min(self._current.length - self._at, len(out) - done)
            self._begin(self._current.onsets, self._at + count, self._program + done - self._at)
            self._at += count
            done += count
            if self._at == self._current.length:
                self._ended.append(self._current.token)
                self._advance()
        self._voices = _add(self._voices, self._program, out)
        self._program += len(out)

    def _begin(self, onsets: Sequence[_Onset], before: int, origin: int) -> None:
        """Let every onset before a sample of the segment sound; `origin` is where the segment began."""
        while self._next < len(onsets) and onsets[self._next].start < before:
            onset = onsets[self._next]
            self._next += 1
            samples = onset.samples if onset.samples is not None else self._late(onset.cue)
            if samples is not None:
                self._voices.append(_Sounding(origin + onset.start, samples))

    def _late(self, cue: Cue) -> Samples | None:
        try:
            return self._sound(cue)
        except Exception:  # noqa: BLE001 - whatever is wrong with one sound, the beat goes on
            return None

    def _room(self, frames: int) -> Floats:
        if len(self._mix) < frames:
            self._mix = np.zeros(frames, dtype=np.float32)
        mix = self._mix[:frames]
        mix.fill(0.0)
        return mix


def _add(sounding: list[_Sounding], at: int, out: Floats) -> list[_Sounding]:
    """Add to `out`, which begins at sample `at`, what sounds there; return what goes on after it."""
    end = at + len(out)
    for sound in sounding:
        first, last = max(sound.start, at), min(sound.start + len(sound.samples), end)
        if first < last:
            out[first - at : last - at] += sound.samples[first - sound.start : last - sound.start]
    return [sound for sound in sounding if sound.start + len(sound.samples) > end]
