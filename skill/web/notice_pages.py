"""Where a caregiver is told, and about what: their own choice."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from skill.care.errors import CareError
from skill.care.notices import CHOICES, NoticeWords, Sender, choose_notices, rule_of, send_test
from skill.web.navigation import Tab
from skill.web.site import Site, back_to, caregiver

Answer = tuple[str, int] | Response


def notice_pages(site: Site, sender: Sender, words: NoticeWords) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("notices", __name__, url_prefix="/me/notices")
    site.navigation.main.append(Tab(endpoint="notices.notices", label="web-care.nav.notices", order=40))

    def page(error: CareError | None = None, *, tested: bool = False) -> Answer:
        rule = rule_of(site.house, caregiver())
        said = request.form if error is not None or tested else None
        return site.page(
            "notices.html",
            200 if error is None else 400,
            address=said.get("address", "") if said else rule.url if rule else "",
            chosen=set(said.getlist("kind")) if said else rule.kinds if rule else frozenset(),
            kinds=[kind.value for kind in CHOICES],
            error=site.says(error) if error else "",
            tested=tested,
        )

    @pages.get("")
    def notices() -> Answer:
        return page()

    @pages.post("")
    def choose() -> Answer:
        address = request.form.get("address", "").strip()
        kinds = frozenset(request.form.getlist("kind"))
        try:
            if request.form.get("do") == "test":
                site.counter.take(site.limits.login, "test-message", caregiver().login)
                send_test(caregiver(), sender, words, address)
                return page(tested=True)
            choose_notices(site.house, caregiver(), sender, address, kinds)
        except CareError as error:
            return page(error)
        return back_to("notices.notices", said="saved")

    return pages
