"""Spliced MP3: right to the sample in every decoder, silent in between, no frame reaching into another's."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routines.cue import Cue
from routines.timeline import Timeline
from speech.clips import RATE_HZ, SAMPLES_PER_MS, Clip, Samples, make_clip, onset_sample
from speech.mix import mix, placed
from speech.mp3 import (
    DELAY_SAMPLES,
    FRAME_BYTES,
    FRAME_SAMPLES,
    SILENT_FRAME,
    FrameBank,
    encode,
    frames_for,
    segments,
    splice,
)
from tests.doubles import Bursts
from tests.speech.decoders import DECODERS, by_miniaudio
from tests.speech.layouts import count, onset_errors, say, timeline

HEAD_BYTES = 13  #: of a frame, header and side information
#: All 24 places of a millisecond in a frame, an abutting pair, a pair 10 ms apart, and a very short sound.
PHASES = [count(100 + 1001 * n, str(n), 200 + 37 * n) for n in range(26)]
SESSION = timeline(
    35_010,
    *PHASES,
    say(28_000, "and hold", 700),
    count(28_700, "5", 400),
    say(30_000, "squeeze", 610),
    say(30_620, "release", 500),
    count(33_003, "tick", 10),
)


def joined(session: Timeline, bank: FrameBank | None = None) -> bytes:
    return b"".join(splice(session, Bursts(), FrameBank() if bank is None else bank))


def decoded(frames: bytes, decode: Callable[[Path], Samples]) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.mp3"
        path.write_bytes(frames)
        return decode(path)


@pytest.mark.parametrize("decode", DECODERS)
def test_every_decoder_gives_each_sound_at_its_time(decode: Callable[[Path], Samples]) -> None:
    track = decoded(joined(SESSION), decode)
    assert set(onset_errors(track, SESSION, Bursts())) == {0}
    assert len(track) == frames_for(SESSION.total_ms) * FRAME_SAMPLES


@pytest.mark.parametrize("decode", DECODERS)
def test_silence_between_sounds_is_exactly_zero(decode: Callable[[Path], Samples]) -> None:
    track = decoded(joined(SESSION), decode)
    quiet = np.ones(len(track), dtype=bool)
    for part in placed(SESSION, Bursts()):
        quiet[max(0, part.at_sample - 4 * FRAME_SAMPLES) : part.end_sample + 3 * FRAME_SAMPLES] = False
    assert quiet.sum() > len(track) / 4
    assert not track[quiet].any()


def test_splicing_sounds_the_same_as_encoding_each_sound_alone() -> None:
    """Nothing that a sound needs is cut off at either end."""
    session = timeline(4_000, count(1_013, "one", 777))
    (segment,) = segments(placed(session, Bursts()))
    longer = encode(type(segment)(segment.first_frame, segment.frames + 3, segment.parts))
    alone = decoded(SILENT_FRAME * segment.first_frame + longer + SILENT_FRAME * 20, by_miniaudio)
    spliced = decoded(joined(session), by_miniaudio)
    length = min(len(alone), len(spliced))
    end = (1_013 + 777) * SAMPLES_PER_MS
    assert np.array_equal(alone[:end], spliced[:end])
    assert np.abs(alone[:length].astype(int) - spliced[:length]).max() < 50


class Plucked:
    """Sounds like a plucked string: a sharp onset that rings out."""

    def for_cue(self, cue: Cue) -> Clip:
        time_s = np.arange(cue.length_ms * SAMPLES_PER_MS) / RATE_HZ
        pitch = 180 + 7 * cue.length_ms
        shape = np.minimum(1, time_s / 0.0003) * np.exp(-9 * time_s)
        return make_clip((np.sin(2 * np.pi * pitch * time_s) * shape * 9_000).astype(np.int16))


def test_a_sharp_onset_is_not_smeared_ahead_of_its_time() -> None:
    """By the trimmer's definition of an onset, a hundredth of the peak."""
    session = timeline(30_000, *(count(1_001 * n, str(n), 200 + 10 * n) for n in range(1, 29)))
    track = decoded(b"".join(splice(session, Plucked(), FrameBank())), by_miniaudio)
    for part in placed(session, Plucked()):
        before = 60 * SAMPLES_PER_MS
        heard = onset_sample(track[part.at_sample - before : part.end_sample]) - before
        assert abs(heard - onset_sample(part.clip.samples)) <= 2 * SAMPLES_PER_MS


def test_the_sound_keeps_its_quality() -> None:
    track = decoded(joined(SESSION), by_miniaudio).astype(float)
    wanted = np.concatenate(list(mix(SESSION, Bursts()))).astype(float)
    error = wanted - track[: len(wanted)]
    assert 10 * np.log10((wanted**2).sum() / (error**2).sum()) > 3  # white noise: the hardest there is


def test_no_frame_borrows_bits_from_outside_its_run() -> None:
    for segment, frames in FrameBank().frames(segments(placed(SESSION, Bursts()))):
        assert len(frames) == segment.frames * FRAME_BYTES
        for number in range(segment.frames):
            frame = frames[number * FRAME_BYTES : (number + 1) * FRAME_BYTES]
            assert frame[:4] == SILENT_FRAME[:4]
            main_data_begin = frame[4]
            assert main_data_begin <= number * (FRAME_BYTES - HEAD_BYTES)


def test_segments_share_no_frame_and_touching_sounds_share_a_segment() -> None:
    made = list(segments(placed(SESSION, Bursts())))
    assert sum(len(segment.parts) for segment in made) == len(SESSION.cues)
    assert [len(segment.parts) for segment in made[-3:]] == [2, 2, 1]
    for before, after in pairwise(made):
        assert before.first_frame + before.frames <= after.first_frame


def test_a_sound_at_the_very_start_loses_only_its_first_46_ms() -> None:
    session = timeline(2_000, say(0, "lead-in", 400), count(1_000))
    track = decoded(joined(session), by_miniaudio)
    wanted = np.concatenate(list(mix(session, Bursts()))).astype(float)
    later = slice(DELAY_SAMPLES + 200, 400 * SAMPLES_PER_MS)
    assert np.corrcoef(wanted[later], track[later])[0, 1] > 0.5
    assert onset_errors(track, timeline(2_000, count(1_000)), Bursts()) == [0]


def test_a_session_of_silence_is_silence() -> None:
    assert not decoded(joined(timeline(3_000)), by_miniaudio).any()


def test_a_sound_past_the_end_is_cut_off() -> None:
    assert len(joined(timeline(1_000, count(900, "one", 700)))) == frames_for(1_000) * FRAME_BYTES
    assert len(joined(timeline(1_000, count(2_000, "one", 700)))) == frames_for(1_000) * FRAME_BYTES


@settings(max_examples=15, deadline=None)
@given(
    gaps=st.lists(
        st.tuples(st.integers(0, 900) | st.integers(0, 60), st.integers(30, 900), st.sampled_from("abcdef")),
        min_size=1,
        max_size=12,
    ),
    first_ms=st.integers(47, 300),
)
def test_any_layout_decodes_to_its_own_times(gaps: list[tuple[int, int, str]], first_ms: int) -> None:
    cues: list[Cue] = []
    at_ms = first_ms
    for gap_ms, length_ms, text in gaps:
        cues.append(count(at_ms, text, length_ms))
        at_ms += length_ms + gap_ms
    session = timeline(at_ms + 100, *cues)
    errors = onset_errors(decoded(joined(session), by_miniaudio), session, Bursts())
    assert max(abs(error) for error in errors) <= 2  # samples: less than 0.1 ms


def test_a_sound_is_encoded_once_for_each_place_in_a_frame(tmp_path: Path) -> None:
    joined(timeline(60_000, *(count(1_000 * n, "one") for n in range(1, 50))), FrameBank(tmp_path))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_full_bank_gives_the_same_file() -> None:
    bank = FrameBank()
    assert joined(SESSION, bank) == joined(SESSION, bank)


def test_a_folder_keeps_frames_for_the_next_bank(tmp_path: Path) -> None:
    first = joined(SESSION, FrameBank(tmp_path / "frames"))
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "frames").iterdir()}
    assert {path.suffix for path in times} == {".frames"}
    assert joined(SESSION, FrameBank(tmp_path / "frames")) == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "frames").iterdir()} == times


def test_a_damaged_file_in_the_folder_is_made_again(tmp_path: Path) -> None:
    session = timeline(2_000, count(500))
    first = joined(session, FrameBank(tmp_path))
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    for damaged in (b"", whole[:-1], whole[:40] + b"\xff" + whole[41:]):
        kept.write_bytes(damaged)
        assert joined(session, FrameBank(tmp_path)) == first
        assert kept.read_bytes() == whole


def test_a_folder_that_cannot_be_used_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    session = timeline(2_000, count(500))
    assert joined(session, FrameBank(tmp_path / "file")) == joined(session)


def test_progress_rises_to_the_whole() -> None:
    seen: list[tuple[int, int]] = []
    session = timeline(5_000, count(1_000), count(4_000))
    list(splice(session, Bursts(), FrameBank(), lambda done, total: seen.append((done, total))))
    assert [total for _, total in seen] == [5_000] * 3
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == 5_000
