"""What can be taken along: everything about a person as a file, and their week as a calendar feed."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from skill.care.export import Format, export
from skill.care.feed import feed, new_feed
from skill.web.limits import network_of
from skill.web.site import Site, caregiver

Answer = tuple[str, int] | Response


def export_pages(site: Site) -> Blueprint:
    """Return the pages of one person."""
    pages = Blueprint("export", __name__, url_prefix="/people/<person>")

    @pages.get("/export.<kind>", endpoint="export")
    def give_out(person: str, kind: str) -> Response:
        site.access(person)
        if kind not in list(Format):
            raise NotFound
        made = export(site.house, caregiver(), person, Format(kind), site.phrases)
        response = Response(made.content, content_type=made.mime)
        response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
        return response

    @pages.get("/feed")
    def about(person: str) -> Answer:
        return site.page("feed.html", access=site.access(person), link=None)

    @pages.post("/feed")
    def make(person: str) -> Answer:
        access = site.access(person)
        secret = new_feed(site.house, caregiver(), person)
        link = f"{site.public_url or request.host_url.rstrip('/')}/feed/{secret}.ics"
        return site.page("feed.html", access=access, link=link)

    return pages


def feed_pages(site: Site) -> Blueprint:
    """Return the feed itself: for calendar programs, which have the secret address and nothing else."""
    pages = Blueprint("feed", __name__)

    @pages.get("/feed/<secret>.ics")
    def calendar(secret: str) -> Response:
        content = feed(site.house, secret, site.phrases)
        if content is None:
            site.counter.take(site.limits.address, "feed", network_of(request.remote_addr))
            raise NotFound
        response = Response(content, content_type="text/calendar; charset=utf-8")
        response.headers["Cache-Control"] = "private, max-age=900"
        return response

    return pages
