"""Why a request is refused: one short code, and a detail for the log."""

from __future__ import annotations

MAX_DETAIL = 120  #: characters: what a stranger sends must not fill the log


class Refused(Exception):  # noqa: N818 - nothing went wrong: the door was kept shut
    """A request that is answered with 400. `code` is stable; `detail` never holds any of the body."""

    def __init__(self, code: str, detail: str = "") -> None:
        """Keep the parts; what is long or cannot be printed is taken off."""
        self.code = code
        self.detail = "".join(char if char.isprintable() else "?" for char in detail[:MAX_DETAIL])
        super().__init__(f"{code}: {self.detail}")
