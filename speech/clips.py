"""Clips: utterances as trimmed sound, made once and kept."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import assert_never

from routines.cue import Cue, CueKind, Tone
from routines.lengths import EstimatedLengths
from routines.timeline import Lengths
from speech.clip_cache import ClipCache
from speech.tones import tick, tone
from speech.trim import RATE_HZ, SAMPLES_PER_MS, Clip, Samples, make_clip, onset_sample, trim
from speech.voice import Voice, VoiceError

__all__ = [
    "RATE_HZ",
    "SAMPLES_PER_MS",
    "Clip",
    "ClipCache",
    "Clips",
    "Progress",
    "Samples",
    "make_clip",
    "onset_sample",
    "trim",
]

#: Called with how many are done, of how many; from a thread of the bank's.
Progress = Callable[[int, int], None]


class Clips:
    """The bank of clips: asks for the most urgent first, keeps what it has, and goes on without a voice.

    Every method may be called from any thread. With no voice, or once it has failed, clips are None and
    lengths are estimates, so that tones and captions still have their times. What was made before stays.
    """

    def __init__(
        self,
        open_voice: Callable[[], Voice] | None,
        *,
        cache: ClipCache | None = None,
        workers: int = 2,
        estimate: Lengths | None = None,
        patience_s: float | None = None,
    ) -> None:
        """Begin to open a voice. Each of the `workers` threads opens its own when there is work for it.

        Whoever asks for a sound waits at most `patience_s`, and then not again before the voice has made one:
        a voice that hangs must never keep the keys from being heard. None: wait as long as it takes.
        """
        self._open_voice = open_voice
        self._cache = cache
        self._estimate = estimate or EstimatedLengths()
        self._changed = threading.Condition()
        self._patience_s = patience_s
        self._stalled = False
        self._key: str | None = None
        self._failure: VoiceError | None = None
        self._closed = open_voice is None
        self._clips: dict[str, Clip | None] = {}  # None: there is no sound for this text
        self._urgent: deque[str] = deque()
        self._waiting: deque[str] = deque()
        self._working: set[str] = set()
        self._batches: list[_Batch] = []
        self._voices: list[Voice] = []
        self._threads = [
            threading.Thread(target=self._work, args=(number == 0,), name=f"clips-{number}", daemon=True)
            for number in range(0 if open_voice is None else workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def failure(self) -> VoiceError | None:
        """Why there is no voice any more; None while there is one, or if none was wanted."""
        return self._failure

    def length_ms(self, text: str) -> int:
        """Return how long an utterance sounds; blocks until it is made. An estimate if there is no sound."""
        clip = self.clip(text)
        return self._estimate.length_ms(text) if clip is None else clip.length_ms

    def clip(self, text: str) -> Clip | None:
        """Return an utterance's sound; blocks until it is made, before all others. None if there is none."""
        with self._changed:
            if text not in self._clips and not self._is_over:
                self._urgent.append(text)
                self._changed.notify_all()
                patience_s = 0 if self._stalled else self._patience_s
                made = self._changed.wait_for(lambda: text in self._clips or self._is_over, patience_s)
                self._stalled = self._stalled or not made
            return self._clips.get(text)

    def ready(self, text: str) -> Clip | None:
        """Return an utterance's sound if it is there already; never blocks."""
        return self._clips.get(text)

    def prepare(self, texts: Iterable[str], on_progress: Progress | None = None) -> None:
        """Make utterances in the background, in this order, before those of earlier calls. Never blocks."""
        distinct = list(dict.fromkeys(texts))
        with self._changed:
            batch = _Batch(len(distinct), {text for text in distinct if text not in self._clips}, on_progress)
            if self._is_over:
                batch.left.clear()
            elif batch.left:
                self._batches.append(batch)
                self._waiting.extendleft(text for text in reversed(distinct) if text in batch.left)
                self._changed.notify_all()
        batch.tell()

    def wait(self, texts: Iterable[str]) -> None:
        """Block until each of these utterances is made, or it is certain that it will not be."""
        missing = set(texts)
        with self._changed:
            self._changed.wait_for(lambda: missing <= self._clips.keys() or self._is_over)

    def for_cue(self, cue: Cue, *, wait: bool = True) -> Clip | None:
        """Return the sound of a cue; None if it has none, or, without `wait`, if it is not there yet."""
        match cue.kind:
            case CueKind.SAY | CueKind.COUNT:
                return self.clip(cue.text) if wait else self.ready(cue.text)
            case CueKind.TICK:
                return tick()
            case CueKind.CHIME:
                return tone(Tone(cue.text))
            case CueKind.QUIET:
                return None
            case _:
                assert_never(cue.kind)

    def close(self) -> None:
        """End the voices. What is being waited for comes back as None. Harmless when done twice."""
        with self._changed:
            self._end(None)
            voices = list(self._voices)
        for voice in voices:
            voice.close()
        for thread in self._threads:
            thread.join()

    @property
    def _is_over(self) -> bool:
        return self._closed or self._failure is not None

    def _work(self, first: bool) -> None:
        """Make clips until there is an end: what each thread does."""
        try:
            voice = self._open() if first else None
            if voice is not None:
                self._tell_key(voice.key)
            while (job := self._take()) is not None:
                text, key = job
                clip = self._cache.get(key, text) if self._cache else None
                if clip is None:
                    voice = voice or self._open()
                    clip = self._make(voice, key, text)
                self._done(text, clip)
        except VoiceError as failure:
            self._fail(failure)
        except Exception as error:  # noqa: BLE001 - whoever waits for a clip must not wait for ever
            self._fail(VoiceError("voice-died", f"{type(error).__name__}: {error}"))

    def _open(self) -> Voice:
        if self._open_voice is None:
            raise VoiceError("voice-closed", "there is no voice")
        voice = self._open_voice()
        with self._changed:
            self._voices.append(voice)
            closed = self._closed
        if closed:
            voice.close()
        return voice

    def _make(self, voice: Voice, key: str, text: str) -> Clip | None:
        try:
            samples = trim(voice.speak(text))
        except VoiceError as failure:
            if failure.code == "no-sound":  # this text; others may do
                return None
            raise
        if not len(samples):
            return None
        clip = make_clip(samples)
        if self._cache:
            self._cache.put(key, text, clip)
        return clip

    def _tell_key(self, key: str) -> None:
        with self._changed:
            self._key = key
            self._changed.notify_all()

    def _take(self) -> tuple[str, str] | None:
        """Wait for the most urgent text; return it with the voice's key. None at the end."""
        with self._changed:
            while not self._is_over:
                text = self._next() if self._key is not None else None
                if text is not None and self._key is not None:
                    self._working.add(text)
                    return text, self._key
                self._changed.wait()
        return None

    def _next(self) -> str | None:
        for queue in (self._urgent, self._waiting):
            while queue:
                text = queue.popleft()
                if text not in self._clips and text not in self._working:
                    return text
        return None

    def _done(self, text: str, clip: Clip | None) -> None:
        with self._changed:
            self._working.discard(text)
            self._clips[text] = clip
            self._stalled = False
            told = [batch for batch in self._batches if text in batch.left]
            for batch in told:
                batch.left.discard(text)
            self._batches = [batch for batch in self._batches if batch.left]
            self._changed.notify_all()
        for batch in told:
            batch.tell()

    def _fail(self, failure: VoiceError) -> None:
        with self._changed:
            over = self._is_over
            batches = [] if over else self._end(failure)
            voices = list(self._voices)
        for voice in voices:
            voice.close()
        for batch in batches:
            batch.tell()

    def _end(self, failure: VoiceError | None) -> list[_Batch]:
        self._failure = self._failure or failure
        self._closed = True
        batches, self._batches = self._batches, []
        for batch in batches:
            batch.left.clear()
        self._changed.notify_all()
        return batches


class _Batch:
    """One call of `prepare` and how far it is."""

    def __init__(self, total: int, left: set[str], on_progress: Progress | None) -> None:
        self._total = total
        self.left = left
        self._on_progress = on_progress

    def tell(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self._total - len(self.left), self._total)
