"""Routine files made for measuring: of any length, or with sets as short as the rules allow."""

from __future__ import annotations

import json
from pathlib import Path

_LINES: dict[str, object] = {
    "posture": "chair",
    "needs": ["a firm chair"],
    "set_up": {
        "full": ["Sit tall on a firm chair, with both feet flat on the floor."],
        "brief": ["Sit tall."],
    },
    "movement": {"full": ["Press the knees together, and let go."], "brief": ["Press, and let go."]},
    "feel": "A light work of the inner thigh.",
    "breathing": "Breathe slowly.",
    "benefit": "This is made for measuring.",
    "cautions": ["Stop if it hurts."],
}


def write(path: Path, title: str, *doses: dict[str, object]) -> Path:
    """Write a routine with one exercise for each dose, and return its path."""
    exercises = [
        {"id": f"work-{nth}", "title": f"work {nth}", **_LINES, "dose": dose}
        for nth, dose in enumerate(doses, 1)
    ]
    routine = {
        "format": 1,
        "id": path.stem,
        "title": title,
        "summary": "Made for measuring.",
        "source": "Made for measuring this program",
        "advice": ["assessment"],
        "exercises": exercises,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(routine, indent=1))  # which is YAML as well
    return path


def about_minutes(path: Path, minutes: int) -> Path:
    """Write a routine of about so many minutes: holds and repetitions that are counted, then steady work."""
    reps: dict[str, object] = {
        "reps": {"count": "20", "sets": "3", "sides": "each", "tempo": [{"press": 2}, {"release": 2}]}
    }
    hold: dict[str, object] = {"hold": {"seconds": "30", "repeats": "3", "sides": "each"}}
    match minutes:
        case 1:
            return write(path, "One minute", {"hold": {"seconds": "5", "repeats": "1", "sides": "both"}})
        case 10:
            return write(path, "Ten minutes", reps)
        case _:
            return write(path, "An hour", reps, hold, reps, hold, {"steady": {"minutes": "25"}})


def quick_sets(path: Path, exercises: int, sets: int) -> Path:
    """Write a routine of many sets that are as short as the rules allow."""
    short: dict[str, object] = {
        "reps": {"count": "1", "sets": str(sets), "sides": "both", "tempo": [{"press": 1}, {"release": 1}]}
    }
    return write(path, "Quick sets", *[short] * exercises)


def one_hold(path: Path, counts: int) -> Path:
    """Write a routine of one long hold, counted each second."""
    return write(path, "One hold", {"hold": {"seconds": str(counts), "repeats": "1", "sides": "both"}})
