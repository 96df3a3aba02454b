from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from skill.hearing_news import QUIET_MS, News
from speech.microphone import MicrophoneCode, MicrophoneError


def lost() -> MicrophoneError:
    return MicrophoneError(MicrophoneCode.LOST)


def test_a_fault_is_told_at_once_and_so_is_the_first_time_it_is_over() -> None:
    news, fault = News(), lost()
    news.fails(fault)
    assert news.fault(100) is fault

    news.works(101)

    assert news.fault(101) is None


def test_an_ear_that_works_is_no_news_where_nothing_was_wrong() -> None:
    news = News()
    news.works(0)

    assert news.fault(0) is None


def test_it_is_over_again_when_that_has_not_been_told_for_a_while() -> None:
    news, second = News(), lost()
    news.fails(lost())
    news.works(0)
    assert news.fault(0) is None

    news.fails(second)
    news.works(2_000)

    assert news.fault(QUIET_MS - 1) is second
    assert news.fault(QUIET_MS) is None


def test_the_same_fault_is_no_news_before_it_was_told_to_be_over() -> None:
    news, told = News(), lost()
    news.fails(lost())
    news.works(0)
    news.fault(0)
    news.fails(told)
    news.works(2_000)

    news.fails(lost())

    assert news.fault(10 * QUIET_MS) is told


def test_the_same_fault_is_no_news_while_it_lasts() -> None:
    news, told = News(), lost()
    news.fails(told)

    news.fails(lost())

    assert news.fault(0) is told


def test_another_fault_is_news_meanwhile() -> None:
    news, silent = News(), MicrophoneError(MicrophoneCode.SILENT)
    news.fails(lost())
    news.works(0)
    news.fault(0)
    news.fails(lost())
    news.works(2_000)

    news.fails(silent)

    assert news.fault(10 * QUIET_MS) is silent


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), max_size=200))
def test_a_microphone_that_comes_and_goes_makes_for_little_talk_and_nobody_is_misled(
    happens: list[tuple[bool, int]],
) -> None:
    news, now_ms, works = News(), 0, True
    before: Exception | None = None
    over_ms: list[int] = []
    for comes, after_ms in happens:
        now_ms += after_ms
        works = comes
        if comes:
            news.works(now_ms)
        else:
            news.fails(lost())
        fault = news.fault(now_ms)
        if fault is None and before is not None:
            over_ms.append(now_ms)
        assert works or fault is not None
        before = fault

    assert all(later - earlier >= QUIET_MS for earlier, later in pairwise(over_ms))
