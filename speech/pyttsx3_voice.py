"""A voice that speaks through pyttsx3 in a child process, watched over from here.

Making a `Pyttsx3Voice` starts the child at once and returns; this module imports nothing heavy, so the child
comes up while the rest of the coach is still being imported.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from speech.voice import Pcm, VoiceError

WORKER = Path(__file__).with_name("pyttsx3_worker.py")

#: The first start on a cold disk is slow; afterwards it takes a tenth of a second.
START_TIMEOUT_S = 20.0
#: How long an utterance may take before the engine counts as hung; each letter adds to it. Usual are 5-20 ms.
UTTERANCE_TIMEOUT_S = 5.0
_TIMEOUT_PER_LETTER_S = 0.05
_RESTARTS = 2

_SAMPLE_BYTES = 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """Which voice there is, for the doctor."""

    engine: str  #: name and version: "espeak-ng 1.51"
    voice: str  #: the engine's own id of the voice
    name: str  #: "English (Great Britain)"
    library: str  #: path of the speech library; empty where the system does not tell


class Pyttsx3Voice:
    """One voice at one rate, in a child process of its own. Starts at once; waits only when asked.

    Every failure is a `VoiceError`: `no-engine`, `no-system-engine`, `no-language`, `no-sound` (this text
    cannot be spoken), `voice-hung`, `voice-died`, `voice-closed`.
    """

    def __init__(
        self,
        rate_wpm: int,
        locale: str = "en",
        *,
        bundled: bool = False,
        timeout_s: float = UTTERANCE_TIMEOUT_S,
        worker: Path = WORKER,
    ) -> None:
        """Start the child. `bundled` takes the library of the `voice` extra even if the system has one."""
        self._rate_wpm = rate_wpm
        self._locale = locale
        self._bundled = bundled
        self._timeout_s = timeout_s
        self._worker = worker
        self._info: VoiceInfo | None = None
        self._closed = False
        self._talking = threading.RLock()  # one exchange with the child at a time
        self._swapping = threading.Lock()  # `close` may come in the middle of an exchange
        self._child = self._new_child()

    @property
    def key(self) -> str:
        """Engine, version, voice and rate. Waits for the child's first word."""
        info = self.info
        return f"pyttsx3/{info.engine}/{info.voice}/{self._rate_wpm}"

    @property
    def info(self) -> VoiceInfo:
        """Which voice this is. Waits for the child's first word."""
        with self._talking:
            if self._info is None:
                self._info = self._persist(lambda child: child.hello())
            return self._info

    @property
    def pid(self) -> int:
        """The child's process id; another one after a restart."""
        return self._child.pid

    def speak(self, text: str) -> Pcm:
        """Return the utterance as sound. A hung or dead child is replaced and asked again, at most twice."""
        if not text.strip():
            raise VoiceError("no-sound", "there are no words")
        timeout_s = self._timeout_s + len(text) * _TIMEOUT_PER_LETTER_S
        with self._talking:
            key = self.key

            def ask(child: _Child) -> bytes:
                self._info = child.hello()
                if self.key != key:  # clips of two voices must not be mixed
                    raise VoiceError("voice-died", f"{key} came back as {self.key}")
                return child.ask(text, timeout_s)

            return decode(self._persist(ask))

    def close(self) -> None:
        """End the child, also in the middle of an utterance, whose caller then gets `voice-closed`."""
        with self._swapping:
            self._closed = True
            self._child.end()

    def _persist(self, exchange: Callable[[_Child], T]) -> T:
        for restarts in range(_RESTARTS + 1):
            if restarts:
                self._replace_child()
            try:
                return exchange(self._child)
            except _BrokenError as error:
                broken = error
                if self._closed:
                    raise VoiceError("voice-closed", "closed while speaking") from None
        raise VoiceError(broken.code, broken.detail)

    def _replace_child(self) -> None:
        with self._swapping:
            self._child.end()
            # A system library without its data ends the process while it starts: try the other one.
            if self._info is None:
                self._bundled = not self._bundled
            if not self._closed:
                self._child = self._new_child()

    def _new_child(self) -> _Child:
        source = "bundled" if self._bundled else "system"
        return _Child([str(self._worker), str(self._rate_wpm), self._locale, source], self._timeout_s)


class _BrokenError(Exception):
    """The child cannot go on; another one might."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class _Child:
    """One child process and the talk with it."""

    def __init__(self, command: list[str], start_timeout_s: float) -> None:
        self._start_timeout_s = max(START_TIMEOUT_S, start_timeout_s)
        self._info: VoiceInfo | None = None
        self._refused: VoiceError | None = None
        self._hung = False
        # Its own session: Ctrl-C in the terminal is the coach's to answer. It ends when its stdin does, so it
        # never outlives this process, however that ends.
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own worker
                [sys.executable, *_python_options(), *command, os.pathsep.join(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=sys.platform != "win32",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise VoiceError("voice-died", f"cannot start {sys.executable}: {error}") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def hello(self) -> VoiceInfo:
        """Return what the child says of itself; it says so once, when it is ready."""
        if self._refused is not None:
            raise self._refused
        if self._info is None:
            try:
                head = self._read(self._start_timeout_s)[0]
            except VoiceError as error:
                self._refused = error
                raise
            self._info = VoiceInfo(head["engine"], head["voice"], head["name"], head["library"])
        return self._info

    def ask(self, text: str, timeout_s: float) -> bytes:
        """Return the sound file for `text`."""
        try:
            assert self._process.stdin is not None  # noqa: S101 - for the type checker
            self._process.stdin.write(json.dumps({"text": text}).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise self._broken() from error
        return self._read(timeout_s)[1]

    def end(self) -> None:
        """End it for certain. Harmless when done twice."""
        self._kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            # With an unsent request in it closing fails; while it is being read, closing waits for the end.
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()

    def _read(self, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        # Killing the child ends the read: it works alike on every system, unlike waiting for a pipe.
        watchdog = threading.Timer(timeout_s, self._kill_hung)
        watchdog.daemon = True
        watchdog.start()
        try:
            assert self._process.stdout is not None  # noqa: S101 - for the type checker
            head = json.loads(self._process.stdout.readline())
            size = head.get("bytes", 0)
            body = self._process.stdout.read(size)
        except (OSError, ValueError) as error:
            raise self._broken() from error
        finally:
            watchdog.cancel()
        if len(body) < size:
            raise self._broken()
        if "error" in head:
            raise VoiceError(head["error"], head["detail"])
        return head, body

    def _kill_hung(self) -> None:
        self._hung = True
        self._kill()

    def _kill(self) -> None:
        if sys.platform == "win32":
            self._process.kill()
        elif self._process.returncode is None:
            # The session too: it speaks in copies of itself.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _broken(self) -> _BrokenError:
        self._kill()
        status = self._process.wait()
        if self._hung:
            return _BrokenError("voice-hung", "no answer in time")
        return _BrokenError("voice-died", f"the engine's process ended with status {status}")


def _python_options() -> list[str]:
    # Isolated: the path is handed over. Without `site` it starts 20 ms sooner, but Windows and macOS need it
    # to find their bindings.
    return ["-I", "-S"] if sys.platform == "linux" else ["-I"]


def decode(data: bytes) -> Pcm:
    """Return a sound file (WAV, or AIFF from macOS) as 16-bit mono. VoiceError `no-sound` if it is none."""
    if data[:4] == b"RIFF":
        with contextlib.suppress(wave.Error, EOFError), wave.open(io.BytesIO(data)) as file:
            if file.getsampwidth() == _SAMPLE_BYTES and file.getnchannels() == 1:
                return Pcm(file.readframes(file.getnframes()), file.getframerate())
    import soundfile  # noqa: PLC0415 - heavy, and not needed with espeak

    try:
        samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise VoiceError("no-sound", f"not a sound file: {error}") from error
    return Pcm(samples[:, 0].astype("<i2").tobytes(), rate_hz)


def probe(rate_wpm: int = 150, locale: str = "en") -> VoiceInfo:
    """Return which voice there is, after it has spoken a word. VoiceError if there is none."""
    voice = Pyttsx3Voice(rate_wpm, locale)
    try:
        voice.speak("1")  # a word in every language
        return voice.info
    finally:
        voice.close()
