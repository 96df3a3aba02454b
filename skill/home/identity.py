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
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _make(path)
    return path.read_text(encoding="utf-8").strip()


def _make(path: Path) -> None:
    """Put an id there, whole at once; of several, the first one stays."""
    mine = path.with_name(f"{_FILE}.{new_id()}")
    mine.write_text(new_id() + "\n", encoding="utf-8")
    try:
        os.link(mine, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        mine.replace(path)
    finally:
        mine.unlink(missing_ok=True)


def own_name(phrases: Phrases) -> str:
    """Return what this machine is called, for caregivers to choose it."""
    return platform.node().partition(".")[0][:MAX_NAME] or phrases("care.this-computer")
