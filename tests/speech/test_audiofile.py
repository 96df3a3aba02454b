"""Sessions as files: on time and with chapters in every format, and never a broken file."""

from __future__ import annotations

import resource
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from routines.cue import Cue
from routines.phrases import load_phrases
from speech.audiofile import AudioFileError, suffixes, write_audio
from speech.chapters import Chapter
from speech.clips import SAMPLES_PER_MS, Clip
from speech.comments import fill, ogg_crc
from speech.mix import mix
from speech.mp3 import FRAME_SAMPLES
from tests.doubles import Bursts
from tests.speech.decoders import by_ffmpeg, by_miniaudio, by_soundfile, chapters_in, probe
from tests.speech.layouts import count, onset_errors, timeline

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
SESSION = timeline(20_005, *(count(500 + 1_003 * n, str(n), 250 + 11 * n) for n in range(19)))
CHAPTERS = (Chapter(0, 4_321, "Wall slides"), Chapter(4_321, 15_684, "Übung “zwei”, left"))


def write(path: Path, chapters: tuple[Chapter, ...] = CHAPTERS, title: str = "Knee routine") -> Path:
    size = write_audio(path, SESSION, Bursts(), title=title, chapters=chapters)
    assert path.stat().st_size == size
    return path


def test_the_formats_are_the_four_promised() -> None:
    assert sorted(suffixes()) == sorted(SUFFIXES)


@pytest.mark.parametrize("decode", [by_ffmpeg, by_soundfile, by_miniaudio])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_sound_is_heard_at_its_time(tmp_path: Path, suffix: str, decode: type[Path]) -> None:
    track = np.asarray(decode(write(tmp_path / f"knee{suffix}")))
    assert set(onset_errors(track, SESSION, Bursts())) == {0}
    beyond = FRAME_SAMPLES if suffix == ".mp3" else 1
    assert 0 <= len(track) - SESSION.total_ms * SAMPLES_PER_MS < beyond


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_lossless_formats_hold_the_track_itself(tmp_path: Path, suffix: str) -> None:
    track = by_soundfile(write(tmp_path / f"knee{suffix}"))
    assert np.array_equal(track, np.concatenate(list(mix(SESSION, Bursts()))))


@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3"])
def test_players_read_the_chapters_and_the_title(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"knee{suffix}")
    assert chapters_in(path) == [(chapter.at_ms, chapter.title) for chapter in CHAPTERS]
    assert "Knee routine" in str(probe(path))


def test_a_wav_file_carries_its_chapters_as_labelled_cue_points(tmp_path: Path) -> None:
    chunks = dict(riff_chunks(write(tmp_path / "knee.wav").read_bytes()))
    cue = chunks[b"cue "]
    starts = [int.from_bytes(cue[at + 20 : at + 24], "little") for at in range(4, len(cue), 24)]
    assert starts == [chapter.at_ms * SAMPLES_PER_MS for chapter in CHAPTERS]
    labels = chunks[b"LIST"]
    assert labels.startswith(b"adtl")
    assert all(chapter.title.encode() in labels for chapter in CHAPTERS)


def riff_chunks(whole: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert int.from_bytes(whole[4:8], "little") == len(whole) - 8
    at = 12
    while at < len(whole):
        size = int.from_bytes(whole[at + 4 : at + 8], "little")
        yield whole[at : at + 4], whole[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_chapters_and_a_one_letter_title_are_possible(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"knee{suffix}", chapters=(), title="K")
    assert len(by_soundfile(path)) >= SESSION.total_ms * SAMPLES_PER_MS


@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3"])
def test_a_great_many_chapters_are_possible(tmp_path: Path, suffix: str) -> None:
    """In Ogg they take more than one page, in MP3 more than the table of contents can list."""
    many = tuple(Chapter(20 * n, 20, f"Chapter {n} {'x' * 100}") for n in range(900))
    path = write(tmp_path / f"knee{suffix}", chapters=many)
    assert len(chapters_in(path)) == len(many)
    assert set(onset_errors(by_soundfile(path), SESSION, Bursts())) == {0}


def test_every_page_of_an_ogg_file_has_its_check_sum(tmp_path: Path) -> None:
    whole = write(tmp_path / "knee.ogg").read_bytes()
    starts = [at for at in range(len(whole)) if whole.startswith(b"OggS", at)]
    for at, end in pairwise([*starts, len(whole)]):
        page = bytearray(whole[at:end])
        kept = int.from_bytes(page[22:26], "little")
        page[22:26] = bytes(4)
        assert ogg_crc(bytes(page)) == kept


@pytest.mark.parametrize("content", [b"", b"fLaC" + bytes([0x80, 0, 0, 1, 7]), b"fLaC", b"OggS" + bytes(60)])
def test_comments_are_not_written_into_a_file_without_room_for_them(content: bytes) -> None:
    file = BytesIO(content)
    with pytest.raises(ValueError, match="this"):
        fill(file, [b"TITLE=Knee"])
    assert file.getvalue() == content


# -- what can go wrong ---------------------------------------------------------------------------------------


class Broken(Bursts):
    """Sounds that end in an interruption."""

    def for_cue(self, cue: Cue) -> Clip | None:
        if cue.at_ms > 10_000:
            raise KeyboardInterrupt
        return super().for_cue(cue)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"knee{suffix}"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        write_audio(path, SESSION, Broken(), title="Knee")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow past a size, as on a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("size", [10, 20_000])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, suffix: str, size: int) -> None:
    with room_for(size), pytest.raises(AudioFileError) as caught:
        write(tmp_path / f"knee{suffix}")
    assert caught.value.code == "disk-full"
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_suffix_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError) as caught:
        write(tmp_path / "knee.aac")
    assert (caught.value.code, caught.value.detail) == ("unknown-suffix", ".mp3, .wav, .flac, .ogg")


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError) as caught:
        write(tmp_path / "nowhere" / "knee.mp3")
    assert (caught.value.code, caught.value.path) == ("no-folder", tmp_path / "nowhere" / "knee.mp3")


def test_a_folder_in_the_files_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "knee.mp3").mkdir()
    with pytest.raises(AudioFileError) as caught:
        write(tmp_path / "knee.mp3")
    assert caught.value.code == "cannot-write"


def test_a_folder_that_may_not_be_written_is_said() -> None:
    with pytest.raises(AudioFileError) as caught:
        write(Path("/proc/knee.mp3"))
    assert caught.value.code in ("not-allowed", "no-folder", "cannot-write")


def test_a_session_too_long_for_wav_is_refused_before_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError) as caught:
        write_audio(tmp_path / "knee.wav", timeline(25 * 3_600_000), Bursts(), title="Knee")
    assert caught.value.code == "too-long"
    assert list(tmp_path.iterdir()) == []


def test_every_error_has_its_words() -> None:
    phrases = load_phrases()
    for code in ("unknown-suffix", "no-folder", "not-allowed", "disk-full", "too-long", "cannot-write"):
        assert "knee.mp3" in phrases(f"render.error.{code}", path="knee.mp3", detail="why")


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3"])
def test_an_hour_takes_no_more_memory_than_minutes(tmp_path: Path, suffix: str) -> None:
    def peak(minutes: int) -> int:
        cues = (count(1_000 * n + 500, "one") for n in range(0, minutes * 60 - 1, 5))
        session = timeline(minutes * 60_000, *cues)
        tracemalloc.start()
        write_audio(tmp_path / f"knee{suffix}", session, Bursts(), title="Knee")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(60) < peak(6) + 3_000_000


def test_progress_rises_to_the_whole(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        seen: list[tuple[int, int]] = []
        path = tmp_path / f"knee{suffix}"
        write_audio(path, SESSION, Bursts(), title="K", on_progress=lambda *at, seen=seen: seen.append(at))
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
        assert {total for _, total in seen} == {SESSION.total_ms}
        assert seen[-1][0] == SESSION.total_ms
