from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from speech.clip_cache import ClipCache
from speech.trim import Clip, make_clip


def some_clip(length: int = 1_000, seed: int = 1) -> Clip:
    """Return noise as a clip."""
    return make_clip(np.random.default_rng(seed).integers(-9_000, 9_000, length).astype(np.int16))


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def test_a_clip_comes_back_as_it_was(tmp_path: Path) -> None:
    clip = some_clip()
    ClipCache(tmp_path / "new" / "folder").put("voice", "One", clip)
    back = ClipCache(tmp_path / "new" / "folder").get("voice", "One")
    assert back is not None
    assert np.array_equal(back.samples, clip.samples)
    assert back.digest == clip.digest


def test_another_voice_or_another_text_is_another_clip(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    cache.put("voice", "One", some_clip())
    assert cache.get("other", "One") is None
    assert cache.get("voice", "Two") is None
    assert cache.get("voiceO", "ne") is None


@pytest.mark.parametrize("damage", ["empty", "cut short", "one bit", "zeros", "longer"])
def test_a_damaged_file_counts_as_none_and_is_replaced(tmp_path: Path, damage: str) -> None:
    cache = ClipCache(tmp_path)
    cache.put("voice", "One", some_clip())
    (file,) = files(tmp_path)
    good = file.read_bytes()
    flipped = bytearray(good)
    flipped[-7] ^= 1
    file.write_bytes(
        {
            "empty": b"",
            "cut short": good[:-100],
            "one bit": bytes(flipped),
            "zeros": bytes(len(good)),
            "longer": good + b"\0\0",
        }[damage]
    )
    assert cache.get("voice", "One") is None
    cache.put("voice", "One", some_clip())
    assert file.read_bytes() == good


def test_nothing_unfinished_is_left_behind(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    for number in range(5):
        cache.put("voice", str(number), some_clip())
    assert {file.suffix for file in files(tmp_path)} == {".clip"}


def test_a_folder_that_cannot_be_written_to_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = ClipCache(tmp_path / "file" / "folder")
    cache.put("voice", "One", some_clip())
    cache.put("voice", "Two", some_clip())
    assert cache.get("voice", "One") is None


def test_beyond_the_limit_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    full = ClipCache(tmp_path)
    for number in range(4):
        full.put("voice", str(number), some_clip(seed=number))
    size = files(tmp_path)[0].stat().st_size
    by_age = {}
    for number, file in enumerate(files(tmp_path)):
        os.utime(file, (1_000_000 + number, 1_000_000 + number))
        by_age[number] = file
    stale = tmp_path / "something.clip.1-1"
    stale.write_bytes(b"left by a process that was killed")
    os.utime(stale, (1_000_000, 1_000_000))
    ClipCache(tmp_path, limit_bytes=3 * size).put("voice", "new", some_clip())
    assert [file.exists() for file in by_age.values()] == [False, False, True, True]
    assert not stale.exists()


def test_a_clip_that_is_used_counts_as_new(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    cache.put("voice", "One", some_clip())
    (file,) = files(tmp_path)
    os.utime(file, (1_000_000, 1_000_000))
    cache.get("voice", "One")
    assert file.stat().st_mtime > 1_000_000
