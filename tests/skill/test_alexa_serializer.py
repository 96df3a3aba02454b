"""Our serializer reads and writes what the SDK's own does, and takes news from Amazon calmly."""

from __future__ import annotations

import json
from collections import OrderedDict
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ask_sdk_core.exceptions import SerializationException
from ask_sdk_core.response_helper import ResponseFactory
from ask_sdk_core.serialize import DefaultSerializer
from ask_sdk_model.dialog_state import DialogState
from ask_sdk_model.interfaces.alexa.presentation.apl.render_document_directive import RenderDocumentDirective
from ask_sdk_model.interfaces.alexa.presentation.apla.render_document_directive import (
    RenderDocumentDirective as RenderAudio,
)
from ask_sdk_model.interfaces.audioplayer.audio_item import AudioItem
from ask_sdk_model.interfaces.audioplayer.play_behavior import PlayBehavior
from ask_sdk_model.interfaces.audioplayer.play_directive import PlayDirective
from ask_sdk_model.interfaces.audioplayer.stream import Stream
from ask_sdk_model.request import Request
from ask_sdk_model.request_envelope import RequestEnvelope
from ask_sdk_model.response_envelope import ResponseEnvelope
from ask_sdk_model.ui.simple_card import SimpleCard
from hypothesis import given
from hypothesis import strategies as st

from skill.alexa.late import LateEnvelope
from skill.alexa.model_plans import Malformed
from skill.alexa.serializer import FastSerializer, Written
from tests.alexa_door import envelope, own_envelopes
from tests.sources import ROOT

OURS, THEIRS = FastSerializer(), DefaultSerializer()

#: Published requests, where they lie beside the project.
PUBLISHED = sorted((ROOT.parent / "shared" / "alexa-requests").glob("*_*.json"))


def read(request: Any) -> RequestEnvelope:
    made: RequestEnvelope = OURS.deserialize(json.dumps(request), RequestEnvelope)
    return made


def same_as_the_sdk(text: str) -> bool:
    """Compare both on a request; False if the SDK does not take it."""
    try:
        theirs = THEIRS.deserialize(text, RequestEnvelope)
    except (SerializationException, AttributeError, TypeError):
        return False
    ours = OURS.deserialize(text, RequestEnvelope)
    assert ours == theirs
    assert OURS.serialize(ours) == THEIRS.serialize(theirs)
    assert json.loads(OURS.write(ours)) == json.loads(json.dumps(THEIRS.serialize(theirs)))
    return True


@pytest.mark.parametrize("name", own_envelopes())
def test_every_kind_of_request_is_read_as_the_sdk_reads_it(name: str) -> None:
    assert same_as_the_sdk(json.dumps(own_envelopes()[name]))


@pytest.mark.skipif(not PUBLISHED, reason="no published requests lie beside the project")
def test_published_requests_are_read_as_the_sdk_reads_them() -> None:
    taken = sum(same_as_the_sdk(path.read_text(encoding="utf-8")) for path in PUBLISHED)

    assert taken >= len(PUBLISHED) - 2


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_every_published_request_is_read(path: Path) -> None:
    made = OURS.deserialize(path.read_bytes(), RequestEnvelope)

    assert isinstance(made.request, Request)


# -- any request, changed in one place -------------------------------------------------------------

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _places(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [at, *(place for key, child in inner for place in _places(child, (*at, key)))]


def _changed(node: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    node[at[0]] = _changed(node[at[0]], at[1:], value)
    return node


@st.composite
def changed_requests(draw: st.DrawFn) -> Any:
    request = deepcopy(draw(st.sampled_from(list(own_envelopes().values()))))
    place = draw(st.sampled_from(_places(request)))
    return _changed(request, place, draw(_JSON))


@given(changed_requests())
def test_a_changed_request_is_read_or_refused_and_never_worse(request: Any) -> None:
    try:
        made = OURS.deserialize(json.dumps(request), RequestEnvelope)
    except SerializationException:
        return

    OURS.write(made)


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments_are_read_as_the_sdk_reads_them(moment: datetime) -> None:
    assert same_as_the_sdk(json.dumps(envelope(at=moment)))


@given(_JSON)
def test_a_session_attribute_comes_back_as_it_was(value: Any) -> None:
    request = envelope()
    request["session"]["attributes"] = {"value": value}

    assert json.loads(OURS.write(read(request)))["session"]["attributes"] == {"value": value}


# -- news from Amazon ------------------------------------------------------------------------------


def test_an_unknown_kind_of_request_is_a_plain_request() -> None:
    made = read(envelope("Alexa.Something.New", payload={"a": 1})).request

    assert type(made) is Request
    assert (made.object_type, made.request_id) == ("Alexa.Something.New", "amzn1.echo-api.request.1")


def test_an_unknown_value_of_an_enum_stays_as_it_came() -> None:
    made = read(
        own_envelopes()["intent"] | {"request": {"type": "IntentRequest", "dialogState": "PONDERING"}}
    )

    assert getattr(made.request, "dialog_state", None) == "PONDERING"
    assert json.loads(OURS.write(made))["request"]["dialogState"] == "PONDERING"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("context", "Viewport", "mode"), "HOLOGRAM"),
        (("context", "Viewport", "touch"), ["TRIPLE"]),
        (("context", "Viewport", "video", "codecs"), ["H_999"]),
        (("context", "Viewports", 0, "type"), "HOLOGRAM"),
        (("context", "AudioPlayer", "playerActivity"), "HUMMING"),
        (("request", "intent", "slots", "routine", "confirmationStatus"), "MAYBE"),
        (("request", "intent", "slots", "routine", "slotValue", "type"), "Heap"),
        (("request", "dialogState"), {"new": "form"}),
        (("context", "System", "device", "supportedInterfaces", "Scent"), {}),
    ],
)
def test_news_deep_inside_does_not_fail_a_request(place: tuple[Any, ...], value: Any) -> None:
    request = own_envelopes()["list"]
    request["request"]["dialogState"] = "STARTED"
    supported = request["context"]["System"]["device"]["supportedInterfaces"]
    supported.setdefault("Scent", None)

    made = read(_changed(request, place, value))

    OURS.write(made)


def test_known_values_of_enums_are_the_sdks() -> None:
    made = read(own_envelopes()["intent"]).request

    assert getattr(made, "dialog_state", None) is DialogState.COMPLETED


# -- hostile input ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["__dict__", "__class__", "__init__"])
def test_a_name_that_would_change_a_models_inside_is_refused(name: str) -> None:
    request = envelope()
    request["session"][name] = {"user": None}

    with pytest.raises(Malformed):
        read(request)


@pytest.mark.parametrize("name", ["to_dict", "deserialized_types", "attribute_map", "object_type"])
def test_a_name_that_would_hide_what_a_model_has_is_passed_over(name: str) -> None:
    request = envelope()
    request["request"][name] = {"x": "y"}

    made = json.loads(OURS.write(read(request)))

    assert made["request"] == json.loads(json.dumps(THEIRS.serialize(read(envelope()).request)))


@pytest.mark.parametrize("text", ["", "{", "\ufeff{}", '{"a": NaN}', "[" * 5000, '{"request": 1}'])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(SerializationException):
        OURS.deserialize(text, RequestEnvelope)


def test_a_slot_that_is_nested_too_deep_is_refused() -> None:
    value: dict[str, Any] = {"type": "Simple", "value": "x"}
    for _ in range(450):
        value = {"type": "List", "values": [value]}
    slots = {"routine": {"name": "routine", "slotValue": value}}
    request = envelope("IntentRequest", intent={"name": "X", "slots": slots})

    with pytest.raises(Malformed, match="deep"):
        read(request)


def test_what_is_said_about_a_bad_request_holds_none_of_it() -> None:
    with pytest.raises(SerializationException) as caught:
        OURS.deserialize('{"secret": ', RequestEnvelope)

    assert "secret" not in str(caught.value)


# -- replies ---------------------------------------------------------------------------------------


def replies() -> dict[str, ResponseEnvelope]:
    items = [{"type": "Text", "n": 1.5}]
    document: dict[str, object] = {"type": "APL", "version": "2024.3", "mainTemplate": {"items": items}}
    stream = Stream(url="https://x.example/a.mp3", token="t")  # noqa: S106 - of a stream
    play = PlayDirective(PlayBehavior.REPLACE_ALL, AudioItem(stream))
    made = {
        "spoken": ResponseFactory().speak("hello").ask("and?").set_card(SimpleCard("a", "b")).response,
        "screen": ResponseFactory().add_directive(RenderDocumentDirective("t", document)).response,
        "audio": ResponseFactory().add_directive(RenderAudio("t", {"a": [1, {"b": None}]})).response,
        "player": ResponseFactory().add_directive(play).set_should_end_session(True).response,
        "empty": ResponseFactory().response,
    }
    attributes = {
        "count": Decimal(3),
        "half": Decimal("0.5"),
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "t": (1, 2),
    }
    return {
        name: ResponseEnvelope(version="1.0", response=response, session_attributes=attributes)
        for name, response in made.items()
    }


@pytest.mark.parametrize("name", replies())
def test_a_reply_is_written_as_the_sdk_writes_it(name: str) -> None:
    reply = replies()[name]
    expected = json.loads(json.dumps(THEIRS.serialize(reply)))

    assert json.loads(json.dumps(OURS.serialize(reply))) == expected
    assert json.loads(OURS.write(reply)) == expected


def test_what_json_has_no_form_for_is_an_error() -> None:
    with pytest.raises(TypeError):
        OURS.write({"value": object()})
    with pytest.raises(SerializationException):
        OURS.serialize(object())


def test_what_was_written_out_before_is_written_the_same_and_still_a_mapping() -> None:
    document = Written({"type": "APLA", "items": [{"n": 1}]})
    directive = RenderAudio(token="t", document=document)  # noqa: S106 - a name

    assert document["items"] == [{"n": 1}]
    assert OURS.write(directive) == OURS.write(RenderAudio(token="t", document=dict(document)))  # noqa: S106
    assert OURS.serialize(directive) == THEIRS.serialize(directive)


class Whole(int):
    """A whole number of its own kind."""


class Point(NamedTuple):
    """Two numbers."""

    x: int
    y: int


@pytest.mark.parametrize("value", [Whole(3), OrderedDict(a=[1]), Point(1, 2)])
def test_what_is_a_little_more_than_plain_is_written_as_if_it_were_plain(value: Any) -> None:
    assert json.loads(OURS.write({"v": value})) == json.loads(json.dumps({"v": value}))


@pytest.mark.parametrize("name", own_envelopes())
def test_a_context_that_is_read_late_is_the_same(name: str) -> None:
    request = own_envelopes()[name]

    late = LateEnvelope.read(OURS, request)

    assert late.to_dict() == read(request).to_dict()
    assert late.context is late.context
    assert isinstance(late, RequestEnvelope)


def test_a_context_that_cannot_be_read_is_told_when_it_is_asked_for() -> None:
    request = envelope()
    request["context"]["System"] = "x"
    late = LateEnvelope.read(OURS, request)

    with pytest.raises(Malformed):
        _ = late.context
