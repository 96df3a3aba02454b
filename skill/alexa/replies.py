"""From a reply to Alexa's response: as one APL for Audio document, or as SSML with breaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import orjson
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
    """How a turn reaches the person."""

    APLA = "apla"  #: one APL for Audio document: every count on its beat
    SSML = "ssml"  #: breaks between words, for devices where the other fails


@dataclass(frozen=True, slots=True)
class _Documents:
    """The documents that a turn is played with, by the words before and after it."""

    turn: Turn
    made: Memo[tuple[object, ...], apla.Component] = field(default_factory=lambda: Memo(_WORDINGS))


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
        elif delivery is Delivery.APLA:
            token = reply.talk.session_id or "steady-coach"
            document = apla.directive(self._document(reply, reply.turn), token)["document"]
            response.directives = [RenderDocumentDirective(token=token, document=document)]
        else:
            whole = self._whole(reply, reply.turn)
            response.output_speech = SsmlOutputSpeech(
                ssml=ssml.speak(ssml.body(whole.cues, whole.length_ms, self._lengths))
            )
        shown = self._shown(reply, response, screen) if screen is not None else None
        if shown is not None:
            response.directives = [*(response.directives or ()), shown]
        if player:
            response.directives = [*(response.directives or ()), *player]
        if not reply.ends:
            response.reprompt = Reprompt(output_speech=_speech(reply.reprompt))
        if reply.asks_permission:
            response.card = AskForPermissionsConsentCard(permissions=[REMINDERS_PERMISSION])
        return response

    def _document(self, reply: Reply, turn: Turn) -> apla.Component:
        """Return what is played, as it was made the first time: a turn that is known is the same object."""
        of_turn = self._documents.get(id(turn), lambda: _Documents(turn))
        if of_turn.turn is not turn:  # it has the place of one that is gone
            of_turn = self._documents.put(id(turn), _Documents(turn))
        around = reply.lead, reply.question
        return of_turn.made.get(around, lambda: apla.document(self._whole(reply, turn)))

    def _shown(self, reply: Reply, response: Response, say: Phrases) -> Shown | None:
        """Return what a screen shows; None where it would make the reply too long, or a file is played."""
        if reply.audio is not None:
            return None
        if reply.turn is not None and reply.scene is not None:
            lead_ms = sum(block.length_ms for block in reply.lead)
            made = screens.moving(reply.scene, lead_ms, reply.turn, " ".join(reply.question), say)
        else:
            made = screens.still((*reply.lines, *reply.question), say, waits=not reply.ends)
        spoken = response.output_speech.ssml if isinstance(response.output_speech, SsmlOutputSpeech) else ""
        played = [one.to_dict() for one in response.directives or ()]
        taken = size([made, spoken, played, reply.talk.to_dict(), reply.reprompt])
        if taken > REPLY_BYTES - ENVELOPE_BYTES:
            return None
        token = reply.talk.session_id or "steady-coach"
        return Shown(token=token, document=made["document"], datasources=made["datasources"])

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


def _speech(*lines: str) -> SsmlOutputSpeech:
    return SsmlOutputSpeech(ssml=ssml.speak(" ".join(ssml.escaped(line) for line in lines)))


def size(made: object) -> int:
    """Return how many bytes something takes as JSON."""
    return len(orjson.dumps(made))
