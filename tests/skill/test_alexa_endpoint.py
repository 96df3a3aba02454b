"""`POST /alexa`: what is let in is answered once; what is not gets 400, and nothing ever gets 500."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from skill.app import create_app
from skill.seen import SeenByAll
from skill.settings import read_settings
from tests import alexa_door as door
from tests.alexa_door import (
    NOW,
    SKILL_ID,
    HandClock,
    Shelf,
    Smallest,
    as_body,
    envelope,
    outside_session,
    own_envelopes,
    signed,
)
from tests.skill.test_alexa_serializer import PUBLISHED
from tests.skill.test_alexa_verify import BAD_CHAINS, BAD_SIGNATURES, BAD_URLS, GOOD_URLS

EMPTY = {"version": "1.0", "response": {}}


@dataclass
class Door:
    """A backend with the smallest skill, and Alexa before it."""

    folder: Path
    skill: Smallest = field(default_factory=Smallest)
    shelf: Shelf = field(default_factory=Shelf)
    clock: HandClock = field(default_factory=HandClock)
    env: dict[str, str] = field(default_factory=dict)
    seen: SeenByAll | None = None
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        roots = self.folder / "roots.pem"
        roots.write_bytes(door.pem(door.root().certificate))
        env = {
            "STEADY_DATA": str(self.folder),
            "STEADY_CACHE": str(self.folder),
            "STEADY_ALEXA_SKILL_ID": SKILL_ID,
            "ALEXA_TRUST_ROOTS": str(roots),
        }
        app = create_app(
            read_settings(env | self.env),
            skill=self.skill.skill(),
            fetch=self.shelf,
            now=self.clock,
            seen=self.seen,
        )
        self.client = app.test_client()

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> TestResponse:
        """Send a body, signed by Alexa unless other headers are given."""
        return self.client.post("/alexa", data=body, headers=signed(body) if headers is None else headers)

    def say(self, request: dict[str, Any]) -> TestResponse:
        return self.post(as_body(request))


@pytest.fixture
def ours(tmp_path: Path) -> Door:
    return Door(tmp_path)


# -- let in ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", own_envelopes())
def test_a_request_of_alexas_is_answered(ours: Door, name: str) -> None:
    answer = ours.say(own_envelopes()[name])

    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert "hello 1" in answer.json["response"]["outputSpeech"]["ssml"]  # type: ignore[index]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_every_way_to_write_amazons_address_is_taken(ours: Door, url: str) -> None:
    body = as_body(envelope())

    assert ours.post(body, signed(body, url)).status_code == 200


@pytest.mark.skipif(not PUBLISHED, reason="no published requests lie beside the project")
def test_published_requests_are_answered(ours: Door) -> None:
    statuses = {}
    for path in PUBLISHED:
        request = json.loads(path.read_text(encoding="utf-8"))
        request["request"] |= {"timestamp": NOW.isoformat(), "requestId": path.stem}
        for place in ((request.get("context") or {}).get("System") or {}, request.get("session") or {}):
            place["application"] = {"applicationId": SKILL_ID}
        statuses[path.stem] = ours.say(request).status_code

    assert set(statuses.values()) == {200}


@pytest.mark.parametrize("late_s", [-150, 0, 150])
def test_a_clock_may_be_150_seconds_off(ours: Door, late_s: int) -> None:
    assert ours.say(envelope(at=NOW - timedelta(seconds=late_s))).status_code == 200


@pytest.mark.parametrize("kind", ["AlexaSkillEvent.SkillDisabled", "Reminders.ReminderStatusChanged"])
def test_an_event_may_be_an_hour_old(ours: Door, kind: str) -> None:
    assert ours.say(outside_session(kind, at=NOW - timedelta(minutes=59))).status_code == 200


def test_a_new_kind_of_request_is_answered(ours: Door) -> None:
    assert ours.say(envelope("Alexa.Something.New", payload=[1])).status_code == 200


def test_a_request_without_a_session_is_answered(ours: Door) -> None:
    answer = ours.say(envelope() | {"session": None})

    assert answer.status_code == 200
    assert "sessionAttributes" not in (answer.json or {})


# -- kept out --------------------------------------------------------------------------------------


def without(*place: str) -> dict[str, Any]:
    return with_(*place, value=None, drop=True)


def with_(*place: str, value: Any, drop: bool = False) -> dict[str, Any]:
    request = node = envelope()
    for name in place[:-1]:
        node = node[name]
    if drop:
        del node[place[-1]]
    else:
        node[place[-1]] = value
    return request


_CONTEXT_ID = ("context", "System", "application", "applicationId")
_SESSION_ID = ("session", "application", "applicationId")

#: Bodies that are signed well, and still no request for this skill.
BAD_BODIES: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"hello",
    "cut off": as_body(envelope())[:-1],
    "two in one": as_body(envelope()) * 2,
    "not UTF-8": b'{"version": "\xff"}',
    "UTF-16": json.dumps(envelope()).encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + as_body(envelope()),
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "too deep": b"[" * 60_000,
    "nothing inside": b"{}",
    "too long": as_body(envelope() | {"filling": "x" * 200_000}),
    "no request": as_body(without("request")),
    "a request that is a text": as_body(with_("request", value="LaunchRequest")),
    "no type": as_body(without("request", "type")),
    "a type that is a number": as_body(with_("request", "type", value=1)),
    "no id": as_body(without("request", "requestId")),
    "an empty id": as_body(with_("request", "requestId", value="")),
    "an endless id": as_body(with_("request", "requestId", value="x" * 10_000)),
    "no time": as_body(without("request", "timestamp")),
    "a time in words": as_body(with_("request", "timestamp", value="yesterday")),
    "a time without a zone": as_body(with_("request", "timestamp", value="2026-11-22T12:00:00")),
    "a time as a number": as_body(with_("request", "timestamp", value=int(NOW.timestamp() * 1000))),
    "a time as a list": as_body(with_("request", "timestamp", value=[])),
    "the first of all times": as_body(with_("request", "timestamp", value="0001-01-01T00:00:00+23:59")),
    "the last of all times": as_body(with_("request", "timestamp", value="9999-12-31T23:59:59-23:59")),
    "too old": as_body(envelope(at=NOW - timedelta(seconds=152))),
    "from the future": as_body(envelope(at=NOW + timedelta(seconds=152))),
    "an event that is too old": as_body(
        outside_session("AlexaSkillEvent.SkillDisabled", at=NOW - timedelta(minutes=61))
    ),
    "an event from the future": as_body(
        outside_session("AlexaSkillEvent.SkillDisabled", at=NOW + timedelta(minutes=30))
    ),
    "another skill's": as_body(with_(*_CONTEXT_ID, value="amzn1.ask.skill.other")),
    "another skill's session": as_body(with_(*_SESSION_ID, value="amzn1.ask.skill.other")),
    "no skill's": as_body({name: envelope()[name] for name in ("version", "request")}),
    "an id of another kind": as_body(with_(*_CONTEXT_ID, value=[SKILL_ID])),
    "an application that is a text": as_body(with_("session", "application", value=SKILL_ID)),
    "a context that is a list": as_body(with_("context", value=[])),
    "a session that is a text": as_body(with_("session", value="x")),
    "a device that is a text": as_body(with_("context", "System", "device", value="x")),
    "a model's inside": as_body(with_("session", "__dict__", value={"user": 1})),
    "a request's inside": as_body(with_("request", "__class__", value="x")),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_signed_body_that_is_no_request_for_us_gets_400(ours: Door, name: str) -> None:
    answer = ours.post(BAD_BODIES[name])

    assert (answer.status_code, answer.data, ours.skill.asked) == (400, b"", [])


@pytest.mark.parametrize("name", BAD_BODIES)
def test_the_same_body_without_a_signature_gets_400(ours: Door, name: str) -> None:
    assert ours.post(BAD_BODIES[name], {}).status_code == 400


@pytest.mark.parametrize("name", BAD_BODIES)
def test_the_same_body_gets_400_where_nothing_is_verified(tmp_path: Path, name: str) -> None:
    ours = Door(tmp_path, env={"STEADY_ALEXA_VERIFY": "off"})

    assert ours.post(BAD_BODIES[name], {}).status_code == 400


@pytest.mark.parametrize("name", BAD_CHAINS)
def test_a_bad_chain_gets_400(ours: Door, name: str) -> None:
    ours.shelf.chains[door.CHAIN_URL] = BAD_CHAINS[name]()

    assert ours.say(envelope()).status_code == 400


@pytest.mark.parametrize("name", BAD_SIGNATURES)
def test_a_bad_signature_gets_400(ours: Door, name: str) -> None:
    headers, _ = BAD_SIGNATURES[name]

    assert ours.post(as_body(envelope()), _sendable(headers)).status_code == 400


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_chain_from_elsewhere_gets_400(ours: Door, url: str) -> None:
    body = as_body(envelope())

    assert ours.post(body, _sendable(signed(body, url))).status_code == 400
    assert ours.shelf.fetched == []


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    """Return headers as a client can send them: line breaks end a header."""
    return {name: value.replace("\r", "").replace("\n", " ") for name, value in headers.items()}


@pytest.mark.parametrize("error", [OSError("no network"), TimeoutError(), RuntimeError("odd")])
def test_a_chain_that_cannot_be_fetched_gets_400(ours: Door, error: Exception) -> None:
    ours.shelf.chains[door.CHAIN_URL] = error

    assert ours.say(envelope()).status_code == 400


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_possible(ours: Door, method: str) -> None:
    assert getattr(ours.client, method)("/alexa").status_code == 405


_HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=400)


@given(
    body=st.binary(max_size=400),
    headers=st.dictionaries(
        st.sampled_from(["SignatureCertChainUrl", "Signature-256", "Signature", "Content-Type", "Forwarded"]),
        _HEADER,
    ),
    url=st.sampled_from(["", *GOOD_URLS]),
)
def test_whatever_a_stranger_sends_gets_400(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, headers: dict[str, str], url: str
) -> None:
    ours = Door(tmp_path_factory.mktemp("door"))
    if url:
        headers |= {"SignatureCertChainUrl": url}

    assert ours.post(body, headers).status_code == 400


@given(st.binary(max_size=400) | st.text().map(str.encode))
def test_whatever_is_signed_gets_400_unless_it_is_a_request(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    assert Door(tmp_path_factory.mktemp("door")).post(body).status_code == 400


# -- cost ------------------------------------------------------------------------------------------


class Unread(BytesIO):
    """A body that must not be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError(f"{size} bytes were read")


def test_a_body_that_says_it_is_too_long_is_not_read(ours: Door) -> None:
    told = {"CONTENT_LENGTH": "11000000"}  # the client would count for itself
    answer = ours.client.post("/alexa", input_stream=Unread(), headers=signed(b""), environ_overrides=told)

    assert answer.status_code == 400


def test_a_body_that_is_shorter_than_it_says_gets_400(ours: Door) -> None:
    body = as_body(envelope())
    told = {"CONTENT_LENGTH": str(len(body) + 1)}

    answer = ours.client.post("/alexa", data=body, headers=signed(body), environ_overrides=told)

    assert answer.status_code == 400


def test_a_body_that_does_not_say_how_long_it_is_is_read_to_its_end(ours: Door) -> None:
    body = as_body(envelope())
    told = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}

    answer = ours.client.post("/alexa", data=body, headers=signed(body), environ_overrides=told)

    assert answer.status_code == 200


def test_a_stranger_costs_one_short_line_in_the_log(ours: Door, caplog: pytest.LogCaptureFixture) -> None:
    url = "https://evil.example/" + "\x1b[31m" + "secret" * 2000
    with caplog.at_level(logging.DEBUG):
        ours.post(b"a person's words" * 7000, {"SignatureCertChainUrl": url, "Signature-256": "AAAA"})

    lines = [record.getMessage() for record in caplog.records if record.name.startswith("skill")]
    assert len(lines) == 1
    assert len(lines[0]) < 200
    assert lines[0].isprintable()
    assert "words" not in lines[0]


def test_nothing_is_read_of_a_body_before_it_is_verified(
    ours: Door, caplog: pytest.LogCaptureFixture
) -> None:
    ours.post(b"not even JSON", signed(b"something else"))

    assert [record.getMessage() for record in caplog.records] == ["refused signature "]


# -- once ------------------------------------------------------------------------------------------


def test_a_request_that_comes_twice_is_carried_out_once(ours: Door) -> None:
    body = as_body(envelope())
    first, second = ours.post(body), ours.post(body)

    assert (second.status_code, second.data) == (200, first.data)
    assert len(ours.skill.asked) == 1


def test_the_same_id_in_another_body_is_not_carried_out_either(ours: Door) -> None:
    first = ours.say(envelope())
    second = ours.say(envelope("SessionEndedRequest"))

    assert second.data == first.data
    assert ours.skill.asked == ["LaunchRequest"]


def test_another_id_is_another_request(ours: Door) -> None:
    ours.say(envelope(requestId="a"))
    ours.say(envelope(requestId="b"))

    assert len(ours.skill.asked) == 2


def test_a_request_that_another_process_has_answered_gets_an_empty_answer(tmp_path: Path) -> None:
    claimed: set[str] = set()

    def seen(key: str, at: datetime, keep: timedelta) -> bool:
        assert at == NOW
        assert keep >= timedelta(seconds=300)
        known = key in claimed
        claimed.add(key)
        return known

    here, there = Door(tmp_path, seen=SeenByAll(seen)), Door(tmp_path, seen=SeenByAll(seen))
    here.say(envelope())
    answer = there.say(envelope())

    assert (answer.status_code, answer.json, there.skill.asked) == (200, EMPTY, [])
    assert "hello 1" in here.say(envelope()).text


# -- failures of ours ------------------------------------------------------------------------------


def _fail() -> None:
    raise ValueError("about a person's knee")


def test_what_goes_wrong_in_the_skill_is_answered_by_the_skill(tmp_path: Path) -> None:
    answer = Door(tmp_path, skill=Smallest(fail=_fail)).say(envelope())

    assert answer.status_code == 200
    assert "sorry" in answer.text


def test_if_that_fails_too_the_answer_is_empty_and_the_log_says_where(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours = Door(tmp_path, skill=Smallest(fail=_fail, apologises=False))

    answer = ours.say(envelope())

    assert (answer.status_code, answer.json) == (200, EMPTY)
    assert "skill-failed ValueError _fail" in caplog.text
    assert "knee" not in caplog.text


def test_a_request_that_failed_may_be_sent_again(tmp_path: Path) -> None:
    times = iter((True, False))

    def fail_once() -> None:
        if next(times):
            _fail()

    ours = Door(tmp_path, skill=Smallest(fail=fail_once, apologises=False))
    ours.say(envelope())

    assert "hello 2" in ours.say(envelope()).text


def _broken(*_: object) -> bool:
    raise OSError("no database")


def test_a_store_that_fails_does_not_fail_the_answer(tmp_path: Path) -> None:
    answer = Door(tmp_path, seen=SeenByAll(_broken)).say(envelope())

    assert (answer.status_code, answer.json) == (200, EMPTY)


# -- without verification --------------------------------------------------------------------------


@pytest.fixture
def unverified(tmp_path: Path) -> Door:
    return Door(tmp_path, env={"STEADY_ALEXA_VERIFY": "off"})


def test_without_verification_this_machine_is_answered(unverified: Door) -> None:
    assert unverified.post(as_body(envelope()), {}).status_code == 200


@pytest.mark.parametrize(
    ("environ", "headers"),
    [
        ({"REMOTE_ADDR": "192.168.1.7"}, {}),
        ({"REMOTE_ADDR": "2001:db8::1"}, {}),
        ({"REMOTE_ADDR": ""}, {}),
        ({}, {"X-Forwarded-For": "127.0.0.1"}),
        ({}, {"Forwarded": "for=127.0.0.1"}),
    ],
)
def test_without_verification_nobody_else_is(
    unverified: Door, environ: dict[str, str], headers: dict[str, str]
) -> None:
    answer = unverified.client.post(
        "/alexa", data=as_body(envelope()), headers=headers, environ_overrides=environ
    )

    assert (answer.status_code, unverified.skill.asked) == (400, [])


def test_time_and_skill_are_checked_without_verification_too(unverified: Door) -> None:
    old = as_body(envelope(at=datetime(2020, 1, 1, tzinfo=UTC)))

    assert unverified.post(old, {}).status_code == 400
