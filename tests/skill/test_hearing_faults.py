"""Where the coach cannot listen: it is said once, with the remedy; keys go on working, nothing is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from skill.coach import spoken_to
from skill.errors import fault_lines
from skill.hearing_ear import LOOK_S
from skill.live import HOPE_MS
from skill.records import EventKind
from skill.store import open_store
from skill.terminal.view import View, ViewState
from speech.hearing.port import HearingCode, HearingError, Word
from speech.microphone import MicrophoneCode, MicrophoneError
from tests.live_parts import PHRASES, Studio
from tests.nullsink import NullSink, missing, wait_until
from tests.room import Room
from tests.skill.command_line import Home, missing_voice
from tests.skill.test_hearing_check import said

When = Callable[[View], bool]

DEAF = PHRASES.lines("hearing.deaf")[0]
BACK = PHRASES.lines("hearing.back")[0]
SILENT = PHRASES.lines("hearing.silent")[0]

#: Everything that can keep the coach from listening; a silent microphone is told and listened to.
FAULTS = [
    *(MicrophoneError(code, "") for code in MicrophoneCode if code is not MicrophoneCode.SILENT),
    *(HearingError(code, "parrot") for code in HearingCode),
    RuntimeError("a strange one"),
]
CODES = [str(getattr(fault, "code", "strange")) for fault in FAULTS]


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio(listening=True)
    yield made
    made.clips.close()


def at(big: str, set_no: int = 1) -> When:
    def is_so(view: View) -> bool:
        return (view.state, view.title, view.big) == (ViewState.WORKING, "Inner-thigh squeeze", big) and (
            view.set_no == set_no
        )

    return is_so


def fails(studio: Studio, fault: Exception, when: When, *, on: bool = False) -> When:
    """Return a condition that never comes true; where `when` does, the ear fails."""

    def is_so(view: View) -> bool:
        if studio.ear.fails is None and when(view):
            studio.ear.fails, studio.ear.on = fault, on
        return False

    return is_so


def times_said(studio: Studio, line: str) -> int:
    """Return how often a line appeared among what is said."""
    before = studio.keys.views[0]
    first = line in before.caption
    return first + sum(
        line in after.caption and line not in before.caption for before, after in pairwise(studio.keys.views)
    )


@pytest.mark.parametrize("fault", FAULTS, ids=CODES)
def test_what_was_never_there_is_told_once_with_its_remedy_and_keys_work(fault: Exception) -> None:
    studio = Studio()
    studio.ear.fails = fault
    studio.keys.press("space", at("3"))
    studio.keys.press("space", lambda view: view.state is ViewState.PAUSED)
    studio.keys.press("q", at("5"))

    assert studio.lead() == "stopped"
    assert times_said(studio, DEAF) == 1
    assert all(line in studio.keys.views[0].notice for line in fault_lines(fault, PHRASES))
    assert not any(view.listening for view in studio.keys.views)
    assert studio.kept(EventKind.PAUSED)
    assert studio.kept(EventKind.RESUMED)
    studio.clips.close()


@pytest.fixture(scope="module")
def whole() -> list[str]:
    """Give the blocks of a session in which nothing fails."""
    studio = Studio()
    studio.lead()
    studio.clips.close()
    return studio.kept(EventKind.BLOCK_DONE)


@pytest.mark.parametrize("fault", [FAULTS[-1], MicrophoneError(MicrophoneCode.LOST)], ids=["strange", "lost"])
def test_what_fails_in_the_middle_is_told_once_and_nothing_is_lost(
    studio: Studio, whole: list[str], fault: Exception
) -> None:
    studio.keys.press("never", fails(studio, fault, at("2", set_no=2)))

    assert studio.lead(spoken_to(studio.fresh())) == "done"
    assert times_said(studio, DEAF) == 1
    assert all(line in studio.keys.views[-1].notice for line in fault_lines(fault, PHRASES))
    assert studio.kept(EventKind.BLOCK_DONE) == whole


def test_nothing_but_silence_is_told_once_and_whoever_speaks_up_later_is_heard(studio: Studio) -> None:
    silent = MicrophoneError(MicrophoneCode.SILENT)
    studio.keys.press("never", fails(studio, silent, at("2"), on=True))
    studio.ear.say(Word.STOP, at("4", set_no=2))

    assert studio.lead() == "stopped"
    assert (times_said(studio, SILENT), times_said(studio, DEAF)) == (1, 0)
    assert any(" ".join(fault_lines(silent, PHRASES)) == view.notice for view in studio.keys.views)
    assert all(view.listening for view in studio.keys.views)


def test_a_silent_microphone_that_is_then_lost_is_told_of_both(studio: Studio) -> None:
    def lost(view: View) -> bool:
        if studio.ear.fails is not None and studio.ear.on and at("2", set_no=2)(view):
            studio.ear.fails, studio.ear.on = MicrophoneError(MicrophoneCode.LOST), False
        return at("5", set_no=2)(view)

    silent = fails(studio, MicrophoneError(MicrophoneCode.SILENT), at("2"), on=True)
    studio.keys.press("q", lambda view: silent(view) or lost(view))

    assert studio.lead() == "stopped"
    assert (times_said(studio, SILENT), times_said(studio, DEAF)) == (1, 1)


@pytest.mark.parametrize(("code", "what"), [(MicrophoneCode.SILENT, "silent"), (MicrophoneCode.LOST, "deaf")])
def test_keys_are_not_promised_where_there_are_none(studio: Studio, code: MicrophoneCode, what: str) -> None:
    studio.keys.gone = True
    fault = fails(studio, MicrophoneError(code), at("2"), on=what == "silent")
    studio.keys.press("q", lambda view: fault(view) or at("5")(view))

    assert studio.lead() == "stopped"
    assert times_said(studio, PHRASES.lines(f"hearing.{what}-alone")[0]) == 1
    assert (times_said(studio, SILENT), times_said(studio, DEAF)) == (0, 0)


def asks(question: str) -> When:
    last = PHRASES.lines(f"questions.{question}.ask", needs="", limit=5)[-1]
    return lambda view: last in view.caption


def is_heard(studio: Studio, line: str) -> bool:
    """Return whether a line is in what was played."""
    clip = studio.clips.clip(line)
    assert clip is not None
    shape, heard = clip.samples.astype(np.float64), studio.heard.astype(np.float64)
    size = 1 << (len(heard) + len(shape)).bit_length()
    fits = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(shape, size)), size)
    return bool(fits.max() > 0.9 * float(shape @ shape))


def test_a_question_that_waits_when_it_is_lost_is_answered_by_key() -> None:
    studio = Studio(asked=True, listening=True)
    lost = fails(studio, MicrophoneError(MicrophoneCode.LOST), asks("assessed"))
    waited: list[View] = []

    def later(view: View) -> bool:
        waited.extend([] if lost(view) or studio.ear.on else [view])
        return len(waited) > 80

    studio.keys.press("y", later)
    studio.keys.press("q", later)

    assert studio.lead() == "stopped"
    (record,) = studio.store.history("me")
    assert [e.data["value"] for e in record.events if e.kind is EventKind.ANSWERED] == [True]
    assert is_heard(studio, DEAF)
    assert waited[1].hint == PHRASES("live.answers.yes-no", typed="")
    studio.clips.close()


@pytest.mark.parametrize(
    ("fault", "waits_ms"),
    [(MicrophoneError(MicrophoneCode.LOST), HOPE_MS), (HearingError(HearingCode.BROKEN, "parrot"), 0)],
    ids=["lost", "broken"],
)
def test_where_nobody_can_answer_any_more_it_ends_instead_of_waiting_for_ever(
    fault: Exception, waits_ms: int
) -> None:
    studio = Studio(asked=True, listening=True)
    studio.keys.gone = True
    studio.keys.press("never", fails(studio, fault, asks("assessed")))

    with pytest.raises(KeyboardInterrupt):
        studio.lead()

    (record,) = studio.store.history("me")
    assert [event.kind for event in record.events] == [EventKind.STARTED, EventKind.LEFT]
    deaf_ms = sum(not view.listening for view in studio.keys.views) * studio.keys.step_ms
    assert waits_ms <= deaf_ms <= waits_ms + 60_000
    studio.clips.close()


def test_a_question_that_waits_is_answered_by_voice_when_the_microphone_is_back() -> None:
    studio = Studio(asked=True, listening=True)
    studio.keys.gone = True
    lost = fails(studio, MicrophoneError(MicrophoneCode.LOST), asks("assessed"))
    deaf: list[View] = []

    def is_back(view: View) -> bool:
        _ = deaf or lost(view)
        deaf.extend([] if studio.ear.on else [view])
        if len(deaf) * studio.keys.step_ms > HOPE_MS // 2:
            studio.ear.on, studio.ear.fails = True, None
        return False

    studio.keys.press("never", is_back)
    studio.ear.say(Word.YES, lambda view: bool(deaf) and view.listening)
    studio.ear.say(Word.STOP, lambda _: bool(studio.kept(EventKind.ANSWERED)))

    assert studio.lead() == "stopped"
    assert is_heard(studio, BACK)
    studio.clips.close()


# -- the real command, with a real sound server and a keyboard ---------------------------------------------


def _why_not() -> str | None:
    if missing() is not None or missing_voice() is not None:
        return missing() or missing_voice()
    if sys.platform != "linux":
        return "it uses Linux"
    return None if find_spec("pocketsphinx") else "the extra [listen] is not installed"


needs_room = pytest.mark.skipif(_why_not() is not None, reason=f"nothing can be heard here: {_why_not()}")

#: Stands before the real one.
NO_ENGINE = "raise ModuleNotFoundError('No module named pocketsphinx', name='pocketsphinx')"


class Terminal:
    """`steady start knee --listen` at a terminal of its own."""

    def __init__(self, home: Home, room: Room, env: dict[str, str]) -> None:
        self.room = room
        self._keyboard, other_end = os.openpty()
        command = [sys.executable, "-c", "from skill.cli import main; main()"]
        self.process = subprocess.Popen(
            [*command, "start", "knee", "--listen", "--tell", "--plain"],
            env={**os.environ, **home.env(), **room.environment, **env},
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
        )
        os.close(other_end)
        self.shown = ""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def shows(self, text: str, times: int = 1, within_s: float = 60.0) -> bool:
        """Wait until this has been shown so often; return whether it was."""
        wait_until(lambda: self.shown.count(text) >= times or not self._thread.is_alive(), within_s)
        return self.shown.count(text) >= times

    def presses(self, key: str) -> None:
        os.write(self._keyboard, key.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._thread.join()
        os.close(self._keyboard)

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # that is how the end of a terminal is told
            while piece := os.read(self._keyboard, 4096):
                self.shown += piece.decode(errors="replace").replace("\r\n", "\n")


def mute() -> None:
    subprocess.run(["pactl", "set-source-mute", "microphone", "1"], check=True)


@contextmanager
def led(home: Home, *, at_first: Callable[[], None] | None = None, **env: str) -> Iterator[Terminal]:
    """Give a session that is led in a room with a microphone, after `at_first` was done to that."""
    with NullSink() as server, server.chosen(), Room(server, coach_db=-6) as room:
        if at_first is not None:
            at_first()
        terminal = Terminal(home, room, env)
        try:
            yield terminal
        finally:
            terminal.close()


def goes_on_by_keys(terminal: Terminal, home: Home) -> None:
    """Pause, go on and stop by key; what was done has been kept."""
    terminal.presses(" ")
    assert terminal.shows("Paused"), terminal.shown
    terminal.presses(" ")
    assert terminal.shows("Getting ready", 2), terminal.shown
    terminal.presses("q")
    assert terminal.shows("Stopped. What you did is kept."), terminal.shown
    assert terminal.process.wait(30) == 0
    store = open_store(home.database)
    try:
        (record,) = store.history("me")
    finally:
        store.close()
    kinds = [event.kind for event in record.events]
    assert [kinds.count(kind) for kind in (EventKind.PAUSED, EventKind.RESUMED, EventKind.STOPPED)] == [
        1,
        1,
        1,
    ]


def stops_at_a_word(terminal: Terminal, words: npt.NDArray[np.int16]) -> None:
    for _ in range(4):  # a busy machine may swallow a piece of it
        terminal.room.say(words)
        if wait_until(lambda: "Stopped" in terminal.shown, 6.0):
            break
    assert "Stopped" in terminal.shown, terminal.shown
    assert terminal.process.wait(30) == 0


def engines(of: subprocess.Popen[bytes]) -> list[int]:
    """Return the processes in which an engine of this process works."""
    children = [one.read_text() for one in Path(f"/proc/{of.pid}/task").glob("*/children")]
    ids = [int(child) for child in " ".join(children).split()]
    return [one for one in ids if b"speech.hearing.worker" in Path(f"/proc/{one}/cmdline").read_bytes()]


@needs_room
def test_without_the_package_it_names_the_line_to_type_and_leads_by_keys(tmp_path: Path) -> None:
    (tmp_path / "pocketsphinx.py").write_text(NO_ENGINE, encoding="utf-8")
    home = Home(tmp_path)
    with led(home, PYTHONPATH=str(tmp_path)) as terminal:
        assert terminal.shows('pip install "steady-coach[listen]"'), terminal.shown
        assert terminal.shows(DEAF), terminal.shown
        goes_on_by_keys(terminal, home)

    assert terminal.shown.count("pip install") == 1


@needs_room
def test_a_muted_microphone_is_told_once_and_keys_work(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with led(home, at_first=mute) as terminal:
        assert terminal.shows(SILENT), terminal.shown
        goes_on_by_keys(terminal, home)

    assert terminal.shown.count(PHRASES("hearing.microphone.silent.problem")) == 1
    assert "Not listening" not in terminal.shown


@needs_room
def test_a_microphone_that_is_unplugged_in_the_middle_is_told_once_and_keys_work(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with led(home) as terminal:
        assert terminal.shows("Listening"), terminal.shown
        assert terminal.shows("Welcome"), terminal.shown
        terminal.room.unplug()
        assert terminal.shows("Not listening"), terminal.shown
        assert terminal.shows(DEAF), terminal.shown
        goes_on_by_keys(terminal, home)

    assert terminal.shown.count(PHRASES("hearing.microphone.lost.problem")) == 1


@needs_room
def test_one_that_is_plugged_in_again_is_told_and_takes_commands(tmp_path: Path) -> None:
    home = Home(tmp_path)
    words = said("stop", tmp_path)
    with led(home) as terminal:
        assert terminal.shows("Listening"), terminal.shown
        assert terminal.shows("Welcome"), terminal.shown
        terminal.room.unplug()
        assert terminal.shows(DEAF), terminal.shown
        terminal.room.plug_in()
        assert terminal.shows("Listening", 2), terminal.shown
        assert terminal.shows(BACK), terminal.shown
        assert "Heard" not in terminal.shown
        stops_at_a_word(terminal, words)

    assert (terminal.shown.count(DEAF), terminal.shown.count(BACK)) == (1, 1)


@needs_room
def test_another_microphone_does_not_take_the_place_of_one_that_is_unplugged(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with led(home) as terminal:
        assert terminal.shows("Welcome"), terminal.shown
        terminal.room.unplug()
        terminal.room.plug_in("another")
        assert terminal.shows(DEAF), terminal.shown
        assert not terminal.shows("Listening", 2, within_s=2 * LOOK_S)
        goes_on_by_keys(terminal, home)


@needs_room
def test_an_engine_that_is_killed_is_started_again_and_nobody_hears_of_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    words = said("stop", tmp_path)
    with led(home) as terminal:
        assert terminal.shows("Welcome"), terminal.shown
        assert wait_until(lambda: bool(engines(terminal.process)))
        assert terminal.shows("Next"), terminal.shown
        os.kill(engines(terminal.process)[0], signal.SIGKILL)
        stops_at_a_word(terminal, words)

    assert "Not listening" not in terminal.shown
