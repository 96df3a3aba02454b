"""Conversations as people have them, on a simulated Echo whose requests are as long as real ones."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.figures import CannotMeasureError
from tests.alexa_device import SKILL_ID, Clock, Device

Json = dict[str, Any]
#: Takes a request and when it is sent, returns the answer.
Post = Callable[[Json, Clock], Json]

_TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ." + "a1B2c3D4" * 80
SCREEN = "Alexa.Presentation.APL"
_VIEWPORT: Json = {
    "experiences": [{"arcMinuteWidth": 346, "arcMinuteHeight": 216, "canRotate": False, "canResize": False}],
    "mode": "HUB",
    "shape": "RECTANGLE",
    "pixelWidth": 1280,
    "pixelHeight": 800,
    "dpi": 213,
    "currentPixelWidth": 1280,
    "currentPixelHeight": 800,
    "touch": ["SINGLE"],
    "video": {"codecs": ["H_264_42", "H_264_41"]},
}
_SIZE = {"type": "DISCRETE", "pixelWidth": 1280, "pixelHeight": 800}
_VIEWPORTS = [
    {
        "type": "APL",
        "id": "main",
        "shape": "RECTANGLE",
        "dpi": 213,
        "presentationType": "STANDARD",
        "canRotate": False,
        "configuration": {"current": {"mode": "HUB", "video": {"codecs": ["H_264_42"]}, "size": _SIZE}},
    }
]

#: More turns than any routine takes.
_MOST_TURNS = 80


@dataclass
class Door:
    """What a simulated Echo takes for a backend: it hands every request on, as long as a real one is."""

    send: Post
    clock: Clock = field(default_factory=Clock)

    def post(self, envelope: Json) -> Json:
        """Return the answer to a request."""
        context, system = envelope["context"], envelope["context"]["System"]
        system["apiAccessToken"] = _TOKEN
        system["person"] = {"personId": "amzn1.ask.person." + "P" * 120}
        system["unit"] = {"unitId": "amzn1.ask.unit." + "U" * 120}
        context.setdefault("AudioPlayer", {"playerActivity": "IDLE", "token": "", "offsetInMilliseconds": 0})
        if SCREEN in system["device"]["supportedInterfaces"]:
            system["device"]["supportedInterfaces"][SCREEN] = {"runtime": {"maxVersion": "2024.3"}}
            context |= {"Viewport": _VIEWPORT, "Viewports": _VIEWPORTS}
        return self.send(envelope, self.clock)


def echo(door: Door, nth: int, *, screen: bool) -> Device:
    """Return the `nth` person's device."""
    backend: Any = door
    return Device(
        backend,
        account=f"amzn1.ask.account.{nth:0180d}",
        name=f"amzn1.ask.device.{nth:0180d}",
        interfaces=("AudioPlayer", *([SCREEN] if screen else [])),
    )


def converse(device: Device) -> None:
    """Open, do a good part of the routine with questions in between, end for pain; open and leave it."""
    device.launch()
    device.listen()
    device.say("what do I need")
    device.say("start the knee routine")
    for nth in range(14):
        device.listen()
        device.say("ready")
        match nth:
            case 2 | 7:
                device.interrupt(20_000)
                device.say("which side")
            case 3:
                device.interrupt(15_000)
                device.say("can I take a painkiller")
            case 4:
                device.interrupt(9_000)
                device.say("pause")
                device.say("resume")
            case 6:
                device.interrupt(9_000)
                device.say("slower")
            case 9:
                device.interrupt(25_000)
                device.say("how long is left")
            case 11:
                device.listen()
                device.say("repeat")
            case _:
                pass
    device.interrupt(12_000)
    device.say("it hurts")
    device.launch()
    device.ended()


def do_it_all(device: Device) -> None:
    """Do the whole knee routine; come back two days later."""
    device.launch()
    device.say("start the knee routine")
    for _ in range(_MOST_TURNS):
        if device.answer.ends:
            break
        device.listen()
        device.say("ready")
    device.backend.clock.forward(2 * 24 * 60 * 60_000)


def first_count_ms(device: Device) -> int:
    """Return how much sound there is from "start" to the first count of a set, if "ready" comes at once."""
    device.launch()
    answer = device.say("start the knee routine")
    gone_ms = 0
    for _ in range(_MOST_TURNS):
        counts = [at_ms for at_ms, text in answer.sound.voices if text.isdecimal()]
        if counts:
            return gone_ms + counts[0]
        gone_ms += answer.sound.length_ms
        device.listen()
        answer = device.say("ready")
    raise CannotMeasureError("nothing was counted")


# -- anything at any time --------------------------------------------------------------------------

_INTENTS = (
    *("ReadyIntent",) * 8,
    *("AMAZON.YesIntent", "AMAZON.NoIntent", "AMAZON.NextIntent", "AMAZON.PreviousIntent"),
    *("AMAZON.RepeatIntent", "AMAZON.StartOverIntent", "AMAZON.PauseIntent", "AMAZON.ResumeIntent"),
    *("AMAZON.StopIntent", "AMAZON.HelpIntent", "AMAZON.FallbackIntent", "AMAZON.LoopOnIntent"),
    *("StartRoutineIntent", "SlowerIntent", "FasterIntent", "EasierIntent", "SkipIntent"),
    *("WhichSideIntent", "HowLongIntent", "NeedsIntent", "WhyIntent", "HowAmIDoingIntent"),
    *("PainIntent", "RedFlagIntent", "BriefIntent", "FullIntent", "WhatCanISayIntent"),
    *("ListRoutinesIntent", "SomethingNewIntent", "RemindIntent", "MorePainIntent"),
)
_WITH_SLOT = (
    *(("CannotIntent", "barrier", one) for one in ("kneel", "floor", "lie", "nonsense")),
    *(("StartRoutineIntent", "routine", one) for one in ("knee", "knee-short", "no such routine")),
    *(
        ("QuestionIntent", "question", one)
        for one in ("can I take a painkiller", "my calf is hot", "x" * 500)
    ),
    ("AdviceIntent", "topic", "assessment"),
    ("LinkIntent", "code", "123456"),
    *(("NumberIntent", "number", one) for one in ("7", "42", "123456", "?")),
    ("RemindIntent", "time", "09:00"),
)
_PLAYER_EVENTS = ("Started", "Stopped", "NearlyFinished", "Finished", "Failed")
_BUTTONS = ("Play", "Pause", "Next", "Previous")
_WORK_MS = 130_000  #: a little longer than any turn


def walk(send: Post, number: int, chance: random.Random, *, screen: bool) -> None:
    """Send so many requests in no order, at any moment, from one person after another."""
    door = Door(send)
    sent = 0
    while sent < number:
        device = _Deaf(
            door, account=f"account-{screen}-{sent}", name=f"device-{screen}-{sent}", screen=screen
        )
        for _ in range(min(60, number - sent)):
            door.clock.forward(chance.choice((1_000, 15_000, 40_000, 70_000, chance.randrange(_WORK_MS))))
            device.send(chance)
            sent += 1


@dataclass
class _Deaf:
    """A device that does not listen: sooner than hearing every answer, it goes by the clock alone.

    Its player is anywhere in the file that it was given.
    """

    door: Door
    account: str
    name: str
    screen: bool
    sent: int = 0
    attributes: Json = field(default_factory=dict)
    open: bool = False
    token: str = ""

    def send(self, chance: random.Random) -> None:
        """Send anything, and keep the session as Alexa does."""
        offset_ms = chance.randrange(2_000_000)
        if self.token and chance.random() < 0.3:
            request = _of_player(chance, self.token, offset_ms)
        else:
            request = _anything(chance) if self.open or chance.random() < 0.3 else {"type": "LaunchRequest"}
        in_session = not request["type"].startswith(("AudioPlayer.", "PlaybackController."))
        self.sent += 1
        playing = "PLAYING" if self.token and chance.random() < 0.7 else "STOPPED" if self.token else "IDLE"
        player = {"playerActivity": playing, "token": self.token, "offsetInMilliseconds": offset_ms}
        interfaces = ("AudioPlayer", *([SCREEN] if self.screen else []))
        device = {"deviceId": self.name, "supportedInterfaces": {name: {} for name in interfaces}}
        application, user = {"applicationId": SKILL_ID}, {"userId": self.account}
        session = {
            "new": not self.open,
            "sessionId": "amzn1.echo-api.session.1",
            "application": application,
            "attributes": self.attributes if self.open else {},
            "user": user,
        }
        system = {"application": application, "user": user, "device": device}
        whole = self.door.post(
            {
                "version": "1.0",
                **({"session": session} if in_session else {}),
                "context": {"System": system, "AudioPlayer": player},
                "request": {
                    "requestId": f"{self.name}.{self.sent}",
                    "timestamp": self.door.clock.now.isoformat(),
                    "locale": "en-US",
                    **request,
                },
            }
        )
        for directive in whole["response"].get("directives", ()):
            if directive["type"] == "AudioPlayer.Play":
                self.token = directive["audioItem"]["stream"]["token"]
        if in_session:
            over = whole["response"].get("shouldEndSession") is True
            self.open = not over and request["type"] != "SessionEndedRequest"
            self.attributes = whole.get("sessionAttributes", {})


def _of_player(chance: random.Random, token: str, offset_ms: int) -> Json:
    if chance.random() < 0.2:
        return {"type": f"PlaybackController.{chance.choice(_BUTTONS)}CommandIssued"}
    kind = f"AudioPlayer.Playback{chance.choice(_PLAYER_EVENTS)}"
    return {"type": kind, "token": token, "offsetInMilliseconds": offset_ms}


def _anything(chance: random.Random) -> Json:
    if chance.random() < 0.02:
        return {"type": "SessionEndedRequest", "reason": "USER_INITIATED"}
    if chance.random() < 0.2:
        name, slot, value = chance.choice(_WITH_SLOT)
        slots = {slot: {"name": slot, "value": value}}
        return {"type": "IntentRequest", "intent": {"name": name, "slots": slots}}
    return {"type": "IntentRequest", "intent": {"name": chance.choice(_INTENTS)}}


def to_bytes(envelope: Json) -> bytes:
    """Return a request as it is sent."""
    return json.dumps(envelope).encode()
