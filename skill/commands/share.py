"""`steady share`: what the person lets caregivers do, on the person's own machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.errors import UserError
from skill.settings import Settings, read_settings

if TYPE_CHECKING:
    from skill.care.device import DeviceSide
    from skill.care.records import Caregiver, ConsentKind

_GIVE, _STOP = "give", "stop"


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def share(do: str | None, name: str | None, kind: str | None, yes: bool) -> None:
        with _own_side(read_settings(), phrases) as side:
            if do == _GIVE:
                _give(side, phrases, name, kind, sure=yes)
            elif do == _STOP:
                _stop(side, phrases, name)
            else:
                click.echo("\n".join(sharing_lines(side, phrases)))

    return make(
        phrases,
        "share",
        share,
        click.Argument(["do"], required=False, type=click.Choice([_GIVE, _STOP])),
        click.Argument(["name"], required=False),
        click.Argument(["kind"], required=False),
        option(phrases, "share", "--yes", "-y", is_flag=True),
    )


@contextmanager
def _own_side(settings: Settings, phrases: Phrases) -> Iterator[DeviceSide]:
    """Give this machine's side of the household, for the person who exercises at it."""
    from skill.care.device import DeviceSide  # noqa: PLC0415 - SQLAlchemy comes with the household
    from skill.care.records import Device, DeviceKind  # noqa: PLC0415
    from skill.home.identity import own_id, own_name  # noqa: PLC0415
    from skill.household import Household  # noqa: PLC0415
    from skill.ports import ME  # noqa: PLC0415

    household = Household.open(settings, phrases)
    if household is None:
        raise UserError("no-caregivers")
    try:
        device = Device(
            id=own_id(settings.data_folder), name=own_name(phrases), kind=DeviceKind.PC, person=ME
        )
        yield DeviceSide(household.house, device)
    finally:
        household.close()


def sharing_lines(side: DeviceSide, phrases: Phrases) -> Iterator[str]:
    """Yield who may do what, in words."""
    rows = side.sharing()
    if not rows:
        yield from phrases.lines("care.share.nobody")
        return
    for number, row in enumerate(rows):
        if not number or rows[number - 1].caregiver.id != row.caregiver.id:
            yield phrases("care.share.caregiver", name=row.caregiver.name, login=row.caregiver.login)
        state = phrases(f"care.share.state.{row.state or 'never'}")
        what = phrases(f"care.consent.kinds.{row.kind}")
        yield f"  {_shown(row.kind):<8}  {state:<9}  {what}"
    yield from phrases.lines("care.share.how")


def _give(side: DeviceSide, phrases: Phrases, name: str | None, kind: str | None, *, sure: bool) -> None:
    from skill.care.records import ConsentKind  # noqa: PLC0415

    kinds = {_shown(one): one for one in ConsentKind}
    if kind not in kinds:
        raise UserError("share-kind", kind=kind or "", kinds=", ".join(kinds))
    who = _named(side, name or "")
    what = phrases(f"care.consent.kinds.{kinds[kind]}")
    if not sure and not sys.stdin.isatty():
        raise UserError("share-ask-first")
    if sure or click.confirm(phrases("care.share.sure", who=who.name, what=what)):
        side.consent(who.id, kinds[kind], given=True)
        click.echo(phrases("care.share.given", who=who.name, what=what))
    else:
        click.echo(phrases("care.share.not-given"))


def _stop(side: DeviceSide, phrases: Phrases, name: str | None) -> None:
    who = _named(side, name) if name is not None else None
    side.stop_sharing(who.id if who is not None else None)
    click.echo(phrases("care.share.stopped-one", who=who.name) if who else phrases("care.share.stopped"))


def _named(side: DeviceSide, name: str) -> Caregiver:
    """Return the caregiver with this sign-in name, or the only one with this name. `UserError`."""
    known = {row.caregiver.id: row.caregiver for row in side.sharing()}.values()
    wanted = name.casefold()
    found = [one for one in known if one.login == wanted]
    found = found or [one for one in known if one.name.casefold() == wanted]
    if len(found) != 1:
        names = ", ".join(f"{one.login} ({one.name})" for one in known)
        raise UserError("share-who" if found or not name else "share-nobody", name=name, names=names)
    return found[0]


def _shown(kind: ConsentKind) -> str:
    """Return a kind as it is typed: `at-once`."""
    return kind.value.replace("_", "-")
