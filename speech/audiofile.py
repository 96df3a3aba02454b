"""A session as an audio file: WAV, FLAC, Ogg Vorbis or MP3, with chapters.

Every file is written beside its target under another name and renamed when it is whole: a render that is
interrupted leaves no broken file and does not touch an old one.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from routines.timeline import Timeline
from speech import comments, riff
from speech.chapters import Chapter
from speech.clips import RATE_HZ, SAMPLES_PER_MS, Samples
from speech.id3 import id3_tag
from speech.mix import Sounds, mix
from speech.mp3 import FrameBank, Progress, splice

_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class AudioFileError(Exception):
    """A file that cannot be written. `code` is stable and names a phrase; `path` and `detail` say more.

    Codes: unknown-suffix (`detail` lists the known ones), no-folder, not-allowed, disk-full, too-long (a WAV
    file ends at 4 GiB), cannot-write.
    """

    def __init__(self, code: str, path: Path, detail: str) -> None:
        """Keep the parts, so that an edge can put them in the person's words."""
        super().__init__(f"{code}: {path}: {detail}")
        self.code = code
        self.path = path
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What goes into the file."""

    timeline: Timeline
    sounds: Sounds
    chapters: Sequence[Chapter]
    title: str
    on_progress: Progress | None
    bank: FrameBank

    def blocks(self) -> Iterator[Samples]:
        """Yield the track and report how far it is."""
        done = 0
        for block in mix(self.timeline, self.sounds):
            yield block
            done += len(block)
            if self.on_progress is not None:
                self.on_progress(done // SAMPLES_PER_MS, self.timeline.total_ms)


def write_audio(
    path: Path,
    timeline: Timeline,
    sounds: Sounds,
    *,
    title: str,
    chapters: Sequence[Chapter] = (),
    on_progress: Progress | None = None,
    bank: FrameBank | None = None,
) -> int:
    """Write the session as audio in the format of the path's suffix and return the file's size in bytes.

    `on_progress` is told milliseconds done and in all. `bank` keeps encoded MP3 frames from one call to the
    next. AudioFileError if the file cannot be written; nothing is left behind then.
    """
    write = writer_for(path)
    job = _Job(
        timeline=timeline,
        sounds=sounds,
        chapters=chapters,
        title=" ".join(title.split()),
        on_progress=on_progress,
        bank=bank if bank is not None else FrameBank(),
    )
    try:
        with whole_file(path) as file:
            write(file, job)
            return file.seek(0, os.SEEK_END)
    except OverflowError as error:
        raise AudioFileError("too-long", path, str(error)) from None


def suffixes() -> tuple[str, ...]:
    """Return the suffixes that can be written, with their dots."""
    return tuple(_WRITERS)


def writer_for(path: Path) -> Callable[[BinaryIO, _Job], None]:
    """Return what writes this path's format. AudioFileError if the suffix is not known."""
    try:
        return _WRITERS[path.suffix.lower()]
    except KeyError:
        raise AudioFileError("unknown-suffix", path, ", ".join(_WRITERS)) from None


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write; it takes the path's place when all went well, and vanishes otherwise.

    AudioFileError if the system refuses.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("w+b") as file:
                yield file
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise AudioFileError(_code(error, path), path, error.strerror or str(error)) from error


def _code(error: OSError, path: Path) -> str:
    if error.errno in _FULL_DISK:
        return "disk-full"
    if not path.parent.is_dir():
        return "no-folder"
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return "not-allowed"
    return "cannot-write"


def _write_wav(file: BinaryIO, job: _Job) -> None:
    tail = riff.wav_tail(job.title, job.chapters)
    file.write(riff.wav_head(job.timeline.total_ms * SAMPLES_PER_MS, len(tail)))
    file.writelines(block.astype("<i2", copy=False).tobytes() for block in job.blocks())
    file.write(tail)


def _write_mp3(file: BinaryIO, job: _Job) -> None:
    file.write(id3_tag(job.title, job.chapters, job.timeline.total_ms))
    file.writelines(splice(job.timeline, job.sounds, job.bank, job.on_progress))


def _write_flac(file: BinaryIO, job: _Job) -> None:
    _write_by_libsndfile(file, job, "FLAC", "PCM_16")


def _write_ogg(file: BinaryIO, job: _Job) -> None:
    _write_by_libsndfile(file, job, "OGG", "VORBIS")


def _write_by_libsndfile(file: BinaryIO, job: _Job, container: str, coding: str) -> None:
    import soundfile  # noqa: PLC0415 - not needed to start a session

    entries = comments.comments(job.title, job.chapters)
    watched = _Watched(file)
    try:
        with soundfile.SoundFile(watched, "w", RATE_HZ, 1, coding, format=container) as sound:
            sound.comment = comments.held(entries)
            for block in job.blocks():  # in blocks: some libsndfile overflow their stack on one long write
                sound.write(block)
                watched.check()
    except (AssertionError, soundfile.SoundFileError):
        watched.check()
        raise
    watched.check()
    file.seek(0)
    comments.fill(file, entries)


@dataclass(slots=True)
class _Watched:
    """A file for libsndfile, which cannot pass an exception on: it is kept here until it is asked for."""

    file: BinaryIO
    error: BaseException | None = field(default=None)

    def write(self, piece: bytes) -> int:
        try:
            return self.file.write(piece)
        except BaseException as error:  # noqa: BLE001 - a full disk, or Ctrl-C, which often comes just here
            self.error = error
            return 0

    def read(self, size: int = -1) -> bytes:
        return self.file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self.file.seek(offset, whence)
        except BaseException as error:  # noqa: BLE001 - as above
            self.error = error
            return -1

    def tell(self) -> int:
        return self.file.tell()

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if self.error is not None:
            raise self.error


_WRITERS: dict[str, Callable[[BinaryIO, _Job], None]] = {
    ".mp3": _write_mp3,
    ".wav": _write_wav,
    ".flac": _write_flac,
    ".ogg": _write_ogg,
}
