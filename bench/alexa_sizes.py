"""Anything at any time, in each delivery: how long answers get, and whether Alexa would take them."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import orjson
from flask import Flask

from bench.alexa_talk import Json, to_bytes, walk
from bench.figures import CannotMeasureError, Figure, Target
from routines.lengths import EstimatedLengths
from routines.plan import Plan
from skill.alexa_skill import open_lasting_store, own_skill
from skill.app import create_app
from skill.seen import SeenHere
from skill.settings import AlexaSettings, Delivery, Settings
from speech.limits import REPLY_BYTES, SESSION_ATTRIBUTES_BYTES, SPEECH_CHARS
from tests.alexa_device import SKILL_ID, Clock
from tests.alexa_player import ReadyFiles
from tests.alexa_validator import check_response

#: Every so many-th answer goes through the validator, which takes much longer than the answer.
_LOOKED_AT = 20
_LENGTHS = EstimatedLengths(Plan().rate_wpm)
_LIMITS = {"reply": REPLY_BYTES, "speech": SPEECH_CHARS, "attributes": SESSION_ATTRIBUTES_BYTES}


def sizes(folder: Path, number: int, deliveries: tuple[Delivery, ...] = tuple(Delivery)) -> Iterator[Figure]:
    """Send so many requests in all, the same number in each delivery, half of them from screens."""
    logging.getLogger("skill.alexa").setLevel(logging.ERROR)  # unplayed files are no news here
    each = number // len(deliveries)
    for delivery in deliveries:
        yield from _of_one(folder / f"sizes-{delivery}", each, delivery)


def _of_one(folder: Path, number: int, delivery: Delivery) -> Iterator[Figure]:
    most, faults, answered = dict.fromkeys(_LIMITS, 0), 0, 0
    clock = Clock()
    client = _app(folder, clock, delivery).test_client()

    def send(envelope: Json, told: Clock) -> Json:
        nonlocal faults, answered
        clock.now = told.now
        answer = client.post("/alexa", data=to_bytes(envelope), content_type="application/json")
        if answer.status_code != 200:
            raise CannotMeasureError(f"answered with {answer.status} to {envelope['request']}")
        whole: Json = orjson.loads(answer.get_data())
        speech = whole["response"].get("outputSpeech", {}).get("ssml", "")
        told_bytes = (
            len(answer.get_data()),
            len(speech),
            len(orjson.dumps(whole.get("sessionAttributes", {}))),
        )
        for name, size in zip(most, told_bytes, strict=True):
            most[name] = max(most[name], size)
        answered += 1
        if answered % _LOOKED_AT == 0:
            faults += bool(check_response(envelope, whole, _LENGTHS))
        return whole

    chance = random.Random(1)  # noqa: S311 - the same walk each time
    walk(send, number // 2, chance, screen=False)
    walk(send, number - number // 2, chance, screen=True)
    for name, limit in _LIMITS.items():
        yield Figure(
            name=f"{delivery}: longest {name} in {number:,} random requests",
            value=most[name],
            unit="characters" if name == "speech" else "bytes",
            target=(Target.AT_MOST, limit - 1),
        )
    yield Figure(
        name=f"{delivery}: answers that Alexa would not take",
        value=faults,
        unit=f"of {answered // _LOOKED_AT:,}",
        target=(Target.AT_MOST, 0),
        note="every twentieth was looked at, by the rules in tests/alexa_validator.py",
    )


def _app(folder: Path, clock: Clock, delivery: Delivery) -> Flask:
    """Return the backend in one delivery; audio files are there at once, and nothing is rendered."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        data_folder=folder,
        cache_folder=folder,
        locale="en",
        database=folder / "history.sqlite3",
        alexa=AlexaSettings(skill_id=SKILL_ID, verify=False, delivery=delivery),
    )
    files = ReadyFiles() if delivery is Delivery.AUDIO else None
    skill = own_skill(settings, open_lasting_store(settings), files)
    return create_app(settings, skill=skill, seen=SeenHere(), now=clock)
