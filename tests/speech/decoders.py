"""Real decoders, all giving 24 kHz mono samples."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import miniaudio
import numpy as np
import pytest
import soundfile

from speech.clips import RATE_HZ, Samples


def by_ffmpeg(path: Path) -> Samples:
    """Decode with ffmpeg."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    run = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-"]
    return np.frombuffer(subprocess.run(run, check=True, capture_output=True).stdout, dtype="<i2")


def by_soundfile(path: Path) -> Samples:
    """Decode with libsndfile."""
    samples: Samples = soundfile.read(path, dtype="int16")[0]
    return samples


def by_miniaudio(path: Path) -> Samples:
    """Decode with miniaudio."""
    decoded = miniaudio.decode_file(str(path), nchannels=1, sample_rate=RATE_HZ)
    return np.frombuffer(decoded.samples, dtype=np.int16)


DECODERS: tuple[Callable[[Path], Samples], ...] = (by_ffmpeg, by_soundfile, by_miniaudio)


def probe(path: Path) -> dict[str, Any]:
    """Return what ffprobe reads: format, streams and chapters."""
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    run = [
        "ffprobe",
        "-v",
        "error",
        "-of",
        "json",
        "-show_format",
        "-show_streams",
        "-show_chapters",
        str(path),
    ]
    shown: dict[str, Any] = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
    return shown


def chapters_in(path: Path) -> list[tuple[int, str]]:
    """Return start in ms and title of the chapters that ffprobe shows."""
    return [
        (round(float(chapter["start_time"]) * 1000), chapter["tags"]["title"])
        for chapter in probe(path)["chapters"]
    ]
