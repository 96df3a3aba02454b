"""The skill's manifest: its page in the store, where its requests go, and what it uses of Alexa."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from routines.phrases import Phrases, load_phrases

Json = dict[str, Any]

#: `.example` belongs to nobody, so a package that was not given an address reaches nobody.
PLACEHOLDER_URL = "https://replace-this-with-your-own-domain.example"
ENDPOINT_PATH = "/alexa"
PRIVACY_PATH = "/privacy"
REMINDERS = "alexa::alerts:reminders:skill:readwrite"
SMALL_ICON, LARGE_ICON = "assets/images/icon-108.png", "assets/images/icon-512.png"

_HTTPS_PORT = 443
_EVENTS = ("SKILL_DISABLED", "SKILL_PERMISSION_ACCEPTED", "SKILL_PERMISSION_CHANGED")
#: Mode, shape, widths, heights: Echo Spot, Show 5, Show 8, Show 10 and 15, Show 15 upright, Fire TV.
_VIEWPORTS = (
    ("HUB", "ROUND", (100, 599), (100, 599)),
    ("HUB", "RECTANGLE", (960, 1279), (100, 599)),
    ("HUB", "RECTANGLE", (960, 1279), (600, 959)),
    ("HUB", "RECTANGLE", (1280, 1920), (600, 1279)),
    ("HUB", "RECTANGLE", (600, 1279), (1280, 1920)),
    ("TV", "RECTANGLE", (960, 960), (540, 540)),
)


class AddressError(ValueError):
    """An address that Alexa cannot call."""

    code = "not-https"

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is not an https address on port {_HTTPS_PORT}")
        self.url = url


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where Alexa sends its requests: a server's https address, or an AWS Lambda function."""

    url: str = PLACEHOLDER_URL  #: the server's root; the privacy page is there even if the skill is a Lambda
    lambda_arn: str = ""

    def __post_init__(self) -> None:
        """Refuse what Alexa never connects to. AddressError."""
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError:
            raise AddressError(self.url) from None
        if parts.scheme != "https" or not parts.hostname or port not in (None, _HTTPS_PORT):
            raise AddressError(self.url)

    @property
    def privacy_url(self) -> str:
        """Where the privacy policy is read."""
        return self.url.rstrip("/") + PRIVACY_PATH

    @property
    def endpoint(self) -> Json:
        """The endpoint as Amazon's JSON has it."""
        if self.lambda_arn:
            return {"uri": self.lambda_arn}
        return {"uri": self.url.rstrip("/") + ENDPOINT_PATH, "sslCertificateType": "Trusted"}


def manifest(locales: dict[str, str], address: Address) -> Json:
    """Return skill.json for Alexa's locales, each with the locale of ours that serves it."""
    spoken_in = {alexa: load_phrases(locale) for alexa, locale in locales.items()}
    first = next(iter(spoken_in.values()))
    return {
        "manifest": {
            "manifestVersion": "1.0",
            "publishingInformation": {
                "category": "HEALTH_AND_FITNESS",
                "distributionMode": "PUBLIC",
                "isAvailableWorldwide": True,
                "distributionCountries": [],
                "testingInstructions": " ".join(first.lines("alexa-model.testing")),
                "locales": {alexa: _page(phrases) for alexa, phrases in spoken_in.items()},
            },
            "privacyAndCompliance": {
                "allowsPurchases": False,
                "containsAds": False,
                "isChildDirected": False,
                "isExportCompliant": True,
                "usesPersonalInfo": True,  # which sets a person did, under Amazon's random name for them
                "usesHealthInfo": False,
                "locales": {alexa: {"privacyPolicyUrl": address.privacy_url} for alexa in spoken_in},
            },
            "permissions": [{"name": REMINDERS}],
            "events": {
                "endpoint": address.endpoint,
                "subscriptions": [{"eventName": name} for name in _EVENTS],
            },
            "apis": {"custom": {"endpoint": address.endpoint, "interfaces": _interfaces()}},
        }
    }


def example_phrases(phrases: Phrases) -> tuple[str, ...]:
    """Return the three sentences that the store shows, wake word and all."""
    return phrases.lines("alexa-model.example-phrases", invocation=phrases("alexa-model.invocation"))


def _page(phrases: Phrases) -> Json:
    disclaimer = phrases("alexa-model.disclaimer")
    return {
        "name": phrases("alexa-model.name"),
        "summary": phrases("alexa-model.summary"),
        "description": "\n\n".join(phrases.lines("alexa-model.description", disclaimer=disclaimer)),
        "examplePhrases": list(example_phrases(phrases)),
        "keywords": list(phrases.lines("alexa-model.keywords")),
        "smallIconUri": f"file://{SMALL_ICON}",
        "largeIconUri": f"file://{LARGE_ICON}",
    }


def _interfaces() -> list[Json]:
    viewports = [
        {
            "mode": mode,
            "shape": shape,
            "minWidth": widths[0],
            "maxWidth": widths[1],
            "minHeight": heights[0],
            "maxHeight": heights[1],
        }
        for mode, shape, widths, heights in _VIEWPORTS
    ]
    return [
        {"type": "AUDIO_PLAYER"},
        {"type": "ALEXA_PRESENTATION_APL", "supportedViewports": viewports},
    ]
