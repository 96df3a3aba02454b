"""WAV files, with the chapters as cue points that carry labels."""

from __future__ import annotations

from collections.abc import Sequence

from speech.chapters import Chapter
from speech.clips import RATE_HZ, SAMPLES_PER_MS

SAMPLE_BYTES = 2
_MOST_BYTES = 0xFFFFFFFF  #: sizes in a WAV file have four bytes
_PCM = 1


def wav_head(samples: int, tail_bytes: int) -> bytes:
    """Return what stands before the samples. OverflowError if the file would pass 4 GiB."""
    data = samples * SAMPLE_BYTES
    size = 36 + data + tail_bytes
    if size > _MOST_BYTES:
        raise OverflowError(f"a WAV file cannot hold {size} bytes")
    form = b"".join(
        value.to_bytes(width, "little")
        for value, width in (
            (_PCM, 2),
            (1, 2),  # channels
            (RATE_HZ, 4),
            (RATE_HZ * SAMPLE_BYTES, 4),
            (SAMPLE_BYTES, 2),
            (SAMPLE_BYTES * 8, 2),
        )
    )
    return b"RIFF" + _number(size) + b"WAVE" + _chunk(b"fmt ", form) + b"data" + _number(data)


def wav_tail(title: str, chapters: Sequence[Chapter]) -> bytes:
    """Return what stands after the samples: the title and the chapters."""
    tail = _chunk(b"LIST", b"INFO" + _chunk(b"INAM", title.encode() + b"\0"))
    if not chapters:
        return tail
    points, labels = [], []
    for number, chapter in enumerate(chapters, 1):
        at = _number(chapter.at_ms * SAMPLES_PER_MS)
        points.append(_number(number) + at + b"data" + _number(0) + _number(0) + at)
        labels.append(_chunk(b"labl", _number(number) + chapter.title.encode() + b"\0"))
    cue = _chunk(b"cue ", _number(len(points)) + b"".join(points))
    return tail + cue + _chunk(b"LIST", b"adtl" + b"".join(labels))


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + _number(len(body)) + body + b"\0" * (len(body) % 2)
