"""Requests a second: conversations that were held before, sent again to two processes at once."""

from __future__ import annotations

import logging
import multiprocessing
import socket
import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import ClassVar

from flask import Flask

from bench.alexa_signing import Signing
from bench.alexa_talk import Door, Json, converse, echo, to_bytes
from tests.alexa_device import Clock

_PROCESSES, _THREADS, _CLIENTS = 2, 2, 4
_MARK = b"A-REQUEST-ID-OF-THIRTY-SIX-CHARACTERS"[:36]


@dataclass(frozen=True, slots=True)
class Replay:
    """Conversations by their requests, and the history they belong to."""

    CLOCK: ClassVar[str] = "HTTP_X_BENCH_NOW"

    conversations: tuple[tuple[tuple[bytes, str], ...], ...]  #: body and moment
    database: Path
    signing: Signing | None

    def __len__(self) -> int:
        """Return how many requests there are."""
        return sum(map(len, self.conversations))

    def requests(self) -> list[list[bytes]]:
        """Return the requests as they go over the wire, with ids that were never used; signed if asked."""
        return [[self._request(body, now) for body, now in one] for one in self.conversations]

    def _request(self, body: bytes, now: str) -> bytes:
        body = body.replace(_MARK, str(uuid.uuid4()).encode())
        headers = {"Host": "localhost", "Content-Type": "application/json", "X-Bench-Now": now}
        headers |= self.signing.headers(body) if self.signing else {}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST /alexa HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def forget(self) -> None:
        """Take back what happened in the sessions, so that it can happen again; they have begun."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("DELETE FROM event WHERE key != 'started'")
            connection.execute("UPDATE session SET ended_at_ms = NULL")


def record(
    folder: Path,
    make: Callable[[Path, Callable[[], datetime], Signing | None], Flask],
    signing: Signing | None,
    conversations: int,
) -> Replay:
    """Hold conversations with a backend in a folder, and return them."""
    clock = Clock(datetime.now(UTC))
    began = clock.now
    client = make(folder, clock, None).test_client()
    held = []
    for nth in range(conversations):
        said: list[tuple[bytes, str]] = []

        def send(envelope: Json, _clock: Clock, said: list[tuple[bytes, str]] = said) -> Json:
            body = to_bytes(envelope)
            marked = body.replace(envelope["request"]["requestId"].encode(), _MARK)
            said.append((marked, clock.now.isoformat()))
            answer: Json = client.post("/alexa", data=body, content_type="application/json").get_json()
            return answer

        clock.now = began
        converse(echo(Door(send, clock), nth, screen=False))
        held.append(tuple(said))
    return Replay(tuple(held), folder / "history.sqlite3", signing)


def throughput(app: Callable[[], Flask], replay: Replay, *, afresh: bool) -> float:
    """Return how many requests a second two processes answer, each with an app of its own."""
    if afresh:
        replay.forget()
    warm, measured = replay.requests()[:_CLIENTS], replay.requests()
    forks = multiprocessing.get_context("fork")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        workers = [
            forks.Process(target=_serve, args=(app, listening), daemon=True) for _ in range(_PROCESSES)
        ]
        for worker in workers:
            worker.start()
        try:
            address = listening.getsockname()
            _send_all(address, warm)
            if afresh:
                replay.forget()
            return sum(map(len, measured)) / _send_all(address, measured)
        finally:
            for worker in workers:
                worker.terminate()
                worker.join()


def _serve(app: Callable[[], Flask], listening: socket.socket) -> None:
    from waitress import create_server  # noqa: PLC0415 - in the process that serves

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue is what is wanted
    create_server(app(), sockets=[listening], threads=_THREADS, ident="").run()


def _send_all(address: tuple[str, int], conversations: Sequence[list[bytes]]) -> float:
    """Send everything, conversations side by side; return how long it took, in seconds."""
    lots = [list(chain.from_iterable(conversations[nth::_CLIENTS])) for nth in range(_CLIENTS)]
    began_s = time.monotonic()
    with ThreadPoolExecutor(_CLIENTS) as pool:
        for done in [pool.submit(_send, address, lot) for lot in lots]:
            done.result()
    return time.monotonic() - began_s


def _send(address: tuple[str, int], lot: Sequence[bytes]) -> None:
    with socket.create_connection(address) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in lot:
            connection.sendall(request)
            _read(connection)


def _read(connection: socket.socket) -> None:
    got = b""
    while b"\r\n\r\n" not in got:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("closed")
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(head.decode()[:80])
    length = int(
        next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))[15:]
    )
    while len(body) < length:
        body += connection.recv(65536)
