"""Certificates: which roots are trusted, and whose key signed a request."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from skill.alexa.refusal import Refused

SIGNER = "echo-api.amazon.com"  #: who has to have signed
MIN_KEY_BITS = 2048
MAX_CHAIN = 10  #: certificates in one file; Amazon sends four

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class NoTrustRootsError(Exception):
    """There is no usable certificate among those that are to be trusted."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that Amazon signs with, until its chain ends."""

    key: RSAPublicKey
    until: datetime


def read_trust_roots(source: bytes | Path) -> bytes:
    """Return a bundle of roots in PEM. OSError if the file cannot be read."""
    return source if isinstance(source, bytes) else source.read_bytes()


def usual_trust_roots() -> Path:
    """Return where certifi keeps the roots that the web trusts."""
    import certifi  # noqa: PLC0415 - only if no other roots are given

    return Path(certifi.where())


def open_store(bundle: bytes) -> Store:
    """Return the trusted roots. One that cannot be read is passed over; `NoTrustRootsError` if none can."""
    roots = list(_readable(_PEM.findall(bundle)))
    if not roots:
        raise NoTrustRootsError
    return Store(roots)


def _readable(pems: Iterable[bytes]) -> Iterable[x509.Certificate]:
    for pem in pems:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about a root that will be refused one day: passed over then
                yield x509.load_pem_x509_certificate(pem)
        except ValueError:
            continue


def signing_key(pem: bytes, roots: Store, now: datetime) -> SigningKey:
    """Return the key of the first certificate in a chain, if all of it is as it has to be. Else `Refused`.

    The chain leads to one of the roots, every certificate is in date, and the first one is Amazon's for
    signing requests: an end certificate for exactly `SIGNER`, with an RSA key that is long enough.
    """
    chain = _chain(pem)
    leaf = chain[0]
    try:
        verifier = PolicyBuilder().store(roots).time(now).build_server_verifier(x509.DNSName(SIGNER))
        path = verifier.verify(leaf, chain[1:])
    except (VerificationError, ValueError) as error:
        raise Refused("chain", str(error)) from error
    return SigningKey(_key(leaf), min(certificate.not_valid_after_utc for certificate in path))


def _chain(pem: bytes) -> list[x509.Certificate]:
    found = _PEM.findall(pem)
    if not 1 <= len(found) <= MAX_CHAIN:
        raise Refused("certificate", f"{len(found)} found")
    try:
        return [x509.load_pem_x509_certificate(part) for part in found]
    except ValueError as error:
        raise Refused("certificate", type(error).__name__) from error


def _key(leaf: x509.Certificate) -> RSAPublicKey:
    """Return the key, once it is clear that it is meant for this; the policy for servers asks for less."""
    key = leaf.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_KEY_BITS:
        raise Refused("certificate", "key")
    extensions = leaf.extensions
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as error:
        raise Refused("certificate", "extension") from error
    if SIGNER not in names.get_values_for_type(x509.DNSName):  # a wildcard would do for a server
        raise Refused("certificate", "name")
    if not usage.digital_signature or ExtendedKeyUsageOID.SERVER_AUTH not in purposes:
        raise Refused("certificate", "usage")
    if _is_authority(extensions):
        raise Refused("certificate", "authority")
    return key


def _is_authority(extensions: x509.Extensions) -> bool:
    try:
        return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
