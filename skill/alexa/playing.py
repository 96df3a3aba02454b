"""A conversation about a session that is played as one audio file.

The player takes over when a request has been answered: there is no session of Alexa's, and what comes back
are its events and what a person says meanwhile ("Alexa, next"). Where the session stands is in the store; how
far the file has been heard comes with the request. From there on everything is as in any conversation, only
that what is to be played is played by the audio player.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from routines.course import Course
from routines.events import Effect, Next, Pause, Play, Previous, Resume, Save
from routines.session import Session, SessionError, State, step
from routines.timeline import relocate, resume_ms
from skill.alexa.audio import (
    AudioLibrary,
    PlayAudio,
    RenderedAudio,
    Spot,
    StopAudio,
    Token,
    block_of,
    heard_all,
    heard_until,
    offset_at,
    offset_to_go_on,
    spot_at,
)
from skill.alexa.conversation import Conversation, Desk, Reply, person_id
from skill.alexa.talk import Talk
from skill.alexa.wishes import Heard, Want
from skill.coach import RESUME_WITHIN
from skill.ports import Store

_log = logging.getLogger(__name__)

#: A device that could not play a file is spoken to by Alexa for so long.
AFTER_FAILURE = timedelta(days=1)

#: What silences the player, also if nobody knows that it plays.
_QUIET = frozenset({Want.PAUSE, Want.STOP, Want.NO, Want.PAIN, Want.RED_FLAG})


def conversation_for(desk: Desk, heard: Heard) -> Conversation:
    """Return who answers a request."""
    return Conversation(desk, heard) if desk.audio is None else AudioConversation(desk, heard, desk.audio)


class AudioConversation(Conversation):
    """One request of one person, whose sessions are played as files."""

    def __init__(self, desk: Desk, heard: Heard, library: AudioLibrary) -> None:
        """Look up who it is, where they stand, and what the player was given."""
        super().__init__(desk, heard)
        self._library = library
        self._devices = _Devices(desk.store, heard)
        self._token = Token.parse(heard.token)
        self._audio: RenderedAudio | None = None  # what is playing, or was last
        asked = self.talk.session is not None or self.talk.question is not None
        self._talks = asked  # an answer to what was asked, not a word in between
        goes_on = self._token is not None and self._token.session_id == self.talk.session_id
        begun = self.talk.running is not None and self.talk.running.state is not State.CHECKING
        in_turns = begun and self.talk.question is None and not goes_on
        self._in_turns = self.talk.session_id if in_turns else None  # begun in turns: goes on in turns

    def answer(self) -> Reply:
        """Return the answer to the request."""
        heard = self.heard
        if heard.want is Want.PLAYER:
            return self._player()
        if heard.want is Want.BUTTON:
            return self._button()
        if self._was_not_taken():
            return Reply(talk=self.talk, silent=True)
        if self._token is None or not heard.in_session or heard.want is Want.ENDED:
            return super().answer()
        if not self._talks:
            self._take_up(self._token)
            reply = self._meanwhile()
            return self._quiet(reply if reply is not None else super().answer())
        return self._quiet(super().answer())

    # -- what is said while a file plays, or after it -------------------------------------------------

    def _meanwhile(self) -> Reply | None:
        """Return the answer to what means something else here; None if it means what it always does."""
        session = self.talk.running
        match self.heard.want:
            case Want.PAUSE | Want.STOP | Want.NO:
                return self._hold(for_good=self.heard.want is Want.STOP)
            case Want.RESUME | Want.YES | Want.READY if session is not None:
                return self._go_on(session)
            case Want.UNSUPPORTED if session is None or session.state is State.PAUSED:
                return self._bye(*self.phrases.lines("alexa.unsupported"))
            case Want.LAUNCH:
                self._keep_place()
        return None

    def _quiet(self, reply: Reply) -> Reply:
        """Return the reply with the player silenced, unless it plays something else from now on."""
        if reply.audio is None and not reply.silent and (self.heard.playing or self.heard.want in _QUIET):
            return replace(reply, audio=StopAudio())
        return reply

    def _take_up(self, token: Token) -> None:
        """Take the session that the file belongs to, where it is by now; keep what was done since."""
        session = self._stored(token.session_id)
        if session is None:
            return
        self.talk = Talk(session_id=token.session_id, session=session)
        self._audio = self._library.find(token.digest)
        if self._audio is None or not self._devices.plays(token) or not _stands_in(session, self._audio):
            self._audio = None
            return
        if session.state is State.PAUSED:
            return
        session, effects = heard_until(session, self.heard.offset_ms, self._audio)
        self._keep(session, self._audio.course, effects)
        here = spot_at(self._audio.timeline, self.heard.offset_ms)
        if here.block_id == session.block:
            self._offset_ms = here.offset_ms
        else:  # the player tells of a place that has been left
            self._offset_ms = session.offset_ms
        self.talk = replace(self.talk, session=session)

    def _stored(self, session_id: str) -> Session | None:
        found = self.desk.store.interrupted(self.person, self._moment, RESUME_WITHIN)
        if found is None or found.session_id != session_id:
            return None
        try:
            session = Session.from_dict(found.snapshot)
            self.desk.find_routine(session.routine)
        except Exception as error:  # noqa: BLE001 - a routine of one's own may have gone, or be at fault
            expected = isinstance(error, SessionError)
            _log.info("audio-session-unread %s %s", type(error).__name__, "" if expected else error)
            return None
        return None if session.is_over else session

    def _hold(self, *, for_good: bool) -> Reply:
        """Be silent at once and say nothing. The place is kept, whichever word was used."""
        session = self.talk.running
        if session is not None:
            if session.state is not State.PAUSED:
                course = self._course(session)
                session, effects = step(session, Pause(offset_ms=self._offset_ms), course)
                self._keep(session, course, effects)
            if for_good:
                self._keeper().break_off(session)
        return Reply(talk=self.talk.over(), audio=StopAudio())

    def _go_on(self, session: Session) -> Reply:
        """Play on: where it was paused, or where the player came to."""
        course = self._course(session)
        if session.state is State.PAUSED:
            return self._event(Resume())
        if self._offset_ms is not None:
            at_ms = resume_ms(course.block(session.plan, session.block), self._offset_ms)
            session = replace(session, offset_ms=at_ms)
        play = Play(block=session.block, from_ms=session.offset_ms, count_in=session.offset_ms > 0)
        return self._carry_out(session, (Save(), play), course)

    def _keep_place(self) -> None:
        session = self.talk.running
        if session is not None and session.state is not State.PAUSED and self._offset_ms is not None:
            here = replace(session, offset_ms=self._offset_ms)
            self._keeper().keep(here, (), self._course(session))

    # -- the player's own events: none of them is answered in words ------------------------------------

    def _player(self) -> Reply:
        token, detail = self._token, self.heard.detail
        if token is not None and detail == "PlaybackFailed":
            _log.warning("audio-not-played %s", self.heard.error or "unknown")
            self._devices.failed()
        if token is not None and self._devices.plays(token):
            match detail:
                case "PlaybackStarted":
                    self._take_up(token)
                    self._goes_on()
                case "PlaybackStopped":
                    self._take_up(token)
                    self._keep_place()
                case "PlaybackFinished":
                    self._take_up(token)
                    self._goes_on()
                    self._all_heard()
                case "PlaybackFailed":
                    self._take_up(token)
                    self._broken()
        return Reply(talk=self.talk, silent=True)

    def _goes_on(self) -> None:
        """Take what was paused as going on: the person used the device itself."""
        session = self.talk.running
        if session is not None and session.state is State.PAUSED and self._audio is not None:
            session, effects = step(session, Resume(), self._audio.course)
            self._keep(session, self._audio.course, effects)
            self.talk = replace(self.talk, session=session)

    def _all_heard(self) -> None:
        session, audio = self.talk.running, self._audio
        if session is not None and audio is not None:
            session, effects = heard_all(session, audio)
            self._keep(session, audio.course, effects)

    def _broken(self) -> None:
        session = self.talk.running
        if session is not None:
            at_ms = session.offset_ms if self._offset_ms is None else self._offset_ms
            self._keeper().break_off(replace(session, offset_ms=at_ms))

    def _was_not_taken(self) -> bool:
        """Whether a reply with a file was not accepted; such a device gets none for a while."""
        heard = self.heard
        unheard = heard.want in (Want.FAILED, Want.ENDED) and heard.detail == "INVALID_RESPONSE"
        if not unheard or self._talks or not self._devices.may_play() or not self._devices.has_played():
            return False
        self._devices.failed()
        return True

    def _button(self) -> Reply:
        """Do what a button of the device or a remote control says, without a word."""
        reply = None
        if self._token is not None:
            self._take_up(self._token)
            session = self.talk.running
            match self.heard.detail:
                case "PauseCommandIssued":
                    reply = self._hold(for_good=False)
                case "PlayCommandIssued" if session is not None:
                    reply = self._go_on(session)
                case "NextCommandIssued" if session is not None:
                    reply = self._event(Next())
                case "PreviousCommandIssued" if session is not None:
                    reply = self._event(Previous())
        stops = StopAudio() if self.heard.detail == "PauseCommandIssued" else None
        return Reply(talk=self.talk.over(), silent=True, audio=(reply.audio if reply else None) or stops)

    # -- from effects to what is played ----------------------------------------------------------------

    def _course(self, session: Session) -> Course:
        if self._audio is not None and self._audio.course.routine.id == session.routine:
            return self._audio.course
        return super()._course(session)

    def _carry_out(self, session: Session, effects: tuple[Effect, ...], course: Course) -> Reply:
        play = next((effect for effect in effects if isinstance(effect, Play)), None)
        audio = self._file_for(session, course) if play is not None else None
        if play is None or audio is None:
            course, laid = super()._course(session), self._course(session)
            self._audio = None  # from here on in turns, laid out for Alexa's own voice
            return super()._carry_out(session, tuple(_moved(effects, session, laid, course)), course)
        session = replace(session, plan=audio.plan, waiting=False, offset_ms=play.from_ms)
        self._keep(session, course, effects)
        self._say_first(effects, play, audio)
        return Reply(talk=self.talk.over(), lines=tuple(self.lines), audio=self._play_file(play, audio))

    def _file_for(self, session: Session, course: Course) -> RenderedAudio | None:
        if self.talk.session_id is None or self.talk.session_id == self._in_turns:
            return None
        if not (self.heard.player or self._token is not None) or not self._devices.may_play():
            return None
        audio = self._library.url(course.routine, replace(session.plan, wait=False))  # no file waits
        return audio if audio is not None and _stands_in(replace(session, plan=audio.plan), audio) else None

    def _say_first(self, effects: tuple[Effect, ...], play: Play, audio: RenderedAudio) -> None:
        for effect in effects:
            self.lines += getattr(effect, "lines", ())
        if play.block == audio.timeline.blocks[0].id and not self.lines:
            self.lines += self.phrases.lines("alexa-audio.start", routine=audio.course.routine.title)

    def _play_file(self, play: Play, audio: RenderedAudio) -> PlayAudio:
        spot = Spot(play.block, play.from_ms)
        play_id = _short(self.heard.request_id or str(self.heard.at_ms))
        token = Token(session_id=self.talk.session_id or "", digest=audio.digest, play=play_id)
        self._devices.gets(token)
        return PlayAudio(
            url=audio.url,
            token=str(token),
            offset_ms=(offset_to_go_on if play.count_in else offset_at)(audio.timeline, spot),
            title=audio.course.routine.title.capitalize(),
        )


class _Devices:
    """What is remembered about an account's device: what it was given to play, and whether it could."""

    def __init__(self, store: Store, heard: Heard) -> None:
        self._store = store
        self._account = person_id(heard.person)
        self._moment = datetime.fromtimestamp(heard.at_ms / 1000, UTC)
        device = _short(heard.device)
        self._given, self._failed = f"audio:{device}", f"audio-failed:{device}"

    def gets(self, token: Token) -> None:
        """Remember what the device was given last."""
        self._store.set_note(self._account, self._given, str(token), self._moment)

    def plays(self, token: Token) -> bool:
        """Whether this is what the device was given last: anything earlier is out of date."""
        return self._store.note(self._account, self._given) in (None, str(token))

    def has_played(self) -> bool:
        """Whether the device was ever given a file."""
        return self._store.note(self._account, self._given) is not None

    def failed(self) -> None:
        """Remember that the device could not play what it was given."""
        self._store.set_note(self._account, self._failed, int(self._moment.timestamp()), self._moment)

    def may_play(self) -> bool:
        """Whether the device has not failed lately."""
        failed = self._store.note(self._account, self._failed)
        if not isinstance(failed, int):
            return True
        return self._moment - datetime.fromtimestamp(failed, UTC) > AFTER_FAILURE


def _short(text: str) -> str:
    """Return a short name for something long that is not to be kept as it is."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _moved(effects: tuple[Effect, ...], session: Session, laid: Course, course: Course) -> Iterator[Effect]:
    """Yield effects as they are on another course: its blocks have the same ids, but not the same lengths."""
    for effect in effects:
        if isinstance(effect, Play) and effect.from_ms and laid is not course:
            before, after = (each.block(session.plan, effect.block) for each in (laid, course))
            yield replace(effect, from_ms=relocate(before, effect.from_ms, after) or 0)
        else:
            yield effect


def _stands_in(session: Session, audio: RenderedAudio) -> bool:
    """Whether the session's block is in the file, and the file is of its plan."""
    if session.plan != audio.plan:
        return False
    try:
        block_of(audio.timeline, session.block)
    except KeyError:
        return False
    return True
