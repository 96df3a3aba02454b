"""Very large digits from small tables. A pixel is two columns wide and one row high, so it looks square."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

#: Each glyph is one row of pixels after another.
_SMALL = {
    "0": "### #.# #.# #.# ###",
    "1": ".#. ##. .#. .#. ###",
    "2": "### ..# ### #.. ###",
    "3": "### ..# ### ..# ###",
    "4": "#.# #.# ### ..# ..#",
    "5": "### #.. ### ..# ###",
    "6": "### #.. ### #.# ###",
    "7": "### ..# ..# ..# ..#",
    "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ###",
    ":": ". # . # .",
    "-": "... ... ### ... ...",
    " ": ". . . . .",
}
_TALL = {
    "0": ".###. #...# #...# #...# #...# #...# .###.",
    "1": "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
    "2": ".###. #...# ....# ..##. .#... #.... #####",
    "3": ".###. #...# ....# ..##. ....# #...# .###.",
    "4": "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
    "5": "##### #.... ####. ....# ....# #...# .###.",
    "6": "..##. .#... #.... ####. #...# #...# .###.",
    "7": "##### ....# ...#. ..#.. ..#.. ..#.. ..#..",
    "8": ".###. #...# #...# .###. #...# #...# .###.",
    "9": ".###. #...# #...# .#### ....# ...#. .##..",
    ":": ". . # . # . .",
    "-": "..... ..... ..... ##### ..... ..... .....",
    " ": ". . . . . . .",
}
_PIXEL_COLUMNS = 2
#: Bigger than this says nothing more, even on a wall.
_MAX_SCALE = 4


@dataclass(frozen=True, slots=True)
class Font:
    """A pixel font at a whole-number scale."""

    glyphs: dict[str, str]
    scale: int

    @property
    def height(self) -> int:
        """How many rows a text takes."""
        return len(self.glyphs["0"].split()) * self.scale

    def draws(self, text: str) -> bool:
        """Whether every letter of a text has a glyph."""
        return bool(text) and set(text) <= self.glyphs.keys()

    def width(self, text: str) -> int:
        """Return how many columns a text takes, with a gap of one pixel between letters."""
        pixels = sum(len(self.glyphs[letter].split()[0]) for letter in text) + len(text) - 1
        return pixels * _PIXEL_COLUMNS * self.scale

    def rows(self, text: str, block: str) -> tuple[str, ...]:
        """Return a text's rows, all of the same width, drawn with `block`."""
        glyphs = [self.glyphs[letter].split() for letter in text]
        dot = _PIXEL_COLUMNS * self.scale
        rows = (".".join(lines) for lines in zip(*glyphs, strict=True))
        drawn = ("".join((block if pixel == "#" else " ") * dot for pixel in row) for row in rows)
        return tuple(row for row in drawn for _ in range(self.scale))


#: Largest first.
FONTS = tuple(
    sorted(
        (Font(glyphs, scale) for glyphs, scale in product((_TALL, _SMALL), range(1, _MAX_SCALE + 1))),
        key=lambda font: -font.height,
    )
)


def font_for(text: str, width: int, height: int) -> Font | None:
    """Return the largest font in which a text fits into columns and rows whole; None if there is none."""
    for font in FONTS:
        if font.draws(text) and font.height <= height and font.width(text) <= width:
            return font
    return None
