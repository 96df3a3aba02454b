"""What every store must do: a test module subclasses `StoreContract` and gives it a `store`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from routines.model import Barrier, Side
from routines.plan import CountStyle, Level, Plan
from skill import records
from skill.ports import ME, Store
from skill.records import EventKind, Question, SessionEvent, StopReason
from tests.skill import happenings

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PLAN = Plan(level=Level.FULL, count=CountStyle.FIVES, without=frozenset({Barrier.KNEEL}))


def at(seconds: int) -> datetime:
    """Return a moment so many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def wall_slides(set_number: int, side: Side | None = None, second: int = 1) -> SessionEvent:
    """Return the event of a set of wall slides done."""
    return happenings.block_done(
        at(second), exercise="wall-slides", set_number=set_number, side=side, work_ms=30_000
    )


def begin(store: Store, session_id: str = "s1", person: str = ME, when: datetime = NOW) -> None:
    """Begin a session."""
    about = records.exercises_data([("wall-slides", 2)])
    store.begin(session_id, person, "knee", PLAN, "pc", when, {"v": 1, "block": 0}, about)


class StoreContract:
    """Run on every store."""

    def test_a_session_comes_back_as_it_was_begun(self, store: Store) -> None:
        begin(store)

        (session,) = store.history(ME)

        assert (session.session_id, session.person, session.routine_id) == ("s1", ME, "knee")
        assert (session.plan, session.device, session.at, session.ended_at) == (PLAN, "pc", NOW, None)

    def test_a_session_starts_with_its_started_event(self, store: Store) -> None:
        begin(store)

        (event,) = store.history(ME)[0].events

        assert (event.kind, event.key, event.seq, event.at) == (EventKind.STARTED, "started", 1, NOW)
        assert event.data == {"exercises": [["wall-slides", 2]]}

    def test_beginning_the_same_session_again_changes_nothing(self, store: Store) -> None:
        begin(store)
        store.record("s1", [wall_slides(1)], {"v": 1, "block": 1}, at(1))
        before = store.history(ME)

        begin(store, when=at(60))

        assert store.history(ME) == before

    def test_events_come_back_in_order_with_their_data(self, store: Store) -> None:
        begin(store)
        left, right = wall_slides(1, Side.LEFT), wall_slides(1, Side.RIGHT, 2)
        hurt = happenings.pain(at(3), "wall-slides/2/-")

        assert store.record("s1", [left], {}, at(1)) == 1
        assert store.record("s1", [right, hurt], {}, at(3)) == 2

        events = store.history(ME)[0].events[1:]
        assert events == (replace(left, seq=2), replace(right, seq=3), replace(hurt, seq=4))

    def test_an_event_recorded_again_counts_once_and_stays_as_it_was(self, store: Store) -> None:
        begin(store)
        store.record("s1", [wall_slides(1)], {"block": 1}, at(1))

        assert store.record("s1", [wall_slides(1, second=9)], {"block": 1}, at(9)) == 0
        assert store.record("s1", [wall_slides(1), wall_slides(2), wall_slides(2)], {"block": 2}, at(9)) == 1

        keys = [event.key for event in store.history(ME)[0].events]
        assert keys == ["started", "done:wall-slides/1/-:0", "done:wall-slides/2/-:0"]
        assert store.history(ME)[0].events[1].at == at(1)

    def test_a_set_repeated_on_purpose_is_an_event_of_its_own(self, store: Store) -> None:
        begin(store)
        again = happenings.block_done(
            at(2), exercise="wall-slides", set_number=1, side=None, work_ms=9, again=1
        )

        assert store.record("s1", [wall_slides(1), again], {}, at(2)) == 2

    def test_a_repeated_message_does_not_bring_an_old_state_back(self, store: Store) -> None:
        begin(store)
        store.record("s1", [wall_slides(1)], {"block": 1}, at(1))
        store.record("s1", [wall_slides(2)], {"block": 2}, at(2))

        store.record("s1", [wall_slides(1)], {"block": 1}, at(3))

        found = store.interrupted(ME, at(4), DAY)
        assert found is not None
        assert (found.snapshot, found.at) == ({"block": 2}, at(2))

    def test_a_state_can_be_saved_without_events(self, store: Store) -> None:
        begin(store)

        assert store.record("s1", [], {"block": 0, "offset_ms": 1200}, at(5)) == 0

        found = store.interrupted(ME, at(6), DAY)
        assert found is not None
        assert (found.snapshot, found.at) == ({"block": 0, "offset_ms": 1200}, at(5))

    def test_recording_to_an_unknown_session_is_a_key_error(self, store: Store) -> None:
        with pytest.raises(KeyError, match="nobody"):
            store.record("nobody", [wall_slides(1)], {}, at(1))

    def test_a_state_or_data_that_is_too_long_is_refused_and_nothing_is_kept(self, store: Store) -> None:
        begin(store)
        before = store.history(ME)
        long = SessionEvent(at=NOW, kind=EventKind.PAIN, key="pain:x", data={"place": "x" * 1100})

        with pytest.raises(ValueError, match=r"snapshot: 20.. bytes as JSON"):
            store.record("s1", [wall_slides(1)], {"x": "x" * 2048}, at(1))
        with pytest.raises(ValueError, match=r"pain:x: 11.. bytes as JSON"):
            store.record("s1", [wall_slides(1), long], {}, at(1))

        assert store.history(ME) == before

    def test_an_interrupted_session_is_offered_with_where_it_stood(self, store: Store) -> None:
        begin(store)
        store.record("s1", [wall_slides(1)], {"v": 1, "block": 1}, at(40))

        found = store.interrupted(ME, at(60), timedelta(hours=1))

        assert found is not None
        assert (found.session_id, found.routine_id, found.plan, found.device) == ("s1", "knee", PLAN, "pc")
        assert (found.snapshot, found.at) == ({"v": 1, "block": 1}, at(40))

    def test_where_a_session_stands_is_known_also_when_it_is_over(self, store: Store) -> None:
        begin(store)
        store.record("s1", [happenings.plain(at(5), EventKind.DONE)], {"v": 1, "block": 9}, at(5))

        found = store.standing(ME, "s1")

        assert found is not None
        assert (found.routine_id, found.snapshot, found.at) == ("knee", {"v": 1, "block": 9}, at(5))
        assert store.standing(ME, "s2") is None
        assert store.standing("somebody-else", "s1") is None

    def test_one_that_was_broken_off_politely_is_offered_too(self, store: Store) -> None:
        begin(store)
        store.record("s1", [happenings.plain(at(5), EventKind.INTERRUPTED)], {}, at(5))

        assert store.interrupted(ME, at(6), DAY) is not None

    @pytest.mark.parametrize(
        "end",
        [
            happenings.plain(at(9), EventKind.DONE),
            happenings.plain(at(9), EventKind.LEFT),
            *(happenings.stopped(at(9), why) for why in StopReason),
        ],
        ids=lambda event: f"{event.kind}-{event.data.get('reason', '')}",
    )
    def test_a_session_with_an_end_is_not_offered(self, store: Store, end: SessionEvent) -> None:
        begin(store)
        store.record("s1", [end], {}, at(9))

        assert store.interrupted(ME, at(10), DAY) is None
        assert store.history(ME)[0].ended_at == at(9)

    def test_answers_after_the_end_do_not_move_it(self, store: Store) -> None:
        begin(store)
        store.record("s1", [happenings.plain(at(9), EventKind.DONE)], {}, at(9))
        store.record("s1", [happenings.answered(at(3600), Question.NEXT_DAY, value=False)], {}, at(3600))
        store.record("s1", [happenings.stopped(at(3700), StopReason.PERSON)], {}, at(3700))

        assert store.history(ME)[0].ended_at == at(9)
        assert store.history(ME)[0].events[2].data == {"what": "next_day", "value": False}

    def test_one_that_was_saved_too_long_ago_is_not_offered(self, store: Store) -> None:
        begin(store)

        assert store.interrupted(ME, NOW + DAY, DAY) is not None
        assert store.interrupted(ME, NOW + DAY + timedelta(seconds=1), DAY) is None

    def test_of_several_the_one_saved_last_is_offered(self, store: Store) -> None:
        for second, session_id in enumerate(("s1", "s2", "s3")):
            begin(store, session_id, when=at(second))
        store.record("s3", [happenings.plain(at(3), EventKind.DONE)], {}, at(3))
        store.record("s1", [wall_slides(1)], {}, at(4))

        found = store.interrupted(ME, at(5), DAY)

        assert found is not None
        assert found.session_id == "s1"

    def test_history_is_oldest_first_and_begins_where_asked(self, store: Store) -> None:
        for session_id, when in (("b", at(20)), ("a", at(10)), ("c", at(30))):
            begin(store, session_id, when=when)

        assert [session.session_id for session in store.history(ME)] == ["a", "b", "c"]
        assert [session.session_id for session in store.history(ME, at(20))] == ["b", "c"]

    def test_the_last_session_is_the_one_begun_last(self, store: Store) -> None:
        assert store.last_session(ME) is None

        begin(store, "b", when=at(20))
        begin(store, "a", when=at(10))
        store.record("b", [wall_slides(1)], {}, at(21))

        last = store.last_session(ME)
        assert last is not None
        assert (last.session_id, len(last.events)) == ("b", 2)

    def test_times_are_kept_in_utc_to_the_millisecond(self, store: Store) -> None:
        zone = timezone(timedelta(hours=5, minutes=30))
        begin(store, when=datetime(2026, 11, 22, 14, 30, 0, 123_999, tzinfo=zone))

        assert store.history(ME)[0].at == datetime(2026, 11, 22, 9, 0, 0, 123_000, tzinfo=UTC)

    def test_a_time_without_a_zone_is_refused(self, store: Store) -> None:
        with pytest.raises(ValueError, match="has no time zone"):
            begin(store, when=datetime(2026, 11, 22))  # noqa: DTZ001 - on purpose

    def test_a_person_without_a_plan_has_the_default_one(self, store: Store) -> None:
        assert store.plan(ME) == Plan()
        assert store.plan_versions(ME) == ()

    def test_the_latest_plan_wins_and_every_version_is_kept(self, store: Store) -> None:
        store.save_plan(ME, PLAN, "me", NOW)
        store.save_plan(ME, PLAN.slower(), "anna", at(5))

        assert store.plan(ME) == PLAN.slower()
        versions = [(v.version, v.plan, v.by, v.at) for v in store.plan_versions(ME)]
        assert versions == [(1, PLAN, "me", NOW), (2, PLAN.slower(), "anna", at(5))]

    def test_saving_the_same_plan_makes_no_new_version(self, store: Store) -> None:
        store.save_plan(ME, PLAN, "me", NOW)
        store.save_plan(ME, PLAN, "anna", at(5))

        assert len(store.plan_versions(ME)) == 1

    def test_people_do_not_see_each_other(self, store: Store) -> None:
        begin(store, "s1", ME)
        begin(store, "s2", "anna")
        store.save_plan("anna", PLAN, "anna", NOW)

        assert [session.session_id for session in store.history("anna")] == ["s2"]
        assert store.plan(ME) == Plan()

    def test_forgetting_a_person_leaves_nothing_of_them_and_all_of_the_others(self, store: Store) -> None:
        for session_id, person in (("s1", ME), ("s2", "anna")):
            begin(store, session_id, person)
            store.save_plan(person, PLAN, person, NOW)

        store.forget(ME)

        assert (store.history(ME), store.plan_versions(ME)) == ((), ())
        assert (store.last_session(ME), store.interrupted(ME, NOW, DAY)) == (None, None)
        assert len(store.history("anna")) == len(store.plan_versions("anna")) == 1

    def test_a_forgotten_person_can_begin_anew(self, store: Store) -> None:
        begin(store)
        store.forget(ME)
        store.forget("nobody")

        begin(store)

        assert len(store.history(ME)) == 1

    def test_a_note_is_there_until_it_is_noted_otherwise(self, store: Store) -> None:
        assert store.note(ME, "delivery:echo") is None

        store.set_note(ME, "delivery:echo", "ssml", NOW)
        store.set_note(ME, "delivery:echo", {"way": "audio", "tries": [1, 2]}, at(1))
        store.set_note(ME, "offered", "knee", at(1))

        assert store.note(ME, "delivery:echo") == {"way": "audio", "tries": [1, 2]}
        assert store.note(ME, "offered") == "knee"

    @pytest.mark.parametrize("value", [False, 0, "", [], {}, 1.5, "ä" * 500])
    def test_any_small_value_can_be_noted(self, store: Store, value: Any) -> None:
        store.set_note(ME, "k", value, NOW)

        assert store.note(ME, "k") == value
        assert type(store.note(ME, "k")) is type(value)

    def test_noting_nothing_deletes_the_note(self, store: Store) -> None:
        store.set_note(ME, "k", 1, NOW)

        store.set_note(ME, "k", None, at(1))
        store.set_note(ME, "never", None, at(1))

        assert store.note(ME, "k") is None

    def test_a_note_that_is_too_long_is_refused_and_the_one_before_stays(self, store: Store) -> None:
        store.set_note(ME, "k", 1, NOW)

        with pytest.raises(ValueError, match="k: 1025 bytes as JSON"):
            store.set_note(ME, "k", "x" * 1023, at(1))

        assert store.note(ME, "k") == 1

    def test_notes_are_each_persons_own_and_go_with_them(self, store: Store) -> None:
        for person in (ME, "anna"):
            store.set_note(person, "k", person, NOW)

        store.forget(ME)

        assert store.note(ME, "k") is None
        assert store.note("anna", "k") == "anna"

    def test_a_key_is_new_once(self, store: Store) -> None:
        assert [store.seen("request-1", at(n), DAY) for n in range(3)] == [False, True, True]
        assert store.seen("request-2", at(3), DAY) is False

    def test_a_key_is_new_again_when_its_time_is_over(self, store: Store) -> None:
        keep = timedelta(seconds=150)

        assert store.seen("request-1", NOW, keep) is False
        assert store.seen("request-1", at(150), keep) is True
        assert store.seen("request-1", at(151), keep) is False
        assert store.seen("request-1", at(152), keep) is True

    def test_a_key_is_kept_as_long_as_it_was_claimed_for_whatever_others_ask(self, store: Store) -> None:
        store.seen("long", NOW, DAY)
        store.seen("short", NOW, timedelta(seconds=1))

        assert store.seen("long", at(3600), timedelta(seconds=1)) is True
        assert store.seen("short", at(3600), DAY) is False

    def test_of_many_who_claim_a_key_at_once_one_gets_it(self, store: Store) -> None:
        with ThreadPoolExecutor(8) as pool:
            for key in ("a", "b", "c"):
                answers = list(pool.map(lambda _, key=key: store.seen(key, NOW, DAY), range(8)))

                assert sorted(answers) == [False] + [True] * 7

    def test_a_link_code_leads_to_its_person_once(self, store: Store) -> None:
        code = store.new_link_code(ME, NOW, timedelta(minutes=10))

        assert (len(code), code.isdecimal(), code[0] != "0") == (6, True, True)
        assert store.take_link_code(code, at(600)) == ME
        assert store.take_link_code(code, at(600)) is None

    def test_a_link_code_that_is_too_late_or_never_was_leads_to_nobody(self, store: Store) -> None:
        code = store.new_link_code(ME, NOW, timedelta(minutes=10))

        assert store.take_link_code("000000", NOW) is None
        assert store.take_link_code(code, at(601)) is None

    def test_a_new_link_code_takes_the_place_of_the_persons_old_one_alone(self, store: Store) -> None:
        valid = timedelta(minutes=10)
        annas = store.new_link_code("anna", NOW, valid)
        old, new = (store.new_link_code(ME, at(n), valid) for n in range(2))

        assert len({annas, old, new}) == 3
        assert store.take_link_code(old, at(2)) is None
        assert store.take_link_code(new, at(2)) == ME
        assert store.take_link_code(annas, at(2)) == "anna"

    def test_the_link_code_of_a_forgotten_person_leads_to_nobody(self, store: Store) -> None:
        code = store.new_link_code(ME, NOW, DAY)

        store.forget(ME)

        assert store.take_link_code(code, at(1)) is None

    def test_an_alias_leads_to_its_person_and_any_other_name_to_itself(self, store: Store) -> None:
        store.set_alias("alexa:1", ME, NOW)
        store.set_alias("alexa:2", ME, NOW)

        names = ("alexa:1", "alexa:2", ME, "anna")
        assert [store.person_of(name) for name in names] == [ME, ME, ME, "anna"]

    def test_an_alias_can_be_given_to_somebody_else_and_taken_back(self, store: Store) -> None:
        store.set_alias("alexa:1", ME, NOW)
        store.set_alias("alexa:1", "anna", at(1))
        assert store.person_of("alexa:1") == "anna"

        store.set_alias("alexa:1", "alexa:1", at(2))
        assert store.person_of("alexa:1") == "alexa:1"

    def test_aliases_of_aliases_lead_to_the_one_person(self, store: Store) -> None:
        store.set_alias("b", "c", NOW)
        store.set_alias("a", "b", at(1))
        assert store.person_of("a") == "c"

        store.set_alias("c", "d", at(2))
        assert [store.person_of(name) for name in "abcd"] == ["d"] * 4

    def test_two_names_of_one_person_never_lead_round_in_a_circle(self, store: Store) -> None:
        store.set_alias("a", "b", NOW)
        store.set_alias("b", "a", at(1))

        assert [store.person_of(name) for name in "ab"] == ["b", "b"]

    @pytest.mark.parametrize(("forgotten", "kept"), [("alexa:1", {ME}), (ME, set())])
    def test_forgetting_a_name_keeps_the_person_and_forgetting_a_person_no_name(
        self, store: Store, forgotten: str, kept: set[str]
    ) -> None:
        store.set_note("alexa:1", "k", 1, NOW)
        store.set_note(ME, "k", 2, NOW)
        store.set_alias("alexa:1", ME, NOW)

        store.forget(forgotten)

        assert store.person_of("alexa:1") == "alexa:1"
        assert {name for name in ("alexa:1", ME) if store.note(name, "k")} == kept

    def test_what_was_done_under_an_alias_before_is_the_persons_from_then_on(self, store: Store) -> None:
        begin(store, "mine", ME)
        begin(store, "said", "alexa:1")

        store.set_alias("alexa:1", ME, at(1))

        assert {record.session_id for record in store.history(ME)} == {"mine", "said"}
        assert store.history("alexa:1") == ()
        assert store.standing(ME, "said") is not None
        store.record("said", [SessionEvent(at=at(2), kind=EventKind.DONE, key="done")], {}, at(2))
        assert {record.session_id: record.ended_at for record in store.history(ME)}["said"] == at(2)

    def test_the_sessions_of_an_alias_stay_when_the_alias_is_forgotten_and_go_with_the_person(
        self, store: Store
    ) -> None:
        begin(store, "said", "alexa:1")
        store.set_alias("alexa:1", ME, at(1))

        store.forget("alexa:1")
        assert len(store.history(ME)) == 1

        store.forget(ME)
        assert store.history(ME) == store.history("alexa:1") == ()

    def test_the_plan_of_an_alias_is_taken_by_a_person_who_has_none(self, store: Store) -> None:
        store.save_plan("alexa:1", Plan(rest_s=45), "alexa", NOW)

        store.set_alias("alexa:1", ME, at(1))

        assert store.plan(ME).rest_s == 45
        assert store.plan_versions("alexa:1") == ()

    def test_a_persons_own_plan_is_kept_whatever_an_alias_had(self, store: Store) -> None:
        store.save_plan("alexa:1", Plan(rest_s=45), "alexa", NOW)
        store.save_plan(ME, Plan(rest_s=60), "pc", NOW)

        store.set_alias("alexa:1", ME, at(1))

        assert [version.plan.rest_s for version in store.plan_versions(ME)] == [60]

    def test_a_healthy_store_says_so(self, store: Store) -> None:
        begin(store)

        check = store.check()

        assert (check.sound, check.detail, check.writable, check.private) == (True, "ok", True, True)

    def test_closing_twice_is_harmless(self, store: Store) -> None:
        store.close()
        store.close()
