"""A drawn screen as a value: lines of spans, each with the role it plays. Knows no terminal and no colour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len, set_cell_size


class Role(StrEnum):
    """What a piece of text is for. A palette gives each a look; the text alone must say the same."""

    PLAIN = "plain"
    TITLE = "title"
    FAINT = "faint"
    WHERE = "where"
    ACTIVE = "active"  #: the person is working
    CALM = "calm"  #: listening, resting, done
    HELD = "held"  #: paused, stopped, waiting
    CAPTION = "caption"
    NOTICE = "notice"
    KEY = "key"
    DONE = "done"  #: the part of a bar that is done
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one role."""

    text: str
    role: Role = Role.PLAIN


Line = tuple[Span, ...]
BLANK: Line = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole screen: exactly `height` lines, none wider than `width` columns."""

    width: int
    height: int
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        """Return the letters alone, without blanks at line ends."""
        return "".join("".join(span.text for span in line).rstrip() + "\n" for line in self.lines)


def width_of(line: Line) -> int:
    """Return how many columns a line takes."""
    return sum(cell_len(span.text) for span in line)


def fit(line: Line, width: int, cut: str) -> Line:
    """Return a line, cut to a width with the sign `cut` where it is too long."""
    if width_of(line) <= width:
        return line
    room = width - cell_len(cut)
    if room <= 0:
        return BLANK
    kept: list[Span] = []
    for span in line:
        kept.append(Span(set_cell_size(span.text, min(room, cell_len(span.text))), span.role))
        room -= cell_len(kept[-1].text)
        if room <= 0:
            break
    kept[-1] = Span(kept[-1].text.rstrip() + cut, kept[-1].role)
    return tuple(kept)


def centred(line: Line, width: int) -> Line:
    """Return a line with blanks before it so that it stands in the middle of a width."""
    return indented(line, (width - width_of(line)) // 2)


def indented(line: Line, columns: int) -> Line:
    """Return a line with blanks before it."""
    return (Span(" " * columns), *line) if line and columns > 0 else line


def apart(left: Line, right: Line, width: int) -> Line:
    """Return two lines as one, the second at the right edge of a width that both fit into."""
    if not right:
        return left
    return (*left, Span(" " * (width - width_of(left) - width_of(right))), *right)


def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Return a text in lines no wider than `width` columns, broken between words where that is possible."""
    lines: list[str] = []
    line = ""
    for word in (part for whole in text.split() for part in _chopped(whole, max(1, width))):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= width:
            line = longer
        else:
            lines.append(line)
            line = word
    return tuple(part for part in (*lines, line) if part)


def _chopped(word: str, width: int) -> tuple[str, ...]:
    if cell_len(word) <= width:
        return (word,)
    pieces = [""]
    for letter in word:
        if pieces[-1] and cell_len(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return tuple(pieces)
