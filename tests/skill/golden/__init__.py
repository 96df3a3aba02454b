"""Screens as a person sees them, for review. `python -m tests.skill.golden` draws them anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from routines.model import Side
from routines.phrases import load_phrases
from skill.terminal.charset import ASCII, UTF8, Charset
from skill.terminal.layout import draw
from skill.terminal.view import View, ViewState, pace_words

HERE = Path(__file__).parent
PHRASES = load_phrases()

WORKING = View(
    state=ViewState.WORKING,
    title="Kneeling leg extensions",
    routine="Knee routine",
    exercise_no=5,
    exercises=6,
    side=Side.LEFT,
    set_no=2,
    sets=3,
    big="7",
    big_label="of 12",
    counts_left=5,
    caption="And lift. Keep your back flat, and squeeze the thigh at the top of each one.",
    next="right side, set 2 of 3",
    elapsed_ms=250_000,
    total_ms=1_350_000,
    total_is_estimate=True,
    block_ms=18_000,
    block_total_ms=40_000,
)
PAUSED = replace(
    WORKING,
    state=ViewState.PAUSED,
    notice="No sound device was found. Plug in a speaker, or see what steady doctor says.",
    muted=True,
    plan=pace_words(125, PHRASES),
    listening=True,
)
LEADING = replace(
    WORKING,
    state=ViewState.LEADING,
    big="",
    big_label="",
    counts_left=None,
    caption="Kneel on all fours on a mat. Hands under your shoulders, knees under your hips.",
)
RESTING = replace(
    WORKING,
    state=ViewState.RESTING,
    side=None,
    big="0:42",
    big_label="rest left",
    caption="Rest. Next comes the right side.",
)
ASKING = replace(
    LEADING,
    state=ViewState.ASKING,
    side=None,
    big="7",
    caption="How much does it hurt, from 0 to 10?",
    hint="Type a number from 0 to 10 and press Enter, or only Enter to leave it out.",
)
DONE = View(
    state=ViewState.DONE,
    title="Knee routine",
    caption="Well done. That was the whole routine.",
    elapsed_ms=1_350_000,
    total_ms=1_350_000,
)

#: File name -> view, columns, rows, letters.
CASES: dict[str, tuple[View, int, int, Charset]] = {
    "working-80x24": (WORKING, 80, 24, UTF8),
    "working-40x12": (WORKING, 40, 12, UTF8),
    "working-20x6": (WORKING, 20, 6, UTF8),
    "working-60x16": (WORKING, 60, 16, UTF8),
    "working-80x24-ascii": (WORKING, 80, 24, ASCII),
    "paused-80x24": (PAUSED, 80, 24, UTF8),
    "paused-40x12": (PAUSED, 40, 12, UTF8),
    "leading-80x24": (LEADING, 80, 24, UTF8),
    "leading-40x12": (LEADING, 40, 12, UTF8),
    "resting-80x24": (RESTING, 80, 24, UTF8),
    "resting-200x60": (RESTING, 200, 60, UTF8),
    "asking-80x24": (ASKING, 80, 24, UTF8),
    "done-80x24": (DONE, 80, 24, UTF8),
}


def path(name: str) -> Path:
    """Return where a screen is kept."""
    return HERE / f"{name}.txt"


def drawn(name: str) -> str:
    """Return a screen as it is drawn now."""
    view, width, height, charset = CASES[name]
    return str(draw(view, width, height, PHRASES, charset))


def write_all() -> None:
    """Draw every screen anew."""
    for name in CASES:
        path(name).write_text(drawn(name), encoding="utf-8")
