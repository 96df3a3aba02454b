"""Leading a session on this machine: keys, words and finished blocks in, effects out, until it is over.

The driver owns no rule and no time. It turns what happens into events, lets `routines.session` decide, keeps
what has to be kept before anything is heard, and hands segments to the player. What will follow a block is
asked of the session itself, ahead of time, so that one block runs into the next without a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from routines.cue import HEARD_MS, Cue, CueKind, Tone
from routines.events import (
    Answer,
    Ask,
    BlockFinished,
    Effect,
    End,
    Event,
    Halt,
    Notify,
    Pain,
    Pause,
    Play,
    Refuse,
    Save,
    Say,
    Stop,
)
from routines.lengths import EstimatedLengths
from routines.plan import Plan
from routines.script import SENTENCE_GAP_MS, Channel
from routines.session import aside, refusal, step
from routines.timeline import COUNTDOWN_S, Timeline, cues_from, lay, lay_count_in, lay_lines, utterances
from skill.coach import Keeper, Run
from skill.errors import fault_lines
from skill.hearing import SAFE, Aside, Chosen, Ear, NoEar, Standing, Wanted, understood
from skill.hearing_talk import PATIENCE_MS, Talk
from skill.key_events import Control, meaning, typed
from skill.live_view import Scene, view_of
from skill.sound_out import LEAD_IN, SoundOut
from skill.terminal.keys import Keys
from skill.terminal.view import Face, OutputClosedError
from speech.clips import Clips
from speech.hearing.grammar import plain
from speech.hearing.port import Heard, Word
from speech.microphone import MicrophoneCode, MicrophoneError
from speech.player import Segment
from speech.tones import tone

#: How long to wait for a key before looking at what has finished. A key is answered at once.
POLL_S = 0.05
GAIN_STEP_PERCENT = 25
GAIN_MAX_PERCENT = 200

#: Where there are no keys, a question waits so long for a microphone that was lost; then all is kept.
HOPE_MS = 120_000

#: The token of a silence in which the coach waits begins so.
_SILENCE = "silence"
#: A word is made out so long after it was said, at least: what the coach said since is no echo of its own.
_ECHO_MS = 300
#: Between the tone that answers a spoken command and the words that do.
_AFTER_EARCON_MS = 40

#: Phrases that answer a key: they are made early, so that they are heard at once.
_REMARKS = (
    "session.stopped",
    "session.slower.say",
    "session.faster.say",
    "session.easier.say",
    "session.cannot.say",
    "live.help",
)


@dataclass(frozen=True, slots=True)
class Playing:
    """What one segment is: a place in a block, or words in between (`block` is None)."""

    token: str
    block: str | None
    base_ms: int  #: where in the block the segment starts
    length_ms: int
    cues: tuple[Cue, ...]

    @property
    def segment(self) -> Segment:
        """The same for the player."""
        return Segment(self.token, self.length_ms, self.cues)


class Live:
    """One session led on this machine. `lead` runs it to its end."""

    def __init__(
        self,
        run: Run,
        keeper: Keeper,
        *,
        sound: SoundOut,
        clips: Clips,
        face: Face,
        keys: Keys,
        ear: Ear | None = None,
        others: Callable[[], Iterable[Event]] = tuple,
    ) -> None:
        """Take the parts; nothing happens before `lead`. Without an `ear` nobody listens.

        `others` gives what was asked for elsewhere since the last call, such as a caregiver's pause.
        """
        self.session = run.session
        self.course = run.course
        self.outcome: str | None = None
        self.notice = ""
        self._keeper = keeper
        self._player = sound.player
        self._clips = clips
        self._face = face
        self._keys = keys
        self._ear = ear or NoEar()
        self._others = others
        self._talk = Talk(self._ear, run.course.phrases)
        self._turn = 0  # goes up with every question
        self._answering = False  # a spoken command has been understood, and nothing was heard of it yet
        self._listened = False
        self._fault: Exception | None = None  # of the ear: has been told
        self._hopes = False  # that somebody is heard again: there is nothing else
        self._untold: tuple[str, ...] = ()  # has to be said as soon as it can be
        self._sound = sound
        self._sound_notice = ""  # these stay in sight
        self._ear_notice = ""
        self._gain_percent = 100
        self._digits = ""
        self._ask: Ask | None = None
        self._named = 0
        self._was_suspended = False
        self._playing: dict[str, Playing] = {}
        self._queued: str | None = None  # token of the block that has been put behind the one playing
        self._ahead_of: str | None = None  # the block whose follower has been looked for
        self._timeline: tuple[Plan, Timeline] | None = None

    # -- running -------------------------------------------------------------------------------------

    def lead(self, first: Event, *before: str) -> str:
        """Lead the session from its first event (`Start`, or `Resume` for an interrupted one) to its outcome.

        The lines `before` are said first. Broken off by Ctrl-C or a signal, what was reached is kept.
        """
        self._keeper.begin(Run(session_id=self._keeper.session_id, session=self.session, course=self.course))
        self._hear_of_faults()
        self._prepare()
        try:
            untold, self._untold = self._untold, ()
            self.handle(first, *before, *untold)
            while not self._over():
                self._look_ahead()
                self._attend()
                self._show()
                self._take_in(self._keys.poll(POLL_S))
            self._show()
        except (KeyboardInterrupt, SystemExit, OutputClosedError):
            self._take_in_finished()
            self._player.stop()
            self._keeper.break_off(self.session)
            raise
        return self.outcome or "stopped"

    def offer(self, question: str, **values: object) -> bool:
        """Ask a yes-or-no question that belongs to no session, and return the answer. Never times out."""
        lines = self.course.phrases.lines(f"questions.{question}.ask", **values)
        answer = self._answered(Ask(question=question, lines=lines, expects="yes-no"))
        return isinstance(answer, Answer) and bool(answer.value)

    def which(self, titles: tuple[str, ...]) -> str | None:
        """Ask which of the routines shall be led; return its id, or None for this one. Never times out."""
        say = self.course.phrases
        lines = say.lines("hearing.which", names=say.joined(titles), usual=self.course.routine.title)
        answer = self._answered(Ask(question="routine", lines=lines, expects="routine"))
        return answer.routine if isinstance(answer, Chosen) else None

    def _answered(self, ask: Ask) -> Answer | Chosen:
        """Ask what belongs to no session until it is answered. KeyboardInterrupt if nobody wants to."""
        self._put(ask)
        self._play([self._words(ask.lines)])
        while True:
            self._hear_of_faults()
            self._attend()
            self._show()
            key = self._keys.poll(POLL_S)
            if key == "q" or self._gives_up():
                raise KeyboardInterrupt
            answer = typed(ask.expects, "", key).answer if key else self._spoken_answer(ask)
            if isinstance(answer, (Answer, Chosen)):
                self._ask = None
                self._player.stop()
                return answer

    def suspended(self) -> None:
        """Come back paused from Ctrl-Z. Called by a signal, so that it only leaves word."""
        self._was_suspended = True

    def _take_in(self, key: str | None) -> None:
        self._sound_notice = self._sound.news() or self._sound_notice
        self._take_in_finished()  # before any key: what was done a moment ago is done
        if self._was_suspended:
            self._was_suspended = False
            self.handle(Pause(offset_ms=self._offset_ms()))
            self._player.resume()
        for heard in self._ear.heard():
            self._on_heard(heard)
        for event in self._others():
            self._on_other(event)
        if key is not None:
            self._on_key(key)
        self._hear_of_faults()
        self._tell_untold()
        for token in self._player.finished():
            self._on_finished(token)

    def _take_in_finished(self) -> None:
        for token in self._player.finished():
            self._on_finished(token)

    def _over(self) -> bool:
        return self.outcome is not None and self._player.position().idle

    def handle(self, event: Event, *before: str) -> None:
        """Let the session decide about an event, and carry out what it wants, after the lines `before`."""
        self._talk.moved()
        self.session, effects = step(self.session, event, self.course)
        self._carry_out((Say(before), *effects) if before else effects)

    # -- effects -------------------------------------------------------------------------------------

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        """Do what a session wants, in its order; all that is to be heard is played as one piece."""
        segments: list[Playing] = []
        for effect in effects:
            match effect:
                case Save(records):
                    self._keeper.keep(self.session, records, self.course)
                case Halt():
                    self._player.stop()
                    self._queued = None
                case Notify():
                    pass  # nobody else is told by this coach on its own
                case End(outcome):
                    self.outcome, self._ask = outcome, None
                case _:
                    segments += self._heard(effect)
        if segments:
            self._play(segments)

    def _heard(self, effect: Say | Refuse | Ask | Play) -> list[Playing]:
        """Return what an effect adds to what is to be heard."""
        match effect:
            case Say(lines):
                return [self._words(lines)]
            case Refuse(lines):
                self.notice = " ".join(lines)
                return [self._words(lines)] if self._is_quiet() else []
            case Ask(lines=lines):
                self._put(effect)
                return [self._words(lines)]
            case Play():
                self._ask = None
                return self._block(effect)
            case _:
                assert_never(effect)

    def _put(self, ask: Ask) -> None:
        self._ask, self._digits = ask, ""
        self._turn += 1

    def _is_quiet(self) -> bool:
        """Whether nothing is heard, nor will be by itself but that the coach is waiting."""
        position = self._player.position()
        return position.idle or (position.token or "").startswith(_SILENCE)

    def _play(self, segments: list[Playing]) -> None:
        if self._answering:
            self._answering = False
            segments = [self._earcon(), *segments]
        first = segments[0]
        if len(segments) == 1 and first.block and first.base_ms == 0 and self._is_queued(first.block):
            return  # it is already running into this block by itself
        self._queued = None
        self._ahead_of = None
        self._playing = {playing.token: playing for playing in segments}
        queue = [playing.segment for playing in segments]
        if self._player.position().token == LEAD_IN:  # let the first tone of all sound to its end
            self._player.drop_after_current()
            for segment in queue:
                self._player.append(segment)
        else:
            self._player.play(queue)

    def _is_queued(self, block: str) -> bool:
        queued = self._queued is not None and self._playing[self._queued].block == block
        self._queued = None if queued else self._queued
        return queued

    def _words(self, lines: tuple[str, ...]) -> Playing:
        laid = lay_lines("", lines, self._clips, self.session.plan.stretch(SENTENCE_GAP_MS))
        return Playing(self._name("words"), None, 0, laid.length_ms, laid.cues)

    def _earcon(self) -> Playing:
        cue = Cue(0, HEARD_MS, CueKind.CHIME, Tone.HEARD, "")
        return Playing(self._name("earcon"), None, 0, HEARD_MS + _AFTER_EARCON_MS, (cue,))

    def _block(self, play: Play) -> list[Playing]:
        laid = self.course.block(self.session.plan, play.block)
        rest = Playing(
            self._name(play.block),
            play.block,
            play.from_ms,
            laid.length_ms - play.from_ms,
            cues_from(laid, play.from_ms),
        )
        if not play.count_in:
            return [rest]
        count_in = lay_count_in("", self._clips)
        return [Playing(self._name("count-in"), None, 0, count_in.length_ms, count_in.cues), rest]

    def _name(self, what: str) -> str:
        self._named += 1
        return f"{what}#{self._named}"

    # -- what follows --------------------------------------------------------------------------------

    def _look_ahead(self) -> None:
        """Put the next block behind the one that is playing, if the session will go straight on to it."""
        here = self._playing.get(self._player.position().token or "")
        if here is None or here.block is None or self._ahead_of == here.token:
            return
        self._ahead_of = here.token
        _, effects = step(self.session, BlockFinished(block=here.block), self.course)
        heard = [effect for effect in effects if isinstance(effect, (Play, Say, Ask, Halt, End))]
        if len(heard) == 1 and isinstance(heard[0], Play):
            (following,) = self._block(heard[0])
            self._playing[following.token] = following
            self._queued = following.token
            self._player.append(following.segment)

    def _on_finished(self, token: str) -> None:
        played = self._playing.pop(token, None)
        if played is not None and played.block is not None:
            self.handle(BlockFinished(block=played.block))

    def _prepare(self) -> None:
        """Have everything made that may be heard, the nearest first."""
        script = self.course.script(self.session.plan)
        place = script.index(self.session.block)
        topic = self.course.topic(self.course.phrases("session.pain-topic"))
        texts = [text for block in script.blocks[place : place + 2] for text in utterances(block)]
        texts += topic.say
        texts += [line for remark in _REMARKS for line in self.course.phrases.lines(remark)]
        texts += [str(left) for left in range(1, COUNTDOWN_S + 1)]
        texts += self._talk.remarks() if self._ear.on else ()
        texts += [text for block in script.blocks[place + 2 :] for text in utterances(block)]
        self._clips.prepare(tuple(dict.fromkeys(texts)))

    # -- keys ----------------------------------------------------------------------------------------

    def _on_other(self, event: Event) -> None:
        if self.outcome is None:
            self.handle(replace(event, offset_ms=self._offset_ms()))

    def _on_key(self, key: str) -> None:
        self.notice = ""
        if self.outcome is not None:
            self._player.stop()  # the last words have been cut short: the person wants to go
            return
        if self._ask is not None:
            answer = typed(self._ask.expects, self._digits, key)
            self._digits = answer.digits
            if answer.answer is not None:
                self._player.stop()
                self._prepare_if_new(answer.answer)
                return
            if answer.understood:
                return
        wanted = meaning(key, self.session, self.course, self._offset_ms())
        match wanted:
            case None:
                self.notice = self.course.phrases("live.unknown-key")
            case Control():
                self._control(wanted)
            case _:
                self._prepare_if_new(wanted)

    def _prepare_if_new(self, event: Event) -> None:
        before = self.session.plan
        self.handle(event)
        if self.session.plan != before:
            self._prepare()

    def _control(self, control: Control) -> None:
        match control:
            case Control.LOUDER | Control.SOFTER:
                change = GAIN_STEP_PERCENT if control is Control.LOUDER else -GAIN_STEP_PERCENT
                self._gain_percent = max(0, min(GAIN_MAX_PERCENT, self._gain_percent + change))
                self._player.set_gain(self._gain_percent)
            case Control.HELP | Control.CAN_SAY:
                can_say = refusal(self.session.state, self.course)[-1:]
                lines = self.course.phrases.lines("live.help") if control is Control.HELP else can_say
                self._say_aside(lines)

    def _say_aside(self, lines: tuple[str, ...]) -> None:
        self.session, effects = aside(self.session, self._offset_ms(), self.course, lines)
        self._carry_out(effects)

    def _offset_ms(self) -> int | None:
        """How far the session's block has come; None while something else is playing."""
        position = self._player.heard()
        here = self._playing.get(position.token or "")
        if here is None or here.block != self.session.block:
            return None
        return here.base_ms + position.at_ms

    # -- words ---------------------------------------------------------------------------------------

    def _standing(self) -> Standing:
        expects = self._ask.expects if self._ask else ""
        return Standing(self.session, self.course, expects, self._offset_ms())

    def _attend(self) -> None:
        """Listen for what makes sense now; after a while of silence, say once that the coach is waiting."""
        if not self._ear.on:
            return
        self._listened = True
        standing = self._standing()
        self._talk.attend(standing, self._turn, quiet=self._is_quiet())
        lines = (
            self._talk.nudge(standing) if not self.session.is_over and self._player.position().idle else ()
        )
        if lines:
            for playing in (Playing(self._name(_SILENCE), None, 0, PATIENCE_MS, ()), self._words(lines)):
                self._append(playing)

    def _says_itself(self, heard: Heard) -> bool:
        """Whether the coach is just saying what was heard: then it is likely to have heard itself."""
        position = self._player.heard()
        here = self._playing.get(position.token or "")
        sounding = [
            cue.text
            for cue in (here.cues if here else ())
            if cue.kind is CueKind.SAY and cue.at_ms <= position.at_ms < cue.end_ms + _ECHO_MS
        ]
        return any(f" {heard.text} " in f" {plain(text)} " for text in sounding)

    def _on_heard(self, heard: Heard) -> None:
        if (self.outcome is not None or heard.word not in SAFE) and self._says_itself(heard):
            return
        if self.outcome is not None:
            if heard.word is Word.STOP:
                self._player.stop()  # the last words have been cut short: the person wants to go
            return
        wanted = understood(heard.meaning, self._standing())
        if wanted is Aside.UNCLEAR:
            self._reprompt()
        elif wanted is not None:
            self.notice = self.course.phrases("hearing.heard", text=heard.text)
            self._answering = True
            self._obey(wanted)
            if self._answering and self._is_quiet():
                self._play([])
            elif self._answering:
                self._answering = False
                self._player.one_shot(tone(Tone.HEARD))

    def _obey(self, wanted: Wanted) -> None:
        match wanted:
            case Control():
                self._control(wanted)
            case Aside.CAN_SAY:
                self._say_aside(self._talk.can_say(self._standing()))
            case Aside.AGAIN if self._ask is not None:
                self._play([self._words(self._ask.lines)])
            case Event():
                if self._ask is not None:
                    self._player.stop()
                self._prepare_if_new(wanted)

    def _reprompt(self) -> None:
        """Say what can be said, to an answer that was not understood; not while the coach itself speaks."""
        lines = self._talk.reprompt(self._standing()) if self._is_quiet() else ()
        if lines:
            self._play([self._words(lines)])

    def _spoken_answer(self, ask: Ask) -> Wanted:
        """Return what was said to a question that belongs to no session. KeyboardInterrupt for stop."""
        for heard in self._ear.heard():
            wanted = understood(heard.meaning, self._standing())
            match wanted:
                case Stop() | Pain():
                    raise KeyboardInterrupt
                case Answer() | Chosen():
                    return wanted
                case Aside.UNCLEAR:
                    self._reprompt()
                case Aside.AGAIN:
                    self._play([self._words(ask.lines)])
                case Aside.CAN_SAY:
                    self._play([self._words(self._talk.can_say(self._standing()))])
        return None

    def _gives_up(self) -> bool:
        """Whether nobody can answer: no keys, and nobody listens. A microphone may come back, for a while."""
        if self._ear.on or not self._keys.gone:
            self._hopes = False
            return False
        if not self._listened or not _is(self._fault, MicrophoneCode.LOST):
            return True
        if not self._player.position().idle:
            return False
        if not self._hopes:
            self._hopes = True
            self._append(Playing(self._name(_SILENCE), None, 0, HOPE_MS, ()))
            return False
        return True

    def _append(self, playing: Playing) -> None:
        self._playing[playing.token] = playing
        self._player.append(playing.segment)

    def _hear_of_faults(self) -> None:
        fault = self._ear.fault()
        silent = _is(fault, MicrophoneCode.SILENT)
        if fault is self._fault or (fault is not None and self._ear.on and not silent):
            return  # known, or all but over
        say, self._fault = self.course.phrases, fault
        if fault is None:
            what = "back"
        else:
            what = f"{'silent' if silent else 'deaf'}{'-alone' if self._keys.gone else ''}"
        self._ear_notice = " ".join(fault_lines(fault, say)) if fault else ""
        self._untold = say.lines(f"hearing.{what}")
        if not silent:  # the coach tells of what there is: keys, or words
            self._speak_of(Channel.KEYS if fault else Channel.VOICE)

    def _speak_of(self, channel: Channel) -> None:
        occasion = replace(self.course.occasion, channel=channel)
        self.course, self._timeline = replace(self.course, occasion=occasion), None
        self._prepare()

    def _tell_untold(self) -> None:
        """Say what has to be said; whoever lies on the floor sees no notice."""
        untold, self._untold = self._untold, ()
        if untold and not self.session.is_over:
            self._say_aside(untold)
        elif self._listened and self._ask is not None and self._gives_up():
            raise KeyboardInterrupt

    # -- what is seen --------------------------------------------------------------------------------

    def _show(self) -> None:
        position = self._player.heard()
        here = self._playing.get(position.token or "")
        offset_ms = self._offset_ms()
        timeline, exact = self._whole()
        scene = Scene(
            session=self.session,
            course=self.course,
            timeline=timeline,
            exact=exact,
            block=self.course.block(self.session.plan, self.session.block),
            offset_ms=self.session.offset_ms if offset_ms is None else offset_ms,
            cues=here.cues if here else (),
            cue_ms=position.at_ms,
            notice=self.notice or self._ear_notice or self._sound_notice,
            question=" ".join(self._ask.lines) if self._ask else "",
            hint=self._hint(),
            expects=self._ask.expects if self._ask else "",
            gain_percent=self._gain_percent,
            muted=self._sound.muted,
            listening=self._ear.on,
        )
        self._face.show(view_of(scene))

    def _whole(self) -> tuple[Timeline, bool]:
        """Return the whole session in time, and whether all of it is measured."""
        plan = self.session.plan
        if self._timeline is None or self._timeline[0] != plan:
            known = _KnownLengths(self._clips, EstimatedLengths(plan.rate_wpm))
            timeline = lay(self.course.script(plan), known)
            if not known.exact:
                return timeline, False
            self._timeline = (plan, timeline)
        return self._timeline[1], True

    def _hint(self) -> str:
        if self._ask is None:
            return ""
        if self._ear.on and not self._digits:
            return self.course.phrases(f"hearing.answers.{self._ask.expects}")
        return self.course.phrases(f"live.answers.{self._ask.expects}", typed=self._digits)


def _is(fault: Exception | None, code: MicrophoneCode) -> bool:
    return isinstance(fault, MicrophoneError) and fault.code is code


class _KnownLengths:
    """Measured lengths where there are some, estimates where not. Never waits."""

    def __init__(self, clips: Clips, estimated: EstimatedLengths) -> None:
        self._clips = clips
        self._estimated = estimated
        self.exact = True

    def length_ms(self, text: str) -> int:
        clip = self._clips.ready(text)
        if clip is not None:
            return clip.length_ms
        self.exact = False
        return self._estimated.length_ms(text)
