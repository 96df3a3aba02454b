from __future__ import annotations

import numpy as np
import pytest

from routines.cue import CHIME_MS, HEARD_MS, TICK_MS, Tone
from speech.tones import tick, tone
from speech.trim import SAMPLES_PER_MS, Clip, onset_sample

SOUNDS = [("tick", tick(), TICK_MS)] + [
    (str(name), tone(name), HEARD_MS if name is Tone.HEARD else CHIME_MS) for name in Tone
]
each_sound = pytest.mark.parametrize(
    ("name", "clip", "length_ms"), SOUNDS, ids=[name for name, _, _ in SOUNDS]
)


@each_sound
class TestEachSound:
    def test_it_is_exactly_as_long_as_its_cue(self, name: str, clip: Clip, length_ms: int) -> None:
        assert len(clip.samples) == length_ms * SAMPLES_PER_MS, name

    def test_it_is_heard_from_its_first_sample(self, name: str, clip: Clip, length_ms: int) -> None:
        assert onset_sample(clip.samples) == 0, (name, length_ms)

    def test_it_starts_softly_and_ends_in_silence(self, name: str, clip: Clip, length_ms: int) -> None:
        loudness = np.abs(clip.samples.astype(int))
        assert loudness[0] < loudness.max() / 20, name
        assert clip.samples[-1] == 0, length_ms

    def test_it_does_not_clip(self, name: str, clip: Clip, length_ms: int) -> None:
        assert np.abs(clip.samples.astype(int)).max() < 12_000, (name, length_ms)


def test_no_two_sounds_are_alike() -> None:
    assert len({clip.digest for _, clip, _ in SOUNDS}) == len(SOUNDS)


def test_the_lead_in_is_the_gentlest_chime() -> None:
    peaks = {name: int(np.abs(tone(name).samples.astype(int)).max()) for name in Tone}
    assert min(peaks, key=lambda name: peaks[name]) is Tone.LEAD_IN
