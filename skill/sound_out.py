"""Where the player's sound goes: the machine's device, or nowhere, in real time, with a word about why."""

from __future__ import annotations

import threading

from routines.phrases import Phrases
from speech.clips import Clips
from speech.clock import MonotonicClock
from speech.player import Player
from speech.speaker import MiniaudioSpeaker, Speaker, SpeakerError, TimedSpeaker, advice


class SoundOut:
    """Plays on the sound device while there is one; goes on silently when there is none or it is lost."""

    def __init__(self, player: Player, clips: Clips, phrases: Phrases, *, mute: bool = False) -> None:
        """Nothing is opened before `start`."""
        self.muted = mute
        self._player = player
        self._clips = clips
        self._phrases = phrases
        self._speaker: Speaker | None = None
        self._lost = threading.Event()
        self._error: SpeakerError | None = None
        self._told_voice = False

    def start(self) -> None:
        """Begin to play. Without a sound device time passes all the same, so that captions run."""
        if not self.muted:
            speaker = MiniaudioSpeaker()
            try:
                speaker.start(self._player.fill, self._on_lost)
            except SpeakerError as error:
                self._on_lost(error)
            else:
                self._speaker = speaker
                return
        self._go_silent()

    def stop(self) -> None:
        """Let go of the device."""
        if self._speaker is not None:
            self._speaker.stop()
            self._speaker = None

    def news(self) -> str:
        """Return what the person should know about the sound since the last call; "" if there is nothing."""
        lines: tuple[str, ...] = ()
        if self._lost.is_set() and self._error is not None:
            self._lost.clear()
            lines = advice(self._error, self._phrases)
            if not self.muted:
                self.stop()
                self._go_silent()
        elif self._clips.failure is not None and not self._told_voice:
            self._told_voice = True
            failure = self._clips.failure
            lines = tuple(
                self._phrases(phrase_id)
                for phrase_id in (f"voice.fault.{failure.code}", f"voice.remedy.{failure.code}")
                if self._phrases.has(phrase_id)
            )
        return " ".join(lines)

    def _go_silent(self) -> None:
        self.muted = True
        self._speaker = TimedSpeaker(MonotonicClock())
        self._speaker.start(self._player.fill, self._on_lost)

    def _on_lost(self, error: SpeakerError) -> None:
        self._error = error
        self._lost.set()
