"""A question that belongs to no session: spoken and shown, it waits for yes or no, but not for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from routines.events import Stop
from routines.phrases import Phrases
from routines.script import SENTENCE_GAP_MS
from routines.timeline import lay_lines
from skill.care.records import Command
from skill.home.desk import Desk
from skill.home.stage import Parts
from skill.sound_out import LEAD_IN
from skill.terminal.view import View, ViewState
from speech.hearing.port import Word
from speech.player import Segment

#: How long an answer is waited for.
PATIENCE = timedelta(minutes=2)

_POLL_S = 0.05
_TOKEN = "question"  # noqa: S105 - the name of what is played
_YES = frozenset({"y", "enter"})
_NO = frozenset({"n", "q", "escape"})
_STOP_SHARING = "x"


class Said(StrEnum):
    """What became of a question."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"  #: nobody answered in time
    WITHDRAWN = "withdrawn"  #: whoever asked has taken it back
    STOP_SHARING = "stop_sharing"  #: no, and nobody is to be allowed anything any more


class Asker:
    """Speaks to whoever is there, and waits for an answer from anywhere: key, screen, or word."""

    def __init__(self, parts: Parts, desk: Desk, phrases: Phrases, now: Callable[[], datetime]) -> None:
        """Take what is open."""
        self._parts = parts
        self._desk = desk
        self._phrases = phrases
        self._now = now

    def ask(self, lines: Iterable[str], command: Command, title: str = "") -> Said:
        """Ask, and return what was said to it within two minutes. SystemExit when the server ends."""
        said = tuple(lines)
        until = self._now() + PATIENCE
        self._parts.ear.expect(frozenset({Word.YES, Word.NO, Word.READY, Word.STOP_SHARING}))
        self._speak(said)
        view = View(
            state=ViewState.CHECKING,
            title=title,
            caption=" ".join(said),
            hint=self._phrases("live.answers.yes-no"),
            expects="yes-no",
            listening=self._parts.ear.on,
        )
        while (answer := self._answer(command)) is None:
            notice = self._parts.sound.news()
            view = replace(view, notice=notice or view.notice, muted=self._parts.sound.muted)
            self._parts.face.show(view)
            if self._now() >= until:
                answer = Said.NOTHING
                break
        self._parts.sound.player.stop()
        return answer

    def say(self, lines: Iterable[str]) -> None:
        """Say something to its end; any key cuts it short."""
        said = tuple(lines)
        self._speak(said)
        player = self._parts.sound.player
        while not player.position().idle:
            self._parts.face.show(View(state=ViewState.CHECKING, caption=" ".join(said)))
            if self._desk.poll(_POLL_S) is not None:
                player.stop()

    def _answer(self, command: Command) -> Said | None:
        key = self._desk.poll(_POLL_S)
        words = {heard.word for heard in self._parts.ear.heard()}
        stored = self._desk.answered(command)
        if any(isinstance(event, Stop) for event in self._desk.events()):
            return Said.WITHDRAWN
        if key == _STOP_SHARING or Word.STOP_SHARING in words:
            return Said.STOP_SHARING
        if key in _NO or stored is False or words & {Word.NO, Word.STOP, Word.HURTS}:
            return Said.NO
        if key in _YES or stored is True or words & {Word.YES, Word.READY}:
            return Said.YES
        return None

    def _speak(self, lines: tuple[str, ...]) -> None:
        player = self._parts.sound.player
        laid = lay_lines("", lines, self._parts.clips, SENTENCE_GAP_MS)
        segment = Segment(_TOKEN, laid.length_ms, laid.cues)
        if player.position().token == LEAD_IN:  # let the first tone of all sound to its end
            player.drop_after_current()
            player.append(segment)
        else:
            player.play([segment])
