"""A simulated Echo: asks the real endpoint over HTTP in envelopes of our own, and plays what it answers.

It has a clock of its own, which it moves by what it hears: a person answers when a reply has been heard, or
interrupts it. Every single answer goes through the validator.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask

import skill.alexa
from routines.lengths import EstimatedLengths
from routines.load import load_routine, routine_ids
from routines.model import Routine
from routines.plan import Plan
from routines.timeline import Lengths
from skill.alexa.conversation import REPLY_LAG_MS, Desk, person_id
from skill.alexa.reminders import AlexaReminders, Reminders
from skill.alexa.replies import Delivery, Replies
from skill.alexa.skill import build_skill
from skill.app import create_app
from skill.ports import Store
from skill.settings import AlexaSettings, Settings
from tests.alexa_hearing import Sound, hear_document, hear_ssml, joined
from tests.alexa_model import Ears, intent_json
from tests.alexa_validator import check_response
from tests.doubles import MemoryStore

Json = dict[str, Any]

SKILL_ID = "amzn1.ask.skill.00000000-1111-2222-3333-444444444444"
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
#: How long a person takes to answer.
ANSWER_MS = 1_000
#: How long this Alexa takes for her words.
_LENGTHS = EstimatedLengths(Plan().rate_wpm)


class Clock:
    """The time, for the device and the server alike."""

    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by_ms: int) -> None:
        """Let time pass; backwards if negative."""
        self.now += timedelta(milliseconds=by_ms)


@cache
def en_us() -> Json:
    """Return the committed interaction model for the United States."""
    folder = Path(skill.alexa.__file__).parent / "package" / "skill-package"
    model: Json = json.loads((folder / "interactionModels" / "custom" / "en-US.json").read_text("utf-8"))
    return model


@cache
def ears() -> Ears:
    """Return what hears with that model."""
    return Ears(en_us())


@cache
def library() -> tuple[Routine, ...]:
    """Return the routines that come with the program."""
    return tuple(load_routine(routine_id) for routine_id in routine_ids())


@dataclass
class Backend:
    """The backend as it is, but for its store, which forgets with the test, and its clock."""

    store: Store = field(default_factory=MemoryStore)
    clock: Clock = field(default_factory=Clock)
    delivery: Delivery = Delivery.APLA
    reminders: Reminders = field(default_factory=AlexaReminders)
    health: bool = False

    def __post_init__(self) -> None:
        replies = Replies()
        desk = Desk(
            store=self.store,
            find_routine=load_routine,
            routines=library,
            fits=replies.fits,
            reminders=self.reminders,
            health=self.health,
        )
        self.app: Flask = create_app(
            Settings(
                data_folder=Path("nowhere"),
                cache_folder=Path("nowhere"),
                locale="en",
                database=Path("nowhere"),
                alexa=AlexaSettings(skill_id=SKILL_ID, verify=False),
            ),
            skill=build_skill(desk, replies, self.delivery),
            now=self.clock,
        )
        self.client = self.app.test_client()

    def post(self, envelope: Json) -> Json:
        """Return the answer to a request. AssertionError if it is none, or one that Alexa would not take."""
        answer = self.client.post("/alexa", data=json.dumps(envelope), content_type="application/json")
        assert answer.status_code == 200, f"{answer.status_code} to {envelope['request']}"
        made: Json = json.loads(answer.get_data())
        faults = check_response(envelope, made, _LENGTHS)
        assert not faults, f"{envelope['request']}: {faults}\n{json.dumps(made)[:2000]}"
        return made


@dataclass(frozen=True)
class Answer:
    """What came back, as it is heard."""

    whole: Json
    sound: Sound

    @property
    def response(self) -> Json:
        """The response in the envelope."""
        found: Json = self.whole["response"]
        return found

    @property
    def says(self) -> str:
        """Every word in the order it is heard."""
        return " ".join(" ".join(text.split()) for _, text in self.sound.voices)

    @property
    def ends(self) -> bool:
        """Whether the session is over."""
        return self.response.get("shouldEndSession") is True

    @property
    def question(self) -> str:
        """The last thing that is said."""
        return self.sound.voices[-1][1] if self.sound.voices else ""


def hear(whole: Json, lengths: Lengths = _LENGTHS) -> Sound:
    """Return what an answer sounds like: first its speech, then its document."""
    response = whole["response"]
    parts = []
    if "outputSpeech" in response:
        parts.append(hear_ssml(response["outputSpeech"]["ssml"], lengths))
    parts += [
        hear_document(directive["document"], lengths)
        for directive in response.get("directives", ())
        if directive["type"] == "Alexa.Presentation.APLA.RenderDocument"
    ]
    return joined(parts)


@dataclass
class Device:
    """One Echo of one account. It remembers its session as Alexa does."""

    backend: Backend = field(default_factory=Backend)
    account: str = "amzn1.ask.account.SOMEBODY"
    name: str = "amzn1.ask.device.KITCHEN"
    locale: str = "en-US"
    interfaces: tuple[str, ...] = ("AudioPlayer",)
    permissions: Json = field(default_factory=dict)  #: what the account lets the skill do
    attributes: Json = field(default_factory=dict)
    open: bool = False
    answer: Answer = field(default_factory=lambda: Answer({"response": {}}, Sound(0)))
    answered_at: datetime = MORNING
    sessions: int = 0
    requests: int = 0

    # -- what a person does --------------------------------------------------------------------------

    def listen(self) -> None:
        """Hear the last answer to its end, and take a moment."""
        heard_until = self.answered_at + timedelta(
            milliseconds=REPLY_LAG_MS + self.answer.sound.length_ms + ANSWER_MS
        )
        self.backend.clock.now = max(self.backend.clock.now, heard_until)

    def interrupt(self, after_ms: int) -> None:
        """Hear so much of the last answer: `after_ms` from when it began to sound."""
        self.backend.clock.now = self.answered_at + timedelta(milliseconds=REPLY_LAG_MS + after_ms)

    def launch(self) -> Answer:
        """Say "Alexa, open steady coach"."""
        self.open, self.attributes = False, {}
        return self.request({"type": "LaunchRequest"})

    def one_shot(self, utterance: str) -> Answer:
        """Say "Alexa, ask steady coach to" something."""
        self.open, self.attributes = False, {}
        return self.say(utterance)

    def say(self, utterance: str) -> Answer:
        """Say something to it; what it means is for the interaction model."""
        return self.request({"type": "IntentRequest", "intent": intent_json(ears().hear(utterance), en_us())})

    def intent(self, name: str, **slots: str) -> Answer:
        """Send an intent as such."""
        filled = {slot: {"name": slot, "value": value} for slot, value in slots.items()}
        return self.request({"type": "IntentRequest", "intent": {"name": name, "slots": filled}})

    # -- what Alexa sends ----------------------------------------------------------------------------

    def request(self, request: Json) -> Answer:
        """Send a request of the session; a new one if none is open."""
        new = not self.open
        self.sessions += new
        session = {
            "new": new,
            "sessionId": f"amzn1.echo-api.session.{self.sessions}",
            "application": {"applicationId": SKILL_ID},
            "attributes": {} if new else self.attributes,
            "user": {"userId": self.account},
        }
        whole = self._post(request, session)
        response = whole["response"]
        self.open = response.get("shouldEndSession") is not True and request["type"] != "SessionEndedRequest"
        self.attributes = whole.get("sessionAttributes", {}) if self.open else {}
        self.answer = Answer(whole, hear(whole))
        self.answered_at = self.backend.clock.now
        return self.answer

    def event(self, kind: str, **fields: Any) -> Json:
        """Send a request that belongs to no session, and return the response."""
        response: Json = self._post({"type": kind, **fields}, None)["response"]
        return response

    def ended(self, reason: str = "EXCEEDED_MAX_REPROMPTS", error: Json | None = None) -> Json:
        """Tell that the session is over."""
        told: Json = {"type": "SessionEndedRequest", "reason": reason} | ({"error": error} if error else {})
        return self.request(told).response

    def _post(self, request: Json, session: Json | None) -> Json:
        self.requests += 1
        told = {
            "requestId": f"amzn1.echo-api.request.{self.name}.{self.requests}",
            "timestamp": self.backend.clock.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "locale": self.locale,
        }
        system = {
            "application": {"applicationId": SKILL_ID},
            "user": {"userId": self.account}
            | ({"permissions": self.permissions} if self.permissions else {}),
            "device": {
                "deviceId": self.name,
                "supportedInterfaces": {interface: {} for interface in self.interfaces},
            },
            "apiEndpoint": "https://api.amazonalexa.com",
            "apiAccessToken": "a-token",
        }
        envelope: Json = {"version": "1.0", "context": {"System": system}, "request": told | request}
        if session is not None:
            envelope["session"] = session
        return self.backend.post(envelope)

    # -- what the backend keeps ----------------------------------------------------------------------

    @property
    def person(self) -> str:
        """Who this account is in the store."""
        return self.backend.store.person_of(person_id(self.account))

    @property
    def place(self) -> tuple[str, str] | None:
        """The session's state and block, as they travel; None if none is under way."""
        session = self.attributes.get("session")
        return (session["state"], session["block"]) if session else None
