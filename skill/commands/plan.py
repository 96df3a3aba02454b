"""`steady plan`: see and set how a person exercises."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from routines.model import Barrier
from routines.own_dose import Doses
from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.commands.dose_option import DOSE_METAVAR, known_exercises, read_doses, with_doses
from skill.commands.plan_options import chosen, plan_options
from skill.settings import read_settings

if TYPE_CHECKING:
    from routines.plan import Plan

#: Options that only this command has -> the plan's fields.
_OWN = {
    "time_left": "time_left_s",
    "pain_limit": "pain_limit",
    "pain_rise": "pain_rise",
    "wait": "wait",
    "listen": "listen",
}


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def plan(reset: bool, as_json: bool, **given: Any) -> None:
        from skill.plan_view import plan_data, plan_lines  # noqa: PLC0415

        changes = reset or any(value not in (None, ()) for value in given.values())
        now = _keep(given, reset=reset) if changes else _stored(phrases)
        if as_json:
            import json  # noqa: PLC0415

            click.echo(json.dumps(plan_data(now), indent=2))
            return
        click.echo("\n".join(plan_lines(now, phrases, kept=changes)))
        if given["pain_limit"] is not None or given["pain_rise"] is not None:
            click.echo(phrases("plan.professional"))

    barriers = click.Choice([str(barrier) for barrier in Barrier])
    return make(
        phrases,
        "plan",
        plan,
        *plan_options(phrases, led=True),
        option(phrases, "plan", "--dose", metavar=DOSE_METAVAR, multiple=True),
        option(phrases, "plan", "--can", type=barriers, multiple=True),
        option(phrases, "plan", "--wait/--no-wait", default=None),
        option(phrases, "plan", "--listen/--no-listen", default=None),
        option(phrases, "plan", "--time-left", type=int),
        option(phrases, "plan", "--pain-limit", type=int),
        option(phrases, "plan", "--pain-rise", type=int),
        option(phrases, "plan", "--reset", is_flag=True),
        option(phrases, "plan", "--json", "as_json", is_flag=True),
    )


def _stored(phrases: Phrases) -> Plan:
    from skill.showing import plan_now  # noqa: PLC0415

    return plan_now(read_settings(), phrases)


def _keep(given: dict[str, Any], *, reset: bool) -> Plan:
    """Return the person's plan with these changes, after keeping it."""
    from routines.plan import Plan, check_doses  # noqa: PLC0415
    from skill import bootstrap  # noqa: PLC0415
    from skill.ports import ME  # noqa: PLC0415

    settings = read_settings()
    chosen(Plan(), given)  # what is not possible is refused before the store is opened
    own_doses = read_doses(given["dose"])
    if own_doses:
        check_doses({name: dose for name, dose in own_doses.items() if dose}, known_exercises(settings))
    with bootstrap.open_history(settings) as store:
        plan = chosen(Plan() if reset else store.plan(ME), given)
        own = {field: given[name] for name, field in _OWN.items() if given[name] is not None}
        can = frozenset(Barrier(barrier) for barrier in given["can"])
        doses = with_doses(Doses(plan.doses), own_doses)
        plan = replace(plan, without=plan.without - can, doses=doses, **own)
        store.save_plan(ME, plan, by=ME, at=bootstrap.now())
    return plan
