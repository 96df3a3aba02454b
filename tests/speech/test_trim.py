from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.trim import RATE_HZ, SAMPLES_PER_MS, Clip, make_clip, onset_sample, resample, trim
from speech.voice import Pcm


def noise(rate_hz: int, before_ms: int, length_ms: int, *, peak: int = 12_000, seed: int = 1) -> Pcm:
    """Return a burst between silences."""
    sound = np.random.default_rng(seed).normal(0, peak / 4, rate_hz * length_ms // 1000)
    quiet = np.zeros(rate_hz * before_ms // 1000)
    return Pcm(np.concatenate([quiet, sound, np.zeros(rate_hz // 2)]).astype("<i2").tobytes(), rate_hz)


def sine(rate_hz: int, hz: float, seconds: float) -> npt.NDArray[np.float64]:
    return 8_000 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)


class TestOnset:
    def test_it_is_the_first_sample_of_a_hundredth_of_the_peak(self) -> None:
        assert onset_sample(np.array([0, 9, -9, -10, 1000, 0], dtype=np.int16)) == 3

    def test_loudness_does_not_move_it(self) -> None:
        sound = np.array([0, 40, 90, 110, 5_000, -10_000], dtype=np.int16)
        assert onset_sample(sound) == onset_sample(sound * 3) == onset_sample(sound / 7)

    def test_of_silence_it_is_the_end(self) -> None:
        assert onset_sample(np.zeros(5, np.int16)) == 5
        assert onset_sample(np.zeros(0, np.int16)) == 0

    def test_the_deepest_negative_sample_counts_like_any_other(self) -> None:
        assert onset_sample(np.array([0, 100, -32768], dtype=np.int16)) == 2


class TestResampling:
    @pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 48_000])
    @pytest.mark.parametrize("hz", [180.0, 3_000.0, 7_000.0])
    def test_a_tone_stays_the_same_tone(self, rate_hz: int, hz: float) -> None:
        window = np.hanning(int(RATE_HZ * 0.5))
        sound = sine(rate_hz, hz, 0.5) * np.hanning(int(rate_hz * 0.5))
        expected = sine(RATE_HZ, hz, 0.5) * window
        got = resample(sound, rate_hz)
        assert len(got) == len(expected)
        assert np.abs(got - expected).max() < 8

    def test_what_cannot_be_heard_at_the_new_rate_is_left_out(self) -> None:
        sound = sine(48_000, 15_000.0, 0.5) * np.hanning(24_000)
        assert np.abs(resample(sound, 48_000)).max() < 8

    @given(length=st.integers(0, 3_000), rate_hz=st.sampled_from([22_050, 16_000, 24_000, 44_100, 11_025]))
    def test_the_length_is_kept_to_the_sample(self, length: int, rate_hz: int) -> None:
        assert len(resample(np.ones(length, np.int16), rate_hz)) == -(-length * RATE_HZ // rate_hz)


class TestTrimming:
    @given(
        before_ms=st.integers(0, 200),
        length_ms=st.integers(30, 400),
        peak=st.integers(2_000, 30_000),
        rate_hz=st.sampled_from([16_000, 22_050, 24_000]),
    )
    def test_a_trimmed_sound_begins_at_its_onset_and_keeps_its_length(
        self, before_ms: int, length_ms: int, peak: int, rate_hz: int
    ) -> None:
        trimmed = trim(noise(rate_hz, before_ms, length_ms, peak=peak))
        assert onset_sample(trimmed) == 0
        assert abs(len(trimmed) / SAMPLES_PER_MS - length_ms) < 6

    def test_silence_before_a_sound_changes_nothing_after_its_onset(self) -> None:
        early, late = trim(noise(24_000, 0, 300)), trim(noise(24_000, 150, 300))
        assert np.array_equal(early, late)

    def test_it_ends_in_a_fade_to_nothing(self) -> None:
        trimmed = trim(noise(22_050, 20, 300))
        assert trimmed[-1] == 0

    def test_loud_and_soft_come_closer(self) -> None:
        loud, soft = (
            np.sqrt(np.mean(np.square(trim(noise(22_050, 20, 300, peak=peak)), dtype=float)))
            for peak in (24_000, 10_000)
        )
        assert 0.95 < loud / soft < 1.05

    @pytest.mark.parametrize("samples", [b"", b"\0\0" * 500])
    def test_of_silence_nothing_is_left(self, samples: bytes) -> None:
        assert len(trim(Pcm(samples, 22_050))) == 0

    def test_the_shortest_click_is_kept(self) -> None:
        assert 0 < len(trim(Pcm(b"\0\0" * 99 + b"\0\x40" + b"\0\0" * 99, 22_050))) < 5 * SAMPLES_PER_MS

    def test_nothing_is_ever_clipped(self) -> None:
        square = np.where(np.arange(9_000) % 90 < 45, 32_767, -32_768).astype("<i2")
        assert np.abs(trim(Pcm(square.tobytes(), 22_050)).astype(int)).max() <= 32_000


class TestClip:
    def test_its_length_is_rounded_up_to_whole_milliseconds(self) -> None:
        assert Clip(np.zeros(25, np.int16), "").length_ms == 2
        assert Clip(np.zeros(24, np.int16), "").length_ms == 1

    def test_equal_sounds_have_equal_digests_and_others_do_not(self) -> None:
        one, same, other = (make_clip(np.array([1, value], np.int16)) for value in (2, 2, 3))
        assert one.digest == same.digest != other.digest

    def test_it_cannot_be_written_to(self) -> None:
        clip = make_clip(np.zeros(4, np.int16))
        with pytest.raises(ValueError, match="read-only"):
            clip.samples[0] = 1
