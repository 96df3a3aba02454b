"""Is a reply one that Alexa takes? From Amazon's rules, as far as they are known, and the SDK's classes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from ask_sdk_core.serialize import DefaultSerializer
from ask_sdk_model.response_envelope import ResponseEnvelope

from routines.lengths import EstimatedLengths
from routines.timeline import Lengths
from speech import limits
from tests.alexa_hearing import Sound, breaks, count_files, hear_document, hear_ssml

#: Requests that take no reply at all.
_SILENT = re.compile(
    r"SessionEndedRequest|AudioPlayer\.PlaybackStopped|System\.ExceptionEncountered|AlexaSkillEvent\..+"
    r"|Reminders\..+|AlexaHouseholdListEvent\..+|Messaging\.MessageReceived"
)
#: Requests that take directives only, and which.
_ONLY_STOP = {"AudioPlayer.Stop", "AudioPlayer.ClearQueue"}
_ONLY_AUDIO = _ONLY_STOP | {"AudioPlayer.Play"}
_DIRECTIVES_ONLY = {
    "AudioPlayer.PlaybackStarted": _ONLY_STOP,
    "AudioPlayer.PlaybackFinished": _ONLY_STOP,
    "AudioPlayer.PlaybackNearlyFinished": _ONLY_AUDIO,
    "AudioPlayer.PlaybackFailed": _ONLY_AUDIO,
    "PlaybackController.NextCommandIssued": _ONLY_AUDIO,
    "PlaybackController.PauseCommandIssued": _ONLY_AUDIO,
    "PlaybackController.PlayCommandIssued": _ONLY_AUDIO,
    "PlaybackController.PreviousCommandIssued": _ONLY_AUDIO,
}
_RESPONSE_KEYS = {
    "outputSpeech",
    "card",
    "reprompt",
    "directives",
    "shouldEndSession",
    "canFulfillIntent",
    "apiResponse",
}
_APL_KEYS = {
    "type",
    "version",
    "description",
    "theme",
    "import",
    "resources",
    "styles",
    "layouts",
    "graphics",
}
_APL_KEYS |= {"commands", "onMount", "onConfigChange", "onDisplayStateChange", "handleKeyDown", "handleKeyUp"}
_APL_KEYS |= {
    "handleTick",
    "extensions",
    "extension",
    "environment",
    "settings",
    "background",
    "mainTemplate",
}
_APL_KEYS |= {"lang", "layoutDirection", "export"}
_BEHAVIOURS = {"REPLACE_ALL", "ENQUEUE", "REPLACE_ENQUEUED"}

Faults = Iterator[str]


def check_response(
    request: dict[str, Any], response: dict[str, Any], lengths: Lengths | None = None
) -> list[str]:
    """Return what is wrong with the answer to a request, both as whole envelopes; nothing if it is valid.

    `lengths` says how long Alexa speaks, to add up how long a turn takes.
    """
    return list(_Check(request, response, lengths or EstimatedLengths(typical=True)).faults())


class _Check:
    def __init__(self, request: dict[str, Any], response: dict[str, Any], lengths: Lengths) -> None:
        self.request = request
        self.kind: str = request["request"]["type"]
        self.envelope = response
        self.reply: dict[str, Any] = response.get("response") or {}
        self.directives: list[dict[str, Any]] = self.reply.get("directives") or []
        self.lengths = lengths
        #: What is spoken, in the order it is heard.
        self.heard: list[Sound] = []

    def faults(self) -> Faults:
        yield from self._envelope()
        yield from self._attributes()
        if _SILENT.fullmatch(self.kind):
            if self.reply:
                yield f"{self.kind} takes no reply"
            return
        if self.kind in _DIRECTIVES_ONLY or "session" not in self.request:
            yield from self._sessionless()
        yield from self._spoken()
        for directive in self.directives:
            yield from self._directive(directive)
        yield from self._plays()
        yield from self._card()
        if self.kind not in _DIRECTIVES_ONLY and "session" in self.request:
            yield from self._session()

    # -- the envelope ------------------------------------------------------------------------------

    def _envelope(self) -> Faults:
        if self.envelope.get("version") != "1.0":
            yield "the version is 1.0"
        if not isinstance(self.envelope.get("response"), dict):
            yield "there is always a response, if empty"
        yield from _unknown(self.envelope, {"version", "sessionAttributes", "userAgent", "response"}, "reply")
        yield from _unknown(self.reply, _RESPONSE_KEYS, "response")
        size = _size(self.envelope)
        if size >= limits.REPLY_BYTES:
            yield f"the reply has {size} bytes"
        try:
            DefaultSerializer().deserialize(json.dumps(self.envelope), ResponseEnvelope)
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises, it could not read it
            yield f"the SDK cannot read it: {error}"

    def _attributes(self) -> Faults:
        attributes = self.envelope.get("sessionAttributes") or {}
        if attributes and "session" not in self.request:
            yield "session attributes without a session"
        size = _size(attributes)
        if size >= limits.SESSION_ATTRIBUTES_BYTES:
            yield f"the session attributes have {size} bytes"
        version = attributes.get("version", attributes.get("v"))
        if attributes and (not isinstance(version, int) or isinstance(version, bool)):
            yield "session attributes carry a version"

    def _sessionless(self) -> Faults:
        for key in ("outputSpeech", "card", "reprompt", "shouldEndSession"):
            if self.reply.get(key) is not None:
                yield f"{self.kind} takes no {key}"
        allowed = _DIRECTIVES_ONLY.get(self.kind)
        for directive in self.directives:
            if allowed is not None and directive.get("type") not in allowed:
                yield f"{self.kind} takes no {directive.get('type')}"

    # -- speech ------------------------------------------------------------------------------------

    def _spoken(self) -> Faults:
        if "outputSpeech" in self.reply:
            yield from self._speech(self.reply["outputSpeech"], limits.AUDIO_MS)
        reprompt = self.reply.get("reprompt") or {}
        said = len(self.heard)
        if "outputSpeech" in reprompt:
            yield from self._speech(reprompt["outputSpeech"], limits.REPROMPT_AUDIO_MS)
        del self.heard[said:]  # it is heard only if nobody answers
        for directive in reprompt.get("directives") or []:
            if directive.get("type") != "Alexa.Presentation.APLA.RenderDocument":
                yield "a reprompt takes no directive but APL for Audio"

    def _speech(self, speech: dict[str, Any], at_most_ms: int) -> Faults:
        key = {"SSML": "ssml", "PlainText": "text"}.get(speech.get("type", ""), "")
        text = speech.get(key)
        if not isinstance(text, str) or not text.strip():
            yield f"no speech: {speech!r:.80}"
            return
        if len(text) >= limits.SPEECH_CHARS:
            yield f"speech of {len(text)} characters"
        if key == "text":
            self.heard.append(Sound(self.lengths.length_ms(text), ((0, text),)))
            return
        try:
            sound = hear_ssml(text, self.lengths)
            longest_ms = max(breaks(text), default=0)
        except ValueError as error:
            yield f"SSML: {error}"
            return
        self.heard.append(sound)
        if longest_ms > limits.BREAK_MS:
            yield f"a break of {longest_ms} ms"
        if len(sound.files) > limits.AUDIO_TAGS:
            yield f"{len(sound.files)} audio tags"
        if sound.files and sound.length_ms > at_most_ms:
            yield f"sound of {sound.length_ms} ms"
        if re.search(r"<audio[^>]*/>\s*\.", text):
            yield "a full stop after a sound is read out"

    # -- whether the session stays open ------------------------------------------------------------

    def _session(self) -> Faults:
        ends = self.reply.get("shouldEndSession")
        kinds = [str(directive.get("type")) for directive in self.directives]
        if any(kind.startswith(("Connections.", "Dialog.")) for kind in kinds):
            return  # another one speaks
        voices = [text for sound in self.heard for _, text in sound.voices]
        asks = bool(voices) and bool(re.search(r"\?[\"\u201d\u2019')]*$", voices[-1].strip()))
        if ends is None and not self.kind.startswith(("Alexa.Presentation.", "CanFulfillIntent")):
            yield "it does not say whether the session ends"
        if asks and ends is not False:
            yield "it asks, and does not wait for the answer"
        if ends is False:
            yield from self._open(asks=asks)
        elif "reprompt" in self.reply:
            yield "a reprompt where nothing is asked"

    def _open(self, *, asks: bool) -> Faults:
        if not asks:
            yield "the session stays open without a question"
        if not (self.reply.get("reprompt") or {}).get("outputSpeech"):
            yield "a question without a reprompt"
        turn_ms = sum(sound.length_ms for sound in self.heard)
        if turn_ms > limits.TURN_MS:
            yield f"a turn of {turn_ms} ms before a question"

    # -- directives --------------------------------------------------------------------------------

    def _directive(self, directive: dict[str, Any]) -> Faults:
        checks: dict[str, Callable[[dict[str, Any]], Faults]] = {
            "AudioPlayer.Play": self._play,
            "Alexa.Presentation.APLA.RenderDocument": self._apla,
            "Alexa.Presentation.APL.RenderDocument": self._apl,
        }
        kind = str(directive.get("type"))
        if check := checks.get(kind):
            yield from check(directive)
        for interface in ("AudioPlayer", "Alexa.Presentation.APL"):
            needs = kind.startswith(f"{interface}.") and kind not in _ONLY_STOP
            supported = self._supported
            if needs and supported is not None and interface not in supported and self._has_device:
                yield f"the device knows no {interface}"

    @property
    def _supported(self) -> dict[str, Any] | None:
        device = self.request.get("context", {}).get("System", {}).get("device") or {}
        supported = device.get("supportedInterfaces")
        return supported if isinstance(supported, dict) else None

    @property
    def _has_device(self) -> bool:
        """Whether the request tells what the device can do; events of the player do not."""
        return "session" in self.request

    def _plays(self) -> Faults:
        plays = [one for one in self.directives if one.get("type") == "AudioPlayer.Play"]
        if len(plays) > limits.PLAYS:
            yield f"{len(plays)} things to play"
        in_session = "session" in self.request and self.kind not in _DIRECTIVES_ONLY
        if plays and in_session and self.reply.get("shouldEndSession") is not True:
            yield "what is played while the session is open is paused at once"

    def _play(self, directive: dict[str, Any]) -> Faults:
        behaviour = directive.get("playBehavior")
        stream = (directive.get("audioItem") or {}).get("stream") or {}
        if behaviour not in _BEHAVIOURS:
            yield f"no playBehavior: {behaviour}"
        if (behaviour == "ENQUEUE") != bool(stream.get("expectedPreviousToken")):
            yield "expectedPreviousToken goes with ENQUEUE, and only with it"
        yield from _token(stream.get("token"))
        yield from _https(stream.get("url"), limits.URL_CHARS)
        offset = stream.get("offsetInMilliseconds")
        if not isinstance(offset, int) or isinstance(offset, bool) or offset < 0:
            yield f"no offset: {offset!r}"

    def _apla(self, directive: dict[str, Any]) -> Faults:
        yield from _token(directive.get("token"))
        document = directive.get("document")
        if not isinstance(document, dict):
            yield "a document of APL for Audio is in the reply"
            return
        try:
            sound = hear_document(document, self.lengths)
        except ValueError as error:
            yield f"APLA: {error}"
            return
        self.heard.append(sound)
        if sound.length_ms > limits.AUDIO_MS:
            yield f"sound of {sound.length_ms} ms"
        if (files := count_files(document)) > limits.APLA_SOUNDS:
            yield f"{files} files in a document"

    def _apl(self, directive: dict[str, Any]) -> Faults:
        yield from _token(directive.get("token"))
        document = directive.get("document")
        if not isinstance(document, dict) or document.get("type") != "APL":
            yield "no document of APL"
            return
        yield from _unknown(document, _APL_KEYS, "document of APL")
        if not re.fullmatch(r"1\.\d+|20\d\d\.\d", str(document.get("version"))):
            yield f"no version of APL: {document.get('version')}"
        main = document.get("mainTemplate")
        if not isinstance(main, dict) or not (main.get("item") or main.get("items")):
            yield "a document of APL shows something"

    # -- the card ----------------------------------------------------------------------------------

    def _card(self) -> Faults:
        card = self.reply.get("card")
        if card is None:
            return
        texts = [card.get(key) or "" for key in ("title", "content", "text")]
        if sum(len(text) for text in texts) > limits.CARD_CHARS:
            yield "a card that is too long"
        if card.get("type") in ("Simple", "Standard") and not any(text.strip() for text in texts[1:]):
            yield "a card without words"
        if card.get("type") == "AskForPermissionsConsent" and not card.get("permissions"):
            yield "a card that asks for no permission"
        for url in (card.get("image") or {}).values():
            yield from _https(url, limits.IMAGE_URL_CHARS)


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _unknown(value: dict[str, Any], known: set[str], where: str) -> Faults:
    for key in value.keys() - known:
        yield f"nothing called {key} in a {where}"


def _token(token: Any) -> Faults:
    if not isinstance(token, str) or not 0 < len(token) <= limits.TOKEN_CHARS:
        yield f"no token: {token!r:.40}"


def _https(url: Any, at_most: int) -> Faults:
    if not isinstance(url, str) or len(url) > at_most:
        yield f"no address: {url!r:.40}"
        return
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.port not in (None, 443):
        yield f"Alexa fetches by https on port 443: {url:.80}"
