"""What a session at home is led with: sound, voice, screen, keys, ears; opened only while something is on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol, Self

from routines.phrases import Phrases
from routines.plan import Plan
from skill.hearing import Ear, NoEar
from skill.settings import Settings
from skill.shown import Shown, ShownFace
from skill.sound_out import SoundOut
from skill.terminal.keys import Keys, NoKeys
from skill.terminal.view import Face, View
from speech.clips import Clips

#: How long the first words are waited for; usual is a tenth of a second.
PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that is open while somebody is spoken to."""

    sound: SoundOut
    clips: Clips
    face: Face
    keys: Keys
    ear: Ear


class Stage(Protocol):
    """Opens the parts, and closes them again."""

    def open(self, plan: Plan) -> AbstractContextManager[Parts]:
        """Give the parts, as a person wants them: the voice's rate, and whether the coach listens."""


class NoFace:
    """Nobody is at the terminal: nothing is shown."""

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def show(self, view: View) -> None:
        """Do nothing."""


class HereStage:
    """This machine's own: its sound device, and its terminal if the server was started in one."""

    def __init__(
        self,
        phrases: Phrases,
        settings: Settings,
        *,
        mute: bool = False,
        listen: bool | None = None,
        shown: Shown | None = None,
    ) -> None:
        """Open nothing yet. `listen` None: as the person's plan has it; `shown` is for other screens."""
        self._phrases = phrases
        self._settings = settings
        self._mute = mute
        self._listen = listen
        self._shown = shown or Shown()

    @contextmanager
    def open(self, plan: Plan) -> Iterator[Parts]:
        """Open what takes longest first, as `steady start` does."""
        from skill import bootstrap  # noqa: PLC0415 - numpy and the sound device come with these

        with ExitStack() as opened:
            voices = bootstrap.Voices(self._phrases.locale, plan.rate_wpm)
            opened.callback(voices.close)
            sound = SoundOut(self._phrases, mute=self._mute)
            opened.callback(sound.stop)
            sound.start()
            bank = bootstrap.open_clips(self._settings, voices, plan.rate_wpm, patience_s=PATIENCE_S)
            clips = opened.enter_context(bank)
            sound.clips = clips
            ear: Ear = NoEar()
            if plan.listen if self._listen is None else self._listen:
                ear = opened.enter_context(bootstrap.open_ear(self._phrases, self._settings, sound))
            face, keys = self._terminal(opened)
            opened.callback(self._shown.put, None)
            yield Parts(sound=sound, clips=clips, face=ShownFace(face, self._shown), keys=keys, ear=ear)

    def _terminal(self, opened: ExitStack) -> tuple[Face, Keys]:
        from skill import bootstrap  # noqa: PLC0415
        from skill.terminal.guard import TerminalGuard  # noqa: PLC0415
        from skill.terminal.keys import can_read_keys  # noqa: PLC0415

        if not (sys.stdout.isatty() and can_read_keys()):
            return NoFace(), NoKeys()
        face, keys, parts = bootstrap.terminal(self._phrases, plain=False, counts=None, stream=sys.stdout)
        opened.enter_context(TerminalGuard(*parts))
        return face, keys
