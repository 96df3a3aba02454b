"""Sessions as files: what they are called, when they are made, how long they stay, how they are given out."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import numpy as np
import pytest
from flask.testing import FlaskClient

from routines.cue import CueKind
from routines.load import load_routine
from routines.model import Routine
from routines.plan import Level, Plan, Words
from skill.alexa.audio import RenderedAudio
from skill.alexa_skill import open_audio
from skill.app import create_app
from skill.audio_library import AudioFiles
from skill.bootstrap import Voices
from skill.settings import Settings, read_settings
from speech.clips import SAMPLES_PER_MS, Samples
from speech.mp3 import FRAME_BYTES, frames_for
from speech.pyttsx3_voice import Pyttsx3Voice
from speech.voice import Pcm, VoiceError
from tests.alexa_door import NOW, SKILL_ID, envelope, outside_session
from tests.alexa_validator import check_response
from tests.doubles import BurstVoice
from tests.skill.command_line import NO_VOICE, Home, missing_voice, needs_voice
from tests.speech.decoders import by_miniaudio

SHORT = load_routine("knee-short")
ROUTINE = replace(SHORT, exercises=SHORT.exercises[:1])
QUICK = Plan(level=Level.EASY, words=Words.BRIEF)
LONG_AGO_S = 10_000


class QuickVoice(BurstVoice):
    """A voice that says everything in short, pure tones, which are quick to encode: 2 ms a letter."""

    def speak(self, text: str) -> Pcm:
        super().speak(text)
        wave = np.sin(np.arange(len(text) * 48) / 9) * 8_000
        return Pcm(wave.astype("<i2").tobytes(), 24_000)


class QuickVoices(Voices):
    """Such voices; with `gate`, they wait for it."""

    def __init__(self, gate: threading.Event | None = None, broken: frozenset[str] = frozenset()) -> None:
        self.rate_wpm = 150
        self.locale = "en"
        self.gate = gate
        self.broken = broken

    def __call__(self) -> Pyttsx3Voice:
        return cast("Pyttsx3Voice", QuickVoice(gate=self.gate, broken=self.broken))

    def at(self, rate_wpm: int) -> Voices:
        self.rate_wpm = rate_wpm
        return self

    def close(self) -> None:
        return


class NoVoices(QuickVoices):
    """Voices on a machine that has none."""

    def __call__(self) -> Pyttsx3Voice:
        raise VoiceError("no-engine", "nothing here")


def settings_in(folder: Path, **more: str) -> Settings:
    return read_settings(
        {
            "STEADY_DATA": str(folder / "data"),
            "STEADY_CACHE": str(folder / "cache"),
            "STEADY_ALEXA_SKILL_ID": SKILL_ID,
            "STEADY_ALEXA_VERIFY": "off",
            "STEADY_ALEXA_DELIVERY": "audio",
            "STEADY_PUBLIC_URL": "https://coach.example.org/steady/",
            **more,
        }
    )


def routine_called(name: str) -> Routine:
    if name != ROUTINE.id:
        raise KeyError(name)
    return ROUTINE


def files_in(folder: Path, voices: Voices | None = None, **more: Any) -> AudioFiles:
    made = QuickVoices() if voices is None else voices
    return AudioFiles(
        settings=settings_in(folder),
        base_url="https://coach.example.org/steady",
        find_routine=routine_called,
        open_voices=lambda: made,
        **more,
    )


def had(files: AudioFiles, plan: Plan = QUICK) -> RenderedAudio:
    """Return a session as a file, however long it takes on a busy machine."""
    files.patience_s = 60
    found = files.url(ROUTINE, plan)
    assert found is not None
    return found


@pytest.fixture
def files(tmp_path: Path) -> AudioFiles:
    return files_in(tmp_path)


# -- names -----------------------------------------------------------------------------------------


def test_a_file_has_a_name_of_256_bits_under_the_public_address(files: AudioFiles) -> None:
    made = had(files)

    assert made.url == f"https://coach.example.org/steady/audio/{made.digest}.mp3"
    assert len(bytes.fromhex(made.digest)) == 32
    assert (files.folder / f"{made.digest}.mp3").is_file()


def test_the_same_session_has_the_same_name_in_one_installation_and_another_in_the_next(
    tmp_path: Path,
) -> None:
    first, again, elsewhere = (files_in(tmp_path / name) for name in ("a", "a", "b"))

    assert had(first).digest == had(again).digest
    assert had(first).digest != had(elsewhere).digest


def test_another_plan_or_other_words_have_another_name(files: AudioFiles) -> None:
    other = replace(ROUTINE, summary="Something else.")
    names = {had(files).digest, had(files, QUICK.slower()).digest}
    full = Plan(level=Level.EASY)
    for routine in (ROUTINE, other):
        made = files.url(routine, full)
        assert made is not None
        names.add(made.digest)

    assert len(names) == 4


@pytest.mark.skipif(os.name != "posix", reason="this system has no modes of files")
def test_the_secret_behind_the_names_is_read_by_nobody_else(files: AudioFiles) -> None:
    had(files)
    secret = files.settings.data_folder / "audio-secret"

    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(secret.read_bytes()) == 32


# -- finding ---------------------------------------------------------------------------------------


def test_a_file_is_found_again_by_another_process_with_the_same_times(tmp_path: Path) -> None:
    made = had(files_in(tmp_path))
    found = files_in(tmp_path).find(made.digest)

    assert found is not None
    assert (found.url, found.plan, found.timeline) == (made.url, made.plan, made.timeline)


def test_the_times_are_those_of_the_voice_and_of_the_file(files: AudioFiles) -> None:
    made = had(files)
    said = next(cue for cue in made.timeline.cues if cue.kind is CueKind.SAY)
    size = (files.folder / f"{made.digest}.mp3").stat().st_size

    assert said.length_ms == made.course.lengths.length_ms(said.text)
    assert abs(said.length_ms - len(said.text) * 2) <= 5
    assert size >= frames_for(made.timeline.total_ms) * FRAME_BYTES


def test_a_file_whose_routine_has_changed_is_not_found(tmp_path: Path) -> None:
    made = had(files_in(tmp_path))
    changed = files_in(tmp_path)
    changed.find_routine = lambda _: replace(ROUTINE, title="another routine")

    assert changed.find(made.digest) is None


@pytest.mark.parametrize("spoilt", [b"", b"[]", b'{"routine": "knee-short"}', b'{"routine": "no-such"}'])
def test_a_file_whose_notes_are_damaged_is_not_found_and_is_made_again(tmp_path: Path, spoilt: bytes) -> None:
    made = had(files_in(tmp_path))
    notes = files_in(tmp_path).folder / f"{made.digest}.json"
    notes.write_bytes(spoilt)

    assert files_in(tmp_path).find(made.digest) is None
    assert had(files_in(tmp_path)).timeline == made.timeline


def test_what_was_never_made_is_not_found(files: AudioFiles) -> None:
    assert files.find("0" * 64) is None


# -- making ----------------------------------------------------------------------------------------


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    opened = threading.Event()
    yield opened
    opened.set()


def test_whoever_asks_waits_no_longer_than_a_request_may_and_finds_it_the_next_time(
    tmp_path: Path, gate: threading.Event
) -> None:
    files = files_in(tmp_path, QuickVoices(gate), patience_s=0.01)
    assert files.url(ROUTINE, QUICK) is None

    gate.set()
    assert had(files).plan == QUICK


def test_files_that_are_likely_to_be_asked_for_are_made_before(files: AudioFiles) -> None:
    files.prepare([ROUTINE], QUICK)
    files.prepare([ROUTINE], QUICK)
    made = had(files)

    assert files.url(ROUTINE, QUICK) is made
    assert len(list(files.folder.glob("*.mp3"))) == 1


def test_with_no_voice_there_is_no_file_and_the_reason_is_known(tmp_path: Path) -> None:
    files = files_in(tmp_path, NoVoices())
    files.prepare([ROUTINE], QUICK)

    assert files.url(ROUTINE, QUICK) is None
    failure = files.voice_failure()
    assert failure is not None
    assert failure.code == "no-engine"


def test_a_voice_that_breaks_in_the_middle_keeps_nobody_waiting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = [cue.text for cue in had(files_in(tmp_path / "other")).timeline.cues if cue.kind is CueKind.SAY]
    files = files_in(tmp_path, QuickVoices(broken=frozenset({said[-1]})), patience_s=60)

    assert files.url(ROUTINE, QUICK) is None
    assert "voice-hung" in caplog.text
    assert list(files.folder.glob("*.mp3")) == []


def test_a_folder_that_cannot_be_written_costs_only_the_files(tmp_path: Path) -> None:
    files = files_in(tmp_path, patience_s=60)
    files.folder.parent.mkdir(parents=True)
    files.folder.write_bytes(b"in the way")

    assert files.url(ROUTINE, QUICK) is None


# -- how long they stay ----------------------------------------------------------------------------


def age(files: AudioFiles, made: RenderedAudio, by_s: float) -> None:
    notes = files.folder / f"{made.digest}.json"
    used_s = notes.stat().st_mtime - by_s
    os.utime(notes, (used_s, used_s))


def test_of_too_many_files_those_go_that_were_not_asked_for_for_long(tmp_path: Path) -> None:
    files = files_in(tmp_path, max_files=2)
    first, second = had(files), had(files, QUICK.slower())
    age(files, first, LONG_AGO_S)
    age(files, second, 2 * LONG_AGO_S)
    third = had(files, QUICK.faster())

    assert {path.stem for path in files.folder.iterdir()} == {first.digest, third.digest}
    assert files.find(second.digest) is None


def test_of_too_large_files_only_what_is_in_use_stays(tmp_path: Path) -> None:
    files = files_in(tmp_path, max_bytes=1)
    first, second = had(files), had(files, QUICK.slower())
    age(files, first, LONG_AGO_S)
    third = had(files, QUICK.faster())

    assert {path.stem for path in files.folder.glob("*.mp3")} == {second.digest, third.digest}


# -- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {"STEADY_ALEXA_DELIVERY": "apla"},
        {"STEADY_PUBLIC_URL": ""},
        {"STEADY_PUBLIC_URL": "https://coach.example.org:8443"},
    ],
)
def test_without_an_address_that_alexa_fetches_from_there_are_no_files(
    tmp_path: Path, more: dict[str, str]
) -> None:
    assert open_audio(settings_in(tmp_path, **more)) is None


def serve_says(home: Home, before: str = "", **more: str) -> str:
    """Return everything a server says before it says how it is ended, also about errors."""
    env = {**os.environ, **home.env(), "STEADY_ALEXA_SKILL_ID": SKILL_ID, "STEADY_ALEXA_DELIVERY": "audio"}
    command = [sys.executable, "-c", f"{before}\nfrom skill.cli import main; main()", "serve", "--port", "0"]
    with subprocess.Popen(
        command, env=env | more, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, process.communicate()
            said += line
        process.terminate()
        _, err = process.communicate(timeout=30)
    return said + err


@needs_voice
def test_a_server_says_that_it_makes_files_and_where_they_are(tmp_path: Path) -> None:
    said = serve_says(Home(tmp_path), STEADY_PUBLIC_URL="https://coach.example.org")

    assert "https://coach.example.org/audio" in said
    assert "(apla)" not in said


def test_a_server_without_a_public_address_says_what_it_does_instead(tmp_path: Path) -> None:
    said = serve_says(Home(tmp_path))

    assert "STEADY_PUBLIC_URL" in said
    assert "(apla)" in said


def test_a_server_without_a_voice_says_what_it_does_instead(tmp_path: Path) -> None:
    said = serve_says(Home(tmp_path), NO_VOICE, STEADY_PUBLIC_URL="https://coach.example.org")

    assert "there is no voice" in said
    assert "(apla)" in said


# -- the real voice, the real store, the real pages ------------------------------------------------


@dataclass
class Served:
    """A whole backend, and the session that one device was given by it."""

    client: FlaskClient
    files: AudioFiles
    requests: int = 0
    attributes: dict[str, Any] = field(default_factory=dict)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the response to a request, looked at by the validator."""
        self.requests += 1
        request["request"]["requestId"] = f"request.{self.requests}"
        if "session" in request:
            request["session"]["attributes"] = self.attributes
        answer = self.client.post("/alexa", data=json.dumps(request), content_type="application/json")
        assert answer.status_code == 200
        made: dict[str, Any] = json.loads(answer.data)
        assert check_response(request, made) == []
        self.attributes = made.get("sessionAttributes", {})
        response: dict[str, Any] = made["response"]
        return response

    @cached_property
    def stream(self) -> dict[str, Any]:
        """What the device was given to play when it started the short knee routine."""
        self.ask(envelope())
        response = self.ask(envelope("IntentRequest", intent={"name": "AMAZON.YesIntent"}))
        stream: dict[str, Any] = response["directives"][0]["audioItem"]["stream"]
        return stream

    @property
    def path(self) -> str:
        """Where the file is on this server."""
        return urlsplit(str(self.stream["url"])).path

    @cached_property
    def sound(self) -> bytes:
        """The whole file."""
        found: bytes = self.client.get(self.path, buffered=True).data
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    if missing_voice() is not None:
        pytest.skip(f"no voice here: {missing_voice()}")
    settings = settings_in(tmp_path_factory.mktemp("real"), STEADY_PUBLIC_URL="https://coach.example.org")
    files = open_audio(settings)
    assert files is not None
    files.patience_s = 60
    return Served(create_app(settings, audio=files, now=lambda: NOW).test_client(), files)


def test_every_count_of_the_session_is_in_the_file_that_is_served_at_its_time(
    served: Served, tmp_path: Path
) -> None:
    played = tmp_path / "played.mp3"
    played.write_bytes(served.sound)
    samples = by_miniaudio(played)
    audio = served.files.find(served.path.split("/")[-1].removesuffix(".mp3"))
    assert audio is not None
    counts = [cue for cue in audio.timeline.cues if cue.kind is CueKind.COUNT]

    assert len(counts) > 30
    assert abs(len(samples) // SAMPLES_PER_MS - audio.timeline.total_ms) < 100
    for cue in counts:
        assert loudest(samples, cue.at_ms, cue.end_ms) > 1_000
        assert loudest(samples, cue.at_ms - 60, cue.at_ms - 30) < loudest(samples, cue.at_ms, cue.end_ms) / 4


def loudest(samples: Samples, from_ms: int, until_ms: int) -> int:
    return int(np.abs(samples[from_ms * SAMPLES_PER_MS : until_ms * SAMPLES_PER_MS].astype(int)).max())


def test_a_device_that_comes_back_goes_on_in_the_same_file(served: Served) -> None:
    served.attributes = {}
    token = {"token": served.stream["token"], "offsetInMilliseconds": 200_000}
    for name in ("AMAZON.PauseIntent", "AMAZON.ResumeIntent"):
        request = envelope("IntentRequest", intent={"name": name})
        request["context"]["AudioPlayer"] = token | {"playerActivity": "PAUSED"}
        response = served.ask(request)

    stream = response["directives"][0]["audioItem"]["stream"]
    assert stream["url"] == served.stream["url"]
    assert 150_000 < stream["offsetInMilliseconds"] <= 200_000
    served.ask(outside_session("AudioPlayer.PlaybackFinished", **token | {"token": stream["token"]}))


def test_a_player_may_ask_for_any_part_as_long_as_it_is_the_same_file(served: Served) -> None:
    whole = served.client.get(served.path, buffered=True)
    tag, size = whole.headers["ETag"], len(whole.data)
    part = {"Range": f"bytes={size // 2}-{size // 2 + 999}"}
    same = served.client.get(served.path, headers={**part, "If-Range": tag}, buffered=True)
    other = served.client.get(served.path, headers={**part, "If-Range": '"another"'}, buffered=True)
    head = served.client.head(served.path, buffered=True)

    assert whole.mimetype == "audio/mpeg"
    assert (same.status_code, same.data) == (206, whole.data[size // 2 : size // 2 + 1000])
    assert (other.status_code, len(other.data)) == (200, size)
    assert (head.status_code, head.data, int(head.headers["Content-Length"])) == (200, b"", size)
    assert served.client.get(served.path, headers={"Range": f"bytes={size}-"}).status_code == 416


def test_being_asked_for_again_does_not_make_it_another_file(served: Served) -> None:
    tag = served.client.get(served.path, buffered=True).headers["ETag"]
    notes = served.files.folder / served.path.split("/")[-1].replace(".mp3", ".json")
    os.utime(notes, (1, 1))
    served.files.find(notes.stem)

    assert notes.stat().st_mtime > 1
    assert served.client.get(served.path, buffered=True).headers["ETag"] == tag


def test_what_stands_beside_a_file_is_given_to_nobody(served: Served) -> None:
    assert served.client.get(served.path.replace(".mp3", ".json")).status_code == 404
