"""A progress bar for work that takes a while: on a terminal only, and only if it does take a while."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

#: Work shorter than this shows nothing: a bar that flashes by only disturbs.
AFTER_S = 0.5


class ProgressBar:
    """Shows how far work is. Steps may be told from any thread; without a terminal nothing is shown."""

    def __init__(self, stream: TextIO | None = None, now_s: Callable[[], float] = time.monotonic) -> None:
        """Show on `stream`, standard error by default."""
        self._stream = sys.stderr if stream is None else stream
        self._now_s = now_s
        self._lock = threading.Lock()
        self._since_s = now_s()
        self._shown: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._over = not self._stream.isatty()

    def __enter__(self) -> Self:
        """Count from here how long the work takes."""
        self._since_s = self._now_s()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        with self._lock:
            self._over = True
            if self._shown is not None:
                self._shown.stop()

    def step(self, label: str) -> Callable[[int, int], None]:
        """Return what is told how much of one step is done, of how much."""

        def tell(done: int, total: int) -> None:
            with self._lock:
                if not self._over and self._now_s() - self._since_s >= AFTER_S:
                    self._show(label, done, total)

        return tell

    def _show(self, label: str, done: int, total: int) -> None:
        if self._shown is None:
            from rich.console import Console  # noqa: PLC0415 - slow, and most work is over before
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn  # noqa: PLC0415

            columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
            self._shown = Progress(*columns, console=Console(file=self._stream), transient=True)
            self._shown.start()
        if label not in self._tasks:
            self._tasks[label] = self._shown.add_task(label)
        self._shown.update(self._tasks[label], completed=done, total=total)
