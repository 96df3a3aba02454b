"""What every page is made with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from routines.phrases import Phrases
from skill.care.bell import Bell
from skill.care.errors import CareError
from skill.care.gate import Access
from skill.care.house import House
from skill.care.permissions import Action
from skill.care.records import Caregiver, Person
from skill.web.limits import Counter, Limits
from skill.web.moments import Moments
from skill.web.navigation import Navigation
from skill.web.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutineChoice:
    """A routine that can be started."""

    id: str
    title: str
    minutes: int  #: about how long it takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The house, the words, and everything else that pages share."""

    house: House
    phrases: Phrases
    routines: Callable[[], Sequence[RoutineChoice]]
    now: Callable[[], datetime]
    bell: Bell
    streams: Streams
    public_url: str | None  #: where others reach these pages; None: where they were asked for
    limits: Limits
    counter: Counter
    moments: Moments
    navigation: Navigation = field(default_factory=Navigation)

    def page(self, template: str, status: int = 200, **values: object) -> tuple[str, int]:
        """Return a page for an answer."""
        return render_template(template, **values), status

    def says(self, error: CareError) -> str:
        """Return what is wrong, in a person's words."""
        return self.phrases(f"care.error.{error.code}", **error.fields)

    def address(self, endpoint: str) -> str:
        """Return the full address of a page, for a link that is handed on."""
        path = url_for(endpoint)
        return f"{self.public_url or request.host_url.rstrip('/')}{path}"

    def name(self, person: Person) -> str:
        """Return what a person is called; before anybody gave them a name there is a word for that."""
        return person.name or self.phrases("web.person.unnamed")

    def access(self, person: str) -> Access:
        """Return what who is signed in may do for a person. NotAllowedError if they are none of theirs."""
        return self.house.access(caregiver(), person)

    def demand(self, action: Action, person: str | None = None) -> Caregiver:
        """Return who is signed in, if they may do this. NotAllowedError says what is missing."""
        who = caregiver()
        self.house.demand(who, action, person)
        return who


def caregiver() -> Caregiver:
    """Return who is signed in."""
    who: Caregiver = g.visitor.caregiver
    return who


def back_to(endpoint: str, said: str = "", **values: str) -> Response:
    """Return an answer that leads to a page, which then says the phrase `web.said.<said>`."""
    more: dict[str, Any] = {**values, "said": said or None}
    return redirect(url_for(endpoint, **more), code=303)
