"""Settings come from the environment, then from a file; what is wrong with them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from routines.phrases import load_phrases
from skill.errors import EXIT_INPUT, UserError, explain
from skill.settings import Delivery, read_locale, read_settings
from tests.skill.command_line import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def written(folder: Path, text: str) -> dict[str, str]:
    """Return an environment that names a file with this text."""
    file = folder / "steady.toml"
    file.write_text(text, encoding="utf-8")
    return {"STEADY_CONFIG": str(file), "STEADY_DATA": str(folder), "STEADY_CACHE": str(folder)}


def test_without_anything_said_there_is_no_skill_and_requests_are_verified(tmp_path: Path) -> None:
    settings = read_settings({"STEADY_DATA": str(tmp_path), "STEADY_CACHE": str(tmp_path)})

    assert settings.alexa.skill_id is None
    assert settings.alexa.verify
    assert settings.alexa.delivery is Delivery.APLA
    assert not settings.alexa.health
    assert (settings.public_url, settings.proxies) == (None, 0)


def test_the_environment_says_what_alexa_has_to_know(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "STEADY_DATA": str(tmp_path),
            "STEADY_CACHE": str(tmp_path),
            "STEADY_ALEXA_SKILL_ID": "amzn1.ask.skill.x",
            "STEADY_ALEXA_VERIFY": "OFF",
            "STEADY_ALEXA_DELIVERY": "ssml",
            "STEADY_ALEXA_HEALTH": "on",
            "STEADY_PUBLIC_URL": "https://coach.example.org/steady/",
            "STEADY_PROXIES": "1",
            "ALEXA_TRUST_ROOTS": "/etc/roots.pem",
        }
    )

    assert settings.alexa.skill_id == "amzn1.ask.skill.x"
    assert not settings.alexa.verify
    assert settings.alexa.delivery is Delivery.SSML
    assert settings.alexa.health
    assert settings.alexa.trust_roots == Path("/etc/roots.pem")
    assert (settings.public_url, settings.proxies) == ("https://coach.example.org/steady", 1)


def test_a_file_says_what_the_environment_does_not(tmp_path: Path) -> None:
    env = written(
        tmp_path,
        'STEADY_ALEXA_SKILL_ID = "from the file"\nSTEADY_ALEXA_DELIVERY = "audio"\n'
        "STEADY_ALEXA_VERIFY = false\nSTEADY_PROXIES = 2\n",
    )

    settings = read_settings(env | {"STEADY_ALEXA_SKILL_ID": "amzn1", "STEADY_ALEXA_DELIVERY": ""})

    assert settings.alexa.skill_id == "amzn1"
    assert settings.alexa.delivery is Delivery.AUDIO
    assert not settings.alexa.verify
    assert settings.proxies == 2


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("STEADY_ALEXA_VERIFY", "maybe", "setting-choice"),
        ("STEADY_ALEXA_DELIVERY", "pigeon", "setting-choice"),
        ("STEADY_ALEXA_HEALTH", "yes", "setting-choice"),
        ("STEADY_PROXIES", "-1", "setting-choice"),
        ("STEADY_ALEXA_SKILL_ID", "my skill", "setting-skill-id"),
        ("STEADY_PUBLIC_URL", "http://coach.example.org", "setting-public-url"),
        ("STEADY_PUBLIC_URL", "https://", "setting-public-url"),
        ("STEADY_PUBLIC_URL", "https://[", "setting-public-url"),
        ("STEADY_PUBLIC_URL", "https://coach.example.org/?x=1", "setting-public-url"),
        ("STEADY_CONFIG", "/nowhere/at/all.toml", "config-unreadable"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_name(name: str, value: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        read_settings({name: value})

    told = explain(caught.value, load_phrases("en"))
    assert caught.value.code == code
    assert told is not None
    assert told[1] == EXIT_INPUT
    assert name in "".join(told[0])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("this is no TOML", "config-not-toml"),
        ('STEADY_ALEXA_SKILLID = "x"', "config-unknown"),
        ("STEADY_PROXIES = [1]", "config-value"),
        ("STEADY_PROXIES = 1.5", "config-value"),
        ('STEADY_ALEXA_DELIVERY = "pigeon"', "setting-choice"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        read_settings(written(tmp_path, text))

    assert caught.value.code == code
    assert explain(caught.value, load_phrases("en")) is not None


def test_the_language_is_there_even_if_the_file_is_not(tmp_path: Path) -> None:
    assert read_locale({"STEADY_CONFIG": "/nowhere.toml", "LANG": "en_GB.UTF-8"}) == "en"
    assert read_locale(written(tmp_path, 'STEADY_LOCALE = "en"')) == "en"


def test_a_command_tells_what_is_wrong_with_the_settings(home: Home) -> None:
    ran = home.steady("list", STEADY_ALEXA_DELIVERY="pigeon")

    assert (ran.code, ran.out) == (EXIT_INPUT, "")
    assert "apla, ssml, audio" in ran.err
