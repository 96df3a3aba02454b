"""`POST /alexa`: the way in for Alexa's requests. Anything that is not one gets 400 and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from skill.alexa.answering import Answering
from skill.alexa.envelope import Envelope, check_skill, check_time, read_envelope
from skill.alexa.refusal import Refused
from skill.alexa.verify import Verifier, utc_now

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)

PATH = "/alexa"
_JSON = "application/json"

MAX_BODY_BYTES = 128 * 1024  #: Alexa's own requests are a few thousand bytes long

#: The longest number that is looked at.
_DIGITS = 15

#: A proxy in front adds one of these headers: then the request may come from anywhere.
_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_VIA")


class Gate:
    """Lets in Alexa's requests and nothing else. For any thread."""

    def __init__(
        self,
        answering: Answering,
        *,
        skill_id: str,
        verifier: Verifier | None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take who answers. Without a verifier only requests from this very machine are taken."""
        self._answering = answering
        self._skill_id = skill_id
        self._verifier = verifier
        self._now = now

    def answer(self, environ: WSGIEnvironment, body: Callable[[], bytes]) -> bytes | None:
        """Return the reply to a request as WSGI has it, with what reads its body; None if it is refused."""
        moment = self._now()
        try:
            return self._answering.answer(self._admitted(environ, body(), moment), moment)
        except Refused as refused:
            _log.warning("refused %s %s", refused.code, refused.detail)
            return None

    def _admitted(self, environ: WSGIEnvironment, body: bytes, moment: datetime) -> Envelope:
        if self._verifier is not None:
            self._verifier.verify(_Headers(environ), body)
        elif not _is_local(environ):
            raise Refused("unverified")
        envelope = read_envelope(body)
        check_skill(envelope, self._skill_id)
        check_time(envelope, moment)
        return envelope


def alexa_blueprint(gate: Gate) -> Blueprint:
    """Return the route."""
    pages = Blueprint("alexa", __name__)

    @pages.post(PATH)
    def alexa() -> Response:
        answer = gate.answer(request.environ, _whole_body)
        return Response(status=400) if answer is None else Response(answer, mimetype=_JSON)

    return pages


def straight_to(gate: Gate, app: WSGIApplication, headers: Mapping[str, str]) -> WSGIApplication:
    """Return an app in which Alexa's requests take the shortest way to the gate; all others go to `app`.

    What the framework does around a page takes as long as half an answer. Replies get `headers`.
    """
    usual = list(headers.items())
    refused = [("Content-Length", "0"), *usual]

    def take(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        here = environ.get("PATH_INFO") == PATH and environ["REQUEST_METHOD"] == "POST"
        if not here or _length(environ) is None:
            return app(environ, start)
        answer = gate.answer(environ, partial(_body, environ))
        if answer is None:
            start("400 BAD REQUEST", [*refused])
            return []
        start("200 OK", [("Content-Type", _JSON), ("Content-Length", str(len(answer))), *usual])
        return [answer]

    return take


class _Headers:
    """A request's headers by their names."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def get(self, name: str, /) -> str | None:
        value: str | None = self._environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        return value


def _length(environ: WSGIEnvironment) -> int | None:
    """Return how long the body is; None if that is not told."""
    told = environ.get("CONTENT_LENGTH") or ""
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= _DIGITS else None


def _body(environ: WSGIEnvironment) -> bytes:
    """Return what was sent, if it is not too long; a longer one is not read."""
    length = _length(environ) or 0
    if length > MAX_BODY_BYTES:
        raise Refused("body", "too long")
    try:
        body: bytes = environ["wsgi.input"].read(length)
    except OSError as error:
        raise Refused("body", "cut off") from error
    if len(body) != length:
        raise Refused("body", "cut off")
    return body


def _whole_body() -> bytes:
    """Return what was sent, whether or not it says how long it is."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise Refused("body", "too long")
    try:
        body: bytes = request.stream.read(MAX_BODY_BYTES + 1)
    except (BadRequest, OSError) as error:
        raise Refused("body", "cut off") from error
    if len(body) > MAX_BODY_BYTES:
        raise Refused("body", "too long")
    return body


def _is_local(environ: WSGIEnvironment) -> bool:
    """Whether a request comes from a program on this machine, and was not handed on by a proxy."""
    return not any(name in environ for name in _FORWARDED) and _is_loopback(environ.get("REMOTE_ADDR") or "")


@lru_cache(maxsize=256)
def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
