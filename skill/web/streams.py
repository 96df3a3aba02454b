"""Live streams (server-sent events): each takes a thread of the server for as long as it is open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from threading import Lock

from flask import Response, stream_with_context
from werkzeug.exceptions import ServiceUnavailable

#: How often something is sent where nothing happens, so that nobody in between thinks it is over.
KEEP_ALIVE_S = 15.0
#: How long somebody without a stream waits before trying for one again; they poll meanwhile.
RETRY_S = 30


class Streams:
    """How many streams may be open at once, and how many are. For any thread."""

    def __init__(self, most: int) -> None:
        """Take the greatest number."""
        self.most = most
        self._open = 0
        self._lock = Lock()

    def open(self, events: Callable[[], Iterator[str]]) -> Response:
        """Return a stream of events as `event` makes them; `ServiceUnavailable` if there are too many."""
        with self._lock:
            if self._open >= self.most:
                raise ServiceUnavailable(retry_after=RETRY_S)
            self._open += 1

        def stream() -> Iterator[str]:
            yield "retry: 2000\n\n"
            yield from events()

        response = Response(stream_with_context(stream()), mimetype="text/event-stream")
        response.headers["X-Accel-Buffering"] = "no"
        response.headers["Cache-Control"] = "no-store"
        response.call_on_close(self._close)
        return response

    def _close(self) -> None:
        with self._lock:
            self._open -= 1


def event(name: str, data: object) -> str:
    """Return one event with data that JSON can hold."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


KEEP_ALIVE = ": keep-alive\n\n"
#: The same for a page that looks whether its stream is still alive; and: what is shown may be out of date.
HERE = event("here", {})
AWAY = event("away", {})
#: How long a store that does not answer is left alone.
AFTER_A_FAULT_S = 1.0
