from __future__ import annotations

from io import StringIO

from skill.terminal.passing import PassingLines


class Paper(StringIO):
    """A stream that may be a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def shown(paper: Paper) -> list[str]:
    """Return what is in sight: whatever is written after a return stands over what was there."""
    seen: list[str] = []
    for line in paper.getvalue().split("\n"):
        cells = ""
        for part in line.split("\r"):
            cells = part + cells[len(part) :]
        seen.append(cells.rstrip())
    return seen


def test_on_a_terminal_the_next_line_takes_the_place_of_one_that_passes() -> None:
    paper = Paper(terminal=True)
    lines = PassingLines(paper)
    lines.show("first")
    lines.show("something long", passing=True)
    lines.show("short", passing=True)
    lines.show("it", passing=True)
    lines.show("stays")
    lines.show("below")

    assert shown(paper) == ["first", "stays", "below", ""]


def test_what_comes_after_the_end_stands_below_what_passed_last() -> None:
    paper = Paper(terminal=True)
    lines = PassingLines(paper)
    lines.show("passes", passing=True)
    lines.end()
    lines.end()
    paper.write("verdict\n")

    assert shown(paper) == ["passes", "verdict", ""]


def test_in_a_file_every_line_stays() -> None:
    paper = Paper(terminal=False)
    lines = PassingLines(paper)
    lines.show("one", passing=True)
    lines.show("two", passing=True)
    lines.end()

    assert paper.getvalue() == "one\ntwo\n"
