"""From a reply to Alexa's response: as one APL for Audio document, or as SSML with breaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from ask_sdk_model.directive import Directive
from ask_sdk_model.interfaces.alexa.presentation.apl.render_document_directive import (
    RenderDocumentDirective as Shown,
)
from ask_sdk_model.interfaces.alexa.presentation.apla.render_document_directive import RenderDocumentDirective
from ask_sdk_model.interfaces.audioplayer.audio_item import AudioItem
from ask_sdk_model.interfaces.audioplayer.audio_item_metadata import AudioItemMetadata
from ask_sdk_model.interfaces.audioplayer.play_behavior import PlayBehavior
from ask_sdk_model.interfaces.audioplayer.play_directive import PlayDirective
from ask_sdk_model.interfaces.audioplayer.stop_directive import StopDirective
from ask_sdk_model.interfaces.audioplayer.stream import Stream
from ask_sdk_model.response import Response
from ask_sdk_model.ui.ask_for_permissions_consent_card import AskForPermissionsConsentCard
from ask_sdk_model.ui.reprompt import Reprompt
from ask_sdk_model.ui.ssml_output_speech import SsmlOutputSpeech

from routines.lengths import EstimatedLengths
from routines.memo import Memo
from routines.phrases import Phrases
from routines.plan import Plan
from routines.timeline import Lengths, lay_lines
from skill.alexa import screen as screens
from skill.alexa.audio import AudioOut, PlayAudio
from skill.alexa.conversation import Reply
from skill.alexa.screen import Scene
from skill.alexa.serializer import FastSerializer, Written, write
from speech import apla, ssml
from speech.limits import REPLY_BYTES, SPEECH_CHARS, TooLongError
from speech.turns import Turn, whole_turn

REMINDERS_PERMISSION = "alexa::alerts:reminders:skill:readwrite"
#: What a turn leaves free in a reply: the words before it, the question, a screen, the session's attributes.
ROOM_BYTES = 8_000
ROOM_CHARS = 1_500
#: What a reply takes around its documents, its words and the session's attributes.
ENVELOPE_BYTES = 1_500
GAP_MS = 350
#: How many documents are kept: of so many turns, each with so many wordings before and after it.
_TURNS, _WORDINGS = 256, 8


class Delivery(StrEnum):
    """How a turn reaches the person; each asks less of a device than the one before."""

    APLA = "apla"  #: one APL for Audio document: every count on its beat
    VOICE = "voice"  #: the same without ticks and chimes, for devices that do not take the files
    SSML = "ssml"  #: breaks between words, for devices where such a document fails
    BARE = "bare"  #: the same, and nothing on a screen


@dataclass(frozen=True, slots=True)
class _Documents:
    """The documents that a turn is played with and shown with, by the words before and after it."""

    turn: Turn
    heard: Memo[tuple[object, ...], Written] = field(default_factory=lambda: Memo(_WORDINGS))
    shown: Memo[tuple[object, ...], screens.Json] = field(default_factory=lambda: Memo(_WORDINGS))


class Replies:
    """Makes responses; knows how long Alexa's voice takes only by estimate."""

    def __init__(self, lengths: Lengths | None = None) -> None:
        """Estimate by `lengths`, or for a voice of the usual rate."""
        self._lengths = lengths or EstimatedLengths(Plan().rate_wpm)
        self._documents: Memo[int, _Documents] = Memo(_TURNS)

    def fits(self, turn: Turn) -> bool:
        """Whether a turn fits into a reply, in either delivery."""
        try:
            spoken = ssml.body(turn.cues, turn.length_ms, self._lengths)
            made = apla.document(turn)
        except TooLongError:
            return False
        return len(spoken) < SPEECH_CHARS - ROOM_CHARS and size(made) < REPLY_BYTES - ROOM_BYTES

    def response(self, reply: Reply, delivery: Delivery, screen: Phrases | None = None) -> Response:
        """Return what is answered; with the words for a screen, where there is one, also what is shown."""
        player = [_player(reply.audio)] if reply.audio is not None else []
        if reply.silent:
            return Response(directives=player or None)
        response = Response(should_end_session=reply.ends)
        if reply.turn is None:
            said = (*reply.lines, *reply.question)
            response.output_speech = _speech(*said) if said else None
        elif delivery in (Delivery.APLA, Delivery.VOICE):
            token = reply.talk.session_id or "steady-coach"
            document = self._document(reply, reply.turn, sounds=delivery is Delivery.APLA)
            response.directives = [RenderDocumentDirective(token=token, document=document)]
        else:
            whole = self._whole(reply, reply.turn)
            response.output_speech = SsmlOutputSpeech(
                ssml=ssml.speak(ssml.body(whole.cues, whole.length_ms, self._lengths))
            )
        if delivery is Delivery.BARE:
            screen = None
        shown = self._shown(reply, response, screen) if screen is not None else None
        if shown is not None:
            response.directives = [*(response.directives or ()), shown]
        if player:
            response.directives = [*(response.directives or ()), *player]
        if not reply.ends:
            response.reprompt = _reprompt(reply.reprompt)
        if reply.asks_permission:
            response.card = AskForPermissionsConsentCard(permissions=[REMINDERS_PERMISSION])
        return response

    def _documents_of(self, turn: Turn) -> _Documents:
        """Return what was made of a turn before: a turn that is known is the same object."""
        of_turn = self._documents.get(id(turn), lambda: _Documents(turn))
        if of_turn.turn is not turn:  # it has the place of one that is gone
            of_turn = self._documents.put(id(turn), _Documents(turn))
        return of_turn

    def _document(self, reply: Reply, turn: Turn, *, sounds: bool) -> Written:
        """Return what is played, as it was made the first time."""
        around = reply.lead, reply.question, sounds
        known = self._documents_of(turn).heard
        return known.get(around, lambda: Written(apla.document(self._whole(reply, turn), sounds=sounds)))

    def _shown(self, reply: Reply, response: Response, say: Phrases) -> Shown | None:
        """Return what a screen shows; None where it would make the reply too long, or a file is played."""
        if reply.audio is not None:
            return None
        made = self._screen(reply, reply.turn, reply.scene, say)
        speech = response.output_speech
        spoken = speech.ssml if isinstance(speech, SsmlOutputSpeech) else ""
        taken = size([made, spoken, response.directives, reply.talk.to_dict(), reply.reprompt])
        if taken > REPLY_BYTES - ENVELOPE_BYTES:
            return None
        token = reply.talk.session_id or "steady-coach"
        return Shown(token=token, document=made["document"], datasources=made["datasources"])

    def _screen(self, reply: Reply, turn: Turn | None, scene: Scene | None, say: Phrases) -> screens.Json:
        if turn is None or scene is None:
            return screens.still((*reply.lines, *reply.question), say, waits=not reply.ends)
        lead_ms = sum(block.length_ms for block in reply.lead)
        question = " ".join(reply.question)
        # A turn belongs to one plan of one routine, and so does the rest of the scene.
        place = lead_ms, question, scene.title, scene.total_ms, say.locale
        known = self._documents_of(turn).shown
        return known.get(place, lambda: _written(screens.moving(scene, lead_ms, turn, question, say)))

    def _whole(self, reply: Reply, turn: Turn) -> Turn:
        """Return the words before, the turn, and the question after it as one."""
        slices = (*whole_turn(*reply.lead).slices, *turn.slices)
        whole = Turn(slices)
        if not reply.question:
            return whole
        return whole.then(lay_lines("", reply.question, self._lengths, GAP_MS))


def _player(audio: AudioOut) -> Directive:
    if not isinstance(audio, PlayAudio):
        return StopDirective()
    stream = Stream(url=audio.url, token=audio.token, offset_in_milliseconds=audio.offset_ms)
    item = AudioItem(stream=stream, metadata=AudioItemMetadata(title=audio.title))
    return PlayDirective(play_behavior=PlayBehavior.REPLACE_ALL, audio_item=item)


@lru_cache(maxsize=256)
def _reprompt(line: str) -> Any:
    """Return the same few questions as they were written the first time."""
    return Written(FastSerializer().serialize(Reprompt(output_speech=_speech(line))))


def _speech(*lines: str) -> SsmlOutputSpeech:
    return SsmlOutputSpeech(ssml=_ssml(lines))


@lru_cache(maxsize=256)
def _ssml(lines: tuple[str, ...]) -> str:
    return ssml.speak(" ".join(ssml.escaped(line) for line in lines))


def _written(made: screens.Json) -> screens.Json:
    """Return a document and its data, each written out."""
    return {name: Written(value) for name, value in made.items()}


def size(made: object) -> int:
    """Return how many bytes something takes as JSON."""
    return len(write(made))
