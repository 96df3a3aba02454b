"""Writing a routine on a page: checked in place, nothing half saved, heard before it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from routines.model import Routine
from skill.audio_pages import audio_blueprint
from skill.care.permissions import Action
from skill.care.records import Caregiver, Role
from skill.own_routines import OwnRoutines
from skill.web.routine_pages import routine_pages
from tests.skill.web.home import Home, csrf_in, open_home, text_of

GOOD = (resources.files("routines") / "library" / "en" / "knee-short.yaml").read_text(encoding="utf-8")
MINE = GOOD.replace("id: knee-short", "id: my-knees").replace("title: short knee routine", "title: my knees")
MINE = MINE.replace(
    "synonyms: [short routine, quick knee routine, short one, quick one, chair routine]", "synonyms: [mine]"
)


@dataclass
class Desk:
    """A household's routine pages, and what was asked to be heard."""

    home: Home
    own: OwnRoutines
    folder: Path
    heard: list[str] = field(default_factory=list)

    def listen(self, routine: Routine) -> str | None:
        self.heard.append(routine.id)
        return "ab" * 32

    def browser(self, role: Role) -> FlaskClient:
        return self.home.browser(self.home.caregiver(f"May-{role}", role))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_home(tmp_path) as home:

        def demand(who: Caregiver, action: Action) -> None:
            home.house.demand(who, action)

        folder = tmp_path / "routines"
        own = OwnRoutines(home.house.care, folder, "en", home.clock, demand)
        desk = Desk(home, own, folder)
        home.app.register_blueprint(routine_pages(home.site, own, desk.listen))
        home.app.register_blueprint(audio_blueprint(tmp_path))
        yield desk


def send(browser: FlaskClient, text: str, do: str) -> str:
    csrf = csrf_in(browser.get("/routines/new").text)
    return browser.post("/routines", data={"csrf": csrf, "text": text, "do": do}).text


def test_a_good_routine_is_kept_with_its_version_and_laid_out_for_every_coach(desk: Desk) -> None:
    browser = desk.browser(Role.EDIT)

    send(browser, MINE, "save")

    assert (desk.folder / "my-knees.yaml").read_text(encoding="utf-8") == MINE
    assert "Version 1" in text_of(browser.get("/routines/my-knees"))


def test_faults_are_shown_with_their_lines_and_nothing_is_saved(desk: Desk) -> None:
    browser = desk.browser(Role.EDIT)
    bad = MINE.replace("  - {from: knee, id: knee-bends}", "  - {from: knee, id: knee-bens}")

    said = text_of(send(browser, bad, "save"))

    assert "from: knee, id: knee-bens" in said
    assert "Nothing was saved." in said
    assert desk.own.texts() == {}
    assert not desk.folder.exists()


def test_a_bad_text_leaves_the_version_before_in_use(desk: Desk) -> None:
    browser = desk.browser(Role.EDIT)
    send(browser, MINE, "save")

    send(browser, MINE.replace("exercises:", "exercise:"), "save")

    assert str(desk.own.texts()["my-knees"].document) == MINE


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n",
        "!!python/object/apply:os.system ['true']",
        "x: " + "[" * 500 + "]" * 500,
        "\0",
        "a" * 200_000,
    ],
)
def test_a_text_that_is_made_to_do_harm_is_only_a_text_with_faults(desk: Desk, bomb: str) -> None:
    said = text_of(send(desk.browser(Role.EDIT), bomb, "check"))

    assert "mended" in said


def test_a_text_that_is_far_too_long_is_refused_before_it_is_read(desk: Desk) -> None:
    browser = desk.browser(Role.EDIT)
    csrf = csrf_in(browser.get("/routines/new").text)

    answer = browser.post("/routines", data={"csrf": csrf, "text": "a" * 400_000, "do": "check"})

    assert answer.status_code == 413


def test_a_routine_is_heard_before_it_is_kept(desk: Desk) -> None:
    page = send(desk.browser(Role.EDIT), MINE, "listen")

    assert desk.heard == ["my-knees"]
    assert 'kind="captions"' in page
    assert desk.own.texts() == {}


def test_a_file_can_be_chosen_instead_of_writing(desk: Desk) -> None:
    browser = desk.browser(Role.EDIT)
    csrf = csrf_in(browser.get("/routines/new").text)

    import io  # noqa: PLC0415 - beside its one use

    file = (io.BytesIO(MINE.encode()), "mine.yaml")
    browser.post("/routines", data={"csrf": csrf, "text": "", "file": file, "do": "save"})

    assert list(desk.own.texts()) == ["my-knees"]


def test_one_that_comes_with_the_coach_can_be_the_start(desk: Desk) -> None:
    page = desk.browser(Role.EDIT).get("/routines/new?from=knee-short").text

    assert "id: knee-short" in page


def test_whoever_may_only_look_sees_the_list_and_changes_nothing(desk: Desk) -> None:
    browser = desk.browser(Role.VIEW)

    assert browser.get("/routines").status_code == 200
    assert "Write a routine" not in browser.get("/routines").text
    assert browser.get("/routines/new").status_code == 403


def test_one_that_is_taken_out_is_no_longer_found_and_its_versions_stay(desk: Desk) -> None:
    browser = desk.browser(Role.EDIT)
    send(browser, MINE, "save")

    csrf = csrf_in(browser.get("/routines/my-knees").text)
    browser.post("/routines/my-knees/remove", data={"csrf": csrf})

    assert not (desk.folder / "my-knees.yaml").exists()
    assert [version.document is None for version in desk.own.care.routine_versions("my-knees")] == [
        False,
        True,
    ]


def test_a_new_machine_lays_out_what_the_household_keeps_and_leaves_other_files_alone(desk: Desk) -> None:
    send(desk.browser(Role.EDIT), MINE, "save")
    (desk.folder / "my-knees.yaml").unlink()
    (desk.folder / "by-hand.yaml").write_text("format: 1\n", encoding="utf-8")

    desk.own.lay_out()

    assert (desk.folder / "my-knees.yaml").is_file()
    assert (desk.folder / "by-hand.yaml").is_file()
