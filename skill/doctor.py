"""Looks at everything that the coach needs here: what there is, or what is wrong and what to do."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from routines.phrases import DEFAULT_LOCALE, Phrases, load_phrases
from skill.errors import explain
from skill.settings import Settings

PACKAGE = "steady-coach"
LEAST_PYTHON = (3, 11)
#: The display is made for this many columns and rows.
FULL_SIZE = (80, 24)
#: A sample this loud or louder is a word that was spoken; silence and hiss stay well below.
AUDIBLE = 500
#: How long a sound device may take before it asks for sound.
SOUND_WITHIN_S = 3.0

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_BUNDLED = "espeakng_loader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. Remedies may stand beside something that is well: it could be better."""

    name: str
    ok: bool
    detail: str
    remedies: tuple[str, ...] = ()


Check = Callable[[Settings, Phrases], Finding]


def findings(settings: Settings, say: Phrases) -> Iterator[Finding]:
    """Yield what each check finds, one after the other."""
    for name, check in CHECKS.items():
        try:
            yield check(settings, say)
        except Exception as error:  # noqa: BLE001 - a doctor that falls ill helps nobody
            yield unwell(name, error, say)


def unwell(name: str, error: Exception, say: Phrases) -> Finding:
    """Return the finding of a check that ended with this error: in the person's words, with what to do."""
    told = explain(error, say)
    lines = told[0] if told else (f"{type(error).__name__}: {error}",)
    detail = getattr(error, "detail", "")
    remedies = (*lines[1:], say("doctor.detail", detail=detail)) if detail else lines[1:]
    return Finding(name=name, ok=False, detail=lines[0], remedies=remedies)


def _bad(check: str, code: str, say: Phrases, /, **values: object) -> Finding:
    remedy = say(f"doctor.remedies.{code}", **values)
    return Finding(name=check, ok=False, detail=say(f"doctor.{code}", **values), remedies=(remedy,))


def python(_settings: Settings, say: Phrases) -> Finding:
    """Look at the Python that runs this."""
    version = platform.python_version()
    if sys.version_info < LEAST_PYTHON:
        return _bad("python", "python-old", say, version=version, least=".".join(map(str, LEAST_PYTHON)))
    system = f"{platform.system()} {platform.release()}"
    return Finding(name="python", ok=True, detail=say("doctor.python", version=version, system=system))


def packages(_settings: Settings, say: Phrases) -> Finding:
    """Look whether every package that the coach needs is there."""
    there: list[str] = []
    missing: list[str] = []
    for requirement in metadata.requires(PACKAGE) or ():
        name = _NAME.match(requirement)
        if name is None or "extra" in requirement.partition(";")[2]:
            continue
        try:
            there.append(f"{name[0]} {metadata.version(name[0])}")
        except metadata.PackageNotFoundError:
            missing.append(name[0])
    comma = say("lists.comma")
    if missing:
        return _bad("packages", "packages-missing", say, names=comma.join(missing))
    detail = say("doctor.packages", version=metadata.version(PACKAGE), others=comma.join(there))
    return Finding(name="packages", ok=True, detail=detail)


def voice(_settings: Settings, say: Phrases) -> Finding:
    """Let the voice say a word, and look whether anything can be heard in it."""
    import numpy as np  # noqa: PLC0415

    from speech.pyttsx3_voice import Pyttsx3Voice  # noqa: PLC0415
    from speech.trim import trim  # noqa: PLC0415

    speaking = Pyttsx3Voice(150, say.locale)
    try:
        samples = trim(speaking.speak("1"))  # a word in every language
        info = speaking.info
    finally:
        speaking.close()
    if not len(samples) or int(np.abs(samples.astype(np.int32)).max()) < AUDIBLE:
        return _bad("voice", "voice-silent", say, name=info.name)
    origin = say(f"doctor.origin.{'bundled' if _BUNDLED in info.library else 'system'}")
    library = say("doctor.library-path", path=info.library) if info.library else ""
    detail = say("doctor.voice", name=info.name, engine=info.engine, origin=origin, library=library)
    return Finding(name="voice", ok=True, detail=detail)


def sound(_settings: Settings, say: Phrases) -> Finding:
    """Open the sound device and play a moment of silence."""
    import numpy as np  # noqa: PLC0415

    from speech.speaker import MiniaudioSpeaker, SpeakerError  # noqa: PLC0415

    asked = threading.Event()
    lost: list[SpeakerError] = []

    def source(frames: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        asked.set()
        return np.zeros(frames, dtype=np.int16)

    def on_lost(error: SpeakerError) -> None:
        lost.append(error)
        asked.set()

    speaker = MiniaudioSpeaker()
    speaker.start(source, on_lost)
    asked.wait(SOUND_WITHIN_S)
    description = speaker.description
    speaker.stop()
    if lost:
        raise lost[0]
    return Finding(name="sound", ok=True, detail=say("doctor.sound", description=description))


def storage(settings: Settings, say: Phrases) -> Finding:
    """Look at the history's health; where there is none yet, whether it can be made."""
    from skill.bootstrap import open_history  # noqa: PLC0415

    where = settings.database
    if isinstance(where, Path) and not where.exists():
        refusal = _refusal(where.parent)
        if refusal:
            return _bad("storage", "storage-folder", say, where=where.parent, detail=refusal)
        return Finding(name="storage", ok=True, detail=say("doctor.storage-none", where=where))
    with open_history(settings) as store:
        found = store.check()
    code = (
        "storage-damaged"
        if not found.sound
        else "storage-read-only"
        if not found.writable
        else "storage-public"
        if not found.private
        else ""
    )
    if code:
        return _bad("storage", code, say, where=found.where, detail=found.detail)
    size = (found.size_bytes or 0) // 1000
    detail = say("doctor.storage", where=found.where, version=found.version, size=size)
    return Finding(name="storage", ok=True, detail=detail)


def cache(settings: Settings, say: Phrases) -> Finding:
    """Write into the cache folder and take it away again."""
    folder = settings.cache_folder
    refusal = _refusal(folder)
    if refusal:
        return _bad("cache", "cache-bad", say, where=folder, detail=refusal)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Finding(name="cache", ok=True, detail=say("doctor.cache", where=folder, size=f"{size / 1e6:.1f}"))


def phrases(_settings: Settings, say: Phrases) -> Finding:
    """Look whether every phrase of the default language is there in this one."""
    missing = [phrase_id for phrase_id in load_phrases(DEFAULT_LOCALE).by_id if not say.has(phrase_id)]
    if missing:
        names = say("lists.comma").join(missing)
        return _bad("phrases", "phrases-missing", say, locale=say.locale, names=names)
    return Finding(name="phrases", ok=True, detail=say("doctor.phrases", n=len(say.by_id), locale=say.locale))


def library(settings: Settings, say: Phrases) -> Finding:
    """Put every routine, and the advice, through the rules."""
    from routines.faults import errors  # noqa: PLC0415
    from skill.bootstrap import open_library  # noqa: PLC0415
    from skill.checking import faults_of  # noqa: PLC0415

    there = open_library(settings)
    bad = [name for name in (*there.ids(), "advice") if errors(faults_of(name, settings, there))]
    if bad:
        return _bad("library", "library-bad", say, names=" ".join(bad))
    return Finding(name="library", ok=True, detail=say("doctor.library", n=len(there.ids())))


def terminal(_settings: Settings, say: Phrases) -> Finding:
    """Look at what the screen can show. Nothing here keeps the coach from working."""
    from skill.terminal.charset import charset_for  # noqa: PLC0415

    encoding = sys.stdout.encoding or ""
    if not sys.stdout.isatty():
        detail = say("doctor.terminal-none", encoding=encoding)
        return Finding(name="terminal", ok=True, detail=detail)
    columns, rows = shutil.get_terminal_size()
    colour = say(f"doctor.colour.{'no' if 'NO_COLOR' in os.environ else 'yes'}")
    detail = say("doctor.terminal", columns=columns, rows=rows, colour=colour, encoding=encoding)
    remedies = []
    if columns < FULL_SIZE[0] or rows < FULL_SIZE[1]:
        remedies.append(say("doctor.remedies.terminal-narrow"))
    if charset_for(encoding, os.environ).ascii_only:
        remedies.append(say("doctor.remedies.terminal-encoding"))
    return Finding(name="terminal", ok=True, detail=detail, remedies=tuple(remedies))


def _refusal(folder: Path) -> str:
    """Return why nothing can be written in a folder; "" if it can. The folder is made if it was not there."""
    probe = folder / f".doctor.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"1")
        probe.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return ""


CHECKS: dict[str, Check] = {
    "python": python,
    "packages": packages,
    "voice": voice,
    "sound": sound,
    "storage": storage,
    "cache": cache,
    "phrases": phrases,
    "library": library,
    "terminal": terminal,
}
