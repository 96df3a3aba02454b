"""A whole session as files: the sound, and captions beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from routines.phrases import Phrases
from routines.timeline import Timeline
from speech.audiofile import whole_file, write_audio
from speech.captions import captions as captions_of
from speech.captions import to_srt, to_vtt
from speech.chapters import ChapterTitle, chapters
from speech.mix import Sounds
from speech.mp3 import FrameBank, Progress


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was written."""

    paths: tuple[Path, ...]  #: the sound first
    length_ms: int
    bytes: int  #: of all files together


def render(
    timeline: Timeline,
    sounds: Sounds,
    path: Path,
    *,
    title: str,
    chapter_title: ChapterTitle,
    captions: bool = True,
    tones: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
    bank: FrameBank | None = None,
) -> Rendered:
    """Write the session's sound to `path` and, with `captions`, files of the same name in `.vtt` and `.srt`.

    `tones` are the captions of chimes (`tone_captions`). `on_progress` is told milliseconds done and in all.
    AudioFileError if a file cannot be written.
    """
    size = write_audio(
        path,
        timeline,
        sounds,
        title=title,
        chapters=chapters(timeline, chapter_title),
        on_progress=on_progress,
        bank=bank,
    )
    paths = [path]
    if captions:
        shown = captions_of(timeline.cues, tones)
        for suffix, text in ((".vtt", to_vtt(shown, title)), (".srt", to_srt(shown))):
            beside = path.with_suffix(suffix)
            with whole_file(beside) as file:
                size += file.write(text.encode())
            paths.append(beside)
    return Rendered(tuple(paths), timeline.total_ms, size)


def tone_captions(phrases: Phrases) -> dict[str, str]:
    """Return what a caption shows for each chime that has a phrase under `render.tone`."""
    names = {phrase_id.rpartition(".")[2]: phrase_id for phrase_id in phrases.under("render.tone")}
    return {name: phrases(phrase_id) for name, phrase_id in names.items()}
