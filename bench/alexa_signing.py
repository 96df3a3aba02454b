"""A certificate authority of our own, and requests signed as Alexa signs hers."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store

CHAIN_URL = "https://s3.amazonaws.com/echo.api/echo-api-cert-1.pem"
SIGNER = "echo-api.amazon.com"
_DAYS = timedelta(days=300)


class Signing:
    """A root, one authority under it, and the key that signs requests."""

    def __init__(self) -> None:
        """Make them; takes about a second."""
        root, between = _key(), _key()
        self._key = _key()
        self.root = _certificate("Root", root, "Root", root, authority=True)
        self._between = _certificate("Between", between, "Root", root, authority=True)
        self._leaf = _certificate(SIGNER, self._key, "Between", between, authority=False)
        self.chain = b"".join(one.public_bytes(Encoding.PEM) for one in (self._leaf, self._between))

    def headers(self, body: bytes) -> dict[str, str]:
        """Return what comes with a body that Alexa has signed."""
        signature = base64.b64encode(self._key.sign(body, PKCS1v15(), SHA256())).decode()
        return {"SignatureCertChainUrl": CHAIN_URL, "Signature-256": signature}

    def write_roots(self, path: Path) -> Path:
        """Write the roots that the web trusts, and ours, into one file."""
        path.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + self.root.public_bytes(Encoding.PEM))
        return path

    def fetch(self, _url: str) -> bytes:
        """Return the chain from memory."""
        return self.chain


class PlainVerifier:
    """What one would write first: fetch once, and check chain and signature with every request."""

    def __init__(self, signing: Signing) -> None:
        """Take what the chain is fetched from. The roots are read once."""
        roots = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
        self._store = Store([*roots, signing.root])
        self._chain = signing.fetch(CHAIN_URL)

    def verify(self, signature: str, body: bytes) -> None:
        """Return if it is signed well; raises if not."""
        leaf, *others = x509.load_pem_x509_certificates(self._chain)
        builder = PolicyBuilder().store(self._store).time(datetime.now(UTC))
        builder.build_server_verifier(x509.DNSName(SIGNER)).verify(leaf, others)
        key = leaf.public_key()
        assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - it was made here
        key.verify(base64.b64decode(signature), body, PKCS1v15(), SHA256())


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _certificate(
    name: str, key: rsa.RSAPrivateKey, by: str, by_key: rsa.RSAPrivateKey, *, authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign")
    usage = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(by))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _DAYS)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by_key.public_key()), critical=False
        )
    )
    if not authority:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return made.sign(by_key, SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
