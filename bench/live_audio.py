"""How exactly live sound comes out, and how soon a pause is heard, with the machine idle and busy.

    python -m bench.live_audio [--seconds 12] [--pauses 12]

Plays through the real speaker into a private PulseAudio daemon with a null sink and reads everything from the
recording of its monitor. A pause counts from the request to the last sample heard, when that sample had
arrived at the recorder: an upper bound. Onsets are found by matched filter and compared with
a constant offset.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from routines.cue import Cue, CueKind
from speech.clips import RATE_HZ, SAMPLES_PER_MS, Clip, Samples
from speech.player import Player, Segment
from speech.speaker import MiniaudioSpeaker, SpeakerError
from tests.nullsink import NullSink, Recording, loud, missing, wait_until

BEAT_MS = 250


@dataclass(frozen=True, slots=True)
class Sounding:
    """One sound for every cue."""

    clip: Clip

    def ready(self, cue: Cue) -> Clip | None:
        """Return the sound."""
        return self.clip if cue.kind is not CueKind.QUIET else None


def tick() -> Clip:
    """Return 10 ms of a falling tone with a sharp onset."""
    at_s = np.arange(10 * SAMPLES_PER_MS) / RATE_HZ
    return Clip((20_000 * np.cos(2 * np.pi * 2000 * at_s) * np.exp(-at_s * 400)).astype(np.int16), "tick")


def hum(seconds: int) -> Clip:
    """Return an even tone."""
    at_s = np.arange(seconds * RATE_HZ) / RATE_HZ
    return Clip((8000 * np.sin(2 * np.pi * 500 * at_s)).astype(np.int16), "hum")


def cues(at_ms: Sequence[int], length_ms: int = 10) -> tuple[Cue, ...]:
    """Return counts at these times."""
    return tuple(
        Cue(at_ms=at, length_ms=length_ms, kind=CueKind.COUNT, text="tick", block="b") for at in at_ms
    )


@contextmanager
def busy(processes: int, threads: int) -> Iterator[None]:
    """Keep the machine busy with other processes, and this one with Python threads that never rest."""
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    over = threading.Event()

    def spin() -> None:
        while not over.is_set():
            pass

    spinning = [threading.Thread(target=spin, daemon=True) for _ in range(threads)]
    for thread in spinning:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in spinning:
            thread.join()
        for hog in hogs:
            hog.kill()
            hog.wait()


def recorded(sink: NullSink, at_ms: Sequence[int], clip: Clip) -> Samples:
    """Play a clip at each time through the real speaker and return what was heard."""
    player = Player(Sounding(clip))
    length_ms = at_ms[-1] + clip.length_ms + 1
    with _playing(player), sink.recorded() as recording:
        player.play([Segment("a", length_ms, cues(at_ms))])
        wait_until(lambda: player.position().idle, length_ms / 1000 + 10)
        recording.wait_for(recording.frames + RATE_HZ // 2)
    return recording.samples


def onset_errors_ms(heard: Samples, at_ms: Sequence[int], clip: Clip) -> npt.NDArray[np.float64]:
    """Return each onset's distance from where a constant offset would put it; NaN for one that was not heard.

    The constant offset is the middle one. Each onset is looked for within half a beat of the one before.
    """
    match = np.correlate(heard.astype(np.float64), clip.samples.astype(np.float64), mode="valid")
    enough = match.max() * 0.6
    first = int(np.flatnonzero(match > enough)[0])
    reach = BEAT_MS * SAMPLES_PER_MS // 2
    shift = first + int(match[first : first + reach].argmax()) - at_ms[0] * SAMPLES_PER_MS
    offsets = np.full(len(at_ms), np.nan)
    for n, at in enumerate(at_ms):
        due = at * SAMPLES_PER_MS + shift
        window = match[max(due - reach, 0) : due + reach]
        if window.size and window.max() > enough:
            shift += int(window.argmax()) - min(due, reach)
            offsets[n] = shift / SAMPLES_PER_MS
    return np.asarray(offsets - np.nanmedian(offsets))


def pause_latencies_ms(sink: NullSink, pauses: int) -> list[float]:
    """Return how long after each request the last sound arrived."""
    player = Player(Sounding(hum(pauses * 2)))
    asked_s: list[float] = []
    with _playing(player), sink.recorded() as recording:
        player.play([Segment("a", pauses * 2000, cues([0], pauses * 2000))])
        recording.wait_for_sound()
        for _ in range(pauses):
            time.sleep(random.uniform(0.3, 0.5))  # noqa: S311 - not a secret
            asked_s.append(time.monotonic())
            player.pause()
            time.sleep(random.uniform(0.4, 0.5))  # noqa: S311 - not a secret
            player.resume()
        time.sleep(0.3)
        player.stop()
    at = loud(recording.samples, 200)
    last_before_silence = at[np.flatnonzero(np.diff(at) > 100 * SAMPLES_PER_MS)]
    arrived_s = [recording.arrived_s(int(place)) for place in last_before_silence]
    return [1000 * (min(at_s for at_s in arrived_s if at_s > asked - 0.1) - asked) for asked in asked_s]


def change_latencies_ms(sink: NullSink, changes: int) -> tuple[list[float], list[float]]:
    """Return how long after each request a change of loudness, and something else to play, was heard.

    A hum is made louder and softer; then something else is played, which begins with silence.
    """
    length_ms = changes * 2000
    player = Player(Sounding(hum(changes * 2)))
    asked: list[tuple[str, float, float]] = []
    with _playing(player), sink.recorded() as recording:
        player.set_gain(40)
        player.play([Segment("a", length_ms, cues([0], length_ms))])
        recording.wait_for_sound(level=200)
        for turn in range(changes):
            time.sleep(random.uniform(0.5, 0.7))  # noqa: S311 - not a secret
            asked.append(("gain", time.monotonic(), 100 / 40 if turn % 2 == 0 else 40 / 100))
            player.set_gain(100 if turn % 2 == 0 else 40)
            time.sleep(random.uniform(0.5, 0.7))  # noqa: S311 - not a secret
            asked.append(("play", time.monotonic(), 0.0))
            player.play([Segment("quiet", 300, ()), Segment("a", length_ms, cues([0], length_ms))])
        time.sleep(0.5)
        player.stop()
    level = _level(recording.samples)
    found: dict[str, list[float]] = {"gain": [], "play": []}
    for kind, at_s, times in asked:
        found[kind].append(_changed_after_ms(recording, level, at_s, times))
    return found["gain"], found["play"]


_WINDOW = 5 * SAMPLES_PER_MS


def _level(samples: Samples) -> npt.NDArray[np.float64]:
    """Return the loudness of each window of 5 ms."""
    whole = samples[: len(samples) // _WINDOW * _WINDOW].astype(np.float64).reshape(-1, _WINDOW)
    return np.asarray(np.sqrt((whole**2).mean(axis=1)))


def _changed_after_ms(
    recording: Recording, level: npt.NDArray[np.float64], asked_s: float, times: float
) -> float:
    """Return when the level first was so many times what it was when something was asked for."""
    at_s = [recording.sounded_s(window * _WINDOW) for window in range(len(level))]
    start = next(window for window, when_s in enumerate(at_s) if when_s >= asked_s - 0.02)
    before = float(np.median(level[max(start - 20, 0) : start]))
    for window in range(start, len(level)):
        if abs(level[window] - before * times) < before / 10:
            return 1000 * (at_s[window] - asked_s)
    return float("nan")


def first_sound_ms() -> float:
    """Return how long a fresh interpreter takes from its start to the device's first request for sound."""
    began = time.monotonic()
    code = (
        "import threading; from speech.speaker import MiniaudioSpeaker; import numpy as np;"
        "told = threading.Event(); speaker = MiniaudioSpeaker();"
        "speaker.start(lambda n: (told.set(), np.zeros(n, np.int16))[1], print); told.wait(10);"
        "print('x', flush=True); "
        "speaker.stop()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        process.stdout.read(1)
        took_ms = 1000 * (time.monotonic() - began)
        process.stdout.read()
        return took_ms


@contextmanager
def _playing(player: Player) -> Iterator[None]:
    speaker = MiniaudioSpeaker()
    speaker.start(player.fill, _lost)
    player.connect(speaker)
    try:
        yield
    finally:
        speaker.stop()


def _lost(error: SpeakerError) -> None:
    print("LOST:", error)


def _row(name: str, seconds: int, pauses: int, *, processes: int, threads: int, rewinds: bool) -> str:
    at_ms = range(0, seconds * 1000, BEAT_MS)
    with ExitStack() as stack:
        sink = stack.enter_context(NullSink(rewinds=rewinds))
        stack.enter_context(sink.chosen())
        stack.enter_context(busy(processes, threads))
        errors = onset_errors_ms(recorded(sink, at_ms, tick()), at_ms, tick())
        pauses_ms = pause_latencies_ms(sink, pauses)
        opening_ms = median(first_sound_ms() for _ in range(3))
    heard = np.abs(errors[~np.isnan(errors)])
    return (
        f"{name:34} {len(heard):3}/{len(errors):<3} {heard.max():8.2f} {int((heard > 5).sum()):4}   "
        f"{median(pauses_ms):6.0f} {max(pauses_ms):6.0f}   {opening_ms:6.0f}"
    )


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=int, default=10, help="of counts in each row")
    options.add_argument("--pauses", type=int, default=10, help="in each row")
    chosen = options.parse_args()
    if reason := missing():
        sys.exit(reason)
    print(f"{'':34} {'onsets':>7} {'max ms':>8} {'>5ms':>4}   {'pause':>6} {'max ms':>6}   {'open ms':>6}")
    for name, processes, threads, rewinds in (
        ("idle", 0, 0, False),
        ("idle, sink that rewinds", 0, 0, True),
        ("3 busy processes", 3, 0, False),
        ("3 busy processes, sink rewinds", 3, 0, True),
        ("1 busy thread in here", 0, 1, False),
        ("3 processes and 2 threads in here", 3, 2, False),
    ):
        print(
            _row(name, chosen.seconds, chosen.pauses, processes=processes, threads=threads, rewinds=rewinds),
            flush=True,
        )


if __name__ == "__main__":
    main()
