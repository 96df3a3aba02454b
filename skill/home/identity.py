"""Who this machine is as a device: an id in a file beside the history, so that it stays the same."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from routines.phrases import Phrases
from skill.care.gate import MAX_NAME
from skill.care.secrets import new_id

_FILE = "device-id"


def own_id(folder: Path) -> str:
    """Return this machine's id, made when it is first asked for. Several processes get the same."""
    path = folder / _FILE
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(new_id() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip() or new_id()


def own_name(phrases: Phrases) -> str:
    """Return what this machine is called, for caregivers to choose it."""
    return platform.node().partition(".")[0][:MAX_NAME] or phrases("care.this-computer")
