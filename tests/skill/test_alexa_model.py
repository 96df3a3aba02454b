"""What Alexa is told about how people speak: the interaction models, in every locale."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from routines.advice import find_advice, red_flag
from routines.load import Library, load_advice, routine_ids
from routines.model import Barrier
from routines.phrases import load_phrases, locales
from skill.alexa.intents import INTENTS, Every, SlotType
from skill.alexa.model import alexa_locales, interaction_model, spoken
from skill.alexa.wishes import INTENTS as ANSWERED
from tests.alexa_model import Ears, Heard, SlotHeard, intent_json, match, values_of
from tests.alexa_rules import MOST_BYTES, faults
from tests.sources import ROOT

Json = dict[str, Any]

MODEL = interaction_model(Library("en"))
EARS = Ears(MODEL)


def _type(name: str) -> dict[str, str]:
    types = MODEL["interactionModel"]["languageModel"]["types"]
    return values_of(next(each for each in types if each["name"] == name))


# -- the whole -------------------------------------------------------------------------------------


def test_english_serves_all_five_of_alexas_english_locales() -> None:
    english = [alexa for alexa, locale in alexa_locales().items() if locale == "en"]

    assert english == ["en-US", "en-GB", "en-AU", "en-CA", "en-IN"]


def test_no_locale_of_alexas_is_served_twice() -> None:
    served = [alexa for locale in locales() for alexa in load_phrases(locale).lines("alexa-model.locales")]

    assert sorted(served) == sorted(set(served))


@pytest.mark.parametrize("locale", locales())
def test_every_language_has_just_the_intents_that_are_answered(locale: str) -> None:
    intents = interaction_model(Library(locale))["interactionModel"]["languageModel"]["intents"]

    assert sorted(intent["name"] for intent in intents) == sorted(ANSWERED)


@pytest.mark.parametrize("locale", locales())
def test_every_model_keeps_amazons_rules(locale: str) -> None:
    assert faults(interaction_model(Library(locale))) == []


@pytest.mark.parametrize("locale", locales())
def test_every_model_is_small_enough_to_be_taken(locale: str) -> None:
    assert len(json.dumps(interaction_model(Library(locale))).encode()) < MOST_BYTES


def test_every_slot_type_has_the_ids_that_the_handlers_know() -> None:
    topics = load_advice()

    assert set(_type(SlotType.ROUTINE).values()) == set(routine_ids())
    assert set(_type(SlotType.BARRIER).values()) == {str(barrier) for barrier in Barrier}
    assert set(_type(SlotType.EVERY).values()) == {str(every) for every in Every}
    assert set(_type(SlotType.TOPIC).values()) == {topic.id for topic in topics if not topic.urgent}
    assert set(_type(SlotType.FLAG).values()) == {topic.id for topic in topics if topic.urgent}


def test_a_plain_intent_understands_many_ways_of_saying_it() -> None:
    custom = [intent for intent in INTENTS if not intent.is_built_in]
    samples = {
        intent["name"]: intent["samples"] for intent in MODEL["interactionModel"]["languageModel"]["intents"]
    }

    assert {
        intent.name: len(samples[intent.name]) for intent in custom if len(samples[intent.name]) < 15
    } == {}


def test_a_routine_of_ones_own_is_understood_by_its_name(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "routines" / "shoulders.yaml", tmp_path)
    library = Library("en", (tmp_path,))
    model = interaction_model(library)

    heard = match(f"start the {library.routine('shoulders').title}", model)

    assert (heard.intent, heard.slots["routine"].id) == ("StartRoutineIntent", "shoulders")


# -- what is heard ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "intent", "slots"),
    [
        ("start knee routine", "StartRoutineIntent", {"routine": "knee"}),
        ("start the knee routine", "StartRoutineIntent", {"routine": "knee"}),
        ("knee routine", "StartRoutineIntent", {"routine": "knee"}),
        ("the full knee routine please", "StartRoutineIntent", {"routine": "knee"}),
        ("start the short knee routine", "StartRoutineIntent", {"routine": "knee-short"}),
        ("let's do the short one", "StartRoutineIntent", {"routine": "knee-short"}),
        ("start my exercises", "StartRoutineIntent", {}),
        ("it hurts", "PainIntent", {}),
        ("ow my knee", "PainIntent", {}),
        ("ouch", "PainIntent", {}),
        ("it hurts more", "MorePainIntent", {}),
        ("I have chest pain", "RedFlagIntent", {"flag": "red-flag-chest"}),
        ("I feel dizzy", "RedFlagIntent", {"flag": "red-flag-faint"}),
        ("I can't put weight on my leg", "RedFlagIntent", {"flag": "red-flag-knee"}),
        ("I fell", "RedFlagIntent", {"flag": "red-flag-injury"}),
        ("call an ambulance", "RedFlagIntent", {}),
        ("I cannot kneel", "CannotIntent", {"barrier": "kneel"}),
        ("I can't lie on my back", "CannotIntent", {"barrier": "lie"}),
        ("I can't get up from the floor", "CannotIntent", {"barrier": "floor"}),
        ("I cannot stand up", "CannotIntent", {"barrier": "stand"}),
        ("I have no bike", "CannotIntent", {"barrier": "cycle"}),
        ("I don't have a band or a ball", "CannotIntent", {"barrier": "equipment"}),
        ("I cannot whistle", "CannotIntent", {"barrier": None}),
        ("I can't do this exercise", "CannotIntent", {}),
        ("how long is left", "HowLongIntent", {}),
        ("which side", "WhichSideIntent", {}),
        ("what do I need", "NeedsIntent", {}),
        ("why this exercise", "WhyIntent", {}),
        ("how am I doing", "HowAmIDoingIntent", {}),
        ("slower", "SlowerIntent", {}),
        ("too fast", "SlowerIntent", {}),
        ("faster", "FasterIntent", {}),
        ("easier", "EasierIntent", {}),
        ("skip this one", "SkipIntent", {}),
        ("I'm ready", "ReadyIntent", {}),
        ("be brief", "BriefIntent", {}),
        ("explain more", "FullIntent", {}),
        ("what can I say", "WhatCanISayIntent", {}),
        ("list routines", "ListRoutinesIntent", {}),
        ("can I take ibuprofen?", "AdviceIntent", {"topic": "painkillers"}),
        ("tell me about braces", "AdviceIntent", {"topic": None}),
        ("tell me about ice", "AdviceIntent", {"topic": "ice"}),
        ("link code four two seven one", "LinkIntent", {"code": None}),
        ("seven", "NumberIntent", {"number": None}),
        ("it's a four", "NumberIntent", {"number": None}),
        ("three out of ten", "NumberIntent", {"number": None}),
        ("stop", "AMAZON.StopIntent", {}),
        ("I'm done", "AMAZON.StopIntent", {}),
        ("wait a moment", "AMAZON.PauseIntent", {}),
        ("carry on", "AMAZON.ResumeIntent", {}),
        ("next exercise", "AMAZON.NextIntent", {}),
        ("do that again", "AMAZON.RepeatIntent", {}),
        ("yes", "AMAZON.YesIntent", {}),
        ("not now", "AMAZON.NoIntent", {}),
        ("purple monkeys", "AMAZON.FallbackIntent", {}),
    ],
)
def test_what_a_person_says_becomes_the_intent_that_is_meant(
    said: str, intent: str, slots: dict[str, str | None]
) -> None:
    heard = EARS.hear(said)

    assert (heard.intent, {name: slot.id for name, slot in heard.slots.items()}) == (intent, slots)


@pytest.mark.parametrize(
    ("said", "slots"),
    [
        ("remind me every other day at nine", {"every": "every other day", "time": "09:00"}),
        ("remind me at half past eight in the evening", {"time": "20:30"}),
        ("remind me to do my exercises every day at ten fifteen", {"every": "every day", "time": "10:15"}),
        ("remind me", {}),
        ("at nine", {"time": "09:00"}),
        ("nine in the morning", {"time": "09:00"}),
        ("half past eight in the evening", {"time": "20:30"}),
        ("every other day at nine", {"every": "every other day", "time": "09:00"}),
        ("at nine every day", {"every": "every day", "time": "09:00"}),
        ("every day", {"every": "every day"}),
    ],
)
def test_a_reminder_is_heard_with_its_time_and_how_often(said: str, slots: dict[str, str]) -> None:
    heard = EARS.hear(said)

    assert heard.intent == "RemindIntent"
    assert {name: slot.value for name, slot in heard.slots.items()} == slots


def test_a_free_question_comes_with_the_words_after_its_beginning() -> None:
    heard = EARS.hear("Can I take a painkiller?")

    assert heard == Heard("QuestionIntent", {"question": SlotHeard("take a painkiller")})


def test_a_code_is_heard_as_its_digits() -> None:
    assert EARS.hear("my code is four two seven one").slots["code"].value == "4271"


@pytest.mark.parametrize(
    "topic", [topic for topic in load_advice() if topic.urgent], ids=lambda topic: topic.id
)
def test_every_core_of_a_red_flag_is_heard_as_that_red_flag(topic: Any) -> None:
    heard = {ask: EARS.hear(ask) for ask in topic.asks}

    assert {
        ask: h for ask, h in heard.items() if h.intent != "RedFlagIntent" or h.slots["flag"].id != topic.id
    } == {}


@pytest.mark.parametrize("locale", locales())
def test_what_alexa_takes_for_a_red_flag_the_advice_takes_for_the_same(locale: str) -> None:
    """Alexa and the keys of the PC must not disagree about when exercise is blocked."""
    topics = load_advice(locale)
    phrases = load_phrases(locale)
    said = {
        (phrase_id.rpartition(".")[2], line)
        for phrase_id in phrases.under("alexa-model.flags")
        for line in phrases.lines(phrase_id)
    }
    found = {(topic.id, line) for _, line in said if (topic := red_flag(line, topics, locale))}

    assert sorted(said - found) == []


def test_every_calm_example_question_of_the_advice_is_answered_by_its_topic() -> None:
    """By name, or as a free question that the search answers; pain is heard as pain."""
    topics = load_advice()
    wrong = {}
    for topic in (topic for topic in topics if not topic.urgent):
        for ask in topic.asks:
            heard = EARS.hear(ask)
            meant = heard.slots["topic"].id if heard.intent == "AdviceIntent" else heard.intent
            if meant not in (topic.id, "PainIntent", "MorePainIntent"):
                wrong[ask] = heard

    assert wrong == {}


@pytest.mark.parametrize(
    "question", ["can i take a painkiller", "should i use an ice pack", "how often should i exercise"]
)
def test_a_question_that_lost_its_beginning_still_finds_its_advice(question: str) -> None:
    topics = load_advice()
    heard = EARS.hear(question)
    text = heard.slots["question" if heard.intent == "QuestionIntent" else "topic"].value
    whole, rest = find_advice(question, topics), find_advice(text, topics)

    assert whole is not None
    assert rest is not None
    assert rest.topic.id == whole.topic.id


def test_a_heard_value_comes_as_amazon_sends_it() -> None:
    intent = intent_json(EARS.hear("start the short one"), MODEL)
    authority = intent["slots"]["routine"]["resolutions"]["resolutionsPerAuthority"][0]

    assert intent["slots"]["routine"]["value"] == "short one"
    assert authority["status"] == {"code": "ER_SUCCESS_MATCH"}
    assert authority["values"] == [{"value": {"name": "short knee routine", "id": "knee-short"}}]


def test_an_unknown_value_comes_without_an_id_as_amazon_sends_it() -> None:
    intent = intent_json(EARS.hear("i cannot whistle"), MODEL)
    authority = intent["slots"]["barrier"]["resolutions"]["resolutionsPerAuthority"][0]

    assert (intent["slots"]["barrier"]["value"], authority["status"]["code"]) == (
        "whistle",
        "ER_SUCCESS_NO_MATCH",
    )
    assert "values" not in authority


def test_a_slot_that_was_not_filled_comes_empty() -> None:
    assert intent_json(EARS.hear("remind me"), MODEL)["slots"]["time"] == {
        "name": "time",
        "confirmationStatus": "NONE",
    }


# -- the check of Amazon's rules is itself checked -------------------------------------------------


@pytest.mark.parametrize(
    ("intent", "sample", "fault"),
    [
        ("WhyIntent", "why 2", "only small letters"),
        ("WhyIntent", "why, then", "only small letters"),
        ("WhyIntent", "why  two spaces", "only small letters"),
        ("WhyIntent", "Why", "only small letters"),
        ("WhyIntent", "slower", "belongs to SlowerIntent and WhyIntent"),
        ("WhyIntent", "i cannot kneel", "belongs to CannotIntent and WhyIntent"),
        ("WhyIntent", "why {what}", "slots []"),
        ("WhyIntent", "why", "has a sample twice"),
        ("WhyIntent", "why " * 60 + "why", "is too long"),
        ("QuestionIntent", "{question}", "a search query needs words"),
        ("RemindIntent", "remind me {every} and {every}", "has a slot twice"),
        ("AMAZON.FallbackIntent", "hello", "may not be extended"),
    ],
)
def test_a_sample_that_amazon_would_refuse_is_found(intent: str, sample: str, fault: str) -> None:
    model = copy.deepcopy(MODEL)
    for each in model["interactionModel"]["languageModel"]["intents"]:
        if each["name"] == intent:
            each["samples"].append(sample)

    assert [text for text in faults(model) if fault in text] != []


@pytest.mark.parametrize(
    "name", ["coach", "my knee", "open steady coach", "alexa coach", "Steady Coach", "coach 2"]
)
def test_an_invocation_name_that_amazon_would_refuse_is_found(name: str) -> None:
    model = copy.deepcopy(MODEL)
    model["interactionModel"]["languageModel"]["invocationName"] = name

    assert faults(model) != []


def test_a_name_that_stands_for_two_values_is_found() -> None:
    model = copy.deepcopy(MODEL)
    values = model["interactionModel"]["languageModel"]["types"][0]["values"]
    values[0]["name"]["synonyms"].append(values[1]["name"]["value"])

    assert [text for text in faults(model) if "stands twice" in text] != []


@pytest.mark.parametrize(
    ("text", "as_heard"),
    [
        ("I can\N{RIGHT SINGLE QUOTATION MARK}t kneel!", "i can't kneel"),
        ("A swollen, warm or throbbing calf", "a swollen warm or throbbing calf"),
        ("  warm-up ", "warm up"),
    ],
)
def test_a_text_is_compared_as_it_sounds(text: str, as_heard: str) -> None:
    assert spoken(text) == as_heard


# -- another language ------------------------------------------------------------------------------

_LOCALES_OF = """
import sys
from routines.load import Library
from skill.alexa.model import alexa_locales, interaction_model

model = interaction_model(Library("da"))["interactionModel"]["languageModel"]
print(alexa_locales().get("da-DK"), model["invocationName"])
"""


def test_a_language_comes_to_alexa_by_adding_files_only(tmp_path: Path) -> None:
    """Danish by name, made from the English files in a copy of the packages."""
    for package in ("routines", "speech", "skill"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "package")
        )
    data = tmp_path / "routines"
    english = (data / "phrases" / "en.yaml").read_text(encoding="utf-8")
    danish = english.replace("locales: [en-US, en-GB, en-AU, en-CA, en-IN]", "locales: [da-DK]")
    danish = danish.replace("invocation: steady coach", "invocation: rolig coach")
    (data / "phrases" / "da.yaml").write_text(danish, encoding="utf-8")
    shutil.copytree(data / "library" / "en", data / "library" / "da")

    done = subprocess.run(
        [sys.executable, "-c", _LOCALES_OF],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stderr, done.stdout.strip()) == ("", "da rolig coach")
