from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from skill.hearing_ear import AHEAD_MS, SETTLE_MS, MicrophoneEar
from skill.hearing_news import QUIET_MS
from speech.clips import Samples
from speech.hearing.port import HEARING_PER_MS, Ears, Heard, HearingCode, HearingError, Meaning, Word
from speech.microphone import MicrophoneCode, MicrophoneError
from speech.played import Played
from tests.doubles import FakeClock, FakeEars, FakeMicrophone
from tests.nullsink import wait_until

CHUNK_MS = 20


def heard(word: Word, began_at_ms: int = 100) -> Heard:
    return Heard(Meaning(word), word.value, 1.0, began_at_ms, began_at_ms + 300)


def sound(level: int = 100, chunks: int = 1) -> list[Samples]:
    return [np.full(CHUNK_MS * HEARING_PER_MS, level, dtype=np.int16) for _ in range(chunks)]


Open = Callable[..., MicrophoneEar]

LOST = MicrophoneError(MicrophoneCode.LOST)
BROKEN = HearingError(HearingCode.BROKEN, "parrot")


@pytest.fixture
def listening() -> Iterator[Open]:
    """Give what makes an ear that has taken in all there is to hear; each is closed in the end."""
    made: list[MicrophoneEar] = []

    def listen(
        microphone: FakeMicrophone,
        ears: Ears | HearingError | list[FakeEars],
        played: Played | None = None,
        clock: FakeClock | None = None,
        *,
        waits: bool = True,
    ) -> MicrophoneEar:
        def open_ears() -> Ears:
            if isinstance(ears, HearingError):
                raise ears
            return ears.pop(0) if isinstance(ears, list) else ears

        clock = clock or FakeClock(-SETTLE_MS)
        made.append(MicrophoneEar(microphone, open_ears, played or Played(), clock, look_s=0.001))
        if microphone.refuses is not None or isinstance(ears, HearingError):
            made[-1]._thread.join(5)
        elif waits:
            assert microphone.drained.wait(5)
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
    microphone = FakeMicrophone(*sound(), ends=LOST)
    ear = listening(microphone, FakeEars())

    assert wait_until(lambda: ear.fault() is not None)
    assert not ear.on
    assert ear.fault() is LOST


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


# -- lost, and there again -------------------------------------------------------------------------


def gone() -> FakeMicrophone:
    return FakeMicrophone(refuses=MicrophoneError(MicrophoneCode.NO_DEVICE))


def test_a_microphone_that_is_there_again_is_listened_to_by_fresh_ears(listening: Open) -> None:
    back = FakeMicrophone(*sound())
    first, second = FakeEars(), FakeEars(said=[(heard(Word.STOP),)])
    ear = listening(FakeMicrophone(*sound(), ends=LOST, later=(gone(), gone(), back)), [first, second])
    ear.expect(frozenset({Word.YES}))

    assert back.drained.wait(5)
    assert ear.on
    assert ear.fault() is None
    assert [one.word for one in ear.heard()] == [Word.STOP]
    assert (first.closed, second.closed) == (True, False)
    assert second.expected == [frozenset({Word.YES})]


def test_one_that_was_busy_when_it_came_back_is_asked_again(listening: Open) -> None:
    busy = FakeMicrophone(refuses=MicrophoneError(MicrophoneCode.BUSY))
    back = FakeMicrophone(*sound())
    ear = listening(FakeMicrophone(*sound(), ends=LOST, later=(busy, back)), FakeEars())

    assert back.drained.wait(5)
    assert ear.fault() is None


def test_one_that_gives_no_sound_is_not_taken_for_back(listening: Open) -> None:
    mute = FakeMicrophone(ends=MicrophoneError(MicrophoneCode.LOST))
    ear = listening(FakeMicrophone(*sound(), ends=LOST, later=(mute,)), FakeEars())

    assert mute.closed.wait(5)
    assert ear.fault() is LOST
    assert not ear.on


def test_one_that_comes_and_goes_is_told_to_be_back_every_now_and_then(listening: Open) -> None:
    clock = FakeClock(-SETTLE_MS)
    stays = FakeMicrophone(*sound())
    second = FakeMicrophone(*sound())
    ear = listening(FakeMicrophone(*sound(), ends=LOST, later=(second, stays)), FakeEars(), clock=clock)
    assert second.drained.wait(5)
    assert ear.fault() is None  # told
    lost_again = MicrophoneError(MicrophoneCode.LOST)
    second.lose(lost_again)
    assert stays.drained.wait(5)

    assert (ear.on, ear.fault()) == (True, lost_again)
    clock.now += QUIET_MS
    assert ear.fault() is None


def test_the_engine_that_came_to_an_end_is_opened_again_once(listening: Open) -> None:
    microphone = FakeMicrophone(*sound(chunks=2))
    second = FakeEars()
    ear = listening(microphone, [FakeEars(fails=BROKEN), second])

    assert ear.on
    assert ear.fault() is None
    assert len(second.fed) == 1


def test_an_engine_that_comes_to_an_end_again_is_told_and_the_microphone_closed(listening: Open) -> None:
    microphone = FakeMicrophone(*sound(chunks=2))
    ears = [FakeEars(fails=BROKEN), FakeEars(fails=BROKEN)]
    opened = list(ears)
    ear = listening(microphone, ears, waits=False)

    assert wait_until(lambda: ear.fault() is BROKEN)
    assert microphone.closed.wait(5)
    assert not ear.on
    assert all(one.closed for one in opened)


def test_an_engine_that_does_not_open_again_is_told(listening: Open) -> None:
    ear = listening(FakeMicrophone(*sound(), ends=LOST, later=(FakeMicrophone(),)), [FakeEars()])

    assert wait_until(lambda: isinstance(ear.fault(), IndexError))
    assert not ear.on


def test_nothing_but_zeros_is_told_once_however_often_it_comes_back(listening: Open) -> None:
    back = FakeMicrophone(*sound(0, 400))
    first = FakeMicrophone(*sound(0, 400), later=(back,))
    ear = listening(first, FakeEars())
    silent = ear.fault()
    first.lose(LOST)

    assert back.drained.wait(5)
    assert silent is not None
    assert ear.fault() is None


def test_an_ear_that_looks_for_its_microphone_is_closed_at_once(listening: Open) -> None:
    ear = listening(FakeMicrophone(*sound(), ends=LOST), FakeEars())
    assert wait_until(lambda: ear.fault() is LOST)

    ear.close()

    assert not ear._thread.is_alive()
