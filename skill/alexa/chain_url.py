"""Where a certificate chain may come from: Amazon's rules for `SignatureCertChainUrl`."""

from __future__ import annotations

import re

from skill.alexa.refusal import Refused

HOST = "s3.amazonaws.com"
FOLDER = "/echo.api/"  #: case matters here, unlike in scheme and host

#: The only form there is. No user, query, fragment or escape fits in, and nothing that one program reads
#: in another way than the next: what is fetched is put together anew from the path alone.
_URL = re.compile(r"https://s3\.amazonaws\.com(?::443)?(/[A-Za-z0-9._~/-]*)", re.IGNORECASE | re.ASCII)
_MAX_LENGTH = 512


def normal_url(url: str) -> str:
    """Return the one address to fetch for what a header says. `Refused` if it is not Amazon's."""
    found = _URL.fullmatch(url) if len(url) <= _MAX_LENGTH else None
    if found is None:
        raise Refused("chain-url", url)
    path = _without_dots(found[1])
    if not path.startswith(FOLDER) or path == FOLDER:
        raise Refused("chain-url", url)
    return f"https://{HOST}{path}"


def _without_dots(path: str) -> str:
    """Return a path without `.`, `..` and doubled slashes."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts) + ("/" if path.endswith("/") and parts else "")
