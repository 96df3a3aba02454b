"""Alexa's own services, as far as the SDK's clients see them: what is asked is kept, answers are set."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from ask_sdk_model.services.api_client import ApiClient
from ask_sdk_model.services.api_client_request import ApiClientRequest
from ask_sdk_model.services.api_client_response import ApiClientResponse

REMINDERS = "/v1/alerts/reminders"
ZONE = "/v2/devices/{device}/settings/System.timeZone"


@dataclass(frozen=True)
class Asked:
    """One request as it was sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any


@dataclass
class Services(ApiClient):
    """A time zone and reminders; a status of 0 is a service that does not answer in time."""

    zone: str = "America/New_York"
    zone_status: int = 200
    status: int = 201
    code: str = "ERROR"
    asked: list[Asked] = field(default_factory=list)

    def invoke(self, request: ApiClientRequest) -> ApiClientResponse:
        self.asked.append(Asked(request.method, request.url, dict(request.headers), request.body))
        is_zone = unquote(urlsplit(request.url).path).endswith("System.timeZone")
        status = self.zone_status if is_zone else self.status
        if not status:
            raise TimeoutError("timed out")
        answer: Any = {"alertToken": "one", "status": "ON"} if status < 300 else {"code": self.code}
        if is_zone and status < 300:
            answer = self.zone
        return ApiClientResponse(headers=[], status_code=status, body=json.dumps(answer))

    @property
    def reminders(self) -> list[Asked]:
        """What was asked of the reminders alone."""
        return [asked for asked in self.asked if urlsplit(asked.url).path == REMINDERS]
