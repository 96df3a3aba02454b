"""Several processes carry the same weeks out, and some are killed: nothing starts twice or not at all."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from skill.care.records import ConsentKind
from tests.skill.care.anna import MAY, Household, slot
from tests.sources import ROOT

STEP_S = 10 * 60
DAYS = 3
LOOKS = DAYS * 24 * 3600 // STEP_S
FROM = datetime(2026, 10, 23, 22, tzinfo=UTC)  # midnight in Berlin; the clocks go back on the second day


def process(path: Path) -> subprocess.Popen[str]:
    module = "tests.skill.care.planning_process"
    return subprocess.Popen(
        [sys.executable, "-m", module, str(path), FROM.isoformat(), str(LOOKS), str(STEP_S)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_that_are_killed_and_started_again_begin_everything_once(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    home = Household(path)
    home.clock.at = FROM
    home.allow(MAY, ConsentKind.START)
    slots = [slot("02:30", "night"), slot(), slot("17:00", "pm")]
    document = {"v": 1, "zone": "Europe/Berlin", "at_most": 6, "slots": slots}
    home.store.save_week("anna", document, "may", FROM)

    goes_through = process(path)
    for looks in (40, 90, 160):  # each goes through the same days again, and dies on the way
        dies = process(path)
        assert dies.stdout is not None
        for _ in range(looks):
            assert dies.stdout.readline()
        dies.kill()
        dies.communicate()
    last = process(path)
    ended = [one.communicate(timeout=60) for one in (goes_through, last)]

    assert [(one.returncode, err) for one, (_, err) in zip((goes_through, last), ended, strict=True)] == [
        (0, "")
    ] * 2
    runs = home.store.runs("anna", date(2026, 10, 24))
    firsts = [(run.day.day, run.slot) for run in runs if run.attempt == 1]
    assert firsts == [(day, name) for day in (24, 25, 26) for name in ("night", "am", "pm")]
    sent = [one.command.id for one in home.store.sent_for("anna", FROM)]
    claimed = [run.command for run in runs if run.command]
    assert len(set(sent)) == len(sent)
    assert set(sent) <= set(claimed)
    home.store.close()
