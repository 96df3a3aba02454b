"""`POST /alexa`: the way in for Alexa's requests. Anything that is not one gets 400 and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from skill.alexa.answering import Answering
from skill.alexa.envelope import Envelope, check_skill, check_time, read_envelope
from skill.alexa.refusal import Refused
from skill.alexa.verify import Verifier, utc_now

_log = logging.getLogger(__name__)

MAX_BODY_BYTES = 128 * 1024  #: Alexa's own requests are a few thousand bytes long

#: A proxy in front adds one of these: then the request may come from anywhere.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")


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
        body = _body()
        if verifier is not None:
            verifier.verify(request.headers, body)
        elif not _is_local():
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


def _body() -> bytes:
    """Return what was sent, if it is not too long; a longer one is not read."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise Refused("body", "too long")
    try:
        body: bytes = request.stream.read(MAX_BODY_BYTES + 1)
    except (BadRequest, OSError) as error:
        raise Refused("body", "cut off") from error
    if len(body) > MAX_BODY_BYTES:
        raise Refused("body", "too long")
    return body


def _is_local() -> bool:
    """Whether a request comes from a program on this machine, and was not handed on by a proxy."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
