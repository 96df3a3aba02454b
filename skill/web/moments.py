"""Moments and durations as people say them, in a person's own time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routines.phrases import Phrases

_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86400


class Moments:
    """Says when something was, or how long it has been."""

    def __init__(self, phrases: Phrases, now: Callable[[], datetime]) -> None:
        """Take the language and a clock."""
        self._phrases = phrases
        self._now = now

    def clock(self, at: datetime, zone: str) -> str:
        """Return the time of day: "14:05"."""
        from babel.dates import format_time  # noqa: PLC0415 - slow to import

        return format_time(_there(at, zone), self._phrases("web.moment.time"), locale=self._phrases.locale)

    def day(self, at: datetime, zone: str) -> str:
        """Return the day: "today", "yesterday", "Mon 23 Nov", with the year if it is another."""
        from babel.dates import format_date  # noqa: PLC0415

        then, today = _there(at, zone).date(), _there(self._now(), zone).date()
        if then == today:
            return self._phrases("web.moment.today")
        if then == today - timedelta(days=1):
            return self._phrases("web.moment.yesterday")
        if then.year == today.year:
            return format_date(then, self._phrases("web.moment.day"), locale=self._phrases.locale)
        return format_date(then, self._phrases("web.moment.day-year"), locale=self._phrases.locale)

    def when(self, at: datetime, zone: str) -> str:
        """Return day and time: "today, 14:05"."""
        return self._phrases("web.moment.when", day=self.day(at, zone), time=self.clock(at, zone))

    def since(self, at: datetime, zone: str) -> str:
        """Return the time if it was today, else day and time."""
        today = _there(at, zone).date() == _there(self._now(), zone).date()
        return self.clock(at, zone) if today else self.when(at, zone)

    def for_how_long(self, at: datetime) -> str:
        """Return how long it has been since then, in whole minutes, hours or days; "" for less than one."""
        seconds = int((self._now() - at).total_seconds())
        if seconds < _MINUTE_S:
            return ""
        if seconds < _HOUR_S:
            return self._phrases("web.moment.minutes", n=seconds // _MINUTE_S)
        if seconds < _DAY_S:
            return self._phrases("web.moment.hours", n=seconds // _HOUR_S)
        return self._phrases("web.moment.days", n=seconds // _DAY_S)


def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def own_zone() -> str:
    """Return the name of this machine's time zone; UTC if it has no name."""
    from babel.dates import LOCALTZ  # noqa: PLC0415

    name = getattr(LOCALTZ, "key", "")
    return name if name and is_zone(name) else "UTC"


def _there(at: datetime, zone: str) -> datetime:
    try:
        return at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # this machine does not know it
        return at
