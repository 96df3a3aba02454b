"""Puts the coach together: the one place that names concrete classes. What is heavy is imported late."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from routines.lengths import EstimatedLengths
from routines.load import Library, load_routine
from routines.model import Routine
from routines.phrases import Phrases
from skill.errors import UserError
from skill.ports import Store
from skill.settings import Settings
from speech.pyttsx3_voice import Pyttsx3Voice

if TYPE_CHECKING:
    from skill.hearing_ear import MicrophoneEar
    from skill.sound_out import SoundOut
    from skill.terminal.guard import Part
    from skill.terminal.keys import Keys
    from skill.terminal.view import Face
    from speech.clips import Clips
    from speech.hearing.port import Ears

USUAL_RATE_WPM = 150

#: How long a microphone may take to open before the coach begins without knowing; usual is 50 ms.
MICROPHONE_S = 1.0


class Voices:
    """Opens voices; the first one is started at once, to come up while everything else is imported."""

    def __init__(self, locale: str, rate_wpm: int = USUAL_RATE_WPM) -> None:
        """Start the first voice's process."""
        self.locale = locale
        self.rate_wpm = rate_wpm
        self._early = deque([Pyttsx3Voice(rate_wpm, locale)])

    def __call__(self) -> Pyttsx3Voice:
        """Return a voice of its own for whoever asks."""
        try:
            return self._early.popleft()
        except IndexError:
            return Pyttsx3Voice(self.rate_wpm, self.locale)

    def at(self, rate_wpm: int) -> Voices:
        """Return voices at this rate: these ones if it is theirs."""
        if rate_wpm == self.rate_wpm:
            return self
        self.close()
        return Voices(self.locale, rate_wpm)

    def close(self) -> None:
        """End what was started and never asked for."""
        while self._early:
            self._early.popleft().close()


def open_clip_bank(
    settings: Settings, voices: Voices, rate_wpm: int, *, patience_s: float | None = None
) -> Clips:
    """Return the bank of clips of these voices, kept in the cache folder; to be closed, as the voices are."""
    from speech.clips import ClipCache, Clips  # noqa: PLC0415 - numpy comes with it

    cache = ClipCache(settings.cache_folder / "clips")
    return Clips(voices, cache=cache, estimate=EstimatedLengths(rate_wpm), patience_s=patience_s)


@contextmanager
def open_clips(
    settings: Settings, voices: Voices, rate_wpm: int, *, patience_s: float | None = None
) -> Iterator[Clips]:
    """Give the bank of clips of one voice, kept in the cache folder; ends the voice in the end."""
    ours = voices.at(rate_wpm)
    clips = open_clip_bank(settings, ours, rate_wpm, patience_s=patience_s)
    try:
        yield clips
    finally:
        clips.close()
        ours.close()


@contextmanager
def open_ear(phrases: Phrases, settings: Settings, sound: SoundOut) -> Iterator[MicrophoneEar]:
    """Give an ear that knows what `sound` plays. What it needs is opened in its own thread.

    Waits a moment for the microphone, so that the coach's first words can tell whether it is heard.
    """
    from skill.hearing_ear import MicrophoneEar  # noqa: PLC0415 - only for those who want it
    from speech.capture import MiniaudioMicrophone  # noqa: PLC0415
    from speech.played import Played  # noqa: PLC0415

    played = Played()
    sound.tell(played)
    ear = MicrophoneEar(MiniaudioMicrophone(), lambda: open_ears(phrases, settings), played)
    try:
        ear.settled(MICROPHONE_S)
        yield ear
    finally:
        ear.close()


def open_ears(phrases: Phrases, settings: Settings) -> Ears:
    """Return what turns a microphone's sound into words; takes a second. `HearingError` if it cannot be."""
    from speech.hearing.grammar import grammar  # noqa: PLC0415 - only for those who want it
    from speech.hearing.opening import open_ears as opened  # noqa: PLC0415

    sayable = grammar(phrases, routine_names(settings))
    return opened(sayable, engine=settings.listen_engine, model=settings.listen_model)


def open_database(where: Path | str, *, durable: bool = True) -> Store:
    """Return the store in a file or at an address: `dynamodb://...`, or SQLAlchemy's form. `StoreError`.

    Without `durable`, a power cut may take the last moments from a file, for the sake of quick answers.
    """
    if isinstance(where, str) and where.startswith("dynamodb:"):
        from skill.store_dynamo import DynamoStore  # noqa: PLC0415 - boto3 comes with it

        return DynamoStore.open(where)
    from skill.store import open_store  # noqa: PLC0415 - SQLAlchemy comes with it

    return open_store(where, durable=durable)


@contextmanager
def open_history(settings: Settings) -> Iterator[Store]:
    """Give the store. `StoreError` if it cannot be used; nothing in it is lost by that."""
    store = open_database(settings.database)
    try:
        yield store
    finally:
        store.close()


def find_routine(name: str, settings: Settings) -> Routine:
    """Return a routine by its id, by a name people say, or by the path of a file.

    `RoutineFaults` if its file is at fault, `UserError` if there is none of that name.
    """
    library = open_library(settings)
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise UserError("no-file", path=name)
        return _checked(path, library)
    ids = library.ids()
    wanted = name.strip().lower()
    if wanted in ids:
        return _routine(wanted, library, settings)
    for routine_id in ids:
        routine = _routine(routine_id, library, settings)
        if wanted in {said.lower() for said in (routine.title, *routine.synonyms)}:
            return routine
    raise UserError("no-routine", name=name, names=", ".join(ids))


def _routine(routine_id: str, library: Library, settings: Settings) -> Routine:
    own = settings.routines_folder / f"{routine_id}.yaml"
    return _checked(own, library) if own.is_file() else load_routine(routine_id, settings.locale)


def _checked(path: Path, library: Library) -> Routine:
    """Return the routine in a person's own file, put through the safety rules."""
    from routines.rules import read_sound_file  # noqa: PLC0415 - only for files of one's own

    return read_sound_file(path, library)


def titles(settings: Settings) -> dict[str, str]:
    """Return the title of each routine and exercise that can be read, by id."""
    from routines.faults import RoutineFaults  # noqa: PLC0415
    from skill.transcript import capital  # noqa: PLC0415

    found: dict[str, str] = {}
    for routine_id in open_library(settings).ids():
        try:
            routine = find_routine(routine_id, settings)
        except RoutineFaults:
            continue
        found[routine.id] = capital(routine.title)
        for exercise in routine.exercises:
            for one in (exercise, *(other.exercise for other in exercise.alternatives)):
                found.setdefault(one.id, capital(one.title))
    return found


def routine_names(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return what each routine that can be read is called, by id: its title first."""
    from routines.faults import RoutineFaults  # noqa: PLC0415

    found: dict[str, tuple[str, ...]] = {}
    for routine_id in open_library(settings).ids():
        try:
            routine = find_routine(routine_id, settings)
        except RoutineFaults:
            continue
        found[routine.id] = (routine.title, *routine.synonyms)
    return found


def open_library(settings: Settings) -> Library:
    """Return the routines that come with the coach and those in the person's own folder."""
    return Library(settings.locale, (settings.routines_folder,))


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def terminal(
    phrases: Phrases, *, plain: bool, counts: str | None, stream: TextIO
) -> tuple[Face, Keys, tuple[Part, ...]]:
    """Return how to show a session here, where keys come from, and both as parts of a guard."""
    from skill.terminal.charset import charset_for  # noqa: PLC0415 - rich and blessed come with these
    from skill.terminal.display import Display, Manner, TtyScreen, manner  # noqa: PLC0415
    from skill.terminal.keys import open_keys  # noqa: PLC0415
    from skill.terminal.plain import Counts, PlainFace, PlainLines  # noqa: PLC0415

    charset = charset_for(stream.encoding, os.environ)
    how = manner(plain=plain, is_terminal=stream.isatty(), env=os.environ, on_windows=sys.platform == "win32")
    face: Display | PlainFace
    if how is Manner.FULL:
        face = Display(TtyScreen(stream), phrases, charset=charset, colours=not os.environ.get("NO_COLOR"))
    else:
        face = PlainFace(stream, PlainLines(phrases, counts=Counts(counts or Counts.FIVES), charset=charset))
    keys = open_keys()
    return face, keys, (face, keys)
