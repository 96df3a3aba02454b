"""What is heard, to be read: captions for the screen, and as WebVTT and SRT files."""

from __future__ import annotations

import textwrap
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from routines.cue import Cue, CueKind

#: A caption stays this long after its words, if nothing follows: slow readers finish the line.
LINGER_MS = 1_000
#: A caption that would be gone sooner is shown together with the next.
SHORTEST_MS = 400
#: Two lines of 42 letters, as subtitles have them; longer ones are only wrapped, never merged.
LINE_LETTERS = 42
MERGED_LETTERS = 2 * LINE_LETTERS


@dataclass(frozen=True, slots=True)
class Caption:
    """One text and when it is shown."""

    at_ms: int
    end_ms: int
    text: str


def captions(cues: Iterable[Cue], tones: Mapping[str, str] | None = None) -> tuple[Caption, ...]:
    """Return one caption for each thing said or counted, in order, none overlapping another.

    `tones` gives the text for a chime by its cue's text; chimes without one, ticks and silence have
    no caption. Words so quickly followed by others that they could not be read are shown together with them.
    """
    names = tones or {}
    said = sorted(
        (cue.at_ms, cue.end_ms, text) for cue in cues if (text := " ".join(_text(cue, names).split()))
    )
    made: list[Caption] = []
    for at_ms, end_ms, text in said:
        shown = Caption(at_ms, end_ms, text)
        if made and _too_short(made[-1], shown):
            before = made.pop()
            shown = Caption(before.at_ms, max(before.end_ms, end_ms), f"{before.text} {text}")
        made.append(shown)
    until = [caption.at_ms for caption in made[1:]]
    lingering = [
        replace(caption, end_ms=min(caption.end_ms + LINGER_MS, next_ms))
        for caption, next_ms in zip(made, until, strict=False)
    ]
    return (*lingering, *made[-1:])


def _text(cue: Cue, tones: Mapping[str, str]) -> str:
    if cue.kind in (CueKind.SAY, CueKind.COUNT):
        return cue.text
    return tones.get(cue.text, "") if cue.kind is CueKind.CHIME else ""


def _too_short(before: Caption, after: Caption) -> bool:
    if after.at_ms <= before.at_ms:
        return True
    fits = len(before.text) + 1 + len(after.text) <= MERGED_LETTERS
    return fits and after.at_ms - before.at_ms < SHORTEST_MS


def caption_at(shown: Sequence[Caption], at_ms: int) -> str:
    """Return the text shown at a time, "" if there is none; `shown` comes from `captions`."""
    index = bisect_right(shown, at_ms, key=lambda caption: caption.at_ms) - 1
    return shown[index].text if index >= 0 and at_ms < shown[index].end_ms else ""


def to_vtt(shown: Iterable[Caption], title: str = "") -> str:
    """Return a WebVTT file."""
    head = " ".join(f"WEBVTT {title.replace('-->', '->')}".split())
    parts = [f"{_span(caption, '.')}\n{_wrap(_escape(caption.text))}\n" for caption in shown]
    return "\n".join([f"{head}\n", *parts])


def to_srt(shown: Iterable[Caption]) -> str:
    """Return a SubRip file. It knows no escapes: what could be read as a mark is written with other signs."""
    return "\n".join(
        f"{number}\n{_span(caption, ',')}\n{_wrap(_plain(caption.text))}\n"
        for number, caption in enumerate(shown, 1)
    )


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    return text.replace("<", "\u2039").replace(">", "\u203a").replace("{", "(").replace("}", ")")


def _wrap(text: str) -> str:
    if len(text) <= LINE_LETTERS:
        return text
    return "\n".join(textwrap.wrap(text, LINE_LETTERS, break_long_words=False, break_on_hyphens=False))


def _span(caption: Caption, point: str) -> str:
    return f"{_clock(caption.at_ms, point)} --> {_clock(caption.end_ms, point)}"


def _clock(ms: int, point: str) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"
