from __future__ import annotations

from pathlib import Path

import pytest

from routines.load import load_advice
from routines.phrases import load_phrases
from skill.speaking import speak
from speech.clips import Clips
from speech.clock import MonotonicClock
from speech.speaker import SpeakerCode, SpeakerError, TimedSpeaker
from tests.doubles import BurstVoice
from tests.nullsink import RATE_HZ, NullSink, loud, missing
from tests.skill.command_line import Home, needs_voice


class DeafSpeaker(TimedSpeaker):
    """A speaker on a machine without a sound device."""

    def start(self, *_: object) -> None:
        raise SpeakerError(SpeakerCode.NO_DEVICE, "none")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_without_a_question_every_topic_is_listed_the_urgent_ones_first(home: Home) -> None:
    lines = home.steady("advice").out.splitlines()[1:-1]
    urgent = [line.startswith("  URGENT: ") for line in lines]

    assert len(lines) == len(load_advice())
    assert any(urgent)
    assert urgent == sorted(urgent, reverse=True)


def test_a_question_in_plain_words_is_answered_with_its_source(home: Home) -> None:
    out = home.steady("advice", "it", "got", "worse", "after", "yesterday").out

    assert "stop at once" in out
    assert "\nSource: Article" in out


@pytest.mark.parametrize("topic", load_advice(), ids=lambda topic: str(topic.id))
def test_every_topic_can_be_asked_for_by_its_title(home: Home, topic: object) -> None:
    title = getattr(topic, "title", "")
    out = home.steady("advice", title).out

    assert title in out.splitlines()[0]
    assert all(line in out for line in getattr(topic, "say", ()))


def test_in_brief_it_is_shorter(home: Home) -> None:
    question = ("advice", "how often should I do these")

    assert len(home.steady(*question, "--brief").out) < len(home.steady(*question).out)


def test_a_red_flag_is_marked_in_words(home: Home) -> None:
    out = home.steady("advice", "my calf is swollen and warm").out

    assert out.startswith("URGENT: ")


def test_what_is_not_known_is_said_with_what_comes_near(home: Home) -> None:
    out = home.steady("advice", "what is the weather in knee town").out

    assert out.startswith("I do not know about that.")
    assert len(out.split("Perhaps you mean one of these:\n")[1].splitlines()) == 3


def test_what_is_far_from_everything_gets_no_guesses(home: Home) -> None:
    ran = home.steady("advice", "xyzzy")

    assert (ran.code, ran.out.count("\n")) == (0, 1)


def test_advice_as_json(home: Home) -> None:
    known, unknown = (home.steady("advice", asked, "--json").data for asked in ("how often", "xyzzy"))

    assert known["topic"]["id"] == "how-often"
    assert unknown == {"question": "xyzzy", "topic": None, "nearest": []}


@needs_voice
def test_with_no_sound_device_the_answer_is_shown_and_the_remedy_told(home: Home) -> None:
    ran = home.process("advice", "how often", "--brief", "--speak")

    assert ran.code == 0
    assert ran.out.startswith("How often to exercise")
    assert ran.err.startswith("It cannot be spoken here.\n")
    assert len(ran.err.splitlines()) > 2


@needs_voice
@pytest.mark.skipif(missing() is not None, reason=f"no private sound server here: {missing()}")
def test_an_answer_is_heard(home: Home) -> None:
    with NullSink() as sink, sink.recorded() as recording:
        ran = home.process("advice", "how often", "--brief", "--speak", **sink.environment)
        heard = len(loud(recording.samples)) / RATE_HZ

    assert (ran.code, ran.err) == (0, "")
    assert heard > 0.2, "seconds of loud samples in a line of some seconds"


def test_lines_are_spoken_to_the_end() -> None:
    said: list[str] = []
    clips = Clips(lambda: BurstVoice(said))
    try:
        hindered = speak(("One.", "Two."), clips, TimedSpeaker(MonotonicClock()), load_phrases())
    finally:
        clips.close()

    assert hindered == ()
    assert sorted(said) == ["One.", "Two."]


def test_a_voice_that_breaks_is_told() -> None:
    clips = Clips(lambda: BurstVoice(broken=frozenset({"One."})))
    try:
        hindered = speak(("One.",), clips, TimedSpeaker(MonotonicClock()), load_phrases())
    finally:
        clips.close()

    assert hindered[0] == "It cannot be spoken: there is no voice."
    assert len(hindered) > 1


def test_a_missing_sound_device_is_told() -> None:
    clips = Clips(BurstVoice)
    try:
        hindered = speak(("One.",), clips, DeafSpeaker(MonotonicClock()), load_phrases())
    finally:
        clips.close()

    assert hindered[:2] == ("It cannot be spoken here.", "There is nothing to play sound on.")
