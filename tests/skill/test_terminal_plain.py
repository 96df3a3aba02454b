from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from routines.model import Side
from skill.terminal.plain import Counts, PlainFace, PlainLines
from skill.terminal.view import OutputClosedError
from tests.skill.golden import PAUSED, PHRASES, WORKING


def counted(counts: Counts) -> list[str]:
    lines = PlainLines(PHRASES, counts=counts)
    lines.feed(replace(WORKING, big="", counts_left=None))
    views = [replace(WORKING, big=str(n), counts_left=12 - n) for n in range(1, 13)]
    return [line for view in views for line in lines.feed(view)]


def test_a_new_exercise_says_where_we_are_what_is_said_and_what_comes_next() -> None:
    assert PlainLines(PHRASES).feed(replace(WORKING, big="")) == (
        "Exercise 5 of 6: Kneeling leg extensions. 4:10 of about 22:30. Left side. Set 2 of 3",
        "Working",
        "And lift. Keep your back flat, and squeeze the thigh at the top of each one.",
        "Next: right side, set 2 of 3",
    )


def test_what_does_not_change_is_not_printed_again() -> None:
    lines = PlainLines(PHRASES)
    lines.feed(WORKING)

    assert lines.feed(WORKING) == ()
    assert lines.feed(replace(WORKING, elapsed_ms=260_000, block_ms=28_000)) == ()


def test_every_fifth_count_and_the_last_five_are_printed() -> None:
    assert counted(Counts.FIVES) == [f"{n} of 12" for n in (5, 8, 9, 10, 11, 12)]


def test_all_counts_or_none_can_be_chosen() -> None:
    assert counted(Counts.ALL) == [f"{n} of 12" for n in range(1, 13)]
    assert counted(Counts.NONE) == []


def test_time_left_is_not_a_count() -> None:
    lines = PlainLines(PHRASES, counts=Counts.ALL)
    lines.feed(replace(WORKING, big="0:42", counts_left=None))

    assert lines.feed(replace(WORKING, big="0:41", counts_left=None)) == ()


def test_a_change_of_side_is_printed_without_the_exercise() -> None:
    lines = PlainLines(PHRASES)
    lines.feed(WORKING)

    assert lines.feed(replace(WORKING, side=Side.RIGHT))[0] == "Right side. Set 2 of 3"


def test_a_pause_a_notice_and_settings_are_printed_once_and_when_they_end() -> None:
    lines = PlainLines(PHRASES)
    lines.feed(WORKING)

    assert lines.feed(PAUSED) == (
        "Paused",
        "Slower, 1.25x the time",
        "Sound off",
        "Listening",
        "Note: No sound device was found. Plug in a speaker, or see what steady doctor says.",
    )
    assert lines.feed(WORKING) == ("Working", "Usual pace", "Usual sound", "Not listening")


def test_words_that_come_back_on_every_beat_are_printed_once_in_each_set() -> None:
    lines = PlainLines(PHRASES)
    beats = [
        replace(WORKING, caption=caption) for caption in ("Squeeze", "", "Release", "", "Squeeze", "Release")
    ]
    said = [line for view in beats for line in lines.feed(view)]

    assert said.count("Squeeze") == said.count("Release") == 1
    assert "Squeeze" in lines.feed(replace(WORKING, caption="Squeeze", set_no=3))


def test_with_all_counts_every_word_is_printed_each_time() -> None:
    lines = PlainLines(PHRASES, counts=Counts.ALL)
    beats = [replace(WORKING, caption=caption) for caption in ("Squeeze", "Release", "Squeeze", "Release")]
    said = [line for view in beats for line in lines.feed(view)]

    assert said.count("Squeeze") == said.count("Release") == 2


def test_a_spoken_number_is_a_count_not_a_caption() -> None:
    lines = PlainLines(PHRASES)
    lines.feed(replace(WORKING, big="6", counts_left=6))

    assert lines.feed(replace(WORKING, big="7", counts_left=5, caption="7")) == ()


def test_times_can_be_put_before_the_lines() -> None:
    assert PlainLines(PHRASES, timestamps=True).feed(WORKING)[1] == "[4:10] Working"


def test_lines_are_printed_at_once_and_hold_no_codes() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with PlainFace(stream, PlainLines(PHRASES)) as face:
        face.show(replace(WORKING, caption="\x1b[2JCafé"))

    printed = stream.buffer.getvalue()
    assert b"[2JCaf?" in printed
    assert b"\x1b" not in printed


def test_a_closed_pipe_is_told_once_and_leaves_no_noise() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor, not a path
        with pytest.raises(OutputClosedError) as caught:
            PlainFace(stream, PlainLines(PHRASES)).show(WORKING)
        assert caught.value.code == "output-closed"


def test_in_a_pipe_the_demo_prints_lines_and_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.skill.terminal_demo"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )

    assert done.stdout.splitlines()[0].startswith("Exercise 5 of 6: Kneeling leg extensions.")
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
