"""Sessions as audio files: made in the background, kept in the cache folder under names nobody can guess."""

from __future__ import annotations

import hmac
import json
import logging
import os
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any

from routines.course import Course
from routines.lengths import EstimatedLengths
from routines.model import Routine
from routines.plan import Plan
from skill.alexa.audio import RenderedAudio, audio_course
from skill.bootstrap import USUAL_RATE_WPM, Voices, open_clips
from skill.settings import Settings
from skill.showing import texts_of
from speech.audiofile import AudioFileError, whole_file
from speech.voice import VoiceError

if TYPE_CHECKING:
    from speech.mp3 import FrameBank

_log = logging.getLogger(__name__)

#: A request has to be answered in a few seconds; whoever asks for a file that is not there waits this long.
PATIENCE_S = 4.0
#: So much is kept; then the files go that were not asked for for the longest time.
MAX_FILES = 60
MAX_BYTES = 600_000_000
#: A file that was asked for this lately may still be playing.
IN_USE_S = 2 * 3600
_FORMAT = 1
_SECRET_BYTES = 32


@dataclass(frozen=True)
class KnownLengths:
    """The lengths that a file was made with, and estimates for everything that is not in it."""

    known: Mapping[str, int]
    estimate: EstimatedLengths

    def length_ms(self, text: str) -> int:
        """Return how long an utterance takes."""
        found = self.known.get(text)
        return self.estimate.length_ms(text) if found is None else found


@dataclass(frozen=True, slots=True)
class _Order:
    """A session that is to be had as a file."""

    routine: Routine
    plan: Plan
    digest: str


@dataclass
class AudioFiles:
    """Sessions as files in one folder. For any thread; one thread of its own makes what is missing."""

    settings: Settings
    base_url: str
    find_routine: Callable[[str], Routine]
    open_voices: Callable[[], Voices]
    patience_s: float = PATIENCE_S
    max_files: int = MAX_FILES
    max_bytes: int = MAX_BYTES
    _changed: Condition = field(default_factory=Condition, init=False)
    _waiting: deque[_Order] = field(default_factory=deque, init=False)
    _making: str = field(default="", init=False)
    _failed: set[str] = field(default_factory=set, init=False)
    _known: dict[str, RenderedAudio] = field(default_factory=dict, init=False)
    _thread: Thread | None = field(default=None, init=False)
    _secret: bytes = field(default=b"", init=False)
    _voice_key: str | None = field(default=None, init=False)

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.settings.audio_folder

    def voice_failure(self) -> VoiceError | None:
        """Return why there is no voice to make files with; None if there is one. Waits for it to start."""
        try:
            self._key_of_voice()
        except VoiceError as failure:
            return failure
        return None

    def prepare(self, routines: Iterable[Routine], plan: Plan) -> None:
        """Make files of these sessions one after the other, in the background, if they are not there yet."""
        for routine in routines:
            with suppress(VoiceError):
                order = self._order(routine, plan)
                if self._read(order.digest, routine) is None:
                    self._wish(order, urgent=False)

    def url(self, routine: Routine, plan: Plan) -> RenderedAudio | None:
        """Return a session as a file; None if it is not there soon. Then it will be, the next time."""
        try:
            order = self._order(routine, plan)
        except VoiceError as failure:
            _log.warning("audio-no-voice %s", failure.code)
            return None
        there = self._read(order.digest, routine)
        if there is not None:
            return there
        self._wish(order, urgent=True)
        with self._changed:
            self._changed.wait_for(
                lambda: order.digest in self._failed or not self._is_coming(order.digest), self.patience_s
            )
        return self._read(order.digest, routine)

    def find(self, digest: str) -> RenderedAudio | None:
        """Return the file of this digest if it is there and still what would be made today."""
        try:
            routine = self.find_routine(str(self._beside(digest)["routine"]))
            return self._read(digest, routine)
        except Exception as error:  # noqa: BLE001 - a routine that has gone, a file that is damaged: it is not there
            _log.info("audio-not-there %s", type(error).__name__)
            return None

    # -- names ---------------------------------------------------------------------------------------

    def _order(self, routine: Routine, plan: Plan) -> _Order:
        return _Order(routine, plan, self._digest(routine, plan, self._key_of_voice()))

    def _digest(self, routine: Routine, plan: Plan, voice_key: str) -> str:
        """Return a name that changes with every word, time and voice, and that nobody else can work out."""
        script = audio_course(routine, EstimatedLengths(plan.rate_wpm)).script(plan)
        made_of = (_FORMAT, version("steady-coach"), voice_key, json.dumps(plan.to_dict(), sort_keys=True))
        return hmac.digest(
            self._own_secret(), repr((made_of, routine.title, script)).encode(), "sha256"
        ).hex()

    def _key_of_voice(self) -> str:
        with self._changed:
            if self._voice_key is not None:
                return self._voice_key
        voices = self.open_voices()
        voice = voices()
        try:
            key = voice.key
        finally:
            voice.close()
            voices.close()
        with self._changed:
            self._voice_key = key
        return key

    def _own_secret(self) -> bytes:
        """Return this installation's secret: made once, and read by nobody else."""
        if not self._secret:
            self._secret = own_secret(self.settings)
        return self._secret

    # -- what is there -------------------------------------------------------------------------------

    def _sound(self, digest: str) -> Path:
        return self.folder / f"{digest}.mp3"

    def _beside(self, digest: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._notes(digest).read_text(encoding="utf-8"))
        return found

    def _notes(self, digest: str) -> Path:
        """Return where it stands what a file was made of; its time is when it was last asked for."""
        return self.folder / f"{digest}.json"

    def _read(self, digest: str, routine: Routine) -> RenderedAudio | None:
        if not self._sound(digest).is_file():
            self._known.pop(digest, None)
            return None
        with suppress(OSError):
            os.utime(self._notes(digest))  # it is in use: others go first; the sound's own time is its ETag
        known = self._known.get(digest)
        if known is not None and known.course.routine == routine:
            return known
        try:
            beside = self._beside(digest)
            plan = Plan.from_dict(beside["plan"])
            if not hmac.compare_digest(self._digest(routine, plan, str(beside["voice"])), digest):
                return None
            known_ms = {str(text): int(length_ms) for text, length_ms in beside["lengths"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        course = audio_course(routine, KnownLengths(known_ms, EstimatedLengths(plan.rate_wpm)))
        url = f"{self.base_url}/audio/{digest}.mp3"
        audio = RenderedAudio(
            url=url, digest=digest, plan=plan, course=course, timeline=course.timeline(plan)
        )
        if len(self._known) >= self.max_files:
            self._known.clear()
        self._known[digest] = audio
        return audio

    # -- making --------------------------------------------------------------------------------------

    def _is_coming(self, digest: str) -> bool:
        return digest == self._making or any(order.digest == digest for order in self._waiting)

    def _wish(self, order: _Order, *, urgent: bool) -> None:
        with self._changed:
            self._failed.discard(order.digest)
            if order.digest == self._making:
                return
            self._waiting = deque(other for other in self._waiting if other.digest != order.digest)
            if urgent:
                self._waiting.appendleft(order)
            else:
                self._waiting.append(order)
            if self._thread is None:
                self._thread = Thread(target=self._work, name="audio-library", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        from speech.mp3 import FrameBank  # noqa: PLC0415 - the encoder is needed only here

        bank = FrameBank()
        while True:
            with self._changed:
                if not self._waiting:
                    self._thread = None
                    return
                order = self._waiting.popleft()
                self._making = order.digest
            made = self._make_safely(order, bank)
            with self._changed:
                self._making = ""
                if not made:
                    self._failed.add(order.digest)
                self._changed.notify_all()

    def _make_safely(self, order: _Order, bank: FrameBank) -> bool:
        begun_s = time.monotonic()
        try:
            self._make(order, bank)
            self._tidy(order.digest)
        except (VoiceError, AudioFileError) as error:
            _log.warning("audio-not-made %s %s", order.routine.id, error.code)
        except Exception as error:  # noqa: BLE001 - Alexa speaks then; whoever waits must be told
            _log.warning("audio-not-made %s %s", order.routine.id, type(error).__name__, exc_info=error)
        else:
            _log.info("audio-made %s %.1f s", order.routine.id, time.monotonic() - begun_s)
            return True
        return False

    def _make(self, order: _Order, bank: FrameBank) -> None:
        from skill.rendering import Job, render_course  # noqa: PLC0415 - the encoder comes with it

        self.folder.mkdir(parents=True, exist_ok=True)
        voices = self.open_voices()
        try:
            with open_clips(self.settings, voices, order.plan.rate_wpm) as clips:
                course = audio_course(order.routine, clips)
                job = Job(
                    routine=order.routine,
                    plan=order.plan,
                    phrases=course.phrases,
                    path=self._sound(order.digest),
                    captions=False,
                )
                # The lengths stand beside the sound before it is there: whoever finds it finds both.
                texts = texts_of(course, order.plan)
                clips.prepare(texts)
                self._write_beside(order, course, texts)
                render_course(course, job, clips, lambda _: None, bank=bank)
        finally:
            voices.close()

    def _write_beside(self, order: _Order, course: Course, texts: tuple[str, ...]) -> None:
        beside = {
            "routine": order.routine.id,
            "plan": order.plan.to_dict(),
            "voice": self._key_of_voice(),
            "lengths": {text: course.lengths.length_ms(text) for text in texts},
        }
        with whole_file(self._notes(order.digest)) as file:
            file.write(json.dumps(beside, ensure_ascii=False).encode())

    def _tidy(self, just_made: str) -> None:
        """Remove what was not asked for for the longest time, until little enough is left."""
        found = []
        for path in self.folder.glob("*.mp3"):
            with suppress(OSError):
                found.append((self._used_s(path), path.stat().st_size, path))
        found.sort(reverse=True)
        kept_bytes = 0
        for place, (used_s, size, path) in enumerate(found):
            kept_bytes += size
            too_much = place >= self.max_files or kept_bytes > self.max_bytes
            if too_much and path.stem != just_made and used_s < time.time() - IN_USE_S:
                kept_bytes -= size
                path.unlink(missing_ok=True)
                self._notes(path.stem).unlink(missing_ok=True)

    def _used_s(self, sound: Path) -> float:
        try:
            return self._notes(sound.stem).stat().st_mtime
        except FileNotFoundError:  # nobody finds it without its notes
            return 0.0


def own_secret(settings: Settings) -> bytes:
    """Return what the names of audio files are made with: the same in every process of this installation.

    It is made if it is not there; one for this process only if it cannot be kept.
    """
    path = settings.data_folder / "audio-secret"
    fresh = secrets.token_bytes(_SECRET_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            suppress(FileExistsError),  # of several processes one is the first
            os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        ):
            file.write(fresh)
        kept = path.read_bytes()
    except OSError as error:
        _log.warning("audio-secret %s", error.strerror)
        return fresh
    return kept if len(kept) == _SECRET_BYTES else fresh


def usual_voices(settings: Settings) -> Voices:
    """Return the voices that files are made with."""
    return Voices(settings.locale, USUAL_RATE_WPM)
