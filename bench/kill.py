"""Killed at random moments: whether history holds exactly what was done, and the next start goes on rightly.

A session of quick sets is begun, then killed and started again, over and over, in lanes beside one another.
After each kill four things must be so: there is one session; its sets are the first ones of the routine, each
once; every set that was shown as done is kept, and at most the one being shown then is kept besides; and the
next start, unasked, goes on with the first set that is not kept.
"""

from __future__ import annotations

import random
import re
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from bench import routines
from bench.figures import Effort, Figure, Target
from bench.keyboard import Typist, typist
from bench.onset import keep_plan
from bench.world import World, steady
from routines.plan import Plan, Words
from skill.ports import ME
from skill.records import EventKind
from skill.store import open_store

_EXERCISES, _SETS = 6, 5
_ALL = tuple((exercise, number) for exercise in range(1, _EXERCISES + 1) for number in range(1, _SETS + 1))
_COMMAND = ("start", "quick", "--tell", "--plain", "--mute")
#: A set with its rest takes about eleven seconds.
_ALIVE_S = (0.1, 18.0)
#: From the words that end a set to the set's end, and a little more.
_TILL_SAVED_S = (0.5, 1.0)
_START_S = 30.0
_GOING_ON = "We go on with"

Set = tuple[int, int]  #: number of the exercise, number of the set


class When(Enum):
    """When a kill comes."""

    ANY = "at a random moment"
    SAVING = "around the moment when a set is saved"


@dataclass(slots=True)
class Lane:
    """One household whose session is killed again and again."""

    world: World
    chance: random.Random
    shown: set[Set] = field(default_factory=set)  #: sets that were shown as done so far
    faults: list[str] = field(default_factory=list)
    right: Counter[When] = field(default_factory=Counter)


def measure(effort: Effort) -> list[Figure]:
    """Return how many of the kills did no harm."""
    lanes, each = effort.pick(10, 5), effort.pick(2, 1)
    with ExitStack() as stack:
        first = stack.enter_context(World())
        _begin(first)
        ours = [Lane(stack.enter_context(World()), random.Random(nth)) for nth in range(lanes)]  # noqa: S311
        for lane in ours:
            shutil.copytree(first.data, lane.world.data)
        with ThreadPoolExecutor(lanes) as pool:
            list(pool.map(lambda lane: _run_lane(lane, [When.SAVING, *[When.ANY] * each]), ours))
    done = sum(len(lane.shown) for lane in ours)
    faults = [fault for lane in ours for fault in lane.faults]
    note = "; ".join(faults) or f"{done} sets were done meanwhile, each kept once"
    return [_figure(ours, When.ANY, lanes * each, note), _figure(ours, When.SAVING, lanes)]


def _figure(lanes: Sequence[Lane], when: When, kills: int, note: str = "") -> Figure:
    return Figure(
        name=f"kill -9 {when.value}: history and next start right",
        value=sum(lane.right[when] for lane in lanes),
        unit=f"of {kills}",
        target=(Target.AT_LEAST, kills),
        note=note,
    )


def _begin(world: World) -> None:
    """Bring a session to its first set, by the keys of the real command, and kill it there."""
    routines.quick_sets(world.data / "routines" / "quick.yaml", _EXERCISES, _SETS)
    keep_plan(world, Plan(words=Words.BRIEF, rest_s=10, pace_percent=50))
    with typist(steady(*_COMMAND), world.environment) as person:
        person.wait_for("Welcome", _START_S)
        time.sleep(0.3)
        person.press("n")
        person.wait_for("Exercise 1 of", _START_S)
        time.sleep(0.3)
        person.press("n")
        person.wait_for("Set 1 of", _START_S)
        time.sleep(0.3)


def _run_lane(lane: Lane, kills: Sequence[When]) -> None:
    before: When | None = None
    expected = _ALL[0]
    fault: str | None = None
    for when in (*kills, None):  # one start more than kills: the last kill is judged as well
        with typist(steady(*_COMMAND), lane.world.environment) as person:
            if before is not None:
                fault = fault or _gone_on_wrongly(person, expected)
                lane.right[before] += fault is None
                lane.faults += [fault] if fault else []
            _live_until(when, person, lane.chance)
        lane.shown |= shown_done([line for _, line in person.lines])
        kept = kept_sets(lane.world)
        fault = _kept_wrongly(kept, lane.shown)
        before, expected = when, _ALL[len(kept)]


def _live_until(when: When | None, person: Typist, chance: random.Random) -> None:
    match when:
        case When.ANY:
            time.sleep(chance.uniform(*_ALIVE_S))
        case When.SAVING:
            person.wait_for("And rest", _START_S)
            time.sleep(chance.uniform(*_TILL_SAVED_S))
        case None:
            pass
        case _:
            assert_never(when)


def _gone_on_wrongly(person: Typist, expected: Set) -> str | None:
    """Return what is wrong with where a start goes on; None if it is right."""
    try:
        person.wait_for(_GOING_ON, _START_S)
    except TimeoutError as error:
        return str(error)
    time.sleep(0.2)
    found = goes_on_with([line for _, line in person.lines])
    return None if found == expected else f"goes on with {found}, not {expected}"


def _kept_wrongly(kept: Sequence[Set], shown: set[Set]) -> str | None:
    if tuple(kept) != _ALL[: len(kept)]:
        return f"kept {kept}"
    if not shown <= set(kept):
        return f"lost {sorted(shown - set(kept))}"
    if len(set(kept) - shown) > 1:
        return f"kept what was not done: {sorted(set(kept) - shown)}"
    return None


def kept_sets(world: World) -> list[Set]:
    """Return the sets that history holds, in order, each as often as it is there."""
    store = open_store(world.data / "history.sqlite3")
    try:
        (*others, session) = store.history(ME)
    finally:
        store.close()
    if others:
        raise AssertionError("the session was begun anew instead of gone on with")
    done = [event.data for event in session.events if event.kind is EventKind.BLOCK_DONE]
    return [(int(str(data["exercise"]).split("-")[1]), int(data["set"])) for data in done]


_PLACE = re.compile(r"Exercise (\d+) of \d+")
_SET = re.compile(r"^(?:Exercise .*)?\bSet (\d+) of \d+$")


@dataclass(slots=True)
class _Reader:
    """Follows plain lines: where the session is."""

    exercise: int = 0
    number: int | None = None
    resting: bool = False

    def take(self, line: str) -> None:
        if match := _PLACE.search(line):
            self.exercise, self.number, self.resting = int(match[1]), None, False
        if match := _SET.search(line):
            self.number, self.resting = int(match[1]), False
        if line == "Resting":
            self.resting = True

    @property
    def done(self) -> set[Set]:
        """Every set before this place."""
        if not self.exercise:
            return set()
        here = (self.exercise, self.number or 1)
        return {one for one in _ALL if one < here or (one == here and self.resting)}


def shown_done(lines: Sequence[str]) -> set[Set]:
    """Return the sets that lie behind the places which the lines show."""
    reader = _Reader()
    done: set[Set] = set()
    for line in lines:
        reader.take(line)
        done |= reader.done
    return done


def goes_on_with(lines: Sequence[str]) -> Set | None:
    """Return the set that a start goes on with, from its first lines."""
    done = shown_done(lines)
    return next((one for one in _ALL if one not in done), None)
