"""What is told before the first count: everything that matters for safety, and the less the better known."""

from __future__ import annotations

import pytest

from routines.load import load_routine
from routines.plan import Plan, Words
from skill.alexa.replies import Delivery
from tests.alexa_device import Backend, Device

RED_FLAGS = (
    *("locked", "badly swollen", "hot and red", "cannot take your weight"),
    *("swollen, warm calf", "chest pain", "trouble breathing"),
)
DAYS = 2 * 24 * 60 * 60_000


def all_done(device: Device, routine: str = "short knee routine") -> Device:
    """Return the device after somebody has done all of a routine with it, two days later."""
    device.launch()
    device.say(f"start the {routine}")
    for _ in range(60):
        if device.answer.ends:
            break
        device.listen()
        device.say("ready")
    device.backend.clock.forward(DAYS)
    return device


def told(device: Device, routine: str = "short knee routine") -> str:
    """Return all that is said from the start to the first count."""
    answer = device.one_shot(f"start the {routine}")
    said = answer.says
    while not any(text.isdecimal() for _, text in answer.sound.voices):
        device.listen()
        answer = device.say("ready")
        said += f" {answer.says}"
    return said


def to_first_count_ms(device: Device, routine: str) -> int:
    """Return how much sound there is before the first count, if every answer comes at once."""
    answer, gone_ms = device.one_shot(f"start the {routine}"), 0
    while not (counts := [at_ms for at_ms, text in answer.sound.voices if text.isdecimal()]):
        gone_ms += answer.sound.length_ms
        device.listen()
        answer = device.say("ready")
    return gone_ms + counts[0]


@pytest.mark.parametrize("delivery", Delivery)
@pytest.mark.parametrize("routine", ["knee routine", "short knee routine"])
def test_who_has_never_done_it_is_told_all_that_makes_it_safe(routine: str, delivery: Delivery) -> None:
    said = told(Device(Backend(delivery=delivery)), routine)

    for part in (*RED_FLAGS, "a physiotherapist or doctor has said", "You need", "Stop at once", "it hurts"):
        assert part in said
    first = load_routine("knee" if routine == "knee routine" else "knee-short").exercises[0]
    for line in (*first.set_up.full, *first.movement.full, first.feel, first.breathing, *first.cautions):
        assert line in said


@pytest.mark.parametrize("delivery", Delivery)
def test_who_has_done_it_all_hears_the_red_flags_again_and_the_rest_briefly(delivery: Delivery) -> None:
    said = told(all_done(Device(Backend(delivery=delivery))))

    first = load_routine("knee-short").exercises[0]
    for part in (*RED_FLAGS, "Stop at once", "it hurts", *first.needs, *first.set_up.brief):
        assert part in said
    for part in ("a physiotherapist or doctor has said", first.feel, first.set_up.full[-1]):
        assert part not in said


def test_who_has_done_it_all_gets_to_the_first_count_in_well_under_two_thirds_of_the_time() -> None:
    device = Device()
    before_ms = to_first_count_ms(device, "short knee routine")

    assert to_first_count_ms(all_done(Device()), "short knee routine") < before_ms * 2 // 3


def test_a_routine_with_exercises_that_are_new_is_told_as_new() -> None:
    said = told(all_done(Device()), "knee routine")

    assert "a physiotherapist or doctor has said" in said
    assert load_routine("knee").exercises[0].feel in said


def test_after_pain_everything_is_told_again() -> None:
    device = all_done(Device())
    told(device)
    device.say("it hurts")
    device.backend.clock.forward(DAYS)

    assert "a physiotherapist or doctor has said" in told(device)


def test_who_wants_everything_explained_gets_it_the_next_time_too_until_they_want_it_briefly() -> None:
    device, first = all_done(Device()), load_routine("knee-short").exercises[0]
    device.one_shot("explain everything")
    assert first.feel in told(device)
    device.say("stop")

    device.one_shot("keep it brief")
    device.say("stop")
    assert first.feel not in told(device)


def test_the_plan_itself_stays_as_it_was_chosen() -> None:
    device = all_done(Device())
    told(device)

    assert device.backend.store.plan(device.person) == Plan(words=Words.FULL)


def test_where_the_safety_words_are_said_again_somebody_who_knows_them_still_gets_the_short_ones() -> None:
    device = all_done(Device())
    device.one_shot("start the short knee routine")
    device.interrupt(3_000)

    again = device.say("repeat").says

    assert "Not today if" in again
    assert "a physiotherapist or doctor has said" not in again
