"""Requests that others have published, where they lie next to the project: each gets a valid answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from skill.alexa.replies import Delivery
from tests.alexa_device import SKILL_ID, Backend

FOLDER = Path(__file__).parents[4] / "shared" / "alexa-requests"
FILES = sorted(file for file in FOLDER.glob("*.json") if file.name != "SOURCES.json")

pytestmark = pytest.mark.skipif(not FILES, reason="no published requests here")


def for_us(envelope: dict[str, Any], backend: Backend) -> dict[str, Any]:
    """Return a request as if it had been sent to our skill just now."""
    stamp = backend.clock.now.isoformat()
    envelope["request"] |= {"timestamp": stamp, "requestId": envelope["request"].get("requestId") or "r"}
    for place in (envelope.get("session"), (envelope.get("context") or {}).get("System")):
        if place:
            place["application"] = {"applicationId": SKILL_ID}
    if "session" not in envelope:
        system = envelope.setdefault("context", {}).setdefault("System", {})
        system["application"] = {"applicationId": SKILL_ID}
    return envelope


@pytest.mark.parametrize("delivery", [Delivery.APLA, Delivery.SSML])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_published_request_gets_a_valid_answer(file: Path, delivery: Delivery) -> None:
    backend = Backend(delivery=delivery)

    backend.post(for_us(json.loads(file.read_text("utf-8")), backend))
