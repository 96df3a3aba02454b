"""`GET /audio/...`: the audio files that a player fetches, with captions beside them."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

#: A name that cannot be guessed: at least 128 bits of a digest. Nothing else is given out.
_NAME = re.compile(r"[0-9a-f]{32,128}\.(mp3|vtt)", re.ASCII)
_TYPES = {"mp3": "audio/mpeg", "vtt": "text/vtt"}

_YEAR_S = 365 * 24 * 3600


def audio_blueprint(folder: Path) -> Blueprint:
    """Return the route to the files in a folder. Players may ask for any range of bytes."""
    pages = Blueprint("audio", __name__)

    @pages.get("/audio/<name>")
    def audio(name: str) -> Response:
        found = _NAME.fullmatch(name)
        if found is None:
            abort(404)
        response = send_from_directory(folder, name, mimetype=_TYPES[found[1]], conditional=True)
        if response.status_code < 400:  # noqa: PLR2004 - the first status of a refusal
            response.cache_control.no_cache = None  # what has a digest for its name never changes
            response.cache_control.public = True
            response.cache_control.immutable = True
            response.cache_control.max_age = _YEAR_S
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return pages
