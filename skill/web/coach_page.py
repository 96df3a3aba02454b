"""`/coach`: a tablet or phone as the coach, and the screen of the PC's coach. For paired devices only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic, sleep
from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from skill.browser.driver import BrowserCoach, BrowserError, Guest
from skill.care.device import DeviceSide
from skill.care.errors import CareError
from skill.care.live_state import LiveState
from skill.care.records import Command, CommandKind, ConsentKind, ConsentState, Device, DeviceKind
from skill.ports import StoreError
from skill.shown import Shown
from skill.web.coach_deeds import ANSWER_WITHIN, Deeds
from skill.web.coach_json import playable_json, shown_json
from skill.web.coach_lease import PageLease
from skill.web.site import Site
from skill.web.streams import AFTER_A_FAULT_S, AWAY, HERE, KEEP_ALIVE_S, event

#: The keys that a screen of the PC's coach may press, as in a terminal.
_KEYS = frozenset(
    ("space", "enter", "y", "n", "o", "q", "right", "left", "r", "s", "f", "e", "k", "l", "backspace")
) | frozenset("0123456789")

#: The last word to a device that is no longer paired.
GONE = event("gone", {})
#: How often a screen looks at the least: what changes here is seen at once, what another process tells, so.
SCREEN_LOOKS_S = 1.0


def coach_pages(site: Site, coach: BrowserCoach, shown: Shown) -> Blueprint:
    """Return the pages of paired devices. `shown` is what this machine's own coach shows."""
    pages = Blueprint("coach", __name__, url_prefix="/coach")

    def side() -> DeviceSide:
        return DeviceSide(site.house, g.device)

    @pages.get("")
    def page() -> str:
        mine = side()
        mine.seen()
        if mine.device.kind is not DeviceKind.SCREEN:
            Deeds(mine, coach, site.phrases, PageLease(mine)).arrive()
        words = _words(site)
        return render_template(
            "coach.html",
            device=mine.device,
            is_screen=mine.device.kind is DeviceKind.SCREEN,
            routines=site.routines(),
            waiting=None if mine.device.kind is DeviceKind.SCREEN else coach.waiting(_guest(mine)),
            words=words,
            hello=None if mine.device.kind is DeviceKind.SCREEN else _hello(site, coach, mine),
        )

    @pages.get("/events")
    def events() -> Response:
        mine = side()
        screen = mine.device.kind is DeviceKind.SCREEN
        return site.streams.open(lambda: _shown_events(site, mine, shown) if screen else _events(site, mine))

    @pages.get("/waiting")
    def waiting() -> Response:
        """Say the same as the stream, once: pages ask now and then, which says that they are there.

        `on` is what the page leads or asks about; `elsewhere` says that by now somebody else leads.
        """
        mine = side()
        mine.seen()
        if mine.device.kind is DeviceKind.SCREEN:
            return jsonify(_on_show(site, mine, shown))
        lost = PageLease(mine).keep(request.args.get("on", ""))
        return jsonify(_news(mine) | ({} if lost is None else {"elsewhere": _in_words(site, lost)}))

    _add_deeds(pages, side, site, coach, shown)
    _add_sharing(pages, side)
    return pages


def _add_deeds(
    pages: Blueprint, side: Callable[[], DeviceSide], site: Site, coach: BrowserCoach, shown: Shown
) -> None:
    @pages.post("/deed")
    def deed() -> tuple[Response, int]:
        said: Any = request.get_json(silent=True)
        if not isinstance(said, dict):
            return jsonify(error=site.phrases("coach-page.error.not-understood")), 400
        try:
            mine = side()
            return jsonify(Deeds(mine, coach, site.phrases, PageLease(mine)).do(said)), 200
        except BrowserError as error:
            return jsonify(error=_in_words(site, error), code=error.code), 409

    @pages.post("/key")
    def key() -> tuple[Response, int]:
        """Hand a touched key on to the PC's coach."""
        said: Any = request.get_json(silent=True)
        name = said.get("key") if isinstance(said, dict) else None
        if name not in _KEYS or g.device.kind is not DeviceKind.SCREEN:
            return jsonify(error=site.phrases("coach-page.error.not-understood")), 400
        asked = str(said.get("asked", ""))
        _, view = shown.wait(-1, 0)
        if asked and view is not None and view.caption != asked:  # something else is asked by now
            return jsonify(error=site.phrases("coach-page.error.answered")), 409
        side().press(str(name))
        return jsonify({}), 200


def _add_sharing(pages: Blueprint, side: Callable[[], DeviceSide]) -> None:
    @pages.get("/sharing")
    def sharing() -> str:
        mine = side()
        return render_template("coach-sharing.html", device=mine.device, rows=_by_caregiver(mine))

    @pages.post("/sharing")
    def share() -> AnyResponse:
        mine = side()
        if request.form.get("stop") == "all":
            mine.stop_sharing()
        else:
            _share(mine, request.form)
        return redirect(url_for("coach.sharing"), code=303)


def _in_words(site: Site, error: BrowserError) -> str:
    return site.phrases(f"coach-page.error.{error.code}", **error.values)


def _words(site: Site) -> dict[str, str]:
    """Return the words that the page's script needs, with the places it fills in by itself."""
    prefix = "coach-page.words"
    return {
        one.removeprefix(f"{prefix}."): site.phrases(one, n="{n}", of="{of}")
        for one in site.phrases.under(prefix)
    }


def _guest(side: DeviceSide) -> Guest:
    return Guest(device=side.plays_on, person=side.device.person)


def _hello(site: Site, coach: BrowserCoach, side: DeviceSide) -> dict[str, Any] | None:
    """Return the first words, which also let the browser play sound from then on."""
    return playable_json(coach.words(_guest(side), site.phrases.lines("coach-page.hello")))


def _events(site: Site, side: DeviceSide) -> Iterator[str]:
    """Yield what waits for a device whenever something has changed, until it is no longer paired.

    That this side writes to a stream does not say that anybody reads it: the page says that it is there, by
    asking now and then.
    """
    seen, told = 0, ""
    while not site.bell.closed:
        try:
            if not _is_paired(site, side.device):
                yield GONE
                return
            now = event("news", _news(side))
            yield now if now != told else HERE
            told = now
            seen = site.bell.wait(seen, KEEP_ALIVE_S, side.device.person)
        except StoreError:
            told = ""
            yield AWAY
            sleep(AFTER_A_FAULT_S)


def _is_paired(site: Site, device: Device) -> bool:
    return site.house.care.device(device.id) is not None


def _news(side: DeviceSide) -> dict[str, Any]:
    """Return the commands that wait, and what the person was asked and has not answered."""
    waiting = [sent.command for sent in side.waiting()]
    return {"waiting": [_command_json(one) for one in (*side.unanswered(ANSWER_WITHIN), *waiting)]}


def _shown_events(site: Site, side: DeviceSide, shown: Shown) -> Iterator[str]:
    """Yield what the PC's coach shows, whenever that is something else, until the screen is not paired."""
    nth, told = -1, ""
    alive_s = monotonic()
    while not site.bell.closed:
        try:
            if not _is_paired(site, side.device):
                yield GONE
                return
            now = event("news", _on_show(site, side, shown))
            if now != told or monotonic() - alive_s > KEEP_ALIVE_S:
                yield now if now != told else HERE
                told, alive_s = now, monotonic()
            nth, _ = shown.wait(nth, SCREEN_LOOKS_S)
        except StoreError:
            told = ""
            yield AWAY
            sleep(AFTER_A_FAULT_S)


def _on_show(site: Site, side: DeviceSide, shown: Shown) -> dict[str, Any]:
    """Return what the PC's coach shows if it is this process's, and what it told in any case."""
    live = side.house.care.live(side.plays_on)
    state = LiveState() if live is None else LiveState.from_dict(live.state)
    _, view = shown.wait(-1, 0)
    words = None if view is None else shown_json(view, site.phrases)
    return {"live": replace(state, progress_ms=0).to_dict(), "shown": words}


def _command_json(command: Command) -> dict[str, str]:
    what = {CommandKind.START: "invite", CommandKind.ASK_CONSENT: "invite"}
    return {"id": command.id, "what": what.get(command.what, command.what.value)}


def _by_caregiver(side: DeviceSide) -> list[dict[str, Any]]:
    """Return what is shared, one entry a caregiver."""
    found: dict[str, dict[str, Any]] = {}
    for row in side.sharing():
        entry = found.setdefault(row.caregiver.id, {"caregiver": row.caregiver, "kinds": []})
        given = row.state is ConsentState.GIVEN
        entry["kinds"].append({"kind": row.kind.value, "given": given})
    return list(found.values())


def _share(side: DeviceSide, form: Any) -> None:
    """Keep what the person ticked for one caregiver; what they did not tick is taken back."""
    caregiver = str(form.get("caregiver", ""))
    known = {row.caregiver.id for row in side.sharing()}
    if caregiver not in known:
        raise CareError("no-caregiver")
    ticked = set(form.getlist("kind"))
    for row in side.sharing():
        if row.caregiver.id != caregiver:
            continue
        given, wanted = row.state is ConsentState.GIVEN, row.kind.value in ticked
        if given != wanted:
            side.consent(caregiver, ConsentKind(row.kind), wanted)
