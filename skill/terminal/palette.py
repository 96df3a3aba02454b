"""How each role looks: one table, for terminals as escape codes and for pictures as SVG.

Only the eight colours that a person's own terminal theme defines, and of them those that can be read on black
and on white. Colour never says anything alone: everything is also said by a word or a shape.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from skill.terminal.frame import Frame, Line, Role

_GREEN, _MAGENTA, _CYAN = 2, 5, 6


@dataclass(frozen=True, slots=True)
class Look:
    """How a text looks. `colour` is one of the eight ANSI colours."""

    bold: bool = False
    dim: bool = False
    colour: int | None = None

    def code(self, *, colours: bool) -> str:
        """Return the escape code that begins this look, "" for plain text."""
        numbers = ["1"] if self.bold else ["2"] if self.dim else []
        if colours and self.colour is not None:
            numbers.append(str(30 + self.colour))
        return f"\x1b[{';'.join(numbers)}m" if numbers else ""


PALETTE: dict[Role, Look] = {
    Role.PLAIN: Look(),
    Role.TITLE: Look(bold=True),
    Role.FAINT: Look(dim=True),
    Role.WHERE: Look(bold=True),
    Role.ACTIVE: Look(bold=True, colour=_CYAN),
    Role.CALM: Look(bold=True, colour=_GREEN),
    Role.HELD: Look(bold=True, colour=_MAGENTA),
    Role.CAPTION: Look(),
    Role.NOTICE: Look(bold=True),
    Role.KEY: Look(bold=True),
    Role.DONE: Look(colour=_CYAN),
    Role.LEFT: Look(dim=True),
}


def coded(line: Line, *, colours: bool) -> str:
    """Return a line with escape codes."""
    parts: list[str] = []
    for span in line:
        code = PALETTE[span.role].code(colours=colours)
        parts.append(f"{code}{span.text}\x1b[0m" if code else span.text)
    return "".join(parts)


def svg(frame: Frame, title: str) -> str:
    """Return a picture of a frame, in a window with a title."""
    from rich.color import Color  # noqa: PLC0415 - slow to import, and only pictures need it
    from rich.console import Console  # noqa: PLC0415
    from rich.style import Style  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(
        record=True, file=io.StringIO(), width=frame.width, force_terminal=True, legacy_windows=False
    )
    for line in frame.lines:
        text = Text(no_wrap=True)
        for span in line:
            look = PALETTE[span.role]
            colour = None if look.colour is None else Color.from_ansi(look.colour)
            text.append(span.text, Style(color=colour, bold=look.bold, dim=look.dim))
        console.print(text)
    # Rich names a font on a server; a picture of an offline coach must not ask for it.
    return re.sub(r"@font-face\s*\{[^}]*\}\s*", "", console.export_svg(title=title, unique_id="steady"))
