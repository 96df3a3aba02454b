"""`POST /alexa`: the way in for Alexa's requests. Anything that is not one gets 400 and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from skill.alexa.answering import Answering
from skill.alexa.envelope import Envelope, check_skill, check_time, read_envelope
from skill.alexa.refusal import Refused
from skill.alexa.verify import Verifier, utc_now

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_log = logging.getLogger(__name__)

MAX_BODY_BYTES = 128 * 1024  #: Alexa's own requests are a few thousand bytes long

#: A proxy in front adds one of these headers: then the request may come from anywhere.
_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_VIA")


def alexa_blueprint(
    answering: Answering,
    *,
    skill_id: str,
    verifier: Verifier | None,
    now: Callable[[], datetime] = utc_now,
) -> Blueprint:
    """Return the route. Without a verifier only requests from this very machine are taken."""
    pages = Blueprint("alexa", __name__)

    def admitted(moment: datetime) -> Envelope:
        body = _body(request.environ)
        if verifier is not None:
            verifier.verify(request.headers, body)
        elif not _is_local(request.environ):
            raise Refused("unverified")
        envelope = read_envelope(body)
        check_skill(envelope, skill_id)
        check_time(envelope, moment)
        return envelope

    @pages.post("/alexa")
    def alexa() -> Response:
        moment = now()
        try:
            answer = answering.answer(admitted(moment), moment)
        except Refused as refused:
            _log.warning("refused %s %s", refused.code, refused.detail)
            return Response(status=400)
        return Response(answer, mimetype="application/json")

    return pages


def _body(environ: WSGIEnvironment) -> bytes:
    """Return what was sent, if it is not too long; a longer one is not read."""
    told = environ.get("CONTENT_LENGTH") or ""
    if not (told.isascii() and told.isdecimal()):
        return _body_of_any_length()
    length = int(told)
    if length > MAX_BODY_BYTES:
        raise Refused("body", "too long")
    try:
        body: bytes = environ["wsgi.input"].read(length)
    except OSError as error:
        raise Refused("body", "cut off") from error
    if len(body) != length:
        raise Refused("body", "cut off")
    return body


def _body_of_any_length() -> bytes:
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
