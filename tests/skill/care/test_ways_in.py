"""How people and devices come in, and how they are shut out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from skill.care.errors import CareError, NotAllowedError
from skill.care.records import Caregiver, DeviceKind, Role
from skill.ports import ME
from tests.skill.care.household import PASSWORD, Household, new_house


def code_of(caught: pytest.ExceptionInfo[CareError]) -> str:
    return caught.value.code


# -- the first of all ------------------------------------------------------------------------------


def test_the_first_caregiver_owns_the_household_and_edits_for_whoever_is_there(home: Household) -> None:
    assert home.olga.owner
    assert home.maria.id == ME
    assert home.house.access(home.olga, ME).role is Role.EDIT
    assert not home.house.is_new()


def test_set_up_works_once(tmp_path: Path) -> None:
    with new_house(tmp_path) as (house, _, _):
        secret = house.new_setup_secret()
        house.accept(secret, name="Olga", login="olga", password=PASSWORD)

        with pytest.raises(CareError) as caught:
            house.accept(secret, name="Eve", login="eve", password=PASSWORD)

        assert code_of(caught) == "gone"


def test_a_new_set_up_link_ends_the_one_before(tmp_path: Path) -> None:
    with new_house(tmp_path) as (house, _, _):
        before, after = house.new_setup_secret(), house.new_setup_secret()

        assert house.look_at(before) is None
        assert house.look_at(after) is not None


def test_a_second_set_up_link_makes_no_second_first_caregiver(home: Household) -> None:
    secret = home.house.new_setup_secret()

    with pytest.raises(CareError) as caught:
        home.house.accept(secret, name="Eve", login="eve", password=PASSWORD)

    assert code_of(caught) == "gone"


def test_a_set_up_link_is_good_for_half_an_hour(tmp_path: Path) -> None:
    with new_house(tmp_path) as (house, clock, _):
        secret = house.new_setup_secret()
        clock.go_on(minutes=31)

        assert house.look_at(secret) is None


def test_of_several_who_take_one_set_up_link_at_once_one_gets_in(tmp_path: Path) -> None:
    with new_house(tmp_path) as (house, _, _):
        secret = house.new_setup_secret()

        def accept(n: int) -> Caregiver | str:
            try:
                return house.accept(secret, name=f"Name {n}", login=f"name{n}", password=PASSWORD)
            except CareError as error:
                return error.code

        with ThreadPoolExecutor(4) as pool:
            came = list(pool.map(accept, range(4)))

        assert came.count("gone") == 3
        assert len(house.care.caregivers()) == 1


# -- invites ---------------------------------------------------------------------------------------


def test_an_invite_gives_its_roles_once(home: Household) -> None:
    secret = home.house.invite_caregiver(home.olga, {ME: Role.VIEW})
    ben = home.house.accept(secret, name="Ben", login="Ben@Example", password=PASSWORD)

    assert (ben.login, ben.owner) == ("ben@example", False)
    assert home.house.access(ben, ME).role is Role.VIEW
    with pytest.raises(CareError) as caught:
        home.house.accept(secret, name="Eve", login="eve", password=PASSWORD)
    assert code_of(caught) == "gone"


def test_an_invite_is_good_for_ten_minutes(home: Household) -> None:
    secret = home.house.invite_caregiver(home.olga, {ME: Role.VIEW})
    home.clock.go_on(minutes=9, seconds=59)
    assert home.house.look_at(secret) is not None

    home.clock.go_on(seconds=2)
    assert home.house.look_at(secret) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "  "}, "name-empty"),
        ({"name": "x" * 61}, "name-long"),
        ({"login": "o"}, "login-bad"),
        ({"login": "two words"}, "login-bad"),
        ({"login": "OLGA"}, "login-taken"),
        ({"password": "short"}, "password-weak"),
    ],
)
def test_what_cannot_be_accepted_leaves_the_invite_as_it_is(
    home: Household, changed: dict[str, str], code: str
) -> None:
    secret = home.house.invite_caregiver(home.olga, {})
    with pytest.raises(CareError) as caught:
        home.house.accept(secret, **{"name": "Ben", "login": "ben", "password": PASSWORD, **changed})

    assert code_of(caught) == code
    assert home.house.look_at(secret) is not None


def test_only_owners_invite(home: Household) -> None:
    ben = home.caregiver("ben", Role.EDIT)

    with pytest.raises(NotAllowedError) as caught:
        home.house.invite_caregiver(ben, {ME: Role.EDIT})
    assert code_of(caught) == "owner"
    with pytest.raises(NotAllowedError):
        home.house.invite_device(ben, ME, DeviceKind.BROWSER)


def test_nobody_is_invited_for_a_person_who_is_not_there(home: Household) -> None:
    with pytest.raises(CareError) as caught:
        home.house.invite_caregiver(home.olga, {"nobody": Role.VIEW})

    assert code_of(caught) == "no-person"


# -- signing in ------------------------------------------------------------------------------------


def test_signing_in_gives_a_key_that_opens(home: Household) -> None:
    found = home.house.sign_in(" Olga ", PASSWORD)
    assert found is not None
    visitor = home.house.visitor(found[0])

    assert visitor is not None
    assert visitor.caregiver == home.olga
    assert visitor.csrf == found[1].csrf


@pytest.mark.parametrize(
    ("login", "password"), [("olga", "wrong words here"), ("nobody", PASSWORD), ("", "")]
)
def test_a_wrong_login_or_password_opens_nothing(home: Household, login: str, password: str) -> None:
    assert home.house.sign_in(login, password) is None


def test_neither_keys_nor_passwords_are_in_the_database(home: Household, tmp_path: Path) -> None:
    found = home.house.sign_in("olga", PASSWORD)
    assert found is not None
    secret = home.house.invite_caregiver(home.olga, {})
    _, device_key = home.house.pair(home.house.invite_device(home.olga, ME, DeviceKind.BROWSER), name="Tab")

    kept = b"".join(path.read_bytes() for path in tmp_path.glob("steady.db*"))

    assert b"olga" in kept
    for one in (found[0], secret, device_key, PASSWORD):
        assert one.encode() not in kept


def test_signing_out_ends_that_browser_alone(home: Household) -> None:
    one, other = home.house.sign_in("olga", PASSWORD), home.house.sign_in("olga", PASSWORD)
    assert one is not None
    assert other is not None
    home.house.sign_out(one[0])

    assert home.house.visitor(one[0]) is None
    assert home.house.visitor(other[0]) is not None


def test_a_sign_in_ends_after_a_month(home: Household) -> None:
    found = home.house.sign_in("olga", PASSWORD)
    assert found is not None
    home.clock.go_on(days=30, seconds=1)

    assert home.house.visitor(found[0]) is None


def test_another_password_signs_out_everywhere(home: Household) -> None:
    found = home.house.sign_in("olga", PASSWORD)
    assert found is not None
    home.house.change_password(home.olga, PASSWORD, "another good one")

    assert home.house.visitor(found[0]) is None
    assert home.house.sign_in("olga", PASSWORD) is None
    assert home.house.sign_in("olga", "another good one") is not None


def test_a_password_is_changed_by_who_knows_it(home: Household) -> None:
    with pytest.raises(CareError) as caught:
        home.house.change_password(home.olga, "not the one", "another good one")

    assert code_of(caught) == "password-wrong"


# -- devices ---------------------------------------------------------------------------------------


def test_a_tablet_is_paired_once(home: Household) -> None:
    secret = home.house.invite_device(home.olga, ME, DeviceKind.BROWSER)
    tablet, key = home.house.pair(secret, name="Kitchen")

    assert (tablet.name, tablet.kind, tablet.person) == ("Kitchen", DeviceKind.BROWSER, ME)
    assert len(key) >= 43
    assert tablet in home.house.devices(home.olga, ME)
    with pytest.raises(CareError) as caught:
        home.house.pair(secret, name="Kitchen")
    assert code_of(caught) == "gone"


def test_a_screen_belongs_to_a_device_of_the_same_person(home: Household) -> None:
    anna = home.house.add_person(home.olga, "Anna", "Europe/Berlin")

    assert home.add_device(DeviceKind.SCREEN, "pc-1").of == "pc-1"
    for kind, person, of in [
        (DeviceKind.SCREEN, ME, None),
        (DeviceKind.BROWSER, ME, "pc-1"),
        (DeviceKind.SCREEN, anna.id, "pc-1"),
        (DeviceKind.SCREEN, ME, "nothing"),
        (DeviceKind.PC, ME, None),
    ]:
        with pytest.raises(CareError) as caught:
            home.house.invite_device(home.olga, person, kind, of=of)
        assert code_of(caught) == "no-device"


def test_an_invite_for_a_device_makes_no_caregiver_and_the_other_way_round(home: Household) -> None:
    for_device = home.house.invite_device(home.olga, ME, DeviceKind.BROWSER)
    for_caregiver = home.house.invite_caregiver(home.olga, {})

    with pytest.raises(CareError):
        home.house.accept(for_device, name="Eve", login="eve", password=PASSWORD)
    with pytest.raises(CareError):
        home.house.pair(for_caregiver, name="Eve's")
    assert home.house.look_at(for_device) is not None
    assert home.house.look_at(for_caregiver) is not None
