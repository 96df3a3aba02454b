"""A program to be killed: it records one set after another and prints the key of each when it is kept."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from routines.plan import Plan
from skill.ports import ME
from skill.store import open_store
from tests.skill import happenings


def main(path: Path, session_id: str, *, durable: bool) -> None:
    """Record until killed."""
    store = open_store(path, durable=durable)
    store.begin(session_id, ME, "knee", Plan(), "pc", datetime.now(UTC), {"next": 1})
    for n in count(1):
        now = datetime.now(UTC)
        event = happenings.block_done(now, exercise="wall-slides", set_number=n, side=None, work_ms=1)
        store.record(session_id, [event], {"next": n + 1}, now)
        print(event.key, flush=True)  # noqa: T201 - this is how it tells


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], durable=sys.argv[3] == "durable")
