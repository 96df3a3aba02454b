"""What goes on now, as it changes: a stream of server-sent events, and the same to be asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Blueprint, g, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from skill.care.errors import NotAllowedError
from skill.care.gate import Access
from skill.care.permissions import Action
from skill.ports import StoreError
from skill.web.guard import SIGN_IN_COOKIE
from skill.web.panel import panel_of, states_of
from skill.web.site import Site, caregiver
from skill.web.streams import KEEP_ALIVE, KEEP_ALIVE_S

#: How often a stream looks whether its caregiver may still see, and how the minutes have gone on.
LOOK_S = 5.0
#: The longest a stream lasts: a browser opens another one by itself.
LONGEST_S = 900.0
_AFTER_A_FAULT_S = 1.0


def live_pages(site: Site) -> Blueprint:
    """Return the stream of a person's page and what it falls back to."""
    pages = Blueprint("live", __name__)

    @pages.get("/people/<person>/live")
    def stream(person: str) -> AnyResponse:
        key = request.cookies[SIGN_IN_COOKIE]
        return site.streams.open(_Stream(site, key, site.access(person)).events)

    @pages.get("/people/<person>/panel")
    def panel(person: str) -> tuple[str, int]:
        access = site.access(person)
        return site.page("parts/panel.html", panel=panel_of(site, caregiver(), access))

    @pages.get("/people/<person>/live.json")
    def state(person: str) -> AnyResponse:
        site.demand(Action.SEE_LIVE, person)
        return jsonify(devices=states_of(site, site.access(person)))

    return pages


class _Stream:
    """One caregiver who looks at one person's page: as much of the panel as they may see."""

    def __init__(self, site: Site, key: str, access: Access) -> None:
        self._site = site
        self._key = key
        self._person = access.person.id
        self._actions = access.actions
        self._shown = ""
        self._said_at = time.monotonic()

    def events(self) -> Iterator[str]:
        """Yield events until what the caregiver may do has changed, or the server ends."""
        ends_at = time.monotonic() + LONGEST_S
        seen = -1
        while time.monotonic() < ends_at and not self._site.bell.closed:
            try:
                if seen < 0:
                    seen = self._site.house.care.last_change()
                panel = self._panel()
                if panel is None:
                    yield self._said("over", "")
                    return
                if panel != self._shown:
                    self._shown = panel
                    yield self._said("panel", panel)
                elif time.monotonic() - self._said_at >= KEEP_ALIVE_S:
                    yield KEEP_ALIVE + self._said("here", "")
                seen = self._site.bell.wait(seen, LOOK_S, self._person)
            except StoreError:
                seen, self._shown = -1, ""  # as soon as it can be told, the page is told how it stands
                yield self._said("away", "")
                time.sleep(_AFTER_A_FAULT_S)

    def _panel(self) -> str | None:
        """Return the panel; None if the caregiver may do more now, or less: then it is another page."""
        g.visitor = self._site.house.visitor(self._key)
        if g.visitor is None:
            return None
        who = g.visitor.caregiver
        try:
            access = self._site.house.access(who, self._person)
        except NotAllowedError:
            return None
        if access.actions != self._actions:
            return None
        return self._site.page("parts/panel.html", panel=panel_of(self._site, who, access))[0]

    def _said(self, event: str, data: str) -> str:
        self._said_at = time.monotonic()
        lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
        return f"event: {event}\n{lines}\n"
