"""The dialogues in `dialogues/*.yaml`, spoken to the endpoint through the interaction model.

A dialogue is a list of steps. Each has one of

- `person`: what is said; "open" and "ask: ..." stand for Alexa's own words before it
- `alexa`: a request that Alexa makes by herself: its type, or a mapping with `type`
- `minutes`: time that passes

and what is expected of the answer: `skill` (parts that are said, in this order), `unsaid` (parts that are
not), `place` (state and block), `ends`, and `as` (the intent that was understood). `after` seconds into the
last answer the person interrupts; without it, they hear it to its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from skill.alexa.replies import Delivery
from tests.alexa_device import Backend, Device, ears

FOLDER = Path(__file__).parent / "dialogues"
KEYS = {"person", "alexa", "minutes", "skill", "unsaid", "place", "ends", "as", "after"}


@dataclass(frozen=True)
class Dialogue:
    name: str
    steps: list[dict[str, Any]]


def dialogues() -> list[Dialogue]:
    return [
        Dialogue(f"{file.stem}: {name}", steps)
        for file in sorted(FOLDER.glob("*.yaml"))
        for name, steps in yaml.safe_load(file.read_text("utf-8")).items()
    ]


def speak(device: Device, step: dict[str, Any]) -> None:
    if "after" in step:
        device.interrupt(round(step["after"] * 1000))
    elif device.open:
        device.listen()
    words: str = step["person"]
    if "as" in step:
        assert ears().hear(words.removeprefix("ask: ")).intent == step["as"]
    if words == "open":
        device.launch()
    elif words.startswith("ask: "):
        device.one_shot(words.removeprefix("ask: "))
    else:
        device.say(words)


def tell(device: Device, told: dict[str, Any] | str, after: float | None) -> None:
    if after is not None:
        device.interrupt(round(after * 1000))
    request: dict[str, Any] = {"type": told} if isinstance(told, str) else told
    kind, fields = request["type"], {key: value for key, value in request.items() if key != "type"}
    if kind == "SessionEndedRequest":
        assert device.ended(**fields) == {}
    elif kind.startswith("Alexa.Presentation."):
        device.request(request)
    else:
        assert device.event(kind, **fields) == {}


def check(device: Device, step: dict[str, Any]) -> None:
    says, at = device.answer.says.casefold(), 0
    for part in _listed(step.get("skill", [])):
        found = says.find(part.casefold(), at)
        assert found >= 0, f"{part!r} is not said here: {device.answer.says[at:]}"
        at = found + len(part)
    for part in _listed(step.get("unsaid", [])):
        assert part.casefold() not in says, f"{part!r} is said: {device.answer.says}"
    if "place" in step:
        assert " ".join(device.place or ("none",)) == step["place"]
    if "person" in step:
        assert device.answer.ends is step.get("ends", False), device.answer.says


def _listed(value: list[str] | str) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.parametrize("delivery", [Delivery.APLA, Delivery.SSML])
@pytest.mark.parametrize("dialogue", dialogues(), ids=lambda dialogue: dialogue.name)
def test_a_dialogue_goes_as_it_is_written(dialogue: Dialogue, delivery: Delivery) -> None:
    health = dialogue.name.startswith("health:")
    backend = Backend(delivery=delivery, health=health)
    device = Device(backend, interfaces=("AudioPlayer", "Alexa.Presentation.APL"))
    for number, step in enumerate(dialogue.steps, start=1):
        assert not step.keys() - KEYS, f"step {number}: {step}"
        if "minutes" in step:
            device.backend.clock.forward(step["minutes"] * 60_000)
            continue
        if "alexa" in step:
            tell(device, step["alexa"], step.get("after"))
        else:
            speak(device, step)
        try:
            check(device, step)
        except AssertionError as error:
            raise AssertionError(f"step {number}, {step.get('person')!r}: {error}") from None
