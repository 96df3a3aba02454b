"""Routine + plan + phrases -> blocks in order: what is said, counted and ticked, without any time of day.

A block is what a person can repeat, skip or resume: one set on one side, or the words around it. A block
consists of parts; `timeline` gives them their place in time. This module knows no voice and no clock: it
decides what must fall on a beat and what may be fitted in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from routines.cue import CueKind, Tone
from routines.model import Exercise, Posture, Routine, Side
from routines.phrases import Phrases
from routines.plan import CountStyle, FixedDose, FixedHold, FixedReps, FixedSteady, PhaseStyle, Plan, Words

#: Times at pace 1: change sides 5-10 s; get to or from the floor 15 s or more; other changes of position
#: about half of that; a breath between sentences.
CHANGE_SIDES_MS = 8_000
TO_OR_FROM_FLOOR_MS = 15_000
MOVE_MS = 8_000
SENTENCE_GAP_MS = 350
#: Silence before the first tone: players and MP3 decoders lose the very first milliseconds.
WAKE_MS = 100
LAST_COUNTS = 5
#: A mark in steady work this close to another one is left out.
CROWDED_MS = 20_000


class BlockKind(StrEnum):
    """What a block is for."""

    OPENING = "opening"
    LEAD = "lead"  #: an exercise is introduced
    WORK = "work"  #: one set on one side
    CHANGE = "change"  #: change sides
    REST = "rest"  #: between sets
    NEXT = "next"  #: between exercises
    CLOSING = "closing"


class Channel(StrEnum):
    """How the person can answer: decides which words tell them what they can do."""

    KEYS = "keys"
    VOICE = "voice"
    TOUCH = "touch"
    NONE = "none"  #: an audio file: nobody listens


class Telling(StrEnum):
    """How much is told unasked. What the plan's words say holds besides."""

    ALL = "all"
    FIRST = "first"  #: to somebody who can ask "why" at any time, and hears it for the first time
    KNOWN = "known"  #: to somebody who can ask, and has done all of it before


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be spoken. `twin` is the same line for the other side: both get the longer one's time."""

    text: str
    twin: str = ""


@dataclass(frozen=True, slots=True)
class Speech:
    """Lines one after the other, each followed by a gap."""

    lines: tuple[Line, ...]
    gap_ms: int


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time with words at its start: as long as asked, longer if the words need it.

    With `countdown`, ticks mark its last three seconds.
    """

    length_ms: int
    purpose: str  #: what the silence is for
    lines: tuple[Line, ...]
    gap_ms: int
    countdown: bool


@dataclass(frozen=True, slots=True)
class Sound:
    """A chime."""

    tone: Tone


@dataclass(frozen=True, slots=True)
class Beat:
    """A moment of a grid that never moves. What is said there must end before the next beat.

    `forms` are tried from the first to the last; if none fits, the beat is ticked (`or_tick`) or silent.
    """

    at_ms: int
    kind: CueKind
    forms: tuple[str, ...]
    or_tick: bool = True


@dataclass(frozen=True, slots=True)
class Filler:
    """Words that are fitted between beats inside a window: shortened, moved or dropped, never in the way."""

    from_ms: int
    until_ms: int
    forms: tuple[str, ...]
    priority: int  #: higher ones choose their place first


@dataclass(frozen=True, slots=True)
class Grid:
    """A stretch of exact length with beats."""

    length_ms: int
    beats: tuple[Beat, ...]
    fillers: tuple[Filler, ...]
    rep_ms: int | None = None  #: how long one repetition takes, if it consists of repetitions


Part = Speech | Period | Sound | Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of the script."""

    id: str
    kind: BlockKind
    exercise: str | None = None  #: the routine's id of the exercise, also where an alternative is done
    title: str = ""  #: the exercise that is done, as it is spoken
    set: int | None = None
    sets: int | None = None
    side: Side | None = None
    waits: bool = False  #: does not start before the person is ready
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The blocks of one session in order."""

    routine: str
    blocks: tuple[Block, ...]
    _places: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note where each block is."""
        places = {block.id: place for place, block in reversed(tuple(enumerate(self.blocks)))}
        object.__setattr__(self, "_places", places)

    def index(self, block_id: str) -> int:
        """Return the position of a block; KeyError if there is none of that id."""
        return self._places[block_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What is special about one run of a routine."""

    told: bool = True  #: the safety words are told in the opening, since no questions were asked
    notes: tuple[str, ...] = ()  #: lines to say first: why it is easier today, a caregiver's note
    channel: Channel = Channel.NONE
    telling: Telling = Telling.ALL
    lead_in: bool = True  #: begins with a tone; False where one has just sounded


def write_script(
    routine: Routine, plan: Plan, phrases: Phrases, occasion: Occasion, about_minutes: int
) -> Script:
    """Return the script of a routine for one person's plan. `about_minutes` is said in the opening."""
    blocks = tuple(_Writer(routine, plan, phrases, occasion).blocks(about_minutes))
    return Script(routine=routine.id, blocks=blocks)


class _Writer:
    """Writes one script; holds what every part of it needs."""

    def __init__(self, routine: Routine, plan: Plan, phrases: Phrases, occasion: Occasion) -> None:
        self.routine = routine
        self.plan = plan
        self.phrases = phrases
        self.occasion = occasion
        self.exercises = [plan.exercise_for(exercise) for exercise in routine.exercises]

    def blocks(self, about_minutes: int) -> Iterator[Block]:
        yield self._opening(about_minutes)
        posture = Posture.STANDING
        for number, exercise in enumerate(self.exercises):
            yield self._lead(number, exercise, posture)
            yield from self._sets(number, exercise)
            posture = exercise.posture
        yield self._closing()

    # -- the words around the work -----------------------------------------------------------------

    def _opening(self, about_minutes: int) -> Block:
        say, telling = self.phrases, self.occasion.telling
        lines = [*self.occasion.notes, *self._welcome(about_minutes)]
        needs = dict.fromkeys(need for exercise in self.exercises for need in exercise.needs)
        if self.occasion.told:  # who is asked has been told what is needed with the last question
            if needs and telling is not Telling.KNOWN:
                lines.append(say("script.needs", needs=say.joined(tuple(needs))))
            safety = {Telling.ALL: "told", Telling.FIRST: "told-first", Telling.KNOWN: "told-again"}[telling]
            lines.extend(say.lines(f"safety.{safety}"))
        lines.append(say(f"script.controls.{self.occasion.channel}"))
        wake = Period(WAKE_MS, say("script.quiet.wake"), (), 0, countdown=False)
        tone: tuple[Part, ...] = (wake, Sound(Tone.LEAD_IN)) if self.occasion.lead_in else ()
        return Block(id="opening", kind=BlockKind.OPENING, parts=(*tone, self._speech(*lines)))

    def _welcome(self, about_minutes: int) -> Iterator[str]:
        say = self.phrases
        about = say("script.about", n=about_minutes)
        if self.occasion.telling is not Telling.ALL:
            yield say("script.this-is", routine=self.routine.title)
            yield about
            return
        yield say("script.welcome", routine=self.routine.title)
        if self.plan.words is Words.FULL:
            yield self.routine.summary
            yield f"{about} {say('script.how-many', n=len(self.exercises))}"

    def _lead(self, number: int, exercise: Exercise, before: Posture) -> Block:
        say, full = self.phrases, self.plan.words is Words.FULL
        intro = [say("script.exercise", number=number + 1, count=len(self.exercises), title=exercise.title)]
        telling = self.occasion.telling
        if full and telling is Telling.ALL:
            intro.append(exercise.benefit)
        named = telling is Telling.FIRST and number == 0  # the opening has just told what is needed
        if exercise.needs and not named and (full or telling is Telling.KNOWN):
            intro.append(say("script.needs", needs=say.joined(exercise.needs)))
        set_up = exercise.set_up.full if full else exercise.set_up.brief
        how = list(exercise.movement.full if full else exercise.movement.brief)
        if full:
            how.extend((exercise.feel, exercise.breathing, *exercise.cautions))
        how.append(self._dose_line(self.plan.dose_for(exercise)))
        if self.plan.wait:
            how.append(say(f"script.wait.{self.occasion.channel}"))
        move_ms = _move_ms(before, exercise.posture)
        position = say(f"script.position.{exercise.posture}") if move_ms else ""
        parts: list[Part]
        if not move_ms:
            parts = [self._speech(*intro, *set_up)]
        elif telling is Telling.ALL:
            parts = [
                self._speech(*intro, *set_up),
                self._period(move_ms, say("script.quiet.position"), position),
            ]
        else:  # a speaker that is silent for long seems to have stopped: how to sit is told meanwhile
            parts = [
                self._speech(*intro),
                self._period(move_ms, say("script.quiet.position"), position, *set_up),
            ]
        parts.append(self._speech(*how))
        return self._block(number, exercise, BlockKind.LEAD, "lead", parts)

    def _dose_line(self, dose: FixedDose) -> str:
        say = self.phrases
        match dose:
            case FixedHold(seconds=seconds, sets=sets, sides=sides):
                key, n, per_set = "script.dose.hold", seconds, sets
            case FixedReps(count=count, sets=sets, sides=sides):
                key, n, per_set = "script.dose.reps", count, sets
            case FixedSteady(minutes=minutes):
                return say("script.dose.steady", n=minutes)
            case _:
                assert_never(dose)
        line = say(f"{key}.each" if sides[0] else f"{key}.both", n=n)
        return f"{line} {say('script.dose.sets', n=per_set)}" if per_set > 1 else line

    def _closing(self) -> Block:
        say = self.phrases
        lines = (
            say("script.done", n=len(self.exercises), routine=self.routine.title),
            *say.lines("safety.after"),
        )
        return Block(id="closing", kind=BlockKind.CLOSING, parts=(self._speech(*lines),))

    # -- the work ----------------------------------------------------------------------------------

    def _sets(self, number: int, exercise: Exercise) -> Iterator[Block]:
        dose = self.plan.dose_for(exercise)
        sets = 1 if isinstance(dose, FixedSteady) else dose.sets
        sides: tuple[Side | None, ...] = (None,) if isinstance(dose, FixedSteady) else dose.sides
        order = [(set_no, side) for set_no in range(1, sets + 1) for side in sides]
        for place, (set_no, side) in enumerate(order):
            yield self._work(number, exercise, dose, set_no, sets, side)
            if place + 1 < len(order):
                yield self._between(number, exercise, sets, (set_no, side), order[place + 1])
        if number + 1 < len(self.exercises):
            yield self._next(number, exercise, self.exercises[number + 1])

    def _work(
        self, number: int, exercise: Exercise, dose: FixedDose, set_no: int, sets: int, side: Side | None
    ) -> Block:
        say, plan = self.phrases, self.plan
        announce = [self._line("script.side", side=side)] if side else []
        if sets > 1:
            announce.append(
                Line(say("script.last-set" if set_no == sets else "script.set", set=set_no, sets=sets))
            )
        ready = self._period(
            plan.get_ready_s * 1000, say("script.quiet.ready"), say("script.get-ready"), countdown=True
        )
        parts: list[Part] = [Speech(tuple(announce), self._gap_ms), ready] if announce else [ready]
        match dose:
            case FixedHold():
                parts += [self._hold_grid(dose), Sound(Tone.END), self._speech(say("script.hold-over"))]
            case FixedReps():
                parts += [self._reps_grid(dose), Sound(Tone.END), self._speech(say("script.set-over"))]
            case FixedSteady():
                parts += [self._steady_grid(dose), Sound(Tone.END), self._speech(say("script.steady-over"))]
            case _:
                assert_never(dose)
        return self._block(
            number,
            exercise,
            BlockKind.WORK,
            f"{set_no}/{side or 'both'}",
            parts,
            set_no=set_no,
            sets=sets,
            side=side,
            waits=plan.wait,
        )

    def _between(
        self,
        number: int,
        exercise: Exercise,
        sets: int,
        before: tuple[int, Side | None],
        after: tuple[int, Side | None],
    ) -> Block:
        say = self.phrases
        (set_no, side), (next_set, next_side) = before, after
        if next_set == set_no:
            change = [self._line("script.change-sides", side=next_side)] if next_side else []
            period = self._period(CHANGE_SIDES_MS, say("script.quiet.change"), *change)
            kind, name = BlockKind.CHANGE, "change"
        else:
            lines = [say("script.rest", n=self._rest_s), say("script.next-set", set=next_set, sets=sets)]
            period = self._period(self.plan.rest_s * 1000, say("script.quiet.rest"), *lines, countdown=True)
            kind, name = BlockKind.REST, "rest"
        return self._block(
            number,
            exercise,
            kind,
            f"{set_no}/{side or 'both'}/{name}",
            [period],
            set_no=set_no,
            sets=sets,
            side=side,
        )

    def _next(self, number: int, exercise: Exercise, following: Exercise) -> Block:
        say = self.phrases
        # Being told the next exercise is a rest by itself: only a breath is needed before it.
        lines = [say("script.rest-a-moment"), say("script.next-exercise", title=following.title)]
        period = self._period(MOVE_MS, say("script.quiet.rest"), *lines)
        return self._block(number, exercise, BlockKind.NEXT, "next", [period])

    # -- grids -------------------------------------------------------------------------------------

    def _hold_grid(self, dose: FixedHold) -> Grid:
        say = self.phrases
        beats = [Beat(0, CueKind.SAY, say.lines("script.and-hold"))]
        for second in range(1, dose.seconds):
            left = dose.seconds - second
            aloud = self.plan.count is CountStyle.SECONDS or left % 5 == 0 or left <= LAST_COUNTS
            beats.append(
                Beat(second * 1000, CueKind.COUNT, (str(left),))
                if aloud
                else Beat(second * 1000, CueKind.TICK, ())
            )
        half_ms = (dose.seconds + 1) // 2 * 1000
        last_ms = (dose.seconds - LAST_COUNTS - 1) * 1000
        fillers = [Filler(half_ms, half_ms + 1000, say.lines("script.half-way"), 3)]
        if last_ms > half_ms:
            fillers.append(
                Filler(last_ms, last_ms + 1000, say.lines("script.last-seconds", n=LAST_COUNTS), 2)
            )
        return Grid(dose.seconds * 1000, tuple(beats), tuple(fillers))

    def _reps_grid(self, dose: FixedReps) -> Grid:
        say, plan = self.phrases, self.plan
        lengths = [plan.stretch(phase.length_ms) for phase in dose.tempo.phases]
        rep_ms = sum(lengths)
        beats: list[Beat] = []
        fillers: list[Filler] = []
        for rep in range(dose.count):
            at_ms = rep * rep_ms
            beats.append(Beat(at_ms, CueKind.COUNT, (str(rep + 1),)))
            for nth, phase in enumerate(dose.tempo.phases):
                if plan.phases is PhaseStyle.TICKED:
                    beats += [Beat(at_ms, CueKind.TICK, ())] if nth else []
                elif nth:
                    beats.append(Beat(at_ms, CueKind.SAY, (phase.word,)))
                else:  # the count stands on the first beat; its word follows at once
                    fillers.append(Filler(at_ms, at_ms + lengths[0], (phase.word,), 1))
                at_ms += lengths[nth]
            tail_ms = at_ms - lengths[-1]
            if rep == dose.count - 2:
                fillers.append(Filler(tail_ms, at_ms, say.lines("script.last-one"), 3))
            elif rep + 1 == dose.count // 2:
                fillers.append(Filler(tail_ms, at_ms, say.lines("script.half-way"), 2))
        return Grid(dose.count * rep_ms, tuple(beats), tuple(fillers), rep_ms)

    def _steady_grid(self, dose: FixedSteady) -> Grid:
        say, total_ms = self.phrases, dose.minutes * 60_000
        step_ms = self.plan.time_left_s * 1000
        beats = [Beat(0, CueKind.SAY, say.lines("script.and-go"), or_tick=False)]
        fillers: list[Filler] = []
        half_ms = total_ms // 2
        regular = range(total_ms % step_ms or step_ms, total_ms, step_ms)
        times = sorted({at_ms for at_ms in regular if abs(at_ms - half_ms) > CROWDED_MS} | {half_ms})
        for nth, at_ms in enumerate(times):
            left = self._time_left(total_ms - at_ms)
            forms = (say("script.half-way-left", left=left), left) if at_ms == half_ms else (left,)
            beats.append(Beat(at_ms, CueKind.SAY, forms, or_tick=False))
            until_ms = times[nth + 1] if nth + 1 < len(times) else total_ms - 15_000
            if nth % 2 == 0 and until_ms - at_ms > CROWDED_MS:
                middle_ms = (at_ms + until_ms) // 2
                line = say.pick("script.encourage", nth // 2)
                fillers.append(Filler(middle_ms, until_ms, (line,), 1))
        beats.append(Beat(total_ms - 10_000, CueKind.SAY, (say("script.seconds-left", n=10),), or_tick=False))
        beats += [
            Beat(total_ms - left * 1000, CueKind.COUNT, (str(left),)) for left in range(LAST_COUNTS, 0, -1)
        ]
        beats = sorted({beat.at_ms: beat for beat in beats}.values(), key=lambda beat: beat.at_ms)
        return Grid(total_ms, tuple(beats), tuple(fillers))

    def _time_left(self, left_ms: int) -> str:
        minutes, seconds = divmod(left_ms // 1000, 60)
        if not seconds:
            return self.phrases("script.minutes-left", n=minutes)
        if not minutes:
            return self.phrases("script.seconds-left", n=seconds)
        return self.phrases("script.minutes-seconds-left", n=minutes, seconds=seconds)

    # -- small helpers -----------------------------------------------------------------------------

    @property
    def _gap_ms(self) -> int:
        return self.plan.stretch(SENTENCE_GAP_MS)

    @property
    def _rest_s(self) -> int:
        return self.plan.stretch(self.plan.rest_s * 1000) // 1000

    def _side(self, side: Side) -> str:
        return self.phrases(f"script.sides.{side}")

    def _line(self, phrase_id: str, *, side: Side) -> Line:
        return Line(
            self.phrases(phrase_id, side=self._side(side)),
            self.phrases(phrase_id, side=self._side(side.other)),
        )

    def _speech(self, *lines: str) -> Speech:
        return Speech(tuple(Line(line) for line in lines), self._gap_ms)

    def _period(self, length_ms: int, purpose: str, *lines: str | Line, countdown: bool = False) -> Period:
        return Period(
            self.plan.stretch(length_ms),
            purpose,
            tuple(line if isinstance(line, Line) else Line(line) for line in lines),
            self._gap_ms,
            countdown,
        )

    def _block(
        self,
        number: int,
        exercise: Exercise,
        kind: BlockKind,
        name: str,
        parts: list[Part],
        *,
        set_no: int | None = None,
        sets: int | None = None,
        side: Side | None = None,
        waits: bool = False,
    ) -> Block:
        base = self.routine.exercises[number].id
        return Block(
            id=f"{base}/{name}",
            kind=kind,
            exercise=base,
            title=exercise.title,
            set=set_no,
            sets=sets,
            side=side,
            waits=waits,
            parts=tuple(parts),
        )


def _move_ms(before: Posture, after: Posture) -> int:
    """How long the person gets to change position, at pace 1; 0 if there is nothing to change."""
    if before is after:
        return 0
    return TO_OR_FROM_FLOOR_MS if before.is_low or after.is_low else MOVE_MS
