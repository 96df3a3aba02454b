from __future__ import annotations

import os
import pty
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.terminal.charset import ASCII
from skill.terminal.display import Display, Manner, TtyScreen, manner
from skill.terminal.frame import Role
from skill.terminal.layout import draw
from skill.terminal.palette import PALETTE, svg
from skill.terminal.view import OutputClosedError, View, ViewState
from tests.doubles import FakeClock, PaperScreen
from tests.skill.golden import ASKING, DONE, LEADING, PAUSED, PHRASES, RESTING, WORKING

VIEWS = st.sampled_from([WORKING, PAUSED, LEADING, RESTING, ASKING, DONE])


@pytest.fixture
def paper() -> PaperScreen:
    return PaperScreen()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def display(paper: PaperScreen, clock: FakeClock) -> Iterator[Display]:
    with Display(paper, PHRASES, now_ms=clock.now_ms) as display:
        yield display


def test_a_view_is_seen_as_it_is_drawn(display: Display, paper: PaperScreen) -> None:
    display.show(WORKING)

    assert paper.seen == str(draw(WORKING, 80, 24, PHRASES))


def cropped(screen: str, width: int) -> list[str]:
    """Return the rows without the last column: the very last cell of a screen stays free."""
    return [row[: width - 1].rstrip() for row in screen.splitlines()]


@given(st.lists(st.tuples(VIEWS, st.sampled_from([(80, 24), (40, 12), (20, 5), (100, 30)])), max_size=8))
def test_after_any_changes_and_resizes_the_screen_shows_the_last_view(
    steps: list[tuple[View, tuple[int, int]]],
) -> None:
    paper, clock = PaperScreen(), FakeClock()
    display = Display(paper, PHRASES, now_ms=clock.now_ms)
    for view, size in steps:
        if paper.size() != size:
            paper.resize(*size)
        clock.now += 100
        display.show(view)
        assert cropped(paper.seen, size[0]) == cropped(str(draw(view, *size, PHRASES)), size[0])


def test_an_unchanged_view_writes_nothing(display: Display, paper: PaperScreen, clock: FakeClock) -> None:
    display.show(WORKING)
    written = len(paper.writes)
    clock.now += 1000
    display.show(WORKING)
    display.show(replace(WORKING, elapsed_ms=WORKING.elapsed_ms + 1))

    assert len(paper.writes) == written


def test_a_change_is_one_small_write(display: Display, paper: PaperScreen, clock: FakeClock) -> None:
    display.show(WORKING)
    whole = len(paper.writes[-1])
    clock.now += 1000
    display.show(replace(WORKING, big="8"))

    assert len(paper.writes) == 3
    assert len(paper.writes[-1]) < whole / 2


def test_what_can_wait_is_drawn_ten_times_a_second_at_most(
    display: Display, paper: PaperScreen, clock: FakeClock
) -> None:
    display.show(WORKING)
    written = len(paper.writes)
    for step in range(1, 100):
        clock.now += 10
        display.show(replace(WORKING, elapsed_ms=WORKING.elapsed_ms + step * 1000))

    assert len(paper.writes) - written == 9


@pytest.mark.parametrize(
    "view",
    [replace(WORKING, big="8"), replace(WORKING, state=ViewState.PAUSED), replace(WORKING, caption="Lift.")],
)
def test_a_count_a_caption_and_a_pause_are_drawn_at_once(
    display: Display, paper: PaperScreen, view: View
) -> None:
    display.show(WORKING)
    display.show(view)

    assert paper.seen == str(draw(view, 80, 24, PHRASES))


def test_the_screen_and_the_cursor_are_given_back(paper: PaperScreen) -> None:
    def fail_while_showing() -> None:
        with Display(paper, PHRASES) as display:
            display.show(WORKING)
            assert (paper.second, paper.cursor) == (True, False)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_while_showing()
    assert (paper.second, paper.cursor) == (False, True)


def test_taken_again_the_screen_is_drawn_whole(display: Display, paper: PaperScreen) -> None:
    display.show(WORKING)
    display.leave()
    display.enter()
    display.show(WORKING)

    assert paper.seen == str(draw(WORKING, 80, 24, PHRASES))


def test_without_colour_no_colour_is_written(paper: PaperScreen) -> None:
    Display(paper, PHRASES, colours=False).show(PAUSED)

    assert "\x1b[1m" in paper.writes[-1]
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", paper.writes[-1])


def test_every_role_has_a_look() -> None:
    assert set(PALETTE) == set(Role)


@pytest.mark.parametrize(
    ("plain", "is_terminal", "env", "on_windows", "expected"),
    [
        (False, True, {"TERM": "xterm-256color"}, False, Manner.FULL),
        (False, True, {"NO_COLOR": "1", "TERM": "xterm"}, False, Manner.FULL),
        (True, True, {"TERM": "xterm"}, False, Manner.PLAIN),
        (False, False, {"TERM": "xterm"}, False, Manner.PLAIN),
        (False, True, {"TERM": "dumb"}, False, Manner.PLAIN),
        (False, True, {}, True, Manner.PLAIN),
        (False, True, {"WT_SESSION": "x"}, True, Manner.FULL),
    ],
)
def test_the_full_screen_is_used_only_where_it_can_be(
    *, plain: bool, is_terminal: bool, env: dict[str, str], on_windows: bool, expected: Manner
) -> None:
    assert manner(plain=plain, is_terminal=is_terminal, env=env, on_windows=on_windows) is expected


def test_a_real_terminal_tells_its_size_and_when_it_has_gone() -> None:
    ours, theirs = pty.openpty()
    with open(theirs, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor, not a path
        screen = TtyScreen(stream)
        assert all(screen.size())
        screen.write("ü")
        assert os.read(ours, 10) == "ü".encode()
        os.close(ours)
        with pytest.raises(OutputClosedError):
            screen.write("x")


def test_a_picture_holds_the_words_of_the_screen() -> None:
    picture = svg(draw(WORKING, 80, 24, PHRASES, ASCII), "steady start knee")

    assert picture.startswith("<svg")
    assert "steady&#160;start&#160;knee" in picture
    assert "squeeze" in picture
    assert "url(http" not in picture
