"""Finding advice by name and by a question, and hearing a red flag."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from routines.advice import by_name, find_advice, red_flag
from routines.load import load_advice
from routines.model import Topic

TOPICS = load_advice()
QUESTIONS: dict[str, str | None] = yaml.safe_load(
    (Path(__file__).parent / "questions.yaml").read_text(encoding="utf-8")
)
URGENT = {topic.id for topic in TOPICS if topic.urgent}
RIGHT_ENOUGH = 0.95


def _find(question: str) -> str | None:
    found = find_advice(question, TOPICS)
    return found.topic.id if found else None


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("it got worse after yesterday", "worse-after-exercise"),
        ("can I take ibuprofen", "painkillers"),
        ("how often should I do these", "how-often"),
        ("my calf is swollen and warm", "red-flag-calf"),
        ("should I put ice on it", "ice"),
        ("is it ok to run", "what-to-avoid"),
        ("do I need a brace", "aids"),
        ("what is wrong with my knee", "causes"),
        ("my knee keeps giving way", "when-to-seek-help"),
        ("can I do squats", "what-to-avoid"),
    ],
)
def test_a_question_finds_its_topic(question: str, topic: str) -> None:
    assert _find(question) == topic


@pytest.mark.parametrize(
    "question",
    [
        "what's the weather",
        "play some music",
        "how do I cook rice",
        "who won the football",
        "",
        "?!",
        "the of",
    ],
)
def test_what_is_not_ours_is_not_known(question: str) -> None:
    assert _find(question) is None


def test_nearly_all_the_judged_questions_are_answered_rightly() -> None:
    right = sum(_find(question) == wanted for question, wanted in QUESTIONS.items())
    assert right >= RIGHT_ENOUGH * len(QUESTIONS)


@pytest.mark.parametrize("question", [q for q, wanted in QUESTIONS.items() if wanted is None])
def test_small_talk_is_never_answered_with_advice(question: str) -> None:
    assert _find(question) is None


@pytest.mark.parametrize(
    ("phrase", "topic"), [(q, wanted) for q, wanted in QUESTIONS.items() if wanted in URGENT]
)
def test_every_judged_red_flag_is_heard(phrase: str, topic: str) -> None:
    flag = red_flag(phrase, TOPICS)
    assert flag is not None
    assert flag.id == topic


@pytest.mark.parametrize("phrase", [q for q, wanted in QUESTIONS.items() if wanted not in URGENT])
def test_no_other_question_is_taken_for_a_red_flag(phrase: str) -> None:
    assert red_flag(phrase, TOPICS) is None


@pytest.mark.parametrize(
    "phrase",
    [
        "pause",
        "next",
        "slower please",
        "louder",
        "hold it",
        "stop",
        "skip",
        "I cannot kneel",
        "I can't stand",
        "I can't lie down",
        "the ball fell",
        "how long is left",
        "is that the left leg",
        "it's too hard",
        "I'm tired",
        "how should I breathe",
        "I can put weight on it",
        "my knee clicks",
        "where do I put the band",
    ],
)
def test_what_is_said_to_the_coach_in_a_session_is_no_red_flag(phrase: str) -> None:
    assert red_flag(phrase, TOPICS) is None


@pytest.mark.parametrize(
    ("phrase", "topic"),
    [
        ("I've fallen", "red-flag-injury"),
        ("help, I've fallen and I can't get up", "red-flag-injury"),
        ("I just fell", "red-flag-injury"),
        ("I stumbled and fell", "red-flag-injury"),
        ("I took a fall", "red-flag-injury"),
        ("she fell in the bathroom", "red-flag-injury"),
        ("I banged my knee on the table", "red-flag-injury"),
        ("I've twisted my knee", "red-flag-injury"),
        ("my knee gave way", "red-flag-knee"),
        ("my knee gave way and I fell", "red-flag-knee"),
        ("my leg just gave out", "red-flag-knee"),
        ("my knee buckled", "red-flag-knee"),
        ("my leg went from under me", "red-flag-knee"),
        ("it won't hold me", "red-flag-knee"),
        ("I can't stand on it", "red-flag-knee"),
        ("I can't stand up on it", "red-flag-knee"),
        ("I can't put any weight on it", "red-flag-knee"),
        ("I cannot bear weight", "red-flag-knee"),
        ("the pain keeps me awake", "red-flag-other"),
    ],
)
def test_what_happens_on_the_mat_is_a_red_flag_in_other_words_too(phrase: str, topic: str) -> None:
    flag = red_flag(phrase, TOPICS)

    assert flag is not None
    assert flag.id == topic


@pytest.mark.parametrize(
    "phrase",
    [
        "I fell asleep",
        "I've fallen behind with the exercises",
        "I fell out of the habit",
        "how do I avoid a fall",
        "do these exercises help against falls",
        "the ball popped",
        "the band snapped",
        "why does my knee pop",
        "why does my knee crack",
        "is cracking bad",
        "is a popping sound dangerous",
        "my knee keeps cracking",
        "does my weight matter",
        "my knee gives way at times",
        "how do I get up from the floor",
        "I cannot stand for long",
    ],
)
def test_a_question_that_only_sounds_like_one_is_no_red_flag(phrase: str) -> None:
    assert red_flag(phrase, TOPICS) is None


def test_a_red_flag_wins_over_everything_else_in_the_question() -> None:
    question = "how often should I do these exercises and can I take ibuprofen because my chest feels tight"
    found = find_advice(question, TOPICS)
    assert found is not None
    assert found.topic.id == "red-flag-chest"
    assert found.score == 1.0


def test_the_gravest_of_two_red_flags_wins() -> None:
    flag = red_flag("my calf is swollen and I am short of breath", TOPICS)
    assert flag is not None
    assert flag.id == "red-flag-chest"


def test_a_red_flag_that_is_denied_is_not_raised() -> None:
    assert red_flag("I don't have any chest pain", TOPICS) is None


def test_a_denied_red_flag_does_not_hide_another() -> None:
    flag = red_flag("I don't have chest pain but my knee is locked", TOPICS)
    assert flag is not None
    assert flag.id == "red-flag-knee"


def test_no_before_a_red_flag_does_not_deny_it() -> None:
    assert red_flag("no my chest hurts", TOPICS) is not None


@pytest.mark.parametrize("question", ["can i take ibuprofn", "is paracetemol ok", "do I need an asessment"])
def test_a_slip_of_one_letter_is_forgiven(question: str) -> None:
    assert _find(question) in {"painkillers", "assessment"}


def test_typographic_apostrophes_and_capitals_make_no_difference() -> None:
    assert _find("I CAN\u2019T PUT WEIGHT ON IT!") == "red-flag-knee"


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_each_example_finds_its_own_topic(topic: Topic) -> None:
    assert [ask for ask in topic.asks if _find(ask) != topic.id] == []


@pytest.mark.parametrize("name", ["how-often", "How often to exercise", "how often", "HOW-OFTEN"])
def test_a_topic_is_found_by_its_id_or_title(name: str) -> None:
    topic = by_name(name, TOPICS)
    assert topic is not None
    assert topic.id == "how-often"


def test_an_unknown_name_finds_nothing() -> None:
    assert by_name("weather", TOPICS) is None
    assert by_name("", TOPICS) is None


def test_a_language_without_search_words_compares_words_as_they_stand() -> None:
    topic = Topic(
        id="eis",
        title="Eis",
        asks=("wie lange soll ich das knie k\u00fchlen",),
        keywords=("knie",),
        say=("x",),
        brief=("x",),
        source="x",
    )
    found = find_advice("wie lange das knie k\u00fchlen", (topic,), "xx")
    assert found is not None
    assert found.topic is topic


def test_without_topics_nothing_is_found() -> None:
    assert find_advice("how often", ()) is None
    assert red_flag("chest pain", ()) is None


@given(st.text(max_size=80))
def test_any_text_is_answered_or_not_but_never_fails(text: str) -> None:
    found = find_advice(text, TOPICS)
    assert found is None or 0 < found.score <= 1.0 + 1e-9


@given(st.sampled_from([q for q, wanted in QUESTIONS.items() if wanted in URGENT]), st.integers(0, 3))
def test_a_red_flag_is_heard_inside_other_words(phrase: str, nth: int) -> None:
    before = ("well", "so today", "um I think", "sorry coach")[nth]
    after = ("you see", "", "and I am worried", "again")[nth]
    assert red_flag(f"{before} {phrase} {after}", TOPICS) is not None
