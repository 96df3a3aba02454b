"""One process that carries weeks out, for tests: its clock takes great steps, and it tells each one.

python -m tests.skill.care.planning_process DATABASE FROM LOOKS STEP_S
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

from skill.care.house import House
from skill.care.planning import Planner
from skill.store import open_store
from skill.store.sql import SqlStore


def main() -> None:
    """Look at every week again and again; print the moment before each look."""
    path, start, looks, step_s = sys.argv[1:]
    store = open_store(Path(path))
    assert isinstance(store, SqlStore)
    now = [datetime.fromisoformat(start)]
    planner = Planner(House(store, store, now=lambda: now[0]))
    for _ in range(int(looks)):
        print(now[0].isoformat(), flush=True)  # noqa: T201 - its way to tell
        planner.look()
        now[0] += timedelta(seconds=int(step_s))
    store.close()


if __name__ == "__main__":
    main()
