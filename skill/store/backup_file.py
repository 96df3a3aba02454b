"""A backup as a file: a zip archive with one file of JSON lines for each table, and what they all should be.

`manifest.json` names the version of the tables and, for every other file, its rows and its digest. It is
written last and read first; nothing in a backup is used before every digest has been found right.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

#: Moves when a program of before could no longer read what is written.
FORMAT = 1
PROGRAM = "steady-coach"
_MANIFEST = "manifest.json"
_TABLES = "tables/"
_ROUTINES = "routines/"
_CHUNK = 1 << 20
#: No manifest is longer.
_MOST_MANIFEST = 4 << 20


class BackupFault(StrEnum):
    """What is wrong with a backup. Names the phrase `backup.error.<value>`."""

    NO_FILE = "no-file"  #: there is none, or it cannot be read
    NO_FOLDER = "no-folder"  #: nothing can be written there
    EXISTS = "exists"  #: another file is there already
    FOREIGN = "foreign"  #: not one of our backups
    DAMAGED = "damaged"
    NEWER = "newer"  #: made by a newer version of the program
    NOT_EMPTY = "not-empty"  #: something is kept already where it was to go
    ELSEWHERE = "elsewhere"  #: this database is backed up by its own means


class BackupError(Exception):
    """A backup that cannot be made or used. `code` names a phrase, `where` the file; nothing was changed."""

    def __init__(self, code: BackupFault, where: str, detail: str = "") -> None:
        """Keep the parts, so that an edge can put them in the person's words."""
        super().__init__(f"{code}: {where}: {detail}")
        self.code = code
        self.where = where
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a file in a backup should be."""

    name: str
    rows: int  #: 0 for what is no table
    sha256: str


class BackupWriter:
    """Writes a backup. See `writing_backup`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Take an archive with nothing in it."""
        self._archive = archive
        self._entries: list[Entry] = []

    def table(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add a table, row by row."""
        lines = (orjson.dumps(dict(row), option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        self._add(f"{_TABLES}{name}.jsonl", lines, counted=True)

    def routine(self, name: str, text: bytes) -> None:
        """Add a routine of a person's own, by the name of its file."""
        self._add(f"{_ROUTINES}{name}", (text,), counted=False)

    def finish(self, tables_version: str, at: datetime) -> None:
        """Say what it all should be."""
        manifest = {
            "program": PROGRAM,
            "format": FORMAT,
            "tables_version": tables_version,
            "made_at": at.isoformat(),
            "files": [
                {"name": entry.name, "rows": entry.rows, "sha256": entry.sha256} for entry in self._entries
            ],
        }
        self._archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))

    def _add(self, name: str, parts: Iterable[bytes], *, counted: bool) -> None:
        digest, rows = hashlib.sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as file:
            for part in parts:
                file.write(part)
                digest.update(part)
                rows += 1
        self._entries.append(Entry(name=name, rows=rows if counted else 0, sha256=digest.hexdigest()))


@contextmanager
def writing_backup(path: Path, *, overwrite: bool = False) -> Iterator[BackupWriter]:
    """Give a writer; the file is there, for this user alone, once all of it is written. `BackupError`."""
    if path.exists() and not overwrite:
        raise BackupError(BackupFault.EXISTS, str(path))
    try:
        # Made for this user alone from its first moment on.
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise BackupError(BackupFault.NO_FOLDER, str(path), str(error)) from error
    try:
        with os.fdopen(number, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                yield BackupWriter(archive)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise BackupError(BackupFault.NO_FOLDER, str(path), str(error)) from error
    finally:
        Path(name).unlink(missing_ok=True)


class BackupReader:
    """Reads a backup in which everything is as it should be. See `reading_backup`."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        """Read what should be in there, and look at all of it."""
        self._archive = archive
        self.where = where
        manifest = self._manifest()
        try:
            self.tables_version = str(manifest["tables_version"])
            self.made_at = datetime.fromisoformat(manifest["made_at"])
            self._entries = {
                str(each["name"]): Entry(
                    name=str(each["name"]), rows=int(each["rows"]), sha256=str(each["sha256"])
                )
                for each in manifest["files"]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise self.damaged(_MANIFEST) from error
        self._check()

    @property
    def tables(self) -> dict[str, int]:
        """The names of the tables, and how many rows each has."""
        return {
            name.removeprefix(_TABLES).removesuffix(".jsonl"): entry.rows
            for name, entry in self._entries.items()
            if name.startswith(_TABLES)
        }

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table."""
        name = f"{_TABLES}{table}.jsonl"
        with self._archive.open(name) as file:
            for line in file:
                try:
                    row = orjson.loads(line)
                except orjson.JSONDecodeError as error:
                    raise self.damaged(name) from error
                if not isinstance(row, dict):
                    raise self.damaged(name)
                yield row

    def routines(self) -> dict[str, bytes]:
        """Return the person's own routines by the names of their files."""
        return {
            name.removeprefix(_ROUTINES): self._archive.read(name)
            for name in self._entries
            if name.startswith(_ROUTINES)
        }

    def damaged(self, what: str) -> BackupError:
        """Return the fault of a backup in which this is not as it should be."""
        return BackupError(BackupFault.DAMAGED, self.where, what)

    def _manifest(self) -> dict[str, Any]:
        try:
            with self._archive.open(_MANIFEST) as file:
                manifest = json.loads(file.read(_MOST_MANIFEST))
        except (KeyError, ValueError) as error:
            raise BackupError(BackupFault.FOREIGN, self.where) from error
        if not isinstance(manifest, dict) or manifest.get("program") != PROGRAM:
            raise BackupError(BackupFault.FOREIGN, self.where)
        if not isinstance(manifest.get("format"), int):
            raise self.damaged(_MANIFEST)
        if manifest["format"] > FORMAT:
            raise BackupError(BackupFault.NEWER, self.where, f"format {manifest['format']}")
        return manifest

    def _check(self) -> None:
        names = self._archive.namelist()
        if sorted(names) != sorted([*self._entries, _MANIFEST]):
            raise self.damaged(_MANIFEST)
        for entry in self._entries.values():
            if not _is_ours(entry.name):
                raise self.damaged(entry.name)
            digest = hashlib.sha256()
            with self._archive.open(entry.name) as file:
                while part := file.read(_CHUNK):
                    digest.update(part)
            if digest.hexdigest() != entry.sha256:
                raise self.damaged(entry.name)


@contextmanager
def reading_backup(path: Path) -> Iterator[BackupReader]:
    """Give a reader of a backup that is whole. `BackupError` if it is not, or is none."""
    where = str(path)
    with ExitStack() as opened:
        yield _opened(path, where, opened)


def _opened(path: Path, where: str, opened: ExitStack) -> BackupReader:
    try:
        return BackupReader(opened.enter_context(zipfile.ZipFile(path)), where)
    except OSError as error:
        raise BackupError(BackupFault.NO_FILE, where, str(error)) from error
    except zipfile.BadZipFile as error:
        fault = BackupFault.DAMAGED if _begins_like_ours(path) else BackupFault.FOREIGN
        raise BackupError(fault, where, str(error)) from error
    except (zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BackupError(BackupFault.DAMAGED, where, str(error)) from error


def is_routine_name(name: str) -> bool:
    """Whether a file of this name in the folder of routines is one, and nothing outside of it."""
    plain = Path(name).name == name and not name.startswith(".") and "\\" not in name
    return plain and name.endswith((".yaml", ".yml"))


def _is_ours(name: str) -> bool:
    if name.startswith(_ROUTINES):
        return is_routine_name(name.removeprefix(_ROUTINES))
    table = name.removeprefix(_TABLES).removesuffix(".jsonl")
    return name == f"{_TABLES}{table}.jsonl" and table.isidentifier()


def _begins_like_ours(path: Path) -> bool:
    """Whether this was a zip archive once: one that was cut off has lost its end."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"
