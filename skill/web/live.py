"""What goes on now, as it changes: a stream of server-sent events, and the same to be asked for."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from threading import Lock

from flask import Blueprint, g, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from skill.care.errors import NotAllowedError
from skill.care.gate import Access
from skill.care.permissions import Action
from skill.care.ports import CareStore
from skill.care.records import Change
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
_KEPT = 2000


def live_pages(site: Site) -> Blueprint:
    """Return the stream of a person's page and what it falls back to."""
    pages = Blueprint("live", __name__)
    changes = Changes(site.house.care)

    @pages.get("/people/<person>/live")
    def stream(person: str) -> AnyResponse:
        key = request.cookies[SIGN_IN_COOKIE]
        return site.streams.open(_Stream(site, changes, key, site.access(person)).events)

    @pages.get("/people/<person>/panel")
    def panel(person: str) -> tuple[str, int]:
        access = site.access(person)
        return site.page("parts/panel.html", panel=panel_of(site, caregiver(), access))

    @pages.get("/people/<person>/live.json")
    def state(person: str) -> AnyResponse:
        site.demand(Action.SEE_LIVE, person)
        return jsonify(devices=states_of(site, site.access(person)))

    return pages


class Changes:
    """The latest changes, read once for all streams of this process."""

    def __init__(self, care: CareStore) -> None:
        """Take the store."""
        self._care = care
        self._lock = Lock()
        self._latest: deque[Change] = deque(maxlen=_KEPT)
        self._read_from = self._read_to = -1

    def concern(self, person: str, after: int, newest: int) -> bool:
        """Whether a change in (after, newest] is about a person, or may be. StoreError."""
        with self._lock:
            if self._read_to < 0:
                self._read_from = self._read_to = after
            if newest > self._read_to:
                fresh = self._care.changes(self._read_to)
                self._latest.extend(fresh)
                self._read_to = max(newest, *(one.id for one in fresh[-1:]))
            if len(self._latest) == _KEPT:
                self._read_from = self._latest[0].id - 1
            if after < self._read_from:
                return True
            return any(after < one.id <= newest and one.person in ("", person) for one in self._latest)


class _Stream:
    """One caregiver who looks at one person's page: as much of the panel as they may see."""

    def __init__(self, site: Site, changes: Changes, key: str, access: Access) -> None:
        self._site = site
        self._changes = changes
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
                seen = self._wait(seen)
            except StoreError:
                seen, self._shown = -1, ""  # as soon as it can be told, the page is told how it stands
                yield self._said("away", "")
                time.sleep(_AFTER_A_FAULT_S)

    def _wait(self, seen: int) -> int:
        """Return the newest change once one is about this person, or it is time to look anyway."""
        until = time.monotonic() + LOOK_S
        while (left := until - time.monotonic()) > 0 and not self._site.bell.closed:
            newest = self._site.bell.wait(seen, left)
            if newest > seen:
                concerned = self._changes.concern(self._person, seen, newest)
                seen = newest
                if concerned:
                    break
        return seen

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
