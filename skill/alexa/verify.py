"""Verifies that a request comes from Alexa, before any of it is read."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from skill.alexa.certificates import SigningKey, open_store, read_trust_roots, signing_key
from skill.alexa.chain_url import normal_url
from skill.alexa.fetching import Fetch, https_get
from skill.alexa.key_cache import KeyCache
from skill.alexa.refusal import Refused

CHAIN_URL = "SignatureCertChainUrl"
SIGNATURE = "Signature-256"

_MAX_SIGNATURE = 2048  #: characters: room for a key of 8192 bits

#: A key that does not fit is fetched anew if it is older than this: it may have been renewed in its place.
_RENEWED = timedelta(minutes=1)


class Headers(Protocol):
    """A request's headers, as any web framework has them."""

    def get(self, name: str, /) -> str | None:
        """Return a header's value; names are compared without regard to case."""


def utc_now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


class Verifier:
    """Says whether a body was signed by Alexa. For any thread."""

    def __init__(
        self,
        trust_roots: bytes | Path,
        fetch: Fetch | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take the roots that chains have to lead to (PEM, or its file), how to fetch a chain, and a clock.

        OSError if the file cannot be read, `NoTrustRootsError` if no root in it can be used.
        """
        bundle = read_trust_roots(trust_roots)
        self._roots = open_store(bundle)
        self._fetch = fetch or partial(https_get, trust_roots=bundle)
        self._now = now
        self.keys = KeyCache(self._load, now)

    def verify(self, headers: Headers, body: bytes) -> None:
        """Return if the body is signed by Alexa; `Refused` for anything else, whatever it is."""
        try:
            self._verify(headers, body)
        except Refused:
            raise
        except Exception as error:  # what nobody foresaw keeps the door shut, too
            raise Refused("unexpected", type(error).__name__) from error

    def _verify(self, headers: Headers, body: bytes) -> None:
        chain_url, signed = headers.get(CHAIN_URL), headers.get(SIGNATURE)
        if not chain_url or not signed:
            raise Refused("unsigned")
        signature = _decoded(signed)
        url = normal_url(chain_url)
        if _fits(self.keys.key(url), signature, body):
            return
        if self.keys.age(url) < _RENEWED or not _fits(self.keys.key(url, _RENEWED), signature, body):
            raise Refused("signature")

    def _load(self, url: str) -> SigningKey:
        return signing_key(self._fetch(url), self._roots, self._now())


def _decoded(signature: str) -> bytes:
    """Return the bytes of strict base64: nothing beside its alphabet, and all of its padding."""
    if len(signature) > _MAX_SIGNATURE or not signature.isascii():
        raise Refused("signature", "form")
    try:
        return binascii.a2b_base64(signature, strict_mode=True)
    except binascii.Error as error:
        raise Refused("signature", "form") from error


def _fits(key: RSAPublicKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(signature, body, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
