"""Where sound goes: the machine's device, or nowhere, in real time, with a word about why."""

from __future__ import annotations

import threading
from collections.abc import Callable

from routines.cue import CHIME_MS, Cue, CueKind, Tone
from routines.phrases import Phrases
from speech.clips import Clip, Clips
from speech.clock import MonotonicClock
from speech.played import Tap
from speech.player import Player, Segment
from speech.speaker import MiniaudioSpeaker, Speaker, SpeakerError, TimedSpeaker, advice
from speech.tones import tick, tone

#: The token of the first tone.
LEAD_IN = "lead-in"


class SoundOut:
    """A player on the sound device; it goes on silently where there is none, or when it is lost."""

    def __init__(
        self,
        phrases: Phrases,
        *,
        mute: bool = False,
        open_speaker: Callable[[], Speaker] = MiniaudioSpeaker,
        open_silence: Callable[[], Speaker] = lambda: TimedSpeaker(MonotonicClock()),
    ) -> None:
        """Nothing is opened before `start`. `open_silence` gives what lets time pass where nothing sounds."""
        self._open_speaker = open_speaker
        self._open_silence = open_silence
        self.muted = mute
        self.player = Player(self)
        self.clips: Clips | None = None  #: until there are some, only tones sound
        self._phrases = phrases
        self._speaker: Speaker | None = None
        self._tap: Tap | None = None
        self._lost = threading.Event()
        self._error: SpeakerError | None = None
        self._told_voice = False

    def start(self) -> None:
        """Begin to play, with a gentle tone that wakes Bluetooth speakers and hearing aids.

        Without a sound device time passes all the same, so that captions run.
        """
        chime = Cue(0, CHIME_MS, CueKind.CHIME, Tone.LEAD_IN, "")
        self.player.play([Segment(LEAD_IN, CHIME_MS, (chime,))])
        if not self.muted:
            speaker = self._open_speaker()
            speaker.tell(self._tap)
            try:
                speaker.start(self.player.fill, self._on_lost)
            except SpeakerError as error:
                self._on_lost(error)
            else:
                self._speaker = speaker
                self.player.connect(speaker)
                return
        self._go_silent()

    def tell(self, tap: Tap) -> None:
        """Tell `tap` from now on what is heard."""
        self._tap = tap
        if self._speaker is not None:
            self._speaker.tell(tap)

    def ready(self, cue: Cue) -> Clip | None:
        """Return the sound of a cue if it is there; never waits."""
        if self.clips is not None:
            return self.clips.for_cue(cue, wait=False)
        if cue.kind is CueKind.CHIME:
            return tone(cue.text)
        return tick() if cue.kind is CueKind.TICK else None

    def stop(self) -> None:
        """Let go of the device."""
        if self._speaker is not None:
            self._speaker.stop()
            self._speaker = None

    def news(self) -> str:
        """Return what the person should know about the sound since the last call, or ""."""
        if self._lost.is_set() and self._error is not None:
            self._lost.clear()
            if not self.muted:
                self.stop()
                self._go_silent()
            return " ".join(advice(self._error, self._phrases))
        failure = self.clips.failure if self.clips is not None else None
        if failure is None or self._told_voice:
            return ""
        self._told_voice = True
        return " ".join(self._phrases.lines(f"voice.{failure.code}"))

    def _go_silent(self) -> None:
        self.muted = True
        self._speaker = self._open_silence()
        self._speaker.start(self.player.fill, self._on_lost)
        self.player.connect(self._speaker)

    def _on_lost(self, error: SpeakerError) -> None:
        self._error = error
        self._lost.set()
