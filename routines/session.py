"""A session: one run of a routine by one person, as a pure state machine.

`step(session, event, course)` gives the next session and the effects to carry out. Two rules: everything that
changes a session's state stands in `TRANSITIONS`; nothing here knows who carries effects out. The diagram in
`docs/architecture.md` comes from the table (`routines.diagram`). How far a block had come arrives in the
event; no clock is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from routines.course import Course
from routines.events import (
    Answer,
    Ask,
    AskTopic,
    BlockFinished,
    Cannot,
    Easier,
    Effect,
    End,
    Event,
    Faster,
    Halt,
    HowLong,
    Next,
    Notify,
    Pain,
    Pause,
    Play,
    Previous,
    Ready,
    Record,
    Refuse,
    Repeat,
    Resume,
    Save,
    Say,
    Skip,
    Slower,
    Start,
    Stop,
)
from routines.model import Barrier, Side
from routines.plan import FirstSide, Plan
from routines.script import Block, BlockKind
from routines.timeline import relocate, resume_ms

#: The version of what `to_dict` gives. A session of another version cannot be gone on with.
VERSION = 1


class State(StrEnum):
    """Where a session stands."""

    CHECKING = "checking"  #: the questions before the start
    LEADING = "leading"  #: words: the opening, an exercise explained, the closing
    WORKING = "working"  #: a set
    RESTING = "resting"  #: between sets, sides and exercises
    PAUSED = "paused"
    ASKING = "asking"  #: how was that
    DONE = "done"
    STOPPED = "stopped"


_STATE_OF = {
    BlockKind.OPENING: State.LEADING,
    BlockKind.LEAD: State.LEADING,
    BlockKind.WORK: State.WORKING,
    BlockKind.CHANGE: State.RESTING,
    BlockKind.REST: State.RESTING,
    BlockKind.NEXT: State.RESTING,
    BlockKind.CLOSING: State.LEADING,
}
_FOLLOW_UPS = {"go-gently": "assessed"}


class SessionError(ValueError):
    """A saved session that cannot be read: another version, or damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Everything that must be known to go on; small enough to be saved at every step."""

    routine: str
    plan: Plan
    state: State = State.CHECKING
    block: str = "opening"
    offset_ms: int = 0  #: where to go on in the block
    waiting: bool = False  #: the block starts when the person is ready
    question: str | None = None  #: what was asked and not yet answered
    round: int = 0  #: goes up whenever a set is done over, so that it counts again
    pain_before: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen any more."""
        return self.state in (State.DONE, State.STOPPED)

    def to_dict(self) -> dict[str, Any]:
        """Return the session as plain values for JSON."""
        plain: dict[str, Any] = {"v": VERSION, "routine": self.routine, "plan": self.plan.to_dict()}
        plain |= {"state": self.state, "block": self.block, "offset_ms": self.offset_ms}
        plain |= {"waiting": self.waiting, "question": self.question, "round": self.round}
        return plain | ({} if self.pain_before is None else {"pain_before": self.pain_before})

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> Session:
        """Return the session that `to_dict` gave. SessionError if it is of another version or damaged."""
        if plain.get("v") != VERSION:
            raise SessionError(f"version {plain.get('v')}, not {VERSION}")
        try:
            return Session(
                routine=plain["routine"],
                plan=Plan.from_dict(plain["plan"]),
                state=State(plain["state"]),
                block=plain["block"],
                offset_ms=plain["offset_ms"],
                waiting=plain["waiting"],
                question=plain["question"],
                round=plain["round"],
                pain_before=plain.get("pain_before"),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SessionError(str(error)) from None


Step = tuple[Session, tuple[Effect, ...]]
Handler = Callable[[Session, Any, Course], Step]


@dataclass(frozen=True, slots=True)
class Transition:
    """What an event does in a state, and every state it can lead to."""

    do: Handler
    to: tuple[State, ...]


def step(session: Session, event: Event, course: Course) -> Step:
    """Return the session after an event, and what to do.

    An event that is not allowed in the state changes nothing; its one effect says what is possible.
    """
    transition = TRANSITIONS[session.state].get(type(event))
    if transition is None:
        return session, (Refuse(refusal(session.state, course)),)
    return transition.do(session, event, course)


def reopened(session: Session) -> Session:
    """Return an interrupted session, ready for `Resume`: an unfinished set starts again, to count once."""
    if session.is_over or session.state in (State.CHECKING, State.ASKING):
        return session
    return replace(session, state=State.PAUSED, offset_ms=0)


def possible(state: State) -> tuple[type[Event], ...]:
    """Return what a person can do in a state."""
    return tuple(event for event in TRANSITIONS[state] if event is not BlockFinished)


def refusal(state: State, course: Course) -> tuple[str, ...]:
    """Return what to say when something is not possible in a state: what can be done instead."""
    say = course.phrases
    names = tuple(say(f"events.{event.__name__}") for event in possible(state) if event in _OFFERED)
    if not names:
        return (say("session.over"),)
    return (say("session.not-now"), say("session.you-can", actions=say.joined(names)))


_OFFERED = (Ready, Next, Previous, Repeat, Pause, Resume, Slower, Faster, Easier, Pain, Stop)


# -- getting about ---------------------------------------------------------------------------------


def _blocks(session: Session, course: Course) -> tuple[Block, ...]:
    return course.script(session.plan).blocks


def _here(session: Session, course: Course) -> int:
    return course.script(session.plan).index(session.block)


def _go(session: Session, course: Course, target: int, records: tuple[Record, ...] = ()) -> Step:
    """Play the block at `target` from its start, waiting for the person first if the plan says so."""
    block = _blocks(session, course)[target]
    moved = replace(session, block=block.id, offset_ms=0, state=_STATE_OF[block.kind], waiting=False)
    return moved, (Save(records), Play(block=block.id))


def _find(blocks: tuple[Block, ...], places: range, kinds: tuple[BlockKind, ...]) -> int | None:
    return next((place for place in places if blocks[place].kind in kinds), None)


def _forward(session: Session, course: Course, kinds: tuple[BlockKind, ...]) -> int:
    blocks = _blocks(session, course)
    start = _here(session, course) + (0 if session.waiting else 1)
    found = _find(blocks, range(start, len(blocks)), kinds)
    return len(blocks) - 1 if found is None else found


def _skipped(session: Session, course: Course) -> tuple[Record, ...]:
    block = _blocks(session, course)[_here(session, course)]
    if block.kind is not BlockKind.WORK:
        return ()
    data = {"exercise": block.exercise, "set": block.set, "side": block.side}
    return (Record(kind="skipped", key=f"skipped:{block.id}:{session.round}", data=data),)


def _at(session: Session, event: Event, course: Course) -> int:
    """Return where to go on in the current block, given how far it had come."""
    if event.offset_ms is None:
        return session.offset_ms
    return resume_ms(course.block(session.plan, session.block), event.offset_ms)


def _again(session: Session, course: Course) -> tuple[Effect, ...]:
    """Return the effects that take up the session where it stands."""
    if session.state in (State.CHECKING, State.ASKING):
        return (_ask(session.question, session, course),) if session.question else ()
    if session.state is State.PAUSED:
        return ()
    if session.waiting:
        return (Say((_wait_line(course),)),)
    working = session.state is State.WORKING
    return (Play(block=session.block, from_ms=session.offset_ms, count_in=working and session.offset_ms > 0),)


def _wait_line(course: Course) -> str:
    return course.phrases(f"script.wait.{course.occasion.channel}")


# -- before and after ------------------------------------------------------------------------------


def _ask(question: str, session: Session, course: Course) -> Ask:
    say = course.phrases
    needs = [
        plan_exercise.needs for plan_exercise in map(session.plan.exercise_for, course.routine.exercises)
    ]
    wanted = say.joined(tuple(dict.fromkeys(need for some in needs for need in some)))
    values = {"needs": wanted or say("questions.nothing"), "limit": session.plan.pain_limit}
    lines = say.lines(f"questions.{question}.ask", **values)
    return Ask(question=question, lines=lines, expects=say(f"questions.{question}.expects"))


def _start(session: Session, _event: Start, course: Course) -> Step:
    return _next_question(session, course, None)


def _next_question(session: Session, course: Course, answered: str | None, *before: Effect) -> Step:
    """Ask what is still to be asked before the start; then begin."""
    questions = course.questions
    place = 0 if answered is None else questions.index(_FOLLOW_UPS.get(answered, answered)) + 1
    for question in questions[place:]:
        if not _is_due(question, session, course):
            continue
        asking = replace(session, question=question)
        return asking, (*before, Save(), _ask(question, asking, course))
    begun, effects = _go(replace(session, question=None), course, 0)
    return begun, (*before, *effects)


def _is_due(question: str, session: Session, course: Course) -> bool:
    """Whether a question makes sense under this plan."""
    plan, exercises = session.plan, course.routine.exercises
    match question:
        case "floor":
            return any(plan.exercise_for(exercise).posture.is_low for exercise in exercises)
        case "first-side":
            return plan.first_side is FirstSide.ASK and any(map(plan.is_sided, exercises))
        case _:
            return True


def _answered(question: str, value: bool | int | Side | None) -> Record:
    kind = question.replace("-", "_")
    return Record(kind="answered", key=f"answered:{question}", data={"what": kind, "value": value})


def _check(session: Session, event: Answer | Ready, course: Course) -> Step:  # noqa: PLR0911 - one a question
    """Take the answer to a question before the start."""
    question, say = session.question, course.phrases
    value = True if isinstance(event, Ready) else event.value
    if question is None or not _fits(value, say(f"questions.{question}.expects"), event):
        return session, (Say((say("questions.again"),)), *_again(session, course))
    saved = Save((_answered(question, value),))
    suited = replace(session, plan=_suited(session.plan, question, value))
    match question, value:
        case (("red-flags" | "red-flags-urgent"), True):
            return _end(session, "red-flag", course.topic(say(f"questions.{question}.topic")).say, saved)
        case "assessed", False:
            asking = replace(session, question="go-gently")
            advice = Say(course.topic(say("questions.assessed.topic")).brief)
            return asking, (saved, advice, _ask("go-gently", asking, course))
        case "go-gently", False:
            return _end(session, "refused", say.lines("session.refused"), saved)
        case "next-day", False:
            return _next_question(suited, course, question, saved, Say(say.lines("session.easier-next-day")))
        case "pain-before", int(number):
            if number > session.plan.pain_limit:
                return _end(session, "refused", say.lines("session.too-much-pain"), saved)
            return _next_question(replace(session, pain_before=number), course, question, saved)
        case _:
            return _next_question(suited, course, question, saved)


def _suited(plan: Plan, question: str, value: bool | int | Side | None) -> Plan:
    """Return the plan that suits an answer before the start."""
    match question, value:
        case ("go-gently", True) | ("next-day", False):
            return plan.easier()
        case "floor", False:
            return plan.cannot(Barrier.FLOOR)
        case "first-side", Side(side):
            return replace(plan, first_side=FirstSide(side))
        case _:
            return plan


def _fits(value: bool | int | Side | None, expects: str, event: Event) -> bool:
    """Whether an answer is of the kind that was asked for."""
    if isinstance(event, Ready):
        return expects == "ready"
    if expects in ("yes-no", "ready"):
        return isinstance(value, bool)
    if value is None or expects == "side":
        return value is None or isinstance(value, Side)
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10  # noqa: PLR2004 - nought to ten


def _reflect(session: Session, event: Answer, course: Course) -> Step:
    """Take the answer to a question after the end."""
    question, say = session.question, course.phrases
    if question is None or not _fits(event.value, say(f"questions.{question}.expects"), event):
        return session, (Say((say("questions.again"),)), *_again(session, course))
    saved: tuple[Effect, ...] = (Save((_answered(question, event.value),)),)
    if question == "pain-after" and isinstance(event.value, int):
        before = session.pain_before or 0
        worse = event.value > session.plan.pain_limit or event.value >= before + session.plan.pain_rise
        if worse:
            saved += (Say(course.topic(say("questions.pain-after.topic")).say),)
    rest = course.questions_after[course.questions_after.index(question) + 1 :]
    if rest:
        asking = replace(session, question=rest[0])
        return asking, (*saved, _ask(rest[0], asking, course))
    done = replace(session, state=State.DONE, question=None)
    return done, (*saved, Say(say.lines("session.thanks")), End("done"))


def _finish(session: Session, course: Course, records: tuple[Record, ...]) -> Step:
    """Everything has been played: it is done, whatever is still answered."""
    saved = Save((*records, Record(kind="done", key="done", data={})))
    if course.questions_after:
        asking = replace(session, state=State.ASKING, question=course.questions_after[0])
        return asking, (saved, Notify("done"), _ask(course.questions_after[0], asking, course))
    return replace(session, state=State.DONE), (saved, Notify("done"), End("done"))


def _leave_questions(session: Session, _event: Stop, course: Course) -> Step:
    done = replace(session, state=State.DONE, question=None)
    return done, (Halt(), Save(), Say(course.phrases.lines("session.thanks")), End("done"))


def _end(session: Session, outcome: str, lines: tuple[str, ...], *before: Effect) -> Step:
    record = Record(kind="stopped", key="stopped", data={"reason": outcome.replace("-", "_")})
    over = replace(session, state=State.STOPPED, question=None, waiting=False)
    return over, (Halt(), *before, Save((record,)), Say(lines), Notify(outcome), End(outcome))


# -- while it runs ---------------------------------------------------------------------------------


def _finished(session: Session, event: BlockFinished, course: Course) -> Step:
    if event.block != session.block or session.waiting:
        return session, ()  # a late word about a block that has been left
    blocks, here = _blocks(session, course), _here(session, course)
    records = _done(session, course, blocks[here])
    if here + 1 == len(blocks):
        return _finish(session, course, records)
    following = blocks[here + 1]
    if not following.waits:
        return _go(session, course, here + 1, records)
    waiting = replace(session, block=following.id, offset_ms=0, waiting=True)
    prompt = () if blocks[here].kind is BlockKind.LEAD else (Say((_wait_line(course),)),)
    return waiting, (Save(records), *prompt)


def _done(session: Session, course: Course, block: Block) -> tuple[Record, ...]:
    if block.kind is not BlockKind.WORK:
        return ()
    laid = course.block(session.plan, block.id)
    data = {"exercise": block.exercise, "title": block.title, "set": block.set, "sets": block.sets}
    data |= {"side": block.side, "work_ms": laid.work_ms}
    return (Record(kind="block_done", key=f"done:{block.id}:{session.round}", data=data),)


def _next(session: Session, _event: Event, course: Course) -> Step:
    target = _forward(session, course, (BlockKind.WORK, BlockKind.LEAD, BlockKind.CLOSING))
    records = () if session.waiting else _skipped(session, course)
    return _go(session, course, target, records)


def _ready(session: Session, event: Ready, course: Course) -> Step:
    return _next(session, event, course)


def _skip(session: Session, _event: Skip, course: Course) -> Step:
    target = _forward(replace(session, waiting=False), course, (BlockKind.LEAD, BlockKind.CLOSING))
    return _go(session, course, target, _skipped(session, course))


def _previous(session: Session, _event: Previous, course: Course) -> Step:
    blocks, here = _blocks(session, course), _here(session, course)
    kinds = (BlockKind.WORK, BlockKind.LEAD, BlockKind.OPENING)
    target = _find(blocks, range(here - 1, -1, -1), kinds) or 0
    return _go(replace(session, round=session.round + 1), course, target)


def _repeat(session: Session, _event: Repeat, course: Course) -> Step:
    return _go(session, course, _here(session, course))


def _pause(session: Session, event: Pause, course: Course) -> Step:
    paused = replace(session, state=State.PAUSED, offset_ms=_at(session, event, course))
    return paused, (Halt(), Save((Record(kind="paused", key="", data={"block": session.block}),)))


def _no_need_to_pause(session: Session, _event: Pause, course: Course) -> Step:
    return session, (Halt(), Say(course.phrases.lines("session.take-your-time")))


def _resume(session: Session, _event: Resume, course: Course) -> Step:
    block = _blocks(session, course)[_here(session, course)]
    state = State.RESTING if session.waiting else _STATE_OF[block.kind]
    going = replace(session, state=state)
    saved = Save((Record(kind="resumed", key="", data={"block": session.block}),))
    return going, (saved, *_again(going, course))


def _slower(session: Session, event: Slower, course: Course) -> Step:
    return _replan(session, event, course, session.plan.slower(), "slower")


def _faster(session: Session, event: Faster, course: Course) -> Step:
    return _replan(session, event, course, session.plan.faster(), "faster")


def _easier(session: Session, event: Easier, course: Course) -> Step:
    return _replan(session, event, course, session.plan.easier(), "easier")


def _cannot(session: Session, event: Cannot, course: Course) -> Step:
    return _replan(session, event, course, session.plan.cannot(event.barrier), "cannot")


def _replan(session: Session, event: Event, course: Course, plan: Plan, what: str) -> Step:
    """Go on under another plan, at the same place of the same block."""
    say = course.phrases
    if plan == session.plan:
        return session, (Refuse(say.lines(f"session.{what}.limit")),)
    moved = replace(session, plan=plan)
    record = Record(kind="eased", key="", data={"what": what, "plan": plan.to_dict()})
    remark = Say(say.lines(f"session.{what}.say"))
    if session.state in (State.CHECKING, State.ASKING):
        return moved, (Save((record,)), remark, *_again(moved, course))
    before, after = course.block(session.plan, session.block), course.block(plan, session.block)
    if before.title != after.title:  # another exercise from here on: it is explained first
        lead = f"{before.exercise}/lead"
        led, effects = _go(replace(moved, block=lead), course, course.script(plan).index(lead), (record,))
        return led, (effects[0], remark, *effects[1:])
    offset_ms = relocate(before, session.offset_ms if event.offset_ms is None else event.offset_ms, after)
    if offset_ms is None:  # so much easier that this set is already done
        going, effects = _finished(moved, BlockFinished(block=session.block), course)
        return going, (Save((record,)), *effects)
    moved = replace(moved, offset_ms=offset_ms)
    return moved, (Save((record,)), remark, *_again(moved, course))


def _pain(session: Session, event: Pain, course: Course) -> Step:
    """Stop at once, say what to do, offer nothing else."""
    data: dict[str, Any] = {"block": session.block, "state": session.state}
    data |= {} if event.number is None else {"number": event.number}
    saved = Save((Record(kind="pain", key="pain", data=data),))
    return _end(session, "pain", course.topic(course.phrases("session.pain-topic")).say, saved)


def _ask_topic(session: Session, event: AskTopic, course: Course) -> Step:
    if event.topic is None:
        lines = course.phrases.lines("session.do-not-know")
    else:
        topic = course.topic(event.topic)
        if topic.urgent:
            return _end(session, "red-flag", topic.say)
        lines = topic.say
    return _answer_aloud(session, event, course, lines)


def _how_long(session: Session, event: HowLong, course: Course) -> Step:
    say, timeline = course.phrases, course.timeline(session.plan)
    at_ms = next(block.at_ms for block in timeline.blocks if block.id == session.block)
    gone_ms = at_ms + (session.offset_ms if event.offset_ms is None else event.offset_ms)
    minutes = max(1, round((timeline.total_ms - gone_ms) / 60_000))
    return _answer_aloud(session, event, course, say.lines("session.how-long", n=minutes))


def go_on(session: Session, course: Course) -> Step:
    """Take up a session where it stands: after a turn that ended in a question, or when it waits."""
    if session.waiting:
        return step(session, Ready(), course)
    if session.state is State.PAUSED:
        return step(session, Resume(), course)
    return session, (Save(), *_again(session, course))


def aside(session: Session, offset_ms: int | None, course: Course, lines: tuple[str, ...]) -> Step:
    """Say something in between that changes nothing, such as help, then go on where it was."""
    return _answer_aloud(session, Event(offset_ms=offset_ms), course, lines)


def _answer_aloud(session: Session, event: Event, course: Course, lines: tuple[str, ...]) -> Step:
    """Say something in between, then go on."""
    if session.state in (State.LEADING, State.WORKING, State.RESTING):
        session = replace(session, offset_ms=_at(session, event, course))
    return session, (Halt(), Save(), Say(lines), *_again(session, course))


def _stop(session: Session, _event: Stop, course: Course) -> Step:
    return _end(session, "stopped", course.phrases.lines("session.stopped"))


# -- the table -------------------------------------------------------------------------------------

_S = State
_RUNNING = (_S.LEADING, _S.WORKING, _S.RESTING)
_OVER = (_S.STOPPED,)

_ALWAYS: Mapping[type[Event], Transition] = {
    Pain: Transition(_pain, _OVER),
    Stop: Transition(_stop, _OVER),
}
_ASKED: Mapping[type[Event], Transition] = {
    Pause: Transition(_no_need_to_pause, (_S.CHECKING,)),
    Slower: Transition(_slower, (_S.CHECKING,)),
    Faster: Transition(_faster, (_S.CHECKING,)),
    Easier: Transition(_easier, (_S.CHECKING,)),
    Cannot: Transition(_cannot, (_S.CHECKING,)),
    AskTopic: Transition(_ask_topic, (_S.CHECKING, _S.STOPPED)),
}


def _running(state: State) -> Mapping[type[Event], Transition]:
    """Return what is possible while something is led, counted or rested."""
    jump = _RUNNING
    replan = (*_RUNNING, _S.ASKING, _S.DONE)
    return {
        Next: Transition(_next, jump),
        Previous: Transition(_previous, jump),
        Repeat: Transition(_repeat, jump),
        Skip: Transition(_skip, jump),
        Pause: Transition(_pause, (_S.PAUSED,)),
        Slower: Transition(_slower, replan),
        Faster: Transition(_faster, replan),
        Easier: Transition(_easier, replan),
        Cannot: Transition(_cannot, replan),
        AskTopic: Transition(_ask_topic, (state, _S.STOPPED)),
        HowLong: Transition(_how_long, (state,)),
        BlockFinished: Transition(_finished, (*_RUNNING, _S.ASKING, _S.DONE)),
        **_ALWAYS,
    }


TRANSITIONS: Mapping[State, Mapping[type[Event], Transition]] = {
    _S.CHECKING: {
        Start: Transition(_start, (_S.CHECKING, _S.LEADING)),
        Answer: Transition(_check, (_S.CHECKING, _S.LEADING, _S.STOPPED)),
        Ready: Transition(_check, (_S.CHECKING, _S.LEADING)),
        **_ASKED,
        **_ALWAYS,
    },
    _S.LEADING: {Ready: Transition(_ready, _RUNNING), **_running(_S.LEADING)},
    _S.WORKING: _running(_S.WORKING),
    _S.RESTING: {Ready: Transition(_ready, _RUNNING), **_running(_S.RESTING)},
    _S.PAUSED: {
        Resume: Transition(_resume, _RUNNING),
        Next: Transition(_next, _RUNNING),
        Previous: Transition(_previous, _RUNNING),
        Repeat: Transition(_repeat, _RUNNING),
        Skip: Transition(_skip, _RUNNING),
        Slower: Transition(_slower, (_S.PAUSED,)),
        Faster: Transition(_faster, (_S.PAUSED,)),
        Easier: Transition(_easier, (_S.PAUSED, *_RUNNING, _S.ASKING, _S.DONE)),
        Cannot: Transition(_cannot, (_S.PAUSED, _S.LEADING)),
        AskTopic: Transition(_ask_topic, (_S.PAUSED, _S.STOPPED)),
        HowLong: Transition(_how_long, (_S.PAUSED,)),
        Pause: Transition(_no_need_to_pause, (_S.PAUSED,)),
        **_ALWAYS,
    },
    _S.ASKING: {
        Answer: Transition(_reflect, (_S.ASKING, _S.DONE)),
        AskTopic: Transition(_ask_topic, (_S.ASKING, _S.STOPPED)),
        Pause: Transition(_no_need_to_pause, (_S.ASKING,)),
        Pain: Transition(_pain, _OVER),
        Stop: Transition(_leave_questions, (_S.DONE,)),
    },
    _S.DONE: {},
    _S.STOPPED: {},
}
