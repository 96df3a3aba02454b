"""A session led by voice alone: a person and a loudspeaker in one room, and nobody at a keyboard.

The real command runs in a process of its own, with the real engine. Everything sounds through a private
sound server: what the coach plays comes back into its microphone, 6 dB below whoever speaks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from skill.records import EventKind, SessionRecord
from skill.store import open_store
from tests.nullsink import RATE_HZ, NullSink, missing, wait_until
from tests.room import Room
from tests.skill.command_line import Home, missing_voice


def _why_not() -> str | None:
    if missing() is not None:
        return missing()
    if missing_voice() is not None:
        return missing_voice()
    if find_spec("pocketsphinx") is None:
        return "the extra [listen] is not installed"
    return None if shutil.which("flite") else "nobody can speak: flite not installed"


pytestmark = pytest.mark.skipif(_why_not() is not None, reason=f"nobody can be heard here: {_why_not()}")

#: How loud the coach's words are where it plays them, and how loud the person is at the microphone.
SPEECH_RMS = 4_000
COACH_DB = -6.0

#: With more programs that want each processor than this, sound is late.
BUSIEST = 2.0

ROUTINE = """
format: 1
id: brief
title: brief routine
synonyms: [brief exercises]
summary: One press, to try being led by voice.
source: For a test
advice: [assessment]
exercises:
  - id: wall-press
    title: wall press
    needs: [a clear wall]
    posture: standing
    dose:
      reps: {count: 6-7, sets: 1, sides: both, tempo: [{bend: 2}, {push: 2}]}
    set_up: {full: [Stand at the wall.], brief: [Stand at the wall.]}
    movement: {full: [Press and come back.], brief: [Press and come back.]}
    feel: The arms work.
    breathing: Breathe out as you press.
    benefit: This makes opening a door easier.
    cautions: [Do not let your back sag.]
"""


def spoken(text: str, folder: Path) -> npt.NDArray[np.int16]:
    """Return somebody saying this, as loud as the coach plays: a voice cut from a woman's recordings."""
    path = folder / "said.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True)
    raw, rate_hz = soundfile.read(path)
    at = np.arange(0, len(raw) - 1, rate_hz / RATE_HZ)
    samples = np.interp(at, np.arange(len(raw)), raw)
    loud = samples[np.abs(samples) > np.abs(samples).max() / 20]
    samples *= SPEECH_RMS / 1.6 / np.sqrt(np.mean(loud**2))
    said: npt.NDArray[np.int16] = samples.clip(-32768, 32767).astype(np.int16)
    return said


class Person:
    """Somebody who follows what the coach says and answers it, again if need be."""

    def __init__(self, process: subprocess.Popen[str], room: Room, folder: Path) -> None:
        self._process = process
        self._room = room
        self._folder = folder
        self._from = 0
        self.lines: list[str] = []
        self.said: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def follows(self, text: str, timeout_s: float = 30.0) -> bool:
        """Wait for a line with this text after the one waited for last; return whether it came."""
        if not wait_until(lambda: self._place(text) is not None, timeout_s):
            return False
        self._from = (self._place(text) or 0) + 1
        return True

    def says(self, words: str, until: str, tries: int = 3, *, interrupting: bool = False) -> None:
        """Say something until the coach's answer comes; let it finish first, unless it is interrupted."""
        for _ in range(tries):
            if not interrupting:
                wait_until(self._room.is_quiet, 20.0)
            self.said.append(words)
            self._room.say(spoken(words, self._folder))
            if self.follows(until, 6.0):
                return
        raise AssertionError(f"{words!r} was not understood:\n" + "\n".join(self.lines))

    def _place(self, text: str) -> int | None:
        found = (nth for nth, line in enumerate(self.lines[self._from :], self._from) if text in line)
        return next(found, None)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())


@pytest.fixture(autouse=True)
def _calm() -> None:
    """Where sound is played or recorded too late, the coach cannot know its own voice."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    if busy > BUSIEST:
        pytest.skip(f"too busy to play and listen in time: {busy:.1f} programs want each processor")


@contextmanager
def led(home: Home, *args: str) -> Iterator[tuple[Person, subprocess.Popen[str]]]:
    """Give a person and the coach that leads them, in one room."""
    routine = home.folder / "brief.yaml"
    routine.write_text(ROUTINE, encoding="utf-8")
    command = [sys.executable, "-c", "from skill.cli import main; main()", "start", str(routine)]
    with NullSink() as server, server.chosen(), Room(server, COACH_DB) as room:
        env = {**os.environ, **home.env(), **room.environment}
        process = subprocess.Popen(
            [*command, "--listen", "--plain", *args],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Person(process, room, home.folder), process
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def record(home: Home) -> SessionRecord:
    store = open_store(home.database)
    try:
        (only,) = store.history("me")
        return only
    finally:
        store.close()


def test_a_whole_session_is_led_and_finished_by_voice_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.steady("plan", "--words", "brief", "--phases", "ticked")
    with led(home) as (person, process):
        assert person.follows("Listening")
        assert person.follows("right for you?")
        person.says("yes please", until="Is one of these true today?")
        person.says("no thank you", until="And one of these?")
        person.says("no thank you", until="from nought to ten")
        person.says("three please", until="Tell me when you are ready")
        person.says("i am ready", until="Welcome")
        assert person.follows("Get ready")
        person.says("pause please", until="Paused", interrupting=True)
        person.says("continue", until="Working")
        assert person.follows("Well done", 60.0)
        assert person.follows("from nought to ten", 60.0)
        person.says("two please", until="How was that?")
        person.says("it was easy", until="Thank you")

        assert process.wait(20) == 0, person.lines

    kept = record(home)
    answers = {event.data["what"]: event.data["value"] for event in kept.events if event.data.get("what")}
    kinds = [event.kind for event in kept.events]
    assert answers == {
        "assessed": True, "red_flags": False, "red_flags_urgent": False,
        "pain_before": 3, "ready": True, "pain_after": 2, "effort": 1,
    }  # fmt: skip
    assert kinds.count(EventKind.BLOCK_DONE) == 1
    assert kinds.count(EventKind.DONE) == 1
    assert EventKind.SKIPPED not in kinds


@pytest.mark.parametrize(("words", "reason"), [("it hurts", "pain"), ("stop", "stopped")])
def test_the_coach_is_stopped_in_the_middle_of_its_own_words(tmp_path: Path, words: str, reason: str) -> None:
    home = Home(tmp_path)
    with led(home, "--tell") as (person, process):
        assert person.follows("Do these exercises only")
        person.says(words, until="Stopped", interrupting=True)

        assert process.wait(40) == 0, person.lines

    assert [event.data["reason"] for event in record(home).events if event.kind is EventKind.STOPPED] == [
        reason
    ]
