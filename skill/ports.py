"""The ports of the backend: what it needs from the world, whoever provides it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from routines.plan import Plan
from skill.records import Interrupted, PlanVersion, SessionEvent, SessionRecord

#: The household and the person of a coach that nobody has told otherwise.
HOME = "home"
ME = "me"

#: The longest a snapshot may be as JSON, in bytes: it has to fit where a session's state can travel.
MAX_SNAPSHOT_BYTES = 2048

#: The longest a note may be as JSON, in bytes.
MAX_NOTE_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Held:
    """A lease, and who has to have it when something is kept; see `skill.lease`."""

    name: str
    holder: str


class LeaseLostError(Exception):
    """Somebody else has led the person since: what was to be kept or led is theirs now."""


class Store(Protocol):
    """Keeps one household's people, their plans, and what they did. Every method may raise `StoreError`.

    What a method has kept when it returns is still there after the process is killed. A person exists from
    the first thing that is kept about them. May be used from any thread.
    """

    def begin(
        self,
        session_id: str,
        person: str,
        routine_id: str,
        plan: Plan,
        device: str,
        at: datetime,
        snapshot: Mapping[str, Any],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep a new session, its `started` event (with `about` as data) and its first snapshot.

        A session id that is known already changes nothing. ValueError if snapshot or data are too long.
        """

    def record(
        self,
        session_id: str,
        events: Sequence[SessionEvent],
        snapshot: Mapping[str, Any],
        at: datetime,
        *,
        held: Held | None = None,
    ) -> int:
        """Add events and save the latest state, both or neither; return how many of the events were new.

        An event whose key the session has already is left as it was. If that goes for all of them, the
        snapshot is left too: a repeated message must not bring an old state back. With no events at all the
        snapshot is saved. KeyError if there is no such session; ValueError if snapshot or data are too long.

        With `held`, the snapshot is saved only if nobody else has had that lease since it was taken, which is
        looked at in the same transaction. Else `LeaseLostError`; of the events, those are added that have
        happened to the person whoever leads (`EventKind.stays`). A store without leases takes no notice.
        """

    def interrupted(self, person: str, now: datetime, not_older_than: timedelta) -> Interrupted | None:
        """Return the person's newest session without an end, if it was saved that recently."""

    def standing(self, person: str, session_id: str) -> Interrupted | None:
        """Return one session of the person and where it stands, over or not; None if there is none."""

    def history(self, person: str, since: datetime | None = None) -> tuple[SessionRecord, ...]:
        """Return the person's sessions that began at or after `since`, oldest first."""

    def last_session(self, person: str) -> SessionRecord | None:
        """Return the person's newest session."""

    def plan(self, person: str) -> Plan:
        """Return the person's latest plan; the default plan if there is none.

        A choice that the program no longer allows falls back to its default.
        """

    def save_plan(self, person: str, plan: Plan, by: str, at: datetime) -> None:
        """Keep a new version of the person's plan; the same as the latest changes nothing."""

    def plan_versions(self, person: str) -> tuple[PlanVersion, ...]:
        """Return every version of the person's plan, oldest first."""

    def note(self, person: str, key: str) -> Any | None:
        """Return what was last noted about the person under this key; None if nothing."""

    def set_note(self, person: str, key: str, value: Any | None, at: datetime) -> None:
        """Note a small value that JSON can hold, in place of the one before; None deletes it.

        ValueError if it is longer than `MAX_NOTE_BYTES`.
        """

    def seen(self, key: str, at: datetime, keep: timedelta) -> bool:
        """Return False for the first who asks about this key, and True for everyone after.

        Whoever gets False has claimed the key, for the whole household and for as long as `keep`; then it is
        as if it had never been. Of several who ask at the same moment, one gets False. `forget` does not know
        whom a key is about: it should name no person.
        """

    def new_link_code(self, person: str, at: datetime, valid: timedelta) -> str:
        """Return a new code of six digits, the first not zero, by which the person can be found once.

        It can be taken until `at + valid`, and takes the place of an earlier code of the same person.
        """

    def take_link_code(self, code: str, at: datetime) -> str | None:
        """Return whose code this is, and forget the code; None if there is none or it is too late.

        A million codes can be tried by a machine: how often somebody may guess is for the caller to limit.
        """

    def set_alias(self, alias_person: str, person: str, at: datetime) -> None:
        """Let `alias_person` be another name of `person` from now on; of itself: no longer another's name.

        Aliases of `alias_person` go with it, so a name always leads to the one person. The sessions that were
        kept under the name are the person's from now on, and so is the plan, if they have none of their own;
        notes stay where they are. Two names of one person stay as they are, whichever way round.
        """

    def person_of(self, alias_person: str) -> str:
        """Return the person that this is another name of; the name itself if it is of nobody."""

    def forget(self, person: str) -> None:
        """Delete a person and everything kept about them, for good. Harmless if there is no such person.

        Their notes, link codes and other names, with what was noted under those, go too. An alias that is
        forgotten leaves the person behind it as they are, with all sessions of theirs.
        """

    def check(self) -> StoreCheck:
        """Look at the store's health for the doctor. Changes nothing that is kept."""

    def close(self) -> None:
        """Let go of files and connections. Harmless when done twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCheck:
    """A store's health."""

    where: str  #: the file, or the address without its password
    version: str  #: the version of the tables
    sound: bool  #: nothing is damaged
    detail: str  #: "ok", or what the database says is damaged
    writable: bool
    private: bool  #: nobody else on this machine can read it
    size_bytes: int | None  #: None where it is not a file


class StoreFault(StrEnum):
    """What is wrong with a store. Names the phrases `store.fault.<value>` and `store.remedy.<value>`."""

    NEWER = "newer"  #: made by a newer version of the program
    FOREIGN = "foreign"  #: a database, but another program's
    CORRUPT = "corrupt"  #: damaged, or not a database
    UNREADABLE = "unreadable"
    READ_ONLY = "read_only"
    FULL = "full"
    LOCKED = "locked"
    NO_FOLDER = "no_folder"  #: the folder cannot be made
    NO_PACKAGE = "no_package"  #: the package that speaks with this database is not installed
    ADDRESS = "address"  #: not a database address that can be used; where is its first part
    UNREACHABLE = "unreachable"  #: the database server does not answer
    FAILED = "failed"  #: anything else; the detail is what the database said


class StoreError(Exception):
    """A store that cannot be used. Nothing kept in it was touched.

    `code` is stable and names phrases; `where` is the file or address; `detail` is for the doctor.
    """

    def __init__(self, code: StoreFault, where: str, detail: str = "") -> None:
        """Keep the parts, so that an edge can put them in the person's words."""
        super().__init__(f"{code}: {where}: {detail}")
        self.code = code
        self.where = where
        self.detail = detail
