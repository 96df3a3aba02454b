"""Reminders: from "remind me" through the endpoint and the SDK's own clients to what is asked of Alexa."""

from __future__ import annotations

import re
import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from ask_sdk_core.exceptions import ApiClientException
from ask_sdk_model.services.api_client_request import ApiClientRequest

from routines.phrases import load_phrases
from skill.alexa.conversation import WANTS
from skill.alexa.intents import Every
from skill.alexa.reminders import AlexaReminders, Outcome, Wish, patient_client
from skill.alexa.wishes import INTENTS, Want, heard
from skill.records import EventKind
from tests.alexa_device import MORNING, Backend, Clock, Device
from tests.alexa_services import Services

GRANTED = {"scopes": {"alexa::alerts:reminders:skill:readwrite": {"status": "GRANTED"}}}
EVERY_OTHER_DAY = "remind me every other day at nine"


def device(services: Services, at: datetime = MORNING, **told: Any) -> Device:
    """Return a device of an account that allows reminders."""
    backend = Backend(reminders=AlexaReminders(client=services), clock=Clock(at))
    return Device(backend, permissions=told.pop("permissions", GRANTED), **told)


def card(made: Device) -> Any:
    return made.answer.response.get("card", {}).get("type")


def test_it_says_when_and_how_often_and_sets_nothing_before_the_yes() -> None:
    services = Services()
    spoken = device(services).one_shot(EVERY_OTHER_DAY)

    assert spoken.question == "Shall I remind you every other day at 9:00 AM?"
    assert services.asked == []


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (EVERY_OTHER_DAY, "FREQ=DAILY;INTERVAL=2;BYHOUR=9;BYMINUTE=0;BYSECOND=0"),
        (
            "remind me every day at half past nine in the evening",
            "FREQ=DAILY;INTERVAL=1;BYHOUR=21;BYMINUTE=30;BYSECOND=0",
        ),
    ],
)
def test_a_yes_sets_a_reminder_that_comes_again_in_the_time_zone_of_the_device(words: str, rule: str) -> None:
    services = Services(zone="America/New_York")
    made = device(services, at=datetime(2026, 3, 2, 2, 30, tzinfo=UTC))
    made.one_shot(words)
    made.listen()
    answer = made.say("yes")

    (asked,) = services.reminders
    assert asked.method == "POST"
    assert asked.url == "https://api.amazonalexa.com/v1/alerts/reminders"
    assert asked.headers["Authorization"] == "Bearer a-token"
    trigger = asked.body["trigger"]
    assert trigger["type"] == "SCHEDULED_ABSOLUTE"
    assert trigger["timeZoneId"] == "America/New_York"
    assert trigger["recurrence"]["recurrenceRules"] == [rule]
    # It is still yesterday there, and times go without their zone.
    assert re.fullmatch(r"2026-03-01T21:30:\d\d", trigger["recurrence"]["startDateTime"])
    assert "All right. I remind you every" in answer.says
    assert answer.ends


def test_the_text_is_plain_with_nothing_about_health_or_the_skill() -> None:
    services = Services()
    made = device(services)
    made.one_shot(EVERY_OTHER_DAY)
    made.say("yes")

    (asked,) = services.reminders
    (content,) = asked.body["alertInfo"]["spokenInfo"]["content"]
    assert content == {"locale": "en-US", "text": "Time to do your exercises."}
    assert not re.search(r"(?i)pain|knee|health|steady|alexa|doctor|hurt", str(asked.body["alertInfo"]))


def test_times_are_said_as_the_country_says_them() -> None:
    made = device(Services(), locale="en-GB")

    assert "21:30" in made.intent("RemindIntent", time="21:30", every="daily").question


def test_without_permission_there_is_a_card_and_nothing_is_asked_of_alexa() -> None:
    services = Services()
    made = device(services, permissions={})
    answer = made.one_shot(EVERY_OTHER_DAY)

    assert card(made) == "AskForPermissionsConsent"
    assert made.answer.response["card"]["permissions"] == ["alexa::alerts:reminders:skill:readwrite"]
    assert "permission" in answer.says
    assert answer.ends
    assert services.asked == []


def test_a_denied_permission_is_none() -> None:
    denied = {"scopes": {"alexa::alerts:reminders:skill:readwrite": {"status": "DENIED"}}}
    made = device(Services(), permissions=denied)
    made.one_shot(EVERY_OTHER_DAY)

    assert card(made) == "AskForPermissionsConsent"


@pytest.mark.parametrize("status", [401, 403])
def test_what_alexa_does_not_allow_asks_for_permission(status: int) -> None:
    made = device(Services(status=status))
    made.one_shot(EVERY_OTHER_DAY)
    made.say("yes")

    assert card(made) == "AskForPermissionsConsent"


def test_a_device_that_takes_no_reminder_is_told_so_without_a_card() -> None:
    made = device(Services(status=403, code="DEVICE_NOT_SUPPORTED"))
    made.one_shot(EVERY_OTHER_DAY)

    assert "this device" in made.say("yes").says
    assert card(made) is None


@pytest.mark.parametrize("services", [Services(status=status) for status in (0, 400, 429, 500, 503)])
def test_what_fails_at_alexa_is_a_sorry(services: Services) -> None:
    made = device(services)
    made.one_shot(EVERY_OTHER_DAY)

    assert "Sorry" in made.say("yes").says
    assert card(made) is None


@pytest.mark.parametrize("status", [0, 204, 401, 403, 429, 500])
def test_without_a_time_zone_none_is_set_at_a_wrong_hour(status: int) -> None:
    services = Services(zone_status=status, zone="")
    made = device(services)
    made.one_shot(EVERY_OTHER_DAY)

    assert "Sorry" in made.say("yes").says
    assert services.reminders == []
    assert card(made) is None


def test_a_missing_time_is_asked_for_and_how_often_is_kept() -> None:
    services = Services()
    made = device(services)
    made.one_shot("remind me every day")
    assert made.answer.question.endswith("At what time shall I remind you?")

    assert made.say("remind me at nine").question == "Shall I remind you every day at 9:00 AM?"


def test_yes_to_the_question_at_what_time_asks_it_again() -> None:
    made = device(Services())
    made.one_shot("remind me")

    assert made.say("yes").question.endswith("At what time shall I remind you?")


@pytest.mark.parametrize("slots", [{"time": "MO"}, {"time": "soon"}, {"time": "09:00", "every": "fortnight"}])
def test_what_is_unclear_is_answered_with_what_can_be_said(slots: dict[str, str]) -> None:
    answer = device(Services()).intent("RemindIntent", **slots)

    assert "every day or every other day" in answer.says
    assert not answer.ends


def test_no_sets_nothing() -> None:
    services = Services()
    made = device(services)
    made.one_shot(EVERY_OTHER_DAY)

    assert "no reminder" in made.say("no").says
    assert services.asked == []


def test_ready_is_no_agreement() -> None:
    services = Services()
    made = device(services)
    made.one_shot(EVERY_OTHER_DAY)
    made.say("i am ready")

    assert services.asked == []


def test_before_a_routine_it_goes_back_to_the_offer() -> None:
    made = device(Services())
    made.launch()
    made.say(EVERY_OTHER_DAY)
    answer = made.say("yes")

    assert "Shall we do the short knee routine?" in answer.question
    assert made.say("yes").says


def test_in_the_midst_of_a_routine_the_place_is_kept() -> None:
    made = device(Services())
    made.launch()
    made.say("start the knee routine")
    for _ in range(3):
        made.listen()
        made.say("ready")
    made.interrupt(20_000)
    made.say(EVERY_OTHER_DAY)
    before = made.place
    answer = made.say("yes")

    assert "All right. I remind you" in answer.says
    assert made.place == before
    assert not answer.ends
    made.say("yes")
    assert "sent" in made.attributes


def test_pain_while_a_reminder_is_asked_about_ends_everything() -> None:
    made = device(Services())
    made.launch()
    made.say("start the knee routine")
    made.say(EVERY_OTHER_DAY)
    answer = made.say("it hurts")

    assert answer.ends
    (session,) = made.backend.store.history(made.person)
    assert session.events[-1].kind is EventKind.STOPPED
    assert session.events[-1].data["reason"] == "pain"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://api.amazonalexa.com",
        "https://api.amazonalexa.com.example.org",
        "https://example.org",
        "https://me@api.amazonalexa.com",
        "https://[",
        "",
    ],
)
def test_the_token_goes_to_alexa_alone(endpoint: str) -> None:
    services = Services()
    told = {"context": {"System": {"apiEndpoint": endpoint, "apiAccessToken": "a-token"}}}
    at = Wish.of("09:00 daily").at
    assert at is not None

    assert AlexaReminders(client=services).set(at, Every.DAILY, "text", heard(told)) is Outcome.FAILED
    assert services.asked == []


def test_waiting_for_an_answer_of_alexa_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        request = ApiClientRequest()
        request.url = f"https://127.0.0.1:{deaf.getsockname()[1]}/"
        request.method, request.headers = "GET", []

        with pytest.raises(ApiClientException, match="timed out"):
            patient_client((0.2, 0.05)).invoke(request)


def test_the_token_is_in_no_log() -> None:
    assert "secret" not in repr(heard({"context": {"System": {"apiAccessToken": "secret"}}}))


def test_every_intent_is_answered() -> None:
    silent = {Want.ENDED, Want.FORGET, Want.FAILED, Want.PLAYER, Want.BUTTON, Want.NOTHING}

    assert set(INTENTS.values()) - silent <= set(WANTS)


def test_every_outcome_has_its_words() -> None:
    say = load_phrases("en")

    assert all(say.has(f"alexa-remind.{outcome}") for outcome in Outcome if outcome is not Outcome.SET)
    assert all(say.has(f"alexa-remind.{part}.{every}") for part in ("set", "ask") for every in Every)


@pytest.mark.parametrize(
    ("time", "question"),
    [
        ("at nine", "Shall I remind you every other day at 9:00 AM?"),
        ("nine", "Shall I remind you every other day at 9:00 AM?"),
        ("half past eight in the evening", "Shall I remind you every other day at 8:30 PM?"),
        ("every day at nine", "Shall I remind you every day at 9:00 AM?"),
        ("every other day at nine", "Shall I remind you every other day at 9:00 AM?"),
        ("twenty one", "Shall I remind you every other day at 9:00 PM?"),
    ],
)
def test_the_time_by_itself_answers_at_what_time(time: str, question: str) -> None:
    services = Services()
    made = device(services)
    assert "At what time" in made.one_shot("remind me").question
    made.listen()

    assert made.say(time).question == question

    made.listen()
    made.say("yes")
    assert len(services.reminders) == 1


def test_how_often_can_still_be_changed_before_the_yes() -> None:
    made = device(Services())
    made.one_shot("remind me at nine")

    assert made.say("every day").question == "Shall I remind you every day at 9:00 AM?"
    assert made.say("at ten").question == "Shall I remind you every day at 10:00 AM?"


@pytest.mark.parametrize("said", ["fifty", "forty five"])
def test_a_number_that_is_no_hour_is_asked_about_again(said: str) -> None:
    made = device(Services())
    made.one_shot("remind me")
    answer = made.say(said)

    assert "at a time such as nine in the morning" in answer.says
    assert "At what time" in answer.question
