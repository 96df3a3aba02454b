from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from skill.care.records import DeviceKind, Role
from skill.web.limits import Limit, Limits
from tests.skill.web.home import PASSWORD, PHRASES, Home, csrf_in, open_home, post, text_of

WRONG = "wrong"


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[Home]:
    few = Limit(tries=6, within=timedelta(minutes=10))
    with open_home(tmp_path, limits=Limits(address=Limit(tries=12, within=few.within), login=few)) as home:
        yield home


# -- signing in ------------------------------------------------------------------------------------


def test_somebody_who_is_not_signed_in_is_led_to_the_form_and_back(home: Home) -> None:
    browser = home.browser()

    asked = browser.get("/household?said=saved")
    assert asked.status_code == 303
    form = browser.get(asked.headers["Location"])
    done = browser.post(
        "/sign-in",
        data={
            "csrf": csrf_in(form.text),
            "login": "hanna",
            "password": PASSWORD,
            "next": "/household?said=saved",
        },
    )

    assert done.headers["Location"] == "/household?said=saved"
    assert browser.get("/household").status_code == 200


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(home: Home) -> None:
    answer = post(home.browser(), "/sign-in", login="hanna", password=PASSWORD)
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("steady_sign_in="))

    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_the_cookie_never_leaves_tls_where_there_is_tls(home: Home) -> None:
    browser = home.browser()
    form = browser.get("/sign-in", base_url="https://coach.example.org")
    answer = browser.post(
        "/sign-in",
        base_url="https://coach.example.org",
        data={"csrf": csrf_in(form.text), "login": "hanna", "password": PASSWORD},
    )

    assert all("Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(("login", "password"), [("hanna", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_or_password_is_told_without_saying_which(home: Home, login: str, password: str) -> None:
    answer = post(home.browser(), "/sign-in", login=login, password=password)

    assert answer.status_code == 401
    assert PHRASES("web.sign-in.wrong") in text_of(answer)


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx", "javascript:alert(1)", ""]
)
def test_nobody_is_led_to_another_site(home: Home, onward: str) -> None:
    answer = post(home.browser(), "/sign-in", login="hanna", password=PASSWORD, next=onward)

    assert answer.headers["Location"] == "/"


def test_signing_out_ends_the_sign_in_and_not_only_the_cookie(home: Home) -> None:
    browser = home.browser(home.owner)
    kept = browser.get_cookie("steady_sign_in")
    assert kept

    post(browser, "/sign-out", form_of="/me")
    browser.set_cookie("steady_sign_in", kept.value)

    assert browser.get("/").status_code == 303


def test_a_sign_in_ends_in_time(home: Home) -> None:
    browser = home.browser(home.owner)

    home.clock.pass_by(days=31)

    assert browser.get("/").status_code == 303


# -- limits ----------------------------------------------------------------------------------------


def test_after_some_tries_for_one_name_a_while_has_to_pass(home: Home) -> None:
    tries = [post(home.browser(), "/sign-in", login="hanna", password=WRONG).status_code for _ in range(7)]
    refused = post(home.browser(), "/sign-in", login=" HANNA ", password=PASSWORD)

    assert tries == [401] * 6 + [429]
    assert refused.headers["Retry-After"] == "600"
    assert text_of(refused).startswith(PHRASES.lines("web.error.s429")[0])
    home.clock.pass_by(minutes=11)
    assert post(home.browser(), "/sign-in", login="hanna", password=PASSWORD).status_code == 303


def test_one_address_has_so_many_tries_at_all_ways_in(home: Home) -> None:
    for number in range(6):
        post(home.browser(), "/join", code=f"guess-{number}")
        post(home.browser(), "/pair", code=f"guess-{number}")

    assert post(home.browser(), "/setup", code="guess").status_code == 429
    assert post(home.browser(), "/sign-in", login="other", password=WRONG).status_code == 429


# -- setting up, joining, pairing ------------------------------------------------------------------


def test_the_first_caregiver_sets_up_with_the_printed_secret(tmp_path: Path) -> None:
    with open_home(tmp_path) as home:
        home.house.care.remove_caregiver(home.owner.id, home.clock())
        assert PHRASES("web.sign-in.new") in text_of(home.browser().get("/sign-in"))
        secret, browser = home.house.new_setup_secret(), home.browser()

        looked = post(browser, "/setup", code=secret)
        done = browser.post(
            "/setup",
            data={
                "csrf": csrf_in(looked.text),
                "code": secret,
                "name": "Ida",
                "login": "Ida",
                "password": PASSWORD,
            },
        )

        assert PHRASES("web.setup.who") in text_of(looked)
        assert (done.status_code, done.headers["Location"]) == (303, "/?said=welcome")
        assert "Anna" in text_of(browser.get("/household"))
        assert post(home.browser(), "/setup", code=secret).status_code == 410


def test_an_invited_caregiver_is_told_what_for_and_joins(home: Home) -> None:
    secret = home.house.invite_caregiver(home.owner, {home.person.id: Role.START})
    browser = home.browser()

    looked = post(browser, "/join", code=secret)
    done = browser.post(
        "/join",
        data={
            "csrf": csrf_in(looked.text),
            "code": secret,
            "name": "Björn",
            "login": "b",
            "password": PASSWORD,
        },
    )
    assert done.status_code == 400  # the name to sign in with is too short; the invite is still there
    again = browser.post(
        "/join",
        data={
            "csrf": csrf_in(done.text),
            "code": secret,
            "name": "Björn",
            "login": "bj",
            "password": PASSWORD,
        },
    )

    assert PHRASES("web.join.role-start", name="Anna") in text_of(looked)
    assert PHRASES("care.error.login-bad") in text_of(done)
    assert again.status_code == 303
    assert "Anna" in text_of(browser.get("/"))


def test_a_secret_opens_only_what_it_is_for(home: Home) -> None:
    caregivers = home.house.invite_caregiver(home.owner, {home.person.id: Role.VIEW})
    devices = home.house.invite_device(home.owner, home.person.id, DeviceKind.BROWSER)

    refused = [
        post(home.browser(), path, code=secret).status_code
        for path, secret in (
            ("/pair", caregivers),
            ("/setup", caregivers),
            ("/join", devices),
            ("/setup", devices),
        )
    ]

    assert refused == [410] * 4


def test_an_invite_is_over_after_ten_minutes(home: Home) -> None:
    secret = home.house.invite_caregiver(home.owner, {home.person.id: Role.VIEW})
    home.clock.pass_by(minutes=11)

    answer = post(home.browser(), "/join", code=secret)

    assert answer.status_code == 410
    assert PHRASES("web.join.gone") in text_of(answer)


def test_a_tablet_is_paired_and_gets_a_key_of_its_own(home: Home) -> None:
    secret = home.house.invite_device(home.owner, home.person.id, DeviceKind.BROWSER)
    browser = home.browser()

    looked = post(browser, "/pair", code=secret)
    done = browser.post(
        "/pair", data={"csrf": csrf_in(looked.text), "code": secret, "name": "Kitchen tablet"}
    )

    assert PHRASES("web.pair.for-browser", name="Anna") in text_of(looked)
    assert done.headers["Location"] == "/coach"
    assert browser.get_cookie("steady_device")
    assert "Kitchen tablet" in [device.name for device in home.house.care.devices()]
    assert post(home.browser(), "/pair", code=secret).status_code == 410


def test_no_secret_is_ever_in_an_address(home: Home) -> None:
    """A link has it after #, which browsers do not send; the forms send it in their body."""
    for path in ("/setup", "/join", "/pair"):
        page = home.browser().get(path).text
        assert 'method="post"' in page
        assert 'data-code="code"' in page
