from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from speech.clips import SAMPLES_PER_MS, Samples
from speech.played import Played

BLOCK_MS = 200


def counting(first: int, length_ms: int = BLOCK_MS) -> Samples:
    return np.arange(first, first + length_ms * SAMPLES_PER_MS).astype(np.int16)


def pulled(played: Played, blocks: int, at_ms: int = 1000, first: int = 1) -> None:
    """Hand over blocks as a sound system asks for them: two at once, then one as each begins to be played."""
    for number in range(blocks):
        late_ms = 0 if number < 2 else 60 + (number - 1) * BLOCK_MS
        block = counting(first + number * BLOCK_MS * SAMPLES_PER_MS)
        played.put(block, (at_ms + late_ms + (60 if number == 1 else 0)) / 1000)


def test_what_nobody_played_is_silence() -> None:
    played = Played()
    played.take(1000)

    samples, at_ms = played.take(1500)

    assert (len(samples), at_ms) == (500 * SAMPLES_PER_MS, 1000)
    assert not samples.any()


def test_a_stream_comes_whole_and_in_order() -> None:
    played = Played()
    played.take(1000)
    played.begin()
    pulled(played, 8)

    taken = np.concatenate([played.take(until)[0] for until in range(1020, 2600, 20)])

    heard = taken[np.flatnonzero(taken)]
    assert len(taken) == 1580 * SAMPLES_PER_MS
    assert np.count_nonzero(np.diff(heard.astype(np.int64)) != 1) <= 2  # int16 wraps once, and one settling


def test_what_is_heard_begins_a_moment_after_it_was_handed_over() -> None:
    played = Played()
    played.take(1000)
    played.begin()
    played.put(counting(1), 1.0)

    taken, at_ms = played.take(1100)

    assert at_ms == 1000
    assert 10 <= np.flatnonzero(taken)[0] / SAMPLES_PER_MS <= 40


def test_what_was_taken_back_is_not_heard() -> None:
    played = Played()
    played.take(1000)
    played.begin()
    pulled(played, 2)
    played.cut(1.1)

    taken, _ = played.take(1400)

    assert taken[: 90 * SAMPLES_PER_MS].any()
    assert not taken[101 * SAMPLES_PER_MS :].any()


def test_a_stream_after_another_is_heard_where_it_began() -> None:
    played = Played()
    played.take(1000)
    played.begin()
    pulled(played, 2)
    played.cut(1.1)
    played.begin()
    played.put(np.full(BLOCK_MS * SAMPLES_PER_MS, -7, dtype=np.int16), 1.2)

    taken, _ = played.take(1400)

    assert 1210 <= 1000 + np.flatnonzero(taken == -7)[0] / SAMPLES_PER_MS <= 1240


def test_one_late_block_moves_nothing() -> None:
    played = Played()
    played.take(1000)
    played.begin()
    pulled(played, 3)
    before = played.take(1100)[0]
    played.put(counting(1 + 3 * BLOCK_MS * SAMPLES_PER_MS), 1.46 + 0.15)

    taken = np.concatenate([before, played.take(1700)[0]])

    heard = np.unwrap(taken[np.flatnonzero(taken)].astype(np.float64), period=65536)
    assert np.count_nonzero(np.diff(heard) != 1) <= 2


def test_a_tap_may_come_in_the_middle_of_a_stream() -> None:
    played = Played()
    played.take(1000)
    played.put(counting(1), 1.0)

    taken, _ = played.take(1400)

    assert 100 <= np.flatnonzero(taken)[0] / SAMPLES_PER_MS <= 180


def test_what_nobody_takes_is_forgotten() -> None:
    played = Played()
    for number in range(200):
        played.put(counting(1), 1.0 + number * BLOCK_MS / 1000)

    assert len(played._parts) < 60


@given(st.lists(st.integers(1, 700), max_size=30))
def test_every_moment_is_given_out_exactly_once(steps_ms: list[int]) -> None:
    played = Played()
    now_ms = 5000
    played.take(now_ms)
    for step_ms in steps_ms:
        samples, at_ms = played.take(now_ms + step_ms)
        assert (at_ms, len(samples)) == (now_ms, step_ms * SAMPLES_PER_MS)
        now_ms += step_ms
