"""The track: each clip at its sample, exactly as long as the session."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.clips import RATE_HZ, SAMPLES_PER_MS, Clip
from speech.mix import Placed, mix, mix_placed
from tests.doubles import Bursts
from tests.speech.layouts import count, timeline


def loud(value: int, length: int) -> Clip:
    return Clip(np.full(length, value, dtype=np.int16), f"{value} {length}")


def test_the_track_is_exactly_as_long_as_the_session() -> None:
    assert sum(len(block) for block in mix(timeline(2_345), Bursts())) == 2_345 * SAMPLES_PER_MS


def test_a_session_without_blocks_is_no_sound() -> None:
    assert list(mix_placed([], 0)) == []


def test_a_clip_starts_at_its_sample_even_across_blocks() -> None:
    cue, sounds = count(987, length_ms=700), Bursts()
    track = np.concatenate(list(mix(timeline(3_000, cue), sounds)))
    clip = sounds.for_cue(cue)
    assert clip is not None
    start = 987 * SAMPLES_PER_MS
    assert np.array_equal(track[start : start + len(clip.samples)], clip.samples)
    assert not track[:start].any()
    assert not track[start + len(clip.samples) :].any()


@given(
    at=st.lists(st.integers(-500, 5_000), max_size=12),
    length=st.integers(1, 2_000),
    block=st.integers(1, 3_000),
)
def test_the_size_of_the_blocks_changes_nothing(at: list[int], length: int, block: int) -> None:
    parts = [Placed(place, loud(100 + place % 7, length)) for place in sorted(at)]
    whole = np.zeros(10_000, dtype=np.int32)
    for part in parts:
        whole[max(0, part.at_sample) : max(0, part.end_sample)] += part.clip.samples[
            max(0, -part.at_sample) :
        ]
    assert np.array_equal(np.concatenate(list(mix_placed(parts, 10_000, block))), whole)


@pytest.mark.parametrize(("value", "most"), [(30_000, 32_767), (-30_000, -32_768)])
def test_overlapping_sounds_are_added_and_never_wrap_round(value: int, most: int) -> None:
    parts = [Placed(0, loud(value, 10)), Placed(5, loud(value, 10))]
    (track,) = mix_placed(parts, 15)
    assert track.tolist() == [value] * 5 + [most] * 5 + [value] * 5


def test_a_sound_past_the_end_is_cut_off() -> None:
    (track,) = mix(timeline(500, count(400, length_ms=300)), Bursts())
    assert len(track) == 500 * SAMPLES_PER_MS


def test_a_cue_without_a_sound_is_silence() -> None:
    (track,) = mix(timeline(1_000, count(0)), Bursts("one"))
    assert not track.any()


def test_no_block_is_longer_than_a_second() -> None:
    assert max(len(block) for block in mix(timeline(5_500), Bursts())) == RATE_HZ
