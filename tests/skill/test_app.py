"""The backend's pages beside Alexa's: health, audio, privacy, and what every answer carries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from routines.phrases import load_phrases
from skill.app import create_app
from skill.errors import UserError
from skill.health import Health
from skill.settings import read_settings
from tests.alexa_door import SKILL_ID, Smallest, as_body, envelope

NAME = "0123456789abcdef" * 4


def env(folder: Path, **more: str) -> dict[str, str]:
    return {"STEADY_DATA": str(folder / "data"), "STEADY_CACHE": str(folder / "cache"), **more}


def client(folder: Path, storage: Callable[[], str] = lambda: "ok", **more: str) -> FlaskClient:
    settings = read_settings(env(folder, **more))
    return create_app(settings, skill=Smallest().skill(), storage=storage).test_client()


@pytest.fixture
def audio(tmp_path: Path) -> FlaskClient:
    folder = tmp_path / "cache" / "audio"
    folder.mkdir(parents=True)
    (folder / f"{NAME}.mp3").write_bytes(bytes(range(256)) * 10)
    (folder / f"{NAME}.vtt").write_text("WEBVTT\n", encoding="utf-8")
    (folder / "secret.mp3").write_bytes(b"secret")
    (tmp_path / "cache" / f"{NAME}.mp3").write_bytes(b"outside")
    return client(tmp_path)


# -- health ----------------------------------------------------------------------------------------


def test_health_says_that_all_is_well_and_which_version_runs(tmp_path: Path) -> None:
    answer = client(tmp_path).get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"ok": True, "storage": "ok", "version": "0.1.0"})


def test_health_says_what_is_wrong_with_the_history_and_not_where_it_is(tmp_path: Path) -> None:
    answer = client(tmp_path, lambda: "locked").get("/healthz")

    assert answer.status_code == 503
    assert (answer.json or {})["storage"] == "locked"


def test_health_looks_at_the_real_history(tmp_path: Path) -> None:
    app = create_app(read_settings(env(tmp_path)), skill=Smallest().skill())

    assert app.test_client().get("/healthz").status_code == 200


def test_a_history_that_is_not_one_is_told_by_its_code(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "history.sqlite3").write_bytes(b"no database" * 1000)

    answer = create_app(read_settings(env(tmp_path))).test_client().get("/healthz")

    assert (answer.status_code, (answer.json or {})["storage"]) == (503, "corrupt")
    assert str(tmp_path) not in answer.text


def test_the_history_is_looked_at_no_more_than_every_ten_seconds() -> None:
    looks: list[str] = []
    now_s = [0.0]

    def look() -> str:
        looks.append("look")
        return "ok"

    health = Health(look, lambda: now_s[0])
    for _ in range(5):
        health.report()
    assert len(looks) == 1

    now_s[0] = 10.0
    health.report()
    assert len(looks) == 2


# -- audio -----------------------------------------------------------------------------------------


def test_audio_is_given_out_and_may_be_kept_for_ever(audio: FlaskClient) -> None:
    answer = audio.get(f"/audio/{NAME}.mp3", buffered=True)

    assert (answer.status_code, answer.mimetype, len(answer.data)) == (200, "audio/mpeg", 2560)
    assert {"public", "immutable", "max-age=31536000"} == set(answer.headers["Cache-Control"].split(", "))
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("bytes=0-99", 0, 99), ("bytes=2550-", 2550, 2559), ("bytes=-10", 2550, 2559)]
)
def test_a_player_may_ask_for_a_part(audio: FlaskClient, asked: str, start: int, end: int) -> None:
    answer = audio.get(f"/audio/{NAME}.mp3", headers={"Range": asked}, buffered=True)

    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {start}-{end}/2560"
    assert answer.data == (bytes(range(256)) * 10)[start : end + 1]


def test_a_part_that_is_not_there_cannot_be_had(audio: FlaskClient) -> None:
    assert audio.get(f"/audio/{NAME}.mp3", headers={"Range": "bytes=9999-"}).status_code == 416


def test_what_a_player_has_already_is_not_sent_again(audio: FlaskClient) -> None:
    tag = audio.get(f"/audio/{NAME}.mp3", buffered=True).headers["ETag"]

    again = audio.get(f"/audio/{NAME}.mp3", headers={"If-None-Match": tag}, buffered=True)

    assert (again.status_code, again.data) == (304, b"")


def test_captions_lie_beside_the_audio(audio: FlaskClient) -> None:
    answer = audio.get(f"/audio/{NAME}.vtt", buffered=True)

    assert (answer.status_code, answer.mimetype) == (200, "text/vtt")


@pytest.mark.parametrize(
    "name",
    [
        "secret.mp3",
        f"../{NAME}.mp3",
        f"..%2f{NAME}.mp3",
        "",
        f"{NAME}.wav",
        f"{NAME}.mp3/",
        f"{'f' * 64}.mp3",
        "abc.mp3",
        f"{NAME}.mp3%00",
    ],
)
def test_nothing_else_is_given_out(audio: FlaskClient, name: str) -> None:
    answer = audio.get(f"/audio/{name}")

    assert answer.status_code == 404
    assert "immutable" not in answer.headers["Cache-Control"]


# -- the rest --------------------------------------------------------------------------------------


def test_the_privacy_policy_is_a_page(tmp_path: Path) -> None:
    answer = client(tmp_path).get("/privacy")

    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert load_phrases("en")("alexa-model.privacy.title") in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/privacy", "/audio/x.mp3", "/nothing", "/alexa"])
def test_every_answer_tells_a_browser_to_run_and_guess_nothing(tmp_path: Path, path: str) -> None:
    headers = client(tmp_path, STEADY_ALEXA_SKILL_ID="amzn1.ask.skill.x").get(path).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", [as_body(envelope()), b"no request"])
@pytest.mark.parametrize("told", [{}, {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}])
def test_alexas_answers_are_the_same_the_short_way_and_the_long_way(
    tmp_path: Path, body: bytes, told: dict[str, Any]
) -> None:
    alexa = client(tmp_path, STEADY_ALEXA_SKILL_ID=SKILL_ID, STEADY_ALEXA_VERIFY="off")
    request = json.loads(body) if body.startswith(b"{") else None
    if request is not None:
        request["request"]["timestamp"] = datetime.now(UTC).isoformat()
        body = as_body(request)

    answer = alexa.post("/alexa", data=body, environ_overrides=told)

    assert answer.status_code == (400 if request is None else 200)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content_length == len(answer.data)
    assert request is None or answer.mimetype == "application/json"


def test_without_a_skill_id_there_is_no_alexa(tmp_path: Path) -> None:
    assert client(tmp_path).post("/alexa", data=b"{}").status_code == 404


@pytest.mark.parametrize(
    ("content", "code"), [(None, "trust-roots-unreadable"), (b"no certificate", "trust-roots-none")]
)
def test_trust_roots_that_cannot_be_used_are_an_error(
    tmp_path: Path, content: bytes | None, code: str
) -> None:
    file = tmp_path / "roots.pem"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(UserError) as caught:
        client(tmp_path, STEADY_ALEXA_SKILL_ID="amzn1.ask.skill.x", ALEXA_TRUST_ROOTS=str(file))

    assert caught.value.code == code


def test_by_default_the_roots_of_the_web_are_trusted(tmp_path: Path) -> None:
    ours = client(tmp_path, STEADY_ALEXA_SKILL_ID="amzn1.ask.skill.x")

    assert ours.post("/alexa", data=as_body(envelope())).status_code == 400


@pytest.mark.parametrize(("proxies", "status"), [("0", 200), ("1", 400)])
def test_a_proxy_is_believed_only_if_the_settings_say_so(tmp_path: Path, proxies: str, status: int) -> None:
    """Who asks is seen from what nothing verifies: only this machine is answered."""
    ours = client(tmp_path, STEADY_ALEXA_SKILL_ID="x", STEADY_ALEXA_VERIFY="off", STEADY_PROXIES=proxies)
    seen = []

    @ours.application.before_request
    def look() -> None:
        from flask import request  # noqa: PLC0415 - inside of a request

        seen.append(request.remote_addr)

    ours.get("/privacy", headers={"X-Forwarded-For": "192.168.1.7"})

    assert seen == ["127.0.0.1" if status == 200 else "192.168.1.7"]


# -- the coach's own skill -------------------------------------------------------------------------

_LAMBDA = """
import json, sys
from skill.alexa import lambda_handler
loaded = {"flask", "ask_sdk_core", "sqlalchemy"} & set(sys.modules)
request = json.load(sys.stdin)
first, again = lambda_handler(request, None), lambda_handler(request, None)
print(json.dumps([sorted(loaded), first, again == first, "flask" in sys.modules]))
"""


def test_the_coachs_own_skill_answers_on_lambda(tmp_path: Path) -> None:
    """Nothing is built when the function is imported; a request that comes twice is carried out once."""
    done = subprocess.run(
        [sys.executable, "-c", _LAMBDA],
        input=as_body(envelope()),
        env={**os.environ, **env(tmp_path, STEADY_LOCALE="en")},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr.decode()
    loaded, answer, same, with_flask = json.loads(done.stdout)
    assert (loaded, same, with_flask) == ([], True, False)
    assert answer["response"]["shouldEndSession"] is False


def test_the_coachs_own_skill_answers_over_http(tmp_path: Path) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - the one test that needs the real time

    request = envelope(at=datetime.now(UTC))
    more = {"STEADY_ALEXA_SKILL_ID": request["session"]["application"]["applicationId"]}
    app = create_app(read_settings(env(tmp_path, STEADY_ALEXA_VERIFY="off", **more)))

    answer = app.test_client().post("/alexa", data=as_body(request))

    assert answer.status_code == 200
    assert (answer.json or {})["response"]["outputSpeech"]["ssml"]
