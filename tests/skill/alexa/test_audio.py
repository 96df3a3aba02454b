"""Between a player's token and offset and a place in a session."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routines.events import BlockFinished, Pause, Record, Save, Start
from routines.load import load_routine
from routines.plan import Plan
from routines.script import BlockKind
from routines.session import Session, State, step
from routines.timeline import LaidBlock
from skill.alexa.audio import (
    RUN_UP_MS,
    Spot,
    Token,
    block_of,
    heard_all,
    heard_until,
    offset_at,
    offset_to_go_on,
    spot_at,
)
from speech.limits import TOKEN_CHARS
from tests.alexa_player import ReadyFiles

FILE = ReadyFiles().url(load_routine("knee-short"), Plan())
assert FILE is not None
AUDIO = FILE
TIMELINE = AUDIO.timeline
OFFSETS = st.integers(0, TIMELINE.total_ms + 5_000)
WORK = [block for block in TIMELINE.blocks if block.kind is BlockKind.WORK]


def begun() -> Session:
    return step(Session(routine="knee-short", plan=AUDIO.plan), Start(), AUDIO.course)[0]


def records(effects: tuple[object, ...]) -> list[Record]:
    return [record for effect in effects if isinstance(effect, Save) for record in effect.records]


@given(st.uuids(), st.binary(min_size=32, max_size=32), st.binary(min_size=1, max_size=12))
def test_a_token_is_read_as_it_was_written(session_id: UUID, digest: bytes, play: bytes) -> None:
    token = Token(session_id=session_id.hex, digest=digest.hex(), play=play.hex())

    assert Token.parse(str(token)) == token
    assert len(str(token)) <= TOKEN_CHARS


@given(st.text() | st.from_regex(r"v\d\|.*\|.*\|.*", fullmatch=True))
def test_any_other_token_is_none_of_ours(text: str) -> None:
    token = Token.parse(text)

    assert token is None or str(Token.parse(str(token))) == str(token)


@given(OFFSETS)
def test_every_offset_is_in_a_block_and_leads_back(offset_ms: int) -> None:
    spot = spot_at(TIMELINE, offset_ms)
    block = block_of(TIMELINE, spot.block_id)

    assert 0 <= spot.offset_ms <= block.length_ms
    assert offset_at(TIMELINE, spot) == min(offset_ms, TIMELINE.total_ms)


@given(st.sampled_from(TIMELINE.blocks), st.integers(-5, 10**7))
def test_every_place_is_in_its_own_block(here: LaidBlock, within_ms: int) -> None:
    assert here.at_ms <= offset_at(TIMELINE, Spot(here.id, within_ms)) <= here.end_ms


def test_a_place_in_no_block_of_the_file_has_no_offset() -> None:
    with pytest.raises(KeyError):
        offset_at(TIMELINE, Spot("no/such", 0))


@given(OFFSETS)
def test_work_goes_on_a_little_earlier_and_everything_else_where_it_was(offset_ms: int) -> None:
    spot = spot_at(TIMELINE, offset_ms)
    block = block_of(TIMELINE, spot.block_id)
    here_ms = offset_at(TIMELINE, spot)
    from_ms = offset_to_go_on(TIMELINE, spot)

    assert spot_at(TIMELINE, from_ms).block_id == block.id or from_ms == block.end_ms
    assert here_ms - RUN_UP_MS <= from_ms <= here_ms
    if block.work_at_ms is None or here_ms <= block.work_at_ms:
        assert from_ms == here_ms
    else:
        assert from_ms >= block.work_at_ms


@given(OFFSETS)
def test_the_session_stands_in_the_block_that_is_heard(offset_ms: int) -> None:
    session, _ = heard_until(begun(), offset_ms, AUDIO)

    assert session.block == spot_at(TIMELINE, offset_ms).block_id


@given(st.lists(OFFSETS, max_size=8))
def test_each_set_that_was_passed_is_kept_once_in_whatever_steps_it_was_heard(offsets_ms: list[int]) -> None:
    session, kept = begun(), []
    for offset_ms in offsets_ms:
        session, effects = heard_until(session, offset_ms, AUDIO)
        kept += records(effects)
    furthest_ms = max(offsets_ms, default=0)

    assert [record.key for record in kept] == [
        f"done:{block.id}:0" for block in WORK if block.end_ms <= furthest_ms
    ]
    assert not session.is_over


@given(OFFSETS)
def test_what_is_paused_is_not_heard(offset_ms: int) -> None:
    paused, _ = step(begun(), Pause(offset_ms=0), AUDIO.course)

    assert heard_until(paused, offset_ms, AUDIO) == (paused, ())


@given(OFFSETS)
def test_a_file_heard_to_its_end_is_a_session_that_is_done(offset_ms: int) -> None:
    session, effects = heard_until(begun(), offset_ms, AUDIO)
    over, more = heard_all(session, AUDIO)
    kept = [record.key for record in records((*effects, *more))]

    assert over.state is State.DONE
    assert kept == [f"done:{block.id}:0" for block in WORK] + ["done"]


def test_a_late_word_about_a_block_changes_nothing() -> None:
    session, _ = heard_until(begun(), TIMELINE.total_ms, AUDIO)

    assert step(session, BlockFinished(block="opening"), AUDIO.course) == (session, ())
    assert heard_until(session, 0, AUDIO) == (session, ())


def test_the_file_says_before_anything_else_how_it_is_stopped() -> None:
    assert "Alexa, stop" in next(cue.text for cue in TIMELINE.cues if cue.kind == "say")
