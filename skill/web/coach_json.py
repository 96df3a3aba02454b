"""What `coach.js` is told: replies of the browser's coach as plain values."""

from __future__ import annotations

from typing import Any

from flask import url_for

from routines.cue import CueKind
from routines.phrases import Phrases
from skill.browser.driver import Playable, Reply
from skill.terminal.view import View, labels

#: What can be heard or read of a piece; silence needs no telling.
_TOLD = (CueKind.SAY, CueKind.COUNT)


def reply_json(reply: Reply, phrases: Phrases) -> dict[str, Any]:
    """Return a reply: what to play now and after that, what to show, and what is asked."""
    return {
        "session": reply.session_id,
        "halt": reply.halt,
        "play": playable_json(reply.play),
        "next": playable_json(reply.next),
        "ask": None
        if reply.ask is None
        else {"question": reply.ask.question, "lines": list(reply.ask.lines), "expects": reply.ask.expects},
        "told": " ".join(reply.told),
        "outcome": reply.outcome,
        "view": view_json(reply.view, phrases),
    }


def playable_json(playable: Playable | None) -> dict[str, Any] | None:
    """Return where a piece sounds from, and when in it is what."""
    if playable is None:
        return None
    piece, work = playable.piece, playable.work
    return {
        "url": url_for("audio.audio", name=playable.file) if playable.file else None,
        "length_ms": piece.length_ms,
        "parts": [[part.block, part.at_ms, part.base_ms, part.length_ms] for part in piece.parts],
        "cues": [
            [cue.at_ms, cue.end_ms, cue.kind.value, cue.text] for cue in piece.cues if cue.kind in _TOLD
        ],
        "work": None
        if work is None
        else {"at_ms": work.at_ms, "work_ms": work.work_ms, "rep_ms": work.rep_ms, "rest": work.rest},
    }


def view_json(view: View, phrases: Phrases) -> dict[str, Any]:
    """Return what is around a session's words and counts."""
    words = labels(view, phrases)
    return {
        "state": view.state.value,
        "state_word": words.state,
        "title": view.title,
        "routine": view.routine,
        "where": [text for text in (words.exercise, words.side, words.set) if text],
        "next": words.next,
        "plan": view.plan,
        "session": [view.elapsed_ms, view.total_ms],
    }


def shown_json(view: View, phrases: Phrases) -> dict[str, Any]:
    """Return all that a screen shows of what is led elsewhere."""
    done = view.block_ms / view.block_total_ms if view.block_total_ms else 0
    words = view_json(view, phrases)
    del words["session"]  # it changes all the time, and is not shown
    return words | {
        "big": view.big,
        "label": view.big_label,
        "caption": view.caption,
        "notice": view.notice,
        "expects": view.expects,
        "bar": round(done, 2),
    }
