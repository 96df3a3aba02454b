"""The sound of pieces, as files that a browser fetches by names nobody can guess."""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from routines.course import Course
from routines.plan import Plan
from skill.bootstrap import Voices, open_clip_bank
from skill.browser.pieces import Piece
from skill.settings import Settings
from skill.showing import texts_of
from speech.audiofile import AudioFileError, write_audio
from speech.clips import Clips
from speech.mp3 import FrameBank
from speech.voice import VoiceError

_log = logging.getLogger(__name__)

#: A browser waits for its sound; longer than this it goes on with captions.
PATIENCE_S = 5.0
_FORMAT = 1
#: Pieces are small and made again in a moment: those not asked for this long go, once there are so many.
KEEP_S = 24 * 3600
MAX_FILES = 4000


@dataclass
class PieceSounds:
    """Makes pieces into MP3 files in one folder. For any thread. `close` ends its voices."""

    settings: Settings
    secret: bytes
    open_voices: Callable[[], Voices]
    _banks: dict[int, Clips] = field(default_factory=dict, init=False)
    _voices: list[Voices] = field(default_factory=list, init=False)
    _frames: FrameBank = field(default_factory=FrameBank, init=False)
    _opening: Lock = field(default_factory=Lock, init=False)
    _making: Lock = field(default_factory=Lock, init=False)
    _made: int = field(default=0, init=False)

    def clips(self, rate_wpm: int) -> Clips:
        """Return the bank of clips of a voice at this rate; it lives as long as this does."""
        with self._opening:
            bank = self._banks.get(rate_wpm)
            if bank is None:
                voices = self.open_voices().at(rate_wpm)
                self._voices.append(voices)
                bank = open_clip_bank(self.settings, voices, rate_wpm, patience_s=PATIENCE_S)
                self._banks[rate_wpm] = bank
            return bank

    def prepare(self, course: Course, plan: Plan) -> None:
        """Have the voice make everything a session may say, in the background."""
        self.clips(plan.rate_wpm).prepare(texts_of(course, plan))

    def failure(self, rate_wpm: int) -> VoiceError | None:
        """Return why there is no voice; None while there is one."""
        return self.clips(rate_wpm).failure

    def name(self, piece: Piece, rate_wpm: int) -> str | None:
        """Return the name of a piece's file, made if it is not there; None if it cannot be made."""
        clips = self.clips(rate_wpm)
        sounds = [(cue.at_ms, clip.digest) for cue in piece.cues if (clip := clips.for_cue(cue)) is not None]
        made_of = repr((_FORMAT, piece.length_ms, sounds)).encode()
        name = f"{hmac.digest(self.secret, made_of, 'sha256').hex()}.mp3"
        path = self.settings.audio_folder / name
        if path.is_file():
            return name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.encoding() as frames:
                if not path.is_file():
                    write_audio(path, piece.timeline, clips, title="", bank=frames)
                    self._tidy()
        except (AudioFileError, OSError) as error:
            _log.warning("piece-not-made %s", type(error).__name__)
            return None
        return name

    @contextmanager
    def encoding(self) -> Iterator[FrameBank]:
        """Give the bank of encoded frames, which is one thread's at a time."""
        with self._making:
            yield self._frames

    def close(self) -> None:
        """End the voices."""
        with self._opening:
            for bank in self._banks.values():
                bank.close()
            for voices in self._voices:
                voices.close()
            self._banks.clear()
            self._voices.clear()

    def _tidy(self) -> None:
        """Now and then, remove what was made long ago, if there is much of it."""
        self._made += 1
        if self._made % 500:
            return
        found = sorted(_times(self.settings.audio_folder))
        for made_s, path in found[: max(0, len(found) - MAX_FILES)]:
            if made_s < time.time() - KEEP_S:
                path.unlink(missing_ok=True)


def _times(folder: Path) -> list[tuple[float, Path]]:
    """Return the pieces in a folder, with when they were made; whole sessions have notes beside them."""
    found = []
    for path in folder.glob("*.mp3"):
        with suppress(OSError):
            if not path.with_suffix(".json").exists():
                found.append((path.stat().st_mtime, path))
    return found
