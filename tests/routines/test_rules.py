"""What the rules find in a routine or advice file that can be read but should not be followed or spoken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from routines.doses import DOSE_RULES, minutes_of
from routines.faults import RoutineFaults, Severity, errors, hint, what
from routines.lines import LINE_RULES, spoken_ms
from routines.load import load_routine, routine_ids
from routines.phrases import load_phrases
from routines.rules import ADVICE_RULES, RULES, check_file, check_routine, check_text, read_sound_file
from routines.wordlists import word_lists
from tests.routines.samples import ADVICE, ROUTINE, Spoilt

EX = "exercises[0]"
PRESS = "exercises[1]"
FEEL = "A mild stretch at the back of the shoulder, and nothing sharp."
LONG = "This line goes on and on, " * 7 + "and on."
SLOW = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27."
MOVE = "Bend your elbows until your nose is near the wall, then push yourself back."


def feel(code: str, text: str) -> Spoilt:
    return Spoilt(code, f"{EX}.feel", FEEL, text)


def movement(code: str, text: str) -> Spoilt:
    return Spoilt(code, f"{PRESS}.movement.full[0]", MOVE, text)


SPOILT = [
    feel("line-long", LONG),
    feel("line-slow", SLOW),
    Spoilt(
        "brief-long",
        f"{EX}.set_up.brief[0]",
        "Sit tall, and bring the arm I name across your chest.",
        "Sit tall on a firm chair with both feet flat, and bring the arm I name right across your chest.",
    ),
    Spoilt(
        "title-long",
        f"{EX}.title",
        "arm across the chest",
        "arm across the chest with the help of the other arm",
    ),
    Spoilt("title-end", f"{EX}.title", "arm across the chest", "arm across the chest."),
    feel("no-end", "A mild stretch"),
    feel("symbol", "A mild (very mild) stretch."),
    feel("symbol", "A mild stretch \U0001f642."),
    feel("web-address", "See www.example.org for more."),
    feel("number-range", "A stretch of 2-3 out of ten."),
    feel("abbreviation", "A mild stretch, e.g. in the shoulder."),
    feel("capitals", "A MILD stretch."),
    feel("promise", "Your shoulder is cured by this."),
    Spoilt("out-of-range", f"{EX}.dose.hold.seconds", "15-30", "15-90"),
    Spoilt("out-of-range", f"{PRESS}.dose.reps.count", "8-12", "8-50"),
    Spoilt("long-hold", f"{EX}.dose.hold.seconds", "15-30", "30-60"),
    Spoilt("phase-length", f"{PRESS}.dose.reps.tempo[1]", "{hold: 1}", "{hold: 0.5}"),
    Spoilt("rep-length", f"{PRESS}.dose.reps.tempo", "{bend: 2}, {hold: 1}", "{bend: 8}, {hold: 8}"),
    Spoilt("phase-word", f"{PRESS}.dose.reps.tempo[1]", "{hold: 1}", "{hold it there: 1}"),
    movement("one-sided", "Bend one arm, then push yourself back. Let one knee bend a little."),
    Spoilt("names-a-side", f"{EX}.set_up.full[1]", "the arm I name", "your left arm"),
    movement("high-impact", "Jump towards the wall, then push yourself back."),
    movement("deep-bend", "Go down into a deep squat, then push yourself back."),
    Spoilt("no-way-round", f"{EX}.posture", "posture: chair", "posture: kneeling"),
    Spoilt(
        "not-round",
        f"{PRESS}.alternatives[0].instead_of",
        "posture: chair\n        set_up",
        "posture: standing\n        set_up",
    ),
    Spoilt(
        "never-taken",
        f"{PRESS}.alternatives[1].instead_of",
        "    alternatives:\n",
        "    alternatives:\n      - {id: lean, instead_of: [stand], posture: chair}\n",
    ),
    Spoilt(
        "brief-not-shorter",
        f"{PRESS}.movement.brief",
        "['Bend your elbows, then push back.']",
        "\n        - Bend your elbows until your nose is near the wall.\n"
        "        - Then push all the way back.",
    ),
    Spoilt("name-twice", f"{PRESS}.title", "shoulder stretch", "wall press"),
    Spoilt("thin-source", "source", "Leaflet of my physiotherapist, May 2026", "me"),
    Spoilt("ups-and-downs", "exercises[4]", "exercises:", "exercises:\n" + "  - {from: knee, id: %s}\n" * 5),
    Spoilt("too-long", "exercises", "exercises:", "exercises:\n"),
    Spoilt("unknown-advice", "advice[0]", "[assessment,", "[assesment,"),
    Spoilt("file-name", "id", "id: shoulders", "id: shoulder"),
    Spoilt("ask-twice", "topics[1].asks[0]", "my chest hurts", "How often should I do these", ADVICE),
    Spoilt("few-asks", "topics[0].asks", ", how many times a week", "", ADVICE),
    Spoilt("no-help", "topics[1].brief", "Stop, and call your local emergency number.", "Stop.", ADVICE),
    Spoilt("thin-source", "topics[1].source", "NHS page on heart attacks", "NHS", ADVICE),
]
BY_HAND = {"ups-and-downs", "too-long"}
ALL_CODES = {rule.code for rule in (*LINE_RULES, *DOSE_RULES, *RULES, *ADVICE_RULES)}


def found(text: str) -> list[tuple[str, str]]:
    return [(fault.code, fault.path) for fault in check_text(text, "shoulders.yaml")]


def moving(text: str) -> list[str]:
    """Return the codes for a movement line."""
    return [code for code, _ in found(ROUTINE.replace(MOVE, text))]


def with_exercises(*ids: str) -> str:
    rest = "".join(f"  - {{from: knee, id: {one}}}\n" for one in ids)
    return ROUTINE[: ROUTINE.index("exercises:")] + "exercises:\n" + rest


@pytest.mark.parametrize("text", [ROUTINE, ADVICE], ids=["routine", "advice"])
def test_a_good_file_breaks_no_rule(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "spoilt", [one for one in SPOILT if one.code not in BY_HAND], ids=lambda one: f"{one.code}-{one.path}"
)
def test_each_rule_finds_its_bad_example_and_nothing_else(spoilt: Spoilt) -> None:
    codes = found(spoilt.text)

    assert [(spoilt.code, spoilt.path)] == codes


def test_every_rule_has_a_bad_example() -> None:
    assert {spoilt.code for spoilt in SPOILT} == ALL_CODES


@pytest.mark.parametrize("code", sorted(ALL_CODES))
def test_every_rule_has_its_phrases(code: str) -> None:
    assert load_phrases().has(f"check.{code}.what")
    assert load_phrases().has(f"check.{code}.hint")


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda one: f"{one.code}-{one.path}")
def test_what_a_rule_finds_is_told_with_all_its_values(spoilt: Spoilt) -> None:
    if spoilt.code not in BY_HAND:
        for fault in check_text(spoilt.text, "shoulders.yaml"):
            assert what(fault, load_phrases())
            assert hint(fault, load_phrases())


def test_going_down_to_the_floor_a_third_time_is_found() -> None:
    text = with_exercises("adductor-stretch", "knee-bends", "wall-slides", "cycling", "leg-extensions")

    assert found(text) == [("ups-and-downs", "exercises[4]")]


def test_going_down_twice_is_not_too_often() -> None:
    assert found(with_exercises("adductor-stretch", "knee-bends", "wall-slides")) == []


def test_a_routine_that_takes_too_long_is_found() -> None:
    steady = "dose: {steady: {minutes: 30}}\n    set_up"
    text = re.sub(r"dose:\n .*\n    set_up", steady, ROUTINE)

    assert found(text) == [("too-long", "exercises")]


@pytest.mark.parametrize(
    "text",
    [
        "Do not jump, and bend your elbows.",
        "Bend your elbows, without hopping.",
        "Never go down into a deep squat.",
        "Bend your elbows a little; no jumping, hopping or running.",
        "Avoid full squats. Bend your elbows.",
    ],
)
def test_a_line_that_says_no_to_a_bad_move_is_good(text: str) -> None:
    assert moving(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Do not wait, jump at once.", "high-impact"),
        ("Do not hold your breath, then hop back.", "high-impact"),
        ("Do not stop. Sprint to the wall.", "high-impact"),
        ("JUMPING is good for you.", "high-impact"),
        ("Lunge deeply towards the wall.", "deep-bend"),
        ("Sit back on your heels.", "deep-bend"),
    ],
)
def test_a_bad_move_is_not_hidden_by_a_no_elsewhere(text: str, code: str) -> None:
    assert code in moving(text)


def test_cautions_may_name_bad_moves() -> None:
    assert found(ROUTINE.replace("Do not let your back sag.", "Jumping makes this worse.")) == []


@pytest.mark.parametrize("text", ["Your health comes first.", "Bend until the bell rings, hopefully soon."])
def test_words_that_only_look_like_bad_ones_are_good(text: str) -> None:
    assert moving(text) == []


def test_an_alternative_is_not_blamed_for_what_its_exercise_says() -> None:
    text = ROUTINE.replace("The chest and the arms work", "The CHEST and the arms work")

    assert [("capitals", f"{PRESS}.feel")] == found(text)


def test_an_exercise_taken_from_elsewhere_is_judged_there() -> None:
    assert found(with_exercises("adductor-stretch")) == []


def test_a_fault_knows_its_line() -> None:
    text = ROUTINE.replace("nothing sharp", "NOTHING sharp")
    (fault,) = check_text(text, "shoulders.yaml")

    assert "NOTHING" in text.splitlines()[fault.line - 1]


def test_a_routine_without_a_file_can_be_checked() -> None:
    assert check_routine(load_routine("knee")) == ()


def test_a_file_that_cannot_be_read_is_told_by_the_check(tmp_path: Path) -> None:
    assert [fault.code for fault in check_file(tmp_path / "none.yaml")] == ["unreadable"]
    assert "missing" in [fault.code for fault in check_text("format: 1\n", "x.yaml")]


def test_a_persons_own_routine_with_a_bad_move_is_not_led(tmp_path: Path) -> None:
    file = tmp_path / "shoulders.yaml"
    file.write_text(ROUTINE.replace(MOVE, "Jump."))

    with pytest.raises(RoutineFaults) as caught:
        read_sound_file(file)

    assert [fault.code for fault in caught.value.faults] == ["high-impact"]


def test_a_persons_own_routine_is_led_in_spite_of_warnings(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(ROUTINE)

    assert read_sound_file(file).id == "shoulders"
    assert [fault.severity for fault in check_file(file)] == [Severity.WARNING]
    assert errors(check_file(file)) == ()


@pytest.mark.parametrize("name", [*routine_ids(), "advice"])
def test_the_library_breaks_no_rule(name: str) -> None:
    file = Path(__file__).parents[2] / "routines" / "library" / "en" / f"{name}.yaml"

    assert check_file(file) == ()


def test_the_short_routine_takes_less_than_ten_minutes() -> None:
    assert minutes_of(load_routine("knee-short")) < 10


def test_a_longer_line_takes_longer_to_say() -> None:
    assert spoken_ms("Stay there.") < spoken_ms("Stay there, and breathe.") < spoken_ms(SLOW)


def test_a_star_in_a_word_list_stands_for_any_ending() -> None:
    words = word_lists("en")

    assert words.find("high-impact", "Jumping is out.") == ("Jumping",)
    assert words.find("high-impact", "A chop, and a shop.") == ()
