"""Lines said aloud, now, on this machine's sound device."""

from __future__ import annotations

import threading

from routines.cue import Cue
from routines.phrases import Phrases
from routines.script import SENTENCE_GAP_MS
from routines.timeline import lay_lines
from skill.errors import explain
from speech.clips import Clip, Clips
from speech.player import Player, Segment
from speech.speaker import Speaker, SpeakerError, advice

#: How often it is looked whether the device is still there.
_LOOK_S = 0.2


class _Ready:
    """What is ready of a bank of clips."""

    def __init__(self, clips: Clips) -> None:
        self._clips = clips

    def ready(self, cue: Cue) -> Clip | None:
        return self._clips.for_cue(cue, wait=False)


def speak(lines: tuple[str, ...], clips: Clips, speaker: Speaker, phrases: Phrases) -> tuple[str, ...]:
    """Say lines one after the other and wait for the end. Return what hindered it, if anything did."""
    clips.prepare(lines)
    clips.wait(lines)
    if clips.failure is not None:
        told = explain(clips.failure, phrases)
        return (phrases("advice-view.no-voice"), *(told[0] if told else ()))
    lost = threading.Event()
    errors: list[SpeakerError] = []

    def on_lost(error: SpeakerError) -> None:
        errors.append(error)
        lost.set()

    laid = lay_lines("spoken", lines, clips, SENTENCE_GAP_MS)
    player = Player(_Ready(clips))
    player.play([Segment("spoken", laid.length_ms, laid.cues)])
    try:
        speaker.start(player.fill, on_lost)
        while not player.position().idle and not lost.is_set():
            player.wait(_LOOK_S)
        speaker.stop()
    except SpeakerError as error:
        errors.append(error)
    if errors:
        return (phrases("advice-view.mute"), *advice(errors[0], phrases))
    return ()
