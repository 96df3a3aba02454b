"""The coach's own voice is taken out of what the microphone picks up."""

from __future__ import annotations

import numpy as np

from speech.clips import RATE_HZ
from speech.hearing.delay import Delay
from speech.hearing.echo import BLOCK, HISTORY, Canceller, Floats
from speech.hearing.port import HEARING_HZ
from speech.hearing.shift import Shift
from speech.hearing.tape import Tape, Thinner

SECONDS = 6


def noise(seconds: float, seed: int, loud: float = 0.1) -> Floats:
    chance = np.random.default_rng(seed)
    return (loud * chance.normal(size=int(seconds * HEARING_HZ))).astype(np.float32)


def room(played: Floats) -> Floats:
    chance = np.random.default_rng(5)
    taps = chance.normal(size=1600) * np.exp(-np.arange(1600) / 300) * 0.1
    taps[100] = 0.8
    return np.convolve(played, taps)[: len(played)].astype(np.float32)


def cancelled(heard: Floats, played: Floats) -> Floats:
    canceller = Canceller()
    ends = range(0, len(heard) - BLOCK + 1, BLOCK)
    return np.concatenate([canceller.take(heard[at : at + BLOCK], played[at : at + BLOCK]) for at in ends])


def power_db(sound: Floats) -> float:
    return float(10 * np.log10(np.mean(np.square(sound)) + 1e-12))


def test_an_echo_is_gone_once_the_room_is_known() -> None:
    played = noise(SECONDS, seed=1)
    echo = room(played)

    left = cancelled(echo, played)

    last = slice(-HEARING_HZ, None)
    assert power_db(left[last]) < power_db(echo[last]) - 20


def test_what_a_person_says_stays_where_nothing_is_played() -> None:
    said = noise(2, seed=2)

    left = cancelled(said, np.zeros_like(said))

    assert abs(power_db(left[HEARING_HZ:]) - power_db(said[HEARING_HZ:])) < 1


def test_a_person_is_heard_through_the_echo() -> None:
    played = noise(SECONDS, seed=1)
    said = noise(SECONDS, seed=2)
    said[:-HEARING_HZ] = 0

    left = cancelled(room(played) + said, played)

    last = slice(-HEARING_HZ // 2, -BLOCK)
    assert (
        np.corrcoef(left[-HEARING_HZ // 2 + BLOCK :][: HEARING_HZ // 2 - 2 * BLOCK], said[last][:-BLOCK])[
            0, 1
        ]
        > 0.7
    )


def test_the_delay_of_the_speaker_is_found() -> None:
    played = noise(SECONDS, seed=3)
    lag = 3210
    heard = np.concatenate([np.zeros(lag, dtype=np.float32), played])[: len(played)]
    delay = Delay()

    found = [
        delay.take(heard[at : at + BLOCK], played[at : at + BLOCK]) for at in range(0, len(played), BLOCK)
    ]

    assert found[-1] is None or found[-1] == lag
    assert [one for one in found if one is not None][-1] == lag


def test_a_tone_keeps_its_pitch_and_loudness_at_the_other_rate() -> None:
    times = np.arange(RATE_HZ) / RATE_HZ
    tone = (np.sin(2 * np.pi * 1000 * times) * 16000).astype(np.int16)
    thinner = Thinner()

    out = np.concatenate([thinner.take(tone[at : at + 777]) for at in range(0, len(tone), 777)])[500:-500]

    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    assert abs(int(np.argmax(spectrum)) * HEARING_HZ / len(out) - 1000) < 2
    assert abs(np.max(np.abs(out)) - 16000 / 32768) < 0.01


def test_what_was_told_lies_where_its_time_says() -> None:
    tape = Tape()
    block = np.full(RATE_HZ // 10, 8000, dtype=np.int16)
    tape.tell(block, 5000)

    laid = tape.take(4900 * 16, 3200)

    assert not laid[:1500].any()
    assert laid[2000] > 0.2


def test_a_speaker_that_begins_anew_is_followed() -> None:
    tape = Tape()
    block = np.full(RATE_HZ // 10, 8000, dtype=np.int16)
    tape.tell(block, 0)
    tape.tell(block, 2000)

    assert tape.take(1000 * 16, 1600).max() == 0.0
    assert tape.take(2020 * 16, 800).min() > 0.2


def test_a_speaker_that_is_suddenly_heard_later_is_noticed_to_the_sample() -> None:
    expected = noise(1, seed=1)
    heard = np.concatenate([np.zeros(157, dtype=np.float32), expected[:-157]])
    shift = Shift()

    later = [
        shift.take(heard[at : at + BLOCK], expected[at : at + BLOCK]) for at in range(0, 20 * BLOCK, BLOCK)
    ]

    assert next(samples for samples in later if samples) == 157


def test_a_person_who_speaks_is_not_taken_for_a_speaker_that_is_late() -> None:
    expected, said = noise(2, seed=1), noise(2, seed=2, loud=0.2)
    shift = Shift()

    later = [
        shift.take((expected + said)[at : at + BLOCK], expected[at : at + BLOCK])
        for at in range(0, HEARING_HZ, BLOCK)
    ]

    assert set(later) == {0}


def test_what_was_learnt_of_a_room_stays_when_the_speaker_begins_later() -> None:
    played = noise(SECONDS, seed=1)
    echo = room(played)
    canceller = Canceller()
    half = len(played) // 2 // BLOCK * BLOCK
    for at in range(0, half, BLOCK):
        canceller.take(echo[at : at + BLOCK], played[at : at + BLOCK])
    late = 157  # from here on it is told that much too early
    canceller.realign(played[half - late - HISTORY : half - late])

    ends = range(half, half + HEARING_HZ // 2, BLOCK)
    left = np.concatenate(
        [
            canceller.take(echo[at - late : at - late + BLOCK], played[at - late : at - late + BLOCK])
            for at in ends
        ]
    )

    assert power_db(left) < power_db(echo[half : half + HEARING_HZ // 2]) - 20
