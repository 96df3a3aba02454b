from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from skill.hearing_ear import AHEAD_MS, SETTLE_MS, MicrophoneEar
from speech.clips import Samples
from speech.hearing.port import HEARING_PER_MS, Ears, Heard, HearingCode, HearingError, Meaning, Word
from speech.microphone import MicrophoneCode, MicrophoneError
from speech.played import Played
from tests.doubles import FakeClock, FakeEars, FakeMicrophone

CHUNK_MS = 20


def heard(word: Word, began_at_ms: int = 100) -> Heard:
    return Heard(Meaning(word), word.value, 1.0, began_at_ms, began_at_ms + 300)


def sound(level: int = 100, chunks: int = 1) -> list[Samples]:
    return [np.full(CHUNK_MS * HEARING_PER_MS, level, dtype=np.int16) for _ in range(chunks)]


Open = Callable[..., MicrophoneEar]


@pytest.fixture
def listening() -> Iterator[Open]:
    """Give what makes an ear that has taken in all there is to hear; each is closed in the end."""
    made: list[MicrophoneEar] = []

    def listen(
        microphone: FakeMicrophone,
        ears: Ears | HearingError,
        played: Played | None = None,
        clock: FakeClock | None = None,
    ) -> MicrophoneEar:
        def open_ears() -> Ears:
            if isinstance(ears, HearingError):
                raise ears
            return ears

        clock = clock or FakeClock(-SETTLE_MS)
        made.append(MicrophoneEar(microphone, open_ears, played or Played(), clock))
        if microphone.refuses is None and not isinstance(ears, HearingError):
            assert microphone.drained.wait(5)
        else:
            made[-1]._thread.join(5)
        return made[-1]

    yield listen
    for ear in made:
        ear.close()


def test_what_was_said_is_given_once(listening: Open) -> None:
    ears = FakeEars(said=[(heard(Word.PAUSE),), (), (heard(Word.NEXT),)])
    ear = listening(FakeMicrophone(*sound(chunks=3)), ears)

    assert [one.word for one in ear.heard()] == [Word.PAUSE, Word.NEXT]
    assert ear.heard() == ()


def test_it_is_on_while_the_microphone_is_open(listening: Open) -> None:
    microphone = FakeMicrophone(*sound())
    ears = FakeEars()
    ear = listening(microphone, ears)

    assert ear.settled(1)
    ear.close()

    assert not ear.on
    assert microphone.closed.is_set()
    assert ears.closed
    assert ear.fault() is None


def test_an_answer_that_was_begun_before_the_question_is_none(listening: Open) -> None:
    clock = FakeClock(1000)
    microphone = FakeMicrophone(*sound())
    microphone.at_ms = 1000 + SETTLE_MS
    ears = FakeEars(said=[(heard(Word.YES, 900), heard(Word.STOP, 900), heard(Word.NO, 1100))])
    ear = listening(microphone, ears, clock=clock)
    ear.expect(frozenset({Word.YES, Word.NO}))

    assert [one.word for one in ear.heard()] == [Word.STOP, Word.NO]


def test_the_ears_are_told_what_to_expect_before_they_are_fed(listening: Open) -> None:
    ears = FakeEars()
    ear = listening(FakeMicrophone(*sound()), ears)
    ear.expect(frozenset({Word.YES}))

    assert len(ears.expected) == 1


def test_the_ears_are_told_what_is_played_in_time(listening: Open) -> None:
    ears = FakeEars()
    listening(FakeMicrophone(*sound(chunks=5)), ears)

    ends = [at_ms + len(samples) // 24 for samples, at_ms in ears.told]
    assert ends == [at_ms + CHUNK_MS + AHEAD_MS for _, at_ms in ears.fed][1:]
    assert all(before == after for before, (_, after) in zip(ends, ears.told[1:], strict=False))


def test_sound_that_waited_for_the_ears_to_open_is_passed_over(listening: Open) -> None:
    ears = FakeEars()
    listening(FakeMicrophone(*sound(chunks=100)), ears, clock=FakeClock(1400))

    assert [at_ms for _, at_ms in ears.fed] == list(range(1400 + SETTLE_MS, 2000, CHUNK_MS))


@pytest.mark.parametrize("code", list(MicrophoneCode))
def test_a_microphone_that_cannot_be_used_is_told(listening: Open, code: MicrophoneCode) -> None:
    ear = listening(FakeMicrophone(refuses=MicrophoneError(code, "why")), FakeEars())

    assert not ear.settled(1)
    fault = ear.fault()
    assert isinstance(fault, MicrophoneError)
    assert fault.code is code
    assert ear.heard() == ()


def test_a_microphone_that_is_lost_is_told(listening: Open) -> None:
    microphone = FakeMicrophone(*sound(), ends=MicrophoneError(MicrophoneCode.LOST))
    ear = listening(microphone, FakeEars())
    ear._thread.join(5)

    assert not ear.on
    assert isinstance(ear.fault(), MicrophoneError)


def test_ears_that_cannot_be_opened_are_told_and_the_microphone_closed(listening: Open) -> None:
    microphone = FakeMicrophone()
    ear = listening(microphone, HearingError(HearingCode.NO_PACKAGE, "some-engine"))

    assert isinstance(ear.fault(), HearingError)
    assert not ear.on
    assert microphone.closed.is_set()


def test_nothing_but_zeros_is_told_and_it_goes_on(listening: Open) -> None:
    ears = FakeEars()
    ear = listening(FakeMicrophone(*sound(0, 400)), ears)
    fault = ear.fault()

    assert isinstance(fault, MicrophoneError)
    assert fault.code is MicrophoneCode.SILENT
    assert ear.on
    assert len(ears.fed) == 400


def test_silence_after_sound_is_just_silence(listening: Open) -> None:
    ear = listening(FakeMicrophone(*sound(3), *sound(0, 400)), FakeEars())

    assert ear.fault() is None
