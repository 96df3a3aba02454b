"""The skill package: the files on disk are what is made, and the page in the store keeps Amazon's rules."""

from __future__ import annotations

import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from routines.load import Library
from routines.phrases import load_phrases, locales
from skill.alexa.icons import icon
from skill.alexa.manifest import (
    LARGE_ICON,
    PLACEHOLDER_URL,
    SMALL_ICON,
    Address,
    AddressError,
    example_phrases,
    manifest,
)
from skill.alexa.model import alexa_locales, interaction_model
from skill.alexa.packing import command, differing, package_folder, text_files, write
from skill.alexa.privacy import privacy_page
from skill.cli import build
from skill.settings import CONFIG, NAMES, Delivery
from tests.alexa_model import FALLBACK, Ears
from tests.sources import ROOT

Json = dict[str, Any]

PACKAGE = package_folder() / "skill-package"
SKILL = manifest(alexa_locales(), Address())["manifest"]
PAGES = SKILL["publishingInformation"]["locales"]

#: Amazon's limits for the page in the store, in characters, and for its lists.
MOST_NAME, MOST_SUMMARY, MOST_DESCRIPTION, MOST_TESTING = 50, 160, 4000, 4000
MOST_KEYWORDS, MOST_KEYWORD = 30, 150


# -- the files -------------------------------------------------------------------------------------


def test_the_files_on_disk_are_what_is_made() -> None:
    """If this fails: python -m skill.alexa.model --write."""
    assert differing(package_folder(), Address()) == ()


@pytest.mark.parametrize(("name", "size"), [(SMALL_ICON, 108), (LARGE_ICON, 512)])
def test_the_icons_on_disk_are_what_is_drawn(name: str, size: int) -> None:
    """By pixels: another zlib writes other bytes, another machine may round the last bit another way."""
    there = _pixels((PACKAGE / name).read_bytes())
    drawn = icon(size)

    assert there.shape == drawn.shape == (size, size, 3)
    assert int(np.abs(there.astype(int) - drawn.astype(int)).max()) <= 2


def _pixels(png: bytes) -> Any:
    """Return the pixels of a PNG as ours are written: eight bits, no filter, one chunk of data."""
    width, height = struct.unpack(">II", png[16:24])
    length = struct.unpack(">I", png[33:37])[0]
    rows = np.frombuffer(zlib.decompress(png[41 : 41 + length]), np.uint8).reshape(height, 1 + width * 3)
    return rows[:, 1:].reshape(height, width, 3)


def test_nothing_of_the_icon_stands_outside_the_circle_that_amazon_cuts() -> None:
    pixels = icon(108).astype(int)
    y, x = np.mgrid[0:108, 0:108]
    outside = np.hypot(x - 53.5, y - 53.5) > 48

    assert pixels[outside].max() < 120


def test_writing_makes_a_package_that_the_check_accepts(tmp_path: Path) -> None:
    address = Address(url="https://coach.example.org")
    names = sorted(path.relative_to(tmp_path).as_posix() for path in write(tmp_path, address))

    assert names == sorted(
        [*text_files(address), f"skill-package/{SMALL_ICON}", f"skill-package/{LARGE_ICON}"]
    )
    assert differing(tmp_path, address) == ()


def test_a_file_that_was_edited_by_hand_is_found(tmp_path: Path) -> None:
    list(write(tmp_path, Address()))
    edited = tmp_path / "skill-package" / "skill.json"
    edited.write_text(edited.read_text(encoding="utf-8").replace("Steady", "Unsteady"), encoding="utf-8")
    (tmp_path / "ask-resources.json").unlink()
    (tmp_path / "skill-package" / "interactionModels" / "custom" / "fr-FR.json").write_text("{}")

    assert differing(tmp_path, Address()) == (
        "ask-resources.json",
        "skill-package/interactionModels/custom/fr-FR.json",
        "skill-package/skill.json",
    )


def test_the_layout_is_that_of_amazons_command_line_tool() -> None:
    resources = json.loads((package_folder() / "ask-resources.json").read_text(encoding="utf-8"))
    models = {path.stem for path in (PACKAGE / "interactionModels" / "custom").iterdir()}

    assert resources["profiles"]["default"]["skillMetadata"]["src"] == "./skill-package"
    assert models == set(alexa_locales())


# -- the command -----------------------------------------------------------------------------------


def test_the_command_writes_a_package_for_ones_own_address_and_checks_it(tmp_path: Path) -> None:
    run = CliRunner()
    options = ["--to", str(tmp_path), "--url", "https://coach.example.org"]
    wrote = run.invoke(command(load_phrases()), ["--write", *options])
    checked = run.invoke(command(load_phrases()), ["--check", *options])
    skill = json.loads((tmp_path / "skill-package" / "skill.json").read_text(encoding="utf-8"))

    assert (wrote.exit_code, checked.exit_code) == (0, 0)
    assert skill["manifest"]["apis"]["custom"]["endpoint"]["uri"] == "https://coach.example.org/alexa"


def test_the_check_fails_and_names_the_file_that_differs(tmp_path: Path) -> None:
    list(write(tmp_path, Address()))
    checked = CliRunner().invoke(
        command(load_phrases()), ["--check", "--to", str(tmp_path), "--url", "https://other.example.org"]
    )

    assert checked.exit_code == 1
    assert "skill.json" in checked.output


@pytest.mark.parametrize(
    "url",
    [
        "http://coach.example.org",
        "https://coach.example.org:8443",
        "coach.example.org",
        "https://",
        "https://a:b:c",
    ],
)
def test_an_address_that_alexa_never_calls_is_refused(url: str) -> None:
    with pytest.raises(AddressError):
        Address(url=url)
    refused = CliRunner().invoke(command(load_phrases()), ["--write", "--url", url])

    assert refused.exit_code == 1
    assert "https://" in refused.output


def test_the_command_wants_to_be_told_what_to_do() -> None:
    assert CliRunner().invoke(command(load_phrases()), []).exit_code == 2


# -- the manifest ----------------------------------------------------------------------------------


def test_without_an_address_the_package_reaches_nobody() -> None:
    """Names under .example are never given to anybody."""
    assert PLACEHOLDER_URL.endswith(".example")
    assert SKILL["apis"]["custom"]["endpoint"]["uri"] == f"{PLACEHOLDER_URL}/alexa"


def test_a_lambda_is_called_by_its_name_and_the_privacy_page_stays_on_the_web() -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:steady-coach"
    made = manifest(alexa_locales(), Address(url="https://coach.example.org/", lambda_arn=arn))["manifest"]

    assert made["apis"]["custom"]["endpoint"] == made["events"]["endpoint"] == {"uri": arn}
    assert {page["privacyPolicyUrl"] for page in made["privacyAndCompliance"]["locales"].values()} == {
        "https://coach.example.org/privacy"
    }


def test_the_manifest_asks_for_what_the_skill_uses() -> None:
    custom = SKILL["apis"]["custom"]

    assert SKILL["manifestVersion"] == "1.0"
    assert [each["type"] for each in custom["interfaces"]] == ["AUDIO_PLAYER", "ALEXA_PRESENTATION_APL"]
    assert custom["interfaces"][1]["supportedViewports"] != []
    assert {"eventName": "SKILL_DISABLED"} in SKILL["events"]["subscriptions"]
    assert SKILL["permissions"] == [{"name": "alexa::alerts:reminders:skill:readwrite"}]


def test_the_manifest_claims_no_health_data_no_children_no_sales() -> None:
    privacy = SKILL["privacyAndCompliance"]
    claimed = ("usesHealthInfo", "isChildDirected", "allowsPurchases", "containsAds")

    assert {name: privacy[name] for name in claimed} == dict.fromkeys(claimed, False)
    assert set(privacy["locales"]) == set(PAGES) == set(alexa_locales())


@pytest.mark.parametrize("alexa", alexa_locales())
def test_every_page_in_the_store_has_the_disclaimer(alexa: str) -> None:
    disclaimer = load_phrases(alexa_locales()[alexa])("alexa-model.disclaimer")

    assert disclaimer in PAGES[alexa]["description"]


def test_the_english_disclaimer_says_that_it_is_no_substitute_for_professional_advice() -> None:
    assert "not a substitute for professional medical advice" in load_phrases("en")("alexa-model.disclaimer")


@pytest.mark.parametrize("alexa", alexa_locales())
def test_every_page_in_the_store_keeps_to_amazons_lengths(alexa: str) -> None:
    page = PAGES[alexa]

    assert 2 <= len(page["name"]) <= MOST_NAME
    assert len(page["summary"]) <= MOST_SUMMARY
    assert len(page["description"]) <= MOST_DESCRIPTION
    assert len(page["keywords"]) <= MOST_KEYWORDS
    assert all(len(keyword) <= MOST_KEYWORD for keyword in page["keywords"])
    assert len(SKILL["publishingInformation"]["testingInstructions"]) <= MOST_TESTING


@pytest.mark.parametrize("alexa", alexa_locales())
def test_the_icons_that_the_store_shows_are_in_the_package(alexa: str) -> None:
    for name in ("smallIconUri", "largeIconUri"):
        assert (PACKAGE / PAGES[alexa][name].removeprefix("file://")).is_file()


@pytest.mark.parametrize("locale", locales())
def test_the_three_example_phrases_work(locale: str) -> None:
    """Each has the invocation name; what follows it is a sample."""
    phrases = load_phrases(locale)
    name = phrases("alexa-model.invocation")
    ears = Ears(interaction_model(Library(locale)), locale)
    first, *others = example_phrases(phrases)
    asked = [phrase.split(name, 1)[1].strip().removeprefix("to ") for phrase in others]

    assert len(asked) == 2
    assert first.endswith(name)
    assert [sentence for sentence in asked if ears.hear(sentence).intent == FALLBACK] == []


def test_every_sentence_that_the_store_offers_is_understood() -> None:
    """What stands after "you can say" in the English description."""
    ears = Ears(interaction_model(Library("en")))
    lines = load_phrases("en").lines("alexa-model.description", disclaimer="")
    line = next(line for line in lines if "you can say: " in line)
    offered = re.split(r", or |, ", line.split("you can say: ")[1].split(".")[0])

    assert [sentence for sentence in offered if ears.hear(sentence).intent == FALLBACK] == []
    assert len(offered) > 5


# -- privacy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", locales())
def test_the_privacy_page_has_every_paragraph_and_nothing_from_elsewhere(locale: str) -> None:
    page = privacy_page(load_phrases(locale))

    assert page.count("<p>") == len(load_phrases(locale).lines("alexa-model.privacy.paragraphs"))
    assert re.search(r"<script|https?://|src=", page) is None
    assert f'lang="{locale}"' in page


# -- how to set it up ------------------------------------------------------------------------------

SETUP = (ROOT / "docs" / "alexa-setup.md").read_text(encoding="utf-8")
#: Nothing about Alexa: the README has them.
_ELSEWHERE = {"STEADY_CACHE", "STEADY_LOCALE", *(name for name in NAMES if name.startswith("STEADY_LISTEN"))}


@pytest.mark.parametrize("name", sorted({*NAMES, CONFIG} - _ELSEWHERE))
def test_every_setting_is_in_the_table_of_the_setup_page(name: str) -> None:
    table = [line for line in SETUP.splitlines() if line.startswith("| `")]

    assert [line for line in table if f"`{name}`" in line.split(" | ")[0]] != []


def test_the_setup_page_names_only_options_that_there_are() -> None:
    shown = CliRunner().invoke(command(load_phrases()), ["--help"]).output
    for name in ("serve", "history"):
        shown += CliRunner().invoke(build(load_phrases()), [name, "--help"]).output
    named = set(re.findall(r"(?<![\w-])--[a-z]+", SETUP)) - {"--target"}

    assert {option for option in named if option not in shown} == set()


def test_every_delivery_is_explained_on_the_setup_page() -> None:
    assert [delivery for delivery in Delivery if f"- `{delivery}`" not in SETUP] == []


def test_every_place_on_the_setup_page_that_is_linked_to_is_there() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("#").strip().lower()).replace(" ", "-")
        for line in SETUP.splitlines()
        if line.startswith("#")
    }

    assert set(re.findall(r"\]\(#([^)]+)\)", SETUP)) - headings == set()


def test_what_the_setup_page_says_that_can_be_said_is_understood() -> None:
    ears = Ears(interaction_model(Library("en")))
    told = SETUP.split("### What can be said\n\n")[1].split("\n\n")[0].replace("\n", " ")
    told = re.sub(r" \([^)]*\)", "", told).rstrip(".").replace('"', "").replace("any question, ", "")

    assert [words for words in told.split(", ") if ears.hear(words).intent == FALLBACK] == []


def test_the_setup_page_does_not_claim_that_it_was_tried() -> None:
    assert "ever tried on a real Echo" in SETUP
