"""The whole knee routine as one audio file: fetched from the server by ranges, decoded, and played out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from routines.cue import CueKind
from routines.load import load_routine
from skill.alexa_skill import open_lasting_store
from skill.app import create_app
from skill.audio_library import AudioFiles
from skill.records import EventKind
from speech.clips import SAMPLES_PER_MS, Samples
from tests.alexa_device import SKILL_ID
from tests.alexa_player import AudioBackend, Echo
from tests.skill.test_audio_library import QuickVoices, settings_in
from tests.speech.decoders import by_miniaudio

#: So much a player asks for at a time.
RANGE_BYTES = 256 * 1024


@dataclass
class ServedAudio(AudioBackend):
    """The whole backend as `steady serve` has it, with files that are really made and given out."""

    folder: Path = field(default_factory=Path)

    def __post_init__(self) -> None:
        settings = settings_in(self.folder, STEADY_ALEXA_SKILL_ID=SKILL_ID)
        self.audio = AudioFiles(
            settings=settings,
            base_url="https://coach.example.org/steady",
            find_routine=load_routine,
            open_voices=QuickVoices,
            patience_s=120,
        )
        self.app = create_app(settings, audio=self.audio, now=self.clock)
        self.client = self.app.test_client()
        self.store = open_lasting_store(settings)
        self.files = self.audio  # type: ignore[assignment]

    def fetch(self, url: str) -> bytes:
        """Return a file, asked for in ranges of bytes."""
        path, found, whole = url[url.index("/audio/") :], b"", 1
        while len(found) < whole:
            until = len(found) + RANGE_BYTES - 1
            answer = self.client.get(path, headers={"Range": f"bytes={len(found)}-{until}"})
            assert answer.status_code == 206
            assert answer.mimetype == "audio/mpeg"
            found += answer.get_data()
            whole = int(answer.headers["Content-Range"].rpartition("/")[2])
            answer.close()
        return found


def loudest(track: Samples, from_ms: float, to_ms: float) -> int:
    part = track[int(from_ms * SAMPLES_PER_MS) : int(to_ms * SAMPLES_PER_MS)]
    return int(np.abs(part.astype(np.int32)).max(initial=0))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Echo, Samples]]:
    """Give a device that has played all of the knee routine, and what was to be heard."""
    folder = tmp_path_factory.mktemp("served")
    device = Echo(ServedAudio(folder=folder))
    device.launch()
    device.listen()
    device.say("start the knee routine")
    assert isinstance(device.backend, ServedAudio)
    sound = folder / "fetched.mp3"
    sound.write_bytes(device.backend.fetch(device.player.url))
    device.play(device.file.timeline.total_ms)
    device.tell()
    yield device, by_miniaudio(sound)
    device.backend.store.close()


def test_every_count_of_all_six_exercises_is_in_the_sound_at_its_time(played: tuple[Echo, Samples]) -> None:
    device, track = played
    timeline = device.file.timeline
    counts = [cue for cue in timeline.cues if cue.kind is CueKind.COUNT]
    routine = load_routine("knee")

    assert {block.exercise for block in timeline.blocks if block.exercise} == {
        exercise.id for exercise in routine.exercises
    }
    assert len(counts) > 100
    assert len(track) // SAMPLES_PER_MS >= timeline.total_ms
    for before, cue in pairwise(timeline.cues):
        if cue.kind is not CueKind.COUNT:
            continue
        assert loudest(track, cue.at_ms, cue.at_ms + 8) > 1_000, cue
        if before.end_ms + 40 < cue.at_ms:
            assert loudest(track, cue.at_ms - 12, cue.at_ms - 1) < 500, cue


def test_every_set_is_kept_once_and_the_routine_is_done(played: tuple[Echo, Samples]) -> None:
    device, _ = played
    session = device.backend.store.last_session(device.person)
    assert session is not None

    done = [event.key for event in session.events if event.kind is EventKind.BLOCK_DONE]
    sets = [block.id for block in device.file.timeline.blocks if block.work_at_ms is not None]

    assert done == [f"done:{block}:0" for block in sets]
    assert session.events[-1].kind is EventKind.DONE
    assert any("Well done." in cue.text for cue in device.file.timeline.blocks[-1].cues)
