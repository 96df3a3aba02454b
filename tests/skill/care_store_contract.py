"""What every store for caregivers must do: a test module subclasses this and gives it a `store`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any, Protocol, TypeVar

import pytest

from routines.plan import Plan
from skill.care.ports import CareStore, TakenError
from skill.care.records import (
    AuditRow,
    Caregiver,
    Command,
    CommandEvent,
    CommandKind,
    CommandState,
    Consent,
    ConsentKind,
    ConsentState,
    Device,
    DeviceKind,
    Grant,
    Invite,
    Live,
    Notice,
    NoticeRule,
    Person,
    Role,
    ScheduledRun,
    SignIn,
)
from skill.ports import ME, Held, LeaseLostError, Store
from skill.records import EventKind
from tests.skill import happenings
from tests.skill.store_contract import DAY, NOW, at, begin, wall_slides

T = TypeVar("T")


class BothStores(Store, CareStore, Protocol):
    """One object for both ports."""


RUTH = Person(id=ME, name="Ruth", zone="Europe/Berlin")
ANNA = Caregiver(id="anna", name="Anna", login="anna", owner=True, at=NOW)
BEN = Caregiver(id="ben", name="Ben", login="ben", owner=False, at=at(1))
PC = Device(id="pc", name="PC", kind=DeviceKind.PC, person=ME)
SCREEN = Device(id="screen", name="Tablet", kind=DeviceKind.SCREEN, person=ME, of="pc")
START = Command(
    id="c1",
    device="pc",
    person=ME,
    what=CommandKind.START,
    by="anna",
    made_at=NOW,
    not_after=at(60),
    routine="knee",
    note="Shall we?",
    at_once=True,
    slot="mon-9",
)
RUN = ScheduledRun(person=ME, slot="mon-9", day=date(2026, 11, 23), attempt=1, at=NOW)
NOTICE = Notice(key="done:s1", caregiver="anna", person=ME, kind="done", at=NOW)


def settle(store: CareStore) -> None:
    """Keep a household: Ruth with a PC and its screen, Anna who owns it, and Ben."""
    store.save_person(RUTH, NOW)
    store.add_caregiver(ANNA, "hash of anna")
    store.add_caregiver(BEN, "hash of ben")
    store.add_device(PC, "key of pc")
    store.add_device(SCREEN, "key of screen")


def said(kind: ConsentKind, state: ConsentState, second: int = 0, caregiver: str = "anna") -> Consent:
    """Return a word of Ruth."""
    return Consent(person=ME, caregiver=caregiver, kind=kind, state=state, at=at(second))


def live(second: int = 0, device: str = "pc", **state: Any) -> Live:
    """Return what a device does."""
    return Live(device=device, person=ME, session="s1", state=state, at=at(second))


def rings(store: CareStore, change: Callable[[], Any]) -> list[tuple[str, str, str]]:
    """Return topic, device and person of every change that something makes."""
    before = store.last_change()
    change()
    return [(each.topic, each.device, each.person) for each in store.changes(before)]


class CareStoreContract:
    """Run on every store."""

    @pytest.fixture(name="care")
    def _care(self, store: BothStores) -> BothStores:
        settle(store)
        return store

    # -- people and caregivers

    def test_people_come_back_by_name_with_what_was_said_last(self, store: BothStores) -> None:
        store.save_person(RUTH, NOW)
        store.save_person(Person(id="p2", name="Abe"), NOW)
        store.save_person(replace(RUTH, name="Ruth B", zone="UTC"), at(1))

        assert store.people() == (
            Person(id="p2", name="Abe"),
            Person(id=ME, name="Ruth B", zone="UTC"),
        )

    def test_somebody_of_whom_only_a_record_is_kept_is_not_among_the_people(self, store: BothStores) -> None:
        begin(store, person="alexa:1")

        assert store.people() == ()

    def test_naming_a_person_keeps_their_record(self, store: BothStores) -> None:
        begin(store)
        store.save_person(RUTH, NOW)

        assert len(store.history(ME)) == 1

    def test_caregivers_come_back_by_name(self, care: BothStores) -> None:
        assert care.caregivers() == (ANNA, BEN)

    def test_a_login_is_given_once(self, care: BothStores) -> None:
        with pytest.raises(TakenError) as caught:
            care.add_caregiver(Caregiver(id="x", name="Other", login="anna", owner=False, at=NOW), "h")

        assert caught.value.name == "anna"
        assert len(care.caregivers()) == 2

    def test_a_login_leads_to_its_caregiver_and_hash(self, care: BothStores) -> None:
        assert care.password_hash("anna") == ("anna", "hash of anna")
        assert care.password_hash("nobody") is None

    def test_another_password_signs_its_caregiver_out_everywhere_and_nobody_else(
        self, care: BothStores
    ) -> None:
        for key, who in (("k1", "anna"), ("k2", "anna"), ("k3", "ben")):
            care.add_sign_in(key, SignIn(caregiver=who, csrf="c", until=at(60)))

        care.set_password("anna", "another")

        assert care.password_hash("anna") == ("anna", "another")
        assert [care.sign_in(key, NOW) is None for key in ("k1", "k2", "k3")] == [True, True, False]

    def test_removing_a_caregiver_leaves_nothing_of_theirs_and_all_of_the_others(
        self, care: BothStores
    ) -> None:
        for who in ("anna", "ben"):
            care.add_sign_in(f"key of {who}", SignIn(caregiver=who, csrf="c", until=at(60)))
            care.set_grant(who, ME, Role.VIEW)
            care.add_consent(said(ConsentKind.DONE, ConsentState.GIVEN, caregiver=who))
            care.set_notice_rule(NoticeRule(caregiver=who, url="x://y", kinds=frozenset({"done"})))
            care.add_notice(replace(NOTICE, key=who, caregiver=who))
            care.set_feed(f"feed of {who}", ME, who)
            care.add_invite(Invite(id=who, by=who, until=at(60)), f"invite of {who}")

        care.remove_caregiver("anna", at(1))

        assert care.caregivers() == (BEN,)
        assert care.sign_in("key of anna", at(1)) is None
        assert care.sign_in("key of ben", at(1)) is not None
        assert care.password_hash("anna") is None
        assert [grant.caregiver for grant in care.grants()] == ["ben"]
        assert [word.caregiver for word in care.consent_log(ME)] == ["ben"]
        assert [rule.caregiver for rule in care.notice_rules()] == ["ben"]
        assert [notice.key for notice in care.take_notices(at(1), at(2))] == ["ben"]
        assert [care.feed_of(f"feed of {who}") for who in ("anna", "ben")] == [None, (ME, "ben")]
        assert [invite.id for invite in care.invites(at(1))] == ["ben"]

    def test_a_role_is_given_changed_and_taken_away(self, care: BothStores) -> None:
        care.set_grant("anna", ME, Role.VIEW)
        care.set_grant("ben", ME, Role.START)
        care.set_grant("anna", ME, Role.EDIT)
        assert care.grants() == (
            Grant(caregiver="anna", person=ME, role=Role.EDIT),
            Grant(caregiver="ben", person=ME, role=Role.START),
        )

        care.set_grant("anna", ME, None)
        care.set_grant("anna", ME, None)

        assert [grant.caregiver for grant in care.grants()] == ["ben"]

    def test_the_last_word_about_a_kind_counts_and_all_stay_on_record(self, care: BothStores) -> None:
        words = (
            said(ConsentKind.DONE, ConsentState.ASKED),
            said(ConsentKind.PAIN, ConsentState.ASKED),
            said(ConsentKind.DONE, ConsentState.GIVEN, 1),
            said(ConsentKind.DONE, ConsentState.REFUSED, 2, caregiver="ben"),
            said(ConsentKind.DONE, ConsentState.WITHDRAWN, 3),
        )
        for word in words:
            care.add_consent(word)

        assert care.consent_log(ME) == words
        assert set(care.consents(ME)) == {words[1], words[3], words[4]}
        assert care.consents("nobody") == ()

    def test_of_words_at_one_moment_the_later_said_counts(self, care: BothStores) -> None:
        care.add_consent(said(ConsentKind.DONE, ConsentState.WITHDRAWN))
        care.add_consent(said(ConsentKind.DONE, ConsentState.GIVEN))

        assert [word.state for word in care.consents(ME)] == [ConsentState.GIVEN]

    # -- ways in

    def test_devices_come_back_by_name_and_are_found_by_their_key(self, care: BothStores) -> None:
        assert care.devices() == (PC, SCREEN)
        assert care.device_of("key of screen") == SCREEN
        assert care.device_of("key of nobody") is None

    def test_a_device_that_is_paired_again_has_a_new_key(self, care: BothStores) -> None:
        care.add_device(replace(PC, name="A PC"), "new key")

        assert care.device_of("key of pc") is None
        assert care.device_of("new key") == replace(PC, name="A PC")
        assert len(care.devices()) == 2

    def test_a_device_that_was_heard_of_says_when(self, care: BothStores) -> None:
        care.saw_device("pc", at(5))
        care.saw_device("nobody", at(5))

        assert care.device_of("key of pc") == replace(PC, seen_at=at(5))

    def test_a_device_goes_with_its_screens_and_what_they_told(self, care: BothStores) -> None:
        care.set_live(live())
        care.set_live(live(device="screen"))

        care.remove_device("pc")
        care.remove_device("pc")

        assert care.devices() == ()
        assert care.device_of("key of screen") is None
        assert care.lives(ME) == ()

    def test_an_invite_is_taken_once(self, care: BothStores) -> None:
        invite = Invite(id="i", by="anna", until=at(60), owner=True, grants={ME: Role.EDIT, "p2": Role.VIEW})
        care.add_invite(invite, "secret")

        assert care.peek_invite("secret", at(1)) == invite
        assert care.invites(at(60)) == (invite,)
        assert care.take_invite("secret", at(60)) == invite
        assert care.take_invite("secret", at(60)) is None
        assert care.peek_invite("secret", at(1)) is None

    def test_an_invite_of_a_device_brings_the_device(self, care: BothStores) -> None:
        invite = Invite(id="i", by="anna", until=at(60), device=replace(SCREEN, id="s2", seen_at=at(2)))
        care.add_invite(invite, "secret")

        assert care.take_invite("secret", NOW) == invite

    def test_an_invite_that_is_too_late_never_was_or_was_taken_back_lets_nobody_in(
        self, care: BothStores
    ) -> None:
        for name in ("late", "back"):
            care.add_invite(Invite(id=name, by="", until=at(60)), name)
        care.remove_invite("back")

        assert care.peek_invite("late", at(61)) is None
        assert care.invites(at(61)) == ()
        assert [care.take_invite(name, at(61)) for name in ("late", "back", "never")] == [None] * 3

    def test_of_many_who_take_an_invite_at_once_one_gets_it(self, care: BothStores) -> None:
        care.add_invite(Invite(id="i", by="", until=at(60)), "secret")

        taken = _at_once(lambda _: care.take_invite("secret", NOW) is not None)

        assert sorted(taken) == [False] * 7 + [True]

    def test_a_sign_in_holds_until_its_time_is_over_or_it_ends(self, care: BothStores) -> None:
        sign_in = SignIn(caregiver="anna", csrf="token", until=at(60))
        for key in ("k1", "k2"):
            care.add_sign_in(key, sign_in)
        care.end_sign_in("k2")

        assert care.sign_in("k1", at(60)) == sign_in
        assert care.sign_in("k1", at(61)) is None
        assert [care.sign_in(key, NOW) for key in ("k2", "k3")] == [None, None]

    def test_a_caregiver_is_signed_out_everywhere(self, care: BothStores) -> None:
        for key, who in (("k1", "anna"), ("k2", "anna"), ("k3", "ben")):
            care.add_sign_in(key, SignIn(caregiver=who, csrf="c", until=at(60)))

        care.end_sign_ins("anna")

        assert [care.sign_in(key, NOW) is None for key in ("k1", "k2", "k3")] == [True, True, False]

    # -- commands and what devices do

    def test_a_command_comes_back_as_it_was_sent(self, care: BothStores) -> None:
        ask = replace(
            START,
            id="c2",
            what=CommandKind.ASK_CONSENT,
            routine=None,
            at_once=False,
            consent=(ConsentKind.PAIN, ConsentKind.DONE),
        )
        assert care.add_command(START) is True
        assert care.add_command(ask) is True

        for command in (START, ask):
            sent = care.sent(command.id)
            assert sent is not None
            assert (sent.command, sent.events, sent.state) == (command, (), None)
        assert care.sent("never") is None

    def test_a_command_sent_again_changes_nothing(self, care: BothStores) -> None:
        care.add_command(START)
        assert care.add_command_event("c1", CommandEvent(state=CommandState.DELIVERED, at=at(1)))

        assert rings(care, lambda: care.add_command(replace(START, note="other"))) == []

        assert care.add_command(replace(START, note="other")) is False
        sent = care.sent("c1")
        assert sent is not None
        assert (sent.command.note, sent.state) == ("Shall we?", CommandState.DELIVERED)

    def test_commands_come_in_the_order_in_which_they_were_sent(self, care: BothStores) -> None:
        for name in ("z", "a", "m"):
            care.add_command(replace(START, id=name))
        care.add_command(replace(START, id="old", made_at=at(-1)))
        care.add_command(replace(START, id="other", device="screen", made_at=at(1)))

        assert [sent.command.id for sent in care.sent_to("pc", NOW)] == ["z", "a", "m"]
        assert [sent.command.id for sent in care.sent_for(ME, NOW)] == ["z", "a", "m", "other"]
        assert care.sent_for("nobody", NOW) == ()

    def test_what_became_of_a_command_comes_in_order_each_state_once(self, care: BothStores) -> None:
        care.add_command(START)
        events = tuple(
            CommandEvent(state=state, at=at(1), detail=detail)
            for state, detail in (
                (CommandState.DELIVERED, ""),
                (CommandState.ACCEPTED, "s1"),
                (CommandState.DONE, "stopped"),
            )
        )

        assert [care.add_command_event("c1", event) for event in (*events, events[0])] == [
            True,
            True,
            True,
            False,
        ]
        assert care.sent_to("pc", NOW)[0].events == events

    def test_nothing_becomes_of_a_command_that_never_was(self, care: BothStores) -> None:
        event = CommandEvent(state=CommandState.DELIVERED, at=NOW)

        assert care.add_command_event("never", event) is False

    def test_of_many_who_deal_with_a_command_at_once_one_does(self, care: BothStores) -> None:
        care.add_command(START)
        event = CommandEvent(state=CommandState.DELIVERED, at=NOW)

        assert sorted(_at_once(lambda _: care.add_command_event("c1", event))) == [False] * 7 + [True]

    def test_of_many_who_send_one_command_at_once_one_does(self, care: BothStores) -> None:
        assert sorted(_at_once(lambda _: care.add_command(START))) == [False] * 7 + [True]

    def test_a_device_tells_what_it_does_now(self, care: BothStores) -> None:
        care.set_live(live(phase="working", set=2))
        care.set_live(live(1, "screen", phase="idle"))
        care.set_live(live(2, phase="resting", sides=["left", None]))

        assert care.live("pc") == live(2, phase="resting", sides=["left", None])
        assert [each.device for each in care.lives(ME)] == ["pc", "screen"]
        assert care.live("nobody") is None

    def test_a_device_that_is_not_paired_tells_nothing(self, care: BothStores) -> None:
        care.remove_device("pc")

        assert rings(care, lambda: care.set_live(live())) == []

        assert care.lives(ME) == ()

    def test_a_lease_is_its_holders_until_it_is_over_or_given_back(self, care: BothStores) -> None:
        assert care.take_lease("coach", "one", NOW, at(10)) == "one"
        assert care.take_lease("coach", "two", at(10), at(20)) == "one"
        assert care.take_lease("coach", "one", at(10), at(20)) == "one"
        assert care.take_lease("other", "two", at(10), at(20)) == "two"
        assert care.take_lease("coach", "two", at(21), at(30)) == "two"

        care.end_lease("coach", "one")
        assert care.take_lease("coach", "one", at(22), at(30)) == "two"

        care.end_lease("coach", "two")
        assert care.take_lease("coach", "one", at(22), at(30)) == "one"

    def test_a_lease_that_is_over_is_kept_as_long_as_nobody_else_has_had_it(self, care: BothStores) -> None:
        care.take_lease("coach", "one", NOW, at(10))

        assert care.keep_lease("coach", "one", at(70)) == "one"
        assert care.take_lease("coach", "two", at(69), at(80)) == "one"
        assert care.take_lease("coach", "two", at(71), at(80)) == "two"
        assert care.keep_lease("coach", "one", at(90)) == "two"
        assert care.take_lease("coach", "three", at(81), at(90)) == "three"

        care.end_lease("coach", "three")
        assert care.keep_lease("coach", "one", at(90)) == ""
        assert care.take_lease("coach", "two", at(82), at(90)) == "two"

    def test_where_a_session_stands_is_said_by_whoever_has_the_lease(self, care: BothStores) -> None:
        begin(care)
        care.take_lease("coach", "one", NOW, at(10))

        assert care.record("s1", [wall_slides(1)], {"n": 1}, at(60), held=Held("coach", "one")) == 1
        assert care.record("s1", [], {"n": 2}, at(61), held=Held("coach", "one")) == 0

        found = care.standing(ME, "s1")
        assert found is not None
        assert (found.snapshot, found.at) == ({"n": 2}, at(61))

    @pytest.mark.parametrize("given_back", [False, True])
    def test_whoever_has_lost_the_lease_writes_over_nothing(self, care: BothStores, given_back: bool) -> None:
        begin(care)
        care.take_lease("coach", "one", NOW, at(10))
        care.take_lease("coach", "two", at(20), at(30))
        care.record("s1", [wall_slides(2)], {"n": 2}, at(21), held=Held("coach", "two"))
        if given_back:
            care.end_lease("coach", "two")
        end = happenings.plain(at(22), EventKind.STOPPED)

        for events in ([wall_slides(1), end], [end], [], [wall_slides(1)]):
            with pytest.raises(LeaseLostError):
                care.record("s1", events, {"n": 1}, at(22), held=Held("coach", "one"))

        found, (record,) = care.standing(ME, "s1"), care.history(ME)
        assert found is not None
        assert (found.snapshot, found.at, record.ended_at) == ({"n": 2}, at(21), None)
        done = [wall_slides(2).key, wall_slides(1).key]
        assert [event.key for event in record.events] == ["started", *done]

    def test_an_unknown_session_is_a_key_error_also_for_whoever_has_the_lease(self, care: BothStores) -> None:
        care.take_lease("coach", "one", NOW, at(10))

        for events in ([], [wall_slides(1)]):
            with pytest.raises(KeyError, match="nobody"):
                care.record("nobody", events, {}, at(1), held=Held("coach", "one"))

    def test_of_many_who_take_a_lease_at_once_one_gets_it(self, care: BothStores) -> None:
        holders = _at_once(lambda n: care.take_lease("coach", f"h{n}", NOW, at(10)))

        assert len(set(holders)) == 1

    def test_who_is_here_rings_so_that_nobody_goes_by_what_they_knew(self, care: BothStores) -> None:
        abe = Person(id="p2", name="Abe")
        tom = replace(BEN, id="tom", login="tom")

        assert rings(care, lambda: care.save_person(abe, NOW)) == [("person", "", "p2")]
        assert rings(care, lambda: care.add_caregiver(tom, "hash of tom")) == [("household", "", "")]
        assert rings(care, lambda: care.add_device(replace(PC, id="d2", person="p2"), "key of d2")) == [
            ("household", "d2", "p2")
        ]
        assert rings(care, lambda: care.forget("p2")) == [("person", "", "")]

    def test_a_device_can_be_asked_for_by_itself_or_with_the_persons_others(self, care: BothStores) -> None:
        assert care.device("screen") == SCREEN
        assert care.device("gone") is None
        assert care.devices_of(ME) == care.devices()
        assert care.devices_of("gone") == ()

    def test_whatever_is_shown_rings(self, care: BothStores) -> None:
        care.add_command(replace(START, id="c0"))
        delivered = CommandEvent(state=CommandState.DELIVERED, at=NOW)
        consent = said(ConsentKind.DONE, ConsentState.GIVEN)
        done = replace(RUN, outcome="done")

        assert rings(care, lambda: care.add_command(START)) == [("command", "pc", ME)]
        assert rings(care, lambda: care.add_command_event("c1", delivered)) == [("command", "pc", ME)]
        assert rings(care, lambda: care.set_live(live())) == [("live", "pc", ME)]
        assert rings(care, lambda: care.add_consent(consent)) == [("consent", "", ME)]
        assert rings(care, lambda: care.set_grant("anna", ME, Role.VIEW)) == [("consent", "", ME)]
        assert rings(care, lambda: care.set_grant("anna", ME, None)) == [("consent", "", ME)]
        assert rings(care, lambda: care.save_week(ME, {}, "anna", NOW)) == [("week", "", ME)]
        assert rings(care, lambda: care.claim_run(RUN)) == [("week", "", ME)]
        assert rings(care, lambda: care.update_run(done)) == [("week", "", ME)]
        assert rings(care, lambda: care.remove_device("pc")) == [("live", "pc", "")]
        assert rings(care, lambda: care.remove_caregiver("ben", NOW)) == [("consent", "", "")]
        assert rings(care, lambda: care.add_change("week", "d", "p")) == [("week", "d", "p")]

    def test_what_is_added_to_a_session_rings_and_a_saved_state_does_not(self, care: BothStores) -> None:
        ring = [("session", "", ME)]

        assert rings(care, lambda: begin(care)) == ring
        assert rings(care, lambda: begin(care)) == []
        assert rings(care, lambda: care.record("s1", [wall_slides(1)], {}, at(1))) == ring
        assert rings(care, lambda: care.record("s1", [wall_slides(1)], {}, at(1))) == []
        assert rings(care, lambda: care.record("s1", [], {}, at(1))) == []

    def test_sessions_that_become_a_persons_by_a_link_ring(self, care: BothStores) -> None:
        begin(care, person="alexa:1")

        assert rings(care, lambda: care.set_alias("alexa:1", ME, at(1))) == [("session", "", ME)]
        assert rings(care, lambda: care.set_alias("alexa:2", ME, at(2))) == []

    def test_what_was_claimed_or_sent_already_does_not_ring(self, care: BothStores) -> None:
        care.add_command(START)
        delivered = CommandEvent(state=CommandState.DELIVERED, at=NOW)
        care.add_command_event("c1", delivered)
        care.claim_run(RUN)

        assert rings(care, lambda: care.add_command_event("c1", delivered)) == []
        assert rings(care, lambda: care.claim_run(RUN)) == []

    def test_changes_are_numbered_and_the_newest_is_the_last(self, store: BothStores) -> None:
        assert (store.last_change(), store.changes(0)) == (0, ())

        for _ in range(3):
            store.add_change("live", "pc", ME)

        numbers = [change.id for change in store.changes(0)]
        assert numbers == sorted(set(numbers))
        assert store.last_change() == numbers[-1]
        assert [change.id for change in store.changes(numbers[0])] == numbers[1:]
        assert store.changes(numbers[-1]) == ()

    def test_changes_made_at_once_are_all_seen_by_whoever_reads_on(self, store: BothStores) -> None:
        def make(n: int) -> list[int]:
            if n % 2:
                store.add_change("live", f"d{n}", ME)
                return []
            after = store.last_change()
            return [change.id for change in store.changes(after)]

        _at_once(make, 40)

        assert len({change.device for change in store.changes(0)}) == 20
        assert len(store.changes(0)) == 20

    # -- weeks

    def test_the_latest_week_counts_and_every_version_is_kept(self, care: BothStores) -> None:
        assert (care.week(ME), care.week_versions(ME)) == (None, ())

        care.save_week(ME, {"days": ["mon"], "most": 1}, "anna", NOW)
        care.save_week(ME, {"days": [], "most": None}, "ben", at(1))

        versions = [(v.version, v.document, v.by, v.at) for v in care.week_versions(ME)]
        assert versions == [
            (1, {"days": ["mon"], "most": 1}, "anna", NOW),
            (2, {"days": [], "most": None}, "ben", at(1)),
        ]
        assert care.week(ME) == care.week_versions(ME)[1]

    def test_weeks_saved_at_once_are_all_kept(self, care: BothStores) -> None:
        _at_once(lambda n: care.save_week(ME, n, "anna", NOW))

        assert [v.version for v in care.week_versions(ME)] == list(range(1, 9))
        assert sorted(v.document for v in care.week_versions(ME)) == list(range(8))

    def test_a_time_is_claimed_once(self, care: BothStores) -> None:
        assert care.claim_run(RUN) is True
        assert care.claim_run(replace(RUN, at=at(5))) is False
        assert care.claim_run(replace(RUN, attempt=2, at=at(60))) is True
        assert care.claim_run(replace(RUN, slot="tue-9", day=date(2026, 11, 24), at=NOW + DAY)) is True

        assert [(run.slot, run.attempt) for run in care.runs(ME, RUN.day)] == [
            ("mon-9", 1),
            ("mon-9", 2),
            ("tue-9", 1),
        ]
        assert [run.slot for run in care.runs(ME, date(2026, 11, 24))] == ["tue-9"]

    def test_a_claimed_time_keeps_what_became_of_it(self, care: BothStores) -> None:
        care.claim_run(RUN)
        done = replace(RUN, command="c1", outcome="done")

        care.update_run(done)
        care.update_run(replace(done, slot="never"))

        assert care.runs(ME, RUN.day) == (done,)

    def test_of_many_who_claim_a_time_at_once_one_gets_it(self, care: BothStores) -> None:
        assert sorted(_at_once(lambda _: care.claim_run(RUN))) == [False] * 7 + [True]

    # -- telling caregivers

    def test_a_rule_takes_the_place_of_the_one_before_and_ends_with_no_kinds(self, care: BothStores) -> None:
        rule = NoticeRule(caregiver="anna", url="mailto://x", kinds=frozenset({"done", "pain"}))
        care.set_notice_rule(replace(rule, url="mailto://old"))
        care.set_notice_rule(rule)
        assert care.notice_rules() == (rule,)

        care.set_notice_rule(replace(rule, kinds=frozenset()))
        assert care.notice_rules() == ()

    def test_a_message_is_kept_once_and_tried_until_it_is_ended(self, care: BothStores) -> None:
        assert [care.add_notice(NOTICE), care.add_notice(NOTICE)] == [True, False]

        assert care.take_notices(at(-1), at(60)) == ()
        assert care.take_notices(NOW, at(60)) == (replace(NOTICE, tries=1),)
        assert care.take_notices(at(59), at(60)) == ()
        assert care.take_notices(at(60), at(120)) == (replace(NOTICE, tries=2),)

        care.end_notice(NOTICE.key, at(61))
        assert care.take_notices(at(500), at(600)) == ()
        assert care.add_notice(NOTICE) is False

    def test_of_many_who_take_messages_at_once_each_is_got_once(self, care: BothStores) -> None:
        for n in range(5):
            care.add_notice(replace(NOTICE, key=str(n)))

        taken = _at_once(lambda _: [notice.key for notice in care.take_notices(NOW, at(60))])

        assert sorted(key for keys in taken for key in keys) == list("01234")

    def test_of_many_who_write_a_message_at_once_one_does(self, care: BothStores) -> None:
        assert sorted(_at_once(lambda _: care.add_notice(NOTICE))) == [False] * 7 + [True]

    # -- the rest

    def test_the_record_of_changes_is_newest_first_and_as_long_as_asked(self, care: BothStores) -> None:
        rows = [
            AuditRow(at=NOW, by="anna", action=f"a{n}", subject=ME, data={"n": n, "of": [n]})
            for n in range(3)
        ]
        for row in rows:
            care.add_audit(row)

        assert care.audit(2) == (rows[2], rows[1])
        assert care.audit(9) == tuple(reversed(rows))

    def test_rows_of_the_record_written_at_once_are_all_kept(self, care: BothStores) -> None:
        _at_once(lambda n: care.add_audit(AuditRow(at=NOW, by="b", action=str(n), subject="s")))

        assert sorted(row.action for row in care.audit(99)) == list("01234567")

    def test_the_latest_text_of_a_routine_counts_and_every_version_is_kept(self, care: BothStores) -> None:
        care.save_routine_text("mine", "a: 1", "anna", NOW)
        care.save_routine_text("mine", "a: 2", "ben", at(1))
        care.save_routine_text("other", "b: 1", "anna", at(2))

        latest = care.routine_text("mine")
        assert latest is not None
        assert (latest.version, latest.document, latest.by, latest.at) == (2, "a: 2", "ben", at(1))
        assert {name: text.document for name, text in care.routine_texts().items()} == {
            "mine": "a: 2",
            "other": "b: 1",
        }
        assert [version.document for version in care.routine_versions("mine")] == ["a: 1", "a: 2"]
        assert care.routine_text("never") is None

    def test_a_routine_taken_out_of_use_keeps_its_versions_and_can_come_back(self, care: BothStores) -> None:
        care.save_routine_text("mine", "a: 1", "anna", NOW)
        care.save_routine_text("mine", None, "anna", at(1))
        assert (care.routine_text("mine"), dict(care.routine_texts())) == (None, {})

        care.save_routine_text("mine", "a: 3", "anna", at(2))

        assert [version.document for version in care.routine_versions("mine")] == ["a: 1", None, "a: 3"]
        assert set(care.routine_texts()) == {"mine"}

    def test_a_feed_has_one_address_for_each_caregiver_and_person(self, care: BothStores) -> None:
        care.set_feed("old", ME, "anna")
        care.set_feed("bens", ME, "ben")
        care.set_feed("new", ME, "anna")

        found = [care.feed_of(key) for key in ("old", "new", "bens")]
        assert found == [None, (ME, "anna"), (ME, "ben")]

    # -- people who are not there

    @pytest.mark.parametrize(
        "keep",
        [
            lambda store: store.add_consent(
                replace(said(ConsentKind.DONE, ConsentState.GIVEN), person="gone")
            ),
            lambda store: store.add_consent(said(ConsentKind.DONE, ConsentState.GIVEN, caregiver="gone")),
            lambda store: store.set_grant("anna", "gone", Role.VIEW),
            lambda store: store.set_grant("gone", ME, Role.VIEW),
            lambda store: store.add_device(replace(PC, person="gone"), "k"),
            lambda store: store.add_device(replace(SCREEN, of="gone"), "k"),
            lambda store: store.add_command(replace(START, person="gone")),
            lambda store: store.save_week("gone", {}, "anna", NOW),
            lambda store: store.add_sign_in("k", SignIn(caregiver="gone", csrf="c", until=NOW)),
            lambda store: store.set_notice_rule(
                NoticeRule(caregiver="gone", url="u", kinds=frozenset({"done"}))
            ),
            lambda store: store.set_feed("k", "gone", "anna"),
        ],
    )
    def test_nothing_is_kept_about_somebody_who_is_not_there(
        self, care: BothStores, keep: Callable[[CareStore], object]
    ) -> None:
        with pytest.raises(KeyError, match="gone"):
            keep(care)

    def test_nothing_is_claimed_or_told_about_somebody_who_is_not_there(self, care: BothStores) -> None:
        assert care.claim_run(replace(RUN, person="gone")) is False
        assert care.add_notice(replace(NOTICE, person="gone")) is False
        assert care.add_notice(replace(NOTICE, caregiver="gone")) is False

    def test_forgetting_a_person_leaves_nothing_of_them_here_either(self, care: BothStores) -> None:
        other = Person(id="p2", name="Abe")
        care.save_person(other, NOW)
        care.add_device(Device(id="d2", name="Abe's", kind=DeviceKind.BROWSER, person="p2"), "key of d2")
        for person, device in ((ME, "pc"), ("p2", "d2")):
            fill(care, person, device)

        care.forget(ME)

        assert care.people() == (other,)
        assert [device.id for device in care.devices()] == ["d2"]
        assert [grant.person for grant in care.grants()] == ["p2"]
        for person, left in ((ME, 0), ("p2", 1)):
            kept: list[tuple[object, ...]] = [
                care.consents(person),
                care.consent_log(person),
                care.sent_for(person, NOW),
                care.lives(person),
                care.week_versions(person),
                care.runs(person, RUN.day),
            ]
            assert [len(each) for each in kept] == [left] * len(kept)
            assert (care.feed_of(f"feed {person}") is not None) == bool(left)
            assert (care.peek_invite(f"invite {person}", NOW) is not None) == bool(left)
        assert [notice.person for notice in care.take_notices(NOW, at(1))] == ["p2"]
        assert {row.subject: dict(row.data) for row in care.audit(9)} == {ME: {}, "p2": {"name": "p2"}}
        assert len(care.caregivers()) == 2

    def test_forgetting_rings_and_takes_no_number_back(self, care: BothStores) -> None:
        fill(care, ME, "pc")
        before = care.last_change()

        care.forget(ME)

        assert [change.topic for change in care.changes(before)] == ["person"]
        assert {change.person for change in care.changes(0)} == {""}


def fill(care: BothStores, person: str, device: str) -> None:
    """Keep something of everything about a person."""
    begin(care, f"session {person}", person)
    care.save_plan(person, Plan(), "anna", NOW)
    care.set_grant("anna", person, Role.EDIT)
    care.add_consent(replace(said(ConsentKind.DONE, ConsentState.GIVEN), person=person))
    care.add_command(replace(START, id=f"c {person}", person=person, device=device))
    care.add_command_event(f"c {person}", CommandEvent(state=CommandState.DELIVERED, at=NOW))
    care.set_live(replace(live(), device=device, person=person))
    care.save_week(person, {}, "anna", NOW)
    care.claim_run(replace(RUN, person=person))
    care.add_notice(replace(NOTICE, key=person, person=person))
    care.set_feed(f"feed {person}", person, "anna")
    care.add_invite(
        Invite(id=f"i {person}", by="anna", until=at(60), grants={person: Role.VIEW}), f"invite {person}"
    )
    care.add_audit(AuditRow(at=NOW, by="anna", action="x", subject=person, data={"name": person}))


def _at_once(ask: Callable[[int], T], times: int = 8) -> list[T]:
    """Return what many get who ask at the same moment."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(ask, range(times)))
