"""Puts the caregivers' pages into a Flask app."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources

from flask import Blueprint, Flask, current_app, g, request, url_for
from jinja2 import StrictUndefined

from routines.phrases import Phrases
from skill.care.house import House
from skill.care.permissions import Action
from skill.web.changes import change_pages
from skill.web.errors import add_errors
from skill.web.guard import Guard, csrf_token
from skill.web.household import household_pages
from skill.web.limits import Counter, Limits
from skill.web.live import live_pages
from skill.web.me import me_pages
from skill.web.moments import Moments
from skill.web.navigation import Tab
from skill.web.people import people_pages
from skill.web.site import RoutineChoice, Site
from skill.web.streams import Streams
from skill.web.ways_in import ways_in

#: Threads that live streams leave free for everything else.
SPARE_THREADS = 8

_YEAR_S = 365 * 24 * 3600
_HTMX = {
    "allowEval": False,
    "includeIndicatorStyles": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,  # nothing about anybody stays in the browser
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "[45]..", "swap": True, "error": True, "target": "#said"},
    ],
}


def add_pages(
    app: Flask,
    house: House,
    phrases: Phrases,
    *,
    routines: Callable[[], Sequence[RoutineChoice]],
    threads: int,
    public_url: str | None = None,
    limits: Limits | None = None,
) -> Site:
    """Add the pages, and the guard before them; return what further pages are made with.

    `threads`: how many the server has; live streams take all but eight of them at most. The guard is for
    every endpoint of the app, also for those that are added later (`skill.web.guard.DOORS`).
    """
    site = Site(
        house=house,
        phrases=phrases,
        routines=routines,
        now=house.now,
        bell=house.bell,
        streams=Streams(max(1, threads - SPARE_THREADS)),
        public_url=public_url,
        limits=limits or Limits(),
        counter=Counter(house.history, house.now),
        moments=Moments(phrases, house.now),
    )
    Guard(house, public_url).stand_before(app)
    add_errors(app, site)
    _add_words(app, site)
    app.register_blueprint(_frame())
    for pages in (ways_in, people_pages, live_pages, household_pages, change_pages, me_pages):
        app.register_blueprint(pages(site))
    return site


def _frame() -> Blueprint:
    """Return what all pages share: templates and static files."""
    return _Frame(
        "web", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )


class _Missing(StrictUndefined):
    """What a template was not given: it can be asked for, and never be shown by mistake."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


class _Frame(Blueprint):
    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Let a browser keep what has its version in its address; ask again about anything else."""
        del filename
        return _YEAR_S if "v" in request.args else None


def _add_words(app: Flask, site: Site) -> None:
    """Let every template speak, and find its way."""
    app.jinja_env.undefined = _Missing
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    def said_now() -> str:
        phrase_id = f"web.said.{request.args.get('said', '')}"
        return site.phrases(phrase_id) if site.phrases.has(phrase_id) else ""

    def main_tabs() -> Iterator[Tab]:
        for tab in site.navigation.for_caregiver(owner=g.visitor.caregiver.owner):
            if has_page(tab.endpoint):
                yield tab

    def person_tabs(actions: frozenset[Action]) -> Iterator[Tab]:
        for tab in site.navigation.for_person(actions):
            if has_page(tab.endpoint):
                yield tab

    @app.context_processor
    def words() -> dict[str, object]:
        return {
            "phrases": site.phrases,
            "moments": site.moments,
            "name_of": site.name,
            "visitor": g.get("visitor"),
            "csrf_token": csrf_token,
            "asset": asset,
            "has_page": has_page,
            "said_now": said_now,
            "main_tabs": main_tabs,
            "person_tabs": person_tabs,
            "htmx_config": json.dumps(_HTMX),
        }


def has_page(endpoint: str) -> bool:
    """Whether the app has this page."""
    return endpoint in current_app.view_functions


def asset(name: str) -> str:
    """Return the address of a static file, which changes with what is in it."""
    return url_for("web.static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    content = (resources.files("skill.web") / "static" / name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]
