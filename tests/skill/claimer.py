"""One of several processes that claim the same things: `python -m tests.skill.claimer WHERE HOUSEHOLD`.

Waits for a line, tries everything, and prints what it got.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace

from skill.care.records import CommandEvent, CommandState
from skill.store import open_store
from tests.skill.care_store_contract import NOTICE, RUN, START
from tests.skill.store_contract import NOW, at

ROUNDS = 20


def main(where: str, household: str) -> None:
    """Claim, and print the names of what was got."""
    store = open_store(where, household)
    event = CommandEvent(state=CommandState.DELIVERED, at=NOW)
    store.last_change()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    got: list[str] = []
    for n in range(ROUNDS):
        tries = {
            f"invite {n}": store.take_invite(f"secret {n}", NOW) is not None,
            f"run {n}": store.claim_run(replace(RUN, slot=str(n))),
            f"command {n}": store.add_command(replace(START, id=f"new {n}")),
            f"event {n}": store.add_command_event(f"c{n}", event),
            f"notice {n}": store.add_notice(replace(NOTICE, key=f"new {n}")),
        }
        got += [name for name, done in tries.items() if done]
        got += [notice.key for notice in store.take_notices(NOW, at(600)) if notice.key.startswith("old")]
    store.close()
    sys.stdout.write(json.dumps(got) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
