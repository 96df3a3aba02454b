"""Who gets in, and what every answer carries. What is not named in `DOORS` is for caregivers only."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from urllib.parse import urlsplit

from flask import Flask, Response, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden, RequestEntityTooLarge, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from skill.care.house import House
from skill.care.secrets import digest

SIGN_IN_COOKIE = "steady_sign_in"
DEVICE_COOKIE = "steady_device"
FORM_COOKIE = "steady_form"  #: for forms of those who have not signed in

#: The longest form, in bytes. A page that takes more says so in `LARGER`.
MAX_FORM_BYTES = 16 * 1024

_DEVICE_COOKIE_S = 400 * 24 * 3600  #: the longest that browsers keep one
_FORM_COOKIE_S = 12 * 3600


class Door(Enum):
    """Who may come in."""

    MACHINE = auto()  #: anybody, without cookies: it looks after itself
    ANYBODY = auto()
    DEVICE = auto()  #: a device that was paired
    CAREGIVER = auto()


#: Whole blueprints, or single endpoints. Everything else is for caregivers.
DOORS: Mapping[str, Door] = {
    "alexa": Door.MACHINE,
    "audio": Door.MACHINE,
    "feed": Door.MACHINE,
    "healthz": Door.MACHINE,
    "privacy": Door.MACHINE,
    "web.static": Door.MACHINE,
    "ways_in": Door.ANYBODY,
    "coach": Door.DEVICE,
}
#: Endpoints that take longer forms, in bytes: an uploaded routine.
LARGER: Mapping[str, int] = {"routines.save": 300 * 1024}

_POLICY = {
    "default-src": "'self'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{what} {whence}" for what, whence in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none at all, a browser would not say where a form comes from
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Robots-Tag": "noindex",
}


def door_of(endpoint: str | None) -> Door:
    """Return who an endpoint is for."""
    name = endpoint or ""
    return DOORS.get(name) or DOORS.get(name.partition(".")[0]) or Door.CAREGIVER


class Guard:
    """Stands before every page of an app."""

    def __init__(self, house: House, public_url: str | None = None) -> None:
        """Take who knows whom, and the address at which a proxy in front is reached."""
        self._house = house
        self._public_host = urlsplit(public_url).netloc if public_url else None

    def stand_before(self, app: Flask) -> None:
        """Look at every request and every answer of an app from now on."""
        app.before_request(self._look)
        app.after_request(self._seal)

    def _look(self) -> AnyResponse | None:
        g.visitor = g.device = None
        door = door_of(request.endpoint)
        if request.endpoint is None or door is Door.MACHINE:
            return None
        self._check_size()
        if door is Door.DEVICE:
            key = request.cookies.get(DEVICE_COOKIE)
            g.device = self._house.care.device_of(digest(key)) if key else None
        else:
            key = request.cookies.get(SIGN_IN_COOKIE)
            g.visitor = self._house.visitor(key) if key else None
        if door is Door.CAREGIVER and g.visitor is None:
            return _to_sign_in()
        if door is Door.DEVICE and g.device is None:
            raise Unauthorized
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            self._check_origin()
            _check_csrf()
        return None

    def _check_size(self) -> None:
        if (request.content_length or 0) > LARGER.get(request.endpoint or "", MAX_FORM_BYTES):
            raise RequestEntityTooLarge

    def _check_origin(self) -> None:
        """Let no other site's form through. Without either header, the token alone has to do."""
        fetched_from = request.headers.get("Sec-Fetch-Site")
        if fetched_from is not None:
            if fetched_from not in ("same-origin", "none"):
                raise Forbidden
            return
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc not in (request.host, self._public_host):
            raise Forbidden

    def _seal(self, response: Response) -> Response:
        if door_of(request.endpoint) is Door.MACHINE and request.endpoint != "web.static":
            return response
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.update(_HEADERS)  # whatever the rest of the app usually says
        fresh = g.get("form_token")
        if fresh is not None and g.get("form_token_is_new"):
            set_cookie(response, FORM_COOKIE, fresh, _FORM_COOKIE_S)
        return response


def csrf_token() -> str:
    """Return what a form of this page has to carry."""
    if g.get("visitor") is not None:
        return str(g.visitor.csrf)
    if g.get("device") is not None:
        return _device_token()
    if g.get("form_token") is None:
        g.form_token = request.cookies.get(FORM_COOKIE)
        g.form_token_is_new = not g.form_token
        g.form_token = g.form_token or secrets.token_urlsafe(24)
    return str(g.form_token)


def _device_token() -> str:
    """Return what only the device and this side can work out from the device's key."""
    return digest(f"form:{request.cookies[DEVICE_COOKIE]}")


def _check_csrf() -> None:
    """Let a change through only if it comes from a form that was given out here."""
    if g.visitor is not None:
        wanted = g.visitor.csrf
    elif g.device is not None:
        wanted = _device_token()
    else:
        wanted = request.cookies.get(FORM_COOKIE, "")
    said = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not wanted or not hmac.compare_digest(wanted.encode(), said.encode()):
        raise Forbidden


def set_cookie(response: AnyResponse, name: str, value: str, seconds: int) -> None:
    """Give a browser a cookie that no script reads and no other site's form sends."""
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
    )


def sign_in_browser(response: AnyResponse, key: str, until: datetime, now: datetime) -> None:
    """Keep a caregiver signed in on this browser."""
    set_cookie(response, SIGN_IN_COOKIE, key, max(0, int((until - now).total_seconds())))


def pair_browser(response: AnyResponse, key: str) -> None:
    """Keep this browser as a device."""
    set_cookie(response, DEVICE_COOKIE, key, _DEVICE_COOKIE_S)


def wants_a_page() -> bool:
    """Whether a person's browser asks for a page, and not a script for a part of one."""
    return "HX-Request" not in request.headers and bool(request.accept_mimetypes.accept_html)


def _to_sign_in() -> AnyResponse:
    """Return the way to the sign-in page, and back from there; 401 to scripts."""
    if request.method == "GET" and wants_a_page() and request.accept_mimetypes.best != "text/event-stream":
        path = request.full_path.rstrip("?")
        return redirect(url_for("ways_in.sign_in", next=path if path != "/" else None), code=303)
    raise Unauthorized
