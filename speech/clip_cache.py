"""Clips kept on disk from one session to the next, named by what they were made from."""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import threading
import time
import zlib
from pathlib import Path

import numpy as np

from speech.trim import TRIM_VERSION, Clip

#: A session has about 200 clips of 50-250 kB.
LIMIT_BYTES = 200_000_000

_SUFFIX = ".clip"
_HEADER = struct.Struct("<8sII16s")  # magic, checksum, number of samples, digest
_MAGIC = b"steady1\n"
_SAMPLE_BYTES = 2
_DAY_S = 86_400
_PUTS_BETWEEN_PRUNINGS = 500


class ClipCache:
    """A folder of clips. Nothing that goes wrong with it is ever an error: then clips are simply made again.

    A file is written under another name and renamed, so several processes may share the folder.
    """

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        """Use a folder; it is made when the first clip is put into it."""
        self._folder = str(folder)
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._puts = 0
        self._writable = True

    def get(self, voice_key: str, text: str) -> Clip | None:
        """Return the clip that was put; None if there is none or its file is not what was written."""
        path = self._path(voice_key, text)
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - hundreds are read before the first word
                data = file.read()
                self._mark_as_used(path, os.fstat(file.fileno()).st_mtime)
        except OSError:
            return None
        return _unpack(data)

    def put(self, voice_key: str, text: str, clip: Clip) -> None:
        """Keep a clip. If the folder cannot be written to, nothing happens, now or later."""
        if not self._writable:
            return
        path = self._path(voice_key, text)
        unfinished = f"{path}.{os.getpid()}-{threading.get_ident()}"
        try:
            os.makedirs(self._folder, exist_ok=True)  # noqa: PTH103
            with open(unfinished, "wb") as file:  # noqa: PTH123
                file.write(_pack(clip))
            os.replace(unfinished, path)  # noqa: PTH105
        except OSError:
            self._writable = False
            with contextlib.suppress(OSError):
                os.unlink(unfinished)  # noqa: PTH108
            return
        self._prune_sometimes()

    def _path(self, voice_key: str, text: str) -> str:
        name = hashlib.sha256(f"{TRIM_VERSION}\0{voice_key}\0{text}".encode()).hexdigest()
        return os.path.join(self._folder, name + _SUFFIX)  # noqa: PTH118

    def _mark_as_used(self, path: str, used_s: float) -> None:
        now_s = time.time()
        if now_s - used_s > _DAY_S:
            with contextlib.suppress(OSError):
                os.utime(path)

    def _prune_sometimes(self) -> None:
        with self._lock:
            due = self._puts % _PUTS_BETWEEN_PRUNINGS == 0
            self._puts += 1
        if due:
            with contextlib.suppress(OSError):
                self._prune()

    def _prune(self) -> None:
        """Delete what was used longest ago until the rest is within the limit, and unfinished files."""
        with os.scandir(self._folder) as entries:
            files = [(entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in entries]
        total = sum(size for _, size, _ in files)
        for used_s, size, path in sorted(files):
            unfinished = not path.endswith(_SUFFIX) and time.time() - used_s > _DAY_S
            if total > self._limit_bytes or unfinished:
                with contextlib.suppress(OSError):
                    os.unlink(path)  # noqa: PTH108
                    total -= size


def _pack(clip: Clip) -> bytes:
    samples = clip.samples.astype("<i2", copy=False).tobytes()
    head = _HEADER.pack(_MAGIC, zlib.crc32(samples), len(clip.samples), bytes.fromhex(clip.digest))
    return head + samples


def _unpack(data: bytes) -> Clip | None:
    if len(data) < _HEADER.size:
        return None
    magic, checksum, count, digest = _HEADER.unpack_from(data)
    samples = memoryview(data)[_HEADER.size :]
    if magic != _MAGIC or len(samples) != count * _SAMPLE_BYTES or zlib.crc32(samples) != checksum:
        return None
    return Clip(np.frombuffer(samples, "<i2").astype(np.int16, copy=False), digest.hex())
