"""The pages of those who have not signed in: signing in, the first set-up, joining, pairing a device."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from skill.care.errors import CareError
from skill.care.records import Invite
from skill.web.guard import DEVICE_COOKIE, SIGN_IN_COOKIE, pair_browser, sign_in_browser
from skill.web.limits import network_of
from skill.web.site import Site

Answer = tuple[str, int] | Response


def ways_in(site: Site) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("ways_in", __name__)
    _add_signing_in(pages, site)
    _add_invited(pages, site)
    return pages


def _add_signing_in(pages: Blueprint, site: Site) -> None:
    @pages.get("/sign-in")
    def sign_in() -> Answer:
        if g.visitor is not None:
            return redirect(_local(request.args.get("next")), code=303)
        return site.page("sign-in.html", new=site.house.is_new(), onward=request.args.get("next", ""))

    @pages.post("/sign-in")
    def signs_in() -> Answer:
        login, password = request.form.get("login", ""), request.form.get("password", "")
        _count(site)
        site.counter.take(site.limits.login, "login", login.strip().casefold())
        found = site.house.sign_in(login, password)
        if found is None:
            onward = request.form.get("next", "")
            return site.page("sign-in.html", 401, new=False, wrong=True, login=login, onward=onward)
        key, signed_in = found
        response = redirect(_local(request.form.get("next")), code=303)
        sign_in_browser(response, key, signed_in.until, site.now())
        return response

    @pages.post("/sign-out")
    def sign_out() -> Answer:
        key = request.cookies.get(SIGN_IN_COOKIE)
        if key:
            site.house.sign_out(key)
        response = redirect(url_for("ways_in.sign_in", said="signed-out"), code=303)
        response.delete_cookie(SIGN_IN_COOKIE)
        return response


def _add_invited(pages: Blueprint, site: Site) -> None:
    invited = _Invited(site)

    @pages.get("/setup")
    def setup() -> Answer:
        return site.page("code.html", what="setup")

    @pages.post("/setup")
    def sets_up() -> Answer:
        return invited.caregiver("setup")

    @pages.get("/join")
    def join() -> Answer:
        return site.page("code.html", what="join")

    @pages.post("/join")
    def joins() -> Answer:
        return invited.caregiver("join")

    @pages.get("/pair")
    def pair() -> Answer:
        return site.page("code.html", what="pair", paired=DEVICE_COOKIE in request.cookies)

    @pages.post("/pair")
    def pairs() -> Answer:
        return invited.device()


class _Invited:
    """What somebody does with the secret of an invite: look what it is for, then take it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def caregiver(self, what: str) -> Answer:
        """Show the form to whoever has a good secret; take it when it is filled in."""
        site, secret = self._site, request.form.get("code", "").strip()
        _count(site)
        invite = site.house.look_at(secret)
        if invite is None or invite.device is not None or (what == "setup") is bool(invite.by):
            return self._gone(what)
        if "login" not in request.form:
            return self._form(what, secret, invite)
        login, password = request.form["login"], request.form.get("password", "")
        try:
            site.house.accept(secret, name=request.form.get("name", ""), login=login, password=password)
        except CareError as error:
            return self._gone(what) if error.code == "gone" else self._form(what, secret, invite, error)
        found = site.house.sign_in(login, password)
        response = redirect(url_for("people.home", said="welcome"), code=303)
        if found is not None:
            sign_in_browser(response, found[0], found[1].until, site.now())
        return response

    def device(self) -> Answer:
        """Show what is to be paired to whoever has a good secret; then pair this browser."""
        site, secret = self._site, request.form.get("code", "").strip()
        _count(site)
        invite = site.house.look_at(secret)
        if invite is None or invite.device is None:
            return self._gone("pair")
        if "name" not in request.form:
            return self._form("pair", secret, invite)
        try:
            _, key = site.house.pair(secret, name=request.form["name"])
        except CareError as error:
            return self._gone("pair") if error.code == "gone" else self._form("pair", secret, invite, error)
        response = redirect("/coach", code=303)
        pair_browser(response, key)
        return response

    def _form(self, what: str, secret: str, invite: Invite, error: CareError | None = None) -> Answer:
        people = {person.id: self._site.name(person) for person in self._site.house.care.people()}
        return self._site.page(
            "invited.html",
            200 if error is None else 400,
            what=what,
            secret=secret,
            invite=invite,
            person=people.get(invite.device.person, "") if invite.device else "",
            grants=[(people[one], role) for one, role in invite.grants.items() if one in people],
            error=self._site.says(error) if error else "",
            faulty=_FAULTY.get(error.code, "") if error else "",
            said=request.form,
        )

    def _gone(self, what: str) -> Answer:
        return self._site.page("code.html", 410, what=what, gone=True)


#: The field to which a fault belongs.
_FAULTY = {
    "name-empty": "name",
    "name-long": "name",
    "login-bad": "login",
    "login-taken": "login",
    "password-weak": "password",
}


def _count(site: Site) -> None:
    site.counter.take(site.limits.address, "address", network_of(request.remote_addr))


def _local(path: str | None) -> str:
    """Return a path of ours; the first page in place of anything that could lead elsewhere."""
    home = url_for("people.home")
    if not path or not path.startswith("/") or path.startswith("//"):
        return home
    if "\\" in path or not path.isprintable():  # a browser takes \\ for /
        return home
    parts = urlsplit(path)
    return home if parts.scheme or parts.netloc else path
