"""What was done, on a page: only what the person lets this caregiver see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from routines.plan import Plan
from skill.care.records import ConsentKind, Role
from skill.records import EventKind, SessionEvent, StopReason, exercises_data
from skill.web.done_pages import done_pages
from tests.skill.web.home import Home, open_home, text_of

TITLES = {"knee-short": "Short knee routine", "wall-slides": "Wall slides"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path) as home:
        home.app.register_blueprint(done_pages(home.site, lambda: TITLES))
        yield home


def do(home: Home, session: str, *, stop: StopReason | None = None, **told: int) -> None:
    """Let Anna do wall slides now, both sides or only the left one."""
    at = home.clock()
    store = home.house.history
    store.begin(
        session, home.person.id, "knee-short", Plan(), "pc", at, {}, exercises_data([("wall-slides", 2)])
    )
    events = [
        SessionEvent(
            at=at,
            kind=EventKind.BLOCK_DONE,
            key=f"done:wall-slides/1/{side}:0",
            data={"exercise": "wall-slides", "set": 1, "side": side, "work_ms": 20_000},
        )
        for side in (("left",) if stop else ("left", "right"))
    ]
    events += [
        SessionEvent(
            at=at, kind=EventKind.ANSWERED, key=f"answered:{what}", data={"what": what, "value": value}
        )
        for what, value in told.items()
    ]
    data: dict[str, Any] = {"reason": stop.value} if stop else {}
    kind = EventKind.STOPPED if stop else EventKind.DONE
    store.record(session, [*events, SessionEvent(at=at, kind=kind, key="end", data=data)], {}, at)


def viewer(home: Home, *kinds: ConsentKind) -> FlaskClient:
    who = home.caregiver("May", Role.VIEW)
    home.allow(who, *kinds)
    return home.browser(who)


def test_nothing_is_shown_that_was_not_consented_to(home: Home) -> None:
    do(home, "one", pain_before=3)

    for page in ("done", "sheet"):
        assert viewer_or_again(home).get(f"/people/{home.person.id}/{page}").status_code == 403


def viewer_or_again(home: Home) -> FlaskClient:
    known = {one.login: one for one in home.house.care.caregivers()}
    return home.browser(known["may"]) if "may" in known else viewer(home)


def test_the_month_shows_each_day_and_each_side(home: Home) -> None:
    do(home, "one")

    said = text_of(viewer(home, ConsentKind.DONE).get(f"/people/{home.person.id}/done"))

    assert "November 2026" in said
    assert "23 done" in said
    assert "Wall slides 1 1 (0:20) 1 (0:20)" in said


def test_without_consent_for_pain_a_stop_for_pain_is_a_part_and_no_number_is_shown(home: Home) -> None:
    do(home, "one", stop=StopReason.PAIN, pain_before=3, pain_after=7)
    browser = viewer(home, ConsentKind.DONE)

    for page in ("done", "sheet"):
        shown = browser.get(f"/people/{home.person.id}/{page}").text
        assert 'data-mark="pain"' not in shown
        assert "plot" not in text_of(shown)
        assert "pain" not in text_of(shown).lower()


def test_with_consent_pain_is_a_plot_and_the_same_figures_in_a_table(home: Home) -> None:
    do(home, "one", pain_before=3, pain_after=2)
    home.clock.pass_by(days=-1)
    do(home, "before", stop=StopReason.PAIN, pain_before=4, pain_after=6)
    home.clock.pass_by(days=1)

    page = viewer(home, ConsentKind.DONE, ConsentKind.PAIN).get(f"/people/{home.person.id}/done").text

    assert '<svg class="plot"' in page
    assert 'data-mark="pain"' in page
    assert "style=" not in page
    assert "22 Nov 4 6 23 Nov 3 2" in text_of(page)


def test_the_sheet_has_every_session_of_its_days(home: Home) -> None:
    do(home, "one", pain_before=3, pain_after=2)

    said = text_of(
        viewer(home, ConsentKind.DONE, ConsentKind.PAIN).get(
            f"/people/{home.person.id}/sheet?from=2026-11-01&to=2026-11-23"
        )
    )

    assert "From 1 November 2026 to 23 November 2026." in said
    assert "23 Nov Short knee routine" in said


@pytest.mark.parametrize(
    "asked",
    ["done?month=nonsense", "done?month=2099-01", "sheet?from=2026-11-23&to=2026-11-01", "sheet?from=1-1-1"],
)
def test_days_that_make_no_sense_are_refused_in_words(home: Home, asked: str) -> None:
    answer = viewer(home, ConsentKind.DONE).get(f"/people/{home.person.id}/{asked}")

    assert answer.status_code == 400
