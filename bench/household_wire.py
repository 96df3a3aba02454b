"""Browsers, as far as a server can tell them from real ones: kept connections, and streams of events."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Self

_LIMIT = 2**22


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took_ms: float  #: from the first byte sent to the last one read


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of a stream."""

    name: str
    data: str
    at_s: float  #: on `perf_counter`


class Wire:
    """A connection that is kept open, for one request after the other."""

    def __init__(self, address: tuple[str, int], cookie: str) -> None:
        """Take where to and as whom; nothing is sent yet."""
        self._address = address
        self._cookie = cookie
        self._turn = asyncio.Lock()
        self._open: tuple[StreamReader, StreamWriter] | None = None

    async def get(self, path: str, accept: str = "text/html") -> Answer:
        """Ask for a page."""
        return await self._ask("GET", path, {"Accept": accept}, b"")

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a form, or whatever the headers say it is."""
        return await self._ask("POST", path, {**headers, "Content-Length": str(len(body))}, body)

    async def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        async with self._turn:
            began_s = perf_counter()
            if self._open is None:
                self._open = await asyncio.open_connection(*self._address, limit=_LIMIT)
            reader, writer = self._open
            writer.write(_head(method, path, self._cookie, headers) + body)
            status, told = await _answer_head(reader)
            got = await _body(reader, told)
            if told.get("connection", "").lower() == "close":
                await self.close()
            return Answer(status, told, got, 1000 * (perf_counter() - began_s))


class Stream:
    """A stream of events that stays open."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Take a connection whose answer has begun."""
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, address: tuple[str, int], path: str, cookie: str) -> Self:
        """Return a stream. ConnectionError if the server has none."""
        reader, writer = await asyncio.open_connection(*address, limit=_LIMIT)
        writer.write(_head("GET", path, cookie, {"Accept": "text/event-stream"}))
        status, _ = await _answer_head(reader)
        if status != 200:
            writer.close()
            raise ConnectionError(f"no stream at {path}: {status}")
        return cls(reader, writer)

    async def events(self) -> AsyncIterator[Heard]:
        """Yield what is said until either side hangs up."""
        told = ""
        while size := int(await self._reader.readline() or b"0", 16):
            told += (await self._reader.readexactly(size)).decode()
            await self._reader.readexactly(2)
            at_s = perf_counter()
            *whole, told = told.split("\n\n")
            for one in whole:
                fields = [line.partition(": ") for line in one.splitlines()]
                name = next((value for field, _, value in fields if field == "event"), "")
                if name:
                    data = "\n".join(value for field, _, value in fields if field == "data")
                    yield Heard(name, data, at_s)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def _head(method: str, path: str, cookie: str, headers: Mapping[str, str]) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: localhost", f"Cookie: {cookie}")
    more = (f"{name}: {value}" for name, value in headers.items())
    return "\r\n".join((*lines, *more, "", "")).encode()


async def _answer_head(reader: StreamReader) -> tuple[int, dict[str, str]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines if line)
    return int(first.split()[1]), {name.lower(): value for name, _, value in pairs}


async def _body(reader: StreamReader, headers: Mapping[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    if headers.get("transfer-encoding") != "chunked":
        return b""
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return b"".join(parts)
