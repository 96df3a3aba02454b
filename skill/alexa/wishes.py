"""From an Alexa request to what the person wants: one table, no logic. Works on the request as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Want(StrEnum):
    """What a request asks for."""

    LAUNCH = "launch"
    START = "start"
    YES = "yes"
    NO = "no"
    READY = "ready"
    NEXT = "next"
    PREVIOUS = "previous"
    REPEAT = "repeat"
    START_OVER = "start_over"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    HELP = "help"
    UNKNOWN = "unknown"
    SLOWER = "slower"
    FASTER = "faster"
    EASIER = "easier"
    SKIP = "skip"
    CANNOT = "cannot"
    WHICH_SIDE = "which_side"
    HOW_LONG = "how_long"
    NEEDS = "needs"
    WHY = "why"
    HOW_AM_I = "how_am_i"
    ADVICE = "advice"
    QUESTION = "question"
    PAIN = "pain"
    RED_FLAG = "red_flag"
    BRIEF = "brief"
    FULL = "full"
    CAN_SAY = "can_say"
    LIST = "list"
    REMIND = "remind"
    LINK = "link"
    NUMBER = "number"  #: nothing but a number
    UNSUPPORTED = "unsupported"  #: loop and shuffle, which arrive unasked while audio plays
    ENDED = "ended"
    FORGET = "forget"  #: the skill was disabled
    FAILED = "failed"  #: a reply of ours was not accepted
    PLAYER = "player"  #: an event of the audio player; `detail` says which
    BUTTON = "button"  #: a button of a playback controller; `detail` says which
    BACK = "back"  #: something that Alexa did in between is over
    NOTHING = "nothing"  #: nothing to be done, nothing to be said


#: Intent -> what it wants.
INTENTS: Mapping[str, Want] = {
    "AMAZON.YesIntent": Want.YES,
    "AMAZON.NoIntent": Want.NO,
    "AMAZON.NextIntent": Want.NEXT,
    "AMAZON.PreviousIntent": Want.PREVIOUS,
    "AMAZON.RepeatIntent": Want.REPEAT,
    "AMAZON.StartOverIntent": Want.START_OVER,
    "AMAZON.PauseIntent": Want.PAUSE,
    "AMAZON.ResumeIntent": Want.RESUME,
    "AMAZON.StopIntent": Want.STOP,
    "AMAZON.CancelIntent": Want.STOP,
    "AMAZON.NavigateHomeIntent": Want.STOP,
    "AMAZON.HelpIntent": Want.HELP,
    "AMAZON.FallbackIntent": Want.UNKNOWN,
    "AMAZON.LoopOnIntent": Want.UNSUPPORTED,
    "AMAZON.LoopOffIntent": Want.UNSUPPORTED,
    "AMAZON.ShuffleOnIntent": Want.UNSUPPORTED,
    "AMAZON.ShuffleOffIntent": Want.UNSUPPORTED,
    "StartRoutineIntent": Want.START,
    "ReadyIntent": Want.READY,
    "SlowerIntent": Want.SLOWER,
    "FasterIntent": Want.FASTER,
    "EasierIntent": Want.EASIER,
    "SkipIntent": Want.SKIP,
    "CannotIntent": Want.CANNOT,
    "WhichSideIntent": Want.WHICH_SIDE,
    "HowLongIntent": Want.HOW_LONG,
    "NeedsIntent": Want.NEEDS,
    "WhyIntent": Want.WHY,
    "HowAmIDoingIntent": Want.HOW_AM_I,
    "AdviceIntent": Want.ADVICE,
    "QuestionIntent": Want.QUESTION,
    "PainIntent": Want.PAIN,
    "MorePainIntent": Want.PAIN,
    "RedFlagIntent": Want.RED_FLAG,
    "BriefIntent": Want.BRIEF,
    "FullIntent": Want.FULL,
    "WhatCanISayIntent": Want.CAN_SAY,
    "ListRoutinesIntent": Want.LIST,
    "RemindIntent": Want.REMIND,
    "LinkIntent": Want.LINK,
    "NumberIntent": Want.NUMBER,
}

#: A touch on the screen sends its arguments; the first is one of these.
TOUCHES: Mapping[str, Want] = {
    "pause": Want.PAUSE,
    "resume": Want.RESUME,
    "next": Want.NEXT,
    "pain": Want.PAIN,
    "stop": Want.STOP,
}

#: What the audio player does when sound can go on by itself.
_PLAYING = ("PLAYING", "PAUSED", "BUFFER_UNDERRUN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One request, boiled down to what the conversation needs."""

    want: Want
    person: str  #: Alexa's own opaque id of the account
    device: str
    at_ms: int  #: the request's own time, milliseconds since 1970
    request_id: str = ""
    locale: str = "en-US"
    slots: Mapping[str, str] = field(
        default_factory=dict
    )  #: resolved ids where there are some, else the words
    detail: str = ""
    intent: str = ""  #: its name, if the request is about one
    token: str = ""  #: of the audio player
    offset_ms: int = 0  #: of the audio player
    in_session: bool = True
    screen: bool = False
    player: bool = False  #: the device can play an audio file
    playing: bool = False  #: it is playing one of ours, or holds it back while we talk
    error: str = ""  #: of the audio player
    attributes: Mapping[str, Any] = field(default_factory=dict)
    consent: bool = False  #: reminders may be set
    api_endpoint: str = ""  #: where Alexa's own services are for this account
    api_token: str = field(default="", repr=False)  #: for them, as long as this conversation lasts


def heard(envelope: Mapping[str, Any]) -> Heard:
    """Return what a request wants. Anything unknown wants nothing; nothing in here raises for odd input."""
    request = _map(envelope, "request")
    system = _map(_map(envelope, "context"), "System")
    user, device = _map(system, "user"), _map(system, "device")
    session = _map(envelope, "session")
    player = _map(_map(envelope, "context"), "AudioPlayer")
    want, detail, slots = _want(request)
    return Heard(
        want=want,
        person=str(user.get("userId") or _map(session, "user").get("userId") or ""),
        device=str(device.get("deviceId") or ""),
        at_ms=_time_ms(request.get("timestamp")),
        request_id=str(request.get("requestId") or ""),
        locale=str(request.get("locale") or "en-US"),
        slots=slots,
        detail=detail,
        intent=str(_map(request, "intent").get("name") or ""),
        token=str(request.get("token") or player.get("token") or ""),
        offset_ms=_whole(request.get("offsetInMilliseconds", player.get("offsetInMilliseconds"))),
        in_session=bool(session),
        screen="Alexa.Presentation.APL" in _map(device, "supportedInterfaces"),
        player="AudioPlayer" in _map(device, "supportedInterfaces"),
        playing=player.get("playerActivity") in _PLAYING,
        error=str(_map(request, "error").get("type") or ""),
        attributes=_map(session, "attributes"),
        consent=_consents(_map(user, "permissions")),
        api_endpoint=str(system.get("apiEndpoint") or ""),
        api_token=str(system.get("apiAccessToken") or ""),
    )


def _want(  # noqa: PLR0911 - one a kind of request
    request: Mapping[str, Any],
) -> tuple[Want, str, Mapping[str, str]]:
    kind = str(request.get("type") or "")
    if kind == "LaunchRequest":
        return Want.LAUNCH, "", {}
    if kind == "IntentRequest":
        intent = _map(request, "intent")
        name = str(intent.get("name") or "")
        return INTENTS.get(name, Want.UNKNOWN), name, _slots(intent)
    if kind == "Alexa.Presentation.APL.UserEvent":
        arguments = request.get("arguments")
        first = str(arguments[0]) if isinstance(arguments, list) and arguments else ""
        return TOUCHES.get(first, Want.NOTHING), first, {}
    if kind == "SessionEndedRequest":
        error = _map(request, "error").get("type")
        return Want.ENDED, str(error or request.get("reason") or ""), {}
    if kind == "System.ExceptionEncountered":
        return Want.FAILED, str(_map(request, "error").get("type") or ""), {}
    if kind == "AlexaSkillEvent.SkillDisabled":
        return Want.FORGET, "", {}
    if kind.startswith("AudioPlayer."):
        return Want.PLAYER, kind.partition(".")[2], {}
    if kind.startswith("PlaybackController."):
        return Want.BUTTON, kind.partition(".")[2], {}
    if kind == "CanFulfillIntentRequest" or kind.startswith("Alexa.Presentation."):
        return Want.NOTHING, kind, _slots(_map(request, "intent"))
    return Want.BACK, kind, {}


def _consents(permissions: Mapping[str, Any]) -> bool:
    """Whether the account lets the skill set reminders, the one thing it asks for."""
    scopes = _map(permissions, "scopes")
    granted = any(_map(scopes, scope).get("status") == "GRANTED" for scope in scopes)
    return granted or bool(permissions.get("consentToken"))


def _slots(intent: Mapping[str, Any]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, slot in _map(intent, "slots").items():
        if not isinstance(slot, Mapping):
            continue
        resolved = _resolved(slot)
        value = resolved or slot.get("value")
        if isinstance(value, str) and value and value != "?":
            found[str(name)] = value
    return found


def _resolved(slot: Mapping[str, Any]) -> str | None:
    """Return the id of the first value that Alexa is sure of."""
    authorities = _map(slot, "resolutions").get("resolutionsPerAuthority")
    for authority in authorities if isinstance(authorities, list) else ():
        if not isinstance(authority, Mapping) or _map(authority, "status").get("code") != "ER_SUCCESS_MATCH":
            continue
        values = authority.get("values")
        for value in values if isinstance(values, list) else ():
            found = _map(value, "value").get("id") if isinstance(value, Mapping) else None
            if isinstance(found, str) and found:
                return found
    return None


def _map(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    child = parent.get(name)
    return child if type(child) is dict or isinstance(child, Mapping) else {}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _time_ms(value: Any) -> int:
    """Return a request's time, which Alexa gives as ISO 8601 or, in places, as a number of milliseconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    try:
        return int(datetime.fromisoformat(str(value)).timestamp() * 1000)
    except ValueError:
        return 0
