"""Lines of which some pass: on a terminal the next one takes their place."""

from __future__ import annotations

from typing import TextIO


class PassingLines:
    """Shows lines one below the other, and one that passes until the next; off a terminal, all of them."""

    def __init__(self, stream: TextIO) -> None:
        """Write to `stream`."""
        self._stream = stream
        self._overwrites = stream.isatty()
        self._width = 0  # of the passing line that is in sight

    def show(self, text: str, *, passing: bool = False) -> None:
        """Show this in place of what passes."""
        over = f"\r{text.ljust(self._width)}" if self._width else text
        stays = not (passing and self._overwrites)
        self._stream.write(f"{over}\n" if stays else over)
        self._stream.flush()
        self._width = 0 if stays else len(text)

    def end(self) -> None:
        """Leave what passes in sight, and go below it."""
        if self._width:
            self._stream.write("\n")
            self._stream.flush()
        self._width = 0
