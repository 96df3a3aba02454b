"""Reminders of Alexa's own: asked for by voice, agreed to once more, set through her Reminders API.

A reminder is only ever set within a conversation, after the person has heard when it comes and said yes.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from routines.phrases import Phrases
from skill.alexa.intents import Every
from skill.alexa.wishes import Heard

if TYPE_CHECKING:
    from ask_sdk_model.services.api_client import ApiClient
    from ask_sdk_model.services.api_configuration import ApiConfiguration
    from ask_sdk_model.services.reminder_management.reminder_request import ReminderRequest

_log = logging.getLogger(__name__)

#: To connect and to read: two calls have to end well before Alexa stops waiting for an answer.
TIMEOUT_S = (1.5, 1.75)
_RULES = {Every.DAILY: "FREQ=DAILY;INTERVAL=1", Every.EVERY_OTHER_DAY: "FREQ=DAILY;INTERVAL=2"}
_API_HOST = re.compile(r"api(\.[a-z]{2,4})?\.amazonalexa\.com")
_TIME = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d))?(?::[0-5]\d)?")
_NOT_ALLOWED = frozenset({401, 403})
#: What Amazon says with a 403 that no permission would change.
_HOPELESS = ("DEVICE_NOT_SUPPORTED", "MAX_REMINDERS_EXCEEDED")


class Outcome(StrEnum):
    """What became of a reminder. Names the phrases `alexa-remind.<value>`."""

    SET = "set"
    NOT_ALLOWED = "not-allowed"  #: the person has not given the skill the permission
    NOT_HERE = "not-here"  #: the device takes none, or no more
    FAILED = "failed"  #: Alexa's service did not do it; later it may


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person wants to be reminded of, as far as it is known."""

    at: time | None
    every: Every

    @property
    def plain(self) -> str:
        """The same as text, to be kept from one request to the next."""
        return f"{self.at:%H:%M} {self.every}" if self.at else f"- {self.every}"

    @staticmethod
    def of(plain: str) -> Wish:
        """Return what `plain` gave; a wish that says nothing yet for anything else."""
        at, _, every = plain.partition(" ")
        return Wish(at=_time(at), every=Every(every) if every in list(Every) else Every.EVERY_OTHER_DAY)


class Reminders(Protocol):
    """Sets reminders. Never raises: what went wrong is an outcome."""

    def set(self, at: time, every: Every, text: str, heard: Heard) -> Outcome:
        """Set a reminder that says `text`, on the device and for the account that asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to say about a reminder, what to ask, and what to keep in mind until the answer."""

    lines: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    pending: str = ""
    permission: bool = False  #: show the card that asks for it


# -- the conversation about it -----------------------------------------------------------------------


def take(heard: Heard, pending: str, phrases: Phrases) -> Step:
    """Take what was said about a reminder, and ask for what is missing or for a yes."""
    if not heard.consent:
        return Step(lines=phrases.lines("alexa-remind.not-allowed"), permission=True)
    before = Wish.of(pending)
    said_at, said_every = heard.slots.get("time", ""), heard.slots.get("every", "")
    at = _time(said_at)
    wish = Wish(
        at=before.at if at is None and not said_at else at,
        every=Every(said_every) if said_every in list(Every) else before.every,
    )
    unclear = (said_at and at is None) or (said_every and said_every not in list(Every))
    step = ask(wish.plain, heard, phrases)
    return replace(step, lines=phrases.lines("alexa-remind.unclear")) if unclear else step


def ask(pending: str, heard: Heard, phrases: Phrases) -> Step:
    """Ask at what time; if that is known, whether it shall be so."""
    wish = Wish.of(pending)
    if wish.at is None:
        asks = phrases.lines("alexa-remind.when")
    else:
        asks = phrases.lines(f"alexa-remind.ask.{wish.every}", time=_spoken(wish.at, heard.locale))
    return Step(asks=asks, pending=wish.plain)


def agree(pending: str, heard: Heard, reminders: Reminders, phrases: Phrases) -> Step:
    """Set the reminder that was agreed to, and say how that went."""
    wish = Wish.of(pending)
    if wish.at is None:
        return ask(pending, heard, phrases)
    outcome = reminders.set(wish.at, wish.every, phrases("alexa-remind.text"), heard)
    if outcome is Outcome.SET:
        spoken = _spoken(wish.at, heard.locale)
        return Step(lines=phrases.lines(f"alexa-remind.set.{wish.every}", time=spoken))
    lines = phrases.lines(f"alexa-remind.{outcome}")
    return Step(lines=lines, permission=outcome is Outcome.NOT_ALLOWED)


def _time(said: str) -> time | None:
    """Return a time of day as Alexa gives it; None for "in the morning" (MO) and whatever else is none."""
    found = _TIME.fullmatch(said)
    return time(int(found[1]), int(found[2] or 0)) if found else None


def _spoken(at: time, locale: str) -> str:
    from babel.dates import format_time  # noqa: PLC0415 - slow to import, seldom needed

    return " ".join(format_time(at, "short", locale=locale.replace("-", "_")).split())


# -- Alexa's services --------------------------------------------------------------------------------


def patient_client(timeout_s: tuple[float, float] = TIMEOUT_S) -> ApiClient:
    """Return the SDK's own way to its services, with what it lacks: an end to waiting (connect, read)."""
    from ask_sdk_core.api_client import DefaultApiClient  # noqa: PLC0415 - `requests` comes with it

    class PatientClient(DefaultApiClient):
        def _resolve_method(self, request: Any) -> Any:
            return partial(super()._resolve_method(request), timeout=timeout_s, allow_redirects=False)

    return PatientClient()


@dataclass(frozen=True, slots=True)
class AlexaReminders:
    """Sets reminders through Alexa's services, with the token that came with the request."""

    client: ApiClient | None = field(default=None)  #: None: over the network

    def set(self, at: time, every: Every, text: str, heard: Heard) -> Outcome:
        """Set a reminder; the device's own settings say in which time zone."""
        from ask_sdk_model.services.service_exception import ServiceException  # noqa: PLC0415

        if not (heard.api_token and _is_amazons(heard.api_endpoint)):
            return Outcome.FAILED
        try:
            self._set(at, every, text, heard)
        except ServiceException as error:
            outcome = _outcome(error.status_code, str(getattr(error.body, "code", "") or ""))
            _log.warning("reminder-failed %s %s", error.status_code, outcome)
            return outcome
        except Exception as error:  # noqa: BLE001 - the SDK raises anything for an answer that it cannot read
            _log.warning("reminder-failed %s", type(error).__name__)
            return Outcome.FAILED
        return Outcome.SET

    def _set(self, at: time, every: Every, text: str, heard: Heard) -> None:
        from ask_sdk_core.serialize import DefaultSerializer  # noqa: PLC0415 - none of it is needed before
        from ask_sdk_model.services.api_configuration import ApiConfiguration  # noqa: PLC0415
        from ask_sdk_model.services.reminder_management import (  # noqa: PLC0415
            reminder_management_service_client as service,
        )

        access = ApiConfiguration(
            serializer=DefaultSerializer(),
            api_client=self.client or patient_client(),
            authorization_value=heard.api_token,
            api_endpoint=heard.api_endpoint,
        )
        zone = _zone(access, heard.device)
        request = _request(at, every, text, zone, heard)
        service.ReminderManagementServiceClient(access).create_reminder(request)


def _zone(access: ApiConfiguration, device: str) -> str:
    """Return the device's time zone. ServiceException without one: a reminder at a wrong hour is none."""
    from ask_sdk_model.services.service_exception import ServiceException  # noqa: PLC0415
    from ask_sdk_model.services.ups.ups_service_client import UpsServiceClient  # noqa: PLC0415

    try:
        zone = UpsServiceClient(access).get_system_time_zone(device)
    except ServiceException as error:  # whatever it says, it is not about reminders
        raise ServiceException(message="no time zone", status_code=500, headers=None, body=None) from error
    if not isinstance(zone, str) or not zone:
        raise ServiceException(message="no time zone", status_code=500, headers=None, body=None)
    return zone


def _request(at: time, every: Every, text: str, zone: str, heard: Heard) -> ReminderRequest:
    # Each of the SDK's modules exports one class; they are slow to import and seldom needed.
    from ask_sdk_model.services.reminder_management import (  # noqa: PLC0415
        alert_info,
        push_notification,
        push_notification_status,
        recurrence,
        reminder_request,
        spoken_info,
        spoken_text,
        trigger,
        trigger_type,
    )

    now = datetime.fromtimestamp(heard.at_ms / 1000, UTC)
    rule = f"{_RULES[every]};BYHOUR={at.hour};BYMINUTE={at.minute};BYSECOND=0"
    spoken = spoken_text.SpokenText(locale=heard.locale, text=text)
    return reminder_request.ReminderRequest(
        request_time=now.replace(tzinfo=None),
        trigger=trigger.Trigger(
            object_type=trigger_type.TriggerType.SCHEDULED_ABSOLUTE,
            time_zone_id=zone,
            recurrence=recurrence.Recurrence(start_date_time=_local(now, zone), recurrence_rules=[rule]),
        ),
        alert_info=alert_info.AlertInfo(spoken_info=spoken_info.SpokenInfo(content=[spoken])),
        push_notification=push_notification.PushNotification(
            status=push_notification_status.PushNotificationStatus.DISABLED
        ),
    )


def _local(now: datetime, zone: str) -> datetime:
    """Return the time that a clock there shows: times go without their zone."""
    try:
        here = now.astimezone(ZoneInfo(zone))
    except (LookupError, ValueError, OSError):
        here = now  # this machine does not know that zone: only the day may be off
    return here.replace(tzinfo=None, microsecond=0)


def _outcome(status: int | None, code: str) -> Outcome:
    if status in _NOT_ALLOWED:
        return Outcome.NOT_HERE if code in _HOPELESS else Outcome.NOT_ALLOWED
    return Outcome.FAILED


def _is_amazons(endpoint: str) -> bool:
    """Whether the token may be sent there."""
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return False
    return parts.scheme == "https" and _API_HOST.fullmatch(parts.netloc) is not None
