"""A session led by hand: real driver, player, bank and store; a voice, keys and a speaker of ours.

Time is the samples that are pulled: every poll for a key lets some pass, so a test never waits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from routines.events import Event, Start
from routines.load import load_routine
from routines.phrases import load_phrases
from routines.plan import Plan
from skill.coach import Keeper, Run, new_run
from skill.live import Live
from skill.records import EventKind
from skill.sound_out import SoundOut
from skill.terminal.view import View
from speech.clips import SAMPLES_PER_MS, Clips, Samples
from speech.hearing.port import ALWAYS, ANSWERS, Heard, Meaning, Word
from tests.doubles import BurstVoice, HandSpeaker, MemoryStore

PHRASES = load_phrases()
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


#: A session of hours has fewer views than this.
_ENDLESS = 200_000


@dataclass
class Script:
    """Keys that come when the session has come to a place; each place is looked for in the views shown."""

    speaker: HandSpeaker
    step_ms: int = 100
    gone: bool = False
    views: list[View] = field(default_factory=list)
    presses: list[tuple[Callable[[View], bool], str]] = field(default_factory=list)

    def press(self, key: str, when: Callable[[View], bool]) -> None:
        """Press `key` once `when` is true of what is seen; in the order given."""
        self.presses.append((when, key))

    def enter(self) -> None: ...

    def leave(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def show(self, view: View) -> None:
        """Take the view: this is the face, too."""
        self.views.append(view)

    def poll(self, timeout_s: float) -> str | None:
        """Let time pass, or press the next key if its moment has come. KeyboardInterrupt for "ctrl-c"."""
        del timeout_s
        assert len(self.views) < _ENDLESS, f"what {[key for _, key in self.presses]} wait for never comes"
        if self.presses and self.presses[0][0](self.views[-1]):
            key = self.presses.pop(0)[1]
            if key == "ctrl-c":
                raise KeyboardInterrupt
            return key
        self.speaker.pull(self.step_ms * SAMPLES_PER_MS)
        return None


class Spoken:
    """An ear that hears words when the session has come to a place, like the keys of a `Script`."""

    def __init__(self, keys: Script) -> None:
        self.on = True
        self.keys = keys
        self.expected: frozenset[Word] = frozenset()
        self.fails: Exception | None = None
        self.said: list[tuple[Callable[[View], bool], Meaning]] = []

    def say(self, word: Word, when: Callable[[View], bool], value: int | str | None = None) -> None:
        """Say `word` once `when` is true of what is seen; in the order given."""
        self.said.append((when, Meaning(word, value)))

    def expect(self, words: frozenset[Word]) -> None:
        self.expected = words

    def heard(self) -> tuple[Heard, ...]:
        view = self.keys.views[-1] if self.keys.views else None
        word = self.said[0][1].word if self.said else None
        early = word in ANSWERS and word not in self.expected and view is not None and bool(view.hint)
        if view is not None and not early and self.said and self.said[0][0](view):
            meaning = self.said.pop(0)[1]
            if meaning.word in self.expected | ALWAYS:
                return (Heard(meaning, meaning.word.value, 1.0, 0, 300),)
        return ()

    def fault(self) -> Exception | None:
        return self.fails


class Studio:
    """Everything a session needs, in memory."""

    def __init__(
        self,
        routine: str = "knee-short",
        plan: Plan | None = None,
        *,
        asked: bool = False,
        listening: bool = False,
    ) -> None:
        self.store = MemoryStore()
        self.clips = Clips(BurstVoice)
        self.speaker = HandSpeaker()
        self.sound = SoundOut(PHRASES, open_speaker=lambda: self.speaker)
        self.sound.clips = self.clips
        self.sound.start()
        self.keys = Script(self.speaker)
        self.ear = Spoken(self.keys)
        self.ear.on = listening
        self.asked = asked
        self.routine = load_routine(routine)
        self.plan = plan or Plan()
        self.moment = NOW

    def fresh(self) -> Run:
        """Return a new session."""
        return new_run(self.routine, self.plan, PHRASES, self.clips, asked=self.asked, ask_side=True)

    def live(self, run: Run | None = None) -> Live:
        """Return the driver of a session."""
        run = run or self.fresh()
        keeper = Keeper(store=self.store, now=self.now, session_id=run.session_id)
        return Live(
            run, keeper, sound=self.sound, clips=self.clips, face=self.keys, keys=self.keys, ear=self.ear
        )

    def lead(self, run: Run | None = None, first: Event | None = None, *before: str) -> str:
        """Lead a session to its end."""
        return self.live(run).lead(first or Start(), *before)

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    @property
    def heard(self) -> Samples:
        """Return every sample that was pulled."""
        return self.speaker.pulled

    def kept(self, kind: EventKind) -> list[str]:
        """Return the keys of what was kept of a kind, over all sessions."""
        return [
            event.key for record in self.store.history("me") for event in record.events if event.kind is kind
        ]
