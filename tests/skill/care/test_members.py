"""People, caregivers and devices of a household: adding, changing, removing, and who may."""

from __future__ import annotations

import pytest

from skill.care.errors import CareError, NotAllowedError
from skill.care.permissions import Action
from skill.care.records import ConsentKind, DeviceKind, Role
from skill.ports import ME
from tests.skill.care.household import PASSWORD, Household


def code_of(caught: pytest.ExceptionInfo[CareError]) -> str:
    return caught.value.code


def test_the_first_person_is_whom_this_machine_has_led_all_along(home: Household) -> None:
    anna = home.house.add_person(home.olga, " Anna  B ", "Europe/Berlin")

    assert home.maria.id == ME
    assert (anna.name, anna.zone) == ("Anna B", "Europe/Berlin")
    assert anna.id != ME


def test_whoever_adds_a_person_may_edit_for_them_but_needs_their_consent(home: Household) -> None:
    anna = home.house.add_person(home.olga, "Anna", "UTC")
    access = home.house.access(home.olga, anna.id)

    assert access.role is Role.EDIT
    assert access.consents == frozenset()
    assert Action.ASK_CONSENT in access.actions
    assert not access.actions & {Action.START, Action.SEE_DONE, Action.SEE_LIVE, Action.EDIT_WEEK}


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd", "/etc/localtime"])
def test_a_time_zone_that_there_is_not_is_refused(home: Household, zone: str) -> None:
    with pytest.raises(CareError) as caught:
        home.house.add_person(home.olga, "Anna", zone)

    assert code_of(caught) == "zone"


def test_a_person_can_be_renamed(home: Household) -> None:
    home.house.rename_person(home.olga, ME, "Mum", "Europe/Paris")

    (person,) = home.house.people(home.olga)
    assert (person.id, person.name, person.zone) == (ME, "Mum", "Europe/Paris")


def test_deleting_a_person_leaves_nothing_of_them(home: Household) -> None:
    anna = home.house.add_person(home.olga, "Anna", "UTC")
    home.house.delete_person(home.olga, anna.id)

    assert [person.id for person in home.house.people(home.olga)] == [ME]
    with pytest.raises(NotAllowedError) as caught:
        home.house.access(home.olga, anna.id)
    assert code_of(caught) == "unknown"


def test_a_caregiver_knows_only_of_those_they_look_after(home: Household) -> None:
    anna = home.house.add_person(home.olga, "Anna", "UTC")
    ben = home.caregiver("ben", Role.VIEW)

    assert [person.id for person in home.house.people(ben)] == [ME]
    assert {person.id for person in home.house.people(home.olga)} == {ME, anna.id}
    for what in (anna.id, "nobody"):
        with pytest.raises(NotAllowedError) as caught:
            home.house.access(ben, what)
        assert code_of(caught) == "unknown"


def test_a_role_can_be_changed_and_taken_away_at_once(home: Household) -> None:
    ben = home.caregiver("ben", Role.VIEW)
    home.allow(ben, ConsentKind.START)
    assert Action.START not in home.house.access(ben, ME).actions

    home.house.set_role(home.olga, ben.id, ME, Role.START)
    assert Action.START in home.house.access(ben, ME).actions

    home.house.set_role(home.olga, ben.id, ME, None)
    with pytest.raises(NotAllowedError):
        home.house.access(ben, ME)


def test_an_owner_without_a_role_manages_and_sees_nothing_else(home: Household) -> None:
    home.house.set_role(home.olga, home.olga.id, ME, None)
    home.allow(home.olga, *ConsentKind)

    assert home.house.access(home.olga, ME).actions == {
        Action.INVITE, Action.MANAGE_PEOPLE, Action.MANAGE_DEVICES, Action.SEE_AUDIT, Action.DELETE_PERSON,
    }  # fmt: skip


def test_a_caregiver_who_is_removed_is_out_at_once(home: Household) -> None:
    ben = home.caregiver("ben", Role.EDIT)
    found = home.house.sign_in("ben", PASSWORD)
    assert found is not None
    home.house.remove_caregiver(home.olga, ben.id)

    assert home.house.visitor(found[0]) is None
    assert home.house.sign_in("ben", PASSWORD) is None
    assert not home.house.allowed(ben.id, Action.ASK_CONSENT, ME)


def test_everybody_may_leave_but_the_last_owner(home: Household) -> None:
    ben = home.caregiver("ben", Role.VIEW)
    home.house.remove_caregiver(ben, ben.id)

    with pytest.raises(CareError) as caught:
        home.house.remove_caregiver(home.olga, home.olga.id)
    assert code_of(caught) == "last-owner"
    assert [one.id for one, _ in home.house.caregivers(home.olga)] == [home.olga.id]


def test_a_caregiver_sees_themselves_and_an_owner_sees_all(home: Household) -> None:
    ben = home.caregiver("ben", Role.VIEW)

    assert [one.name for one, _ in home.house.caregivers(ben)] == ["ben"]
    assert [
        (one.name, [grant.role for grant in grants]) for one, grants in home.house.caregivers(home.olga)
    ] == [
        ("Olga", [Role.EDIT]),
        ("ben", [Role.VIEW]),
    ]


def test_a_device_that_is_removed_opens_nothing_with_its_screens(home: Household) -> None:
    tablet = home.add_device(DeviceKind.BROWSER)
    screen = home.add_device(DeviceKind.SCREEN, tablet.id)
    home.house.remove_device(home.olga, tablet.id)

    assert [device.id for device in home.house.devices(home.olga)] == ["pc-1"]
    with pytest.raises(CareError) as caught:
        home.house.device(screen.id)
    assert code_of(caught) == "no-device"


@pytest.mark.parametrize("role", list(Role))
def test_nobody_but_owners_manages(home: Household, role: Role) -> None:
    ben = home.caregiver("ben", role)
    house = home.house
    for forbidden in (
        lambda: house.add_person(ben, "Eve", "UTC"),
        lambda: house.rename_person(ben, ME, "Eve", "UTC"),
        lambda: house.delete_person(ben, ME),
        lambda: house.set_role(ben, ben.id, ME, Role.EDIT),
        lambda: house.remove_caregiver(ben, home.olga.id),
        lambda: house.remove_device(ben, "pc-1"),
        lambda: house.audit(ben),
    ):
        with pytest.raises(NotAllowedError) as caught:
            forbidden()
        assert code_of(caught) == "owner"


def test_routines_of_the_household_are_edited_by_who_edits_for_anybody(home: Household) -> None:
    home.house.demand(home.caregiver("ben", Role.EDIT), Action.EDIT_ROUTINES)

    for name, role in (("ann", Role.START), ("eve", None)):
        with pytest.raises(NotAllowedError):
            home.house.demand(home.caregiver(name, role), Action.EDIT_ROUTINES)


def test_every_change_is_on_record_without_health_or_secrets(home: Household) -> None:
    ben = home.caregiver("ben", Role.VIEW)
    home.allow(ben, ConsentKind.DONE)
    home.house.set_role(home.olga, ben.id, ME, Role.START)
    home.house.remove_caregiver(home.olga, ben.id)

    rows = home.house.audit(home.olga)
    assert [row.action for row in rows] == [
        "caregiver.removed", "role.changed", "consent.given", "caregiver.added", "invite.caregiver",
        "person.added", "caregiver.added",
    ]  # fmt: skip
    assert rows[2].by == "device:pc-1"
    assert PASSWORD not in repr(rows)
