"""The tag in front of an MP3: title and chapters (ID3v2.3 with the chapter frames CHAP and CTOC)."""

from __future__ import annotations

from collections.abc import Sequence

from speech.chapters import Chapter

_MAX_ENTRIES = 255  #: the table of contents counts its entries in one byte
_NO_BYTE_OFFSET = b"\xff\xff\xff\xff"
_TOP_LEVEL_ORDERED = 0b11


def id3_tag(title: str, chapters: Sequence[Chapter], length_ms: int) -> bytes:
    """Return the tag as bytes. A player's table of contents shows the first 255 chapters."""
    body = _text_frame(b"TIT2", title) + _text_frame(b"TLEN", str(length_ms))
    names = [f"chp{number}".encode() for number in range(len(chapters))]
    if chapters:
        listed = names[:_MAX_ENTRIES]
        head = b"toc\0" + bytes([_TOP_LEVEL_ORDERED, len(listed)])
        body += _frame(b"CTOC", head + b"".join(name + b"\0" for name in listed))
    for name, chapter in zip(names, chapters, strict=True):
        times = chapter.at_ms.to_bytes(4) + chapter.end_ms.to_bytes(4) + 2 * _NO_BYTE_OFFSET
        body += _frame(b"CHAP", name + b"\0" + times + _text_frame(b"TIT2", chapter.title))
    return b"ID3\x03\0\0" + _seven_bits(len(body)) + body


def _text_frame(name: bytes, text: str) -> bytes:
    try:
        coded = b"\0" + text.encode("latin-1")
    except UnicodeEncodeError:
        coded = b"\1" + b"\xff\xfe" + text.encode("utf-16-le")
    return _frame(name, coded)


def _frame(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4) + b"\0\0" + body


def _seven_bits(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
