"""The people one cares for, and one of them: what goes on now, starting, and what they share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from skill.care.asking import MAX_NOTE
from skill.care.errors import CareError
from skill.care.gate import Access
from skill.care.permissions import Action
from skill.care.records import CommandKind, Consent, ConsentKind, ConsentState
from skill.care.secrets import new_id
from skill.web.moments import own_zone
from skill.web.navigation import Tab
from skill.web.panel import now_of, offline_since, panel_of
from skill.web.site import Site, back_to, caregiver

#: As `new_id` makes them.
_ID = re.compile(r"[\w-]{12}", re.ASCII)

Answer = str | tuple[str, int] | Response


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingLine:
    """One kind of consent, and where it stands for the caregiver who looks; None: never asked."""

    kind: ConsentKind
    state: ConsentState | None


def people_pages(site: Site) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("people", __name__)
    site.navigation.main.append(Tab(endpoint="people.home", label="web.nav.home", order=10))
    site.navigation.person.append(Tab(endpoint="people.person", label="web.nav.now", order=10))
    site.navigation.person.append(Tab(endpoint="people.sharing", label="web.nav.sharing", order=90))

    @pages.get("/")
    def home() -> Answer:
        who = caregiver()
        accesses = [site.house.access(who, person.id) for person in site.house.people(who)]
        cards = [(access, now_of(site, access)) for access in accesses]
        new = who.owner and all(not access.person.name for access in accesses)
        return site.page("home.html", cards=cards, new=new, zone=own_zone())

    _add_asking(pages, site)
    return pages


def _add_asking(pages: Blueprint, site: Site) -> None:
    @pages.get("/people/<person>")
    def person(person: str) -> Answer:
        access = site.access(person)
        return _person_page(site, access)

    @pages.post("/people/<person>/start")
    def start(person: str) -> Answer:
        return _start(site, site.access(person))

    @pages.post("/people/<person>/<device>/<what>")
    def control(person: str, device: str, what: str) -> Answer:
        if what not in (CommandKind.PAUSE, CommandKind.RESUME, CommandKind.STOP):
            raise BadRequest
        site.demand(Action.CONTROL, person)
        if site.house.device(device).person != person:
            raise CareError("no-device")
        site.house.control(caregiver(), device, CommandKind(what))
        if "HX-Request" in request.headers:  # the page follows what becomes of it anyway
            return "", 204
        return redirect(url_for("people.person", person=person), code=303)

    @pages.post("/people/<person>/ask")
    def ask(person: str) -> Answer:
        site.access(person)
        kinds = [kind for kind in ConsentKind if kind in request.form.getlist("kind")]
        if not kinds:
            raise BadRequest
        site.house.ask_consent(caregiver(), person, kinds)
        return back_to("people.person", person=person)

    @pages.get("/people/<person>/sharing")
    def sharing(person: str) -> Answer:
        access = site.access(person)
        return site.page(
            "sharing.html", access=access, lines=sharing_lines(site, access), words=_words_said(site, access)
        )


def _start(site: Site, access: Access) -> Answer:
    form = request.form
    at_once = form.get("at_once") == "yes"
    site.demand(Action.START_AT_ONCE if at_once else Action.START, access.person.id)
    if form.get("routine") not in {routine.id for routine in site.routines()}:
        raise BadRequest
    try:
        site.house.start(
            caregiver(),
            access.person.id,
            form["routine"],
            form.get("device", ""),
            note=form.get("note", ""),
            at_once=at_once,
            id=_command_id(form.get("id", "")),
        )
    except CareError as error:
        return _person_page(site, access, error=site.says(error), status=400)
    return back_to("people.person", person=access.person.id)


def _person_page(site: Site, access: Access, *, error: str = "", status: int = 200) -> Answer:
    who, person = caregiver(), access.person
    coaches = site.house.coaches(person.id)
    return site.page(
        "person.html",
        status,
        access=access,
        panel=panel_of(site, who, access),
        routines=site.routines() if Action.START in access.actions else (),
        coaches=coaches,
        offline={device.id: offline_since(site, device, person.zone) for device in coaches},
        lines=sharing_lines(site, access),
        command=new_id(),
        most=MAX_NOTE,
        error=error,
        said=request.form,
    )


def sharing_lines(site: Site, access: Access) -> tuple[SharingLine, ...]:
    """Return where every kind of consent of a person stands for the caregiver who looks."""
    mine = caregiver().id
    states = {
        one.kind: one.state for one in site.house.care.consents(access.person.id) if one.caregiver == mine
    }
    return tuple(SharingLine(kind=kind, state=states.get(kind)) for kind in ConsentKind)


def _words_said(site: Site, access: Access) -> list[Consent]:
    """Return what the person said to the caregiver who looks, newest first."""
    log = site.house.care.consent_log(access.person.id)
    return [one for one in reversed(log) if one.caregiver == caregiver().id][:20]


def _command_id(said: str) -> str | None:
    """Return the id that the form gave the command, so that pressing twice asks once."""
    return said if _ID.fullmatch(said) else None
