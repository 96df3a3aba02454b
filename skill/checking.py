"""Finds the file that a name means, and all that is wrong with it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from routines.faults import Fault
from routines.load import Library, text_of
from routines.rules import check_file, check_text
from skill.settings import Settings


def faults_of(name: str, settings: Settings, library: Library) -> tuple[Fault, ...]:
    """Return the faults of a file, or of the routine or advice that is called so in the library."""
    path = Path(name)
    if path.exists() or path.suffix:
        return check_file(path, library)
    own = settings.routines_folder / f"{name}.yaml"
    if own.is_file():
        return check_file(own, library)
    file = resources.files("routines") / "library" / settings.locale / f"{name}.yaml"
    if name not in (*library.ids(), "advice") or not file.is_file():
        return check_file(path, library)
    return check_text(text_of(file, file.name), file.name, library)
