"""Who changed what, in words. For the household's owners."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint

from skill.care.permissions import Action
from skill.care.records import AuditRow
from skill.web.household import home_zone
from skill.web.navigation import Tab
from skill.web.site import Site, caregiver

_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One change, ready to be shown."""

    when: str
    who: str
    what: str


def change_pages(site: Site) -> Blueprint:
    """Return the page."""
    pages = Blueprint("changes", __name__)
    site.navigation.main.append(
        Tab(endpoint="changes.changes", label="web.nav.changes", order=60, owner=True)
    )

    @pages.get("/changes")
    def changes() -> tuple[str, int]:
        rows = site.house.audit(site.demand(Action.SEE_AUDIT), _SHOWN)
        return site.page("changes.html", lines=_Words(site).lines(rows))

    return pages


class _Words:
    """Says rows of the record in words, with the names that are known now."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._zone = home_zone(site)
        care, who = site.house.care, caregiver()
        self._names = {one.id: one.name for one, _ in site.house.caregivers(who)}
        self._names |= {device.id: device.name for device in care.devices()}
        self._names |= {person.id: site.name(person) for person in care.people()}

    def lines(self, rows: tuple[AuditRow, ...]) -> list[ChangeLine]:
        """Return the rows in words, in their order."""
        return [self._line(row) for row in rows]

    def _line(self, row: AuditRow) -> ChangeLine:
        say = self._site.phrases
        phrase_id = f"web.change.{row.action}"
        subject = self._name(row.subject)
        return ChangeLine(
            when=self._site.moments.when(row.at, self._zone),
            who=self._name(row.by.removeprefix("device:")),
            what=say(phrase_id, name=subject) if say.has(phrase_id) else row.action,
        )

    def _name(self, known_as: str) -> str:
        say = self._site.phrases
        if known_as == "schedule":
            return say("web.change.by-schedule")
        return self._names.get(known_as) or say("web.change.gone")
