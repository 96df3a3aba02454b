"""A demo of the terminal, to look at and for the tests. `--plain` prints lines."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

from routines.model import Side
from routines.phrases import load_phrases
from skill.terminal.actions import KEYMAP, Action
from skill.terminal.charset import charset_for
from skill.terminal.display import Display, TtyScreen, manner
from skill.terminal.guard import TerminalGuard
from skill.terminal.keys import open_keys
from skill.terminal.plain import PlainFace, PlainLines
from skill.terminal.view import View, ViewState

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


def main() -> None:
    """Show one view, change it by keys, end with q."""
    phrases = load_phrases()
    charset = charset_for(sys.stdout.encoding, os.environ)
    plain = manner(plain="--plain" in sys.argv, is_terminal=sys.stdout.isatty(), env=os.environ) == "plain"
    face = (
        PlainFace(sys.stdout, PlainLines(phrases, charset=charset))
        if plain
        else Display(TtyScreen(sys.stdout), phrases, charset=charset, colours=not os.environ.get("NO_COLOR"))
    )
    keys = open_keys()
    view = WORKING
    suspended: list[bool] = []
    with TerminalGuard(face, keys, suspended=lambda: suspended.append(True)):
        while not keys.gone:
            face.show(view)
            key = keys.poll(0.1)
            if suspended:
                suspended.clear()
                view = replace(view, state=ViewState.PAUSED)
            view = replace(view, elapsed_ms=view.elapsed_ms + 100, block_ms=min(40_000, view.block_ms + 100))
            match KEYMAP.get(key or ""):
                case Action.STOP:
                    break
                case Action.PAUSE:
                    paused = view.state is ViewState.PAUSED
                    view = replace(view, state=ViewState.WORKING if paused else ViewState.PAUSED)
                case Action.NEXT:
                    view = replace(view, big=str(int(view.big) + 1))
                case _:
                    pass
        else:
            face.show(view)
    print("ended", flush=True)  # noqa: T201 - it is a demo


if __name__ == "__main__":
    main()
