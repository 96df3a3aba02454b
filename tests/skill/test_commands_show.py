from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.skill.command_line import NO_VOICE, Home, needs_voice

ESTIMATE = ("show", "knee", "--estimate")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_json_has_exactly_what_was_promised(home: Home) -> None:
    data = home.steady(*ESTIMATE, "--json").data

    assert set(data) == {"routine", "total_ms", "blocks", "cues"}
    assert {frozenset(block) for block in data["blocks"]} == {
        frozenset({"id", "exercise", "set", "side", "at_ms", "length_ms"})
    }
    assert {frozenset(cue) for cue in data["cues"]} == {
        frozenset({"at_ms", "length_ms", "kind", "text", "block"})
    }
    assert {cue["kind"] for cue in data["cues"]} == {"say", "count", "tick", "chime", "quiet"}


def test_blocks_follow_one_another_without_a_gap_to_the_end(home: Home) -> None:
    data = home.steady(*ESTIMATE, "--json").data
    ends = [block["at_ms"] + block["length_ms"] for block in data["blocks"]]

    assert [block["at_ms"] for block in data["blocks"]] == [0, *ends[:-1]]
    assert ends[-1] == data["total_ms"]
    assert {cue["block"] for cue in data["cues"]} == {block["id"] for block in data["blocks"]}


def test_the_transcript_has_every_line_that_is_said(home: Home) -> None:
    said = {cue["text"] for cue in home.steady(*ESTIMATE, "--json").data["cues"] if cue["kind"] == "say"}
    out = home.steady(*ESTIMATE).out

    assert {text for text in said if text not in out} == set()


def test_times_in_the_transcript_only_go_forward_from_block_to_block(home: Home) -> None:
    times = re.findall(r"^(\d+):(\d\d\.\d)  \[", home.steady(*ESTIMATE).out, re.MULTILINE)
    seconds = [int(minutes) * 60 + float(rest) for minutes, rest in times]

    assert len(seconds) > 20
    assert all(before < after for before, after in pairwise(seconds))


def test_counts_stand_on_one_line_with_their_rhythm(home: Home) -> None:
    out = home.steady(*ESTIMATE).out

    assert "count: 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 (every 1 s)" in out
    assert "count: 1 2 3 4 5 6 7 8 9 10 11 12 (every 5 s)" in out


def test_counts_in_fives_stand_with_each_time(home: Home) -> None:
    out = home.steady(*ESTIMATE, "--count", "fives").out

    assert re.search(r"count: 15 10 5 4 3 2 1 \(at (\d\d:\d\d\.\d ?){7}\)", out)


def test_the_totals_say_that_left_is_right(home: Home) -> None:
    out = home.steady(*ESTIMATE).out

    assert "  Sitting adductor stretch: left 1 set, 00:20.0 and right 1 set, 00:20.0 (left = right)" in out
    assert "DIFFER" not in out


def test_the_dose_stands_beside_what_is_allowed(home: Home) -> None:
    out = home.steady(*ESTIMATE, "--level", "full").out

    assert "Dose here: hold 30 seconds, 1 set on each side. Allowed: hold 15-30 seconds, 1 set on" in out


def test_in_full_cautions_sources_and_alternatives_are_there_too(home: Home) -> None:
    short, full = home.steady(*ESTIMATE).out, home.steady(*ESTIMATE, "--full").out

    for what in ("   Caution: ", "   Source: ", "   Alternative (cannot get"):
        assert what not in short
        assert what in full


def test_an_alternative_is_named_with_what_it_stands_for(home: Home) -> None:
    assert "Instead of: kneeling leg extensions" in home.steady(*ESTIMATE, "--cannot", "kneel").out


def test_without_a_name_the_short_routine_is_shown(home: Home) -> None:
    assert home.steady("show", "--estimate", "--json").data["routine"] == "knee-short"


def test_it_is_said_whether_lengths_are_estimated(home: Home) -> None:
    assert "(estimated, without a voice)" in home.steady(*ESTIMATE).out


@needs_voice
def test_with_a_voice_lengths_are_measured(home: Home) -> None:
    ran = home.steady("show")

    assert "(measured with the voice)" in ran.out
    assert ran.err == ""


def test_without_a_voice_lengths_are_estimated_and_that_is_said(home: Home) -> None:
    ran = home.process("show", "--json", before=NO_VOICE)

    assert ran.code == 0
    assert ran.data == home.steady("show", "--json", "--estimate").data
    assert ran.err.startswith("There is no voice to measure with")


def test_choices_of_the_kept_plan_hold_and_those_for_now_come_on_top(home: Home) -> None:
    home.steady("plan", "--level", "full", "--cannot", "kneel")
    out = home.steady(*ESTIMATE, "--level", "easy").out

    assert "hold 15 seconds, 1 set" in out
    assert "Instead of: kneeling leg extensions" in out


def test_a_plan_that_cannot_be_read_is_said_and_the_usual_one_taken(home: Home) -> None:
    home.database.parent.mkdir()
    home.database.write_text("this is no database" * 100)
    ran = home.steady("show", "--estimate")

    assert ran.code == 0
    assert "Your own plan cannot be read" in ran.err
    assert "Length: " in ran.out


def test_an_unknown_routine_is_answered_with_those_there_are(home: Home) -> None:
    ran = home.steady("show", "elbow")

    assert (ran.code, ran.out) == (3, "")
    assert "knee, knee-short" in ran.err


def test_a_file_that_is_not_there_is_named(home: Home) -> None:
    ran = home.steady("show", "mine.yaml")

    assert (ran.code, ran.err) == (3, "There is no file 'mine.yaml'.\n")


def test_a_file_at_fault_is_told_with_line_and_hint(home: Home) -> None:
    file = home.folder / "mine.yaml"
    file.write_text("format: 1\nid: mine\n")
    ran = home.steady("show", str(file), "--estimate")

    assert ran.code == 3
    assert f"{file}:1: title\n  error: title is missing.\n  hint: Add it." in ran.err


@pytest.mark.parametrize(
    ("option", "value", "allowed"), [("--pace", "20", "50-1000"), ("--hold", "x", "15-30, level")]
)
def test_an_impossible_choice_is_told_with_what_is_possible(
    home: Home, option: str, value: str, allowed: str
) -> None:
    ran = home.steady(*ESTIMATE, option, value)

    assert (ran.code, ran.out) == (3, "")
    assert ran.err == f"{option[2:]}: {value} is not possible.\nIt can be: {allowed}.\n"
