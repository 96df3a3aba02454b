"""What the loader makes of a file, and how it refuses a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routines.faults import Fault, NoSuchRoutine, ReadCode, RoutineFaults, hint, report, what, where
from routines.load import (
    DEFAULT_ROUTINE_ID,
    Library,
    load_advice,
    load_routine,
    read_advice,
    read_routine,
    read_with_origin,
    routine_ids,
    text_of,
)
from routines.model import (
    Barrier,
    Hold,
    Phase,
    Posture,
    Range,
    Reps,
    Routine,
    Sides,
    Tempo,
    Wording,
)
from routines.phrases import load_phrases
from tests.routines.samples import ADVICE, ROUTINE, Spoilt

HOLD = "{seconds: 15-30, repeats: 2, sides: each}"
TEMPO = "[{bend: 2}, {hold: 1}, {push: 2}]"
EX = "exercises[0]"

SPOILT = [
    Spoilt("control-character", "", "calm", "calm\x07"),
    Spoilt("empty-file", "", ROUTINE, "# nothing\n"),
    Spoilt("yaml", "", "[shoulder exercises]", "[shoulder exercises"),
    Spoilt("yaml-colon", "", "feel: A mild", "feel: A mild: very mild"),
    Spoilt("yaml-tab", "", "    feel:", "\tfeel:"),
    Spoilt("two-documents", "", "exercises:", "---\nexercises:"),
    Spoilt("too-deep", "", "[shoulder exercises]", "[" * 30 + "]" * 30),
    Spoilt("alias", "", "[shoulder exercises]", "&a [*a]"),
    Spoilt("tag", "", "Shoulder routine", "!!python/name:os.system x"),
    Spoilt("twice", "title", "title: Shoulder routine", "title: Shoulder routine\ntitle: Again"),
    Spoilt("format", "format", "format: 1", "format: 2", by_schema=True),
    Spoilt("missing", f"{EX}.posture", "    posture: chair\n", "", by_schema=True),
    Spoilt("unknown-key", "colour", "title: S", "colour: red\ntitle: S", by_schema=True),
    Spoilt("misspelt-key", f"{EX}.breating", "breathing", "breating", by_schema=True),
    Spoilt("not-text", "title", "Shoulder routine", "[a, b]", by_schema=True),
    Spoilt("not-quoted", "title", "Shoulder routine", "2026", by_schema=True),
    Spoilt("colon-line", f"{EX}.set_up.full[1]", "- Bring", "- Now: bring", by_schema=True),
    Spoilt("empty-text", "title", "Shoulder routine", "''", by_schema=True),
    Spoilt("not-list", "synonyms", "[shoulder exercises]", "shoulder exercises", by_schema=True),
    Spoilt("empty-list", f"{EX}.cautions", "[Let go at once if your arm tingles.]", "[]", by_schema=True),
    Spoilt("not-table", f"{EX}.dose.hold", HOLD, "15", by_schema=True),
    Spoilt("not-choice", f"{EX}.posture", "chair", "bench", by_schema=True),
    Spoilt("not-yes-no", "topics[1].urgent", "true", "maybe", ADVICE, by_schema=True),
    Spoilt("not-range", f"{EX}.dose.hold.seconds", "15-30", "a while", by_schema=True),
    Spoilt("range-order", f"{EX}.dose.hold.seconds", "15-30", "30-15"),
    Spoilt("not-seconds", "exercises[1].dose.reps.tempo[0].bend", "bend: 2", "bend: 0.3", by_schema=True),
    Spoilt("one-dose", f"{EX}.dose", HOLD, HOLD + "\n      steady: {minutes: 3}", by_schema=True),
    Spoilt("one-phase", "exercises[1].dose.reps.tempo[0]", "{bend: 2}", "{bend: 2, rest: 1}", by_schema=True),
    Spoilt("id-form", f"{EX}.id", "id: arm-across", "id: Arm Across", by_schema=True),
    Spoilt("id-twice", "exercises[1].id", "id: wall-press", "id: arm-across"),
    Spoilt("from-unknown", "exercises[0].from", "exercises:", "exercises:\n  - {from: nowhere, id: x}"),
    Spoilt("from-exercise", "exercises[0].id", "exercises:", "exercises:\n  - {from: knee, id: x}"),
]
NEED_A_FILE = {"unreadable", "not-utf8", "too-large", "from-faulty", "from-circle"}


def faults_of(text: str, name: str = "shoulders.yaml") -> tuple[Fault, ...]:
    read = read_advice if text.startswith("format: 1\ntopics") else read_routine
    with pytest.raises(RoutineFaults) as caught:
        read(text, name)
    return caught.value.faults


def fault_of_file(path: Path, library: Library | None = None) -> Fault:
    with pytest.raises(RoutineFaults) as caught:
        (library or Library()).read(path)
    (fault,) = caught.value.faults
    return fault


def test_a_file_becomes_a_routine() -> None:
    routine = read_routine(ROUTINE, "shoulders.yaml")

    across, press = routine.exercises
    assert (routine.id, routine.title, routine.locale) == ("shoulders", "Shoulder routine", "en")
    assert routine.advice == ("assessment", "how-often")
    assert Hold(seconds=Range(15, 30), repeats=Range(2, 2), sides=Sides.EACH) == across.dose
    assert (
        Wording(
            full=("With your other hand, draw the arm nearer until you feel a gentle stretch. Stay there.",),
            brief=("Draw the arm nearer, and stay there.",),
        )
        == across.movement
    )
    assert isinstance(press.dose, Reps)
    assert Tempo((Phase("bend", 2000), Phase("hold", 1000), Phase("push", 2000))) == press.dose.tempo


def test_an_exercise_without_a_source_has_the_routines() -> None:
    routine = read_routine(ROUTINE, "shoulders.yaml")

    assert [routine.source, "Same leaflet, second page"] == [one.source for one in routine.exercises]


def test_an_alternative_has_its_own_words_and_otherwise_its_exercises() -> None:
    press = read_routine(ROUTINE, "shoulders.yaml").exercise("wall-press")

    (alternative,) = press.alternatives
    other = alternative.exercise
    assert frozenset({Barrier.STAND}) == alternative.instead_of
    assert (other.id, other.title, other.posture) == ("wall-press.chair", "table press", Posture.CHAIR)
    assert (press.dose, press.feel, press.cautions) == (other.dose, other.feel, other.cautions)


def test_an_exercise_taken_from_another_routine_is_that_very_exercise() -> None:
    other = read_routine(ROUTINE, "shoulders.yaml")
    text = ROUTINE[: ROUTINE.index("exercises:")] + "exercises:\n  - {from: shoulders, id: wall-press}\n"

    def lookup(routine_id: str) -> Routine:
        assert routine_id == "shoulders"
        return other

    routine, origin = read_with_origin(text, "short.yaml", lookup=lookup)

    assert (other.exercises[1],) == routine.exercises
    assert frozenset({0}) == origin.borrowed


def test_a_text_becomes_advice() -> None:
    often, chest = read_advice(ADVICE, "advice.yaml")

    assert (often.id, often.brief, often.urgent) == ("how-often", ("Every other day.",), False)
    assert chest.urgent


def test_a_line_folded_over_two_is_one_line() -> None:
    text = ROUTINE.replace("for stiff shoulders.", "for\n  stiff shoulders.")

    assert read_routine(text, "x").summary == "Two calm exercises for stiff shoulders."


def test_a_long_dash_is_a_range_too() -> None:
    dose = read_routine(ROUTINE.replace("15-30", "15\u201330"), "x").exercises[0].dose

    assert isinstance(dose, Hold)
    assert Range(15, 30) == dose.seconds


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda spoilt: spoilt.code)
def test_each_bad_file_is_refused_with_its_one_reason(spoilt: Spoilt) -> None:
    faults = [(str(fault.code), fault.path) for fault in faults_of(spoilt.text)]

    assert faults == [(spoilt.code, spoilt.path)]


def test_every_reason_to_refuse_a_file_has_an_example() -> None:
    assert set(ReadCode) == {spoilt.code for spoilt in SPOILT} | NEED_A_FILE


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda spoilt: spoilt.code)
def test_each_reason_is_told_in_words_with_a_hint(spoilt: Spoilt) -> None:
    phrases = load_phrases()
    for fault in faults_of(spoilt.text):
        assert "{" not in what(fault, phrases)
        assert hint(fault, phrases)
        assert where(fault, phrases).startswith("shoulders.yaml")


def test_all_faults_are_told_at_once_in_the_files_order_with_their_lines() -> None:
    text = (
        ROUTINE.replace("id: shoulders", "id: Shoulders")
        .replace("chair\n", "sofa\n", 1)
        .replace("breathing:", "breating:", 1)
        .replace("8-12", "a few")
    )

    faults = faults_of(text)

    assert [(fault.path, str(fault.code)) for fault in faults] == [
        ("id", "id-form"),
        ("exercises[0].posture", "not-choice"),
        ("exercises[0].breating", "misspelt-key"),
        ("exercises[1].dose.reps.count", "not-range"),
    ]
    rows = text.splitlines()
    for fault, start in zip(faults, ("id:", "posture:", "breating:", "reps:"), strict=True):
        assert rows[fault.line - 1].strip().startswith(start)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    fault = faults_of(ROUTINE.replace("synonyms:", "synonym:", 1))[0]

    assert what(fault, load_phrases()) == "synonym is not a name that can stand here."
    assert hint(fault, load_phrases()) == "Did you mean synonyms?"


def test_a_wrong_word_is_answered_with_the_choices() -> None:
    fault = faults_of(ROUTINE.replace("chair\n", "bench\n", 1))[0]

    assert hint(fault, load_phrases()) == "Choose one of: standing, chair, floor, lying, kneeling, bike."


def test_the_report_ends_with_a_summary() -> None:
    faults = faults_of(ROUTINE.replace("title: Shoulder routine\n", ""))

    lines = report("shoulders.yaml", faults, load_phrases())

    assert lines == (
        "shoulders.yaml:1: title",
        "  error: title is missing.",
        "  hint: Add it. What it is for stands in docs/writing-a-routine.md.",
        "shoulders.yaml: one error.",
    )


def test_a_good_file_is_reported_in_one_line() -> None:
    assert report("shoulders.yaml", (), load_phrases()) == ("shoulders.yaml: nothing is wrong.",)


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert fault_of_file(tmp_path / "none.yaml").code == "unreadable"


def test_a_file_in_another_encoding_is_a_fault_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes("format: 1\ntitle: Øvelser\n".encode("latin-1"))

    fault = fault_of_file(file)

    assert (fault.code, fault.line) == ("not-utf8", 2)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "shoulders.yaml"
    file.write_text(ROUTINE, encoding="utf-8-sig")

    assert Library().read(file).id == "shoulders"


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("a: b\n" * 300_000)

    assert fault_of_file(file).code == "too-large"


def test_aliases_of_aliases_are_refused_at_the_first() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]

    (fault,) = faults_of("\n".join(lines))

    assert (fault.code, fault.line) == ("alias", 2)


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 50_000])
def test_depth_without_end_is_refused(text: str) -> None:
    assert faults_of(text)[0].code == "too-deep"


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_faults(text: str) -> None:
    with pytest.raises(RoutineFaults) as caught:
        read_routine(text, "x")
    assert caught.value.faults


@given(st.data())
def test_a_good_file_cut_or_changed_anywhere_is_read_or_refused_with_faults(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(ROUTINE)))
    length = data.draw(st.integers(0, 40))
    text = ROUTINE[:at] + data.draw(st.text("\n\t :-{}[]&*!|>'\"#a1", max_size=6)) + ROUTINE[at + length :]
    try:
        read_routine(text, "x")
    except RoutineFaults as error:
        for fault in error.faults:
            assert "{" not in what(fault, load_phrases()).replace("{}", "") or "{" in text
            assert 0 <= fault.line <= text.count("\n") + 1


def test_a_persons_own_folder_is_looked_in_first(tmp_path: Path) -> None:
    (tmp_path / "shoulders.yaml").write_text(ROUTINE)
    (tmp_path / "knee.yaml").write_text(ROUTINE.replace("id: shoulders", "id: knee"))
    library = Library(folders=(tmp_path,))

    assert library.routine("knee").title == "Shoulder routine"
    assert {"shoulders", *routine_ids()} == set(library.ids())


def test_a_persons_own_file_may_take_exercises_from_the_library(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    text = ROUTINE[: ROUTINE.index("exercises:")] + "exercises:\n  - {from: knee, id: wall-slides}\n"
    file.write_text(text)

    assert load_routine("knee").exercise("wall-slides") == Library().read(file).exercises[0]


def test_routines_that_take_from_each_other_are_refused(tmp_path: Path) -> None:
    head = ROUTINE[: ROUTINE.index("exercises:")]
    for name, other in (("aa", "bb"), ("bb", "aa")):
        text = head.replace("id: shoulders", f"id: {name}")
        (tmp_path / f"{name}.yaml").write_text(text + f"exercises:\n  - {{from: {other}, id: x}}\n")
    with pytest.raises(RoutineFaults) as caught:
        Library(folders=(tmp_path,)).routine("aa")
    (outer,) = caught.value.faults
    with pytest.raises(RoutineFaults) as caught:
        Library(folders=(tmp_path,)).routine("bb")

    assert outer.code == "from-faulty"
    assert str(tmp_path / "bb.yaml") == outer.values["file"]


def test_a_routine_that_takes_from_itself_is_refused(tmp_path: Path) -> None:
    text = ROUTINE[: ROUTINE.index("exercises:")] + "exercises:\n  - {from: shoulders, id: x}\n"
    (tmp_path / "shoulders.yaml").write_text(text)

    with pytest.raises(RoutineFaults) as caught:
        Library(folders=(tmp_path,)).routine("shoulders")

    assert [fault.code for fault in caught.value.faults] == ["from-circle"]


@pytest.mark.parametrize("name", ["../phrases/en", "advice.yaml", "Knee", "", "knee/../knee"])
def test_only_ids_are_looked_for_in_folders(name: str) -> None:
    with pytest.raises(NoSuchRoutine):
        load_routine(name)


def test_a_routine_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(NoSuchRoutine) as caught:
        load_routine("kneee")

    assert (caught.value.routine_id, caught.value.nearest) == ("kneee", "knee")
    assert DEFAULT_ROUTINE_ID in caught.value.known


def test_the_library_has_its_routines_and_advice() -> None:
    assert routine_ids() == ("knee", "knee-short")
    assert len(load_routine("knee").exercises) == 6
    assert load_routine() == load_routine(DEFAULT_ROUTINE_ID)
    assert {topic for one in routine_ids() for topic in load_routine(one).advice} <= {
        t.id for t in load_advice()
    }


def test_a_locale_without_a_library_has_no_routines() -> None:
    assert routine_ids("tlh") == ()


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(ROUTINE, encoding="utf-8")

    assert text_of(file) == ROUTINE
