"""The routines there are; writing, checking, listening to and keeping one of the household's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources

from flask import Blueprint, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from routines.faults import Fault, Severity, hint, what
from routines.load import SUFFIX, Library, text_of
from routines.model import Routine
from skill.care.errors import NotAllowedError
from skill.care.permissions import Action
from skill.own_routines import Draft, OwnRoutines
from skill.web.navigation import Tab
from skill.web.site import Site, back_to, caregiver

Answer = tuple[str, int] | Response
#: Makes a routine into sound, and returns the name of its file; None if it cannot.
Listen = Callable[[Routine], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultLine:
    """A fault, and the line that it is in."""

    line: int
    source: str
    what: str
    hint: str
    severe: bool


def routine_pages(site: Site, own: OwnRoutines, listen: Listen) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("routines", __name__, url_prefix="/routines")
    site.navigation.main.append(Tab(endpoint="routines.every", label="web-care.nav.routines", order=30))

    @pages.get("")
    def every() -> Answer:
        return site.page("routines.html", routines=site.routines(), own=own.texts(), may_edit=_may_edit(site))

    @pages.get("/new")
    def new() -> Answer:
        site.demand(Action.EDIT_ROUTINES)
        begun_from = request.args.get("from", "")
        return _editor(site, own.draft(_text_of(site, own, begun_from) if begun_from else ""), fresh=True)

    @pages.get("/<routine>")
    def one(routine: str) -> Answer:
        site.demand(Action.EDIT_ROUTINES)
        if routine not in own.texts():
            raise NotFound
        versions = own.care.routine_versions(routine)
        return _editor(site, own.draft(_text_of(site, own, routine)), versions=versions, routine=routine)

    @pages.post("")
    def save() -> Answer:
        site.demand(Action.EDIT_ROUTINES)
        text = _sent_text()
        if request.form.get("do") == "save":
            draft = own.save(caregiver(), text)
            if draft.good:
                return back_to("routines.every", said="saved")
            return _editor(site, draft, status=400)
        draft = own.draft(text)
        heard = listen(draft.routine) if draft.good and draft.routine and _wants_to_listen() else None
        return _editor(site, draft, heard=heard, silent=heard is None and draft.good and _wants_to_listen())

    @pages.post("/<routine>/remove")
    def remove(routine: str) -> Answer:
        site.demand(Action.EDIT_ROUTINES)
        own.take_out(caregiver(), routine)
        return back_to("routines.every", said="removed")

    return pages


def _may_edit(site: Site) -> bool:
    try:
        site.demand(Action.EDIT_ROUTINES)
    except NotAllowedError:
        return False
    return True


def _wants_to_listen() -> bool:
    return request.form.get("do") == "listen"


def _sent_text() -> str:
    """Return the text that was written, or that of the file that was chosen."""
    file = request.files.get("file")
    if file is not None and file.filename:
        return file.stream.read().decode("utf-8", errors="replace")
    return request.form.get("text", "")


def _text_of(site: Site, own: OwnRoutines, routine: str) -> str:
    """Return the text of one of the household's own, or of one that comes with the coach."""
    kept = own.texts().get(routine)
    if kept is not None:
        return str(kept.document)
    locale = site.phrases.locale
    file = resources.files("routines") / "library" / locale / f"{routine}{SUFFIX}"
    if routine not in Library(locale).ids() or not file.is_file():
        raise NotFound
    return text_of(file, file.name)


def _editor(site: Site, draft: Draft, status: int = 200, **more: object) -> Answer:
    lines = draft.text.split("\n")
    faults = [_fault_line(site, fault, lines) for fault in draft.faults] if draft.text.strip() else []
    faults.sort(key=lambda fault: not fault.severe)
    values: dict[str, object] = {
        "versions": (),
        "heard": None,
        "silent": False,
        "routine": draft.routine.id if draft.routine else None,
        "fresh": False,
        "who_is": _names(site),
    }
    return site.page("routine.html", status, draft=draft, faults=faults, **(values | more))


def _names(site: Site) -> Callable[[str], str]:
    """Return what says a caregiver's name."""
    names = {one.id: one.name for one in site.house.care.caregivers()}
    return lambda known_as: names.get(known_as) or site.phrases("web.change.gone")


def _fault_line(site: Site, fault: Fault, lines: list[str]) -> FaultLine:
    source = lines[fault.line - 1].strip() if 0 < fault.line <= len(lines) else ""
    return FaultLine(
        line=fault.line,
        source=source,
        what=what(fault, site.phrases),
        hint=hint(fault, site.phrases),
        severe=fault.severity is Severity.ERROR,
    )
