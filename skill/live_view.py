"""From a session and where it plays to what is seen. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from routines.course import Course
from routines.cue import Cue, CueKind
from routines.phrases import Phrases
from routines.script import Block, BlockKind
from routines.session import Session, State
from routines.timeline import LaidBlock, Timeline
from skill.terminal.view import View, ViewState, clock, pace_words
from skill.transcript import capital

#: A number on the beat stays in sight until the next one; a sentence a little longer than it sounds.
CAPTION_STAYS_MS = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything a view is made of."""

    session: Session
    course: Course
    timeline: Timeline
    exact: bool  #: every length is measured, none is estimated
    block: LaidBlock  #: the session's block, from its own start
    offset_ms: int  #: how far it has come
    cues: tuple[Cue, ...]  #: what is playing now, whatever it is
    cue_ms: int  #: how far that has come
    question: str = ""  #: what has been asked and not answered: it stays in sight
    notice: str = ""
    hint: str = ""
    expects: str = ""
    gain_percent: int = 100
    muted: bool = False
    listening: bool = False


def view_of(scene: Scene) -> View:
    """Return what is on screen at this moment."""
    session, phrases = scene.session, scene.course.phrases
    script = scene.course.script(session.plan)
    index = script.index(session.block)
    block = script.blocks[index]
    place = next(laid for laid in scene.timeline.blocks if laid.id == session.block)
    big, label, left = _big(scene, phrases)
    numbers = {exercise.id: number for number, exercise in enumerate(scene.course.routine.exercises, 1)}
    return View(
        state=_state(session),
        title=capital(block.title or scene.course.routine.title),
        routine=capital(scene.course.routine.title),
        exercise_no=numbers.get(block.exercise or ""),
        exercises=len(numbers),
        side=block.side,
        set_no=block.set,
        sets=block.sets,
        big=big,
        big_label=label,
        counts_left=left,
        caption=scene.question or caption(scene.cues, scene.cue_ms),
        next="" if session.is_over else _next(script.blocks[index + 1 :], block, phrases),
        elapsed_ms=min(place.at_ms + scene.offset_ms, scene.timeline.total_ms),
        total_ms=scene.timeline.total_ms,
        total_is_estimate=not scene.exact,
        block_ms=min(scene.offset_ms, scene.block.length_ms),
        block_total_ms=0 if session.is_over else scene.block.length_ms,
        notice=scene.notice,
        muted=scene.muted,
        gain_percent=scene.gain_percent,
        plan=pace_words(session.plan.pace_percent, phrases),
        hint=scene.hint,
        expects=scene.expects,
        listening=scene.listening,
    )


def caption(cues: tuple[Cue, ...], at_ms: int) -> str:
    """Return what is being said, or was said a moment ago; counts are seen as the very large text."""
    said = [cue for cue in cues if cue.kind is CueKind.SAY and cue.at_ms <= at_ms]
    if not said or at_ms > said[-1].end_ms + CAPTION_STAYS_MS:
        return ""
    return said[-1].text


def _state(session: Session) -> ViewState:
    if session.waiting and session.state in (State.LEADING, State.RESTING):
        return ViewState.WAITING
    return ViewState(session.state.value)


def _big(scene: Scene, phrases: Phrases) -> tuple[str, str, int | None]:
    """Return the very large text, what it is, and how many counts come after it."""
    block, offset_ms = scene.block, scene.offset_ms
    if scene.session.state in (State.CHECKING, State.ASKING, State.DONE, State.STOPPED):
        return "", "", None
    if block.work_at_ms is None or scene.session.waiting:
        return _waiting(scene, phrases)
    if offset_ms < block.work_at_ms:
        return "", phrases("script.get-ready"), None
    over_ms = block.work_at_ms + block.work_ms
    if block.rep_ms and offset_ms < over_ms:
        rep, total = (offset_ms - block.work_at_ms) // block.rep_ms + 1, block.work_ms // block.rep_ms
        return str(rep), phrases("live.of", n=total), total - rep
    left_ms = max(0, over_ms - offset_ms)
    seconds = -(-left_ms // 1000)
    if block.work_ms > 60_000:  # noqa: PLR2004 - a minute
        return clock(seconds * 1000), phrases("live.time-left"), None
    return str(seconds), phrases("live.seconds-left", n=seconds), seconds


def _waiting(scene: Scene, phrases: Phrases) -> tuple[str, str, int | None]:
    """Return the time left of a rest; words have no number."""
    if scene.session.waiting or scene.block.kind not in (BlockKind.REST, BlockKind.CHANGE):
        return "", "", None
    seconds = -(-max(0, scene.block.length_ms - scene.offset_ms) // 1000)
    return str(seconds), phrases("live.seconds-left", n=seconds), None


def _next(following: tuple[Block, ...], here: Block, phrases: Phrases) -> str:
    """Return what comes next, in words."""
    for block in following:
        if block.kind is BlockKind.LEAD:
            return block.title
        if block.kind is BlockKind.WORK and here.kind is not BlockKind.LEAD:
            if block.set != here.set or block.side is None:
                return phrases("live.set", set=block.set, sets=block.sets)
            return phrases("live.side", side=phrases(f"script.sides.{block.side}"))
    return ""
