"""Title and chapters inside FLAC and Ogg Vorbis files, as Vorbis comments.

libsndfile writes a comment, but knows no chapters. So it is given one comment as long as all of ours
together, and afterwards ours are written in its place: no byte of the sound moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from speech.chapters import Chapter

_HELD_NAME = b"COMMENT="  #: what libsndfile calls it; FLAC has it in small letters
_FLAC_COMMENTS = 4
_FLAC_LAST = 0x80
_VORBIS_COMMENTS = b"\x03vorbis"
_OGG_HEAD = 27
_OGG_CRC = slice(22, 26)
_FULL = 255
_MOST_CHAPTERS = 999  #: their number has three digits


def comments(title: str, chapters: Sequence[Chapter]) -> list[bytes]:
    """Return the comments for a title and its chapters (the first 999)."""
    made = [f"TITLE={title}", "GENRE=Speech"]
    for number, chapter in enumerate(chapters[:_MOST_CHAPTERS], 1):
        seconds, ms = divmod(chapter.at_ms, 1000)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
        made += [f"CHAPTER{number:03}={clock}", f"CHAPTER{number:03}NAME={chapter.title}"]
    return [comment.encode() for comment in made]


def held(entries: Sequence[bytes]) -> str:
    """Return the comment to give to libsndfile, as long as all entries together."""
    return "-" * (len(_packed(entries)) - 4 - len(_HELD_NAME))


def fill(file: BinaryIO, entries: Sequence[bytes]) -> None:
    """Write the entries where `held` kept room for them. ValueError if the file has no such room."""
    start = file.read(4)
    file.seek(0)
    if start == b"fLaC":
        _fill_flac(file, entries)
    else:
        _fill_ogg(file, entries)


def _packed(entries: Sequence[bytes]) -> bytes:
    return b"".join(len(entry).to_bytes(4, "little") + entry for entry in entries)


def _filled(block: bytes, entries: Sequence[bytes]) -> bytes:
    """Return a block of comments with the entries instead of the held one, and as long as before."""
    size = int.from_bytes(block[:4], "little")
    vendor, at = block[: 4 + size], 4 + size
    count = int.from_bytes(block[at : at + 4], "little")
    at += 4
    kept: list[bytes] = []
    for _ in range(count):
        size = int.from_bytes(block[at : at + 4], "little")
        kept.append(block[at + 4 : at + 4 + size])
        at += 4 + size
    others = [entry for entry in kept if not entry.upper().startswith(_HELD_NAME)]
    everything = [*others, *entries]
    made = vendor + len(everything).to_bytes(4, "little") + _packed(everything) + block[at:]
    if len(made) != len(block):
        raise ValueError("there is no room for the comments")
    return made


def _fill_flac(file: BinaryIO, entries: Sequence[bytes]) -> None:
    file.seek(4)
    while len(head := file.read(4)) == 4:  # noqa: PLR2004 - a block's head has four bytes
        at, size = file.tell(), int.from_bytes(head[1:])
        if head[0] & ~_FLAC_LAST == _FLAC_COMMENTS:
            made = _filled(file.read(size), entries)
            file.seek(at)
            file.write(made)
            return
        if head[0] & _FLAC_LAST:
            break
        file.seek(at + size)
    raise ValueError("this FLAC file has no comments")


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of an Ogg file."""

    at: int
    head: bytes  #: with the table of sizes
    body: bytes


def _fill_ogg(file: BinaryIO, entries: Sequence[bytes]) -> None:
    _read_page(file)  # the first page is the stream's own header
    pages: list[_Page] = []
    size = 0
    ended = False
    while not ended:
        pages.append(page := _read_page(file))
        for piece in page.head[_OGG_HEAD:]:
            size += piece
            ended = piece < _FULL
            if ended:
                break
    whole = b"".join(page.body for page in pages)
    if not whole.startswith(_VORBIS_COMMENTS):
        raise ValueError("this Ogg file has no comments")
    skip = len(_VORBIS_COMMENTS)
    whole = whole[:skip] + _filled(whole[skip:size], entries) + whole[size:]
    for page in pages:
        body, whole = whole[: len(page.body)], whole[len(page.body) :]
        head = bytearray(page.head)
        head[_OGG_CRC] = bytes(4)
        head[_OGG_CRC] = ogg_crc(bytes(head) + body).to_bytes(4, "little")
        file.seek(page.at)
        file.write(head + body)


def _read_page(file: BinaryIO) -> _Page:
    at = file.tell()
    head = file.read(_OGG_HEAD)
    if len(head) < _OGG_HEAD or not head.startswith(b"OggS"):
        raise ValueError("this is no Ogg page")
    table = file.read(head[-1])
    return _Page(at, head + table, file.read(sum(table)))


def _crc_table() -> list[int]:
    table = []
    for index in range(256):
        value = index << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return table


def ogg_crc(page: bytes) -> int:
    """Return the check sum of an Ogg page whose own sum is zero."""
    table = _crc_table()
    crc = 0
    for byte in page:
        crc = (crc << 8 & 0xFFFFFFFF) ^ table[crc >> 24 ^ byte]
    return crc
