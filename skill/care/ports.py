"""What caregivers' use cases need from the world: a store, and a bell that rings when something changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol

from skill.care.records import (
    AuditRow,
    Caregiver,
    Change,
    Command,
    CommandEvent,
    Consent,
    Device,
    Grant,
    Invite,
    Live,
    Notice,
    NoticeRule,
    Person,
    Role,
    ScheduledRun,
    Sent,
    SignIn,
    Version,
)


class TakenError(ValueError):
    """A name that somebody in this household has already. `name` is the name."""

    def __init__(self, name: str) -> None:
        """Keep the name."""
        super().__init__(f"{name!r} is taken")
        self.name = name


class CareStore(Protocol):
    """Keeps one household's caregivers and all that is about them. Every method may raise `StoreError`.

    As with `skill.ports.Store`: what a method has kept when it returns is there after a kill; any thread may
    call; several processes may share one. Whatever changes commands, live states, consents, roles, weeks or
    sessions, or who is here, also adds a `Change`.

    What is about a person or a caregiver needs one that is kept (`save_person`, `add_caregiver`): KeyError if
    there is none, or no longer. So nothing comes back about somebody who was deleted a moment ago.
    """

    # -- people and caregivers
    def people(self) -> tuple[Person, ...]:
        """Return everyone that `save_person` was told of, by name. The household's first has the id `ME`."""

    def save_person(self, person: Person, at: datetime) -> None:
        """Keep a person's name and zone, new or in place of the old ones.

        `Store.forget` deletes a person, and with them all that is here about them.
        """

    def caregivers(self) -> tuple[Caregiver, ...]:
        """Return everyone who can sign in, by name."""

    def add_caregiver(self, caregiver: Caregiver, password_hash: str) -> None:
        """Keep a new caregiver. `TakenError` if the login is taken."""

    def password_hash(self, login: str) -> tuple[str, str] | None:
        """Return a caregiver's id and the hash of their password; None if there is no such login."""

    def set_password(self, caregiver: str, password_hash: str) -> None:
        """Keep another password; every sign-in of theirs ends."""

    def remove_caregiver(self, caregiver: str, at: datetime) -> None:
        """Delete a caregiver with their sign-ins, grants, consents, feeds, notices, and invites they made."""

    def grants(self) -> tuple[Grant, ...]:
        """Return every role that is given."""

    def set_grant(self, caregiver: str, person: str, role: Role | None) -> None:
        """Keep a caregiver's role for a person; None takes it away."""

    def consents(self, person: str) -> tuple[Consent, ...]:
        """Return a person's latest word for every caregiver and kind they were ever asked about."""

    def add_consent(self, consent: Consent) -> None:
        """Keep a person's word; those before it stay on record."""

    def consent_log(self, person: str) -> tuple[Consent, ...]:
        """Return every word of a person, oldest first."""

    # -- ways in
    def devices(self) -> tuple[Device, ...]:
        """Return every device that is paired, by name."""

    def devices_of(self, person: str) -> tuple[Device, ...]:
        """Return a person's devices, by name."""

    def device(self, device: str) -> Device | None:
        """Return a device that is paired."""

    def add_device(self, device: Device, key_hash: str) -> None:
        """Keep a device and its key's hash, new or in place of the old one. KeyError without its `of`."""

    def device_of(self, key_hash: str) -> Device | None:
        """Return the device with this key."""

    def remove_device(self, device: str) -> None:
        """Forget a device and its screens: their keys open nothing from now on."""

    def saw_device(self, device: str, at: datetime) -> None:
        """Keep that a device has been heard of."""

    def add_invite(self, invite: Invite, secret_hash: str) -> None:
        """Keep an invite."""

    def take_invite(self, secret_hash: str, at: datetime) -> Invite | None:
        """Return an invite and use it up; None if there is none, or it is too late. One taker gets it."""

    def peek_invite(self, secret_hash: str, at: datetime) -> Invite | None:
        """Return an invite that can still be taken, and leave it."""

    def invites(self, at: datetime) -> tuple[Invite, ...]:
        """Return the invites that can still be taken."""

    def remove_invite(self, invite: str) -> None:
        """Take an invite back."""

    def add_sign_in(self, key_hash: str, sign_in: SignIn) -> None:
        """Keep that somebody signed in."""

    def sign_in(self, key_hash: str, at: datetime) -> SignIn | None:
        """Return who is signed in with this key; None if nobody is, or no longer."""

    def end_sign_in(self, key_hash: str) -> None:
        """Sign one browser out."""

    def end_sign_ins(self, caregiver: str) -> None:
        """Sign a caregiver out everywhere."""

    # -- commands and what devices do
    def add_command(self, command: Command) -> bool:
        """Keep a command; False if its id is known: then nothing changes."""

    def sent(self, command: str) -> Sent | None:
        """Return a command and what became of it."""

    def sent_to(self, device: str, since: datetime) -> tuple[Sent, ...]:
        """Return the commands to a device made at or after `since`, oldest first."""

    def sent_for(self, person: str, since: datetime) -> tuple[Sent, ...]:
        """Return the commands about a person made at or after `since`, oldest first."""

    def add_command_event(self, command: str, event: CommandEvent) -> bool:
        """Keep what became of a command; False if it had that state already, or there is no such command.

        Whoever gets True did it.
        """

    def set_live(self, live: Live) -> None:
        """Keep what a device is doing now, in place of the last. Of a device that is not paired, nothing."""

    def live(self, device: str) -> Live | None:
        """Return what a device last told."""

    def lives(self, person: str) -> tuple[Live, ...]:
        """Return what a person's devices last told, newest first."""

    def take_lease(self, name: str, holder: str, at: datetime, until: datetime) -> str:
        """Let `holder` have a lease until then if it is free, over, or theirs already; return who has it now.

        Of several who ask at once one gets it. What nobody renews is free again after its `until`.
        """

    def keep_lease(self, name: str, holder: str, until: datetime) -> str:
        """Renew a lease, though it may be over, if nobody else has had it since; return who has it now.

        "" if it was given back by somebody else, and nobody has it.
        """

    def end_lease(self, name: str, holder: str) -> None:
        """Give a lease back; harmless if it is not theirs."""

    def last_change(self) -> int:
        """Return the id of the newest change; 0 if there is none. Cheap: may be asked ten times a second."""

    def changes(self, after: int) -> tuple[Change, ...]:
        """Return the changes after an id, oldest first; at most a thousand. Old ones are dropped in time."""

    def add_change(self, topic: str, device: str, person: str) -> None:
        """Keep word of a change that this store did not make itself."""

    # -- weeks
    def week(self, person: str) -> Version | None:
        """Return the latest version of a person's week."""

    def save_week(self, person: str, document: Any, by: str, at: datetime) -> None:
        """Keep a new version of a person's week."""

    def week_versions(self, person: str) -> tuple[Version, ...]:
        """Return every version, oldest first."""

    def claim_run(self, run: ScheduledRun) -> bool:
        """Keep that a time has come; False if somebody has claimed it, or the person is not there any more.

        Of several at once one gets True.
        """

    def update_run(self, run: ScheduledRun) -> None:
        """Keep the command and outcome of a claimed run."""

    def runs(self, person: str, since: date) -> tuple[ScheduledRun, ...]:
        """Return a person's claimed runs on or after a day, oldest first."""

    def worked(self, person: str) -> tuple[datetime, ...]:
        """Return when each session began in which at least one set was done, oldest first. Cheap."""

    # -- telling caregivers
    def notice_rules(self) -> tuple[NoticeRule, ...]:
        """Return where everyone wants to be told."""

    def set_notice_rule(self, rule: NoticeRule) -> None:
        """Keep a caregiver's rule in place of theirs before; with no kinds there is none."""

    def add_notice(self, notice: Notice) -> bool:
        """Keep a message to be sent from its `at` on; False if its key is known, or somebody is not there."""

    def take_notices(self, at: datetime, until: datetime) -> tuple[Notice, ...]:
        """Return messages to be sent now; nobody else gets them before `until`. `tries` counts this one."""

    def end_notice(self, key: str, at: datetime) -> None:
        """Keep that a message was sent, or given up."""

    # -- the rest
    def add_audit(self, row: AuditRow) -> None:
        """Keep that somebody changed something."""

    def audit(self, limit: int) -> tuple[AuditRow, ...]:
        """Return the newest changes, newest first."""

    def routine_text(self, routine: str) -> Version | None:
        """Return the latest text of a routine of the household's own; None if there is none."""

    def routine_texts(self) -> Mapping[str, Version]:
        """Return the latest text of every routine of the household's own, by id."""

    def save_routine_text(self, routine: str, text: str | None, by: str, at: datetime) -> None:
        """Keep a new version of a routine's text; None takes the routine out of use."""

    def routine_versions(self, routine: str) -> tuple[Version, ...]:
        """Return every version, oldest first."""

    def set_feed(self, key_hash: str, person: str, caregiver: str) -> None:
        """Keep the secret address of a calendar feed, in place of the caregiver's old one for this person."""

    def feed_of(self, key_hash: str) -> tuple[str, str] | None:
        """Return the person and the caregiver of a feed."""
