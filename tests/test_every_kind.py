"""Completeness by discovery: a new kind of cue, effect, event or key that somebody forgot fails here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import soundfile

from routines.cue import CHIME_MS, TICK_MS, Cue, CueKind, Tone
from routines.events import EFFECTS, EVENTS, Ask, Effect, End, Event, Halt, Notify, Play, Refuse, Save, Say
from routines.phrases import load_phrases
from routines.session import TRANSITIONS, State
from routines.timeline import Timeline
from skill.key_events import meaning
from skill.live_view import caption
from skill.terminal.actions import KEYMAP, Action
from skill.terminal.view import ViewState
from skill.transcript import Transcript, to_data
from speech.audiofile import suffixes, write_audio
from speech.captions import captions
from speech.clips import RATE_HZ, SAMPLES_PER_MS, Clips, Samples
from speech.mix import mix
from speech.player import Player, Segment
from speech.render import tone_captions
from tests.doubles import BurstVoice
from tests.live_parts import PHRASES, Studio
from tests.speech.layouts import block

#: One cue of each kind, half a second into its block.
AT_MS = 500
CUES = {
    CueKind.SAY: Cue(AT_MS, 400, CueKind.SAY, "lean forward", "b"),
    CueKind.COUNT: Cue(AT_MS, 300, CueKind.COUNT, "7", "b"),
    CueKind.TICK: Cue(AT_MS, TICK_MS, CueKind.TICK, "", "b"),
    CueKind.CHIME: Cue(AT_MS, CHIME_MS, CueKind.CHIME, Tone.END, "b"),
    CueKind.QUIET: Cue(AT_MS, 1000, CueKind.QUIET, "rest", "b"),
}
SOUNDING = set(CueKind) - {CueKind.QUIET}
READ = {CueKind.SAY, CueKind.COUNT, CueKind.CHIME}

every_cue = pytest.mark.parametrize("kind", list(CueKind))


@pytest.fixture
def clips() -> Iterator[Clips]:
    made = Clips(BurstVoice)
    for cue in CUES.values():
        made.for_cue(cue)  # waits until it is made
    yield made
    made.close()


def timeline(kind: CueKind) -> Timeline:
    return Timeline(routine="knee", blocks=(block(0, 2000, (CUES[kind],)),))


def onset_ms(samples: Samples) -> float | None:
    """Return where sound begins; None if there is none."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 300)
    return float(loud[0]) / SAMPLES_PER_MS if len(loud) else None


# -- cues ------------------------------------------------------------------------------------------


def test_there_is_a_cue_of_every_kind_to_try() -> None:
    assert set(CUES) == set(CueKind)


@every_cue
def test_the_track_has_every_kind_in_its_place(kind: CueKind, clips: Clips) -> None:
    track = np.concatenate(list(mix(timeline(kind), clips)))

    assert len(track) == 2000 * SAMPLES_PER_MS
    assert onset_ms(track) == (pytest.approx(AT_MS, abs=1) if kind in SOUNDING else None)


@every_cue
@pytest.mark.parametrize("suffix", suffixes())
def test_every_file_has_every_kind_in_its_place(
    kind: CueKind, suffix: str, clips: Clips, tmp_path: Path
) -> None:
    path = tmp_path / f"one{suffix}"

    write_audio(path, timeline(kind), clips, title="one")

    samples, rate_hz = soundfile.read(path, dtype="int16")
    assert rate_hz == RATE_HZ
    # A decoder that ignores an MP3's header puts up to 50 ms in front; Vorbis smears ahead of its time.
    early_ms, late_ms = (20 if suffix == ".ogg" else 3), (50 if suffix == ".mp3" else 3)
    found = onset_ms(samples)
    assert (found is not None) == (kind in SOUNDING)
    assert found is None or AT_MS - early_ms <= found <= AT_MS + late_ms


class _Ready:
    """The bank as a player asks it."""

    def __init__(self, clips: Clips) -> None:
        self.ready = lambda cue: clips.for_cue(cue, wait=False)


@every_cue
def test_the_player_has_every_kind_in_its_place(kind: CueKind, clips: Clips) -> None:
    player = Player(_Ready(clips))
    player.play([Segment("one", 2000, (CUES[kind],))])

    played = player.fill(2000 * SAMPLES_PER_MS)

    assert onset_ms(played) == (pytest.approx(AT_MS, abs=1) if kind in SOUNDING else None)
    assert player.finished() == ("one",)


@every_cue
def test_captions_have_all_that_can_be_read(kind: CueKind) -> None:
    shown = captions([CUES[kind]], tone_captions(load_phrases()))

    assert [one.at_ms for one in shown] == ([AT_MS] if kind in READ else [])


@every_cue
def test_the_screen_shows_what_is_said(kind: CueKind) -> None:
    """Counts are its very large number, and what makes a sound without words needs none."""
    assert bool(caption((CUES[kind],), AT_MS)) == (kind is CueKind.SAY)


@every_cue
@pytest.mark.parametrize("times", [1, 12])
def test_the_transcript_has_a_line_for_every_kind(kind: CueKind, times: int) -> None:
    studio = Studio("knee")
    course = studio.fresh().course
    cues = tuple(
        Cue(AT_MS + 1000 * nth, CUES[kind].length_ms, kind, CUES[kind].text, "b") for nth in range(times)
    )
    one = Timeline(routine="knee", blocks=(block(0, 20_000, cues),))
    studio.clips.close()

    lines = list(Transcript(course=course, plan=studio.plan, timeline=one, measured=True).lines())

    assert any("00:00.5" in line for line in lines)
    assert to_data(one)["cues"][0] == {
        "at_ms": AT_MS,
        "length_ms": CUES[kind].length_ms,
        "kind": str(kind),
        "text": str(CUES[kind].text),
        "block": "b",
    }


# -- effects and events ----------------------------------------------------------------------------

SAMPLES: dict[type[Effect], Effect] = {
    Save: Save(),
    Halt: Halt(),
    Say: Say(("hello there",)),
    Refuse: Refuse(("not now",)),
    Play: Play(block="opening"),
    Ask: Ask(question="ready", lines=("ready?",), expects="ready"),
    Notify: Notify("done"),
    End: End("done"),
}


def test_the_lists_of_events_and_effects_are_whole() -> None:
    assert set(EFFECTS) == set(get_args(Effect)) == set(SAMPLES)
    assert {event.__name__ for event in EVENTS} == {event.__name__ for event in Event.__subclasses__()}


@pytest.mark.parametrize("effect", SAMPLES.values(), ids=lambda effect: type(effect).__name__)
def test_the_driver_of_this_machine_carries_out_every_effect(effect: Effect) -> None:
    studio = Studio()
    live = studio.live()
    live._keeper.begin(studio.fresh())

    studio.speaker.pull(CHIME_MS * SAMPLES_PER_MS)  # the first tone of all
    live._carry_out([effect])
    studio.speaker.pull(3000 * SAMPLES_PER_MS)
    studio.clips.close()

    heard = onset_ms(studio.heard[CHIME_MS * SAMPLES_PER_MS :]) is not None
    assert heard == isinstance(effect, (Say, Ask, Play, Refuse))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_is_possible_somewhere(event: type[Event]) -> None:
    assert [state for state in State if event in TRANSITIONS[state]]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_has_a_name_that_people_say(event: type[Event]) -> None:
    """It is offered where something else is not possible. What no person does needs none."""
    assert PHRASES.has(f"events.{event.__name__}") or event.__name__ in _NOT_OFFERED


_NOT_OFFERED = {"Start", "BlockFinished", "Answer", "Cannot", "AskTopic", "HowLong", "Skip"}


@pytest.mark.parametrize("state", State)
def test_every_state_is_seen(state: State) -> None:
    assert PHRASES.has(f"terminal.state.{ViewState(state)}")


@pytest.mark.parametrize("action", Action)
def test_every_key_means_something(action: Action) -> None:
    studio = Studio()
    run = studio.fresh()
    studio.clips.close()
    key = next(key for key, wanted in KEYMAP.items() if wanted is action)

    # "I cannot do this" has a meaning only where something is to be done.
    assert meaning(key, run.session, run.course, 0) is not None or action is Action.CANNOT
