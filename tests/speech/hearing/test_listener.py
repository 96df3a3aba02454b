"""From a microphone's sound to what was said: pieces of speech, the pause after them, what is expected."""

from __future__ import annotations

import numpy as np
import pytest

from speech.clips import Samples
from speech.hearing.listener import Listener
from speech.hearing.port import COMMANDS, HEARING_HZ, Amid, Guess, Meaning, Word
from speech.hearing.segments import CHUNK, Segments


class LoudIsSpeech:
    """A detector for which whatever is loud is speech."""

    def forget(self) -> None:
        return

    def likelihood(self, chunk: Samples) -> float:
        return float(np.abs(chunk).max() > 1000)


class AlwaysHears:
    """An engine that takes everything for one thing, and notes what it was asked."""

    key = "always"

    def __init__(self, word: Word | None) -> None:
        self.word = word
        self.asked: list[tuple[int, frozenset[Word], Amid]] = []
        self.closed = False

    def recognise(
        self, samples: Samples, expecting: frozenset[Word], *, amid: Amid = Amid.QUIET
    ) -> Guess | None:
        self.asked.append((len(samples), expecting, amid))
        return None if self.word is None else Guess(Meaning(self.word), self.word.value, 0.9)

    def close(self) -> None:
        self.closed = True


def sound(*parts: tuple[float, int]) -> Samples:
    """Return noise: (seconds, loudness) one after the other."""
    chance = np.random.default_rng(1)
    return np.concatenate(
        [(chance.uniform(-1, 1, int(s * HEARING_HZ)) * loud).astype(np.int16) for s, loud in parts]
    )


def fed(listener: Listener, samples: Samples, from_ms: int = 10_000) -> list[Word]:
    heard = []
    for at in range(0, len(samples), 320):
        heard += [one.word for one in listener.feed(samples[at : at + 320], from_ms + at // 16)]
    return heard


ONE_WORD = sound((1.0, 20), (0.6, 8000), (0.8, 20))


def test_a_word_is_told_once_after_its_pause() -> None:
    assert fed(Listener(AlwaysHears(Word.NEXT), LoudIsSpeech()), ONE_WORD) == [Word.NEXT]


def test_where_a_word_lies_is_told_on_the_microphones_clock() -> None:
    listener = Listener(AlwaysHears(Word.NEXT), LoudIsSpeech())
    heard = [
        one
        for at in range(0, len(ONE_WORD), 320)
        for one in listener.feed(ONE_WORD[at : at + 320], 5000 + at // 16)
    ]

    assert abs(heard[0].began_at_ms - 6000) < 60
    assert abs(heard[0].ended_at_ms - 6600) < 60


def test_nothing_is_asked_of_the_engine_in_silence() -> None:
    engine = AlwaysHears(Word.NEXT)

    assert fed(Listener(engine, LoudIsSpeech()), sound((3.0, 20))) == []
    assert engine.asked == []


def test_a_click_is_no_word() -> None:
    assert (
        fed(Listener(AlwaysHears(Word.NEXT), LoudIsSpeech()), sound((1.0, 20), (0.03, 9000), (1.0, 20))) == []
    )


def test_stop_and_it_hurts_are_always_expected() -> None:
    engine = AlwaysHears(None)
    listener = Listener(engine, LoudIsSpeech())
    listener.expect(frozenset({Word.YES, Word.NO}))
    fed(listener, ONE_WORD)

    assert engine.asked[-1][1] == {Word.YES, Word.NO, Word.STOP, Word.HURTS}


def test_what_is_expected_may_change_while_somebody_speaks() -> None:
    engine = AlwaysHears(Word.NEXT)
    listener = Listener(engine, LoudIsSpeech())
    half = len(ONE_WORD) // 2
    fed(listener, ONE_WORD[:half])
    listener.expect(frozenset({Word.READY}))
    fed(listener, ONE_WORD[half:], 10_000 + half // 16)

    assert engine.asked[-1][1] >= {Word.READY}
    assert COMMANDS - engine.asked[-1][1]


@pytest.mark.parametrize(("around", "amid"), [(20, Amid.QUIET), (900, Amid.NOISE)])
def test_the_engine_is_told_whether_words_stand_out_from_what_goes_on(around: int, amid: Amid) -> None:
    engine = AlwaysHears(Word.NEXT)
    fed(Listener(engine, LoudIsSpeech()), sound((4.0, around), (0.6, 4000), (1.0, around)))

    assert engine.asked[-1][2] is amid


def test_what_makes_no_sense_is_told_only_where_that_is_wanted() -> None:
    listener = Listener(AlwaysHears(None), LoudIsSpeech())
    assert fed(listener, ONE_WORD) == []

    listener.expect(frozenset({Word.YES, Word.UNCLEAR}))
    assert fed(listener, ONE_WORD, 20_000) == [Word.UNCLEAR]


def test_talk_without_a_pause_is_no_command() -> None:
    segments = Segments(LoudIsSpeech())
    talk = sound((0.5, 20), *((0.1, 8000), (0.1, 2000)) * 45)

    pieces = [segments.take(talk[at : at + CHUNK]) for at in range(0, len(talk) - CHUNK, CHUNK)]

    assert not any(piece and piece.over for piece in pieces)


def test_to_close_ears_closes_the_engine() -> None:
    engine = AlwaysHears(None)
    Listener(engine, LoudIsSpeech()).close()

    assert engine.closed


def test_a_soft_sound_in_the_middle_of_a_word_does_not_end_it() -> None:
    soft = sound((3.5, 950), (0.4, 8000), (0.45, 1450), (0.4, 8000), (0.8, 950))

    assert fed(Listener(AlwaysHears(Word.NEXT), LoudIsSpeech()), soft) == [Word.NEXT]
