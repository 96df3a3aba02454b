"""What this machine's coach shows, for screens elsewhere: the latest view, and word when it changes."""

from __future__ import annotations

import threading
from typing import Self

from skill.terminal.view import Face, View


class Shown:
    """Keeps the latest view of what is led here. For any thread."""

    def __init__(self) -> None:
        """Start with nothing shown."""
        self._changed = threading.Condition()
        self._view: View | None = None
        self._nth = 0

    def put(self, view: View | None) -> None:
        """Take a view; None: nothing is led any more."""
        with self._changed:
            if view != self._view:
                self._view = view
                self._nth += 1
                self._changed.notify_all()

    def wait(self, after: int, timeout_s: float) -> tuple[int, View | None]:
        """Return the latest view and its number: once that is another than `after`, or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._nth != after, timeout_s)
            return self._nth, self._view


class ShownFace:
    """A face whose views can be seen elsewhere, too."""

    def __init__(self, face: Face, shown: Shown) -> None:
        """Take the face that it stands for."""
        self._face = face
        self._shown = shown

    def __enter__(self) -> Self:
        """Do nothing: the face is entered where it was made."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def show(self, view: View) -> None:
        """Show it here and elsewhere."""
        self._shown.put(view)
        self._face.show(view)
