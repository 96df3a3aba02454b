"""Fetches a certificate chain: briefly, not much, and only what was asked for."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from http.client import HTTPException
from time import monotonic
from urllib.error import HTTPError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from skill.alexa.refusal import Refused

#: The port: returns what is at an address. `Refused` if that cannot be had.
Fetch = Callable[[str], bytes]

TIMEOUT_S = 3
MAX_BYTES = 64 * 1024
_PIECE = 16 * 1024


def https_get(url: str, trust_roots: bytes = b"", timeout_s: float = TIMEOUT_S) -> bytes:
    """Return what is at an https address; at most 64 kB, within 3 s, as it is: no redirect, no cookie.

    The server has to show a certificate that the system or `trust_roots` (PEM) vouch for. A proxy named by
    the environment is used. `Refused` for everything else.
    """
    if not url.startswith("https://"):
        raise Refused("fetch", "not https")
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPSHandler(context=_context(trust_roots)),
        HTTPErrorProcessor(),  # anything but 2xx is an error; without a redirect handler 3xx is, too
        HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    try:
        return _read(opener, url, timeout_s)
    except HTTPError as error:
        error.close()
        raise Refused("fetch", f"status {error.code}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise Refused("fetch", type(error).__name__) from error


def _read(opener: OpenerDirector, url: str, timeout_s: float) -> bytes:
    ends = monotonic() + timeout_s
    got = b""
    with opener.open(Request(url), timeout=timeout_s) as response:  # noqa: S310 - has only an https handler
        while piece := response.read1(_PIECE):
            got += piece
            if len(got) > MAX_BYTES:
                raise Refused("fetch", "too long")
            if monotonic() > ends:
                raise Refused("fetch", "too slow")
    return got


def _context(trust_roots: bytes) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if trust_roots:
        try:
            context.load_verify_locations(cadata=trust_roots.decode("ascii", "ignore"))
        except ssl.SSLError as error:
            raise Refused("fetch", "trust roots") from error
    return context
