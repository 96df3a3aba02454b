from __future__ import annotations

import io

from skill.progress_bar import ProgressBar
from tests.doubles import FakeClock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, after_s: float) -> str:
    clock = FakeClock()
    with ProgressBar(stream, lambda: clock.now_ms() / 1000) as bar:
        step = bar.step("Writing")
        clock.now = int(after_s * 1000)
        step(3, 4)
    return stream.getvalue()


def test_work_that_takes_a_while_shows_how_far_it_is() -> None:
    text = shown(Terminal(), 0.6)

    assert "Writing" in text
    assert "75%" in text


def test_short_work_shows_nothing() -> None:
    assert shown(Terminal(), 0.4) == ""


def test_a_pipe_gets_nothing() -> None:
    assert shown(io.StringIO(), 60) == ""


def test_a_step_told_after_the_end_is_left_out() -> None:
    stream = Terminal()
    with ProgressBar(stream, lambda: 9.0) as bar:
        step = bar.step("Writing")
    step(1, 2)

    assert stream.getvalue() == ""
