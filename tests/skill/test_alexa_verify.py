"""Requests that are signed well are let in; every other one is refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from skill.alexa.certificates import NoTrustRootsError
from skill.alexa.chain_url import normal_url
from skill.alexa.refusal import MAX_DETAIL, Refused
from skill.alexa.verify import Verifier
from tests import alexa_door as door
from tests.alexa_door import CHAIN_URL, NOW, HandClock, Shelf, between, good_chain, leaf, pem, root, signed

BODY = b'{"anything": "at all"}'


def verifier(shelf: Shelf, clock: HandClock | None = None) -> Verifier:
    return Verifier(pem(root().certificate), shelf, clock or HandClock())


def refusal(chain: bytes | Exception, *, body: bytes = BODY, headers: dict[str, str] | None = None) -> str:
    """Return the code with which a request is refused when Amazon's shelf has this chain."""
    with pytest.raises(Refused) as caught:
        verifier(Shelf({CHAIN_URL: chain})).verify(headers or signed(BODY), body)
    return caught.value.code


def test_a_well_signed_body_is_let_in() -> None:
    verifier(Shelf()).verify(signed(BODY), BODY)


def test_any_bytes_may_be_signed() -> None:
    body = bytes(range(256))

    verifier(Shelf()).verify(signed(body), body)


def test_a_chain_that_ends_in_a_cross_signature_by_an_unknown_root_is_let_in() -> None:
    """Amazon's own chain has this shape: two roots, each signed by an older one, the oldest long gone."""
    gone = door.authority("A root that is gone")
    older_by_gone = door.authority("An older root", gone)
    ours_by_older = door.authority(root().name, older_by_gone)
    chain = pem(door.good_leaf(), between().certificate, ours_by_older.certificate, older_by_gone.certificate)

    verifier(Shelf({CHAIN_URL: chain})).verify(signed(BODY), BODY)


_EXPIRED = door.authority("Late", root(), days=(-90, -1))
_WITH_OTHER_NAME = leaf(between(), names=(x509.DNSName("other.example"),))
_UNKNOWN = door.authority("A root that nobody knows")
_UNDER_LEAF = door.Authority("echo-api.amazon.com", leaf(between(), key=door.ec_key("echo-api.amazon.com")))

BAD_CHAINS: dict[str, Callable[[], bytes]] = {
    "expired": lambda: pem(leaf(between(), days=(-30, -1)), between().certificate),
    "not yet valid": lambda: pem(leaf(between(), days=(1, 30)), between().certificate),
    "other name": lambda: pem(_WITH_OTHER_NAME, between().certificate),
    "wildcard name": lambda: pem(
        leaf(between(), names=(x509.DNSName("*.amazon.com"),)), between().certificate
    ),
    "e-mail name": lambda: pem(
        leaf(between(), names=(x509.RFC822Name("a@echo-api.amazon.com"),)), between().certificate
    ),
    "no alternative name": lambda: pem(leaf(between(), names=None), between().certificate),
    "self-signed": lambda: pem(leaf(between(), self_signed=True)),
    "unknown root": lambda: pem(leaf(_UNKNOWN), _UNKNOWN.certificate),
    "expired in between": lambda: pem(leaf(_EXPIRED), _EXPIRED.certificate),
    "an end certificate in between": lambda: pem(
        leaf(_UNDER_LEAF), _UNDER_LEAF.certificate, between().certificate
    ),
    "nothing in between": lambda: pem(door.good_leaf()),
    "the right one second": lambda: pem(_WITH_OTHER_NAME, door.good_leaf(), between().certificate),
    "reversed": lambda: pem(between().certificate, door.good_leaf()),
    "short key": lambda: pem(leaf(between(), key=door.rsa_key(1024)), between().certificate),
    "another kind of key": lambda: pem(leaf(between(), key=door.ec_key("leaf")), between().certificate),
    "for signing code": lambda: pem(
        leaf(between(), purposes=(ExtendedKeyUsageOID.CODE_SIGNING,)), between().certificate
    ),
    "for clients": lambda: pem(
        leaf(between(), purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,)), between().certificate
    ),
    "for no purpose": lambda: pem(leaf(between(), purposes=None), between().certificate),
    "not for signatures": lambda: pem(leaf(between(), usage=door.NO_SIGNING), between().certificate),
    "an authority itself": lambda: pem(leaf(between(), is_authority=True), between().certificate),
    "empty": lambda: b"",
    "a web page": lambda: b"<html><body>Not found</body></html>",
    "cut off": lambda: good_chain()[:500],
    "no certificate inside": lambda: b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
    "too many": lambda: pem(door.good_leaf(), *[between().certificate] * 20),
    "binary": lambda: bytes(range(256)) * 40,
}


@pytest.mark.parametrize("name", BAD_CHAINS)
def test_a_bad_chain_is_refused(name: str) -> None:
    key = door.rsa_key(1024) if name == "short key" else None

    assert refusal(BAD_CHAINS[name](), headers=signed(BODY, key=key)) in ("chain", "certificate")


@pytest.mark.parametrize("error", [OSError("no network"), Refused("fetch", "status 403"), ValueError("odd")])
def test_a_chain_that_cannot_be_had_is_a_refusal(error: Exception) -> None:
    assert refusal(error) in ("fetch", "unexpected")


BAD_SIGNATURES: dict[str, tuple[dict[str, str], bytes]] = {
    "changed body": (signed(BODY), BODY.replace(b"all", b"ALL")),
    "one byte more": (signed(BODY), BODY + b" "),
    "SHA-1 in place": (signed(BODY, sha1=True), BODY),
    "another key": (signed(BODY, key=door.rsa_key(2048, 1)), BODY),
    "no signature": ({"SignatureCertChainUrl": CHAIN_URL}, BODY),
    "empty signature": (signed(BODY) | {"Signature-256": ""}, BODY),
    "only the old header": ({"SignatureCertChainUrl": CHAIN_URL, "Signature": "AAAA"}, BODY),
    "no address": ({"Signature-256": "AAAA"}, BODY),
    "nothing": ({}, BODY),
    "no padding": (signed(BODY) | {"Signature-256": signed(BODY)["Signature-256"].rstrip("=")}, BODY),
    "foreign characters": (signed(BODY) | {"Signature-256": "!" + signed(BODY)["Signature-256"]}, BODY),
    "a line break": (signed(BODY) | {"Signature-256": signed(BODY)["Signature-256"] + "\n"}, BODY),
    "not ASCII": (signed(BODY) | {"Signature-256": "ä" * 344}, BODY),
    "far too long": (signed(BODY) | {"Signature-256": "A" * 100_000}, BODY),
    "too short": (signed(BODY) | {"Signature-256": "AAAA"}, BODY),
}


@pytest.mark.parametrize("name", BAD_SIGNATURES)
def test_a_bad_signature_is_refused(name: str) -> None:
    headers, body = BAD_SIGNATURES[name]

    assert refusal(good_chain(), headers=headers or {"X": "y"}, body=body) in ("signature", "unsigned")


GOOD_URLS = (
    CHAIN_URL,
    "https://s3.amazonaws.com:443/echo.api/echo-api-cert-1.pem",
    "HTTPS://S3.AMAZONAWS.COM/echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com/echo.api/../echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com/evil-bucket/../echo.api/./echo-api-cert-1.pem",
    "https://s3.amazonaws.com//echo.api//echo-api-cert-1.pem",
)
BAD_URLS = (
    "http://s3.amazonaws.com/echo.api/echo-api-cert-1.pem",
    "https://notamazon.com/echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com.evil.example/echo.api/echo-api-cert-1.pem",
    "https://evil.example/s3.amazonaws.com/echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com/EcHo.aPi/echo-api-cert-1.pem",
    "https://s3.amazonaws.com/invalid.path/echo-api-cert-1.pem",
    "https://s3.amazonaws.com:563/echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com:abc/echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com:99999/echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com/echo.api/../evil/echo-api-cert-1.pem",
    "https://s3.amazonaws.com/echo.api/../../evil.pem",
    "https://s3.amazonaws.com/echo.api/%2e%2e/evil.pem",
    "https://s3.amazonaws.com/echo.api/..%2fevil.pem",
    "https://s3.amazonaws.com@evil.example/echo.api/echo-api-cert-1.pem",
    "https://user@s3.amazonaws.com/echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com/echo.api/echo-api-cert-1.pem?x=1",
    "https://s3.amazonaws.com/echo.api/echo-api-cert-1.pem#x",
    "https://s3.amazonaws.com/echo.api/echo-api\t-cert-1.pem",
    " https://s3.amazonaws.com/echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com/echo.api/echo-api-cert-1.pem\r\n",
    "https://s3.amazonaws.com\\@evil.example/echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com/echo.api\\..\\evil.pem",
    "https://[s3.amazonaws.com/echo.api/echo-api-cert-1.pem",
    "https://[::1]/echo.api/echo-api-cert-1.pem",
    "https:///echo.api/echo-api-cert-1.pem",
    "//s3.amazonaws.com/echo.api/echo-api-cert-1.pem",
    "https://s3.amazonaws.com/echo.api/",
    "https://s3.amazonaws.com/echo.api",
    "https://s3.amazonaws.com/echo.api/" + "a" * 1000,
    "ftp://s3.amazonaws.com/echo.api/x.pem",
    "file:///etc/passwd",
    "x",
)


@pytest.mark.parametrize("url", GOOD_URLS)
def test_exactly_the_normal_form_of_an_address_is_fetched(url: str) -> None:
    shelf = Shelf()

    verifier(shelf).verify(signed(BODY, url), BODY)

    assert shelf.fetched == [CHAIN_URL]


@pytest.mark.parametrize("url", BAD_URLS)
def test_nothing_is_fetched_from_an_address_that_is_not_amazons(url: str) -> None:
    shelf = Shelf()

    with pytest.raises(Refused) as caught:
        verifier(shelf).verify(signed(BODY, url), BODY)

    assert (caught.value.code, shelf.fetched) == ("chain-url", [])
    assert len(caught.value.detail) <= MAX_DETAIL
    assert caught.value.detail.isprintable()


@given(st.text() | st.from_regex(r"https://s3\.amazonaws\.com[/.a-z%~-]*", fullmatch=True))
def test_every_address_that_passes_lies_in_amazons_folder(url: str) -> None:
    try:
        normal = normal_url(url)
    except Refused:
        return

    assert normal.startswith("https://s3.amazonaws.com/echo.api/")
    assert "/../" not in normal
    assert normal_url(normal) == normal


@given(st.dictionaries(st.sampled_from(["SignatureCertChainUrl", "Signature-256"]), st.text()), st.binary())
def test_no_forged_headers_let_a_body_in(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Refused):
        verifier(Shelf()).verify(headers, body)


# -- renewal ---------------------------------------------------------------------------------------


def test_a_chain_is_fetched_once_an_hour() -> None:
    shelf, clock = Shelf(), HandClock()
    ours = verifier(shelf, clock)

    for _ in range(3):
        ours.verify(signed(BODY), BODY)
    clock.move(minutes=59)
    ours.verify(signed(BODY), BODY)
    assert len(shelf.fetched) == 1

    clock.move(minutes=1)
    ours.verify(signed(BODY), BODY)
    assert len(shelf.fetched) == 2


def test_a_chain_that_ends_sooner_is_not_trusted_longer() -> None:
    soon = pem(leaf(between(), days=(-30, 1 / 96)), between().certificate)
    clock = HandClock()
    ours = verifier(Shelf({CHAIN_URL: soon}), clock)
    ours.verify(signed(BODY), BODY)

    clock.move(minutes=16)

    with pytest.raises(Refused, match="chain"):
        ours.verify(signed(BODY), BODY)


def test_a_certificate_that_was_renewed_at_its_address_is_taken_at_once() -> None:
    shelf = Shelf({CHAIN_URL: BAD_CHAINS["expired"]()})
    ours = verifier(shelf)
    with pytest.raises(Refused, match="chain"):
        ours.verify(signed(BODY), BODY)

    shelf.chains[CHAIN_URL] = good_chain()

    ours.verify(signed(BODY), BODY)


def test_a_key_that_was_renewed_at_its_address_is_taken_after_a_minute() -> None:
    shelf, clock = Shelf(), HandClock()
    ours = verifier(shelf, clock)
    ours.verify(signed(BODY), BODY)
    new_key = door.rsa_key(2048, 1)
    shelf.chains[CHAIN_URL] = pem(leaf(between(), key=new_key), between().certificate)

    with pytest.raises(Refused, match="signature"):
        ours.verify(signed(BODY, key=new_key), BODY)
    clock.move(minutes=1)

    ours.verify(signed(BODY, key=new_key), BODY)
    with pytest.raises(Refused, match="signature"):
        ours.verify(signed(BODY), BODY)


def test_bad_signatures_cause_at_most_one_fetch_a_minute() -> None:
    shelf, clock = Shelf(), HandClock()
    ours = verifier(shelf, clock)

    for _ in range(300):
        with pytest.raises(Refused, match="signature"):
            ours.verify(signed(BODY), b"other")
        clock.move(seconds=1)

    assert len(shelf.fetched) <= 1 + 300 // 60


# -- trust roots -----------------------------------------------------------------------------------


def test_trust_roots_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    file.write_bytes(b"# Root of our own\n" + pem(root().certificate))

    Verifier(file, Shelf(), HandClock()).verify(signed(BODY), BODY)


def test_a_root_that_cannot_be_read_is_passed_over() -> None:
    bundle = BAD_CHAINS["no certificate inside"]() + pem(root().certificate)

    Verifier(bundle, Shelf(), HandClock()).verify(signed(BODY), BODY)


@pytest.mark.parametrize("bundle", [b"", b"no certificate", BAD_CHAINS["no certificate inside"]()])
def test_without_a_root_there_is_no_verifier(bundle: bytes) -> None:
    with pytest.raises(NoTrustRootsError):
        Verifier(bundle)


def test_the_clock_of_the_chain_is_the_verifiers_own() -> None:
    clock = HandClock(NOW + timedelta(days=299))
    ours = verifier(Shelf(), clock)
    ours.verify(signed(BODY), BODY)

    clock.move(days=2)

    with pytest.raises(Refused, match="chain"):
        ours.verify(signed(BODY), BODY)
