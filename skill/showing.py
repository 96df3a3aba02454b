"""A session that nobody is led through now: to read or as an audio file, the same to the millisecond."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from routines.course import Course
from routines.load import load_advice
from routines.model import Routine
from routines.phrases import Phrases
from routines.plan import Plan
from routines.script import Channel, Occasion
from routines.timeline import Lengths, utterances
from skill import bootstrap
from skill.errors import explain
from skill.ports import ME, StoreError
from skill.settings import Settings
from speech.voice import VoiceError


def course_to_show(routine: Routine, phrases: Phrases, lengths: Lengths) -> Course:
    """Return the course of a session that is told and not asked, to a person who cannot answer."""
    return Course(
        routine=routine,
        phrases=phrases,
        topics=load_advice(phrases.locale),
        occasion=Occasion(told=True, channel=Channel.NONE),
        lengths=lengths,
    )


def texts_of(course: Course, plan: Plan) -> tuple[str, ...]:
    """Return every utterance of a session once, in the order it would be heard."""
    texts = (text for block in course.script(plan).blocks for text in utterances(block))
    return tuple(dict.fromkeys(texts))


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """The person's plan, or the default with the reason why theirs could not be read."""

    plan: Plan
    error: StoreError | None = None


def stored_plan(settings: Settings) -> StoredPlan:
    """Return the person's plan. Where nothing was ever kept, nothing is made and no database is loaded."""
    if isinstance(settings.database, Path) and not settings.database.exists():
        return StoredPlan(Plan())
    try:
        with bootstrap.open_history(settings) as store:
            return StoredPlan(store.plan(ME))
    except StoreError as error:
        return StoredPlan(Plan(), error)


@contextmanager
def voices_for(locale: str, rate_wpm: int | None) -> Iterator[bootstrap.Voices]:
    """Give voices whose first process starts at once, before anything else is looked at."""
    voices = bootstrap.Voices(locale, rate_wpm or bootstrap.USUAL_RATE_WPM)
    try:
        yield voices
    finally:
        voices.close()


def plan_now(settings: Settings, phrases: Phrases, *, quiet: bool = False) -> Plan:
    """Return the person's plan; if it cannot be read, the default, and say so on standard error."""
    stored = stored_plan(settings)
    if stored.error is not None and not quiet:
        told = explain(stored.error, phrases)
        reason = told[0] if told else ()
        click.echo("\n".join((phrases("show.plan-unread"), *reason)), err=True)
    return stored.plan


def voice_note(failure: VoiceError, phrases: Phrases) -> str:
    """Return why lengths are estimated, and what helps."""
    told = explain(failure, phrases)
    return "\n".join((phrases("show.no-voice"), *(told[0] if told else ())))
