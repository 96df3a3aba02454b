"""What stands in the library: doses, words, ways round a barrier, and the table of where it is heard."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from routines.advice import find_advice
from routines.lengths import EstimatedLengths
from routines.load import load_advice, load_routine, routine_ids
from routines.model import (
    Barrier,
    Exercise,
    Hold,
    Phase,
    Posture,
    Range,
    Reps,
    Routine,
    Sides,
    Steady,
    Tempo,
    Topic,
)
from routines.phrases import load_phrases
from routines.plan import Level, Plan, Words
from routines.rules import check_file
from routines.script import Occasion, write_script
from routines.timeline import lay

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "routines" / "library" / "en"
TABLE = ROOT / "docs" / "where-it-is-heard.md"

KNEE = load_routine("knee")
SHORT = load_routine("knee-short")
TOPICS = load_advice()
URGENT = tuple(topic for topic in TOPICS if topic.urgent)
EVERY = tuple(e for own in KNEE.exercises for e in (own, *(a.exercise for a in own.alternatives)))
SPOKEN_MAX = 160
EXERCISE_MAX = 130
TEN_MINUTES_MS = 600_000


def _tempo(*phases: tuple[str, int]) -> Tempo:
    return Tempo(tuple(Phase(word, 1000 * seconds) for word, seconds in phases))


DOSES = {
    "adductor-stretch": Hold(Range(15, 30), Range(1, 1), Sides.EACH),
    "wall-slides": Reps(Range(10, 15), Range(1, 1), Sides.EACH, _tempo(("down", 2), ("hold", 1), ("up", 2))),
    "inner-thigh-squeeze": Reps(
        Range(10, 12), Range(2, 3), Sides.BOTH, _tempo(("squeeze", 2), ("hold", 1), ("release", 2))
    ),
    "knee-bends": Reps(Range(10, 15), Range(1, 1), Sides.BOTH, _tempo(("bend", 2), ("hold", 1), ("rise", 2))),
    "leg-extensions": Reps(
        Range(10, 12), Range(1, 1), Sides.EACH, _tempo(("extend", 2), ("hold", 1), ("return", 2))
    ),
    "cycling": Steady(Range(10, 15)),
}


def _lines(exercise: Exercise) -> tuple[str, ...]:
    how = (exercise.set_up, exercise.movement)
    worded = (line for wording in how for line in (*wording.full, *wording.brief))
    return (*worded, exercise.feel, exercise.breathing, exercise.benefit, *exercise.cautions)


def _amount(exercise: Exercise) -> tuple[object, ...]:
    """Return a dose without its tempo: how much, not how fast."""
    match exercise.dose:
        case Reps(count, sets, sides, _):
            return (count, sets, sides)
        case other:
            return (other,)


def test_the_library_has_the_routines() -> None:
    assert set(routine_ids()) >= {"knee", "knee-short"}


def test_the_knee_routine_has_the_six_exercises_in_order_with_their_doses() -> None:
    assert {exercise.id: exercise.dose for exercise in KNEE.exercises} == DOSES
    assert [exercise.id for exercise in KNEE.exercises] == list(DOSES)


@pytest.mark.parametrize("name", ["knee", "knee-short", "advice"])
def test_the_checker_finds_nothing_to_complain_of(name: str) -> None:
    assert check_file(LIBRARY / f"{name}.yaml") == ()


@pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.id)
class TestEveryExerciseAndAlternative:
    def test_has_all_its_words(self, exercise: Exercise) -> None:
        assert all((exercise.title, exercise.synonyms, exercise.needs, exercise.source, exercise.cautions))
        assert all(_lines(exercise))

    def test_is_short_enough_to_remember(self, exercise: Exercise) -> None:
        """Start position and movement in at most five lines, and fewer words in brief."""
        full = (*exercise.set_up.full, *exercise.movement.full)
        brief = (*exercise.set_up.brief, *exercise.movement.brief)
        assert len(full) <= 5
        assert len(" ".join(brief)) < len(" ".join(full))

    def test_has_lines_that_can_be_said(self, exercise: Exercise) -> None:
        for line in _lines(exercise):
            assert len(line) <= EXERCISE_MAX, line
            assert not re.search(r"[()/\d;]|e\.g\.", line), line

    def test_says_what_should_not_be_felt(self, exercise: Exercise) -> None:
        if not isinstance(exercise.dose, Hold):
            assert "not" in exercise.feel or "no pain" in exercise.feel
        else:
            assert "Nothing sharp" in exercise.feel

    def test_works_for_either_leg(self, exercise: Exercise) -> None:
        spoken = " ".join(_lines(exercise)).lower()
        assert not re.search(r"\b(left|right)\b", spoken)
        if not isinstance(exercise.dose, Steady) and exercise.dose.sides is Sides.EACH:
            assert "i name" in spoken


@pytest.mark.parametrize("exercise", KNEE.exercises, ids=lambda exercise: exercise.id)
def test_an_alternative_asks_for_as_much_as_its_exercise(exercise: Exercise) -> None:
    for alternative in exercise.alternatives:
        assert _amount(alternative.exercise) == _amount(exercise)


def _blocked(exercise: Exercise, barriers: frozenset[Barrier]) -> bool:
    postures = {
        Posture.FLOOR: {Barrier.FLOOR},
        Posture.LYING: {Barrier.FLOOR, Barrier.LIE},
        Posture.KNEELING: {Barrier.FLOOR, Barrier.KNEEL},
        Posture.STANDING: {Barrier.STAND},
        Posture.BIKE: {Barrier.CYCLE},
        Posture.CHAIR: set[Barrier](),
    }
    needs = " ".join(exercise.needs)
    without = {Barrier.EQUIPMENT} if re.search(r"\b(ball|band|bike)\b", needs) else set()
    return not barriers.isdisjoint(postures[exercise.posture] | without)


@pytest.mark.parametrize("exercise", KNEE.exercises, ids=lambda exercise: exercise.id)
def test_there_is_a_way_round_every_combination_of_barriers(exercise: Exercise) -> None:
    for size in range(len(Barrier) + 1):
        for some in combinations(Barrier, size):
            chosen = Plan(without=frozenset(some)).exercise_for(exercise)
            assert not _blocked(chosen, frozenset(some)), (chosen.id, some)


def test_cycling_says_that_it_suits_an_inflamed_joint() -> None:
    assert "inflamed" in KNEE.exercise("cycling").benefit


class TestShortRoutine:
    def test_takes_its_exercises_whole_from_the_knee_routine(self) -> None:
        assert 2 <= len(SHORT.exercises) <= 3
        assert all(exercise == KNEE.exercise(exercise.id) for exercise in SHORT.exercises)

    def test_needs_no_getting_down_to_the_floor(self) -> None:
        assert not any(exercise.posture.is_low for exercise in SHORT.exercises)

    @pytest.mark.parametrize("level", list(Level))
    @pytest.mark.parametrize("words", list(Words))
    @pytest.mark.parametrize("without", [frozenset(), frozenset({Barrier.EQUIPMENT, Barrier.STAND})])
    def test_takes_less_than_ten_minutes(
        self, level: Level, words: Words, without: frozenset[Barrier]
    ) -> None:
        plan = Plan(level=level, words=words, without=without)
        script = write_script(SHORT, plan, load_phrases(), Occasion(), about_minutes=9)
        assert lay(script, EstimatedLengths(plan.rate_wpm)).total_ms < TEN_MINUTES_MS


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
class TestEveryTopic:
    def test_can_be_said_in_a_few_lines(self, topic: Topic) -> None:
        assert 2 <= len(topic.say) <= 4
        assert len(topic.brief) == 1
        for line in (*topic.say, *topic.brief):
            assert len(line) <= SPOKEN_MAX, line
            assert not re.search(r"[()/;]|e\.g\.", line), line

    def test_names_where_it_comes_from(self, topic: Topic) -> None:
        assert re.match(r"Article: |NHS |NEMEX-TJR protocol|Our ", topic.source)

    def test_has_questions_to_learn_from(self, topic: Topic) -> None:
        assert len(topic.asks) >= 6
        assert topic.keywords

    def test_names_no_country_s_number(self, topic: Topic) -> None:
        assert not re.search(r"\b(911|999|112|111)\b", " ".join((*topic.say, *topic.brief)))


@pytest.mark.parametrize("topic", URGENT, ids=lambda topic: topic.id)
def test_a_red_flag_stops_the_exercise_first_and_says_where_to_turn(topic: Topic) -> None:
    assert re.match(r"Stop|Leave the exercises out", topic.say[0])
    assert re.search(r"emergency number|[Cc]all your doctor|checked", " ".join(topic.say))


@pytest.mark.parametrize("routine", [KNEE, SHORT], ids=lambda routine: routine.id)
def test_a_routine_names_advice_that_exists(routine: Routine) -> None:
    assert set(routine.advice) <= {topic.id for topic in TOPICS}


def _rows() -> list[tuple[str, list[str], str]]:
    rows = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and "`" in cells[1]:
            rows.append((cells[0], re.findall(r"`([^`]+)`", cells[1]), cells[2].strip('"')))
    return rows


ROWS = _rows()


class TestTableOfWhereItIsHeard:
    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
    def test_names_only_what_exists(self, row: tuple[str, list[str], str]) -> None:
        for place in row[1]:
            if place.startswith("advice/"):
                assert place.removeprefix("advice/") in {topic.id for topic in TOPICS}
            else:
                exercise, field = place.split(".")
                assert getattr(KNEE.exercise(exercise), field)

    @pytest.mark.parametrize("row", [row for row in ROWS if row[2]], ids=lambda row: row[2])
    def test_gives_questions_that_find_their_topic(self, row: tuple[str, list[str], str]) -> None:
        found = find_advice(row[2], TOPICS)
        assert found is not None
        assert f"advice/{found.topic.id}" in row[1]

    def test_leaves_out_no_topic_and_no_exercise(self) -> None:
        places = {place for _, some, _ in ROWS for place in some}
        assert {f"advice/{topic.id}" for topic in TOPICS} <= places
        for exercise in KNEE.exercises:
            assert {f"{exercise.id}.{field}" for field in ("dose", "movement", "benefit")} <= places
