"""What is kept about a household: people, caregivers, devices, consent, commands, weeks. Values only.

Ids are opaque. Keys and secrets are kept as SHA-256 only (`skill.care.secrets`), passwords as argon2 hashes.
Moments are aware and in UTC to the millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a caregiver may do for one person; each holds what the one before holds. Consent comes on top."""

    VIEW = "view"
    START = "start"
    EDIT = "edit"

    def holds(self, other: Role) -> bool:
        """Whether whoever has this role has the other one too."""
        roles = list(Role)
        return roles.index(self) >= roles.index(other)


class ConsentKind(StrEnum):
    """What a person may allow a caregiver."""

    START = "start"  #: invite me, pause and stop me, plan my week
    AT_ONCE = "at_once"  #: start me without asking first
    DONE = "done"  #: see what I do and did
    PAIN = "pain"  #: see my pain and effort, and why I stopped


class ConsentState(StrEnum):
    """Where a consent stands. Only `GIVEN` allows anything."""

    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class DeviceKind(StrEnum):
    """What a device is."""

    PC = "pc"  #: the machine whose server plays through its own speaker
    BROWSER = "browser"  #: a tablet or phone that plays in its browser
    SCREEN = "screen"  #: a browser that shows, and answers for, what the PC plays


class CommandKind(StrEnum):
    """What a device is asked to do."""

    START = "start"  #: invite the person to a routine, or begin at once where that is allowed
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    ASK_CONSENT = "ask_consent"  #: ask the person whether a caregiver may
    KEY = "key"  #: pressed on the device's own screen: the note is its name, `by` is "device:<id>"


class CommandState(StrEnum):
    """What became of a command. A command has each at most once; the last one counts."""

    DELIVERED = "delivered"  #: the device has it; a start is an invitation from here on
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"  #: nobody answered in time
    LATE = "late"  #: it came after `not_after`: nothing was done
    REFUSED = "refused"  #: not allowed, or not possible now; the detail is a code
    DONE = "done"  #: carried out; for a start: its session is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who exercises."""

    id: str
    name: str
    zone: str = "UTC"  #: IANA name


@dataclass(frozen=True, slots=True, kw_only=True)
class Caregiver:
    """Someone who signs in."""

    id: str
    name: str
    login: str  #: lower case, unique in the household
    owner: bool  #: may invite caregivers, add people and devices, and read the record of changes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A caregiver's role for one person."""

    caregiver: str
    person: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The latest word of a person about one kind for one caregiver."""

    person: str
    caregiver: str
    kind: ConsentKind
    state: ConsentState
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where a session plays, or what shows it."""

    id: str
    name: str
    kind: DeviceKind
    person: str  #: whose device it is
    of: str | None = None  #: for a screen: the device that it belongs to
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """A way in that works once and for a few minutes. Its secret is in a link, after `#`, and never kept."""

    id: str
    by: str  #: a caregiver's id, or "" for the first one of all
    until: datetime
    owner: bool = False  #: the new caregiver owns the household
    grants: Mapping[str, Role] = field(default_factory=dict)  #: role by person, for a caregiver's invite
    device: Device | None = None  #: what is paired, for a device's invite; None: a caregiver's


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A caregiver who is signed in on one browser."""

    caregiver: str
    csrf: str  #: what every change from this browser has to carry
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The one form in which anybody asks a device for anything."""

    id: str  #: made by whoever asks: the same id twice is the same command
    device: str
    person: str
    what: CommandKind
    by: str  #: a caregiver's id; "device:<id>" for a key on a screen
    made_at: datetime
    not_after: datetime  #: what comes later starts nothing
    routine: str | None = None
    note: str = ""  #: a few words that are read aloud first; the name of a key
    at_once: bool = False  #: begin without asking, if the person still allows that
    consent: tuple[ConsentKind, ...] = ()  #: for `ASK_CONSENT`
    slot: str = ""  #: for a start from a plan: which of its times


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEvent:
    """One thing that became of a command."""

    state: CommandState
    at: datetime
    detail: str = ""  #: a code, or the session's id for `ACCEPTED`


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A command and everything that became of it, in order."""

    command: Command
    events: tuple[CommandEvent, ...]

    @property
    def state(self) -> CommandState | None:
        """What became of it last; None: it is under way."""
        return self.events[-1].state if self.events else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What a device is doing, as it last told. The state is small and plain (`skill.care.live_state`)."""

    device: str
    person: str
    session: str | None
    state: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Word that something has changed, for whoever shows it.

    Topic: command, live, consent (and roles), week, session, person (somebody was deleted, or has another
    name), household (a caregiver or a device was added).
    """

    id: int
    topic: str
    device: str  #: "" where it is of no device
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a document: a person's week, or a routine's text."""

    version: int  #: from 1
    document: Any  #: what JSON can hold
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledRun:
    """One time of a week that has come, claimed by one process. Unique: person, slot, day, attempt."""

    person: str
    slot: str
    day: date  #: the person's local day
    attempt: int  #: 1, or 2 for the one repeat
    at: datetime
    command: str = ""  #: the start that was sent; "" while none was
    outcome: str = ""  #: "" while open; then done, part, missed, skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRule:
    """Where one caregiver is told, and about what. The address is an Apprise URL: it may hold a secret."""

    caregiver: str
    url: str
    kinds: frozenset[str]  #: done, missed, pain


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one caregiver, to be sent once. Key: unique, so that two processes write it once."""

    key: str
    caregiver: str
    person: str
    kind: str
    at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """Who changed what, and when; never what a health number was."""

    at: datetime
    by: str  #: a caregiver's id, "device:<id>", or "schedule"
    action: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)
