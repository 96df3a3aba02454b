"""Who belongs to the household: people, caregivers with their roles, invites, devices. For its owners."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from skill.care.errors import CareError
from skill.care.permissions import Action
from skill.care.records import DeviceKind, Role
from skill.care.ways_in import INVITE_LASTS
from skill.web.codes import code_svg
from skill.web.guard import SIGN_IN_COOKIE
from skill.web.moments import own_zone
from skill.web.navigation import Tab
from skill.web.panel import offline_since
from skill.web.site import Site, back_to, caregiver

Answer = tuple[str, int] | Response


def household_pages(site: Site) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("household", __name__)
    site.navigation.main.append(
        Tab(endpoint="household.household", label="web.nav.household", order=50, owner=True)
    )

    @pages.get("/household")
    def household() -> Answer:
        who = site.demand(Action.MANAGE_PEOPLE)
        people = site.house.people(who)
        zone = home_zone(site)
        return site.page(
            "household.html",
            people=people,
            caregivers=site.house.caregivers(who),
            invites=[one for one in site.house.care.invites(site.now()) if one.by],
            devices=[(device, offline_since(site, device, zone)) for device in site.house.devices(who)],
            names={person.id: site.name(person) for person in people},
            zone=zone,
            zones=_zones(),
            roles=list(Role),
        )

    _add_people(pages, site)
    _add_caregivers(pages, site)
    _add_devices(pages, site)
    return pages


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def home_zone(site: Site) -> str:
    """Return the time zone of the household: that of its first person, or of this machine."""
    people = site.house.people(caregiver())
    return people[0].zone if people else own_zone()


def _add_people(pages: Blueprint, site: Site) -> None:
    @pages.post("/household/people")
    def add_person() -> Answer:
        form = request.form
        person = site.house.add_person(caregiver(), form.get("name", ""), form.get("zone", ""))
        if form.get("first") == "yes":
            return back_to("people.person", person=person.id)
        return back_to("household.household", "added")

    @pages.post("/household/people/<person>")
    def change_person(person: str) -> Answer:
        name, zone = request.form.get("name", ""), request.form.get("zone", "")
        site.house.rename_person(caregiver(), person, name, zone)
        return back_to("household.household", "saved")

    @pages.get("/household/people/<person>/delete")
    def before_delete(person: str) -> Answer:
        site.demand(Action.DELETE_PERSON)
        return site.page("delete-person.html", access=site.access(person))

    @pages.post("/household/people/<person>/delete")
    def delete_person(person: str) -> Answer:
        site.demand(Action.DELETE_PERSON)
        access = site.access(person)
        if request.form.get("name", "").strip() != site.name(access.person):
            return site.page("delete-person.html", 400, access=access, wrong=True)
        site.house.delete_person(caregiver(), person)
        return back_to("household.household", "deleted")


def _add_caregivers(pages: Blueprint, site: Site) -> None:
    @pages.post("/household/invite")
    def invite() -> Answer:
        grants = {
            name.removeprefix("role-"): _role(value) for name, value in request.form.items() if _is_role(name)
        }
        given = {person: role for person, role in grants.items() if role is not None}
        owner = request.form.get("owner") == "yes"
        if not given and not owner:
            raise CareError("no-role")
        secret = site.house.invite_caregiver(caregiver(), given, owner=owner)
        return _code_page(site, "invite", f"{site.address('ways_in.join')}#{secret}")

    @pages.post("/household/invites/<invite>/remove")
    def take_back(invite: str) -> Answer:
        site.demand(Action.INVITE)
        site.house.care.remove_invite(invite)
        site.house.note_change(caregiver().id, "invite.removed", invite)
        return back_to("household.household", "taken-back")

    @pages.post("/household/caregivers/<other>")
    def set_roles(other: str) -> Answer:
        who = site.demand(Action.MANAGE_PEOPLE)
        had = {grant.person: grant.role for grant in site.house.care.grants() if grant.caregiver == other}
        for name, value in request.form.items():
            person, role = name.removeprefix("role-"), _role(value) if _is_role(name) else None
            if _is_role(name) and role is not had.get(person):
                site.house.set_role(who, other, person, role)
        return back_to("household.household", "saved")

    @pages.post("/household/caregivers/<other>/remove")
    def remove_caregiver(other: str) -> Answer:
        site.house.remove_caregiver(caregiver(), other)
        if other != caregiver().id:
            return back_to("household.household", "removed")
        response = redirect(url_for("ways_in.sign_in"), code=303)
        response.delete_cookie(SIGN_IN_COOKIE)
        return response


def _add_devices(pages: Blueprint, site: Site) -> None:
    @pages.post("/household/pair")
    def pair() -> Answer:
        """Make a pairing link. A screen is one `of` a device, whose person it then shows."""
        of = request.form.get("of") or None
        person = site.house.device(of).person if of else request.form.get("person", "")
        kind = DeviceKind.SCREEN if of else DeviceKind.BROWSER
        secret = site.house.invite_device(caregiver(), person, kind, of=of)
        return _code_page(site, "pair", f"{site.address('ways_in.pair')}#{secret}")

    @pages.post("/household/devices/<device>/remove")
    def remove_device(device: str) -> Answer:
        site.house.remove_device(caregiver(), device)
        return back_to("household.household", "removed")


def _code_page(site: Site, what: str, link: str) -> Answer:
    until: datetime = site.now() + INVITE_LASTS
    return site.page(
        "code-shown.html",
        what=what,
        link=link,
        svg=code_svg(link),
        until=site.moments.clock(until, home_zone(site)),
    )


def _is_role(name: str) -> bool:
    return name.startswith("role-")


def _role(value: str) -> Role | None:
    if not value:
        return None
    try:
        return Role(value)
    except ValueError as error:
        raise BadRequest from error
