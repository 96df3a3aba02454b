"""Somebody speaks in the middle of a turn: the time since the reply says where they were."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.alexa.replies import Delivery
from skill.records import EventKind
from tests.alexa_device import Backend, Device

ROUTINE, REPS = "knee", 12


def at_wall_slides(delivery: Delivery = Delivery.APLA) -> Device:
    """Return a device that has just begun wall slides on the left."""
    device = Device(Backend(delivery=delivery))
    device.intent("StartRoutineIntent", routine=ROUTINE)
    for _ in range(2):
        device.intent("SkipIntent")
    device.listen()
    device.intent("ReadyIntent")
    assert device.place == ("working", "wall-slides/1/left")
    return device


def counts(device: Device) -> list[tuple[int, int]]:
    """Return when each repetition is counted in the last answer, and its number; not the "3, 2, 1"."""
    found = [(at_ms, int(text)) for at_ms, text in device.answer.sound.voices if text.isdecimal()]
    return found[3:] if [number for _, number in found[:3]] == [3, 2, 1] else found


@pytest.mark.parametrize("delivery", [Delivery.APLA, Delivery.SSML])
@settings(max_examples=8, deadline=None)
@given(after_ms=st.integers(0, 66_000))
def test_resume_goes_on_at_the_repetition_that_had_begun(delivery: Delivery, after_ms: int) -> None:
    device = at_wall_slides(delivery)
    begun = [number for at_ms, number in counts(device) if at_ms <= after_ms]

    device.interrupt(after_ms)
    device.intent("AMAZON.PauseIntent")
    device.backend.clock.forward(60_000)
    device.intent("AMAZON.ResumeIntent")

    assert counts(device)[0][1] == (begun[-1] if begun else 1)
    assert [number for _, number in counts(device)][-1] == REPS


@settings(max_examples=8, deadline=None)
@given(after_ms=st.integers(0, 66_000))
def test_repeat_does_the_set_again_from_its_first_repetition(after_ms: int) -> None:
    device = at_wall_slides()

    device.interrupt(after_ms)
    device.intent("AMAZON.RepeatIntent")

    assert [number for _, number in counts(device)] == list(range(1, REPS + 1))


@settings(max_examples=8, deadline=None)
@given(interruptions=st.lists(st.integers(3_000, 20_000), min_size=1, max_size=5))
def test_a_set_with_many_interruptions_counts_once_and_loses_no_repetition(interruptions: list[int]) -> None:
    device = at_wall_slides()
    heard = {number for at_ms, number in counts(device) if at_ms <= interruptions[0]}
    for after_ms, following in zip(interruptions, [*interruptions[1:], 200_000], strict=True):
        device.interrupt(after_ms)
        device.intent("WhichSideIntent")
        heard |= {number for at_ms, number in counts(device) if at_ms <= following}
    device.listen()
    device.intent("ReadyIntent")

    assert heard == set(range(1, REPS + 1))
    (session,) = device.backend.store.history(device.person)
    done = [event.key for event in session.events if event.kind is EventKind.BLOCK_DONE]
    assert done == ["done:wall-slides/1/left:0"]


def test_words_before_a_turn_do_not_count_as_time_in_it() -> None:
    device = at_wall_slides()
    device.interrupt(20_000)
    device.intent("AMAZON.HelpIntent")
    before = counts(device)[0]

    device.interrupt(before[0] - 1_500)  # still in the words of the help
    device.intent("WhichSideIntent")

    assert counts(device)[0][1] == before[1]


def test_a_long_answer_in_a_set_waits_for_ready_before_it_goes_on() -> None:
    device = at_wall_slides()
    device.interrupt(12_000)
    answer = device.intent("AdviceIntent", topic="causes")

    if not counts(device):
        assert re.search(r"go on\?$", answer.says)
    device.listen()
    device.intent("ReadyIntent")
    assert device.place is not None
    assert device.place[1].startswith("wall-slides/1/")


def test_what_was_heard_to_its_end_is_kept_where_nobody_answers() -> None:
    device = at_wall_slides()
    device.listen()
    device.ended()

    (session,) = device.backend.store.history(device.person)
    kinds = [event.kind for event in session.events]
    assert kinds.count(EventKind.BLOCK_DONE) == 1
    assert EventKind.INTERRUPTED in kinds


def test_what_was_never_heard_is_not_kept_where_a_reply_was_refused() -> None:
    device = at_wall_slides()
    device.listen()
    device.ended("ERROR", {"type": "INVALID_RESPONSE"})

    (session,) = device.backend.store.history(device.person)
    assert EventKind.BLOCK_DONE not in [event.kind for event in session.events]
    assert device.launch().says.endswith("Shall we go on there?")


def refuse(device: Device) -> None:
    """Tell that Alexa did not take the last reply, a while after the one before."""
    device.backend.clock.forward(60_000)
    device.ended("ERROR", {"type": "INVALID_RESPONSE"})


def kind(device: Device) -> str:
    """Return how a turn reaches a device."""
    device.intent("StartRoutineIntent", routine=ROUTINE)
    for _ in range(2):
        response = device.intent("AMAZON.NextIntent").response
    document = next((d["document"] for d in response.get("directives", ()) if "APLA" in d["type"]), None)
    shown = any(d["type"] == "Alexa.Presentation.APL.RenderDocument" for d in response.get("directives", ()))
    sounds = "soundbank" in json.dumps(document)
    heard = "speech" if document is None else "document with sounds" if sounds else "document"
    return heard + ", screen" * shown


def test_a_device_that_refuses_replies_gets_simpler_ones_each_time_and_is_remembered() -> None:
    device = Device(interfaces=("AudioPlayer", "Alexa.Presentation.APL"))
    found = [kind(device)]
    for _ in range(4):
        refuse(device)
        found.append(kind(device))

    assert found == [
        *("document with sounds, screen", "document, screen", "speech, screen", "speech", "speech"),
    ]


def test_on_a_device_whose_screen_is_refused_the_welcome_is_spoken_only_in_the_end() -> None:
    device = Device(interfaces=("AudioPlayer", "Alexa.Presentation.APL"))
    for _ in range(3):
        device.launch()
        refuse(device)

    assert "directives" not in device.launch().response


def test_another_device_of_the_same_person_gets_what_it_can_take() -> None:
    device = at_wall_slides()
    refuse(device)
    other = Device(device.backend, name="amzn1.ask.device.BATHROOM")

    assert kind(other) == "document with sounds"
    assert kind(device) == "document"


def test_a_refusal_that_is_told_twice_counts_once() -> None:
    device = at_wall_slides()
    refuse(device)
    device.event("System.ExceptionEncountered", error={"type": "INVALID_RESPONSE"})

    assert kind(device) == "document"


def test_where_speech_is_the_usual_a_refusal_never_leads_to_documents() -> None:
    device = at_wall_slides(Delivery.SSML)
    refuse(device)

    assert kind(device) == "speech"


def test_a_clock_that_goes_back_loses_nothing() -> None:
    device = at_wall_slides()
    device.backend.clock.forward(-3_600_000)
    device.intent("ReadyIntent")

    assert [number for _, number in counts(device)] == list(range(1, REPS + 1))


def cycling() -> Device:
    """Return a device that has just begun the cycling, which takes twelve minutes."""
    device = Device()
    device.intent("StartRoutineIntent", routine=ROUTINE)
    for _ in range(6):
        if device.place == ("leading", "cycling/lead"):
            break
        device.intent("SkipIntent")
    for _ in range(3):
        device.listen()
        device.intent("ReadyIntent")
        if device.place == ("working", "cycling/1/both"):
            return device
    raise AssertionError(device.place)


def minutes_left(device: Device) -> list[str]:
    return re.findall(r"(\d+) minutes? left", device.answer.says)


def test_repeat_inside_cycling_goes_back_to_the_last_minute_and_no_further() -> None:
    device = cycling()
    for _ in range(4):
        device.listen()
        device.intent("AMAZON.YesIntent")
    called = minutes_left(device)

    device.interrupt(device.answer.sound.length_ms // 2)
    device.intent("AMAZON.RepeatIntent")

    assert minutes_left(device)[0] in (called[0], str(int(called[0]) + 1))
    assert device.answer.sound.voices[0][1] == "3"
    assert "And go" not in device.answer.says


def test_after_the_whole_cycling_repeat_asks_again_instead_of_beginning_twelve_minutes_anew() -> None:
    device = cycling()
    for _ in range(30):
        if "That was the last one" in device.answer.question:
            break
        device.listen()
        device.intent("AMAZON.YesIntent")
    device.listen()

    assert device.intent("AMAZON.RepeatIntent").question == "That was the last one. Shall we finish?"
