"""What leads from page to page. A page that is added says here where it is found."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from skill.care.permissions import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A way to a page."""

    endpoint: str
    label: str  #: the id of a phrase
    order: int  #: the smallest comes first
    needs: Action | None = None  #: shown only to who may do this
    owner: bool = False  #: shown only to owners of the household


@dataclass(slots=True)
class Navigation:
    """The ways to the household's pages, and those to the pages of one person."""

    main: list[Tab] = field(default_factory=list)
    person: list[Tab] = field(default_factory=list)  #: their pages take `person`, an id

    def for_caregiver(self, *, owner: bool) -> Iterator[Tab]:
        """Yield the ways that are open to a caregiver, in order."""
        for tab in sorted(self.main, key=lambda one: one.order):
            if owner or not tab.owner:
                yield tab

    def for_person(self, actions: Collection[Action]) -> Iterator[Tab]:
        """Yield the ways to a person's pages that are open to who may do this, in order."""
        for tab in sorted(self.person, key=lambda one: one.order):
            if tab.needs is None or tab.needs in actions:
                yield tab
