"""What went wrong, as a page in plain words, as a part of one, or as JSON: whatever was asked for."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from flask import Flask, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    NotFound,
    ServiceUnavailable,
)
from werkzeug.wrappers import Response

from skill.care.errors import CareError, NotAllowedError
from skill.ports import StoreError
from skill.web.guard import Door, door_of
from skill.web.site import Site

_log = logging.getLogger(__name__)

_RETRY_S = 5
_FIRST_OF_THE_SERVER = 500

#: The statuses that have words of their own; of the others the server's are told as 500, the rest as 400.
_TOLD = (400, 401, 403, 404, 405, 410, 413, 429, 500, 503)


def add_errors(app: Flask, site: Site) -> None:
    """Answer every error of an app in plain words, except where machines ask."""

    def answer(error: HTTPException, words: tuple[str, ...] = ()) -> Response | HTTPException:
        if door_of(request.endpoint) is Door.MACHINE:
            return error
        return _told(error, words or _words(site, error.code or _FIRST_OF_THE_SERVER))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | HTTPException:
        return answer(error)

    @app.errorhandler(NotAllowedError)
    def not_allowed(error: NotAllowedError) -> Response | HTTPException:
        if error.code == "unknown":  # whether there is such a person is not told either
            return answer(NotFound())
        return answer(Forbidden(), site.phrases.lines(f"web.not-allowed.{error.code}"))

    @app.errorhandler(CareError)
    def refused(error: CareError) -> Response | HTTPException:
        return answer(BadRequest(), (site.phrases("web.error.care"), site.says(error)))

    @app.errorhandler(StoreError)
    def no_store(error: StoreError) -> Response | HTTPException:
        _log.warning("store %s", error.code)
        return answer(ServiceUnavailable(retry_after=_RETRY_S))


def _words(site: Site, status: int) -> tuple[str, ...]:
    """Return the title and what to do."""
    told = status if status in _TOLD else 500 if status >= _FIRST_OF_THE_SERVER else 400
    return site.phrases.lines(f"web.error.s{told}")


def _told(error: HTTPException, words: tuple[str, ...]) -> Response:
    status = error.code or _FIRST_OF_THE_SERVER
    accepted = request.accept_mimetypes
    if "HX-Request" in request.headers:
        response = make_response(render_template("parts/refusal.html", words=words), status)
    elif accepted.accept_html:
        g.setdefault("visitor", None)
        page = render_template("error.html", words=words, status=status, back=_came_from())
        response = make_response(page, status)
    elif accepted.accept_json:
        response = make_response(jsonify(status=status, what=words[0], text=words[-1]), status)
    else:
        response = make_response(words[0], status, {"Content-Type": "text/plain; charset=utf-8"})
    for name, value in error.get_headers():
        if name in ("Retry-After", "Allow"):
            response.headers[name] = value
    return response


def _came_from() -> str:
    """Return the page of ours that led here; "/" if none did."""
    came = urlsplit(request.referrer or "")
    return came.path if came.netloc == request.host and came.path.startswith("/") else "/"
