"""Rendering a session: sound and captions side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from routines.phrases import load_phrases
from speech.audiofile import AudioFileError
from speech.chapters import chapter_title
from speech.mp3 import FrameBank
from speech.render import Rendered, render, tone_captions
from tests.doubles import Bursts
from tests.speech.decoders import chapters_in
from tests.speech.layouts import count, say, timeline

SESSION = timeline(5_000, say(100, "Get ready."), count(2_000, "1"), count(3_000, "2"))
TITLE = chapter_title(load_phrases())


def test_the_sound_and_both_captions_are_written(tmp_path: Path) -> None:
    path = tmp_path / "knee.mp3"
    done = render(SESSION, Bursts(), path, title="Knee", chapter_title=TITLE, bank=FrameBank())
    assert done.paths == (path, tmp_path / "knee.vtt", tmp_path / "knee.srt")
    assert done.length_ms == 5_000
    assert done.bytes == sum(file.stat().st_size for file in done.paths)
    assert (tmp_path / "knee.vtt").read_text(encoding="utf-8").startswith("WEBVTT Knee\n\n00:00:00.100 --> ")
    assert "\n1\n" in (tmp_path / "knee.srt").read_text(encoding="utf-8")
    assert chapters_in(path) == [(0, "Wall slides")]


def test_captions_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "knee.wav"
    done = render(SESSION, Bursts(), path, title="Knee", chapter_title=TITLE, captions=False)
    assert done == Rendered((path,), 5_000, path.stat().st_size)
    assert list(tmp_path.iterdir()) == [path]


def test_captions_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    (tmp_path / "knee.vtt").mkdir()
    with pytest.raises(AudioFileError) as caught:
        render(SESSION, Bursts(), tmp_path / "knee.mp3", title="Knee", chapter_title=TITLE)
    assert caught.value.path == tmp_path / "knee.vtt"


def test_the_chimes_that_mean_something_have_captions() -> None:
    assert tone_captions(load_phrases()) == {"start": "(start tone)", "end": "(end tone)"}
