"""The words of weeks, notices and what is seen: codes become phrases here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from routines.phrases import Phrases
from skill.care.notices import NoticeKind
from skill.care.planning import Standing
from skill.care.seeing import Mark
from skill.care.week_document import Fault


class NoticePhrases:
    """The words of notices (`skill.care.notices.NoticeWords`): calm, and without a number of health."""

    def __init__(self, say: Phrases) -> None:
        """Take the language."""
        self.say = say

    def told(self, kind: NoticeKind, name: str, local: datetime) -> tuple[str, str]:
        """Return title and body about a person; `local` is the time where they are."""
        words = NoticeKind.PART if kind is NoticeKind.ENDED else kind
        body = self.say(f"planning.notice.{words}", name=name, day=weekday(self.say, local.date()))
        return self.say("planning.notice.title"), body

    def test(self, name: str) -> tuple[str, str]:
        """Return title and body of a message that only shows that an address works."""
        return self.say("planning.notice.title"), self.say("planning.notice.test", name=name)


def fault_lines(say: Phrases, faults: Iterable[Fault]) -> tuple[tuple[str, str], ...]:
    """Return for each fault of a week where it is (`slots.0.time`) and what is wrong, in words."""
    return tuple((one.where, say(f"planning.fault.{one.code}", value=one.value)) for one in faults)


def standing_line(say: Phrases, standing: Standing) -> str:
    """Return whether a week is carried out, and if not, what helps."""
    return say(f"planning.standing.{standing}")


def mark_word(say: Phrases, mark: Mark) -> str:
    """Return what a day of the calendar is marked with."""
    return say(f"planning.mark.{mark}")


def weekday(say: Phrases, day: date) -> str:
    """Return a day as one speaks of it within a week: Monday."""
    from babel.dates import format_date  # noqa: PLC0415 - slow to import

    return str(format_date(day, "EEEE", locale=say.locale))
