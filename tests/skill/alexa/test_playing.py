"""A session played as one file: what is said and pressed meanwhile, and what the player tells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routines.script import BlockKind
from skill.alexa.audio import RUN_UP_MS
from skill.alexa.wishes import INTENTS
from skill.records import EventKind, SessionRecord
from tests.alexa_device import Json
from tests.alexa_player import Echo

SQUEEZE_1, SQUEEZE_2, BENDS = "inner-thigh-squeeze/1/both", "inner-thigh-squeeze/2/both", "knee-bends/1/both"
ONE_REP_MS = 5_000
STOP = {"type": "AudioPlayer.Stop"}


def record(device: Echo) -> SessionRecord:
    found = device.backend.store.last_session(device.person)
    assert found is not None
    return found


def kinds(device: Echo) -> list[str]:
    return [event.kind for event in record(device).events]


def done(device: Echo) -> list[str]:
    return [event.key for event in record(device).events if event.kind is EventKind.BLOCK_DONE]


def plays(response: Json) -> Json:
    """Return what a response plays; it plays exactly one thing and ends the session."""
    (directive,) = response["directives"]
    assert directive["type"] == "AudioPlayer.Play"
    found: Json = directive["audioItem"]["stream"]
    return found


def said(response: Json) -> str:
    return str(response.get("outputSpeech", {}).get("ssml", ""))


@pytest.fixture
def device() -> Echo:
    """Give a device that plays the short knee routine from its start."""
    echo = Echo()
    echo.launch()
    echo.listen()
    echo.intent("AMAZON.YesIntent")
    echo.tell()
    return echo


# -- beginning -------------------------------------------------------------------------------------


def test_a_start_is_a_word_about_safety_and_the_whole_session_as_one_file(device: Echo) -> None:
    response = device.answer.response

    assert "Stop at once if anything hurts" in said(response)
    assert plays(response)["offsetInMilliseconds"] == 0
    assert response["directives"][0]["playBehavior"] == "REPLACE_ALL"
    assert response["directives"][0]["audioItem"]["metadata"] == {"title": "Short knee routine"}
    assert response["shouldEndSession"] is True
    assert kinds(device) == ["started"]


def test_a_routine_can_be_played_without_opening_the_skill() -> None:
    device = Echo()
    device.one_shot("start the knee routine")

    assert device.file.course.routine.id == "knee"


def test_a_session_that_is_heard_to_its_end_is_done_and_every_set_is_kept_once(device: Echo) -> None:
    device.play(10**9)
    answers = device.tell()

    assert answers == [{}, {}]
    assert done(device) == [f"done:{block}:0" for block in (SQUEEZE_1, SQUEEZE_2, BENDS)]
    assert kinds(device)[-1] == "done"
    assert record(device).ended_at is not None


def test_the_whole_knee_routine_is_played_in_one_go_and_every_set_is_kept() -> None:
    device = Echo()
    device.one_shot("start the knee routine")
    device.play(10**9)
    device.tell()
    sets = [block.id for block in device.file.timeline.blocks if block.kind is BlockKind.WORK]

    assert len(sets) > len(device.file.course.routine.exercises) > 2
    assert done(device) == [f"done:{block}:0" for block in sets]
    assert record(device).ended_at is not None


def test_while_there_is_no_file_alexa_leads_by_herself_and_goes_on_so() -> None:
    device = Echo()
    device.backend.files.ready = False
    device.launch()
    device.listen()
    answer = device.intent("AMAZON.YesIntent")
    assert answer.response["directives"][0]["type"] == "Alexa.Presentation.APLA.RenderDocument"

    device.backend.files.ready = True
    device.listen()
    answer = device.say("ready")
    assert answer.response["directives"][0]["type"] == "Alexa.Presentation.APLA.RenderDocument"


def test_a_device_without_a_player_is_led_by_alexa() -> None:
    device = Echo(interfaces=())
    device.launch()
    device.listen()
    answer = device.intent("AMAZON.YesIntent")

    assert answer.response["directives"][0]["type"] == "Alexa.Presentation.APLA.RenderDocument"


# -- pausing, stopping, going on -------------------------------------------------------------------


@pytest.mark.parametrize("word", ["AMAZON.PauseIntent", "AMAZON.StopIntent", "AMAZON.CancelIntent"])
def test_whatever_means_stop_silences_the_player_without_a_word(device: Echo, word: str) -> None:
    device.play_into(SQUEEZE_2, 20_000)

    assert device.word(word) == {"directives": [STOP], "shouldEndSession": True}
    assert done(device) == [f"done:{SQUEEZE_1}:0"]
    assert "paused" in kinds(device)
    assert record(device).ended_at is None


@pytest.mark.parametrize("word", ["AMAZON.PauseIntent", "AMAZON.StopIntent"])
def test_what_was_paused_or_stopped_goes_on_just_before_its_place(device: Echo, word: str) -> None:
    device.play_into(SQUEEZE_2, 20_000)
    paused_ms = device.player.offset_ms
    device.word(word)
    device.tell()
    device.word("AMAZON.ResumeIntent")

    assert paused_ms - RUN_UP_MS - ONE_REP_MS <= device.player.offset_ms < paused_ms
    assert device.block[0] == SQUEEZE_2
    assert kinds(device)[-1] == "resumed"


def test_what_was_stopped_is_offered_when_the_skill_is_opened_again(device: Echo) -> None:
    device.play_into(SQUEEZE_2, 20_000)
    device.word("AMAZON.StopIntent")
    device.tell()
    device.backend.clock.forward(3_600_000)

    assert "set 2" in device.launch().says
    device.listen()
    device.intent("AMAZON.YesIntent")
    assert device.block == (SQUEEZE_2, 0)


def test_opening_the_skill_silences_the_file_and_asks(device: Echo) -> None:
    device.play_into(SQUEEZE_2, 20_000)
    answer = device.launch()

    assert answer.response["directives"] == [STOP]
    assert "set 2" in answer.says
    assert answer.response["shouldEndSession"] is False


def test_stop_with_nothing_playing_is_answered_by_stop(device: Echo) -> None:
    device.play(10**9)
    device.tell()

    assert device.word("AMAZON.StopIntent") == {"directives": [STOP], "shouldEndSession": True}


# -- getting about ---------------------------------------------------------------------------------


def test_next_plays_the_next_set_and_keeps_that_this_one_was_left_out(device: Echo) -> None:
    device.play_into(SQUEEZE_1, 20_000)
    device.word("AMAZON.NextIntent")

    assert device.block == (SQUEEZE_2, 0)
    assert (done(device), kinds(device)[-1]) == ([], "skipped")


def test_previous_plays_the_set_before_and_it_counts_again(device: Echo) -> None:
    device.play_into(SQUEEZE_2, 20_000)
    device.word("AMAZON.PreviousIntent")
    assert device.block == (SQUEEZE_1, 0)

    device.play_into(SQUEEZE_2)
    device.word("AMAZON.PauseIntent")
    assert done(device) == [f"done:{SQUEEZE_1}:0", f"done:{SQUEEZE_1}:1"]


def test_repeat_plays_the_same_set_from_its_start(device: Echo) -> None:
    device.play_into(SQUEEZE_2, 20_000)
    device.word("AMAZON.RepeatIntent")

    assert device.block == (SQUEEZE_2, 0)


def test_skip_plays_the_next_exercise(device: Echo) -> None:
    device.play_into(SQUEEZE_1, 20_000)
    device.word("SkipIntent")

    assert device.block == ("knee-bends/lead", 0)


def test_next_goes_on_from_a_pause_too(device: Echo) -> None:
    device.play_into(SQUEEZE_1, 20_000)
    device.word("AMAZON.PauseIntent")
    device.tell()
    device.word("AMAZON.NextIntent")

    assert device.block == (SQUEEZE_2, 0)


def test_start_over_is_a_new_session_from_the_start(device: Echo) -> None:
    device.play_into(SQUEEZE_2, 20_000)
    first = record(device).session_id
    device.backend.clock.forward(1)
    device.word("AMAZON.StartOverIntent")

    assert device.player.offset_ms == 0
    assert record(device).session_id != first


def test_slower_plays_another_file_at_the_same_count(device: Echo) -> None:
    device.play_into(SQUEEZE_1, 30_000)
    before = device.file
    response = device.word("SlowerIntent")

    assert "lower" in said(response)
    assert device.file.timeline.total_ms > before.timeline.total_ms
    assert device.block[0] == SQUEEZE_1
    device.play_into(SQUEEZE_2)
    device.word("AMAZON.PauseIntent")
    assert done(device) == [f"done:{SQUEEZE_1}:0"]


def test_a_question_is_answered_and_the_session_goes_on_where_it_was(device: Echo) -> None:
    device.play_into(SQUEEZE_1, 30_000)
    asked_ms = device.player.offset_ms
    response = device.word("HowLongIntent")

    assert "minutes" in said(response)
    assert asked_ms - RUN_UP_MS - ONE_REP_MS <= plays(response)["offsetInMilliseconds"] <= asked_ms


@pytest.mark.parametrize(
    "word",
    ["AMAZON.LoopOnIntent", "AMAZON.LoopOffIntent", "AMAZON.ShuffleOnIntent", "AMAZON.ShuffleOffIntent"],
)
def test_loop_and_shuffle_cannot_be_done_while_it_plays_or_afterwards(device: Echo, word: str) -> None:
    device.play_into(SQUEEZE_1, 30_000)
    assert "cannot do that" in said(device.word(word))
    assert device.block[0] == SQUEEZE_1

    device.play(10**9)
    device.tell()
    response = device.word(word)
    assert "cannot do that" in said(response)
    assert response["shouldEndSession"] is True


# -- pain ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["PainIntent", "MorePainIntent", "RedFlagIntent"])
def test_pain_silences_the_player_advises_and_ends_the_session(device: Echo, word: str) -> None:
    device.play_into(SQUEEZE_1, 30_000)
    response = device.word(word)

    assert response["directives"] == [STOP]
    assert response["shouldEndSession"] is True
    assert "topic" not in said(response)
    assert "?" not in said(response)
    assert record(device).ended_at is not None


def test_pain_after_the_end_gets_the_advice_too(device: Echo) -> None:
    device.play(10**9)
    device.tell()
    response = device.word("PainIntent")

    assert response["directives"] == [STOP]
    assert len(said(response)) > 100
    assert response["shouldEndSession"] is True


# -- what the player tells -------------------------------------------------------------------------


def test_nothing_that_the_player_tells_is_answered(device: Echo) -> None:
    token = device.player.token
    for kind in ("Started", "NearlyFinished", "NearlyFinished", "Stopped", "Finished"):
        assert device.event(f"AudioPlayer.Playback{kind}", token=token, offsetInMilliseconds=5) == {}


def test_when_other_music_takes_over_the_place_is_kept(device: Echo) -> None:
    device.play_into(SQUEEZE_2, 20_000)
    device.event(
        "AudioPlayer.PlaybackStopped", token=device.player.token, offsetInMilliseconds=device.player.offset_ms
    )

    assert done(device) == [f"done:{SQUEEZE_1}:0"]
    device.backend.clock.forward(3_600_000)
    assert "set 2" in device.launch().says


def test_what_is_told_late_of_a_place_that_was_left_counts_nothing(device: Echo) -> None:
    device.play_into(BENDS, 20_000)
    device.word("AMAZON.PreviousIntent")
    device.word("AMAZON.PreviousIntent")
    before = done(device)
    device.tell()  # each of the files that were replaced tells where it was stopped
    device.word("AMAZON.PauseIntent")

    assert done(device) == before


def test_what_is_told_twice_counts_once(device: Echo) -> None:
    device.play_into(SQUEEZE_2, 20_000)
    for _ in range(2):
        device.event(
            "AudioPlayer.PlaybackStopped",
            token=device.player.token,
            offsetInMilliseconds=device.player.offset_ms,
        )
    device.player.activity = "PLAYING"
    device.play(10**9)
    device.tell()
    device.event("AudioPlayer.PlaybackFinished", token=device.player.token, offsetInMilliseconds=0)

    assert len(done(device)) == 3
    assert kinds(device).count("done") == 1


def test_what_others_play_is_none_of_our_business(device: Echo) -> None:
    device.play_into(SQUEEZE_1, 20_000)
    for kind in ("Started", "Stopped", "Finished", "Failed"):
        told = {"token": "another skill's", "offsetInMilliseconds": 9}
        assert device.event(f"AudioPlayer.Playback{kind}", **told) == {}

    assert kinds(device) == ["started"]


def test_a_device_that_cannot_play_is_led_by_alexa_for_a_day(
    device: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    device.play_into(SQUEEZE_2, 20_000)
    error = {"type": "MEDIA_ERROR_SERVICE_UNAVAILABLE", "message": "no"}
    state = device.player.context()
    answer = device.event(
        "AudioPlayer.PlaybackFailed", token=device.player.token, error=error, currentPlaybackState=state
    )
    device.player.activity = "STOPPED"

    assert answer == {}
    assert "MEDIA_ERROR_SERVICE_UNAVAILABLE" in caplog.text
    assert kinds(device)[-1] == "interrupted"
    assert goes_on_by(device) == "Alexa.Presentation.APLA.RenderDocument"

    device.backend.clock.forward(int(timedelta(hours=25) / timedelta(milliseconds=1)))
    device.launch()
    device.listen()
    assert device.intent("AMAZON.YesIntent").response["directives"][0]["type"] == "AudioPlayer.Play"


def goes_on_by(device: Echo) -> str:
    device.launch()
    device.listen()
    return str(device.intent("AMAZON.YesIntent").response["directives"][0]["type"])


def test_a_reply_with_a_file_that_was_not_accepted_is_followed_by_none(device: Echo) -> None:
    told = {"error": {"type": "INVALID_RESPONSE", "message": "no"}, "cause": {"requestId": "r"}}
    assert device.event("System.ExceptionEncountered", **told) == {}
    device.player.activity = "STOPPED"

    assert goes_on_by(device) == "Alexa.Presentation.APLA.RenderDocument"


# -- buttons ---------------------------------------------------------------------------------------


def press(device: Echo, button: str) -> list[Any]:
    response = device.event(f"PlaybackController.{button}CommandIssued")
    assert set(response) <= {"directives"}
    directives: list[Any] = response.get("directives", [])
    return directives


def test_buttons_pause_go_on_and_move_without_a_word(device: Echo) -> None:
    device.play_into(SQUEEZE_1, 30_000)
    assert press(device, "Pause") == [STOP]
    assert [each["type"] for each in press(device, "Play")] == ["AudioPlayer.Play"]
    assert device.block[0] == SQUEEZE_1
    press(device, "Next")
    assert device.block == (SQUEEZE_2, 0)
    press(device, "Previous")
    assert device.block == (SQUEEZE_1, 0)


def test_a_button_with_nothing_to_play_does_nothing() -> None:
    device = Echo()

    assert press(device, "Pause") == [STOP]
    assert [press(device, button) for button in ("Play", "Next", "Previous")] == [[], [], []]


def test_a_file_that_has_gone_is_taken_up_in_words(device: Echo) -> None:
    device.play_into(SQUEEZE_2, 20_000)
    device.event(
        "AudioPlayer.PlaybackStopped", token=device.player.token, offsetInMilliseconds=device.player.offset_ms
    )
    device.backend.files.made.clear()
    device.backend.files.ready = False
    response = device.word("AMAZON.NextIntent")

    kinds_of = [each["type"] for each in response["directives"]]
    assert kinds_of == ["Alexa.Presentation.APLA.RenderDocument", "AudioPlayer.Stop"]
    assert response["shouldEndSession"] is False


# -- anything in any order -------------------------------------------------------------------------

SILENCING = ("AMAZON.PauseIntent", "AMAZON.StopIntent", "AMAZON.CancelIntent", "PainIntent", "RedFlagIntent")
BUTTONS = ("Play", "Pause", "Next", "Previous")
STEPS = st.one_of(
    st.tuples(st.just("word"), st.sampled_from(sorted(INTENTS))),
    st.tuples(st.just("word"), st.sampled_from(SILENCING)),
    st.tuples(st.just("answer"), st.sampled_from(sorted(INTENTS))),
    st.tuples(st.just("button"), st.sampled_from(BUTTONS)),
    st.tuples(st.just("play"), st.integers(0, 200_000)),
    st.tuples(st.just("told"), st.sampled_from(["Started", "Stopped", "NearlyFinished", "Finished"])),
    st.tuples(st.just("files"), st.booleans()),
    st.tuples(st.just("open"), st.none()),
)


def take(device: Echo, what: str, value: Any) -> None:
    """Take one step; every answer is looked at by the validator."""
    player = device.player
    match what:
        case "word":
            device.word(value)
        case "answer" if device.open:
            device.intent(value)
        case "button":
            press(device, value)
        case "play" if player.activity == "PLAYING":
            device.play(player.offset_ms + value)
        case "told" if player.token:
            told = {"token": player.token, "offsetInMilliseconds": player.offset_ms}
            assert device.event(f"AudioPlayer.Playback{value}", **told) == {}
        case "files":
            device.backend.files.ready = value
        case "open":
            device.launch()
    if what == "word" and value in SILENCING:
        assert player.activity != "PLAYING"


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=25))
def test_anything_in_any_order_is_answered_validly_and_every_set_counts_once(
    steps: list[tuple[str, Any]],
) -> None:
    device = Echo()
    device.one_shot("start the short knee routine")
    for what, value in steps:
        device.backend.clock.forward(1_000)
        take(device, what, value)
        if what != "play":
            device.tell()
    for session in device.backend.store.history(device.person):
        keys = [event.key for event in session.events]
        assert len(keys) == len(set(keys))
        assert sum(event.kind.ends_session for event in session.events) <= 1
