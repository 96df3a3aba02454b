"""The picture in the README: the terminal in the middle of a set. `python -m tests.picture` draws it anew.

The session is the real one; lengths are estimated, so that the picture is the same on every machine.
"""

from __future__ import annotations

import html
import re

from routines.course import Course
from routines.cue import CueKind
from routines.lengths import EstimatedLengths
from routines.load import load_advice, load_routine
from routines.phrases import load_phrases
from routines.plan import Plan
from routines.script import Channel, Occasion
from routines.session import Session, State
from skill.live_view import Scene, view_of
from skill.terminal.charset import UTF8
from skill.terminal.frame import Frame
from skill.terminal.layout import draw
from skill.terminal.palette import svg
from tests.sources import ROOT

PATH = ROOT / "docs" / "terminal.svg"
BLOCK, COUNT = "wall-slides/1/left", "7"


def frame() -> Frame:
    """Return the screen at a count of a set, with the word that goes with it as the caption."""
    phrases, plan = load_phrases(), Plan()
    course = Course(
        routine=load_routine("knee"),
        phrases=phrases,
        topics=load_advice(),
        occasion=Occasion(channel=Channel.KEYS),
        lengths=EstimatedLengths(),
    )
    block = course.block(plan, BLOCK)
    counted = next(cue for cue in block.cues if cue.kind is CueKind.COUNT and cue.text == COUNT)
    said = next(cue for cue in block.cues if cue.kind is CueKind.SAY and cue.at_ms > counted.at_ms)
    scene = Scene(
        session=Session(routine="knee", plan=plan, state=State.WORKING, block=BLOCK),
        course=course,
        timeline=course.timeline(plan),
        exact=True,
        block=block,
        offset_ms=said.at_ms,
        cues=block.cues,
        cue_ms=said.at_ms,
    )
    return draw(view_of(scene), 80, 24, phrases, UTF8)


def texts(picture: str) -> list[str]:
    """Return the lines of text in a picture, whatever colours and places another release gives them."""
    found = re.findall(r"<text [^>]*>([^<]*)</text>", picture)
    return [" ".join(html.unescape(text).split()) for text in found if text.strip()]


if __name__ == "__main__":
    PATH.write_text(svg(frame(), "steady start knee"), encoding="utf-8")
