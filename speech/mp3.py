"""MP3 by splicing frames: every distinct sound is encoded once, silence is one frame repeated.

At 24 kHz and 48 kbit/s a frame (MPEG-2 Layer III) is 576 samples, 24 ms, 144 bytes: never a padding byte, so
a frame's place in the file is its place in time. Each sound is the output of an encoder of its own, which
starts with an empty bit reservoir: its first frame borrows no bits, and no later one reaches back before it.

**On time in every decoder.** Encoder and decoder together delay sound by 1105 samples. A player trims that
only if it reads LAME's header. These files have no such header: each sound is placed 1105 samples early
instead, so that any decoder gives it at its exact sample. The price: nothing can be heard in the first 46 ms;
a sound that starts there loses its start.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from zlib import crc32

import numpy as np

from routines.timeline import Timeline
from speech.clips import RATE_HZ, SAMPLES_PER_MS, Clip, Samples
from speech.mix import Placed, Sounds, mix_placed, placed
from speech.trim import ONSET, onset_sample

FRAME_SAMPLES = 576
FRAME_BYTES = 144
BITRATE_KBPS = 48
#: What an encoder (576) and a decoder (528 + 1) delay sound by.
DELAY_SAMPLES = 1105
#: MPEG-2 Layer III, 48 kbit/s, 24 kHz, mono, no CRC; all sizes zero: decodes to digital silence.
SILENT_FRAME = bytes.fromhex("fff364c4") + bytes(FRAME_BYTES - 4)

#: One frame of quiet before a sound lets the encoder save up bits for its onset.
_LEAD_SAMPLES = FRAME_SAMPLES
#: What is tried in turn: LAME's quality, 0 (slow) to 9, and over how many samples each sound fades in.
#: With this many bits for speech, 7 is closest to the samples and fastest; 2 is better with sharp onsets.
_ATTEMPTS = ((7, 0), (2, 0), (7, 48))
#: An onset this near (1 ms), by the trimmer's own definition, is good.
_NEAR_ENOUGH_SAMPLES = SAMPLES_PER_MS
#: A sound that has lost its start fades in over 4 ms, so that it does not click.
_FADE_SAMPLES = 96
_SILENCE_AT_ONCE = 1024
#: How many segments may wait for the encoder: enough for every processor, little to hold.
_AHEAD = 64
_FORMAT = 2

Key = tuple[tuple[int, str], ...]
Progress = Callable[[int, int], None]  #: (ms done, ms in all)


@dataclass(frozen=True, slots=True)
class Segment:
    """Sounds so close together that their frames touch, encoded as one."""

    first_frame: int
    frames: int
    parts: tuple[Placed, ...]  #: counted from the encoder's first sample

    @property
    def key(self) -> Key:
        """Names the content: which sounds, how far apart, where in the frame."""
        return tuple((part.at_sample, part.clip.digest) for part in self.parts)


class FrameBank:
    """Frames of sounds that were encoded before, in memory and, given a folder, on disk for the next time.

    Used by one thread at a time; it encodes in threads of its own. A folder that cannot be read or written,
    or a damaged file in it, only costs time.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Start with nothing in memory."""
        self._folder = folder
        self._kept: dict[Key, bytes] = {}
        self._made_by = f"{_FORMAT} lameenc {version('lameenc')} {_ATTEMPTS}" if folder else ""

    def frames(self, segments: Iterable[Segment]) -> Iterator[tuple[Segment, bytes]]:
        """Yield each segment with its frames, in order; what is missing is encoded on all processors."""
        pool = ThreadPoolExecutor(os.cpu_count())
        coming: dict[Key, Future[bytes]] = {}
        ahead: deque[tuple[Segment, Key]] = deque()
        try:
            for segment in segments:
                key = segment.key
                if key not in coming and not self._has(key):
                    coming[key] = pool.submit(self._encode, segment, key)
                ahead.append((segment, key))
                if len(ahead) > _AHEAD:
                    yield self._take(ahead, coming)
            while ahead:
                yield self._take(ahead, coming)
        finally:
            pool.shutdown(cancel_futures=True)

    def _take(
        self, ahead: deque[tuple[Segment, Key]], coming: dict[Key, Future[bytes]]
    ) -> tuple[Segment, bytes]:
        segment, key = ahead.popleft()
        if key in coming:
            self._kept[key] = coming.pop(key).result()
        return segment, self._kept[key]

    def _has(self, key: Key) -> bool:
        if key in self._kept:
            return True
        found = self._read(key)
        if found is not None:
            self._kept[key] = found
        return found is not None

    def _encode(self, segment: Segment, key: Key) -> bytes:
        frames = encode(segment)
        self._write(key, frames)
        return frames

    def _path(self, key: Key) -> Path | None:
        if self._folder is None:
            return None
        name = blake2b(f"{self._made_by} {key}".encode(), digest_size=20).hexdigest()
        return self._folder / f"{name}.frames"

    def _read(self, key: Key) -> bytes | None:
        path = self._path(key)
        if path is None:
            return None
        with suppress(OSError):
            kept = path.read_bytes()
            if crc32(kept[4:]) == int.from_bytes(kept[:4]) and len(kept) % FRAME_BYTES == 4:  # noqa: PLR2004 - the sum
                return kept[4:]
        return None

    def _write(self, key: Key, frames: bytes) -> None:
        path = self._path(key)
        if path is None:
            return
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(crc32(frames).to_bytes(4) + frames)
            part.replace(path)


def splice(
    timeline: Timeline, sounds: Sounds, bank: FrameBank, on_progress: Progress | None = None
) -> Iterator[bytes]:
    """Yield the session as MP3 frames, piece by piece; the whole is `total_ms` rounded up to 24 ms."""
    total = frames_for(timeline.total_ms)
    done = 0
    for segment, frames in bank.frames(segments(placed(timeline, sounds))):
        yield from _silence(min(segment.first_frame, total) - done)
        done = min(segment.first_frame + segment.frames, total)
        yield frames[: max(0, done - segment.first_frame) * FRAME_BYTES]
        if on_progress is not None:
            on_progress(min(done * FRAME_SAMPLES // SAMPLES_PER_MS, timeline.total_ms), timeline.total_ms)
    yield from _silence(total - done)
    if on_progress is not None:
        on_progress(timeline.total_ms, timeline.total_ms)


def frames_for(length_ms: int) -> int:
    """Return how many frames a length takes."""
    return -(-length_ms * SAMPLES_PER_MS // FRAME_SAMPLES)


def segments(parts: Iterable[Placed]) -> Iterator[Segment]:
    """Yield sounds, given in order, as segments that share no frame."""
    together: list[Placed] = []
    last = -1
    for part in parts:
        if together and _first_frame(part) > last:
            yield _segment(together, last)
            together = []
        together.append(part)
        last = max(last, part.end_sample // FRAME_SAMPLES)
    if together:
        yield _segment(together, last)


def _first_frame(part: Placed) -> int:
    return max(0, (part.at_sample - DELAY_SAMPLES - _LEAD_SAMPLES) // FRAME_SAMPLES)


def _segment(parts: list[Placed], last: int) -> Segment:
    first = _first_frame(parts[0])
    zero = first * FRAME_SAMPLES + DELAY_SAMPLES
    inside = tuple(Placed(part.at_sample - zero, part.clip) for part in parts)
    return Segment(first, last - first + 1, inside)


def encode(segment: Segment) -> bytes:
    """Return the frames of a segment.

    An encoder smears a little of a sharp onset into the silence before it. Where that moves the onset, the
    next attempt is made, and the best is taken.
    """
    tried: list[tuple[int, bytes]] = []
    for quality, fade_samples in _ATTEMPTS:
        frames = _encode_with(quality, fade_samples, segment)
        error = _onset_error(frames, segment.parts[0])
        if error <= _NEAR_ENOUGH_SAMPLES:
            return frames
        tried.append((error, frames))
    return min(tried)[1]


def _encode_with(quality: int, fade_samples: int, segment: Segment) -> bytes:
    import lameenc  # noqa: PLC0415 - not needed to start a session

    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_bit_rate(BITRATE_KBPS)
    encoder.set_in_sample_rate(RATE_HZ)
    encoder.set_channels(1)
    encoder.set_quality(quality)
    parts = [_faded(part, fade_samples) for part in segment.parts]
    made = bytearray()
    for block in mix_placed(parts, segment.frames * FRAME_SAMPLES):
        made += encoder.encode(block.tobytes())
    made += encoder.flush()
    return bytes(made[: segment.frames * FRAME_BYTES])


def _onset_error(frames: bytes, part: Placed) -> int:
    """Return by how many samples the decoded onset of a segment's first sound is off; 0 if it was cut."""
    import miniaudio  # noqa: PLC0415 - not needed to start a session

    if part.at_sample < 0:
        return 0
    expected = part.at_sample + DELAY_SAMPLES + onset_sample(part.clip.samples)
    enough = (expected // FRAME_SAMPLES + 2) * FRAME_BYTES
    decoded = np.frombuffer(miniaudio.mp3_read_s16(frames[:enough]).samples, dtype=np.int16)
    least = float(np.abs(part.clip.samples.astype(np.int32)).max()) * ONSET
    heard = np.flatnonzero(np.abs(decoded.astype(np.int32)) >= least)
    return abs(int(heard[0]) - expected) if len(heard) else len(decoded)


def _faded(part: Placed, fade_samples: int) -> Placed:
    lost = max(0, -part.at_sample)
    fade_samples = _FADE_SAMPLES if lost else fade_samples
    samples: Samples = part.clip.samples.copy()
    start = samples[lost : lost + fade_samples]
    start[:] = start * np.linspace(0, 1, len(start))
    return Placed(part.at_sample, Clip(samples, part.clip.digest))


def _silence(frames: int) -> Iterator[bytes]:
    while frames > 0:
        yield SILENT_FRAME * min(frames, _SILENCE_AT_ONCE)
        frames -= _SILENCE_AT_ONCE
