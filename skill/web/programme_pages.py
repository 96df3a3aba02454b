"""A person's programme on a page: level, hold, pace, rest, what they cannot do, and numbers of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from routines.model import Barrier, Exercise
from routines.own_dose import MAX_DOSES, WIDEST, Doses, OwnDose, limits
from routines.phrases import Phrases
from routines.plan import SPANS, FirstSide, Level, Plan, PlanError
from skill.care.gate import Access
from skill.care.permissions import Action
from skill.care.programme import PlanChange, change_programme, programme_of, programme_versions
from skill.errors import explain
from skill.web.navigation import Tab
from skill.web.site import Site, back_to, caregiver

Answer = tuple[str, int] | Response

_NUMBERS = ("hold_s", "pace_percent", "rest_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number of the form: a choice for everything, or for one exercise."""

    name: str
    label: str
    value: str
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The own numbers of one exercise."""

    title: str
    numbers: tuple[Number, ...]


def programme_pages(
    site: Site, exercises: Callable[[], Sequence[Exercise]], titles: Callable[[], Mapping[str, str]]
) -> Blueprint:
    """Return the pages. `exercises` gives all there are, `titles` the title of each by id."""
    pages = Blueprint("programme", __name__, url_prefix="/people/<person>/programme")
    site.navigation.person.append(
        Tab(
            endpoint="programme.programme",
            label="web-care.nav.programme",
            order=40,
            needs=Action.EDIT_PROGRAMME,
        )
    )

    def page(access: Access, said: Mapping[str, str], error: str = "", status: int = 200) -> Answer:
        who, person = caregiver(), access.person.id
        plan = programme_of(site.house, who, person)
        versions = programme_versions(site.house, who, person)
        return site.page(
            "programme.html",
            status,
            access=access,
            plan=plan,
            levels=list(Level),
            first_sides=list(FirstSide),
            barriers=list(Barrier),
            numbers=[_number(site.phrases, name, plan, said) for name in _NUMBERS],
            own=_own(site.phrases, _led(exercises(), plan), plan, said),
            error=error,
            versions=[
                (
                    one.version,
                    site.moments.when(one.at, access.person.zone),
                    one.by or site.name(access.person),
                    [_change(site.phrases, change, titles()) for change in one.changes],
                )
                for one in versions[:20]
            ],
        )

    @pages.get("")
    def programme(person: str) -> Answer:
        access = site.access(person)
        site.demand(Action.EDIT_PROGRAMME, person)
        return page(access, {})

    @pages.post("")
    def save(person: str) -> Answer:
        access = site.access(person)
        who = site.demand(Action.EDIT_PROGRAMME, person)
        known = exercises()
        try:
            plan = _plan(request.form, _distinct(known), programme_of(site.house, who, person))
            change_programme(site.house, who, person, plan, known)
        except PlanError as refused:
            told = explain(refused, site.phrases)
            return page(access, request.form, " ".join(told[0]) if told else "", 400)
        return back_to("programme.programme", said="saved", person=person)

    return pages


def _distinct(exercises: Iterable[Exercise]) -> list[Exercise]:
    """Return each exercise and alternative once, in order."""
    found: dict[str, Exercise] = {}
    for exercise in exercises:
        for one in (exercise, *(other.exercise for other in exercise.alternatives)):
            found.setdefault(one.id, one)
    return list(found.values())


def _led(exercises: Iterable[Exercise], plan: Plan) -> list[Exercise]:
    """Return what a plan takes of these exercises, each once: an alternative where there is a barrier."""
    return list({one.id: one for one in map(plan.exercise_for, exercises)}.values())


def _number(say: Phrases, name: str, plan: Plan, said: Mapping[str, str]) -> Number:
    span, value = SPANS[name], getattr(plan, name)
    usual = "" if value is None else str(value)
    return Number(
        name=name,
        label=say(f"web-care.programme.number.{name}"),
        value=said.get(name, usual),
        low=span.low,
        high=span.high,
    )


def _own(say: Phrases, exercises: Iterable[Exercise], plan: Plan, said: Mapping[str, str]) -> list[Own]:
    found = []
    for exercise in exercises:
        kept = plan.doses.get(exercise.id, OwnDose()).to_dict()
        numbers = tuple(
            Number(
                name=f"own-{exercise.id}-{name}",
                label=say(f"web-care.programme.own.{name}"),
                value=said.get(f"own-{exercise.id}-{name}", str(kept.get(name, ""))),
                low=span.low,
                high=span.high,
            )
            for name, span in limits(exercise.dose).items()
            if span.low < span.high or name in kept
        )
        if numbers:
            found.append(Own(title=exercise.title, numbers=numbers))
    return found


def _plan(form: MultiDict[str, str], exercises: Iterable[Exercise], before: Plan) -> Plan:
    """Return the plan that a form means. `PlanError` says what is not possible."""
    plain = before.to_dict()
    plain |= {"level": form.get("level", ""), "without": form.getlist("without")}
    plain["first_side"] = form.get("first_side", before.first_side)
    for name in _NUMBERS:
        plain[name] = _whole(form.get(name, ""), name, optional=name == "hold_s")
    doses: dict[str, OwnDose] = dict(before.doses)
    for exercise in exercises:
        numbers: dict[str, Any] = {}
        for name in WIDEST:
            said = form.get(f"own-{exercise.id}-{name}", "")
            if said.strip():
                numbers[name] = _whole(said, name)
        if any(f"own-{exercise.id}-{name}" in form for name in WIDEST):
            doses[exercise.id] = OwnDose(**numbers)
    kept = {name: dose.to_dict() for name, dose in Doses(doses).items()}
    if len(kept) > MAX_DOSES:
        raise PlanError("doses", len(kept), f"0-{MAX_DOSES}")
    return Plan.from_dict(plain | {"doses": kept})


def _whole(said: str, name: str, *, optional: bool = False) -> int | None:
    text = said.strip()
    if optional and not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise PlanError(name, said, str(SPANS.get(name) or WIDEST[name]))
    return int(text)


def _change(say: Phrases, change: PlanChange, titles: Mapping[str, str]) -> str:
    """Return what is other than before, in words."""
    head, _, rest = change.field.partition(".")
    if head == "doses":
        exercise, _, name = rest.rpartition(".")
        what, of = say(f"web-care.programme.own.{name}"), titles.get(exercise, exercise)
        label = say("web-care.programme.of", what=what, of=of)
    else:
        label = say(f"web-care.programme.field.{head}")
    return say(
        "web-care.programme.change",
        what=label,
        before=_value(say, head, change.before),
        after=_value(say, head, change.after),
    )


def _value(say: Phrases, field: str, value: Any) -> str:
    if value is None:
        return say("plan.as-level")
    if field == "level":
        return say(f"web-care.programme.level.{value}")
    if field == "first_side":
        return say(f"web-care.programme.first.{value}")
    if field == "without":
        return say.joined(tuple(say(f"plan.barriers.{one}") for one in value)) or say("plan.none")
    return str(value)
