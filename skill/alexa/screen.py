"""What an Echo with a screen shows: a document in APL that counts on the device, and buttons to touch.

No request comes while Alexa speaks, so the document gets the whole turn as data: its steps with their times.
A few times a second the device looks at its own clock, finds the step, and shows what is left of it. The
steps are the same blocks and slices that are heard. Nothing about health is shown.

Never tried on a device: how long after the screen appears the first word is heard. The count on the screen
may be that much ahead of the voice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routines.cue import CueKind
from routines.phrases import Phrases
from routines.script import BlockKind
from routines.timeline import LaidBlock
from speech.turns import ONE_PIECE_MS, Slice, Turn

Json = dict[str, Any]

VERSION = "1.6"
#: How often the device looks at its clock: often enough for a count to change near its beat.
TICK_MS = 250
#: The screen goes this long after the turn.
IDLE_MS = 60_000

_BACK, _INK, _DIM, _TRACK, _BAR, _BUTTON, _PAIN = (
    "#101820", "#F4F1EA", "#A9B4BC", "#26323C", "#7FB7A3", "#2C3A45", "#7A3B36",
)  # fmt: skip
_COUNTED = {BlockKind.REST: "rest", BlockKind.CHANGE: "change", BlockKind.NEXT: "rest"}

_STEP = "turn.steps[i]"
_LEFT_S = f"Math.max(0, Math.ceil(({_STEP}.end - t) / 1000))"
#: Seconds that are left; from a minute on, minutes and seconds.
_DOWN = (
    f"{_LEFT_S} < 60 ? {_LEFT_S} : "
    f"Math.floor({_LEFT_S} / 60) + (({_LEFT_S} % 60) < 10 ? ':0' : ':') + ({_LEFT_S} % 60)"
)
_REPS = f"Math.min({_STEP}.count, Math.max(1, Math.floor((t - {_STEP}.base) / {_STEP}.each) + 1))"
BIG = f"${{{_STEP}.mode == 'down' ? ({_DOWN}) : ({_STEP}.mode == 'reps' ? {_REPS} : '')}}"
TURN_DONE = "${Math.min(100, Math.max(0, 100 * t / turn.length))}%"
_NOW = f"{_STEP}.at + {_STEP}.goes * Math.max(0, t - {_STEP}.from)"
SESSION_DONE = f"${{Math.min(100, Math.max(0, 100 * ({_NOW}) / turn.total))}}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a turn shows besides what is heard."""

    blocks: Mapping[str, LaidBlock]  #: those of the turn, by id, with their place in the session
    total_ms: int  #: how long the session takes
    title: str  #: of the routine


def moving(scene: Scene, lead_ms: int, turn: Turn, question: str, phrases: Phrases) -> Json:
    """Return the document and its data for a turn that begins `lead_ms` after the reply does.

    A dictionary with `document` and `datasources`, as the directive takes them.
    """
    steps = [step.plain() for step in _steps(scene, lead_ms, turn, question, phrases)]
    length_ms = lead_ms + turn.length_ms
    buttons = ("pause", "next", "pain") if question else ()
    data = {"steps": steps, "length": length_ms, "total": max(1, scene.total_ms)}
    return {
        "document": _document(_counting(steps), buttons, length_ms + IDLE_MS, phrases),
        "datasources": {"turn": data},
    }


def still(lines: Iterable[str], phrases: Phrases, *, waits: bool) -> Json:
    """Return the document for words without a turn; with buttons while an answer is awaited.

    It takes the place of a count that would go on although the voice has stopped.
    """
    words: Json = _text("${turn.words}", "${viewport.shape == 'round' ? '5vh' : '6vh'}", _INK)
    words |= {"maxLines": 8, "grow": 1, "shrink": 1, "textAlignVertical": "center"}
    return {
        "document": _document(words, ("resume", "pain") if waits else (), IDLE_MS, phrases),
        "datasources": {"turn": {"words": _plain(" ".join(lines))}},
    }


# -- from blocks to steps ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What is shown for a while. Times are from when the reply begins, except `at_ms`."""

    from_ms: int
    at_ms: int  #: from the start of the session
    title: str
    line: str  #: which side, which set
    what: str = ""
    goes: bool = False  #: the session goes on meanwhile
    mode: str = ""  #: "down": until `end_ms`; "reps": by `base_ms`, `each_ms` and `count`
    end_ms: int = 0
    base_ms: int = 0
    each_ms: int = 1
    count: int = 0

    def plain(self) -> Json:
        made = {"from": self.from_ms, "at": self.at_ms, "title": _plain(self.title), "line": self.line}
        made |= {"what": self.what, "mode": self.mode, "end": self.end_ms, "goes": int(self.goes)}
        if self.mode == "reps":
            made |= {"base": self.base_ms, "each": self.each_ms, "count": self.count}
        return made


def _steps(scene: Scene, lead_ms: int, turn: Turn, question: str, say: Phrases) -> Iterator[_Step]:
    now_ms = lead_ms
    first = turn.slices[0]
    block = scene.blocks[first.block_id]
    if lead_ms:
        yield _Step(
            from_ms=0,
            at_ms=block.at_ms + first.from_ms,
            title=block.title or scene.title,
            line=_line(block, say),
        )
    for piece in turn.slices:
        block = scene.blocks[piece.block_id]
        yield from _in_slice(block, piece, now_ms, block.title or scene.title, say)
        now_ms += piece.length_ms
    last = turn.slices[-1]
    title = question or block.title or scene.title
    yield _Step(from_ms=now_ms, at_ms=block.at_ms + last.to_ms, title=title, line="")


def _in_slice(block: LaidBlock, piece: Slice, now_ms: int, title: str, say: Phrases) -> Iterator[_Step]:
    start_ms = now_ms - piece.from_ms  # where the block's own start lies, maybe before the reply's
    for from_ms, until_ms, what, reps in _windows(block, say):
        begin_ms = max(from_ms, piece.from_ms)
        if begin_ms >= min(until_ms, piece.to_ms):
            continue
        base_ms, each_ms, count = reps or (0, 1, 0)
        yield _Step(
            from_ms=start_ms + begin_ms,
            at_ms=block.at_ms + begin_ms,
            title=title,
            line=_line(block, say),
            what=what,
            goes=True,
            mode="reps" if reps else "down" if what else "",
            end_ms=start_ms + until_ms,
            base_ms=start_ms + base_ms,
            each_ms=each_ms,
            count=count,
        )


_Window = tuple[int, int, str, tuple[int, int, int] | None]


def _windows(block: LaidBlock, say: Phrases) -> Iterator[_Window]:
    """Yield what a block consists of: from, until, what it is, and how repetitions go; from its own start."""
    if block.work_at_ms is None:
        kind = _COUNTED.get(block.kind)
        yield 0, block.length_ms, say(f"alexa-screen.what.{kind}") if kind else "", None
        return
    from_ms = block.work_at_ms - block.at_ms
    until_ms = from_ms + block.work_ms
    yield 0, from_ms, say("alexa-screen.what.ready"), None
    reps = _reps(block)
    timed = "seconds" if block.work_ms <= ONE_PIECE_MS else "minutes"
    what = say("alexa-screen.what.of", n=reps[2]) if reps else say(f"alexa-screen.what.{timed}")
    yield from_ms, until_ms, what, reps
    yield until_ms, block.length_ms, "", None


def _reps(block: LaidBlock) -> tuple[int, int, int] | None:
    """Return where the first repetition begins, how long each takes, how many; None if time is counted."""
    counts = [
        (int(cue.text), cue.at_ms - block.at_ms)
        for cue in block.cues
        if cue.kind is CueKind.COUNT and cue.text.isdecimal()
    ]
    if not counts or counts[0][0] != 1 or block.work_at_ms is None:
        return None
    count = counts[-1][0]
    return block.work_at_ms - block.at_ms, max(1, block.work_ms // count), count


def _line(block: LaidBlock, say: Phrases) -> str:
    parts = []
    if block.side is not None:
        parts.append(say("alexa-screen.side", side=say(f"script.sides.{block.side}")))
    if block.set is not None and (block.sets or 0) > 1:
        parts.append(say("alexa-screen.set", set=block.set, sets=block.sets))
    return " · ".join(parts)


# -- the document --------------------------------------------------------------------------------------


def _document(middle: Json, buttons: tuple[str, ...], idle_ms: int, say: Phrases) -> Json:
    items = [middle]
    if buttons:
        items.append(_row([_button(name, say(f"alexa-screen.touch.{name}")) for name in buttons]))
    return {
        "type": "APL",
        "version": VERSION,
        "theme": "dark",
        "settings": {"idleTimeout": idle_ms},
        "mainTemplate": {
            "parameters": ["turn"],
            "items": [
                {
                    "type": "Container",
                    "width": "100vw",
                    "height": "100vh",
                    "alignItems": "center",
                    "justifyContent": "spaceBetween",
                    # A round screen has no corners: what is wide stays away from its rim.
                    "paddingLeft": "${viewport.shape == 'round' ? '16vw' : '5vw'}",
                    "paddingRight": "${viewport.shape == 'round' ? '16vw' : '5vw'}",
                    "paddingTop": "${viewport.shape == 'round' ? '11vh' : '5vh'}",
                    "paddingBottom": "${viewport.shape == 'round' ? '11vh' : '5vh'}",
                    "items": items,
                }
            ],
        },
        "background": _BACK,
    }


def _counting(steps: list[Json]) -> Json:
    """Return the part that changes by itself."""
    shown = f"${{{_STEP}"
    big = "${viewport.shape == 'round' ? '26vh' : (viewport.width < viewport.height ? '24vh' : '36vh')}"
    return {
        "type": "Container",
        "width": "100%",
        "grow": 1,
        "shrink": 1,
        "alignItems": "center",
        "justifyContent": "center",
        "bind": [
            {"name": "t", "type": "number", "value": 0},
            {"name": "i", "type": "number", "value": 0},
            {"name": "big", "type": "string", "value": ""},
        ],
        "handleTick": [
            {
                "minimumDelay": TICK_MS,
                "commands": [
                    {"type": "SetValue", "property": "t", "value": "${elapsedTime}"},
                    {"type": "SetValue", "property": "i", "value": _which(steps)},
                    {"type": "SetValue", "property": "big", "value": BIG},
                ],
            }
        ],
        "items": [
            _text(f"{shown}.title}}", "${viewport.shape == 'round' ? '6vh' : '7vh'}", _INK) | {"maxLines": 2},
            _text(f"{shown}.line}}", "5vh", _DIM) | {"maxLines": 1},
            _text("${big}", big, _INK) | {"maxLines": 1},
            _text(f"{shown}.what}}", "5vh", _DIM) | {"maxLines": 1},
            _bar(TURN_DONE, "1.5vh"),
            _bar(SESSION_DONE, "3vh"),
        ],
    }


def _which(steps: list[Json]) -> str:
    """Return the expression for the number of the step that the clock is in."""
    places = [f"t >= {step['from']} ? {nth} : " for nth, step in enumerate(steps) if nth]
    return "${" + "".join(reversed(places)) + "0}"


def _text(text: str, size: str, colour: str) -> Json:
    return {
        "type": "Text",
        "text": text,
        "width": "100%",
        "fontSize": size,
        "color": colour,
        "textAlign": "center",
    }


def _bar(done: str, height: str) -> Json:
    inner: Json = {
        "type": "Frame",
        "width": done,
        "height": "100%",
        "backgroundColor": _BAR,
        "borderRadius": "1vh",
    }
    return {
        "type": "Frame",
        "width": "100%",
        "height": height,
        "backgroundColor": _TRACK,
        "borderRadius": "1vh",
        "spacing": "2vh",
        "item": inner,
    }


def _row(items: list[Json]) -> Json:
    return {
        "type": "Container",
        "direction": "row",
        "width": "100%",
        "justifyContent": "spaceAround",
        "paddingTop": "3vh",
        "items": items,
    }


def _button(name: str, label: str) -> Json:
    text = _text(label, "${viewport.shape == 'round' ? '4vh' : '5vh'}", _INK)
    text |= {"height": "100%", "textAlignVertical": "center", "maxLines": 2}
    return {
        "type": "TouchWrapper",
        "id": name,
        "width": "30%",
        # Big enough to be hit from a mat.
        "height": "${viewport.shape == 'round' ? '13vh' : '16vh'}",
        "accessibilityLabel": label,
        "role": "button",
        "onPress": [{"type": "SendEvent", "arguments": [name]}],
        "item": {
            "type": "Frame",
            "width": "100%",
            "height": "100%",
            "borderRadius": "2vh",
            "backgroundColor": _PAIN if name == "pain" else _BUTTON,
            "item": text,
        },
    }


def _plain(text: str) -> str:
    """Return a text that stands for itself: a Text takes mark-up."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
