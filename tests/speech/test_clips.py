from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from routines.cue import Cue, CueKind, Tone
from routines.lengths import EstimatedLengths
from speech.clips import ClipCache, Clips, onset_sample
from speech.pyttsx3_voice import Pyttsx3Voice, probe
from speech.tones import tick, tone
from speech.voice import Voice, VoiceError
from tests.doubles import BurstVoice

NUMBERS = [str(number) for number in range(1, 21)]


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def clips(asked: list[str]) -> Iterator[Clips]:
    with closing(Clips(lambda: BurstVoice(asked), workers=2)) as clips:
        yield clips


@pytest.fixture(scope="module")
def real() -> Iterator[Clips]:
    """Yield a bank with the real voice."""
    try:
        probe()
    except VoiceError as error:
        pytest.skip(f"no voice here: {error}")
    with closing(Clips(lambda: Pyttsx3Voice(150))) as clips:
        yield clips


def cue(kind: CueKind, text: str) -> Cue:
    """Return a cue of which only kind and text matter."""
    return Cue(0, 1, kind, text, "block")


class TestAsking:
    def test_a_clip_is_made_once(self, clips: Clips, asked: list[str]) -> None:
        first = clips.clip("Four")
        assert first is not None
        assert clips.clip("Four") is first
        assert clips.ready("Four") is first
        assert asked == ["Four"]

    def test_the_length_is_the_clips(self, clips: Clips) -> None:
        clip = clips.clip("Four")
        assert clip is not None
        assert clips.length_ms("Four") == clip.length_ms

    def test_many_threads_asking_for_the_same_make_it_once(self, clips: Clips, asked: list[str]) -> None:
        def ask() -> None:
            for text in sorted(NUMBERS):
                assert clips.clip(text) is not None

        threads = [Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(asked) == sorted(NUMBERS)

    def test_a_text_that_has_no_sound_is_none_with_an_estimated_length(self) -> None:
        with closing(Clips(lambda: BurstVoice(silent=frozenset({"-"})))) as clips:
            assert clips.clip("-") is None
            assert clips.length_ms("-") == EstimatedLengths().length_ms("-")
            assert clips.clip("Four") is not None
            assert clips.failure is None


class TestPreparing:
    def test_utterances_are_made_in_the_order_given_the_latest_call_first(self, asked: list[str]) -> None:
        gate, started = Event(), Event()
        with closing(Clips(lambda: BurstVoice(asked, gate=gate, started=started), workers=1)) as clips:
            clips.prepare(["a"])
            assert started.wait(5)
            clips.prepare(["b", "c"])
            clips.prepare(["d", "e", "b"])
            gate.set()
            clips.wait("abcde")
        assert asked == ["a", "d", "e", "b", "c"]

    def test_who_waits_for_a_clip_goes_before_all_that_is_prepared(self, asked: list[str]) -> None:
        gate, started = Event(), Event()
        with closing(Clips(lambda: BurstVoice(asked, gate=gate, started=started), workers=1)) as clips:
            clips.prepare(NUMBERS)
            assert started.wait(5)
            waiting = Thread(target=clips.clip, args=("now",))
            waiting.start()
            while not clips._urgent:
                waiting.join(0.001)
            gate.set()
            waiting.join()
            clips.wait(NUMBERS)
        assert asked[:2] == ["1", "now"]

    def test_progress_is_told_from_the_first_to_the_last(self, clips: Clips) -> None:
        told: list[tuple[int, int]] = []
        finished = Event()

        def tell(done: int, total: int) -> None:
            told.append((done, total))
            if done == total:
                finished.set()

        clips.prepare([*NUMBERS, *NUMBERS], on_progress=tell)
        assert finished.wait(5)
        assert told[0] == (0, 20)
        assert {total for _, total in told} == {20}

    def test_what_is_there_already_is_told_at_once(self, clips: Clips) -> None:
        told: list[tuple[int, int]] = []
        clips.clip("Four")
        clips.prepare(["Four"], on_progress=lambda *counts: told.append(counts))
        assert told == [(1, 1)]

    def test_ready_never_waits(self) -> None:
        gate = Event()
        with closing(Clips(lambda: BurstVoice(gate=gate))) as clips:
            clips.prepare(["Four"])
            assert clips.ready("Four") is None


class TestWithoutAVoice:
    def test_there_are_estimates_and_no_clips(self) -> None:
        clips = Clips(None, estimate=EstimatedLengths(120))
        clips.prepare(["Four"])
        clips.wait(["Four"])
        assert clips.clip("Four") is None
        assert clips.length_ms("Four") == EstimatedLengths(120).length_ms("Four")
        assert clips.failure is None
        clips.close()

    def test_a_voice_that_cannot_be_opened_is_told(self) -> None:
        def refuse() -> Voice:
            raise VoiceError("no-engine", "none")

        told: list[tuple[int, int]] = []
        with closing(Clips(refuse)) as clips:
            clips.prepare(NUMBERS, on_progress=lambda *counts: told.append(counts))
            clips.wait(NUMBERS)
            assert clips.failure is not None
            assert clips.failure.code == "no-engine"
            assert clips.length_ms("Four") == EstimatedLengths().length_ms("Four")
        assert told[-1] == (20, 20)

    def test_what_was_made_before_the_voice_failed_stays(self) -> None:
        with closing(Clips(lambda: BurstVoice(broken=frozenset({"bad"})), workers=1)) as clips:
            before = clips.clip("Four")
            assert clips.clip("bad") is None
            assert clips.failure is not None
            assert clips.failure.code == "voice-hung"
            assert clips.clip("Four") is before
            assert clips.clip("Five") is None

    def test_closing_frees_who_waits(self) -> None:
        clips = Clips(lambda: BurstVoice(gate=Event()))
        waiting = Thread(target=clips.wait, args=(NUMBERS,))
        clips.prepare(NUMBERS)
        waiting.start()
        clips.close()
        clips.close()
        waiting.join(5)
        assert not waiting.is_alive()
        assert clips.failure is None


class TestCues:
    def test_words_and_counts_are_spoken(self, clips: Clips) -> None:
        assert clips.for_cue(cue(CueKind.SAY, "Hold")) is clips.clip("Hold")
        assert clips.for_cue(cue(CueKind.COUNT, "4")) is clips.clip("4")

    def test_ticks_and_chimes_need_no_voice(self) -> None:
        clips = Clips(None)
        assert clips.for_cue(cue(CueKind.TICK, "")) is tick()
        assert clips.for_cue(cue(CueKind.CHIME, "start")) is tone(Tone.START)

    def test_quiet_has_no_sound(self, clips: Clips) -> None:
        assert clips.for_cue(cue(CueKind.QUIET, "rest")) is None

    def test_without_waiting_a_cue_that_is_not_made_yet_has_none(self, clips: Clips) -> None:
        assert clips.for_cue(cue(CueKind.SAY, "Hold"), wait=False) is None


class TestCache:
    def test_the_next_bank_speaks_nothing_again(self, tmp_path: Path, asked: list[str]) -> None:
        for _ in range(2):
            with closing(Clips(lambda: BurstVoice(asked), cache=ClipCache(tmp_path))) as clips:
                clips.prepare(NUMBERS)
                clips.wait(NUMBERS)
        assert sorted(asked) == sorted(NUMBERS)

    def test_cached_and_new_clips_are_the_same(self, tmp_path: Path) -> None:
        digests = []
        for _ in range(2):
            with closing(Clips(BurstVoice, cache=ClipCache(tmp_path))) as clips:
                clip = clips.clip("Four")
                assert clip is not None
                digests.append((clip.digest, clip.samples.tobytes()))
        assert digests[0] == digests[1]

    def test_two_banks_share_a_folder(self, tmp_path: Path) -> None:
        with (
            closing(Clips(BurstVoice, cache=ClipCache(tmp_path))) as one,
            closing(Clips(BurstVoice, cache=ClipCache(tmp_path))) as two,
        ):
            one.prepare(NUMBERS)
            two.prepare(NUMBERS)
            one.wait(NUMBERS)
            two.wait(NUMBERS)
            for text in NUMBERS:
                left, right = one.clip(text), two.clip(text)
                assert left is not None
                assert right is not None
                assert left.digest == right.digest


class TestWithARealVoice:
    def test_every_count_begins_at_its_onset_and_fits_in_a_second(self, real: Clips) -> None:
        real.prepare(NUMBERS)
        for number in NUMBERS[:15]:
            clip = real.clip(number)
            assert clip is not None
            assert onset_sample(clip.samples) == 0
            assert 150 < clip.length_ms < 800

    def test_counts_and_sentences_are_about_equally_loud(self, real: Clips) -> None:
        levels = []
        for text in ("3", "12", "Squeeze", "Stand with your back against the wall, feet apart."):
            clip = real.clip(text)
            assert clip is not None
            audible = clip.samples[np.abs(clip.samples.astype(int)) > 150].astype(float)
            levels.append(20 * np.log10(np.sqrt(np.mean(audible**2))))
        assert max(levels) - min(levels) < 3

    def test_the_estimate_is_at_or_a_little_above_the_measured_length(self, real: Clips) -> None:
        lines = [
            "12",
            "Get ready.",
            "Last one.",
            "Sit on the floor, and bring the soles of your feet together.",
            "Slide down the wall until your knees are a little bent. Then push up again.",
            "Rest for 30 seconds. Next come the knee bends.",
        ]
        for line in lines:
            assert 1 <= EstimatedLengths(150).length_ms(line) / real.length_ms(line) < 1.7, line
