"""Weeks come true: starts what is due, sees what became of it, repeats a missed session once.

Several processes may do this on one store. Whoever claims a time (person, slot, day, attempt) first has it.
The start's id follows from these: a process that finds a claim without a start, because its maker died in
between, can send that very start and no second one.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from uuid import UUID, uuid5

from routines.progress import Ending, Outcome, Session, summary
from skill.care.device import BUSY, LED_ELSEWHERE
from skill.care.gate import Gate
from skill.care.house import House
from skill.care.notices import add_missed
from skill.care.permissions import Action
from skill.care.records import Command, CommandKind, CommandState, ScheduledRun, Sent, Version
from skill.care.week import Done, Due, RunOutcome, Week, due, is_missed_for_good, last_moment, stood_for
from skill.care.week_document import WeekFaults, read_week
from skill.history import sessions_of
from skill.ports import StoreError

#: How long after the last moment for a start a device that said nothing was off.
SILENT_AFTER = timedelta(minutes=1)
#: How long an invitation that a device has shown may stay without a word from it.
UNANSWERED_AFTER = timedelta(minutes=10)
#: How long a session that was begun and never ended stays open.
LEFT_AFTER = timedelta(hours=6)
#: A week that is saved in the minute of one of its times still has that time.
SAVED_LATE = timedelta(minutes=1)

_BACK = timedelta(days=2)
_NAMESPACE = UUID("9f0f3a52-0d3b-4c39-9f44-0c1c6a4a9d5e")

_log = logging.getLogger(__name__)


class Standing(StrEnum):
    """Whether a person's week is carried out. Names the phrase `planning.standing.<value>`."""

    NONE = "none"  #: there is no week, or one without times
    RUNNING = "running"
    NO_CONSENT = "no-consent"  #: whoever saved it last may not start the person now
    NO_DEVICE = "no-device"  #: a device of it is not there any more
    UNREADABLE = "unreadable"  #: saved by a newer version of the program


def standing(gate: Gate, person: str) -> Standing:
    """Return whether a person's week is carried out, and if not, why."""
    version = gate.care.week(person)
    if version is None:
        return Standing.NONE
    try:
        week = read_week(version.document)
    except WeekFaults:
        return Standing.UNREADABLE
    if not week.slots:
        return Standing.NONE
    if not gate.allowed(version.by, Action.START, person):
        return Standing.NO_CONSENT
    theirs = coach_ids(gate, person)
    return Standing.RUNNING if all(slot.device in theirs for slot in week.slots) else Standing.NO_DEVICE


def coach_ids(gate: Gate, person: str) -> frozenset[str]:
    """Return the ids of the devices on which a person's session can play."""
    return frozenset(device.id for device in gate.coaches(person))


def start_id(run: ScheduledRun) -> str:
    """Return the id of the start of a claimed time: always the same for the same one."""
    return uuid5(_NAMESPACE, f"{run.person}\n{run.slot}\n{run.day}\n{run.attempt}").hex


_OUTCOMES = {
    Outcome.DONE: RunOutcome.DONE,
    Outcome.PART: RunOutcome.PART,
    Outcome.PAIN: RunOutcome.PART,  # why is not for everybody who sees the week
    Outcome.STOPPED: RunOutcome.STOPPED,
}


def done_by(sessions: Iterable[Session]) -> Done:
    """Return what was done, by day. After pain or a red flag it is enough for that day."""
    sessions = tuple(sessions)
    return Done(
        sessions=Counter(one.day for one in sessions if one.sets),
        enough=frozenset(one.day for one in sessions if one.ending in (Ending.PAIN, Ending.RED_FLAG)),
    )


class Planner:
    """Looks at everybody's week."""

    def __init__(self, house: House) -> None:
        """Take the household; its clock says what time it is."""
        self.house = house
        self._told: set[str] = set()

    def look(self) -> None:
        """Do for everybody what is to be done now. `StoreError` if the store cannot be used.

        Looking again changes nothing that was done.
        """
        for person in self.house.care.people():
            try:
                self._look_at(person.id)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - what is wrong with one week is nobody else's
                # Not its words: they may hold what is nobody's business.
                _log.warning("a week cannot be carried out: %s", type(error).__name__)

    def _look_at(self, person: str) -> None:
        version = self.house.care.week(person)
        if version is not None:
            _Look(self.house, person, read_week(version.document), version, self._told).look()


@dataclass
class _Look:
    """One look at one person's week."""

    house: House
    person: str
    week: Week
    version: Version
    told: set[str]  #: starts whose caregivers have been told that they were missed

    def __post_init__(self) -> None:
        self.now = self.house.now()
        self.today = self.now.astimezone(self.week.tz).date()

    def look(self) -> None:
        runs = [self._settled(run) for run in self.house.care.runs(self.person, self.today - _BACK)]
        for run in runs:
            if is_missed_for_good(self.week, run):
                self._tell(run, runs)
        if self.house.allowed(self.version.by, Action.START, self.person):
            self._begin(runs)

    # -- what is due
    def _begin(self, runs: Sequence[ScheduledRun]) -> None:
        since = self.version.at - SAVED_LATE
        if not due(self.week, self.now, Done(sessions={}), runs, since=since):
            return  # nearly always: what was done need not be read
        for one in due(self.week, self.now, self._done, runs, since=since):
            run = self._claim(one)
            if run is not None and run.command:
                self._send(run, one.until)

    def _claim(self, one: Due) -> ScheduledRun | None:
        run = ScheduledRun(
            person=self.person,
            slot=one.slot.id,
            day=one.day,
            attempt=one.attempt,
            at=one.at,
            outcome=one.outcome,
        )
        if one.outcome is RunOutcome.OPEN:
            gone = one.slot.device not in coach_ids(self.house, self.person)
            run = replace(run, outcome=RunOutcome.MISSED) if gone else replace(run, command=start_id(run))
        return run if self.house.care.claim_run(run) else None

    def _send(self, run: ScheduledRun, until: datetime) -> None:
        slot = self.week.slot(run.slot)
        if slot is None:
            return
        self.house.send(
            Command(
                id=run.command,
                device=slot.device,
                person=self.person,
                what=CommandKind.START,
                by=self.version.by,
                made_at=self.now,
                not_after=until,
                routine=slot.routine,
                slot=slot.id,
            )
        )

    # -- what became of it
    def _settled(self, run: ScheduledRun) -> ScheduledRun:
        if run.outcome != RunOutcome.OPEN:
            return run
        outcome = self._became(run)
        if outcome is RunOutcome.OPEN:
            return run
        settled = replace(run, outcome=outcome)
        self.house.care.update_run(settled)
        return settled

    def _became(self, run: ScheduledRun) -> RunOutcome:
        sent = self.house.care.sent(run.command)
        if sent is None:
            return self._never_sent(run)
        state, since = sent.state, sent.events[-1].at if sent.events else sent.command.not_after
        match state:
            case None:
                return RunOutcome.MISSED if self.now > since + SILENT_AFTER else RunOutcome.OPEN
            case CommandState.DELIVERED:
                return RunOutcome.MISSED if self.now > since + UNANSWERED_AFTER else RunOutcome.OPEN
            case CommandState.DECLINED | CommandState.NO_ANSWER | CommandState.LATE:
                return RunOutcome.MISSED
            case CommandState.REFUSED:
                busy = sent.events[-1].detail in (BUSY, LED_ELSEWHERE)
                return RunOutcome.MISSED if busy else RunOutcome.REFUSED
            case CommandState.ACCEPTED | CommandState.DONE:
                return self._came_of(sent)

    def _never_sent(self, run: ScheduledRun) -> RunOutcome:
        """Send the start that whoever claimed the time did not get to, if there is still time."""
        until = last_moment(self.week, run.at)
        if self.week.slot(run.slot) is None or self.now >= until:
            return RunOutcome.MISSED
        if self.house.allowed(self.version.by, Action.START, self.person):
            self._send(run, until)
        return RunOutcome.OPEN

    def _came_of(self, sent: Sent) -> RunOutcome:
        accepted = next((one for one in sent.events if one.state is CommandState.ACCEPTED), sent.events[-1])
        ended = sent.state is CommandState.DONE
        session = next((one for one in self._sessions if one.id == accepted.detail), None)
        if session is not None and session.ending is not Ending.OPEN:
            return _OUTCOMES[summary(session).outcome]
        if not ended and self.now <= accepted.at + LEFT_AFTER:
            return RunOutcome.OPEN
        return RunOutcome.PART if session is not None and session.sets else RunOutcome.STOPPED

    # -- who is told
    def _tell(self, run: ScheduledRun, runs: Iterable[ScheduledRun]) -> None:
        this = start_id(run)
        if this in self.told:
            return
        self.told.add(this)
        done = self._done
        if run.day not in done.enough and done.sessions.get(run.day, 0) <= stood_for(runs, run.day):
            add_missed(self.house, run)

    # -- what was done
    @cached_property
    def _sessions(self) -> tuple[Session, ...]:
        since = datetime.combine(self.today - _BACK, time(0), UTC) - timedelta(days=1)
        return sessions_of(self.house.history.history(self.person, since), self.week.tz)

    @cached_property
    def _done(self) -> Done:
        return done_by(self._sessions)
