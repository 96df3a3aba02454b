"""A whole session to read: what is said, counted and quiet, with times, and what the work adds up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, assert_never

from routines.course import Course
from routines.cue import Cue, CueKind
from routines.model import Alternative, Dose, Exercise, Hold, Range, Reps, Routine, Side, Sides, Steady
from routines.phrases import Phrases
from routines.plan import FixedHold, FixedReps, FixedSteady, Plan
from routines.script import BlockKind
from routines.timeline import LaidBlock, Timeline

#: So many cues of a kind, or of the same words, are told on one line.
GROUPED_FROM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Shows the session of a course under a plan; `measured` says whether its lengths come from a voice."""

    course: Course
    plan: Plan
    timeline: Timeline
    measured: bool
    full: bool = False  #: with everything that a professional would look at

    def lines(self) -> Iterator[str]:
        """Yield the transcript line by line."""
        say, routine = self.course.phrases, self.course.routine
        yield say("show.title", title=capital(routine.title), summary=routine.summary)
        yield from self._facts(("show.source", {"source": routine.source}))
        yield from self._total()
        number = 0
        for block in self.timeline.blocks:
            yield ""
            if block.kind is BlockKind.LEAD and block.exercise:
                number += 1
                yield from self._exercise(number, routine.exercise(block.exercise))
            yield self._heading(block)
            yield from _cue_lines(block, say)
        yield ""
        yield say("show.totals")
        yield from self._total()
        yield from self._work(routine)

    def _total(self) -> Iterator[str]:
        key = "measured" if self.measured else "estimated"
        yield self.course.phrases(f"show.{key}", total=clock(self.timeline.total_ms))

    def _heading(self, block: LaidBlock) -> str:
        say = self.course.phrases
        what = block_name(block, say)
        return say("show.block", at=clock(block.at_ms), what=what, length=clock(block.length_ms), id=block.id)

    def _exercise(self, number: int, own: Exercise) -> Iterator[str]:
        say = self.course.phrases
        done = self.plan.exercise_for(own)
        yield say("show.exercise", n=number, title=capital(done.title))
        if done is not own:
            yield say("show.instead", title=own.title)
        yield say("show.dose", dose=dose_line(done, self.plan, say), allowed=range_line(done.dose, say))
        if self.full:
            yield from self._facts(
                ("show.needs", {"needs": say.joined(done.needs) or say("show.nothing")}),
                ("show.benefit", {"benefit": done.benefit}),
                ("show.feel", {"feel": done.feel}),
                ("show.breathing", {"breathing": done.breathing}),
            )
            for caution in done.cautions:
                yield say("show.caution", caution=caution)
            for other in own.alternatives:
                yield self._alternative(other)
            yield say("show.exercise-source", source=done.source)

    def _facts(self, *facts: tuple[str, dict[str, object]]) -> Iterator[str]:
        if self.full:
            for phrase_id, values in facts:
                yield self.course.phrases(phrase_id, **values)

    def _alternative(self, other: Alternative) -> str:
        say = self.course.phrases
        barriers = tuple(say(f"plan.barriers.{barrier}") for barrier in sorted(other.instead_of))
        allowed = range_line(other.exercise.dose, say)
        return say(
            "show.alternative", title=other.exercise.title, barriers=say.joined(barriers), allowed=allowed
        )

    def _work(self, routine: Routine) -> Iterator[str]:
        say = self.course.phrases
        all_work = work_by_side(self.timeline.blocks)
        for exercise_id, sides in all_work.items():
            title = capital(self.plan.exercise_for(routine.exercise(exercise_id)).title)
            parts = tuple(_side_line(side, lengths, say) for side, lengths in sides.items())
            yield say("show.work", title=title, work=say.joined(parts) + _balance(sides, say))
        sums: dict[Side | None, list[int]] = {}
        for sides in all_work.values():
            for side, lengths in sides.items():
                sums.setdefault(side, []).extend(lengths)
        parts = tuple(_side_line(side, lengths, say) for side, lengths in sums.items())
        yield say("show.work", title=say("show.all"), work=say.joined(parts) + _balance(sums, say))


def to_data(timeline: Timeline) -> dict[str, Any]:
    """Return a session in time as plain values for JSON."""
    return {
        "routine": timeline.routine,
        "total_ms": timeline.total_ms,
        "blocks": [
            {
                "id": block.id,
                "exercise": block.exercise,
                "set": block.set,
                "side": block.side and str(block.side),
                "at_ms": block.at_ms,
                "length_ms": block.length_ms,
            }
            for block in timeline.blocks
        ],
        "cues": [
            {
                "at_ms": cue.at_ms,
                "length_ms": cue.length_ms,
                "kind": str(cue.kind),
                "text": cue.text,
                "block": cue.block,
            }
            for cue in timeline.cues
        ],
    }


def clock(ms: int) -> str:
    """Return a time as minutes, seconds and tenths: 03:07.5."""
    tenths = (ms + 50) // 100
    minutes, tenths = divmod(tenths, 600)
    return f"{minutes:02d}:{tenths // 10:02d}.{tenths % 10}"


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def block_name(block: LaidBlock, say: Phrases) -> str:
    """Return what a block is, in words: exercise, set, side, and what it is for."""
    if block.exercise is None:
        return say(f"show.kind.{block.kind}")
    parts = [capital(block.title)]
    if block.kind is not BlockKind.WORK:
        parts.append(say(f"show.kind.{block.kind}"))
    else:
        if block.sets and block.sets > 1:
            parts.append(say("show.set", set=block.set, sets=block.sets))
        if block.side:
            parts.append(say(f"show.side.{block.side}"))
    return say("lists.comma").join(parts)


def dose_line(exercise: Exercise, plan: Plan, say: Phrases) -> str:
    """Return what a plan takes for an exercise."""
    fixed, dose = plan.dose_for(exercise), exercise.dose
    match fixed:
        case FixedHold():
            return _dose("hold", fixed.seconds, fixed.sets, _sides(dose), say)
        case FixedReps():
            tempo = tuple(
                say("show.phase", word=phase.word, seconds=_seconds(plan.stretch(phase.length_ms)))
                for phase in fixed.tempo.phases
            )
            line = _dose("reps", fixed.count, fixed.sets, _sides(dose), say)
            return say("show.with-tempo", dose=line, tempo=say("lists.comma").join(tempo))
        case FixedSteady():
            return say("show.steady", n=fixed.minutes)
        case _:
            assert_never(fixed)


def range_line(dose: Dose, say: Phrases) -> str:
    """Return what a dose allows."""
    match dose:
        case Hold(seconds, repeats, sides):
            return _dose("hold", seconds, repeats, sides, say)
        case Reps(count, sets, sides, _):
            return _dose("reps", count, sets, sides, say)
        case Steady(minutes):
            return say("show.steady", n=_number(minutes))
        case _:
            assert_never(dose)


def _sides(dose: Dose) -> Sides:
    return Sides.BOTH if isinstance(dose, Steady) else dose.sides


def _dose(kind: str, amount: Range | int, sets: Range | int, sides: Sides, say: Phrases) -> str:
    return say(
        f"show.{kind}",
        amount=say(f"show.{kind}-amount", n=_number(amount)),
        sets=say(f"show.sets.{sides}", n=_number(sets)),
    )


def _number(span: Range | int) -> int | str:
    """Return what a phrase counts by: the number, or the range as it is written."""
    if isinstance(span, int):
        return span
    return span.low if span.low == span.high else str(span)


def _seconds(ms: int) -> str:
    return f"{ms / 1000:g}"


def work_by_side(blocks: Iterable[LaidBlock]) -> dict[str, dict[Side | None, list[int]]]:
    """Return how long each set lasts, by exercise and side."""
    work: dict[str, dict[Side | None, list[int]]] = {}
    for block in blocks:
        if block.kind is BlockKind.WORK and block.exercise:
            work.setdefault(block.exercise, {}).setdefault(block.side, []).append(block.work_ms)
    return work


def _side_line(side: Side | None, lengths: Sequence[int], say: Phrases) -> str:
    return say(f"show.side-work.{side or 'both'}", n=len(lengths), time=clock(sum(lengths)))


def _balance(sides: dict[Side | None, list[int]], say: Phrases) -> str:
    if Side.LEFT not in sides and Side.RIGHT not in sides:
        return ""
    same = sum(sides.get(Side.LEFT, ())) == sum(sides.get(Side.RIGHT, ()))
    return say("show.equal" if same else "show.unequal")


def _cue_lines(block: LaidBlock, say: Phrases) -> Iterator[str]:
    """Yield a block's cues in order; those that come again and again stand together at the first of them."""
    groups: dict[tuple[object, ...], list[Cue]] = {}
    for cue in block.cues:
        groups.setdefault(_group(cue, block), []).append(cue)
    rows: list[tuple[int, str]] = []
    for cues in groups.values():
        if len(cues) >= GROUPED_FROM:
            rows.append((cues[0].at_ms, _group_line(cues, say)))
        else:
            rows += [(cue.at_ms, _cue_line(cue, say)) for cue in cues]
    yield from (line for _, line in sorted(rows, key=lambda row: row[0]))


def _group(cue: Cue, block: LaidBlock) -> tuple[object, ...]:
    work_at_ms = block.end_ms if block.work_at_ms is None else block.work_at_ms
    stage = 0 if cue.at_ms < work_at_ms else 1 if cue.at_ms < work_at_ms + block.work_ms else 2
    numbered = cue.kind is CueKind.COUNT
    return (stage, cue.kind, "" if numbered else cue.text)


def _cue_line(cue: Cue, say: Phrases) -> str:
    text = say(f"show.tone.{cue.text}") if cue.kind is CueKind.CHIME else cue.text
    length = _tenths(cue.length_ms)
    return say(f"show.cue.{cue.kind}", at=clock(cue.at_ms), text=text, length=length)


def _group_line(cues: Sequence[Cue], say: Phrases) -> str:
    first, kind = cues[0], cues[0].kind
    steps = {after.at_ms - before.at_ms for before, after in pairwise(cues)}
    texts = " ".join(cue.text for cue in cues) if kind is CueKind.COUNT else first.text
    if len(steps) == 1:
        pattern = say("show.every", seconds=_seconds(steps.pop()))
    else:
        pattern = say("show.at", times=" ".join(clock(cue.at_ms) for cue in cues))
    return say(f"show.group.{kind}", at=clock(first.at_ms), texts=texts, n=len(cues), pattern=pattern)


def _tenths(ms: int) -> str:
    return f"{(ms + 50) // 100 / 10:.1f}"
