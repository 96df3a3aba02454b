from __future__ import annotations

from pathlib import Path

import pytest

from routines.phrases import Phrases, load_phrases
from skill import doctor
from skill.settings import Settings, read_settings
from skill.store import open_store
from tests.nullsink import NullSink, missing
from tests.skill.command_line import Home, needs_voice

SAY = load_phrases()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def settings(home: Home) -> Settings:
    return read_settings(home.env())


@needs_voice
def test_each_check_is_a_line_and_what_is_wrong_has_a_remedy(home: Home) -> None:
    """There is no sound device in a test run."""
    ran = home.process("doctor")
    lines = ran.out.splitlines()
    marks = [line[:6].strip() for line in lines if line[:1] not in (" ", "1")]

    assert ran.code == 4
    assert marks == ["ok", "ok", "ok", "NOT OK", "ok", "ok", "ok", "ok", "ok"]
    at = next(nth for nth, line in enumerate(lines) if line.startswith("NOT OK"))
    assert lines[at + 1].startswith("        ")
    assert lines[-1].startswith("1 thing is not well")


@needs_voice
@pytest.mark.skipif(missing() is not None, reason=f"no private sound server here: {missing()}")
def test_where_everything_works_all_is_well(home: Home) -> None:
    with NullSink() as sink:
        ran = home.process("doctor", **sink.environment)

    assert ran.code == 0
    assert ran.out.endswith("All is well.\n")


@needs_voice
def test_doctor_as_json(home: Home) -> None:
    found = {finding["name"]: finding for finding in home.steady("doctor", "--json").data}

    assert list(found) == list(doctor.CHECKS)
    assert (found["voice"]["ok"], found["sound"]["ok"]) == (True, False)
    assert found["sound"]["remedies"]


def test_a_good_store_is_ok(home: Home, settings: Settings) -> None:
    open_store(home.database).close()
    found = doctor.storage(settings, SAY)

    assert found.ok
    assert str(home.database) in found.detail


def test_a_store_that_others_can_read_has_a_remedy(home: Home, settings: Settings) -> None:
    open_store(home.database).close()
    home.database.chmod(0o644)
    found = doctor.storage(settings, SAY)

    assert not found.ok
    assert found.remedies == (f"Let only yourself read it: chmod 600 {home.database}",)


def test_a_damaged_store_is_found_and_the_checks_go_on(home: Home, settings: Settings) -> None:
    home.database.parent.mkdir()
    home.database.write_bytes(b"no database" * 1000)
    found = {finding.name: finding for finding in doctor.findings(settings, SAY)}

    assert list(found) == list(doctor.CHECKS)
    assert not found["storage"].ok
    assert found["storage"].remedies


def test_folders_that_cannot_be_written_have_remedies(home: Home) -> None:
    (home.folder / "file").write_text("")
    env = home.env() | {name: str(home.folder / "file" / "x") for name in ("STEADY_DATA", "STEADY_CACHE")}
    settings = read_settings(env)

    for found in (doctor.cache(settings, SAY), doctor.storage(settings, SAY)):
        assert not found.ok
        assert "another folder" in found.remedies[0]


def test_missing_phrases_are_named(settings: Settings) -> None:
    some = Phrases("en", {key: text for key, text in SAY.by_id.items() if key != "script.welcome"})
    found = doctor.phrases(settings, some)

    assert not found.ok
    assert "script.welcome" in found.detail


def test_a_routine_of_ones_own_at_fault_is_named(home: Home, settings: Settings) -> None:
    home.routines.mkdir(parents=True)
    (home.routines / "broken.yaml").write_text("id: [")
    found = doctor.library(settings, SAY)

    assert (found.ok, found.detail) == (False, "at fault: broken")
    assert found.remedies == ("See what is wrong: steady check broken",)


@pytest.mark.parametrize("check", [doctor.python, doctor.packages, doctor.phrases, doctor.terminal])
def test_what_this_run_needs_is_ok(check: doctor.Check, settings: Settings) -> None:
    assert check(settings, SAY).ok
