"""What a player hands over, sample by sample."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from routines.cue import Cue, CueKind
from speech.clips import SAMPLES_PER_MS, Clip, Samples
from speech.player import GAIN_MS, Player, Position, Segment
from speech.ramp import FADE_MS
from tests.doubles import FakeSounds

LEVEL = 1000


def level(length_ms: int, value: int = LEVEL) -> Clip:
    """Return a clip that is `value` throughout, so that its first and last sample can be seen."""
    return Clip(np.full(length_ms * SAMPLES_PER_MS, value, dtype=np.int16), f"{value}x{length_ms}")


def cue(at_ms: int, text: str = "one", kind: CueKind = CueKind.COUNT) -> Cue:
    return Cue(at_ms=at_ms, length_ms=100, kind=kind, text=text, block="b")


def segment(token: str, *cues: Cue, length_ms: int = 1000) -> Segment:
    return Segment(token, length_ms, cues)


def player(**clips: Clip) -> Player:
    return Player(FakeSounds({"one": level(100), **clips}))


def pulled(player: Player, ms: int, block: int = 480) -> Samples:
    """Return the next `ms` milliseconds, pulled in blocks as a speaker would."""
    left = ms * SAMPLES_PER_MS
    blocks = []
    while left:
        blocks.append(player.fill(min(block, left)))
        left -= len(blocks[-1])
    return np.concatenate(blocks)


def onsets_ms(samples: Samples) -> list[float]:
    """Return where sound begins after silence, in milliseconds."""
    loud = np.concatenate([[False], np.abs(samples) > 0])
    return [float(at) / SAMPLES_PER_MS for at in np.flatnonzero(loud[1:] & ~loud[:-1])]


def biggest_step(samples: Samples) -> int:
    steps: npt.NDArray[np.int32] = np.abs(np.diff(samples.astype(np.int32)))
    return int(steps.max())


def test_a_cue_starts_on_its_exact_sample() -> None:
    playing = player()
    playing.play([segment("a", cue(0), cue(333))])
    assert onsets_ms(pulled(playing, 1000)) == [0, 333]


def test_a_clip_is_handed_over_unchanged() -> None:
    clip = Clip(np.arange(-2400, 2400, dtype=np.int16) * 5, "ramp")
    playing = player(one=clip)
    playing.play([segment("a", cue(10))])
    heard = pulled(playing, 300, block=37)
    assert np.array_equal(heard[240 : 240 + 4800], clip.samples)


def test_segments_follow_one_another_on_the_exact_sample() -> None:
    playing = player()
    playing.play([segment("a", cue(0), length_ms=250), segment("b", cue(0), length_ms=251)])
    playing.append(segment("c", cue(5)))
    assert onsets_ms(pulled(playing, 1000, block=1111)) == [0, 250, 506]


def test_a_sound_that_outlasts_its_segment_goes_on_into_the_next() -> None:
    playing = player()
    playing.play([segment("a", cue(50), length_ms=100), segment("b")])
    heard = pulled(playing, 300)
    assert np.flatnonzero(heard).tolist() == list(range(50 * SAMPLES_PER_MS, 150 * SAMPLES_PER_MS))


def test_two_sounds_at_once_are_added() -> None:
    playing = player()
    playing.play([segment("a", cue(0), cue(50))])
    assert pulled(playing, 100)[-1] == 2 * LEVEL


def test_quiet_on_purpose_makes_no_sound() -> None:
    playing = player()
    playing.play([segment("a", cue(0, kind=CueKind.QUIET))])
    assert not pulled(playing, 200).any()


def test_a_sound_that_is_made_in_time_for_its_beat_is_heard() -> None:
    sounds = FakeSounds({})
    playing = Player(sounds)
    playing.play([segment("a", cue(0), cue(500))])
    pulled(playing, 400)
    sounds.clips["one"] = level(100)
    assert onsets_ms(pulled(playing, 200)) == [100]


def test_a_sound_that_is_missing_at_its_beat_stays_silent_and_moves_nothing() -> None:
    sounds = FakeSounds({"two": level(100)})
    playing = Player(sounds)
    playing.play([segment("a", cue(0), cue(500, "two"))])
    pulled(playing, 10)
    sounds.clips["one"] = level(100)
    assert onsets_ms(pulled(playing, 990)) == [490]


def test_sounds_that_fail_at_their_beat_leave_silence_and_the_beat_goes_on() -> None:
    sounds = FakeSounds({})
    playing = Player(sounds)
    playing.play([segment("a", cue(0))])
    sounds.fails = True
    assert not pulled(playing, 1000).any()
    assert playing.finished() == ("a",)


def test_playing_anew_replaces_what_is_playing_without_a_click() -> None:
    playing = player()
    playing.play([segment("a", cue(0)), segment("b", cue(0))])
    before = pulled(playing, 50)
    playing.play([segment("c", cue(40))])
    after = pulled(playing, 50)
    assert biggest_step(np.concatenate([before[-1:], after[: 40 * SAMPLES_PER_MS]])) < LEVEL // 50
    assert not after[FADE_MS * SAMPLES_PER_MS : 40 * SAMPLES_PER_MS].any()
    assert after[40 * SAMPLES_PER_MS] == LEVEL
    pulled(playing, 950)
    assert playing.finished() == ("c",)


def test_playing_can_begin_inside_a_segment() -> None:
    playing = player()
    playing.play([segment("a", cue(0), cue(500)), segment("b", cue(0))], from_ms=400)
    assert onsets_ms(pulled(playing, 1000)) == [100, 600]


def test_a_sound_begun_before_the_starting_point_is_left_out() -> None:
    playing = player()
    playing.play([segment("a", cue(0), cue(60))], from_ms=50)
    assert onsets_ms(pulled(playing, 200)) == [10]


def test_playing_from_behind_the_end_ends_the_first_segment_at_once() -> None:
    playing = player()
    playing.play([segment("a"), segment("b", cue(0))], from_ms=9999)
    assert onsets_ms(pulled(playing, 100)) == [0]
    assert playing.finished() == ("a",)


def test_what_is_queued_can_be_forgotten_and_replaced() -> None:
    playing = player(two=level(10))
    playing.play([segment("a", cue(0)), segment("b", cue(0))])
    pulled(playing, 500)
    playing.drop_after_current()
    playing.append(segment("c", cue(7, "two")))
    assert onsets_ms(pulled(playing, 1500)) == [507]
    assert playing.finished() == ("a", "c")


def test_a_pause_fades_out_and_the_rest_is_silence() -> None:
    playing = player()
    playing.play([segment("a", cue(0))])
    before = pulled(playing, 50)
    playing.pause()
    after = pulled(playing, 50)
    assert biggest_step(np.concatenate([before[-1:], after])) < LEVEL // 50
    assert not after[FADE_MS * SAMPLES_PER_MS :].any()


def test_a_pause_takes_no_time_from_the_segment() -> None:
    playing = player()
    playing.play([segment("a", cue(0), cue(500))])
    pulled(playing, 300)
    playing.pause()
    pulled(playing, 5000)
    playing.resume()
    assert onsets_ms(pulled(playing, 300)) == [200 - FADE_MS]


def test_resuming_fades_in_where_the_sound_was_cut() -> None:
    playing = player(one=level(200))
    playing.play([segment("a", cue(0))])
    pulled(playing, 100)
    playing.pause()
    pulled(playing, 100)
    playing.resume()
    heard = pulled(playing, 200)
    assert biggest_step(heard[: 90 * SAMPLES_PER_MS]) < LEVEL // 50
    assert np.count_nonzero(heard) == (100 - FADE_MS) * SAMPLES_PER_MS


def test_resuming_within_the_fade_goes_on_without_a_click() -> None:
    playing = player(one=level(200))
    playing.play([segment("a", cue(0))])
    before = pulled(playing, 100)
    playing.pause()
    fading = pulled(playing, 2)
    playing.resume()
    heard = np.concatenate([before[-1:], fading, pulled(playing, 50)])
    assert biggest_step(heard) < LEVEL // 50
    assert heard[-1] == LEVEL


def test_stopping_fades_out_and_forgets_everything() -> None:
    playing = player()
    playing.play([segment("a", cue(0)), segment("b", cue(0))])
    before = pulled(playing, 50)
    playing.stop()
    after = pulled(playing, 2000)
    assert biggest_step(np.concatenate([before[-1:], after])) < LEVEL // 50
    assert not after[FADE_MS * SAMPLES_PER_MS :].any()
    assert playing.position().idle
    assert playing.finished() == ()


def test_playing_after_a_pause_is_not_paused() -> None:
    playing = player()
    playing.play([segment("a")])
    playing.pause()
    pulled(playing, 50)
    playing.play([segment("b", cue(0))])
    assert pulled(playing, 50)[0] == LEVEL


def test_the_position_tells_segment_and_time() -> None:
    playing = player()
    assert playing.position() == Position(None, 0, playing=False, idle=True, generation=0)
    playing.play([segment("a"), segment("b")])
    pulled(playing, 1250)
    assert playing.position() == Position("b", 250, playing=True, idle=False, generation=1)
    playing.pause()
    pulled(playing, 1000)
    paused = Position("b", 250 + FADE_MS, playing=False, idle=False, generation=1)
    assert playing.position() == paused


def test_the_position_is_idle_after_the_last_segment() -> None:
    playing = player()
    playing.play([segment("a")])
    pulled(playing, 1000)
    assert playing.position() == Position(None, 0, playing=False, idle=True, generation=1)


def test_a_segment_has_finished_with_its_last_sample_and_is_told_once() -> None:
    playing = player()
    playing.play([segment("a"), segment("b"), segment("c")])
    pulled(playing, 999)
    playing.fill(SAMPLES_PER_MS - 1)
    assert playing.finished() == ()
    playing.fill(1)
    assert playing.finished() == ("a",)
    pulled(playing, 2000)
    assert playing.finished() == ("b", "c")
    assert playing.finished() == ()


def test_the_end_of_a_segment_from_before_is_never_told() -> None:
    playing = player()
    first = playing.play([segment("old")])
    pulled(playing, 1000)
    second = playing.play([segment("new")])
    assert second == first + 1
    pulled(playing, 1000)
    assert playing.finished() == ("new",)


def test_waiting_returns_when_a_segment_has_finished() -> None:
    playing = player()
    playing.play([segment("a")])
    speaker = threading.Thread(target=pulled, args=(playing, 1000))
    speaker.start()
    assert playing.wait(10)
    assert playing.finished() == ("a",)
    speaker.join()


def test_waiting_gives_up_when_nothing_happens() -> None:
    assert not player().wait(0)


def test_appending_to_a_player_that_ran_dry_plays_at_once() -> None:
    playing = player()
    pulled(playing, 777)
    playing.append(segment("a", cue(0)))
    assert pulled(playing, 10)[0] == LEVEL


def test_louder_and_softer_come_gradually() -> None:
    playing = player(one=level(1000))
    playing.play([segment("a", cue(0))])
    pulled(playing, 100)
    playing.set_gain(50)
    heard = pulled(playing, 200)
    assert biggest_step(heard) <= 2
    assert (heard[GAIN_MS * SAMPLES_PER_MS :] == LEVEL // 2).all()
    playing.set_gain(200)
    assert pulled(playing, 200)[-1] == 2 * LEVEL


def test_too_loud_is_rounded_off_and_never_wraps_round() -> None:
    swell = Clip(np.linspace(-30000, 30000, 24000).astype(np.int16), "swell")
    playing = player(one=swell)
    playing.set_gain(300)
    pulled(playing, 100)
    playing.play([segment("a", cue(0))])
    heard = pulled(playing, 1000).astype(np.int32)
    assert (np.diff(heard) >= 0).all()
    assert heard[0] == -heard[-1] < -31000


def test_an_earcon_is_mixed_over_and_takes_no_time() -> None:
    playing = player()
    playing.play([segment("a", cue(100))])
    playing.one_shot(level(50, 300))
    heard = pulled(playing, 200)
    assert heard[0] == 300
    assert onsets_ms(heard) == [0, 100]


def test_an_earcon_is_heard_in_a_pause() -> None:
    playing = player()
    playing.play([segment("a", cue(0))])
    playing.pause()
    pulled(playing, 100)
    playing.one_shot(level(50, 300))
    assert np.count_nonzero(pulled(playing, 200)) == 50 * SAMPLES_PER_MS


def act(playing: Player, number: int) -> None:
    match number % 7:
        case 0:
            playing.pause()
        case 1:
            playing.resume()
        case 2:
            playing.set_gain(250)
        case 3:
            playing.set_gain(40)
        case 4:
            playing.play([segment("x", cue(3), length_ms=40), segment("y", cue(1, "loud"))])
        case 5:
            playing.one_shot(level(30, 9000))
        case _:
            playing.append(segment("z", cue(20), length_ms=60))


@settings(deadline=None, max_examples=60)
@given(
    actions=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 6)), max_size=6),
    blocks=st.lists(st.integers(1, 2500), min_size=1, max_size=8),
)
def test_the_sound_is_the_same_whatever_sizes_are_asked_for(
    actions: list[tuple[int, int]], blocks: list[int]
) -> None:
    """Commands come at the same samples; only what lies between is divided differently."""

    def heard(sizes: list[int]) -> tuple[Samples, Position, tuple[str, ...]]:
        wave = (20000 * np.sin(np.arange(4000) / 7)).astype(np.int16)
        playing = player(loud=Clip(wave, "wave"))
        playing.play([segment("a", cue(0), length_ms=130), segment("b", cue(0, "loud"), cue(50))])
        out: list[Samples] = []
        turn = 0
        for frames, number in [*actions, (4800, 1)]:
            left = frames
            while left:
                out.append(playing.fill(min(left, sizes[turn % len(sizes)])))
                left -= len(out[-1])
                turn += 1
            act(playing, number)
        return np.concatenate(out), playing.position(), playing.finished()

    whole, divided = heard([100_000]), heard(blocks)
    assert np.array_equal(whole[0], divided[0])
    assert whole[1:] == divided[1:]
