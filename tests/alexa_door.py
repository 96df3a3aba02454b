"""What stands before and behind the door: certificates made here, signed requests, and the smallest skill."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from ask_sdk_core.dispatch_components.exception_components import AbstractExceptionHandler
from ask_sdk_core.dispatch_components.request_components import AbstractRequestHandler
from ask_sdk_core.handler_input import HandlerInput
from ask_sdk_core.skill import CustomSkill
from ask_sdk_core.skill_builder import SkillBuilder
from ask_sdk_model.response import Response
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SKILL_ID = "amzn1.ask.skill.0c2b1f0e-5a3c-4c55-9a36-2f4f6d1b7a10"
CHAIN_URL = "https://s3.amazonaws.com/echo.api/echo-api-cert-1.pem"
SIGNER = "echo-api.amazon.com"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(bits: int = 2048, which: int = 0) -> rsa.RSAPrivateKey:
    """Return a key; the same one for the same arguments, as making one takes a while."""
    del which
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(which: str = "") -> ec.EllipticCurvePrivateKey:
    del which
    return ec.generate_private_key(ec.SECP256R1())


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


@dataclass(frozen=True)
class Authority:
    """Who signs certificates. Its own one may have been signed by several others."""

    name: str
    certificate: x509.Certificate

    @property
    def key(self) -> Key:
        return ec_key(self.name)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signs_data: bool = False, signs_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs_data,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def authority(name: str, by: Authority | None = None, *, days: tuple[int, int] = (-900, 900)) -> Authority:
    """Return an authority whose certificate was signed by another one, or by itself."""
    key, issuer_key = ec_key(name), by.key if by else ec_key(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(by.name if by else name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .sign(issuer_key, SHA256())
    )
    return Authority(name, made)


def leaf(
    by: Authority,
    *,
    key: Key | None = None,
    names: tuple[x509.GeneralName, ...] | None = (x509.DNSName(SIGNER),),
    days: tuple[float, float] = (-30, 300),
    purposes: tuple[x509.ObjectIdentifier, ...] | None = (ExtendedKeyUsageOID.SERVER_AUTH,),
    usage: x509.KeyUsage | None = None,
    is_authority: bool = False,
    self_signed: bool = False,
) -> x509.Certificate:
    """Return an end certificate; with no options a good one."""
    key = key or rsa_key()
    signing_key = key if self_signed else by.key
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(SIGNER))
        .issuer_name(_name(SIGNER if self_signed else by.name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(usage or _usage(signs_data=True, signs_certificates=is_authority), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
        )
    )
    if names is not None:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if purposes is not None:
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return made.sign(signing_key, SHA256())


NO_SIGNING = _usage()


@cache
def root() -> Authority:
    return authority("Root of our own")


@cache
def between() -> Authority:
    return authority("In between", root())


@cache
def good_leaf() -> x509.Certificate:
    return leaf(between())


@cache
def good_chain() -> bytes:
    return pem(good_leaf(), between().certificate)


@dataclass
class Shelf:
    """Chains by address, in place of Amazon's; knows what was fetched."""

    chains: dict[str, bytes | Exception] = field(default_factory=lambda: {CHAIN_URL: good_chain()})
    fetched: list[str] = field(default_factory=list)

    def __call__(self, url: str) -> bytes:
        self.fetched.append(url)
        found = self.chains.get(url, FileNotFoundError(url))
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class HandClock:
    """A clock that stands until it is moved."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


def signed(
    body: bytes, url: str = CHAIN_URL, key: rsa.RSAPrivateKey | None = None, *, sha1: bool = False
) -> dict[str, str]:
    """Return the headers with which Alexa would send a body."""
    signature = (key or rsa_key()).sign(body, PKCS1v15(), SHA1() if sha1 else SHA256())  # noqa: S303 - refused
    return {"SignatureCertChainUrl": url, "Signature-256": base64.b64encode(signature).decode()}


# -- requests --------------------------------------------------------------------------------------

_LAUNCH: Mapping[str, Any] = {
    "version": "1.0",
    "session": {
        "new": True,
        "sessionId": "amzn1.echo-api.session.1",
        "application": {"applicationId": SKILL_ID},
        "attributes": {"count": 3, "nested": {"list": [1, 2.5, None, "x"]}},
        "user": {"userId": "amzn1.ask.account.A", "permissions": {"consentToken": "token"}},
    },
    "context": {
        "System": {
            "application": {"applicationId": SKILL_ID},
            "user": {"userId": "amzn1.ask.account.A"},
            "device": {
                "deviceId": "amzn1.ask.device.D",
                "supportedInterfaces": {
                    "AudioPlayer": {},
                    "Alexa.Presentation.APL": {"runtime": {"maxVersion": "2024.3"}},
                },
            },
            "apiEndpoint": "https://api.eu.amazonalexa.com",
            "apiAccessToken": "access",
        },
        "AudioPlayer": {"playerActivity": "IDLE", "offsetInMilliseconds": 0},
        "Viewport": {
            "mode": "HUB",
            "shape": "RECTANGLE",
            "pixelWidth": 1280,
            "touch": ["SINGLE"],
            "video": {"codecs": ["H_264_42"]},
        },
        "Viewports": [{"type": "APL", "id": "main", "shape": "ROUND", "dpi": 160}],
    },
    "request": {
        "type": "LaunchRequest",
        "requestId": "amzn1.echo-api.request.1",
        "timestamp": "2026-11-22T12:00:00Z",
        "locale": "en-GB",
    },
}


def envelope(kind: str = "LaunchRequest", *, at: datetime = NOW, **request: Any) -> dict[str, Any]:
    """Return a request as Alexa sends it from a device with a screen, sent now."""
    made = deepcopy(dict(_LAUNCH))
    made["request"] |= {"type": kind, "timestamp": at.isoformat(), **request}
    return made


def outside_session(kind: str, **request: Any) -> dict[str, Any]:
    made = envelope(kind, **request)
    del made["session"]
    return made


def _intent(**slot: Any) -> dict[str, Any]:
    return {
        "name": "StartRoutineIntent",
        "confirmationStatus": "NONE",
        "slots": {"routine": {"name": "routine", "confirmationStatus": "NONE", **slot}},
    }


def own_envelopes() -> dict[str, dict[str, Any]]:
    """Return one request of every kind that the skill meets, by name."""
    resolved = {
        "resolutionsPerAuthority": [
            {
                "authority": "amzn1.er-authority.ROUTINE",
                "status": {"code": "ER_SUCCESS_MATCH"},
                "values": [{"value": {"name": "knee routine", "id": "knee"}}],
            }
        ]
    }
    several = {"type": "List", "values": [{"type": "Simple", "value": "knee"}]}
    player = {"token": "t", "offsetInMilliseconds": 5000}
    return {
        "launch": envelope(),
        "intent": envelope("IntentRequest", intent=_intent(value="knee"), dialogState="COMPLETED"),
        "resolved": envelope("IntentRequest", intent=_intent(value="knee", resolutions=resolved)),
        "list": envelope("IntentRequest", intent=_intent(slotValue=several)),
        "ended": envelope("SessionEndedRequest", reason="ERROR", error={"type": "INVALID_RESPONSE"}),
        "started": outside_session("AudioPlayer.PlaybackStarted", **player),
        "failed": outside_session(
            "AudioPlayer.PlaybackFailed",
            token="t",  # noqa: S106 - of a stream
            error={"type": "MEDIA_ERROR_UNKNOWN", "message": "gone"},
            currentPlaybackState={"token": "t", "playerActivity": "STOPPED", "offsetInMilliseconds": 1},
        ),
        "next": outside_session("PlaybackController.NextCommandIssued"),
        "touch": envelope(
            "Alexa.Presentation.APL.UserEvent", arguments=["pain"], source={"id": "b"}, components={"a": 1}
        ),
        "exception": outside_session(
            "System.ExceptionEncountered", error={"type": "INVALID_RESPONSE"}, cause={"requestId": "r"}
        ),
        "disabled": outside_session(
            "AlexaSkillEvent.SkillDisabled", eventCreationTime="2026-11-22T11:00:00.123Z"
        ),
        "reminder": outside_session(
            "Reminders.ReminderStatusChanged", body={"alertToken": "a", "status": "COMPLETED"}
        ),
        "permission": envelope(
            "Connections.Response", name="AskFor", status={"code": "200", "message": "OK"}, payload={"x": []}
        ),
    }


# -- the smallest skill ----------------------------------------------------------------------------


@dataclass
class Smallest(AbstractRequestHandler, AbstractExceptionHandler):
    """A skill that counts how often it was asked, and fails if told so."""

    fail: Callable[[], None] = lambda: None
    apologises: bool = True
    asked: list[str] = field(default_factory=list)

    def can_handle(self, handler_input: HandlerInput, exception: Exception | None = None) -> bool:
        del handler_input
        return exception is None or self.apologises

    def handle(self, handler_input: HandlerInput, exception: Exception | None = None) -> Response:
        if exception is not None:
            return handler_input.response_builder.speak("sorry").response
        request = handler_input.request_envelope.request
        self.asked.append(str(request.object_type) if request else "")
        self.fail()
        return handler_input.response_builder.speak(f"hello {len(self.asked)}").response

    def skill(self) -> CustomSkill:
        builder = SkillBuilder()
        builder.add_request_handler(self)
        builder.add_exception_handler(self)
        return builder.create()


def as_body(request: Mapping[str, Any]) -> bytes:
    return json.dumps(request).encode()
