"""Keys that open something, their digests, and passwords. Only digests and hashes are ever kept."""

from __future__ import annotations

import hashlib
import secrets
import threading
from functools import cached_property
from typing import TYPE_CHECKING

from skill.care.errors import CareError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_KEY_BYTES = 32
_ID_BYTES = 9

#: The shortest and the longest password, in characters; and how many different ones it needs.
MIN_PASSWORD = 10
MAX_PASSWORD = 200
_MIN_DIFFERENT = 5


def new_id() -> str:
    """Return an id that nobody else has: 12 characters that can stand in an address."""
    return secrets.token_urlsafe(_ID_BYTES)


def new_key() -> str:
    """Return a key that nobody guesses: 256 random bits, 43 characters that can stand in an address."""
    return secrets.token_urlsafe(_KEY_BYTES)


def digest(key: str) -> str:
    """Return what is kept of a key. Keys are random, so nobody finds one from its digest."""
    return hashlib.sha256(key.encode()).hexdigest()


def check_strength(password: str, *known: str) -> None:
    """Return if a password is hard enough to guess; `known` is what others know. CareError if not."""
    plain = password.casefold()
    long_enough = MIN_PASSWORD <= len(password) <= MAX_PASSWORD
    if not long_enough or len(set(plain)) < _MIN_DIFFERENT or plain in {one.casefold() for one in known}:
        raise CareError("password-weak", least=MIN_PASSWORD)


class Passwords:
    """Hashes of passwords, with argon2id. One at a time: each takes tens of megabytes for a moment."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Use argon2's recommended cost, or a hasher with another."""
        self._given = hasher
        self._one_at_a_time = threading.Lock()

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher  # noqa: PLC0415 - only where somebody signs in

        return self._given or PasswordHasher()

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(new_key())

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        with self._one_at_a_time:
            return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether this is the password. With nothing kept it takes as long, and is False."""
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415

        if len(password) > MAX_PASSWORD:
            return False
        with self._one_at_a_time:
            try:
                self._hasher.verify(kept or self._nobodys, password)
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None
