"""Routines at hand for a process that is asked for them again and again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from routines.memo import Memo
from routines.model import Routine
from skill.bootstrap import find_routine, open_library
from skill.errors import UserError
from skill.settings import Settings

_NAMES = 256
#: How long a changed file may go unnoticed.
LOOK_EVERY_S = 1.0

#: A file as it was: name, moment it was changed, size.
_Stamp = tuple[tuple[str, int, int], ...]


class Shelf:
    """Routines by name, read again when a file in the person's own folder has changed. For any thread."""

    def __init__(self, settings: Settings, clock_s: Callable[[], float] = monotonic) -> None:
        """Take where the person's own routines are, and a clock in seconds."""
        self._settings = settings
        self._clock_s = clock_s
        self._look_at_s = 0.0
        self._stamp: _Stamp | None = None
        self._found: Memo[str, Routine] = Memo(_NAMES)
        self._all: Memo[None, tuple[Routine, ...]] = Memo(1)

    def routine(self, name: str) -> Routine:
        """Return a routine as `skill.bootstrap.find_routine` does, with the same errors; never a path's.

        Whoever asks may be anybody with a voice: no word of theirs is looked for as a file.
        """
        self._look()
        return self._found.find(name) or self._found.put(name, self._find(name))

    def routines(self) -> tuple[Routine, ...]:
        """Return every routine that there is."""
        self._look()
        return self._all.get(None, self._read_all)

    def _find(self, name: str) -> Routine:
        if Path(name).suffix in (".yaml", ".yml"):
            raise UserError("no-routine", name=name, names=", ".join(open_library(self._settings).ids()))
        return find_routine(name, self._settings)

    def _read_all(self) -> tuple[Routine, ...]:
        return tuple(find_routine(name, self._settings) for name in open_library(self._settings).ids())

    def _look(self) -> None:
        """Forget what was found if the folder is no longer as it was."""
        now_s = self._clock_s()
        if self._stamp is not None and now_s < self._look_at_s:
            return
        self._look_at_s = now_s + LOOK_EVERY_S
        stamp = _stamp(self._settings.routines_folder)
        if stamp != self._stamp:
            # New ones, not emptied ones: another thread may be about to keep what it found before.
            self._found, self._all = Memo(_NAMES), Memo(1)
            self._stamp = stamp


def _stamp(folder: Path) -> _Stamp:
    try:
        with os.scandir(folder) as entries:
            return tuple(sorted((entry.name, *_changed(entry)) for entry in entries))
    except OSError:
        return ()


def _changed(entry: os.DirEntry[str]) -> tuple[int, int]:
    try:
        told = entry.stat()
    except OSError:
        return 0, 0
    return told.st_mtime_ns, told.st_size
