"""Who somebody is by their Alexa account, without keeping Alexa's own ids."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from routines.phrases import locales


def person_id(account: str) -> str:
    """Return our name for an account: Alexa's own id is never kept."""
    return "alexa-" + hashlib.sha256(account.encode()).hexdigest()[:24]


def delivery_note(device: str) -> str:
    """Return the key of the note that says how a device wants its turns."""
    return "delivery:" + hashlib.sha256(device.encode()).hexdigest()[:24]


@lru_cache(maxsize=64)
def language(locale: str) -> str:
    """Return the language that we have phrases for and that comes nearest to an Alexa locale."""
    there = locales()
    return next((name for name in (locale, locale.partition("-")[0]) if name in there), there[0])
