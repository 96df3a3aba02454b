"""A session led on this machine, from keys and samples to what is kept, seen and heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from routines.cue import CueKind
from routines.events import Resume, Start
from routines.plan import FirstSide, Level, Plan, Words
from routines.progress import next_start
from routines.script import BlockKind
from skill.coach import RESUME_WITHIN, going_on
from skill.history import sessions_of
from skill.live import Live
from skill.ports import ME
from skill.records import EventKind
from skill.sound_out import SoundOut
from skill.terminal.view import View, ViewState
from speech.clips import SAMPLES_PER_MS
from speech.speaker import SpeakerCode, SpeakerError
from tests.doubles import HandSpeaker
from tests.live_parts import PHRASES, Studio

When = Callable[[View], bool]


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()
    yield made
    made.clips.close()


def on(view: View, title: str, big: str) -> bool:
    return view.state is ViewState.WORKING and view.title == title and view.big == big


def work_blocks(studio: Studio) -> list[str]:
    blocks = studio.fresh().course.script(studio.plan).blocks
    return [block.id for block in blocks if block.kind is BlockKind.WORK]


def test_a_whole_session_is_led_and_every_set_kept_once(studio: Studio) -> None:
    outcome = studio.lead()

    assert outcome == "done"
    assert studio.kept(EventKind.BLOCK_DONE) == [f"done:{block}:0" for block in work_blocks(studio)]
    assert len(studio.kept(EventKind.DONE)) == 1


def test_every_sound_is_heard_exactly_where_the_timeline_has_it(studio: Studio) -> None:
    run = studio.fresh()
    timeline = run.course.timeline(studio.plan)

    studio.lead(run)

    heard = studio.heard.astype(np.int32)
    lead_in_ms = 400
    start = lead_in_ms * SAMPLES_PER_MS
    for cue in timeline.cues:
        clip = studio.clips.for_cue(cue)
        if clip is None:
            assert cue.kind is CueKind.QUIET
            continue
        at = start + cue.at_ms * SAMPLES_PER_MS
        assert np.array_equal(heard[at : at + len(clip.samples)], clip.samples), cue


def test_pause_is_silence_until_space_again(studio: Studio) -> None:
    studio.keys.press("space", lambda view: on(view, "Inner-thigh squeeze", "3"))
    studio.keys.press("space", _after(50))

    studio.lead()

    paused = [view for view in studio.keys.views if view.state is ViewState.PAUSED]
    assert len({view.elapsed_ms for view in paused}) == 1
    assert studio.kept(EventKind.PAUSED)
    assert studio.kept(EventKind.BLOCK_DONE) == [f"done:{block}:0" for block in work_blocks(studio)]


def _after(polls: int) -> When:
    """Return a condition that comes true some polls after it is first asked."""
    asked: list[int] = []

    def is_so(_view: View) -> bool:
        asked.append(1)
        return len(asked) > polls

    return is_so


def test_it_hurts_stops_at_once_and_nothing_is_counted_after(studio: Studio) -> None:
    studio.keys.press("o", lambda view: on(view, "Inner-thigh squeeze", "4"))

    outcome = studio.lead()

    after = [view for view in studio.keys.views if view.state is ViewState.STOPPED]
    assert outcome == "pain"
    assert after
    assert not any(view.big for view in after)
    assert any("Stop" in view.caption for view in after)
    assert studio.kept(EventKind.PAIN)
    assert not studio.kept(EventKind.BLOCK_DONE)


def test_the_session_after_pain_starts_easier() -> None:
    studio = Studio()
    studio.keys.press("o", lambda view: on(view, "Inner-thigh squeeze", "4"))
    studio.lead()
    studio.clips.close()

    start = next_start(sessions_of(studio.store.history(ME)), studio.moment.date(), Plan())

    assert start.easier
    assert PHRASES.has(f"history.easier.{start.why}")


def test_stop_ends_and_keeps_what_was_done(studio: Studio) -> None:
    studio.keys.press("q", lambda view: view.set_no == 2)

    assert studio.lead() == "stopped"
    assert studio.kept(EventKind.BLOCK_DONE) == ["done:inner-thigh-squeeze/1/both:0"]


def test_a_second_key_after_stop_cuts_the_last_words_short(studio: Studio) -> None:
    studio.keys.press("q", lambda view: on(view, "Inner-thigh squeeze", "2"))
    studio.keys.press("q", lambda view: view.state is ViewState.STOPPED)

    assert studio.lead() == "stopped"
    assert len([view for view in studio.keys.views if view.state is ViewState.STOPPED]) < 5


def test_slower_takes_longer_from_the_same_repetition_on(studio: Studio) -> None:
    studio.keys.press("s", lambda view: on(view, "Inner-thigh squeeze", "3"))

    studio.lead()

    counts = [
        view.big for view in studio.keys.views if view.title == "Inner-thigh squeeze" and view.set_no == 1
    ]
    order = [count for before, count in zip(["", *counts], counts, strict=False) if count != before and count]
    assert order[:5] == ["1", "2", "3", "4", "5"]
    assert any("1.25" in view.plan for view in studio.keys.views)


def test_louder_is_heard_and_shown(studio: Studio) -> None:
    studio.keys.press("+", lambda view: on(view, "Inner-thigh squeeze", "2"))
    studio.keys.press("q", lambda view: on(view, "Inner-thigh squeeze", "3"))

    studio.lead()

    assert studio.keys.views[-1].gain_percent == 125


def test_ctrl_c_keeps_the_place_and_the_next_start_goes_on_there(studio: Studio) -> None:
    studio.keys.press(
        "ctrl-c", lambda view: view.set_no == 2 and view.state is ViewState.WORKING and view.big == "5"
    )
    with pytest.raises(KeyboardInterrupt):
        studio.lead()

    found = studio.store.interrupted(ME, studio.now(), RESUME_WITHIN)
    assert found is not None
    run = going_on(found, studio.routine, studio.fresh())
    assert run is not None
    assert run.session.block == "inner-thigh-squeeze/2/both"

    assert studio.lead(run, Resume(), "We go on.") == "done"
    assert studio.kept(EventKind.BLOCK_DONE) == [f"done:{block}:0" for block in work_blocks(studio)]


def test_what_was_broken_off_before_it_began_is_not_offered() -> None:
    studio = Studio(asked=True)
    studio.keys.press("ctrl-c", lambda view: view.state is ViewState.CHECKING)
    with pytest.raises(KeyboardInterrupt):
        studio.lead()
    studio.clips.close()

    assert studio.store.interrupted(ME, studio.now(), RESUME_WITHIN) is None


def test_questions_are_answered_by_keys_and_stay_in_sight() -> None:
    studio = Studio(asked=True)
    asked = [
        ("assessed", "y"),
        ("red-flags", "n"),
        ("red-flags-urgent", "n"),
        ("pain-before", "3"),
        ("ready", "enter"),
    ]
    for question, key in asked:
        studio.keys.press(key, _sees(question))
    studio.keys.press("q", lambda view: view.state is ViewState.LEADING)

    studio.lead()
    studio.clips.close()

    (record,) = studio.store.history(ME)
    answers = {
        event.data["what"]: event.data["value"] for event in record.events if event.kind is EventKind.ANSWERED
    }
    assert answers["pain_before"] == 3
    assert answers["assessed"] is True


@pytest.mark.parametrize(
    ("key", "first"), [("r", "right"), ("l", "left"), ("enter", "left")], ids=["r", "l", "enter"]
)
def test_the_leg_to_begin_with_is_a_key(key: str, first: str) -> None:
    studio = Studio("knee", Plan(first_side=FirstSide.ASK, words=Words.BRIEF), asked=True)
    answers = (
        ("assessed", "y"), ("red-flags", "n"), ("red-flags-urgent", "n"), ("pain-before", "enter"),
        ("floor", "y"), ("first-side", "n"), ("first-side", key), ("ready", "enter"),
    )  # fmt: skip
    for question, answer in answers:
        studio.keys.press(answer, _sees(question))
    studio.keys.press("q", lambda view: view.side is not None)

    assert studio.lead() == "stopped"
    studio.clips.close()
    assert next(view.side for view in studio.keys.views if view.side) == first
    hints = {view.hint for view in studio.keys.views if _sees("first-side")(view)}
    assert hints == {PHRASES("live.answers.side")}


def test_where_nothing_is_asked_the_left_leg_is_the_first() -> None:
    studio = Studio("knee", Plan(first_side=FirstSide.ASK, words=Words.BRIEF))
    studio.keys.press("q", lambda view: view.side is not None)

    studio.lead()
    studio.clips.close()

    assert next(view.side for view in studio.keys.views if view.side) == "left"
    assert not any(_sees("first-side")(view) for view in studio.keys.views)


def test_nobody_is_asked_for_a_leg_where_the_plan_has_one() -> None:
    studio = Studio("knee", Plan(first_side=FirstSide.RIGHT), asked=True)
    for question, key in (("assessed", "y"), ("red-flags", "n"), ("red-flags-urgent", "n")):
        studio.keys.press(key, _sees(question))
    for question, key in (("pain-before", "enter"), ("floor", "y"), ("ready", "q")):
        studio.keys.press(key, _sees(question))

    studio.lead()
    studio.clips.close()

    assert not any(_sees("first-side")(view) for view in studio.keys.views)


def _sees(question: str) -> When:
    last = PHRASES.lines(f"questions.{question}.ask", needs="", limit=5)[-1]
    return lambda view: last in view.caption


def test_a_red_flag_ends_it_before_anything_is_played() -> None:
    studio = Studio(asked=True)
    studio.keys.press("y", _sees("assessed"))
    studio.keys.press("y", _sees("red-flags"))

    assert studio.lead() == "red-flag"
    studio.clips.close()
    assert not any(view.state is ViewState.LEADING for view in studio.keys.views)


def test_wait_for_me_holds_until_enter() -> None:
    studio = Studio(plan=Plan(wait=True, level=Level.EASY))
    for _ in work_blocks(studio):
        studio.keys.press("enter", _after_waiting(30))

    assert studio.lead() == "done"
    studio.clips.close()
    assert studio.kept(EventKind.BLOCK_DONE) == [f"done:{block}:0" for block in work_blocks(studio)]


def _after_waiting(polls: int) -> When:
    waited: list[int] = []

    def is_so(view: View) -> bool:
        if view.state is ViewState.WAITING:
            waited.append(1)
        return len(waited) > polls

    return is_so


def test_without_a_sound_device_it_says_so_and_goes_on() -> None:
    studio = Studio()
    silent = HandSpeaker()
    studio.sound = SoundOut(
        PHRASES,
        open_speaker=lambda: HandSpeaker(SpeakerError(SpeakerCode.NO_DEVICE, "none")),
        open_silence=lambda: silent,
    )
    studio.sound.clips = studio.clips
    studio.sound.start()
    studio.keys.speaker = silent

    assert studio.lead() == "done"
    studio.clips.close()
    assert PHRASES("speaker.no-device.problem") in studio.keys.views[5].notice
    assert all(view.muted for view in studio.keys.views[5:])


def test_a_device_lost_in_mid_session_changes_no_beat() -> None:
    studio = Studio()
    silent = HandSpeaker()
    studio.sound._open_silence = lambda: silent

    def lose(view: View) -> bool:
        if on(view, "Inner-thigh squeeze", "5") and studio.keys.speaker is studio.speaker:
            assert studio.speaker.on_lost is not None
            studio.speaker.on_lost(SpeakerError(SpeakerCode.NO_DEVICE, "unplugged"))
            studio.keys.speaker = silent
        return False

    studio.keys.press("", lose)

    assert studio.lead() == "done"
    studio.clips.close()
    assert studio.kept(EventKind.BLOCK_DONE) == [f"done:{block}:0" for block in work_blocks(studio)]
    assert studio.keys.views[-1].muted


def test_help_is_spoken_and_the_set_goes_on(studio: Studio) -> None:
    studio.keys.press("h", lambda view: on(view, "Inner-thigh squeeze", "3"))

    assert studio.lead() == "done"
    captions = " ".join(view.caption for view in studio.keys.views)
    assert PHRASES.lines("live.help")[0] in captions


def test_a_key_without_meaning_changes_nothing_and_says_so(studio: Studio) -> None:
    studio.keys.press("w", lambda view: on(view, "Inner-thigh squeeze", "3"))
    studio.keys.press("q", lambda view: on(view, "Inner-thigh squeeze", "4"))

    studio.lead()

    assert any(view.notice == PHRASES("live.unknown-key") for view in studio.keys.views)


def test_ctrl_z_comes_back_paused(studio: Studio) -> None:
    live = studio.live()
    studio.keys.press("", lambda view: _suspend_once(live, view))
    studio.keys.press("q", lambda view: view.state is ViewState.PAUSED)

    live.lead(Start())

    assert any(view.state is ViewState.PAUSED for view in studio.keys.views)


def _suspend_once(live: Live, view: View) -> bool:
    if on(view, "Inner-thigh squeeze", "3"):
        live.suspended()
        return True
    return False


@pytest.mark.parametrize("key", ["n", "o", "ctrl-c"])
def test_a_set_that_ended_a_moment_before_a_key_is_kept_as_done(studio: Studio, key: str) -> None:
    def at_the_very_end(view: View) -> bool:
        if not on(view, "Inner-thigh squeeze", "11"):
            return False
        while studio.sound.player.position().token == token_of(studio):
            studio.speaker.pull(SAMPLES_PER_MS)
        return True

    studio.keys.press(key, at_the_very_end)
    studio.keys.press("q", lambda view: view.set_no == 2)
    if key == "ctrl-c":
        with pytest.raises(KeyboardInterrupt):
            studio.lead()
    else:
        studio.lead()

    assert studio.kept(EventKind.BLOCK_DONE) == ["done:inner-thigh-squeeze/1/both:0"]
    assert "skipped:inner-thigh-squeeze/1/both:0" not in studio.kept(EventKind.SKIPPED)


def token_of(studio: Studio) -> str:
    """Return the token of the set that is playing; the same for as long as it plays."""
    token = studio.sound.player.position().token or ""
    return token if token.startswith("inner-thigh-squeeze/1/both#") else "over"
