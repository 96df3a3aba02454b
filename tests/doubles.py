"""Small real classes that stand in for our ports."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Any, Self
from zlib import crc32

import numpy as np

from routines.course import Course
from routines.cue import Cue, CueKind
from routines.plan import Plan
from skill.browser.pieces import Piece
from skill.ports import MAX_NOTE_BYTES, MAX_SNAPSHOT_BYTES, Held, StoreCheck
from skill.records import (
    MAX_DATA_BYTES,
    EventKind,
    Interrupted,
    PlanVersion,
    SessionEvent,
    SessionRecord,
    small,
    small_json,
    utc_ms,
)
from speech.clips import SAMPLES_PER_MS, Clip, Clips, Samples
from speech.hearing.port import HEARING_PER_MS, Heard, Word
from speech.microphone import Chunk, MicrophoneCode, MicrophoneError
from speech.played import Tap
from speech.speaker import Lost, Source, SpeakerError
from speech.voice import Pcm, VoiceError


class Bursts:
    """Sounds: each cue is noise with a sharp onset, as long as the cue and always the same.

    Words in `silent` have no sound.
    """

    def __init__(self, *silent: str) -> None:
        self.silent = silent

    def for_cue(self, cue: Cue) -> Clip | None:
        if cue.kind is CueKind.QUIET or cue.text in self.silent:
            return None
        name = f"{cue.text} {cue.length_ms}"
        samples = np.random.default_rng(crc32(name.encode())).normal(0, 5000, cue.length_ms * SAMPLES_PER_MS)
        fade = np.minimum(1, np.arange(len(samples), 0, -1) / 400)
        return Clip((samples * fade).clip(-32768, 32767).astype(np.int16), name)


class LetterLengths:
    """A voice's lengths where every letter takes the same time."""

    def __init__(self, letter_ms: int = 60, least_ms: int = 200) -> None:
        self.letter_ms = letter_ms
        self.least_ms = least_ms

    def length_ms(self, text: str) -> int:
        return max(self.least_ms, self.letter_ms * len(text))


class FakeSounds:
    """Sounds that are there, or not yet, or fail; by the cue's text."""

    def __init__(self, clips: dict[str, Clip]) -> None:
        self.clips = clips
        self.fails = False

    def ready(self, cue: Cue) -> Clip | None:
        if self.fails:
            raise RuntimeError("no sound today")
        return self.clips.get(cue.text)


class FakeClock:
    """A clock on which waiting takes no time: it is at once as late as was waited for."""

    def __init__(self, now_ms: int = 0) -> None:
        self.now = now_ms
        self.waits: list[int] = []

    def now_ms(self) -> int:
        return self.now

    def sleep_until_ms(self, at_ms: int) -> None:
        self.waits.append(at_ms)
        self.now = max(self.now, at_ms)


@dataclass
class _Kept:
    """A session in a `MemoryStore`."""

    record: SessionRecord
    snapshot: dict[str, Any]
    saved_at: datetime


@dataclass
class MemoryStore:
    """A store that keeps everything in this process and forgets it with it."""

    sessions: dict[str, _Kept] = field(default_factory=dict)
    plans: dict[str, list[PlanVersion]] = field(default_factory=dict)
    notes: dict[tuple[str, str], Any] = field(default_factory=dict)
    claims: dict[str, datetime] = field(default_factory=dict)
    codes: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    claiming: Lock = field(default_factory=Lock)
    last_code: int = 100_000

    def begin(
        self,
        session_id: str,
        person: str,
        routine_id: str,
        plan: Plan,
        device: str,
        at: datetime,
        snapshot: Mapping[str, Any],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        data = small(about or {}, MAX_DATA_BYTES, "started")
        started = SessionEvent(at=at, kind=EventKind.STARTED, key="started", data=data, seq=1)
        record = SessionRecord(
            session_id=session_id,
            person=person,
            routine_id=routine_id,
            plan=plan,
            device=device,
            at=utc_ms(at),
            ended_at=None,
            events=(started,),
        )
        kept = _Kept(record, small(snapshot, MAX_SNAPSHOT_BYTES, "snapshot"), utc_ms(at))
        self.sessions.setdefault(session_id, kept)

    def record(
        self,
        session_id: str,
        events: Sequence[SessionEvent],
        snapshot: Mapping[str, Any],
        at: datetime,
        *,
        held: Held | None = None,  # noqa: ARG002
    ) -> int:
        plain = small(snapshot, MAX_SNAPSHOT_BYTES, "snapshot")
        events = [replace(event, data=small(event.data, MAX_DATA_BYTES, event.key)) for event in events]
        kept = self.sessions[session_id]
        known = {event.key for event in kept.record.events}
        new = tuple({event.key: event for event in reversed(events) if event.key not in known}.values())[::-1]
        if events and not new:
            return 0
        end = next((event.at for event in new if event.kind.ends_session), None)
        numbered = tuple(replace(event, seq=n) for n, event in enumerate(new, start=len(known) + 1))
        kept.record = replace(
            kept.record,
            events=kept.record.events + numbered,
            ended_at=kept.record.ended_at or end,
        )
        kept.snapshot, kept.saved_at = plain, utc_ms(at)
        return len(new)

    def interrupted(self, person: str, now: datetime, not_older_than: timedelta) -> Interrupted | None:
        open_ones = [
            kept
            for kept in self.sessions.values()
            if kept.record.person == person
            and kept.record.ended_at is None
            and kept.saved_at >= now - not_older_than
        ]
        if not open_ones:
            return None
        kept = max(open_ones, key=lambda kept: kept.saved_at)
        return self.standing(person, kept.record.session_id)

    def standing(self, person: str, session_id: str) -> Interrupted | None:
        kept = self.sessions.get(session_id)
        if kept is None or kept.record.person != person:
            return None
        return Interrupted(
            session_id=kept.record.session_id,
            routine_id=kept.record.routine_id,
            plan=kept.record.plan,
            device=kept.record.device,
            snapshot=kept.snapshot,
            at=kept.saved_at,
        )

    def history(self, person: str, since: datetime | None = None) -> tuple[SessionRecord, ...]:
        mine = [kept.record for kept in self.sessions.values() if kept.record.person == person]
        return tuple(
            sorted((r for r in mine if since is None or r.at >= since), key=lambda r: (r.at, r.session_id))
        )

    def last_session(self, person: str) -> SessionRecord | None:
        return (self.history(person) or (None,))[-1]

    def plan(self, person: str) -> Plan:
        versions = self.plans.get(person)
        return versions[-1].plan if versions else Plan()

    def save_plan(self, person: str, plan: Plan, by: str, at: datetime) -> None:
        versions = self.plans.setdefault(person, [])
        if not versions or versions[-1].plan != plan:
            versions.append(PlanVersion(version=len(versions) + 1, plan=plan, by=by, at=utc_ms(at)))

    def plan_versions(self, person: str) -> tuple[PlanVersion, ...]:
        return tuple(self.plans.get(person, ()))

    def note(self, person: str, key: str) -> Any | None:
        return self.notes.get((person, key))

    def set_note(self, person: str, key: str, value: Any | None, at: datetime) -> None:  # noqa: ARG002
        plain = small_json(value, MAX_NOTE_BYTES, key)
        if value is None:
            self.notes.pop((person, key), None)
        else:
            self.notes[person, key] = plain

    def seen(self, key: str, at: datetime, keep: timedelta) -> bool:
        with self.claiming:
            if key in self.claims and self.claims[key] >= at:
                return True
            self.claims[key] = at + keep
            return False

    def new_link_code(self, person: str, at: datetime, valid: timedelta) -> str:
        """Return codes in order: 100001, 100002, ..."""
        self._drop_codes(person)
        self.last_code += 1
        code = str(self.last_code)
        self.codes[code] = (person, at + valid)
        return code

    def take_link_code(self, code: str, at: datetime) -> str | None:
        person, until = self.codes.pop(code, (None, at))
        return person if until >= at else None

    def set_alias(self, alias_person: str, person: str, at: datetime) -> None:  # noqa: ARG002
        real = self.person_of(person)
        if alias_person == person:
            self.aliases.pop(alias_person, None)
        elif real != alias_person:
            self.aliases[alias_person] = real
            names = [name for name, whose in self.aliases.items() if whose == alias_person]
            self.aliases.update(dict.fromkeys(names, real))
            for kept in self.sessions.values():
                if kept.record.person == alias_person:
                    kept.record = replace(kept.record, person=real)
            if alias_person in self.plans and real not in self.plans:
                self.plans[real] = self.plans.pop(alias_person)

    def person_of(self, alias_person: str) -> str:
        return self.aliases.get(alias_person, alias_person)

    def _drop_codes(self, person: str) -> None:
        self.codes = {code: kept for code, kept in self.codes.items() if kept[0] != person}

    def forget(self, person: str) -> None:
        self.plans.pop(person, None)
        self.notes = {key: value for key, value in self.notes.items() if key[0] != person}
        self._drop_codes(person)
        for name in [name for name, whose in self.aliases.items() if whose == person]:
            self.forget(name)
        self.aliases = {name: whose for name, whose in self.aliases.items() if person not in (name, whose)}
        for record in self.history(person):
            del self.sessions[record.session_id]

    def check(self) -> StoreCheck:
        return StoreCheck(
            where="memory", version="-", sound=True, detail="ok", writable=True, private=True, size_bytes=None
        )

    def close(self) -> None:
        """Nothing to let go of."""


class ScriptedKeys:
    """A keyboard on which these keys are pressed (None: nothing for a while), and which then is gone."""

    def __init__(self, *keys: str | None) -> None:
        self.keys = list(keys)

    @property
    def gone(self) -> bool:
        return not self.keys

    def enter(self) -> None:
        return

    def leave(self) -> None:
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def poll(self, timeout_s: float) -> str | None:  # noqa: ARG002 - time passes in the script
        return self.keys.pop(0)


class PaperScreen:
    """A terminal on paper: knows "go to", "clear", the second screen, the cursor; shows what is seen."""

    def __init__(self, width: int = 80, height: int = 24) -> None:
        self.resize(width, height)
        self.writes: list[str] = []
        self.second = False
        self.cursor = True

    def resize(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells = [[" "] * width for _ in range(height)]

    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def seen(self) -> str:
        return "".join("".join(row).rstrip() + "\n" for row in self._cells)

    def write(self, text: str) -> None:
        self.writes.append(text)
        row = column = 0
        for code, letters in re.findall(r"\x1b\[([?0-9;]*[a-zA-Z])|([^\x1b]+)", text):
            if letters:
                self._cells[row][column : column + len(letters)] = letters
                column += len(letters)
                assert len(self._cells[row]) == self.width, "written past the edge"
            elif code.endswith("H"):
                row, column = (int(part) - 1 for part in code[:-1].split(";"))
            elif code == "2J":
                self.resize(self.width, self.height)
            elif code.startswith("?1049"):
                self.second = code.endswith("h")
            elif code.startswith("?25"):
                self.cursor = code.endswith("h")


class BurstVoice:
    """A voice that makes, at once, a burst of noise for each text: 50 ms a letter, always the same.

    Texts in `silent` have no sound; one in `broken` breaks the voice. With `gate`, it waits for it before
    each text, and sets `started`. What it was asked for is in `asked`; several voices may share that.
    """

    def __init__(
        self,
        asked: list[str] | None = None,
        *,
        silent: frozenset[str] = frozenset(),
        broken: frozenset[str] = frozenset(),
        gate: Event | None = None,
        started: Event | None = None,
    ) -> None:
        self.key = "burst/1"
        self.started = started or Event()
        self.asked = [] if asked is None else asked
        self.silent = silent
        self.broken = broken
        self.gate = gate
        self.closed = Event()

    def speak(self, text: str) -> Pcm:
        self.asked.append(text)
        self.started.set()
        while self.gate is not None and not self.gate.wait(0.01):
            if self.closed.is_set():
                raise VoiceError("voice-closed", text)
        if text in self.broken:
            raise VoiceError("voice-hung", text)
        if text in self.silent:
            raise VoiceError("no-sound", text)
        sound = np.random.default_rng(crc32(text.encode())).normal(0, 4000, len(text) * 1200)
        return Pcm(sound.clip(-32768, 32767).astype("<i2").tobytes(), 24_000)

    def close(self) -> None:
        self.closed.set()


class HandSpeaker:
    """A speaker that pulls only when it is told to, and keeps everything it was given."""

    def __init__(self, refuses: SpeakerError | None = None) -> None:
        self._refuses = refuses
        self._source: Source | None = None
        self._pulled: list[Samples] = []
        self.tap: Tap | None = None
        self.on_lost: Lost | None = None

    @property
    def description(self) -> str:
        return "by hand"

    @property
    def latency_ms(self) -> int:
        return 0

    def start(self, source: Source, on_lost: Lost) -> None:
        if self._refuses is not None:
            raise self._refuses
        self._source, self.on_lost = source, on_lost

    def stop(self) -> None:
        self._source = None

    def hold(self) -> bool:
        return False

    def go(self, loudness: float = 1.0) -> None: ...

    def behind_ms(self) -> int:
        return 0

    def skip(self) -> None: ...

    def tell(self, tap: Tap | None) -> None:
        self.tap = tap

    def pull(self, frames: int) -> None:
        if self._source is not None:
            self._pulled.append(self._source(frames).copy())

    @property
    def pulled(self) -> Samples:
        return np.concatenate(self._pulled) if self._pulled else np.zeros(0, dtype=np.int16)


class FakeMicrophone:
    """A microphone that gives these chunks, and then an error, or waits until it is closed.

    `later` is what it is when it is opened again, time after time; after that it is gone.
    """

    description = "a fake"

    def __init__(
        self,
        *chunks: Samples,
        refuses: MicrophoneError | None = None,
        ends: BaseException | None = None,
        later: tuple[FakeMicrophone, ...] = (),
    ) -> None:
        self.refuses = refuses
        self.ends = ends
        self.later = later
        self.at_ms = 0
        self.chunks = list(chunks)
        self.drained = Event()
        self.closed = Event()

    def again(self) -> FakeMicrophone:
        if not self.later:
            return FakeMicrophone(refuses=MicrophoneError(MicrophoneCode.NO_DEVICE, "gone"))
        then, *rest = self.later
        then.later = tuple(rest)
        return then

    def open(self) -> None:
        if self.refuses is not None:
            raise self.refuses

    def read(self) -> Chunk | None:
        if self.chunks:
            chunk = Chunk(self.chunks.pop(0), self.at_ms)
            self.at_ms += len(chunk.samples) // HEARING_PER_MS
            return chunk
        self.drained.set()
        if self.ends is None:
            self.closed.wait()
        if self.ends is not None:
            raise self.ends
        return None

    def lose(self, error: MicrophoneError) -> None:
        """Give no more sound from now on."""
        self.ends = error
        self.closed.set()

    def close(self) -> None:
        self.closed.set()


@dataclass
class FakeEars:
    """Ears that understand what they are told to, one tuple for each piece of sound, or fail."""

    fails: Exception | None = None
    said: list[tuple[Heard, ...]] = field(default_factory=list)
    expected: list[frozenset[Word]] = field(default_factory=list)
    told: list[tuple[Samples, int]] = field(default_factory=list)
    fed: list[tuple[Samples, int]] = field(default_factory=list)
    closed: bool = False

    def expect(self, words: frozenset[Word]) -> None:
        self.expected.append(words)

    def played(self, samples: Samples, at_ms: int) -> None:
        self.told.append((samples, at_ms))

    def feed(self, samples: Samples, at_ms: int) -> tuple[Heard, ...]:
        if self.fails is not None:
            raise self.fails
        self.fed.append((samples, at_ms))
        return self.said.pop(0) if self.said else ()

    def close(self) -> None:
        self.closed = True


@dataclass
class BurstSounds:
    """Sounds of pieces, of a voice of bursts; remembers what was made."""

    bank: Clips = field(default_factory=lambda: Clips(BurstVoice))
    made: list[Piece] = field(default_factory=list)

    def clips(self, rate_wpm: int) -> Clips:
        del rate_wpm
        return self.bank

    def prepare(self, course: Course, plan: Plan) -> None: ...

    def name(self, piece: Piece, rate_wpm: int) -> str | None:
        del rate_wpm
        self.made.append(piece)
        return f"{len(self.made)}.mp3"
