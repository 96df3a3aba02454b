"""What holds for every turn as a document of APL for Audio."""

from __future__ import annotations

import json
import os
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routines.cue import Cue, CueKind, Tone
from routines.lengths import EstimatedLengths
from routines.model import Routine
from routines.phrases import load_phrases
from routines.plan import CountStyle, Plan
from routines.script import BlockKind, Occasion, write_script
from routines.timeline import LaidBlock, lay
from speech import apla
from speech.limits import APLA_SOUNDS, REPLY_BYTES, SILENCE_MS, TOKEN_CHARS, TooLongError
from speech.turns import Turn, slice_block, whole_turn
from tests import strategies
from tests.alexa_hearing import OneLine, Sound, count_files, hear_document
from tests.doubles import LetterLengths
from tests.speech.layouts import block, count, say
from tests.speech.test_turns import knee

PHRASES = load_phrases()
EXAMPLES = settings(max_examples=int(os.environ.get("STEADY_EXAMPLES", "20")), deadline=None)


def tick(at_ms: int) -> Cue:
    return Cue(at_ms, 30, CueKind.TICK, "", "block")


def chime(at_ms: int, tone: Tone) -> Cue:
    return Cue(at_ms, 400, CueKind.CHIME, tone, "block")


def heard(*cues: Cue, length_ms: int = 60_000, sounds: bool = True) -> Sound:
    turn = whole_turn(block(0, length_ms, cues))
    return hear_document(apla.document(turn, sounds=sounds), LetterLengths())


def spoken(turn: Turn) -> tuple[tuple[int, str], ...]:
    cues = [cue for cue in turn.cues if cue.kind in (CueKind.SAY, CueKind.COUNT)]
    return tuple((cue.at_ms, " ".join(cue.text.split())) for cue in cues)


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_everything_said_and_counted_in_every_block_is_there_at_its_time(
    routine: Routine, plan: Plan, occasion: Occasion, voice: LetterLengths
) -> None:
    lengths = OneLine(voice)
    script = write_script(routine, plan, PHRASES, occasion, 10)
    for one in lay(script, lengths).blocks:
        turn = Turn((slice_block(one, 0, 80_000),))
        if not spoken(turn):
            continue
        document = apla.document(turn)

        sound = hear_document(document, lengths)
        assert sound.voices == spoken(turn)
        assert sound.length_ms == turn.length_ms
        assert count_files(document) <= APLA_SOUNDS
        assert len(json.dumps(apla.directive(document, "t"))) < REPLY_BYTES


@EXAMPLES
@given(strategies.routines(), strategies.plans, strategies.occasions, strategies.lengths)
def test_counts_keep_their_times_however_long_alexa_speaks(
    routine: Routine, plan: Plan, occasion: Occasion, voice: LetterLengths
) -> None:
    lengths = OneLine(voice)
    script = write_script(routine, plan, PHRASES, occasion, 10)
    for one in lay(script, lengths).blocks:
        turn = Turn((slice_block(one, 0, 80_000),))
        counts = [(cue.at_ms, cue.text) for cue in turn.cues if cue.kind is CueKind.COUNT]
        if counts:
            sound = hear_document(apla.document(turn), LetterLengths(letter_ms=333))
            assert set(counts) <= set(sound.voices)


@given(st.text(min_size=1).filter(str.strip))
def test_any_text_is_said_and_never_evaluated(text: str) -> None:
    document = apla.document(whole_turn(block(0, 9_000, [say(0, text), say(2_000, "end")])))

    voices = hear_document(document, LetterLengths()).voices  # refuses what would be evaluated
    assert [said for _, said in voices][-1] == "end"


def test_lines_outside_the_work_never_talk_into_one_another() -> None:
    slow = LetterLengths(letter_ms=500)
    turn = whole_turn(block(0, 9_000, [say(0, "Stand up."), say(1_200, "Hold on to a chair.")]))

    first, second = hear_document(apla.document(turn), slow).voices

    assert second[0] >= first[0] + slow.length_ms("Stand up.")


def test_ninety_seconds_of_counting_leave_room_for_more() -> None:
    cues = [count(nth * 1000, str(90 - nth), 300) for nth in range(90)]
    document = apla.document(whole_turn(block(0, 90_000, cues)))

    assert len(json.dumps(apla.directive(document, "t" * TOKEN_CHARS))) < 12_000


def test_ticks_are_heard_on_their_beat_from_one_file() -> None:
    turn = whole_turn(block(0, 12_000, [tick(1000 * nth) for nth in range(1, 9)]))
    document = apla.document(turn)

    assert [at_ms for at_ms, _ in hear_document(document, LetterLengths()).files] == [
        1000 * nth for nth in range(1, 9)
    ]
    assert count_files(document) == 1


def test_ticks_go_on_softly_under_the_counts_between_them() -> None:
    cues = [count(1000 * nth, str(nth)) if nth % 5 == 0 else tick(1000 * nth) for nth in range(1, 15)]

    assert [at_ms for at_ms, _ in heard(*cues, length_ms=15_000).files] == [1000 * n for n in range(1, 15)]


def test_uneven_ticks_of_repetitions_are_all_there() -> None:
    cues: list[Cue] = []
    for rep in range(9):
        at_ms = rep * 6_000
        cues += [count(at_ms, str(rep + 1)), tick(at_ms + 2_000), tick(at_ms + 3_000)]

    times = {at_ms for at_ms, _ in heard(*cues, length_ms=54_000).files}

    assert {cue.at_ms for cue in cues if cue.kind is CueKind.TICK} <= times


def test_every_tick_of_the_library_s_holds_is_heard() -> None:
    for one in knee(Plan(count=CountStyle.FIVES)).blocks:
        if one.kind is BlockKind.WORK and one.work_ms <= 60_000:
            _assert_ticks_heard(one)


def _assert_ticks_heard(one: LaidBlock) -> None:
    turn = whole_turn(one)
    files = dict(hear_document(apla.document(turn), EstimatedLengths()).files)

    assert {cue.at_ms for cue in turn.cues if cue.kind is CueKind.TICK} <= files.keys()


def test_the_document_ends_with_its_last_tick() -> None:
    cues = [tick(1_000), tick(2_000), tick(3_000)]

    assert heard(*cues, length_ms=3_500).length_ms == 3_500


def test_a_long_silence_gets_ticks() -> None:
    files = [
        at_ms for at_ms, _ in heard(say(0, "Rest.", 500), say(29_000, "Go.", 500), length_ms=29_500).files
    ]

    edges = [500, *files, 29_000]
    assert all(after - before <= SILENCE_MS for before, after in pairwise(edges))


def test_a_short_silence_stays_silent() -> None:
    assert heard(say(0, "Rest.", 500), say(4_500, "Go.", 500), length_ms=5_000).files == ()


def test_the_end_chimes_and_the_tone_that_wakes_a_speaker_does_not() -> None:
    sound = heard(chime(100, Tone.LEAD_IN), say(600, "Go."), chime(2_000, Tone.END), length_ms=3_000)

    assert [at_ms for at_ms, _ in sound.files] == [2_000]


def test_with_too_many_sounds_the_long_rows_stay() -> None:
    cues = [say(nth * 7_000, "Go on.", 500) for nth in range(20)] + [
        tick(140_000 + nth * 500) for nth in range(9)
    ]
    document = apla.document(whole_turn(block(0, 150_000, cues)))

    times = [at_ms for at_ms, _ in hear_document(document, LetterLengths()).files]
    assert count_files(document) == APLA_SOUNDS
    assert set(range(140_000, 144_001, 500)) <= set(times)


def test_without_sounds_a_document_holds_voices_only() -> None:
    sound = heard(count(0), tick(1_000), chime(2_000, Tone.END), sounds=False)

    assert sound.files == ()
    assert sound.voices == ((0, "one"),)
    assert sound.length_ms == 60_000


def test_more_than_four_minutes_are_an_error() -> None:
    with pytest.raises(TooLongError):
        apla.document(whole_turn(block(0, 240_001, [count(0)])))


def test_a_token_that_is_too_long_is_an_error() -> None:
    with pytest.raises(TooLongError):
        apla.directive({}, "t" * (TOKEN_CHARS + 1))
