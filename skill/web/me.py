"""The caregiver's own page: who they are here, their password. Other pages add sections to it."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from skill.care.errors import CareError
from skill.care.secrets import MIN_PASSWORD
from skill.web.guard import SIGN_IN_COOKIE
from skill.web.navigation import Tab
from skill.web.site import Site, caregiver

Answer = tuple[str, int] | Response


def me_pages(site: Site) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("me", __name__)
    site.navigation.main.append(Tab(endpoint="me.me", label="web.nav.me", order=90))

    def page(error: CareError | None = None) -> Answer:
        return site.page(
            "me.html",
            200 if error is None else 400,
            error=site.says(error) if error else "",
            faulty="" if error is None else "old" if error.code == "password-wrong" else "new",
            least=MIN_PASSWORD,
        )

    @pages.get("/me")
    def me() -> Answer:
        return page()

    @pages.post("/me/password")
    def password() -> Answer:
        site.counter.take(site.limits.login, "password", caregiver().login)
        try:
            site.house.change_password(caregiver(), request.form.get("old", ""), request.form.get("new", ""))
        except CareError as error:
            return page(error)
        response = redirect(url_for("ways_in.sign_in", said="password"), code=303)
        response.delete_cookie(SIGN_IN_COOKIE)
        return response

    return pages
