"""Routines of the household's own: checked, kept in every version, laid where every coach finds them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from routines.faults import Fault, RoutineFaults, errors
from routines.load import SUFFIX, Library, read_routine
from routines.model import Routine
from routines.rules import check_text
from skill.care.permissions import Action
from skill.care.ports import CareStore
from skill.care.records import AuditRow, Caregiver, Version
from speech.audiofile import AudioFileError, whole_file

_log = logging.getLogger(__name__)

#: What a text is called in its faults before its id is known.
_UNNAMED = "routine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A routine's text as somebody wrote it, and what is wrong with it."""

    text: str
    faults: tuple[Fault, ...]
    routine: Routine | None  #: None if its form is not right

    @property
    def good(self) -> bool:
        """Whether it can be used; there may still be warnings."""
        return self.routine is not None and not errors(self.faults)


@dataclass(frozen=True, slots=True)
class OwnRoutines:
    """The routines that a household wrote. The store has every version; the folder what is in use."""

    care: CareStore
    folder: Path
    locale: str
    now: Callable[[], datetime]
    demand: Callable[[Caregiver, Action], None]  #: raises if the caregiver may not

    def draft(self, text: str) -> Draft:
        """Return what a text is worth, as `steady check` sees it. Nothing is kept."""
        text = text.replace("\r\n", "\n")
        library = self._library()
        try:
            routine = read_routine(text, _UNNAMED, self.locale, library.routine)
        except RoutineFaults as found:
            return Draft(text=text, faults=found.faults, routine=None)
        faults = check_text(text, f"{routine.id}{SUFFIX}", library)
        return Draft(text=text, faults=faults, routine=routine)

    def texts(self) -> Mapping[str, Version]:
        """Return the latest text of each routine in use, by id."""
        return self.care.routine_texts()

    def save(self, who: Caregiver, text: str) -> Draft:
        """Keep a text if it is good, and say what it is worth. NotAllowedError; StoreError."""
        self.demand(who, Action.EDIT_ROUTINES)
        draft = self.draft(text)
        if draft.good and draft.routine is not None:
            self._keep(who, draft.routine.id, draft.text)
        return draft

    def take_out(self, who: Caregiver, routine: str) -> None:
        """Take a routine out of use; its versions stay. NotAllowedError; StoreError."""
        self.demand(who, Action.EDIT_ROUTINES)
        if routine in self.care.routine_texts():
            self._keep(who, routine, None)

    def lay_out(self) -> None:
        """Lay the texts in use into the folder, where they are not there yet; take out what no longer is.

        A file that a person put there by hand, and that was never kept here, is left alone.
        """
        there = self.care.routine_texts()
        for routine, version in there.items():
            self._write(routine, str(version.document))
        for path in self.folder.glob(f"*{SUFFIX}"):
            if path.stem not in there and self.care.routine_versions(path.stem):
                path.unlink(missing_ok=True)

    def _keep(self, who: Caregiver, routine: str, text: str | None) -> None:
        at = self.now()
        self.care.save_routine_text(routine, text, who.id, at)
        action = "routine.saved" if text is not None else "routine.removed"
        self.care.add_audit(AuditRow(at=at, by=who.id, action=action, subject=routine))
        if text is not None:
            self._write(routine, text)
        else:
            with suppress(OSError):
                self._path(routine).unlink(missing_ok=True)

    def _write(self, routine: str, text: str) -> None:
        path = self._path(routine)
        try:
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                file.write(text.encode())
        except (
            AudioFileError,
            OSError,
            UnicodeDecodeError,
        ) as error:
            # It is kept; the next start tries again.
            _log.warning("routine-not-laid-out %s", type(error).__name__)

    def _path(self, routine: str) -> Path:
        return self.folder / f"{routine}{SUFFIX}"

    def _library(self) -> Library:
        return Library(self.locale, (self.folder,))
