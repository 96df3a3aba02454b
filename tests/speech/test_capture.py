from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import miniaudio
import numpy as np
import pytest

from speech.capture import MiniaudioMicrophone, Timekeeper, _refusal
from speech.hearing.port import HEARING_HZ
from speech.microphone import MicrophoneCode, MicrophoneError
from tests.nullsink import NullSink, missing
from tests.room import Room

needs_server = pytest.mark.skipif(missing() is not None, reason=f"no private sound server here: {missing()}")


def read_on(microphone: MiniaudioMicrophone) -> None:
    while microphone.read() is not None:
        pass


def test_samples_are_counted_not_timed() -> None:
    time = Timekeeper(HEARING_HZ)
    arrived = [1020, 1061, 1080, 1109, 1121]

    assert [time.at_ms(320, at) for at in arrived] == [1000, 1020, 1040, 1060, 1080]


def test_a_prompter_arrival_tells_better() -> None:
    time = Timekeeper(HEARING_HZ)

    assert [time.at_ms(320, at) for at in (1060, 1062, 1070, 1090)] == [1040, 1042, 1050, 1070]


def test_sound_that_was_dropped_is_made_up_for() -> None:
    time = Timekeeper(HEARING_HZ)
    time.at_ms(320, 1020)
    for number in range(1, 26):  # each is 80 ms late from here on
        assert time.lost() == 0
        time.at_ms(320, 1020 + 20 * number + 80)

    assert time.lost() == 80 * HEARING_HZ // 1000
    assert time.at_ms(320, 1020 + 20 * 26 + 80) == 1000 + 20 * 26 + 80
    assert time.lost() == 0


def test_after_a_gap_the_count_begins_anew() -> None:
    time = Timekeeper(HEARING_HZ)

    assert [time.at_ms(320, at) for at in (1020, 5020, 5040)] == [1000, 5000, 5020]


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (-6, MicrophoneCode.DENIED),
        (-19, MicrophoneCode.BUSY),
        (-23, MicrophoneCode.BUSY),
        (-203, MicrophoneCode.NO_LIBRARY),
        (-1, MicrophoneCode.NO_DEVICE),
    ],
)
def test_what_a_sound_system_answers_tells_why_there_is_no_microphone(
    result: int, code: MicrophoneCode
) -> None:
    refused = _refusal(miniaudio.MiniaudioError("failed to init device", result))

    assert (refused.code, refused.detail) == (code, f"failed to init device, {result}")


def test_one_that_is_there_and_will_not_open_is_busy() -> None:
    refused = _refusal(miniaudio.MiniaudioError("failed to init device", -1), is_there=True)

    assert refused.code is MicrophoneCode.BUSY


@needs_server
def test_what_sounds_in_the_room_is_picked_up() -> None:
    time_s = np.arange(2 * 24_000) / 24_000
    tone = (8000 * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)
    with NullSink() as server, server.chosen(), Room(server, coach_db=-6) as room:
        microphone = MiniaudioMicrophone()
        microphone.open()
        try:
            room.say(tone)
            chunks = [chunk for chunk in (microphone.read() for _ in range(75)) if chunk is not None]
        finally:
            microphone.close()

    heard = np.concatenate([chunk.samples for chunk in chunks])
    peak_hz = np.argmax(np.abs(np.fft.rfft(heard))) * HEARING_HZ / len(heard)
    assert "Microphone" in microphone.description
    assert microphone.read() is None
    # On a busy machine a chunk may arrive a little sooner than was believed, and tells better.
    assert {later.at_ms - chunk.at_ms for chunk, later in pairwise(chunks[-30:])} <= {19, 20, 21}
    assert abs(peak_hz - 440) < 20


@needs_server
def test_what_a_loudspeaker_plays_is_no_microphone() -> None:
    with NullSink() as server, server.chosen(), pytest.raises(MicrophoneError) as refused:
        MiniaudioMicrophone().open()

    assert refused.value.code is MicrophoneCode.NO_DEVICE


@needs_server
def test_a_microphone_that_goes_away_is_lost() -> None:
    with NullSink() as server, server.chosen(), Room(server, coach_db=-6):
        microphone = MiniaudioMicrophone(lost_s=0.5)
        microphone.open()
        try:
            assert microphone.read() is not None
            server.kill()
            with pytest.raises(MicrophoneError) as lost:
                read_on(microphone)
        finally:
            microphone.close()

    assert lost.value.code is MicrophoneCode.LOST


@needs_server
def test_what_is_being_played_never_takes_the_place_of_a_microphone_that_is_unplugged() -> None:
    with NullSink() as server, server.chosen(), Room(server, coach_db=-6):
        microphone = MiniaudioMicrophone(lost_s=0.5)
        microphone.open()
        try:
            assert microphone.read() is not None
            subprocess.run(["pactl", "unload-module", "module-remap-source"], check=True)
            with pytest.raises(MicrophoneError) as lost:
                read_on(microphone)
        finally:
            microphone.close()

    assert lost.value.code is MicrophoneCode.LOST


@needs_server
def test_one_that_was_unplugged_is_found_again_and_no_other_takes_its_place() -> None:
    with NullSink() as server, server.chosen(), Room(server, coach_db=-6) as room:
        first = MiniaudioMicrophone(lost_s=0.5)
        first.open()
        assert first.read() is not None
        room.unplug()
        with pytest.raises(MicrophoneError):
            read_on(first)
        first.close()

        with pytest.raises(MicrophoneError) as refused:  # there is only what is being played
            first.again().open()
        room.plug_in("another")
        with pytest.raises(MicrophoneError):
            first.again().again().open()
        room.plug_in()
        again = first.again()
        again.open()
        try:
            assert again.read() is not None
        finally:
            again.close()

    assert refused.value.code is MicrophoneCode.NO_DEVICE
    assert again.description == first.description


@needs_server
def test_looking_for_one_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    with NullSink() as server, server.chosen(), Room(server, coach_db=-6) as room:
        monkeypatch.setenv("PULSE_SOURCE", "microphone")
        first = MiniaudioMicrophone()
        first.open()
        first.close()
        room.unplug()
        before = clients()
        for _ in range(5):
            with pytest.raises(MicrophoneError):
                first.again().open()

        assert clients() == before


def clients() -> int:
    """Return how many connections the sound server has, without the one that asks."""
    return len(subprocess.check_output(["pactl", "list", "short", "clients"]).splitlines()) - 1


@needs_server
def test_one_that_is_closed_while_it_opens_stays_closed() -> None:
    with NullSink() as server, server.chosen(), Room(server, coach_db=-6):
        microphone = MiniaudioMicrophone()
        microphone.close()
        microphone.open()

        assert microphone.read() is None
        assert not subprocess.check_output(["pactl", "list", "short", "source-outputs"]).count(b"Steady")


def test_without_a_sound_system_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULSE_SERVER", "none")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    with pytest.raises(MicrophoneError) as refused:
        MiniaudioMicrophone().open()

    assert refused.value.code in (MicrophoneCode.NO_DEVICE, MicrophoneCode.NO_LIBRARY)


def test_closing_twice_or_before_it_was_open_is_harmless() -> None:
    microphone = MiniaudioMicrophone()
    microphone.close()
    microphone.close()

    assert microphone.read() is None
