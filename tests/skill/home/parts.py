"""The home coach with a speaker, keys and ears of ours; time is the samples that are pulled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from routines.load import load_routine
from routines.model import Routine
from routines.phrases import load_phrases
from routines.plan import Plan
from skill.care.house import House
from skill.care.live_state import LiveState, Phase
from skill.care.records import Caregiver, Command, CommandKind, ConsentKind
from skill.errors import UserError
from skill.hearing import NoEar
from skill.home.coach import HomeCoach
from skill.home.stage import Parts
from skill.ports import ME
from skill.sound_out import SoundOut
from skill.terminal.view import View
from speech.clips import SAMPLES_PER_MS, Clips
from speech.hearing.port import Heard, Meaning, Word
from tests.doubles import BurstVoice, HandSpeaker
from tests.skill.care.household import Clock, Household

PHRASES = load_phrases()
STEP_MS = 100
#: Two hours: a test that waits for longer waits for ever.
_PATIENCE = 72_000


class Ears:
    """Says that it is on, and gives the words that a test says."""

    on = True

    def __init__(self) -> None:
        self.words: list[Word] = []

    def expect(self, words: frozenset[Word]) -> None: ...

    def heard(self) -> tuple[Heard, ...]:
        said = tuple(Heard(Meaning(word), word.value, 1.0, 0, 1) for word in self.words)
        self.words.clear()
        return said

    def fault(self) -> None: ...


@dataclass
class Room:
    """Where the coach speaks: a stage whose keys, screen and speaker a test holds in its hands."""

    clock: Clock
    listens: bool = False
    open_now: int = 0
    opened: int = 0
    asked: list[str] = field(default_factory=list)  #: what the voice was asked for
    views: list[View] = field(default_factory=list)
    acts: list[tuple[Callable[[View], bool], Callable[[], object]]] = field(default_factory=list)
    ears: Ears = field(default_factory=Ears)
    gone: bool = False
    polls: int = 0

    @contextmanager
    def open(self, plan: Plan) -> Iterator[Parts]:
        del plan
        self.open_now += 1
        self.opened += 1
        self.speaker = HandSpeaker()
        sound = SoundOut(PHRASES, open_speaker=lambda: self.speaker)
        clips = Clips(lambda: BurstVoice(self.asked))
        sound.clips = clips
        sound.start()
        try:
            yield Parts(
                sound=sound, clips=clips, face=self, keys=self, ear=self.ears if self.listens else NoEar()
            )
        finally:
            sound.stop()
            clips.close()
            self.open_now -= 1

    def then(self, when: Callable[[View], bool], act: Callable[[], object] | str) -> None:
        """Do something, or press a key, once `when` is true of what is seen; in the order given."""
        if isinstance(act, str):
            key = act
            self.acts.append((when, lambda: key))
        else:
            self.acts.append((when, act))

    def poll(self, timeout_s: float) -> str | None:
        del timeout_s
        self.polls += 1
        assert self.polls < _PATIENCE, "waits for ever"
        if self.acts and self.views and self.acts[0][0](self.views[-1]):
            done = self.acts.pop(0)[1]()
            return done if isinstance(done, str) else None
        self.speaker.pull(STEP_MS * SAMPLES_PER_MS)
        self.clock.go_on(milliseconds=STEP_MS)
        return None

    def show(self, view: View) -> None:
        self.views.append(view)

    @property
    def said(self) -> str:
        """Everything that was to be heard, in order."""
        return " ".join(self.asked)

    def enter(self) -> None: ...

    def leave(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


def find_routine(name: str) -> Routine:
    if name != "knee-short":
        raise UserError("no-routine", name=name, names="knee-short")
    return load_routine(name)


def coach_of(house: House, room: Room) -> HomeCoach:
    return HomeCoach(house, room, PHRASES, find_routine, own_id="pc-1", name="den")


@dataclass
class Evening:
    """A household whose PC has a coach, and a caregiver who may start it."""

    home: Household
    room: Room
    coach: HomeCoach
    ben: Caregiver

    def start(self, *, at_once: bool = False, note: str = "", routine: str = "knee-short") -> Command:
        return self.home.house.start(self.ben, ME, routine, "pc-1", at_once=at_once, note=note)

    def control(self, what: CommandKind) -> None:
        self.home.house.control(self.ben, "pc-1", what)

    def allow(self, *kinds: ConsentKind) -> None:
        self.home.allow(self.ben, *kinds)

    def fate(self, command: Command) -> list[str]:
        """Return what became of a command."""
        sent = self.home.store.sent(command.id)
        assert sent is not None
        return [event.state.value for event in sent.events]

    @property
    def live(self) -> LiveState:
        live = self.home.store.live("pc-1")
        return LiveState.from_dict(live.state) if live else LiveState()

    @property
    def phase(self) -> Phase:
        return self.live.phase
