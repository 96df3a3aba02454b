"""An engine in a process of its own: `python -m speech.hearing.worker`, told what to do through a pipe.

Engines hold the interpreter's lock for as long as an utterance takes them; in the coach's own process that
would keep sound from being played on time. Sound comes in through the pipe, what it means goes out; nothing
is written anywhere.
"""

from __future__ import annotations

import pickle
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from speech.hearing.engines import open_recogniser
from speech.hearing.port import HearingError

_LENGTH = struct.Struct("<I")


def send(pipe: BinaryIO, message: Any) -> None:
    """Write one message. OSError if nobody reads any more."""
    body = pickle.dumps(message)
    pipe.write(_LENGTH.pack(len(body)) + body)
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:
    """Return the next message; EOFError if there is none to come. Only from this project's own processes."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    return pickle.loads(pipe.read(_LENGTH.unpack(head)[0]))  # noqa: S301 - written by `send` in our own process


def work(said: BinaryIO, understood: BinaryIO) -> None:
    """Open the engine that the first message asks for; then answer each piece of sound."""
    grammar, engine, model = receive(said)
    try:
        recogniser = open_recogniser(grammar, engine, model and Path(model))
    except HearingError as error:
        send(understood, (error.code, error.name, error.detail))
        return
    send(understood, recogniser.key)
    while True:
        try:
            sound, expecting, amid = receive(said)
        except EOFError:
            return
        samples = np.frombuffer(sound, dtype=np.int16)
        send(understood, recogniser.recognise(samples, expecting, amid=amid))


if __name__ == "__main__":
    pipe = sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints must not get into the messages
    work(sys.stdin.buffer, pipe)
