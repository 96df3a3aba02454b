"""The voice, with the real engine wherever there is one."""

from __future__ import annotations

import io
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speech.pyttsx3_voice import Pyttsx3Voice, decode, probe
from speech.voice import Pcm, VoiceError

PROJECT = Path(__file__).parents[2]
SENTENCE = "Sit tall, and let your knees fall outward until you feel a gentle stretch."

HELLO = '{"engine": "e", "voice": "v", "name": "n", "library": ""}'
Making = Callable[[str], Path]


def missing_engine() -> str | None:
    """Say why there is no voice here, if so."""
    try:
        probe()
    except VoiceError as error:
        return str(error)
    return None


needs_engine = pytest.mark.skipif(missing_engine() is not None, reason=f"no voice here: {missing_engine()}")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="uses Linux signals and process handles")


@pytest.fixture(scope="module")
def voice() -> Iterator[Pyttsx3Voice]:
    """One voice for all tests that do it no harm."""
    voice = Pyttsx3Voice(150)
    yield voice
    voice.close()


@pytest.fixture
def worker(tmp_path: Path) -> Making:
    """Write a child that does something else than speak."""

    def make(code: str) -> Path:
        path = tmp_path / "worker.py"
        path.write_text(code)
        return path

    return make


def spoken_in_a_new_process(text: str, rate_wpm: int = 150, *, bundled: bool = False) -> Pcm:
    """Return what a voice of its own makes of the text."""
    voice = Pyttsx3Voice(rate_wpm, bundled=bundled)
    try:
        return voice.speak(text)
    finally:
        voice.close()


@needs_engine
class TestSpeaking:
    def test_an_utterance_is_sound(self, voice: Pyttsx3Voice) -> None:
        pcm = voice.speak(SENTENCE)
        samples = np.frombuffer(pcm.samples, "<i2")
        assert 2 < len(samples) / pcm.rate_hz < 10
        assert np.abs(samples).max() > 3000

    def test_each_text_gets_its_own_sound(self, voice: Pyttsx3Voice) -> None:
        texts = [str(number) for number in range(1, 31)]
        assert len({voice.speak(text).samples for text in texts}) == len(texts)

    def test_the_same_text_gives_the_same_sound_whatever_was_said_between(self, voice: Pyttsx3Voice) -> None:
        first = voice.speak(SENTENCE)
        voice.speak("Seven")
        assert voice.speak(SENTENCE) == first

    def test_every_new_process_gives_the_same_sound_from_its_first_word(self, voice: Pyttsx3Voice) -> None:
        assert {spoken_in_a_new_process("Four").samples for _ in range(12)} == {voice.speak("Four").samples}

    def test_a_higher_rate_is_shorter(self, voice: Pyttsx3Voice) -> None:
        assert len(spoken_in_a_new_process(SENTENCE, 175).samples) < len(voice.speak(SENTENCE).samples)

    @pytest.mark.parametrize("text", ["", "  \n"])
    def test_a_text_without_words_is_refused(self, voice: Pyttsx3Voice, text: str) -> None:
        with pytest.raises(VoiceError) as caught:
            voice.speak(text)
        assert caught.value.code == "no-sound"

    def test_quotes_new_lines_and_accents_do_no_harm(self, voice: Pyttsx3Voice) -> None:
        assert voice.speak('"Café" <b>\n& naïve\x00\u2019s\ud83d'.replace("\ud83d", "")).samples

    def test_the_key_names_engine_version_voice_and_rate(self, voice: Pyttsx3Voice) -> None:
        assert voice.key == f"pyttsx3/{voice.info.engine}/{voice.info.voice}/150"
        assert any(character.isdigit() for character in voice.info.engine)

    def test_a_probe_tells_which_voice_there_is(self, voice: Pyttsx3Voice) -> None:
        assert probe() == voice.info


@needs_engine
@needs_linux
class TestLanguages:
    @pytest.mark.parametrize(("locale", "language"), [("en", "en"), ("en_US", "en-us"), ("de-AT", "de")])
    def test_the_voice_has_the_language_of_the_locale(self, locale: str, language: str) -> None:
        voice = Pyttsx3Voice(150, locale)
        try:
            assert voice.info.voice.split("/")[-1] == language
        finally:
            voice.close()

    def test_a_language_that_no_voice_has_is_refused_each_time(self) -> None:
        voice = Pyttsx3Voice(150, "xx")
        try:
            for _ in range(2):
                with pytest.raises(VoiceError) as caught:
                    voice.speak("One")
                assert caught.value.code == "no-language"
        finally:
            voice.close()


@needs_linux
def test_the_library_of_the_voice_extra_speaks_with_nothing_installed_on_the_system() -> None:
    """And each process gives the same."""
    pytest.importorskip("espeakng_loader", reason="the extra `voice` is not installed")
    assert len({spoken_in_a_new_process("Four", bundled=True).samples for _ in range(8)}) == 1


@needs_engine
@needs_linux
class TestWatchdog:
    def test_a_hung_child_is_replaced_and_the_text_is_spoken(self, voice: Pyttsx3Voice) -> None:
        hanging = Pyttsx3Voice(150, timeout_s=0.3)
        try:
            assert hanging.info == voice.info
            before = hanging.pid
            os.kill(before, signal.SIGSTOP)
            assert hanging.speak("Four") == voice.speak("Four")
            assert hanging.pid != before
        finally:
            hanging.close()

    def test_a_dead_child_is_replaced_and_the_text_is_spoken(self, voice: Pyttsx3Voice) -> None:
        dying = Pyttsx3Voice(150)
        try:
            dying.speak("One")
            os.kill(dying.pid, signal.SIGKILL)
            assert dying.speak("Four") == voice.speak("Four")
        finally:
            dying.close()

    def test_the_child_dies_with_a_parent_that_is_killed(self) -> None:
        code = (
            "from speech.pyttsx3_voice import Pyttsx3Voice\n"
            "voice = Pyttsx3Voice(150)\nvoice.speak('One')\nprint(voice.pid, flush=True)\n"
            "voice.speak('Two ' * 20000)"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        assert parent.stdout
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        parent.stdout.close()
        assert select.select([child], [], [], 5)[0], "still alive"
        os.close(child)


class TestFailures:
    def failure(self, worker: Path) -> VoiceError:
        voice = Pyttsx3Voice(150, timeout_s=0.1, worker=worker)
        try:
            with pytest.raises(VoiceError) as caught:
                voice.speak("One")
            return caught.value
        finally:
            voice.close()

    def test_an_engine_that_always_hangs_is_given_up(self, worker: Making) -> None:
        hanging = worker(f"print('{HELLO}', flush=True)\nimport threading; threading.Event().wait()")
        assert self.failure(hanging).code == "voice-hung"

    def test_an_engine_that_ends_its_process_is_given_up(self, worker: Making) -> None:
        failure = self.failure(worker("import os; os.abort()"))
        assert failure.code == "voice-died"
        assert "status" in failure.detail

    def test_an_engine_that_dies_in_the_middle_of_an_answer_is_given_up(self, worker: Making) -> None:
        half = worker(f"""print('{HELLO}', flush=True); input(); print('{{"bytes": 100}}'); print("half")""")
        assert self.failure(half).code == "voice-died"

    def test_a_child_that_comes_back_with_another_voice_is_not_used(self, worker: Making) -> None:
        changing = worker(
            "import os\n" + f"print('{HELLO}'.replace('\"v\"', f'\"{{os.getpid()}}\"'), flush=True); input()"
        )
        assert "came back as" in self.failure(changing).detail

    def test_what_the_child_says_is_wrong_is_passed_on(self, worker: Making) -> None:
        failure = self.failure(worker("""print('{"error": "no-engine", "detail": "none"}')"""))
        assert (failure.code, failure.detail) == ("no-engine", "none")

    def test_closing_in_the_middle_of_an_utterance_ends_it(self, worker: Making) -> None:
        voice = Pyttsx3Voice(
            150, worker=worker(f"print('{HELLO}', flush=True)\nimport threading; threading.Event().wait()")
        )
        codes: list[str] = []

        def speak() -> None:
            with pytest.raises(VoiceError) as caught:
                voice.speak("One")
            codes.append(caught.value.code)

        assert voice.info.engine == "e"
        speaking = threading.Thread(target=speak)
        speaking.start()
        voice.close()
        speaking.join(5)
        voice.close()
        assert codes == ["voice-closed"]


class TestDecoding:
    SAMPLES = np.array([0, 1000, -2000, 32767], dtype=np.int16)

    @pytest.mark.parametrize("kind", ["WAV", "AIFF"])
    def test_a_sound_file_becomes_pcm(self, kind: str) -> None:
        file = io.BytesIO()
        soundfile.write(file, self.SAMPLES, 22_050, "PCM_16", format=kind)
        assert decode(file.getvalue()) == Pcm(self.SAMPLES.astype("<i2").tobytes(), 22_050)

    def test_of_a_stereo_file_one_channel_is_taken(self) -> None:
        file = io.BytesIO()
        soundfile.write(file, np.stack([self.SAMPLES, self.SAMPLES], axis=1), 44_100, "PCM_16", format="WAV")
        assert decode(file.getvalue()).samples == self.SAMPLES.astype("<i2").tobytes()

    def test_what_is_no_sound_file_is_refused(self) -> None:
        with pytest.raises(VoiceError) as caught:
            decode(b"nothing of the kind")
        assert caught.value.code == "no-sound"


@pytest.mark.parametrize("module", ["speech.pyttsx3_voice", "speech.pyttsx3_worker"])
def test_neither_the_voice_nor_its_child_waits_for_a_heavy_import(module: str) -> None:
    """The first sound depends on it."""
    code = f"import sys, {module}; print({{'numpy', 'soundfile', 'yaml'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
