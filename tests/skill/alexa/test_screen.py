"""What a screen shows beside what is heard: the same steps at the same times, counted by the device."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from routines.lengths import EstimatedLengths
from routines.phrases import load_phrases
from skill.alexa.conversation import Reply
from skill.alexa.replies import Delivery, Replies
from skill.alexa.screen import BIG, SESSION_DONE, TURN_DONE, still
from skill.alexa.talk import Talk
from skill.alexa.wishes import TOUCHES
from speech.limits import REPLY_BYTES
from tests.alexa_device import Answer, Backend, Device, hear
from tests.apl_expressions import bound, evaluate

Json = dict[str, Any]
KIND = "Alexa.Presentation.APL.RenderDocument"
NO_SCREEN = ("AudioPlayer",)
SHOW = ("AudioPlayer", "Alexa.Presentation.APL")


def shown(answer: Answer) -> Json | None:
    found = [one for one in answer.response.get("directives", ()) if one["type"] == KIND]
    return found[0] if found else None


def parts(item: Any) -> Iterator[Json]:
    """Yield every component of a document."""
    if isinstance(item, dict):
        if "type" in item:
            yield item
        for inner in item.values():
            yield from parts(inner)
    elif isinstance(item, list):
        for inner in item:
            yield from parts(inner)


def show(delivery: Delivery = Delivery.APLA, interfaces: tuple[str, ...] = SHOW) -> Device:
    return Device(Backend(delivery=delivery), interfaces=interfaces)


def walk(device: Device, routine: str = "knee routine") -> Iterator[Answer]:
    yield device.launch()
    device.listen()
    answer = device.say(f"start the {routine}")
    while not answer.ends:
        yield answer
        device.listen()
        answer = device.say("ready")
    yield answer


@cache
def walked(
    delivery: Delivery = Delivery.APLA, interfaces: tuple[str, ...] = SHOW, routine: str = "knee routine"
) -> tuple[Answer, ...]:
    """Return every answer of one walk; nobody changes them."""
    return tuple(walk(show(delivery, interfaces), routine))


def at(directive: Json, t_ms: int) -> tuple[Json, str, float, float]:
    """Return the step at a time, what is big, and how far both bars are, as the device works it out."""
    turn = directive["datasources"]["turn"]
    (ticking,) = [part for part in parts(directive["document"]) if "handleTick" in part]
    (handler,) = ticking["handleTick"]
    names: Json = {"turn": turn, "elapsedTime": t_ms}
    for variable in ticking["bind"]:
        names[variable["name"]] = variable["value"]
    for command in handler["commands"]:
        assert command["type"] == "SetValue"
        names[command["property"]] = evaluate(command["value"].removeprefix("${").removesuffix("}"), names)
    bars = [float(bound(bar, names).removesuffix("%")) for bar in (TURN_DONE, SESSION_DONE)]
    return turn["steps"][int(names["i"])], bound("${big}", names), bars[0], bars[1]


@pytest.mark.parametrize("delivery", [Delivery.APLA, Delivery.SSML])
def test_every_turn_has_a_screen_beside_what_is_heard(delivery: Delivery) -> None:
    turns = walked(delivery)

    assert len(turns) > 20
    for answer in turns:
        directive = shown(answer)
        assert directive is not None
        assert directive["document"]["type"] == "APL"
        assert len(json.dumps(answer.whole, ensure_ascii=False, separators=(",", ":")).encode()) < REPLY_BYTES


def test_a_device_without_a_screen_gets_none() -> None:
    assert all(shown(answer) is None for answer in walked(interfaces=NO_SCREEN))


def test_the_screen_changes_nothing_that_is_heard() -> None:
    with_screen = [answer.says for answer in walked()]

    assert with_screen == [answer.says for answer in walked(interfaces=NO_SCREEN)]


def test_what_is_big_is_what_the_voice_has_just_counted() -> None:
    checked = 0
    for answer in walked():
        directive = shown(answer)
        assert directive is not None
        if "steps" not in directive["datasources"]["turn"]:
            continue
        for at_ms, text in hear(answer.whole).voices:
            step, big, *_ = at(directive, at_ms)
            if text.isdecimal() and step["mode"]:
                checked += 1
                assert big == text, (at_ms, step)
    assert checked > 100


def test_a_count_goes_down_second_by_second_and_stops_at_nought() -> None:
    step = {"mode": "down", "end": 62_000, "from": 0, "at": 0}
    turn = {"steps": [step], "length": 62_000, "total": 62_000}
    big = [
        bound(BIG, {"turn": turn, "i": 0, "t": t}) for t in (0, 1_999, 2_000, 2_001, 61_000, 62_000, 70_000)
    ]

    assert big == ["1:02", "1:01", "1:00", "1:00", "1", "0", "0"]


def test_minutes_have_two_digits_of_seconds() -> None:
    turn = {"steps": [{"mode": "down", "end": 605_000, "from": 0, "at": 0}], "length": 1, "total": 1}

    assert bound(BIG, {"turn": turn, "i": 0, "t": 0}) == "10:05"


def test_repetitions_stay_within_their_number() -> None:
    step = {"mode": "reps", "base": 5_000, "each": 4_000, "count": 10, "from": 5_000, "at": 0, "end": 45_000}
    turn = {"steps": [step], "length": 45_000, "total": 45_000}
    big = [bound(BIG, {"turn": turn, "i": 0, "t": t}) for t in (4_900, 5_000, 8_999, 9_000, 44_999, 60_000)]

    assert big == ["1", "1", "1", "2", "10", "10"]


def test_steps_follow_one_another_and_the_bars_never_go_back() -> None:
    session = 0.0
    for answer in walked():
        directive = shown(answer)
        assert directive is not None
        turn = directive["datasources"]["turn"]
        if "steps" not in turn:
            continue
        starts = [step["from"] for step in turn["steps"]]
        assert starts[0] == 0
        assert all(before < after for before, after in pairwise(starts))
        bars = [at(directive, t)[2:] for t in range(0, turn["length"], 1_000)]
        for (turn_a, session_a), (turn_b, session_b) in pairwise(bars):
            assert 0 <= turn_a <= turn_b <= 100
            assert 0 <= session_a <= session_b <= 100
        assert bars[0][1] >= session - 1e-6
        session = bars[0][1]
    assert session > 90


def test_it_says_exercise_side_and_set() -> None:
    steps = [
        step
        for answer in walked()
        for step in ((shown(answer) or {})["datasources"]["turn"].get("steps") or ())
    ]
    lines = {(step["title"], step["line"]) for step in steps}

    assert ("wall slides", "left leg") in lines
    assert ("wall slides", "right leg") in lines
    assert ("inner-thigh squeeze", "set 2 of 2") in lines
    assert all(step["title"] for step in steps)


def test_each_button_sends_what_the_skill_takes_and_has_a_name_for_those_who_cannot_see() -> None:
    buttons = {}
    for answer in walked():
        for part in parts((shown(answer) or {})["document"]):
            if part["type"] == "TouchWrapper":
                (press,) = part["onPress"]
                assert press["type"] == "SendEvent"
                assert part["accessibilityLabel"]
                buttons[press["arguments"][0]] = part["accessibilityLabel"]

    assert set(buttons) <= set(TOUCHES)
    assert {"pause", "next", "pain"} <= set(buttons)


def test_buttons_are_gone_when_nobody_waits_for_an_answer() -> None:
    *_, last = walked()
    directive = shown(last)

    assert directive is not None
    assert not [part for part in parts(directive["document"]) if part["type"] == "TouchWrapper"]


def touch(device: Device, name: str) -> Answer:
    return device.request(
        {
            "type": "Alexa.Presentation.APL.UserEvent",
            "arguments": [name],
            "source": {"type": "TouchWrapper", "handler": "Press", "id": name, "value": False},
            "components": {},
            "token": "steady-coach",
        }
    )


def begun(device: Device) -> Device:
    device.launch()
    device.listen()
    device.say("start the knee routine")
    for _ in range(3):
        device.listen()
        device.say("ready")
    device.interrupt(15_000)
    return device


def test_it_hurts_stops_everything_and_the_count_is_gone() -> None:
    device = begun(show())
    answer = touch(device, "pain")
    directive = shown(answer)

    assert answer.ends
    assert directive is not None
    assert "handleTick" not in json.dumps(directive)
    (session,) = device.backend.store.history(device.person)
    assert session.events[-1].data["reason"] == "pain"


def test_pause_holds_the_count_and_go_on_brings_it_back() -> None:
    device = begun(show())
    paused = touch(device, "pause")
    assert device.place is not None
    assert device.place[0] == "paused"
    assert "handleTick" not in json.dumps(shown(paused))

    assert "handleTick" in json.dumps(shown(touch(device, "resume")))


def test_next_goes_on_to_the_next_set() -> None:
    device = begun(show())
    before = device.place
    touch(device, "next")

    assert before is not None
    assert device.place is not None
    assert device.place[1] != before[1]


def test_a_touch_that_nobody_knows_changes_nothing() -> None:
    device = begun(show())

    assert touch(device, "what").response == {}


def test_the_screen_does_not_go_off_in_the_midst_of_a_turn() -> None:
    for answer in walked():
        directive = shown(answer)
        assert directive is not None
        turn = directive["datasources"]["turn"]
        assert directive["document"]["settings"]["idleTimeout"] >= turn.get("length", 0) + 30_000


def test_a_screen_that_does_not_fit_is_left_out_and_the_words_stay() -> None:
    talk = Talk(remind="x" * 9_000)
    lines = ("word " * 1_400,)
    say = load_phrases("en")
    replies = Replies(EstimatedLengths(150))
    small = replies.response(Reply(talk=Talk(), lines=("A word.",)), Delivery.APLA, say)
    large = replies.response(Reply(talk=talk, lines=lines), Delivery.APLA, say)

    assert [one.object_type for one in small.directives or ()] == [KIND]
    assert large.directives is None
    assert large.output_speech is not None


def test_words_are_shown_as_they_are_said() -> None:
    made = still(("a < b & c",), load_phrases("en"), waits=True)

    assert made["datasources"]["turn"]["words"] == "a &lt; b &amp; c"


def test_a_turn_is_shown_with_nothing_but_its_times_and_its_words() -> None:
    known = {"from", "at", "title", "line", "what", "mode", "end", "goes", "base", "each", "count"}
    turns = [(shown(answer) or {})["datasources"]["turn"] for answer in walked()]

    assert {key for turn in turns for key in turn} == {"steps", "length", "total", "words"}
    assert {key for turn in turns for step in turn.get("steps", ()) for key in step} == known


@pytest.mark.parametrize("shape", ["round", "rectangle"])
@pytest.mark.parametrize(("width", "height"), [(480, 480), (960, 480), (1280, 800), (800, 1280)])
def test_sizes_are_worked_out_for_every_screen(shape: str, width: int, height: int) -> None:
    viewport = {"viewport": {"shape": shape, "width": width, "height": height}}
    directive = None
    for answer in walked():
        directive = shown(answer) or directive
        for part in parts((directive or {})["document"]):
            for name in ("fontSize", "paddingLeft", "paddingTop", "height"):
                if "viewport" in str(part.get(name, "")):
                    value = bound(part[name], viewport)
                    assert value.endswith(("vh", "vw"))
                    assert 0 < float(value[:-2]) <= 40
