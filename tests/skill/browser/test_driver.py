"""A session in a browser: events in, pieces to play out; nothing is kept in the process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from routines.cue import CueKind
from routines.load import load_routine
from routines.phrases import load_phrases
from routines.plan import FirstSide, Plan
from routines.session import State
from skill.browser.acts import Act
from skill.browser.driver import BrowserCoach, BrowserError, Guest, Reply
from skill.records import EventKind, SessionRecord
from skill.showing import course_to_show
from speech.clips import Clips
from tests.doubles import BurstSounds, BurstVoice, MemoryStore

PHRASES = load_phrases()
GUEST = Guest(device="tablet", person="ada")


class Moment:
    """A clock that goes on a little whenever it is read."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


class Tablet:
    """Plays what it is told, as the page does."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.sounds = BurstSounds()
        self.now = Moment()
        self.coach = self.another()

    def another(self) -> BrowserCoach:
        """Return a coach of another process that shares the store."""
        return BrowserCoach(self.store, load_routine, PHRASES, self.sounds, self.now)

    def act(self, reply: Reply, name: str, **said: object) -> Reply:
        return self.coach.act(GUEST, reply.session_id, Act.from_json({"name": name, **said}))

    def ready(self) -> Reply:
        """Answer the questions before, as somebody who is well does."""
        reply = self.coach.begin(GUEST, "knee-short")
        while reply.ask is not None:
            reply = self.answer(reply)
        return reply

    def answer(self, reply: Reply) -> Reply:
        assert reply.ask is not None
        match reply.ask.question:
            case "red-flags" | "red-flags-urgent":
                return self.act(reply, "answer", value=False)
            case "pain-before" | "pain-after":
                return self.act(reply, "answer", value=2)
            case "effort":
                return self.act(reply, "answer", value=2)
            case "ready":
                return self.act(reply, "ready")
            case _:
                return self.act(reply, "answer", value=True)

    def play_on(self, reply: Reply) -> Reply:
        """Let what plays come to its end."""
        assert reply.play is not None
        return self.act(reply, "finished", block=reply.play.piece.parts[-1].block)

    @property
    def record(self) -> SessionRecord:
        found = self.store.last_session(GUEST.person)
        assert found is not None
        return found


@pytest.fixture
def tablet() -> Iterator[Tablet]:
    tablet = Tablet()
    yield tablet
    tablet.sounds.bank.close()


def test_the_safety_questions_are_asked_first_each_with_its_sound(tablet: Tablet) -> None:
    reply = tablet.coach.begin(GUEST, "knee-short")

    assert reply.ask is not None
    assert reply.ask.question == "assessed"
    assert reply.play is not None
    assert reply.play.file == "1.mp3"


def test_a_plan_that_asks_for_the_leg_to_begin_with_begins_with_the_left_here(tablet: Tablet) -> None:
    tablet.store.save_plan(GUEST.person, Plan(first_side=FirstSide.ASK), by=GUEST.person, at=tablet.now())
    reply = tablet.coach.begin(GUEST, "knee")
    asked: list[str] = []
    while reply.ask is not None:
        asked.append(reply.ask.question)
        reply = tablet.answer(reply)
    while reply.session.state is State.LEADING:
        reply = tablet.play_on(reply)

    assert (asked[0], asked[-1]) == ("assessed", "ready")
    assert "first-side" not in asked
    assert reply.view.side == "left"


def test_a_whole_session_is_played_with_every_count_and_kept(tablet: Tablet) -> None:
    reply = tablet.ready()
    counts: list[str] = []
    while reply.ask is None and reply.outcome is None:
        assert reply.play is not None
        counts += [cue.text for cue in reply.play.piece.cues if cue.kind is CueKind.COUNT]
        reply = tablet.play_on(reply)
    while reply.ask is not None:
        reply = tablet.answer(reply)

    assert reply.outcome == "done"
    assert counts == _counts(Plan())
    assert tablet.record.events[-1].kind is EventKind.ANSWERED
    assert tablet.record.ended_at is not None
    assert (tablet.record.person, tablet.record.device) == ("ada", "tablet")


def _counts(plan: Plan) -> list[str]:
    with_bursts = Clips(BurstVoice)
    try:
        course = course_to_show(load_routine("knee-short"), PHRASES, with_bursts)
        return [cue.text for cue in course.timeline(plan).cues if cue.kind is CueKind.COUNT]
    finally:
        with_bursts.close()


def test_what_comes_next_is_told_ahead_and_is_what_then_comes(tablet: Tablet) -> None:
    reply = tablet.ready()
    assert reply.next is not None

    after = tablet.play_on(reply)

    assert after.play is not None
    assert after.play.piece == reply.next.piece


def test_another_process_goes_on_with_the_next_event(tablet: Tablet) -> None:
    reply = tablet.ready()
    tablet.coach = tablet.another()

    after = tablet.play_on(reply)

    assert reply.next is not None
    assert after.play is not None
    assert after.play.piece == reply.next.piece


def test_a_block_that_is_told_twice_to_be_over_counts_once(tablet: Tablet) -> None:
    reply = tablet.ready()
    while reply.session.state is not State.WORKING:
        reply = tablet.play_on(reply)
    tablet.play_on(reply)
    tablet.play_on(reply)

    done = [event for event in tablet.record.events if event.kind is EventKind.BLOCK_DONE]
    assert len(done) == 1


@pytest.mark.parametrize("name", ["next", "pause", "pain", "easier", "how-long"])
def test_what_is_sent_again_is_done_once_and_told_the_same(tablet: Tablet, name: str) -> None:
    reply = tablet.ready()
    while reply.session.state is not State.WORKING:
        reply = tablet.play_on(reply)
    act = Act(name=name, block=reply.session.block, offset_ms=700)

    first = tablet.coach.act(GUEST, reply.session_id, act, deed="one")
    kept = tablet.record
    tablet.coach = tablet.another()
    again = tablet.coach.act(GUEST, reply.session_id, act, deed="one")

    assert _told(again) == _told(first)
    assert tablet.record == kept


def _told(reply: Reply) -> tuple[object, ...]:
    piece = reply.play.piece if reply.play else None
    return reply.session, reply.view, piece, reply.halt, reply.ask, reply.told, reply.outcome


def test_an_answer_that_is_sent_again_answers_no_other_question(tablet: Tablet) -> None:
    first = tablet.coach.begin(GUEST, "knee-short", deed="start")
    assert first.ask is not None
    assert first.ask.question == "assessed"

    for _ in range(2):
        reply = tablet.coach.act(GUEST, first.session_id, Act(name="answer", value=True), deed="yes")

    assert reply.ask is not None
    assert reply.ask.question == "red-flags"


def test_a_beginning_that_is_sent_again_begins_one_session(tablet: Tablet) -> None:
    first = tablet.coach.begin(GUEST, "knee-short", deed="start")
    tablet.coach = tablet.another()
    again = tablet.coach.begin(GUEST, "knee-short", deed="start")

    assert _told(again) == _told(first)
    assert [one.session_id for one in tablet.store.history(GUEST.person)] == [first.session_id]


def test_going_on_that_is_sent_again_goes_on_once(tablet: Tablet) -> None:
    reply = tablet.ready()
    while reply.session.state is not State.WORKING:
        reply = tablet.play_on(reply)
    tablet.coach.break_off(GUEST, reply.session_id)

    first = tablet.coach.go_on(GUEST, deed="on")
    again = tablet.coach.go_on(GUEST, deed="on")

    assert _told(again) == _told(first)
    resumed = [event for event in tablet.record.events if event.kind is EventKind.RESUMED]
    assert len(resumed) == 1


def test_paused_in_a_set_it_goes_on_with_a_count_in_at_the_same_place(tablet: Tablet) -> None:
    reply = tablet.ready()
    while reply.session.state is not State.WORKING:
        reply = tablet.play_on(reply)
    assert reply.play is not None
    piece = reply.play.piece
    half_ms = piece.length_ms // 2

    paused = tablet.act(reply, "pause", block=piece.parts[-1].block, offset_ms=half_ms)
    going = tablet.act(paused, "resume")

    assert paused.halt
    assert paused.play is None
    assert going.play is not None
    count_in, rest = going.play.piece.parts
    assert [cue.text for cue in going.play.piece.cues if cue.at_ms < count_in.length_ms] == ["3", "2", "1"]
    assert 0 < rest.base_ms <= half_ms


def test_pain_stops_at_once_and_never_asks_to_go_on(tablet: Tablet) -> None:
    reply = tablet.ready()

    stopped = tablet.act(reply, "pain")

    assert (stopped.outcome, stopped.halt, stopped.ask, stopped.next) == ("pain", True, None, None)
    assert tablet.coach.waiting(GUEST) is None


def test_a_red_flag_ends_it_before_it_began(tablet: Tablet) -> None:
    reply = tablet.coach.begin(GUEST, "knee-short")
    while reply.ask is not None and reply.ask.question != "red-flags":
        reply = tablet.answer(reply)

    assert tablet.act(reply, "answer", value=True).outcome == "red-flag"


def test_a_session_that_broke_off_can_be_gone_on_with(tablet: Tablet) -> None:
    reply = tablet.ready()
    while reply.session.state is not State.WORKING:
        reply = tablet.play_on(reply)
    tablet.coach.break_off(GUEST, reply.session_id)
    tablet.coach = tablet.another()

    assert tablet.coach.waiting(GUEST)
    going = tablet.coach.go_on(GUEST)

    assert going.session_id == reply.session_id
    assert going.session.block == reply.session.block


def test_a_note_is_read_first(tablet: Tablet) -> None:
    reply = tablet.coach.begin(GUEST, "knee-short", before=("Take care of yourself today.",))

    assert reply.play is not None
    assert reply.play.piece.cues[0].text == "Take care of yourself today."


def test_a_session_of_somebody_else_is_not_there(tablet: Tablet) -> None:
    reply = tablet.ready()

    with pytest.raises(BrowserError, match="session-gone"):
        tablet.coach.act(
            Guest(device="tablet", person="eve"), reply.session_id, Act(name="finished", block="opening")
        )


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"name": 3},
        {"name": "fly"},
        {"name": "pause", "offset_ms": -1},
        {"name": "pause", "offset_ms": "soon"},
        {"name": "answer", "value": "yes"},
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(tablet: Tablet, sent: dict[str, object]) -> None:
    reply = tablet.ready()
    before = tablet.record

    with pytest.raises(BrowserError, match="not-understood"):
        tablet.coach.act(GUEST, reply.session_id, Act.from_json(sent))

    assert tablet.record == before
