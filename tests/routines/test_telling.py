"""How much is told unasked: to whoever it may be, to somebody new on a speaker, to somebody who knows it."""

from __future__ import annotations

import pytest

from routines.cue import CueKind
from routines.lengths import EstimatedLengths
from routines.load import load_routine, routine_ids
from routines.phrases import load_phrases
from routines.plan import Plan, Words
from routines.script import BlockKind, Channel, Occasion, Telling, write_script
from routines.timeline import Timeline, lay

PHRASES = load_phrases("en")
RED_FLAGS = ("locked", "swollen", "hot and red", "weight", "warm calf", "chest pain", "trouble breathing")
WORDS = {Telling.ALL: Words.FULL, Telling.FIRST: Words.FULL, Telling.KNOWN: Words.BRIEF}


def laid(routine: str, telling: Telling) -> Timeline:
    occasion = Occasion(channel=Channel.VOICE, telling=telling, lead_in=False)
    plan = Plan(words=WORDS[telling])
    script = write_script(load_routine(routine), plan, PHRASES, occasion, 10)
    return lay(script, EstimatedLengths(plan.rate_wpm))


def to_first_work_ms(timeline: Timeline) -> int:
    return next(block.work_at_ms for block in timeline.blocks if block.work_at_ms is not None)


@pytest.mark.parametrize("routine", routine_ids())
def test_the_better_it_is_known_the_sooner_the_work_begins(routine: str) -> None:
    everything, first, known = (to_first_work_ms(laid(routine, telling)) for telling in Telling)

    assert known < first < everything


@pytest.mark.parametrize("telling", Telling)
@pytest.mark.parametrize("routine", routine_ids())
def test_the_red_flags_are_told_every_time(routine: str, telling: Telling) -> None:
    opening = " ".join(cue.text for cue in laid(routine, telling).blocks[0].cues)

    for flag in RED_FLAGS:
        assert flag in opening


@pytest.mark.parametrize("routine", routine_ids())
def test_the_work_itself_is_the_same_whoever_hears_it(routine: str) -> None:
    def work(telling: Telling) -> list[tuple[str, int, str]]:
        return [
            (block.id, cue.at_ms - block.at_ms, cue.text)
            for block in laid(routine, telling).blocks
            for cue in block.cues
            if cue.kind is CueKind.COUNT
        ]

    assert work(Telling.ALL) == work(Telling.FIRST) == work(Telling.KNOWN)


@pytest.mark.parametrize("telling", Telling)
def test_there_are_fifteen_seconds_to_get_down_to_the_floor(telling: Telling) -> None:
    lead = next(block for block in laid("knee", telling).blocks if block.kind is BlockKind.LEAD)
    down, movement = "Take your time to sit down on the floor.", load_routine("knee").exercises[0].movement
    how = movement.full if WORDS[telling] is Words.FULL else movement.brief
    at_ms = {cue.text: cue.at_ms for cue in lead.cues}

    assert at_ms[how[0]] - at_ms[down] >= 15_000
