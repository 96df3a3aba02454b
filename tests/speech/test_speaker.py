"""Speakers, heard by what comes out of a private sound server."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from routines.cue import Cue, CueKind
from routines.phrases import load_phrases, locales
from speech.clips import RATE_HZ, SAMPLES_PER_MS, Clip, Samples
from speech.clock import MonotonicClock
from speech.player import Player, Segment
from speech.speaker import MiniaudioSpeaker, SpeakerCode, SpeakerError, TimedSpeaker, advice
from tests.doubles import FakeClock, FakeSounds
from tests.nullsink import NullSink, loud, missing, wait_until

WITHIN_MS = 5


def nothing_lost(error: SpeakerError) -> None:
    raise AssertionError(error)


@pytest.fixture
def sink() -> Iterator[NullSink]:
    if reason := missing():
        pytest.skip(reason)
    with NullSink() as sink, sink.chosen():
        yield sink


@pytest.fixture
def card() -> Iterator[NullSink]:
    """Return a sink that gives back what it has not played, as a sound card's does."""
    if reason := missing():
        pytest.skip(reason)
    with NullSink(rewinds=True) as sink, sink.chosen():
        yield sink


def tick() -> Clip:
    """Return a sound with a sharp onset: 20 ms of a falling tone."""
    time = np.arange(20 * SAMPLES_PER_MS) / RATE_HZ
    return Clip((20000 * np.cos(2 * np.pi * 1500 * time) * np.exp(-time * 150)).astype(np.int16), "tick")


def hum() -> Clip:
    """Return ten seconds of an even tone."""
    time = np.arange(10 * RATE_HZ) / RATE_HZ
    return Clip((8000 * np.sin(2 * np.pi * 300 * time)).astype(np.int16), "hum")


def onsets_ms(samples: Samples) -> list[float]:
    """Return where sound begins after at least 50 ms of quiet, in milliseconds."""
    at = loud(samples)
    before = np.concatenate([[-RATE_HZ], at[:-1]])
    return [float(place) / SAMPLES_PER_MS for place in at[at - before > 50 * SAMPLES_PER_MS]]


def counts(at_ms: list[int]) -> tuple[Cue, ...]:
    return tuple(Cue(at_ms=at, length_ms=20, kind=CueKind.COUNT, text="tick", block="b") for at in at_ms)


def test_every_onset_is_where_it_belongs_by_a_constant_offset(sink: NullSink) -> None:
    beats = [0, 300, 600, 1000, 1300, 1717, 2000, 2451, 2900, 3300]
    player = Player(FakeSounds({"tick": tick()}))
    speaker = MiniaudioSpeaker()
    with sink.recorded() as recording:
        speaker.start(player.fill, nothing_lost)
        player.connect(speaker)
        player.play([Segment("a", 1500, counts(beats[:5]))])
        player.append(Segment("b", 2000, counts([beat - 1500 for beat in beats[5:]])))
        while not player.position().idle:
            assert player.wait(10)
        speaker.stop()
        assert wait_until(lambda: len(onsets_ms(recording.samples)) == len(beats))
    assert player.finished() == ("a", "b")
    offsets = np.array(onsets_ms(recording.samples)) - beats
    assert np.abs(offsets - np.median(offsets)).max() <= WITHIN_MS


def test_a_pause_is_heard_and_the_sound_goes_on_where_it_stopped(card: NullSink) -> None:
    """The tone has the length it would have had, silence in the middle apart."""
    player = Player(FakeSounds({"hum": Clip(hum().samples[: 2 * RATE_HZ], "hum")}))
    speaker = MiniaudioSpeaker()
    with card.recorded() as recording:
        speaker.start(player.fill, nothing_lost)
        player.connect(speaker)
        player.play([Segment("a", 2000, (Cue(0, 2000, CueKind.SAY, "hum", "b"),))])
        assert recording.wait_for_sound()
        player.pause()
        silent_from = recording.frames + speaker.latency_ms * SAMPLES_PER_MS * 2
        assert recording.wait_for(silent_from + 2400)
        assert not loud(recording.samples[silent_from : silent_from + 2400]).size
        player.resume()
        assert player.wait(10)
        speaker.stop()
        assert recording.wait_for_sound(after=silent_from)
        assert recording.wait_for(loud(recording.samples)[-1] + RATE_HZ // 4)
    at = loud(recording.samples, 200)
    assert np.diff(at).max() > 100 * SAMPLES_PER_MS
    sounding_ms = np.diff(at)[np.diff(at) < SAMPLES_PER_MS].sum() / SAMPLES_PER_MS
    assert 2000 - WITHIN_MS <= sounding_ms <= 2000 + 100, "nothing is lost, and only a moment may be repeated"


def test_a_sound_server_that_dies_is_reported_once_and_the_speaker_still_stops(sink: NullSink) -> None:
    player = Player(FakeSounds({"hum": hum()}))
    speaker = MiniaudioSpeaker()
    told = threading.Event()
    errors: list[SpeakerError] = []

    def lost(error: SpeakerError) -> None:
        errors.append(error)
        told.set()

    with sink.recorded() as recording:
        speaker.start(player.fill, lost)
        player.connect(speaker)
        player.play([Segment("a", 10_000, (Cue(0, 10_000, CueKind.SAY, "hum", "b"),))])
        assert recording.wait_for_sound()
        assert wait_until(lambda: player.position().at_ms > 4 * speaker.latency_ms)
        sink.kill()
        assert told.wait(10)
    stopped_at = player.position().at_ms
    timed = TimedSpeaker(MonotonicClock())
    timed.start(player.fill, nothing_lost)
    assert wait_until(lambda: player.position().at_ms > stopped_at)
    timed.stop()
    speaker.stop()
    assert [error.code for error in errors] == [SpeakerCode.LOST]


def test_what_was_handed_over_is_heard_before_the_speaker_stops(sink: NullSink) -> None:
    player = Player(FakeSounds({"tick": tick()}))
    speaker = MiniaudioSpeaker()
    with sink.recorded() as recording:
        speaker.start(player.fill, nothing_lost)
        player.connect(speaker)
        player.play([Segment("a", 320, counts([0, 300]))])
        assert player.wait(10)
        speaker.stop()
        assert wait_until(lambda: len(onsets_ms(recording.samples)) == 2)


@pytest.mark.usefixtures("sink")
def test_stopping_twice_is_harmless_and_the_interpreter_is_as_it_was() -> None:
    before = sys.getswitchinterval(), gc.get_freeze_count()
    speaker = MiniaudioSpeaker()
    speaker.start(Player(FakeSounds({})).fill, nothing_lost)
    assert "PulseAudio" in speaker.description
    speaker.stop()
    speaker.stop()
    assert (sys.getswitchinterval(), gc.get_freeze_count()) == before


def test_no_device_is_told_as_such(sink: NullSink, capfd: pytest.CaptureFixture[str]) -> None:
    """The sound server is gone before anything is opened; nothing is written over the person's screen."""
    sink.kill()
    with pytest.raises(SpeakerError) as caught:
        MiniaudioSpeaker().start(Player(FakeSounds({})).fill, nothing_lost)
    assert caught.value.code in (SpeakerCode.NO_DEVICE, SpeakerCode.NO_LIBRARY)
    assert capfd.readouterr() == ("", "")


def test_stopping_a_speaker_that_never_started_is_harmless() -> None:
    MiniaudioSpeaker().stop()
    TimedSpeaker(FakeClock()).stop()


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "freebsd14"])
@pytest.mark.parametrize("code", SpeakerCode)
def test_every_fault_has_a_sentence_and_a_remedy(code: SpeakerCode, platform: str, locale: str) -> None:
    problem, *remedies = advice(SpeakerError(code, "detail"), load_phrases(locale), platform)
    assert problem
    assert remedies


def test_a_timed_speaker_pulls_against_deadlines_that_do_not_drift() -> None:
    clock = FakeClock(1000)
    speaker = TimedSpeaker(clock)
    enough = threading.Event()
    pulled: list[int] = []

    def source(frames: int) -> Samples:
        pulled.append(frames)
        clock.now += 7  # the work takes time
        if len(pulled) == 50:
            enough.set()
        return np.zeros(frames, dtype=np.int16)

    speaker.start(source, nothing_lost)
    assert enough.wait(10)
    speaker.stop()
    assert clock.waits[:50] == [1020 + 20 * n for n in range(50)]
    assert set(pulled) == {20 * SAMPLES_PER_MS}


def test_a_timed_speaker_goes_on_from_where_it_woke_after_a_long_sleep() -> None:
    clock = FakeClock(0)
    speaker = TimedSpeaker(clock)
    enough = threading.Event()
    pulls = 0

    def source(frames: int) -> Samples:
        nonlocal pulls
        pulls += 1
        if pulls == 3:
            clock.now += 60_000
        if pulls == 6:
            enough.set()
        return np.zeros(frames, dtype=np.int16)

    speaker.start(source, nothing_lost)
    assert enough.wait(10)
    speaker.stop()
    assert clock.waits[:5] == [20, 40, 60, 60_060, 60_080]
