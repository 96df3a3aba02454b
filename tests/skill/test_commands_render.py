from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from routines.load import load_routine
from routines.phrases import load_phrases
from routines.plan import Plan
from skill.bootstrap import Voices
from skill.progress_bar import ProgressBar
from skill.rendering import Job, render_session
from skill.settings import read_settings
from speech.pyttsx3_voice import Pyttsx3Voice
from speech.voice import VoiceError
from tests.skill.command_line import NO_VOICE, Home, needs_voice

QUICK = ("--level", "easy", "--words", "brief")


class NoVoices(Voices):
    """Voices on a machine that has none."""

    def __init__(self) -> None:
        self.rate_wpm = 150

    def __call__(self) -> Pyttsx3Voice:
        raise VoiceError("no-engine", "nothing here")

    def close(self) -> None:
        return


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@needs_voice
def test_the_file_is_as_long_as_the_transcript_says_and_sounds_at_every_count(home: Home) -> None:
    file = home.folder / "out.wav"
    ran = home.steady("render", "knee-short", "-o", str(file), *QUICK)
    shown = home.steady("show", "knee-short", "--json", *QUICK).data
    samples, rate = soundfile.read(file, dtype="int16")

    assert ran.code == 0
    assert len(samples) * 1000 == shown["total_ms"] * rate
    for cue in shown["cues"]:
        if cue["kind"] in ("count", "say", "tick", "chime"):
            start = cue["at_ms"] * rate // 1000
            heard = samples[start : start + cue["length_ms"] * rate // 1000]
            assert np.abs(heard.astype(int)).max() > 300, cue


@needs_voice
def test_mp3_has_chapters_and_captions_beside_it(home: Home) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    file = home.folder / "knee short.mp3"
    ran = home.process("render", "knee-short", "-o", str(file), *QUICK)
    shown = home.steady("show", "knee-short", "--json", *QUICK).data
    probe = ["ffprobe", "-v", "error", "-show_chapters", "-show_format", "-of", "json", str(file)]
    found = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)

    assert (ran.code, ran.err) == (0, "")
    assert abs(float(found["format"]["duration"]) * 1000 - shown["total_ms"]) <= 24
    titles = [chapter["tags"]["title"] for chapter in found["chapters"]]
    assert titles[:3] == ["Welcome", "Inner-thigh squeeze", "Inner-thigh squeeze, set 1 of 2"]
    assert titles[-1] == "The end"
    assert file.with_suffix(".vtt").read_text().startswith("WEBVTT")
    assert "Welcome. This is the" in file.with_suffix(".srt").read_text()
    assert f"'{file}'" in ran.out, "quoted, so that the line can be run"


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".flac", ".ogg"])
def test_tones_alone_need_no_voice(home: Home, suffix: str) -> None:
    file = home.folder / f"tones{suffix}"
    ran = home.steady("render", "knee-short", "-o", str(file), "--tones-only", *QUICK)

    assert (ran.code, ran.err) == (0, "")
    assert file.stat().st_size > 1000
    assert file.with_suffix(".vtt").exists()


def test_captions_can_be_left_out(home: Home) -> None:
    file = home.folder / "tones.ogg"
    home.steady("render", "knee-short", "-o", str(file), "--tones-only", "--no-captions")

    assert [path.name for path in home.folder.iterdir()] == ["tones.ogg"]


def test_without_a_voice_nothing_is_written(home: Home) -> None:
    job = Job(routine=load_routine(), plan=Plan(), phrases=load_phrases(), path=home.folder / "out.mp3")
    with pytest.raises(VoiceError, match="no-engine"):
        render_session(job, read_settings(home.env()), NoVoices(), ProgressBar(io.StringIO()))

    assert not job.path.exists()


def test_without_a_voice_the_remedy_is_told(home: Home) -> None:
    ran = home.process("render", "knee", "-o", str(home.folder / "out.mp3"), before=NO_VOICE)

    assert (ran.code, ran.out) == (4, "")
    assert "add --tones-only" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("knee.txt", "End its name with one of: .mp3, .wav, .flac, .ogg."),
        ("knee", "End its name with one of: .mp3, .wav, .flac, .ogg."),
        ("not/there/knee.mp3", "Create the folder first"),
    ],
)
def test_a_file_that_cannot_be_is_refused_at_once(home: Home, name: str, said: str) -> None:
    ran = home.steady("render", "knee", "-o", str(home.folder / name), "--tones-only")

    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_of_others_is_refused(home: Home) -> None:
    home.folder.chmod(0o500)
    try:
        ran = home.steady("render", "knee", "-o", str(home.folder / "knee.mp3"), "--tones-only")
    finally:
        home.folder.chmod(0o700)

    assert ran.code == 3
    assert "You may not write" in ran.err


def test_the_output_must_be_named(home: Home) -> None:
    assert home.steady("render", "knee").code == 2
