"""The validator of replies takes what Alexa takes, and finds each thing that she refuses."""

from __future__ import annotations

from typing import Any

import pytest

from speech import apla, limits
from speech.turns import whole_turn
from tests.alexa_validator import check_response
from tests.speech.layouts import block, count, say

Json = dict[str, Any]
IN_SESSION = ["LaunchRequest", "IntentRequest"]
NO_REPLY = [
    "SessionEndedRequest",
    "AudioPlayer.PlaybackStopped",
    "System.ExceptionEncountered",
    "AlexaSkillEvent.SkillDisabled",
]
PLAYER = ["AudioPlayer.PlaybackNearlyFinished", "AudioPlayer.PlaybackFailed"]
BUTTONS = ["PlaybackController.NextCommandIssued", "PlaybackController.PauseCommandIssued"]
STARTED = ["AudioPlayer.PlaybackStarted", "AudioPlayer.PlaybackFinished"]


def request(kind: str = "IntentRequest", *interfaces: str) -> Json:
    supported: Json = {name: {} for name in ("AudioPlayer", "Alexa.Presentation.APL", *interfaces)}
    envelope: Json = {
        "version": "1.0",
        "context": {"System": {"device": {"supportedInterfaces": supported}}},
        "request": {"type": kind},
    }
    if kind in IN_SESSION or kind.startswith("Alexa.Presentation.") or kind == "SessionEndedRequest":
        envelope["session"] = {"new": False}
    return envelope


def reply(**parts: Any) -> Json:
    return {"version": "1.0", "response": parts}


def speech(words: str) -> Json:
    return {"type": "SSML", "ssml": f"<speak>{words}</speak>"}


def asking(words: str = "Shall we begin?", **parts: Any) -> Json:
    again = {"outputSpeech": speech("Shall we?")}
    return reply(outputSpeech=speech(words), reprompt=again, shouldEndSession=False, **parts)


def telling(words: str = "Goodbye.", **parts: Any) -> Json:
    return reply(outputSpeech=speech(words), shouldEndSession=True, **parts)


def play(**changes: Any) -> Json:
    stream = {"url": "https://coach.example/audio/a.mp3", "token": "t", "offsetInMilliseconds": 0}
    behaviour = changes.pop("behaviour", "REPLACE_ALL")
    item = {"stream": stream | changes}
    return {"type": "AudioPlayer.Play", "playBehavior": behaviour, "audioItem": item}


def playing(*directives: Json, **parts: Any) -> Json:
    return reply(directives=[*directives], shouldEndSession=True, **parts)


def counting(length_ms: int = 9_000, **changes: Any) -> Json:
    cues = [say(0, "And hold."), count(2_000, "2"), count(3_000, "1"), say(5_000, "Ready?")]
    made = apla.directive(apla.document(whole_turn(block(0, length_ms, cues))), "t")
    return made | changes


def screen(**changes: Any) -> Json:
    document = {"type": "APL", "version": "2023.3", "mainTemplate": {"items": [{"type": "Text"}]}}
    return {"type": "Alexa.Presentation.APL.RenderDocument", "token": "t", "document": document | changes}


def document(*items: Json) -> Json:
    main = {"item": {"type": "Mixer", "items": [*items]}}
    made = {"type": "APLA", "version": "0.91", "mainTemplate": main}
    return counting(document=made)


def spoken(directive: Json) -> Json:
    again = {"outputSpeech": speech("Ready?")}
    return reply(directives=[directive], reprompt=again, shouldEndSession=False)


READY = {"type": "Speech", "content": "Ready?"}

GOOD = {
    "a question": asking(),
    "a farewell": telling(),
    "breaks and escapes": asking('1<break time="700ms"/>2 &amp; 3<break time="10s"/> Ready?'),
    "effects": telling('<amazon:effect name="whispered">Well done.</amazon:effect>'),
    "plain text": reply(outputSpeech={"type": "PlainText", "text": "Goodbye."}, shouldEndSession=True),
    "a quoted question": asking("Say &quot;ready?&quot;"),
    "a card": asking(card={"type": "Simple", "title": "Knees", "content": "Wall slides."}),
    "a permission": telling(card={"type": "AskForPermissionsConsent", "permissions": ["reminders"]}),
    "sound": telling("Here it comes.", directives=[play()]),
    "counting": spoken(counting()),
    "a screen": asking(directives=[screen()]),
    "attributes": asking() | {"sessionAttributes": {"v": 1, "at": 12}},
    "another one speaks": reply(
        directives=[{"type": "Connections.SendRequest", "name": "AskFor", "token": "t", "payload": {}}]
    ),
}

BAD: dict[str, tuple[Json, str]] = {
    "no version": ({"response": {}}, "the version is 1.0"),
    "no response": ({"version": "1.0"}, "there is always a response"),
    "an unknown key": (telling() | {"more": 1}, "nothing called more"),
    "an unknown part": (telling(sound="loud"), "nothing called sound"),
    "too large": (telling(card={"type": "Simple", "content": "é" * 13_000}), "the reply has"),
    "not for the SDK": (reply(directives=[{"type": "Dance"}], shouldEndSession=True), "the SDK cannot read"),
    "large attributes": (asking() | {"sessionAttributes": {"v": 1, "a": "b" * 2_040}}, "attributes have"),
    "attributes without version": (asking() | {"sessionAttributes": {"at": 12}}, "carry a version"),
    "not well formed": (telling("up & down"), "SSML: not well formed"),
    "an unknown tag": (telling("<b>Stop.</b>"), "SSML: Alexa knows no <b>"),
    "speak within speak": (telling("<speak>Stop.</speak>"), "SSML: <speak> stands around"),
    "a long break": (telling('1<break time="10001ms"/>2'), "a break of 10001 ms"),
    "a strange break": (telling('1<break time="soon"/>2'), "SSML: no break"),
    "too long": (telling("a" * 7_985), "speech of 8000 characters"),
    "many sounds": (telling('<audio src="soundbank://soundlibrary/a/b"/>' * 6), "6 audio tags"),
    "sound from anywhere": (telling('<audio src="http://a.example/b.mp3"/>'), "SSML: no place for a sound"),
    "a spoken full stop": (telling('<audio src="https://a.example/b.mp3"/>.'), "a full stop"),
    "nothing said": (reply(outputSpeech={"type": "SSML"}, shouldEndSession=True), "no speech"),
    "asks and ends": (telling("Ready?"), "it asks, and does not wait"),
    "stays open without a question": (asking("Well done."), "open without a question"),
    "no reprompt": (reply(outputSpeech=speech("Ready?"), shouldEndSession=False), "without a reprompt"),
    "a reprompt at the end": (telling(reprompt={"outputSpeech": speech("Hm?")}), "where nothing is asked"),
    "says nothing of the session": (reply(outputSpeech=speech("Goodbye.")), "whether the session ends"),
    "a long turn": (asking('1<break time="10s"/>' * 9 + "Ready?"), "before a question"),
    "two things to play": (playing(play(), play()), "2 things to play"),
    "plays in an open session": (asking(directives=[play()]), "paused at once"),
    "enqueues after nothing": (playing(play(behaviour="ENQUEUE")), "goes with ENQUEUE"),
    "replaces after something": (playing(play(expectedPreviousToken="t")), "goes with ENQUEUE"),
    "no behaviour": (playing(play(behaviour="SOON")), "no playBehavior"),
    "a long token": (playing(play(token="t" * 1_025)), "no token"),
    "no token": (playing(play(token="")), "no token"),
    "http": (playing(play(url="http://coach.example/a.mp3")), "by https on port 443"),
    "another port": (playing(play(url="https://coach.example:8443/a.mp3")), "by https on port 443"),
    "a long address": (playing(play(url="https://a.example/" + "b" * 8_000)), "no address"),
    "before the start": (playing(play(offsetInMilliseconds=-1)), "no offset"),
    "a linked document": (spoken(counting(document="doc://a")), "is in the reply"),
    "an unknown component": (spoken(document({"type": "Beep"})), "APLA: no component"),
    "an unknown property": (spoken(document(READY | {"speed": 2})), "APLA: Speech knows no"),
    "a negative silence": (spoken(document({"type": "Silence", "duration": -1}, READY)), "APLA: no length"),
    "nothing but silence": (
        spoken(document({"type": "Silence", "duration": 9})),
        "APLA: a document of nothing",
    ),
    "an empty mixer": (spoken(document({"type": "Mixer", "items": []}, READY)), "APLA: an empty Mixer"),
    "data binding": (spoken(document({"type": "Speech", "content": "${a}"})), "APLA: no literal"),
    "no filter": (spoken(document(READY | {"filter": [{"type": "Echo"}]})), "APLA: no filter"),
    "bad SSML inside": (
        spoken(document({"type": "Speech", "contentType": "SSML", "content": "<speak>&</speak>"})),
        "APLA: not well formed",
    ),
    "an older version": (spoken(counting(document={"type": "APLA", "version": "1"})), "APLA: no document"),
    "more than four minutes": (
        playing(document({"type": "Silence", "duration": 240_001}, READY)),
        "sound of 240001 ms",
    ),
    "many files": (
        playing(document(*[{"type": "Audio", "source": "soundbank://soundlibrary/a/b"}] * 16)),
        "16 files",
    ),
    "a strange document": (asking(directives=[screen(type="HTML")]), "no document of APL"),
    "a document of unknown parts": (asking(directives=[screen(sounds=[])]), "nothing called sounds"),
    "a strange version": (asking(directives=[screen(version="two")]), "no version of APL"),
    "an empty screen": (asking(directives=[screen(mainTemplate={})]), "shows something"),
    "a card without words": (telling(card={"type": "Simple", "title": "Knees"}), "a card without words"),
    "a long card": (telling(card={"type": "Simple", "content": "a" * 8_001}), "too long"),
    "a card that asks for nothing": (telling(card={"type": "AskForPermissionsConsent"}), "no permission"),
    "a picture by http": (
        telling(card={"type": "Standard", "text": "a", "image": {"smallImageUrl": "http://a.example/b"}}),
        "by https on port 443",
    ),
    "a screen in a reprompt": (
        reply(
            outputSpeech=speech("Ready?"),
            reprompt={"outputSpeech": speech("Ready?"), "directives": [screen()]},
            shouldEndSession=False,
        ),
        "a reprompt takes no directive",
    ),
}


@pytest.mark.parametrize("kind", IN_SESSION)
@pytest.mark.parametrize("name", GOOD)
def test_good_replies_are_valid(kind: str, name: str) -> None:
    assert check_response(request(kind), GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_each_fault_is_found(name: str) -> None:
    response, fault = BAD[name]

    assert [found for found in check_response(request(), response) if fault in found]


@pytest.mark.parametrize("kind", NO_REPLY)
def test_what_only_tells_takes_no_reply(kind: str) -> None:
    assert check_response(request(kind), reply()) == []
    assert check_response(request(kind), telling()) != []
    assert check_response(request(kind), reply(directives=[{"type": "AudioPlayer.Stop"}])) != []


@pytest.mark.parametrize("kind", [*PLAYER, *BUTTONS])
def test_the_player_and_its_buttons_take_directives_of_the_player(kind: str) -> None:
    follow = play(behaviour="ENQUEUE", expectedPreviousToken="t")

    assert check_response(request(kind), reply()) == []
    assert check_response(request(kind), reply(directives=[follow])) == []
    assert check_response(request(kind), reply(directives=[counting()])) != []


@pytest.mark.parametrize("kind", [*PLAYER, *BUTTONS, *STARTED])
@pytest.mark.parametrize(
    "part",
    [
        {"outputSpeech": speech("Hello.")},
        {"shouldEndSession": True},
        {"reprompt": {"outputSpeech": speech("Hello?")}},
        {"card": {"type": "Simple", "content": "Hello."}},
    ],
)
def test_outside_a_session_nothing_is_said(kind: str, part: Json) -> None:
    assert f"{kind} takes no {next(iter(part))}" in check_response(request(kind), reply(**part))


@pytest.mark.parametrize("kind", STARTED)
def test_what_has_started_or_finished_can_only_be_stopped(kind: str) -> None:
    assert check_response(request(kind), reply(directives=[{"type": "AudioPlayer.Stop"}])) == []
    assert check_response(request(kind), reply(directives=[play()])) == [f"{kind} takes no AudioPlayer.Play"]


def test_outside_a_session_there_are_no_attributes() -> None:
    response = reply() | {"sessionAttributes": {"v": 1}}

    assert check_response(request("AudioPlayer.PlaybackStarted"), response) != []


def test_a_touch_may_leave_the_microphone_closed() -> None:
    assert check_response(request("Alexa.Presentation.APL.UserEvent"), reply(directives=[screen()])) == []


@pytest.mark.parametrize("directive", [screen(), play()])
def test_a_device_gets_only_what_it_knows(directive: Json) -> None:
    asked = request()
    asked["context"]["System"]["device"]["supportedInterfaces"] = {}

    assert [found for found in check_response(asked, playing(directive)) if "the device knows no" in found]


def test_the_longest_speech_that_is_allowed_is_valid() -> None:
    words = "a" * (limits.SPEECH_CHARS - len("<speak></speak>") - 1)

    assert check_response(request(), telling(words)) == []
