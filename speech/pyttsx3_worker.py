"""The child process in which pyttsx3 speaks, always to a file and never to a loudspeaker.

It is run by path, by `pyttsx3_voice`, and imports nothing heavy: it has to be ready within a tenth of a
second. The speech engine lives only here: if its library ends the process, hangs, or is under another licence
than the coach, that stays on this side of the pipe. This is what makes pyttsx3 reliable:

- espeak carries its wave phase from one utterance to the next, so the same text sounds a little different,
  and is up to 10 ms longer or shorter, each time. So each utterance is the first and only one of a copy
  (fork) of this process, which has its libraries loaded but has said nothing: it is the same to the sample.
- espeak works in a thread of its own. Cancelling while that is busy loses settings and words, and pyttsx3
  cancels at the start of each loop; so nothing is begun or read before espeak is idle.
- The driver's loop sleeps 10 ms at a time. Ours sleeps until the utterance is finished.
- Every result is looked at: finished, long enough, not silent, at the rate asked for; otherwise made again.
- The macOS and Windows drivers cannot run a second loop on one engine (the first cuts the sound off, the
  second never ends), so there each utterance gets a new engine.

Protocol: a request is one line of JSON on stdin, `{"text": ...}`; an answer is one line of JSON on what was
stdout, `{"bytes": n}` with the n bytes of the file after it, or `{"error": code, "detail": ...}`. The first
line says which engine there is. End of stdin ends the process, whatever it is doing.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, BinaryIO, NoReturn, Protocol

_TRIES = 5
#: How long a copy may take the first time, each letter included; each further try gets twice as long.
_COPY_S = 1.0
_COPY_S_PER_LETTER = 0.01
_HEADER_BYTES = 44
_MIN_BYTES_PER_LETTER = 400  # 9 ms; the fastest voice takes four times as long

_BUNDLED = "bundled"


class WorkerError(Exception):
    """Something that the parent is told: a stable code and a detail."""

    def __init__(self, code: str, detail: str) -> None:
        """Keep both parts."""
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    @property
    def answer(self) -> dict[str, str]:
        """The line that the parent reads."""
        return {"error": self.code, "detail": self.detail}


class Engine(Protocol):
    """A pyttsx3 driver made reliable."""

    def describe(self) -> dict[str, str]:
        """Return engine, voice, name and library; or error and detail."""

    def speak(self, text: str, nth_try: int) -> bytes:
        """Return the utterance as the bytes of a sound file; nothing if it went wrong."""


class EspeakEngine:
    """pyttsx3 with its espeak driver: a copy of this process for each utterance."""

    def __init__(self, rate_wpm: int, locale: str, source: str) -> None:
        """Load the library, the system's own if there is one. WorkerError if there is none."""
        self._rate_wpm = rate_wpm
        self._locale = locale
        self._voice = ""
        self._finished = threading.Event()
        self._file = _ScratchFile(".wav")
        _load_espeak(source)
        try:
            import pyttsx3.drivers.espeak as driver  # noqa: PLC0415 - after the library is in place
            from pyttsx3.drivers import _espeak  # noqa: PLC0415
            from pyttsx3.engine import Engine as Pyttsx3Engine  # noqa: PLC0415
        except Exception as error:
            raise WorkerError("no-engine", f"{type(error).__name__}: {error}") from error
        driver.time = self  # its loop calls time.sleep
        self._espeak = _espeak
        self._new_engine = Pyttsx3Engine
        # Collecting garbage in the copies would only make them copy memory.
        gc.disable()
        gc.freeze()

    def describe(self) -> dict[str, str]:
        """Ask a copy, so that this process stays as it was before the first word."""
        if not _in_a_copy(self._write_description, _COPY_S * 2**_TRIES):
            os._exit(1)  # the library ended the process
        description: dict[str, str] = json.loads(self._file.take())
        self._voice = description.get("voice", "")
        return description

    def speak(self, text: str, nth_try: int) -> bytes:
        """Let a copy speak."""
        limit_s = (_COPY_S + _COPY_S_PER_LETTER * len(text)) * 2**nth_try
        fine = _in_a_copy(lambda: self._write_speech(text), limit_s)
        data = self._file.take()
        return data if fine else b""

    def sleep(self, seconds: float) -> None:
        """Sleep, but not past the end of the utterance: the driver's loop calls this for `time.sleep`."""
        if self._finished.is_set():
            time.sleep(0.0002)
        else:
            self._finished.wait(seconds)

    def _write_description(self) -> None:
        try:
            engine = self._start()
            voice, name = choose_voice(engine, self._locale)
            description = {
                "engine": f"espeak-ng {self._espeak.Info().decode()}",
                "voice": voice,
                "name": name,
                "library": _library_path(),
            }
        except WorkerError as error:
            description = error.answer
        except RuntimeError as error:
            description = WorkerError("no-engine", str(error)).answer
        self._file.put(json.dumps(description).encode())

    def _write_speech(self, text: str) -> None:
        engine = self._start()
        engine.connect("finished-utterance", lambda **_: self._finished.set())
        engine.setProperty("voice", self._voice)
        engine.setProperty("rate", self._rate_wpm)
        self._wait_until_idle()
        # The driver's own getProperty forgets an argument and returns one rate or another.
        if self._espeak.dll.espeak_GetParameter(self._espeak.RATE, 1) != self._rate_wpm:
            raise WorkerError("no-sound", "the rate was lost")
        engine.save_to_file(text, self._file.path)
        engine.runAndWait()
        self._finished.wait()
        self._wait_until_idle()

    def _start(self) -> Any:
        engine = self._new_engine("espeak")
        engine.proxy.setBusy(False)  # a new engine queues settings; from here on they are made at once
        self._wait_until_idle()
        return engine

    def _wait_until_idle(self) -> None:
        # espeak_Synchronize does the same in steps of 20 ms.
        while self._espeak.IsPlaying():
            time.sleep(0.0002)


class SystemEngine:
    """pyttsx3 with the driver of macOS or Windows: a new engine for each utterance."""

    def __init__(self, rate_wpm: int, locale: str) -> None:
        """Load the driver. WorkerError if it cannot be loaded or has no voice for the locale."""
        self._rate_wpm = rate_wpm
        try:
            from pyttsx3.engine import Engine as Pyttsx3Engine  # noqa: PLC0415 - loading may fail

            self._new_engine = Pyttsx3Engine
            self._voice, self._name = choose_voice(Pyttsx3Engine(), locale)
        except WorkerError:
            raise
        except Exception as error:
            raise WorkerError("no-system-engine", f"{type(error).__name__}: {error}") from error
        # macOS writes AIFF whatever the name says.
        self._file = _ScratchFile(".aiff" if sys.platform == "darwin" else ".wav")

    def describe(self) -> dict[str, str]:
        """Name the system: its engine is part of it."""
        import platform  # noqa: PLC0415

        engine = f"{'nsss' if sys.platform == 'darwin' else 'sapi5'} {platform.platform()}"
        return {"engine": engine, "voice": self._voice, "name": self._name, "library": ""}

    def speak(self, text: str, nth_try: int) -> bytes:  # noqa: ARG002 - the parent watches the time
        """Speak with a new engine."""
        engine = self._new_engine()
        engine.setProperty("voice", self._voice)
        engine.setProperty("rate", self._rate_wpm)
        engine.save_to_file(text, self._file.path)
        engine.runAndWait()
        return self._file.take()


class _ScratchFile:
    """The file that the engine writes to: in memory where that can be, so that nothing is left behind."""

    def __init__(self, suffix: str) -> None:
        if sys.platform == "linux":
            self.path = f"/proc/self/fd/{os.memfd_create('utterance')}"
            return
        import atexit  # noqa: PLC0415
        import shutil  # noqa: PLC0415
        import tempfile  # noqa: PLC0415

        folder = tempfile.mkdtemp(prefix="steady-voice-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.path = os.path.join(folder, "utterance" + suffix)  # noqa: PTH118 - pathlib is slow to load

    def put(self, data: bytes) -> None:
        with open(self.path, "wb") as file:  # noqa: PTH123
            file.write(data)

    def take(self) -> bytes:
        """Return what was written, and empty the file."""
        try:
            with open(self.path, "r+b") as file:  # noqa: PTH123
                data = file.read()
                file.truncate(0)
        except FileNotFoundError:
            return b""
        return data


def _in_a_copy(task: Callable[[], None], limit_s: float) -> bool:
    """Do something in a copy of this process; return whether it went well in time. Both end with stdin."""
    import select  # noqa: PLC0415 - where there is fork, there is poll

    life, copys_life = os.pipe()
    copy = os.fork()
    if copy == 0:
        status = 1
        try:
            signal.setitimer(signal.ITIMER_REAL, limit_s)  # then the system ends it, also inside the library
            task()
            status = 0
        finally:
            os._exit(status)
    os.close(copys_life)
    ends = select.poll()
    ends.register(life, 0)  # 0: only that the other end is gone
    ends.register(0, 0)
    if life not in [descriptor for descriptor, _ in ends.poll()]:
        os.kill(copy, signal.SIGKILL)
        os._exit(0)
    os.close(life)
    return os.waitpid(copy, 0)[1] == 0


def _load_espeak(source: str) -> None:
    # The driver looks for the SONAME; a library of that name that is already loaded is the one it gets.
    if source != _BUNDLED:
        try:
            ctypes.CDLL("libespeak-ng.so.1")
        except OSError:
            pass
        else:
            return
    try:
        import espeakng_loader  # noqa: PLC0415 - optional

        # Without its data the library ends the process while it is being initialised.
        os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()
        ctypes.CDLL(espeakng_loader.get_library_path())
    except (ImportError, OSError, RuntimeError) as error:
        if source == _BUNDLED:
            raise WorkerError("no-engine", f"espeakng-loader: {error}") from error
        # Otherwise the driver looks in some more places.


def _library_path() -> str:
    """Return the path of the espeak library in use, where the system tells it."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:  # noqa: PTH123 - see above
            return next((line.split(None, 5)[5].strip() for line in maps if "libespeak" in line), "")
    except OSError:
        return ""


def choose_voice(engine: Any, locale: str) -> tuple[str, str]:
    """Return id and name of a voice: the locale's own, else the default if it has the language, else any."""
    wanted = _tag(locale)
    language = wanted.split("-")[0]
    default = engine.getProperty("voice")
    best: tuple[int, str, str] | None = None
    for voice in engine.getProperty("voices"):
        tags = [_tag(tag) for tag in voice.languages if tag]
        if wanted in tags:
            rank = 0
        elif language not in [tag.split("-")[0] for tag in tags]:
            continue
        else:
            rank = 1 if voice.id == default else 2
        best = min(best or (9, "", ""), (rank, voice.id, voice.name))
    if best is None:
        raise WorkerError("no-language", locale)
    return best[1], best[2]


def _tag(locale: str) -> str:
    return str(locale).replace("_", "-").lower()


def speak_well(engine: Engine, text: str) -> bytes:
    """Return a sound file that has been looked at. WorkerError `no-sound` if this text gives none."""
    letters = sum(character.isalpha() for character in text)
    data = b""
    for nth_try in range(_TRIES):
        data = engine.speak(text, nth_try)
        sound = data[_HEADER_BYTES:]
        if len(sound) > letters * _MIN_BYTES_PER_LETTER and sound.strip(b"\0"):
            return data
    raise WorkerError("no-sound", f"{len(data)} bytes for {text!r}")


def serve(engine: Engine, out: BinaryIO, next_line: Callable[[], bytes]) -> None:
    """Say which engine there is, then answer requests until there are no more."""
    _answer(out, engine.describe())
    while line := next_line():
        try:
            sound = speak_well(engine, json.loads(line)["text"])
        except WorkerError as error:
            _answer(out, error.answer)
        else:
            _answer(out, {"bytes": len(sound)}, sound)


def _answer(out: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    out.write(json.dumps(head).encode() + b"\n" + body)
    out.flush()


def _take_stdout() -> BinaryIO:
    """Return the pipe to the parent; from here on what the driver or the library prints goes nowhere."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return out


def _forward_lines(lines: SimpleQueue[bytes]) -> NoReturn:
    # Ends the process even while the main thread is stuck inside the engine.
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)


def main(rate_wpm: int, locale: str, source: str) -> None:
    """Serve requests until stdin ends."""
    out = _take_stdout()
    try:
        if sys.platform in ("darwin", "win32"):
            lines: SimpleQueue[bytes] = SimpleQueue()
            threading.Thread(target=_forward_lines, args=(lines,), daemon=True).start()
            serve(SystemEngine(rate_wpm, locale), out, lines.get)
        else:
            # No thread here: a process is copied safely only while it has but one.
            serve(EspeakEngine(rate_wpm, locale, source), out, sys.stdin.buffer.readline)
    except WorkerError as error:
        _answer(out, error.answer)


if __name__ == "__main__":
    sys.path[:] = sys.argv[4].split(os.pathsep)
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
