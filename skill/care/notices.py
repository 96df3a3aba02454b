"""Telling caregivers that a session was done, missed or stopped: what is to be told, to whom, once.

Whatever may be of interest is written down as a notice for every caregiver with a role, once. Whether it is
sent is decided at the moment of sending: by the caregiver's rule and the person's consent as they are then.
A notice that a process has sent and not yet noted when it dies is sent again by the next: nothing is lost.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from routines.progress import Outcome, Session, summary
from skill.care.errors import CareError
from skill.care.gate import Gate
from skill.care.permissions import Action
from skill.care.records import Caregiver, Notice, NoticeRule, Person, ScheduledRun
from skill.history import sessions_of

#: How long whoever takes a notice has to send it; also the shortest pause between two tries.
LEASE = timedelta(minutes=1)
#: After this many tries the pauses grow no more: about once an hour.
STEADY_AFTER = 64
#: A notice that could not be sent for so long is of no use any more.
GIVE_UP_AFTER = timedelta(days=1)
#: Sessions that ended longer ago are no news.
NEWS_FOR = timedelta(days=1)
#: No session takes longer, from its beginning to its end.
LONGEST = timedelta(days=1)
#: The longest address.
MAX_ADDRESS = 500

_log = logging.getLogger(__name__)


class NoticeKind(StrEnum):
    """What a caregiver can be told. Names the phrase `planning.notice.<value>`."""

    DONE = "done"
    PART = "part"  #: told to those who want to know what was done
    MISSED = "missed"
    PAIN = "pain"  #: stopped for pain
    ENDED = "ended"  #: the same, for those who are not to know why: told as a part


#: What a caregiver can choose to be told.
CHOICES = (NoticeKind.DONE, NoticeKind.MISSED, NoticeKind.PAIN)

_NEEDED = {
    NoticeKind.DONE: Action.SEE_DONE,
    NoticeKind.PART: Action.SEE_DONE,
    NoticeKind.MISSED: Action.SEE_DONE,
    NoticeKind.ENDED: Action.SEE_DONE,
    NoticeKind.PAIN: Action.SEE_PAIN,
}
_CHOICE_OF = {NoticeKind.PART: NoticeKind.DONE, NoticeKind.ENDED: NoticeKind.DONE}


class Sender(Protocol):
    """Sends a short message to an address."""

    def knows(self, address: str) -> bool:
        """Whether this can be an address. CareError `no-sender` if nothing can be sent here at all."""

    def send(self, address: str, title: str, body: str) -> bool:
        """Send a message; False if it did not get there. CareError `no-sender`."""


class NoticeWords(Protocol):
    """Finds the words of a notice."""

    def told(self, kind: NoticeKind, name: str, local: datetime) -> tuple[str, str]:
        """Return title and body about a person; `local` is the time where they are. No number of health."""

    def test(self, name: str) -> tuple[str, str]:
        """Return title and body of a message that only shows that an address works."""


# -- what a caregiver chooses


def rule_of(gate: Gate, who: Caregiver) -> NoticeRule | None:
    """Return where a caregiver is told and about what; None if nowhere."""
    return next((rule for rule in gate.care.notice_rules() if rule.caregiver == who.id), None)


def choose_notices(gate: Gate, who: Caregiver, sender: Sender, address: str, kinds: frozenset[str]) -> None:
    """Keep where a caregiver wants to be told and about what (`CHOICES`); no kinds: nothing any more.

    CareError `address`, `notice-kind`, `no-sender`.
    """
    if not kinds <= set(CHOICES):
        raise CareError("notice-kind")
    if kinds:
        _check(sender, address)
    gate.care.set_notice_rule(NoticeRule(caregiver=who.id, url=address if kinds else "", kinds=kinds))
    gate.note_change(who.id, "notices.changed", who.id, {"kinds": sorted(kinds)})


def send_test(who: Caregiver, sender: Sender, words: NoticeWords, address: str) -> None:
    """Send a message that shows that an address works. CareError `address`, `not-sent`, `no-sender`."""
    _check(sender, address)
    if not sender.send(address, *words.test(who.name)):
        raise CareError("not-sent")


def _check(sender: Sender, address: str) -> None:
    if len(address) > MAX_ADDRESS or not address.isprintable() or not sender.knows(address):
        raise CareError("address")


# -- what is to be told


def add_missed(gate: Gate, run: ScheduledRun) -> None:
    """Write down that a session was missed for good; once for each time of each day."""
    _add(gate, run.person, NoticeKind.MISSED, f"{run.person}/{run.slot}/{run.day}", run.at)


def add_ended(gate: Gate, person: Person, since: datetime) -> None:
    """Write down what came of a person's sessions that ended since then; once for each session."""
    records = gate.history.history(person.id, since - LONGEST)
    ended = {one.session_id: one.ended_at for one in records if one.ended_at and one.ended_at >= since}
    for session in sessions_of(records, ZoneInfo(person.zone)):
        for kind in _kinds(session) if session.id in ended else ():
            _add(gate, person.id, kind, session.id, ended[session.id])


def _kinds(session: Session) -> Iterator[NoticeKind]:
    match summary(session).outcome:
        case Outcome.DONE:
            yield NoticeKind.DONE
        case Outcome.PART:
            yield NoticeKind.PART
        case Outcome.PAIN:
            yield NoticeKind.PAIN
            yield NoticeKind.ENDED
        case Outcome.STOPPED:
            return


def _add(gate: Gate, person: str, kind: NoticeKind, about: str, at: datetime) -> None:
    for grant in gate.care.grants():
        if grant.person == person:
            key = f"{kind}:{about}:{grant.caregiver}"
            gate.care.add_notice(Notice(key=key, caregiver=grant.caregiver, person=person, kind=kind, at=at))


# -- telling


class Outbox:
    """Writes down what there is to tell, and sends it."""

    def __init__(self, gate: Gate, sender: Sender, words: NoticeWords) -> None:
        """Take the household, what sends, and the words."""
        self.gate = gate
        self.sender = sender
        self.words = words
        self._seen: int | None = None

    def look(self) -> None:
        """Do both once. `StoreError` if the store cannot be used."""
        newest = self.gate.care.last_change()
        if newest != self._seen:
            for person in self.gate.care.people():
                add_ended(self.gate, person, self.gate.now() - NEWS_FOR)
            self._seen = newest
        self._send_all()

    def _send_all(self) -> None:
        now = self.gate.now()
        notices = self.gate.care.take_notices(now, now + LEASE)
        rules = {rule.caregiver: rule for rule in self.gate.care.notice_rules()} if notices else {}
        for notice in notices:
            if self.gate.now() >= now + LEASE / 2:
                return  # sending takes long today: somebody else may take the rest in time
            self._deal_with(notice, rules.get(notice.caregiver))

    def _deal_with(self, notice: Notice, rule: NoticeRule | None) -> None:
        now = self.gate.now()
        if rule is None or not self._wanted(notice, rule):
            self.gate.care.end_notice(notice.key, now)
        elif now - notice.at > GIVE_UP_AFTER:
            _log.warning("a notice could not be sent for a day")
            self.gate.care.end_notice(notice.key, now)
        elif is_time_for(notice.tries) and self._sent(notice, rule):
            self.gate.care.end_notice(notice.key, self.gate.now())

    def _wanted(self, notice: Notice, rule: NoticeRule) -> bool:
        kind = NoticeKind(notice.kind)
        if _CHOICE_OF.get(kind, kind) not in rule.kinds:
            return False
        if kind is NoticeKind.ENDED and NoticeKind.PAIN in rule.kinds and self._may(notice, Action.SEE_PAIN):
            return False  # they are told why
        return self._may(notice, _NEEDED[kind])

    def _may(self, notice: Notice, action: Action) -> bool:
        return self.gate.allowed(notice.caregiver, action, notice.person)

    def _sent(self, notice: Notice, rule: NoticeRule) -> bool:
        person = next((one for one in self.gate.care.people() if one.id == notice.person), None)
        if person is None:
            return True
        local = notice.at.astimezone(ZoneInfo(person.zone))
        try:
            return self.sender.send(rule.url, *self.words.told(NoticeKind(notice.kind), person.name, local))
        except CareError as error:
            _log.warning("notices cannot be sent: %s", error.code)
            return False


def is_time_for(tries: int) -> bool:
    """Whether the taking with this number, from 1, is one to send at: each pause is twice the one before.

    A notice is taken once a minute while it is not ended: this is 1, 2, 4, ... minutes, then about hourly.
    """
    return tries % STEADY_AFTER == 0 or (tries < STEADY_AFTER and tries & (tries - 1) == 0)
