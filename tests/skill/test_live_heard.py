"""A session led by words that are heard, from the ear to what is kept, seen and said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from routines.cue import HEARD_MS, Tone
from routines.events import Start
from routines.plan import FirstSide, Level, Plan
from routines.script import Channel
from skill.coach import spoken_to
from skill.hearing_talk import PATIENCE_MS
from skill.records import EventKind
from skill.terminal.view import View, ViewState
from speech.clips import SAMPLES_PER_MS
from speech.hearing.port import Word
from speech.microphone import MicrophoneCode, MicrophoneError
from speech.tones import tone
from tests.live_parts import PHRASES, Studio

When = Callable[[View], bool]


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio(listening=True)
    yield made
    made.clips.close()


@pytest.fixture
def asking() -> Iterator[Studio]:
    made = Studio(asked=True, listening=True)
    yield made
    made.clips.close()


def at(big: str) -> When:
    def is_so(view: View) -> bool:
        return (view.state, view.title, view.big) == (ViewState.WORKING, "Inner-thigh squeeze", big)

    return is_so


def sees(question: str) -> When:
    last = PHRASES.lines(f"questions.{question}.ask", needs="", limit=5)[-1]
    return lambda view: last in view.caption


def after(polls: int, when: When = lambda _view: True) -> When:
    """Return a condition that comes true once another has been true of so many views."""
    seen: list[int] = []

    def is_so(view: View) -> bool:
        seen.extend([1] if when(view) else [])
        return len(seen) > polls

    return is_so


def paused(view: View) -> bool:
    return view.state is ViewState.PAUSED


def captions(studio: Studio) -> str:
    return " ".join(view.caption for view in studio.keys.views)


def earcons(studio: Studio) -> int:
    """Return how often the tone that answers a command is in what was played."""
    clip = tone(Tone.HEARD).samples.astype(np.float64)
    heard = studio.heard.astype(np.float64)
    size = 1 << (len(heard) + len(clip)).bit_length()
    fits = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(clip, size)), size)
    found = np.flatnonzero(fits > 0.98 * float(clip @ clip))
    return int(np.count_nonzero(np.diff(found, prepend=-HEARD_MS * SAMPLES_PER_MS) > 100))


def test_pause_and_continue(studio: Studio) -> None:
    studio.ear.say(Word.PAUSE, at("3"))
    studio.ear.say(Word.RESUME, after(20, paused))

    assert studio.lead() == "done"
    assert studio.kept(EventKind.PAUSED)
    assert studio.kept(EventKind.RESUMED)
    assert len([key for key in studio.kept(EventKind.BLOCK_DONE) if "squeeze" in key]) > 1


@pytest.mark.parametrize(("word", "outcome"), [(Word.STOP, "stopped"), (Word.HURTS, "pain")])
def test_stop_and_it_hurts_end_it_in_the_middle_of_a_set(studio: Studio, word: Word, outcome: str) -> None:
    studio.ear.say(word, at("4"))

    assert studio.lead() == outcome
    assert not studio.kept(EventKind.BLOCK_DONE)
    assert not any(view.big for view in studio.keys.views if view.state is ViewState.STOPPED)


@pytest.mark.parametrize("state", [ViewState.LEADING, ViewState.WORKING, ViewState.RESTING, ViewState.PAUSED])
@pytest.mark.parametrize("word", [Word.STOP, Word.HURTS, Word.PAUSE])
def test_what_keeps_one_safe_is_heard_in_every_state(studio: Studio, state: ViewState, word: Word) -> None:
    if state is ViewState.PAUSED:
        studio.ear.say(Word.PAUSE, at("2"))
    studio.ear.say(word, lambda view: view.state is state)
    if word is Word.PAUSE:
        studio.ear.say(Word.STOP, after(5, paused))

    assert studio.lead() == ("pain" if word is Word.HURTS else "stopped")
    assert bool(studio.kept(EventKind.PAUSED)) == (Word.PAUSE is word or state is ViewState.PAUSED)


def test_a_command_is_answered_by_a_tone_once(studio: Studio) -> None:
    studio.ear.say(Word.PAUSE, at("2"))
    studio.ear.say(Word.STOP, after(10, paused))

    studio.lead()

    assert earcons(studio) == 2


def test_the_tone_comes_at_once_when_louder_is_said(studio: Studio) -> None:
    studio.ear.say(Word.LOUDER, at("2"))
    studio.ear.say(Word.STOP, at("4"))

    studio.lead()

    assert studio.keys.views[-1].gain_percent == 125


def test_what_was_heard_is_shown(studio: Studio) -> None:
    studio.ear.say(Word.SLOWER, at("3"))
    studio.ear.say(Word.STOP, at("5"))

    studio.lead()

    assert any(view.notice == PHRASES("hearing.heard", text="slower") for view in studio.keys.views)
    assert all(view.listening for view in studio.keys.views)


def test_answers_make_no_sense_during_a_set(studio: Studio) -> None:
    for word, count in ((Word.YES, "2"), (Word.READY, "3"), (Word.RESUME, "4"), (Word.NUMBER, "5")):
        studio.ear.say(word, at(count), 3)
    studio.ear.say(Word.STOP, at("7"))

    studio.lead()

    assert studio.kept(EventKind.STARTED)
    assert not studio.kept(EventKind.SKIPPED)
    assert not any("Heard: yes" in view.notice for view in studio.keys.views)


def test_questions_are_answered_by_voice(asking: Studio) -> None:
    said: list[tuple[str, Word, int | None]] = [
        ("assessed", Word.YES, None),
        ("red-flags", Word.NO, None),
        ("red-flags-urgent", Word.NO, None),
        ("pain-before", Word.NUMBER, 3),
        ("ready", Word.READY, None),
    ]
    for question, word, value in said:
        asking.ear.say(word, sees(question), value)
    asking.ear.say(Word.STOP, lambda view: view.state is ViewState.LEADING)

    asking.lead()

    (record,) = asking.store.history("me")
    answers = {e.data["what"]: e.data["value"] for e in record.events if e.kind is EventKind.ANSWERED}
    assert answers["assessed"] is True
    assert answers["red_flags"] is False
    assert answers["pain_before"] == 3


@pytest.mark.parametrize(("word", "first"), [(Word.RIGHT, FirstSide.RIGHT), (Word.LEFT, FirstSide.LEFT)])
def test_the_leg_to_begin_with_is_said_after_a_word_that_was_not_understood(
    word: Word, first: FirstSide
) -> None:
    studio = Studio("knee", Plan(first_side=FirstSide.ASK), asked=True, listening=True)
    for question, said in (
        ("assessed", Word.YES),
        ("red-flags", Word.NO),
        ("red-flags-urgent", Word.NO),
        ("pain-before", Word.RATHER_NOT),
        ("floor", Word.YES),
        ("first-side", Word.UNCLEAR),
    ):
        studio.ear.say(said, sees(question))
    studio.ear.say(word, after(60))
    studio.ear.say(Word.STOP, sees("ready"))
    live = studio.live()

    assert live.lead(Start()) == "stopped"
    assert live.session.plan.first_side is first
    assert _times_said(studio, PHRASES.lines("hearing.can-say.side")[0]) == 1
    hints = {view.hint for view in studio.keys.views if sees("first-side")(view)}
    assert PHRASES("hearing.answers.side") in hints
    studio.clips.close()


def test_a_number_need_not_be_told(asking: Studio) -> None:
    asking.ear.say(Word.YES, sees("assessed"))
    asking.ear.say(Word.NO, sees("red-flags"))
    asking.ear.say(Word.NO, sees("red-flags-urgent"))
    asking.ear.say(Word.RATHER_NOT, sees("pain-before"))
    asking.ear.say(Word.STOP, sees("ready"))

    asking.lead()

    (record,) = asking.store.history("me")
    answers = {e.data["what"]: e.data["value"] for e in record.events if e.kind is EventKind.ANSWERED}
    assert answers["pain_before"] is None


def test_an_unclear_answer_is_asked_for_again_twice_and_no_more(asking: Studio) -> None:
    for _ in range(3):
        asking.ear.say(Word.UNCLEAR, after(100))
    asking.ear.say(Word.STOP, after(400))

    asking.lead()

    assert _times_said(asking, PHRASES("hearing.unclear")) == 2


def _times_said(studio: Studio, text: str) -> int:
    clip = studio.clips.clip(text)
    assert clip is not None
    shape, heard = clip.samples.astype(np.float64), studio.heard.astype(np.float64)
    size = 1 << (len(heard) + len(shape)).bit_length()
    fits = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(shape, size)), size)
    found = np.flatnonzero(fits > 0.9 * float(shape @ shape))
    return int(np.count_nonzero(np.diff(found, prepend=-10_000) > 1000))


def test_silence_is_respected_the_coach_says_once_that_it_waits(asking: Studio) -> None:
    polls = (2 * PATIENCE_MS + 20_000) // asking.keys.step_ms
    asking.ear.say(Word.STOP, after(polls))

    asking.lead()

    assert _times_said(asking, PHRASES("hearing.waiting")) == 1


def test_in_a_pause_it_says_once_that_it_waits(studio: Studio) -> None:
    studio.ear.say(Word.PAUSE, at("3"))
    studio.ear.say(Word.STOP, after((2 * PATIENCE_MS + 20_000) // studio.keys.step_ms, paused))

    studio.lead()

    assert _times_said(studio, PHRASES("hearing.waiting")) == 1


def test_nobody_is_told_of_waiting_where_nobody_listens() -> None:
    studio = Studio(asked=True)
    studio.keys.press("q", after((2 * PATIENCE_MS) // studio.keys.step_ms))

    studio.lead()

    assert _times_said(studio, PHRASES("hearing.waiting")) == 0
    studio.clips.close()


def test_a_question_can_be_heard_again(asking: Studio) -> None:
    asking.ear.say(Word.REPEAT, after(80))
    asking.ear.say(Word.STOP, after(200))

    asking.lead()

    assert _times_said(asking, PHRASES.lines("questions.assessed.ask")[0]) == 2


def test_what_can_be_said_is_told_and_the_set_goes_on(studio: Studio) -> None:
    studio.ear.say(Word.HELP, at("3"))

    assert studio.lead() == "done"
    assert PHRASES.lines("hearing.can-say.running")[0] in captions(studio)


def test_i_cannot_kneel_takes_the_alternative(studio: Studio) -> None:
    studio.ear.say(Word.CANNOT, at("3"), "kneel")
    studio.ear.say(Word.STOP, after(30))

    studio.lead()

    assert studio.kept(EventKind.EASED)


def test_ready_starts_the_set_that_waits() -> None:
    studio = Studio(plan=Plan(wait=True, level=Level.EASY), listening=True)
    for _ in range(40):
        studio.ear.say(Word.READY, after(3, lambda view: view.state is ViewState.WAITING))

    assert studio.lead(spoken_to(studio.fresh())) == "done"
    assert PHRASES("script.wait.voice") in captions(studio)
    studio.clips.close()


def test_a_microphone_that_is_lost_is_told_once_and_keys_go_on(studio: Studio) -> None:
    def lose(view: View) -> bool:
        if at("3")(view) and studio.ear.on:
            studio.ear.on = False
            studio.ear.fails = MicrophoneError(MicrophoneCode.LOST, "unplugged")
        return False

    studio.keys.press("q", lambda view: lose(view) or view.set_no == 2)
    live = studio.live(spoken_to(studio.fresh()))

    assert live.lead(Start()) == "stopped"
    assert _times_said(studio, PHRASES.lines("hearing.deaf")[0]) == 1
    assert PHRASES("hearing.microphone.lost.problem") in studio.keys.views[-1].notice
    assert not studio.keys.views[-1].listening
    assert live.course.occasion.channel is Channel.KEYS


def test_a_microphone_that_is_there_again_is_told_once_and_answers(studio: Studio) -> None:
    seen: list[View] = []

    def comes_and_goes(view: View) -> bool:
        if seen or at("3")(view):
            seen.append(view)
            studio.ear.on = len(seen) > 40
            # That it is back is told a little later than it is so.
            studio.ear.fails = MicrophoneError(MicrophoneCode.LOST) if len(seen) == 1 else studio.ear.fails
            studio.ear.fails = None if len(seen) > 60 else studio.ear.fails
        return False

    studio.keys.press("never", comes_and_goes)
    studio.ear.say(Word.STOP, lambda view: len(seen) > 120 and at("2")(view))
    live = studio.live(spoken_to(studio.fresh()))

    assert live.lead(Start()) == "stopped"
    assert _times_said(studio, PHRASES.lines("hearing.deaf")[0]) == 1
    assert _times_said(studio, PHRASES.lines("hearing.back")[0]) == 1
    assert studio.keys.views[-1].listening
    assert PHRASES("hearing.microphone.lost.problem") not in studio.keys.views[-1].notice
    assert live.course.occasion.channel is Channel.VOICE


def test_who_begins_while_a_microphone_is_all_but_back_is_told_nothing(studio: Studio) -> None:
    studio.ear.fails = MicrophoneError(MicrophoneCode.LOST, "a moment ago")
    studio.keys.press("q", at("3"))

    studio.lead()

    assert _times_said(studio, PHRASES.lines("hearing.deaf")[0]) == 0


def test_a_microphone_that_was_never_there_is_told_before_the_first_words() -> None:
    studio = Studio(listening=False)
    studio.ear.fails = MicrophoneError(MicrophoneCode.NO_DEVICE, "none")
    studio.keys.press("q", at("2"))

    studio.lead()

    assert PHRASES.lines("hearing.deaf")[0] in captions(studio)
    assert PHRASES("hearing.microphone.no-device.problem") in studio.keys.views[0].notice
    studio.clips.close()


def test_an_interrupted_session_is_gone_on_with_by_voice(studio: Studio) -> None:
    studio.ear.say(Word.UNCLEAR, after(1))
    studio.ear.say(Word.YES, after(30))

    assert studio.live().offer("go-on", where="here") is True


def test_a_routine_is_chosen_by_its_name(studio: Studio) -> None:
    studio.ear.say(Word.ROUTINE, after(30), "knee")

    assert studio.live().which(("knee routine", "short knee routine")) == "knee"


def test_yes_takes_the_usual_routine(studio: Studio) -> None:
    studio.ear.say(Word.YES, after(30))

    assert studio.live().which(("knee routine", "short knee routine")) is None


def test_enter_takes_the_usual_routine(studio: Studio) -> None:
    studio.keys.press("enter", after(30))

    assert studio.live().which(("knee routine", "short knee routine")) is None


def test_stop_is_an_answer_to_every_offer(studio: Studio) -> None:
    studio.ear.say(Word.STOP, after(10))

    with pytest.raises(KeyboardInterrupt):
        studio.live().offer("go-on", where="here")


def test_the_last_words_are_cut_short_by_another_stop(studio: Studio) -> None:
    studio.ear.say(Word.STOP, at("2"))
    studio.ear.say(Word.STOP, lambda view: view.state is ViewState.STOPPED)

    studio.lead()

    assert len([view for view in studio.keys.views if view.state is ViewState.STOPPED]) < 5
