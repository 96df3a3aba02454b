from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from skill.care.records import DeviceKind, Role
from tests.skill.web.home import PASSWORD, PHRASES, Home, open_home, post, text_of


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path) as home:
        yield home


def test_a_person_is_added_and_renamed(home: Home) -> None:
    browser = home.browser(home.owner)

    post(browser, "/household/people", form_of="/household", name="Berta", zone="Europe/London")
    post(browser, "/household/people/me", form_of="/household", name="Annabel", zone="Europe/Paris")

    assert {(one.name, one.zone) for one in home.house.people(home.owner)} == {
        ("Annabel", "Europe/Paris"),
        ("Berta", "Europe/London"),
    }


@pytest.mark.parametrize(("name", "zone"), [("", "UTC"), ("a" * 61, "UTC"), ("Berta", "Mars/North")])
def test_a_person_without_a_name_or_a_real_time_zone_is_not_added(home: Home, name: str, zone: str) -> None:
    answer = post(home.browser(home.owner), "/household/people", form_of="/household", name=name, zone=zone)

    assert answer.status_code == 400
    assert len(home.house.people(home.owner)) == 1


def test_a_person_is_deleted_only_by_who_writes_their_name(home: Home) -> None:
    browser, path = home.browser(home.owner), "/household/people/me/delete"

    wrong = post(browser, path, name="anna?")
    assert (wrong.status_code, len(home.house.people(home.owner))) == (400, 1)
    done = post(browser, path, name="Anna")

    assert PHRASES("web.household.delete-wrong") in text_of(wrong)
    assert done.headers["Location"] == "/household?said=deleted"
    assert home.house.people(home.owner) == ()


def test_an_invitation_is_a_link_and_its_code_as_a_picture(home: Home) -> None:
    answer = post(home.browser(home.owner), "/household/invite", form_of="/household", **{"role-me": "start"})

    link = re.search(r'value="http://localhost/join#([\w-]{43})"', answer.text)
    assert link
    assert re.search(r"<svg [^>]*viewBox", answer.text)
    assert "style=" not in answer.text
    invite = home.house.look_at(link[1])
    assert invite
    assert invite.grants == {"me": Role.START}
    assert PHRASES("web.code.until", time="15:15") in text_of(answer)


def test_an_invitation_to_nothing_is_not_made(home: Home) -> None:
    answer = post(home.browser(home.owner), "/household/invite", form_of="/household", **{"role-me": ""})

    assert answer.status_code == 400
    assert PHRASES("care.error.no-role") in text_of(answer)


def test_an_invitation_is_taken_back_at_once(home: Home) -> None:
    secret = home.house.invite_caregiver(home.owner, {"me": Role.VIEW})
    (invite,) = home.house.care.invites(home.clock())

    done = post(home.browser(home.owner), f"/household/invites/{invite.id}/remove", form_of="/household")

    assert done.status_code == 303
    assert home.house.look_at(secret) is None


def test_a_role_that_is_taken_away_counts_from_the_next_click(home: Home) -> None:
    carer = home.caregiver("Björn", Role.START)
    theirs, mine = home.browser(carer), home.browser(home.owner)
    assert theirs.get("/people/me").status_code == 200

    post(mine, f"/household/caregivers/{carer.id}", form_of="/household", **{"role-me": ""})

    assert theirs.get("/people/me").status_code == 404


def test_a_caregiver_who_is_removed_is_signed_out_at_once(home: Home) -> None:
    carer = home.caregiver("Björn", Role.START)
    theirs = home.browser(carer)

    post(home.browser(home.owner), f"/household/caregivers/{carer.id}/remove", form_of="/household")

    assert theirs.get("/").status_code == 303
    assert post(home.browser(), "/sign-in", login="björn", password=PASSWORD).status_code == 401


def test_the_last_owner_stays(home: Home) -> None:
    answer = post(
        home.browser(home.owner), f"/household/caregivers/{home.owner.id}/remove", form_of="/household"
    )

    assert answer.status_code == 400
    assert PHRASES("care.error.last-owner") in text_of(answer)


@pytest.mark.parametrize(("of", "kind"), [("", DeviceKind.BROWSER), ("pc", DeviceKind.SCREEN)])
def test_a_pairing_link_is_for_a_coach_or_for_a_screen_of_one(home: Home, of: str, kind: DeviceKind) -> None:
    answer = post(home.browser(home.owner), "/household/pair", form_of="/household", person="me", of=of)

    link = re.search(r'value="http://localhost/pair#([\w-]{43})"', answer.text)
    assert link
    invite = home.house.look_at(link[1])
    assert invite
    assert invite.device
    assert (invite.device.kind, invite.device.of) == (kind, of or None)


def test_a_device_that_is_removed_is_gone_at_once(home: Home) -> None:
    secret = home.house.invite_device(home.owner, "me", DeviceKind.BROWSER)
    device, _ = home.house.pair(secret, name="Tablet")

    post(home.browser(home.owner), f"/household/devices/{device.id}/remove", form_of="/household")

    assert device.id not in [one.id for one in home.house.care.devices()]


def test_every_change_is_read_in_words(home: Home) -> None:
    browser = home.browser(home.owner)
    carer = home.caregiver("Björn", Role.START)
    post(browser, f"/household/caregivers/{carer.id}", form_of="/household", **{"role-me": "view"})

    page = text_of(browser.get("/changes"))

    assert "Changed what Björn may do Hanna, today, 15:05" in page
    assert {row.action for row in home.house.audit(home.owner)} <= {
        phrase_id.removeprefix("web.change.") for phrase_id in PHRASES.under("web.change")
    }


# -- one's own page --------------------------------------------------------------------------------


def test_a_new_password_signs_out_everywhere(home: Home) -> None:
    here, elsewhere = home.browser(home.owner), home.browser(home.owner)

    done = post(here, "/me/password", form_of="/me", old=PASSWORD, new="another four small words")

    assert done.headers["Location"] == "/sign-in?said=password"
    assert elsewhere.get("/").status_code == 303
    assert post(home.browser(), "/sign-in", login="hanna", password=PASSWORD).status_code == 401


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("wrong", "another four small words", PHRASES("care.error.password-wrong")),
        (PASSWORD, "hanna", PHRASES("care.error.password-weak", least=10)),
    ],
)
def test_a_password_is_not_changed_for_a_wrong_or_a_weak_one(
    home: Home, old: str, new: str, words: str
) -> None:
    answer = post(home.browser(home.owner), "/me/password", form_of="/me", old=old, new=new)

    assert answer.status_code == 400
    assert words in text_of(answer)


def test_ones_own_password_cannot_be_guessed_from_an_open_page(home: Home) -> None:
    browser = home.browser(home.owner)
    most = home.site.limits.login.tries

    statuses = [
        post(browser, "/me/password", form_of="/me", old=f"guess {number}", new="x").status_code
        for number in range(most + 1)
    ]

    assert statuses == [400] * most + [429]
