"""The ways that everyone writes first, to compare with.

    python -m bench.naive loop 30          # say a number, sleep a second
    python -m bench.naive render knee F    # speak everything, mix one track, encode it in one go

The loop is what most examples show; the track is encoded by the library that the coach uses.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np

from bench.figures import CannotMeasureError
from routines.lengths import EstimatedLengths
from routines.phrases import load_phrases
from routines.plan import Plan
from routines.timeline import Timeline
from speech.clips import RATE_HZ, Clip, Clips, make_clip, trim
from speech.mix import Sounds, mix
from speech.voice import Pcm

_RATE_WPM = 150
_BITRATE_KBPS = 48
_SAY = ["espeak-ng", "-s", str(_RATE_WPM)]


def loop_command(counts: int) -> list[str]:
    """Return the command of the loop."""
    return [sys.executable, "-m", "bench.naive", "loop", str(counts)]


def render_command(routine: str, path: Path) -> list[str]:
    """Return the command that renders the naive way."""
    return [sys.executable, "-m", "bench.naive", "render", routine, str(path)]


def say_command(text: str) -> list[str]:
    """Return the command that says something at once, by espeak-ng's own output."""
    return [*_SAY, text]


def clip_of(text: str) -> Clip:
    """Return what espeak-ng says by itself, cut to its onset as the coach's own clips are."""
    try:
        spoken = subprocess.run([*_SAY, "--stdout", text], check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise CannotMeasureError("espeak-ng is not installed") from None
    with wave.open(io.BytesIO(spoken)) as file:
        return make_clip(trim(Pcm(file.readframes(file.getnframes()), file.getframerate())))


def loop(counts: int) -> None:
    """Say a number and sleep a second."""
    for number in range(1, counts + 1):
        subprocess.run(say_command(str(number)), check=True)
        time.sleep(1)


def write_mp3(path: Path, timeline: Timeline, sounds: Sounds) -> None:
    """Mix the whole track, then encode it."""
    import lameenc  # noqa: PLC0415 - only this needs it

    track = np.concatenate(list(mix(timeline, sounds)))
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_bit_rate(_BITRATE_KBPS)
    encoder.set_in_sample_rate(RATE_HZ)
    encoder.set_channels(1)
    path.write_bytes(bytes(encoder.encode(track.tobytes()) + encoder.flush()))


def render(routine: str, path: Path) -> None:
    """Speak every utterance, one after the other, lay them out, mix, encode, write."""
    from skill.bootstrap import Voices, find_routine  # noqa: PLC0415
    from skill.settings import read_settings  # noqa: PLC0415
    from skill.showing import course_to_show  # noqa: PLC0415

    phrases, plan = load_phrases(), Plan()
    voices = Voices(phrases.locale)
    clips = Clips(voices, workers=1, estimate=EstimatedLengths())
    try:
        course = course_to_show(find_routine(routine, read_settings()), phrases, clips)
        write_mp3(path, course.timeline(plan), clips)
    finally:
        clips.close()
        voices.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["loop", given]:
            loop(int(given))
        case ["render", given, where]:
            render(given, Path(where))
        case _:
            sys.exit(__doc__)
