"""Puts a household together for the server: store, use cases, pages, plans, the coach of this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from routines.faults import RoutineFaults
from routines.lengths import EstimatedLengths
from routines.model import Exercise, Routine
from routines.phrases import Phrases
from routines.plan import Plan
from skill import bootstrap
from skill.bootstrap import open_library
from skill.care.bell import Bell
from skill.care.house import House
from skill.care.notices import Outbox
from skill.care.planning import Planner
from skill.care.planning_words import NoticePhrases
from skill.care.repeating import Repeating
from skill.care.sending import AppriseSender
from skill.errors import UserError
from skill.own_routines import OwnRoutines
from skill.settings import Settings
from skill.shelf import Shelf
from skill.showing import course_to_show
from skill.shown import Shown
from skill.transcript import capital

if TYPE_CHECKING:
    from flask import Flask

    from skill.home.stage import Stage
    from skill.store.sql import SqlStore
    from skill.web.site import RoutineChoice

#: How often plans are looked at, and messages sent.
LOOK_EVERY_S = 15.0
_MINUTE_MS = 60_000


class Household:
    """Everything of one household that runs in one server. Close it in the end."""

    def __init__(self, settings: Settings, phrases: Phrases, store: SqlStore) -> None:
        """Take an open store; it is closed with everything else. Nothing runs yet."""
        self.settings = settings
        self.phrases = phrases
        self.store = store
        self.bell = Bell(store.last_change, changes=store.changes)
        self.house = House(store, store, now=bootstrap.now, bell=self.bell)
        self.shelf = Shelf(settings)
        self.shown = Shown()
        self._own = OwnRoutines(
            store, settings.routines_folder, settings.locale, self.house.now, self.house.demand
        )
        self._known: dict[str, tuple[Routine, RoutineChoice]] = {}
        self._ending: list[Callable[[], None]] = [self.bell.close]
        self._closing = ExitStack()
        self._closing.callback(store.close)

    @classmethod
    def open(cls, settings: Settings, phrases: Phrases) -> Household | None:
        """Return the household of these settings; None where caregivers cannot be kept. `StoreError`.

        DynamoDB keeps no caregivers: it is for an Alexa skill on its own.
        """
        where = settings.database
        if isinstance(where, str) and where.startswith("dynamodb:"):
            return None
        from skill.store import open_store  # noqa: PLC0415 - SQLAlchemy comes with it

        household = cls(settings, phrases, open_store(where))
        household._own.lay_out()
        return household

    def add_to(self, app: Flask, threads: int) -> None:
        """Add all pages to a server's app. Live streams leave some of its threads free."""
        from skill.audio_library import own_secret, usual_voices  # noqa: PLC0415 - Flask, numpy come with these
        from skill.browser.driver import BrowserCoach  # noqa: PLC0415
        from skill.browser.preview import Previews  # noqa: PLC0415
        from skill.browser.sound import PieceSounds  # noqa: PLC0415
        from skill.web.coach_page import coach_pages  # noqa: PLC0415
        from skill.web.done_pages import done_pages  # noqa: PLC0415
        from skill.web.export_pages import export_pages, feed_pages  # noqa: PLC0415
        from skill.web.notice_pages import notice_pages  # noqa: PLC0415
        from skill.web.pages import add_pages  # noqa: PLC0415
        from skill.web.programme_pages import programme_pages  # noqa: PLC0415
        from skill.web.routine_pages import routine_pages  # noqa: PLC0415
        from skill.web.week_pages import week_pages  # noqa: PLC0415

        site = add_pages(
            app,
            self.house,
            self.phrases,
            routines=self.choices,
            threads=threads,
            public_url=self.settings.public_url,
        )
        sounds = PieceSounds(self.settings, own_secret(self.settings), lambda: usual_voices(self.settings))
        self._closing.callback(sounds.close)
        coach = BrowserCoach(self.store, self.shelf.routine, self.phrases, sounds, self.house.now)
        for pages in (
            coach_pages(site, coach, self.shown),
            done_pages(site, self.titles),
            export_pages(site),
            feed_pages(site),
            notice_pages(site, AppriseSender(), NoticePhrases(self.phrases)),
            programme_pages(site, self.exercises, self.titles),
            routine_pages(site, self._own, Previews(sounds, self.phrases).name),
            week_pages(site),
        ):
            app.register_blueprint(pages)

    def start_plans(self) -> None:
        """Begin to carry weeks out and to send messages."""
        outbox = Outbox(self.house, AppriseSender(), NoticePhrases(self.phrases))
        for what, name in ((Planner(self.house).look, "plans"), (outbox.look, "notices")):
            repeating = Repeating(what, every_s=LOOK_EVERY_S, name=name)
            self._closing.callback(repeating.close)
            repeating.start()

    def start_coach(self, stage: Stage) -> None:
        """Begin to lead on this machine what is asked for."""
        from skill.home.coach import HomeCoach  # noqa: PLC0415 - only with a coach
        from skill.home.identity import own_id, own_name  # noqa: PLC0415

        coach = HomeCoach(
            self.house,
            stage,
            self.phrases,
            self.shelf.routine,
            own_id=own_id(self.settings.data_folder),
            name=own_name(self.phrases),
        )
        thread = threading.Thread(target=coach.run, name="coach")
        self._closing.callback(thread.join)
        self._ending.insert(0, coach.end)
        thread.start()

    def choices(self) -> tuple[RoutineChoice, ...]:
        """Return the routines that can be started, with about how long each takes."""
        return tuple(self._choice(routine) for routine in self._routines())

    def exercises(self) -> tuple[Exercise, ...]:
        """Return every exercise of every routine; one that stands in several is there more than once."""
        return tuple(exercise for routine in self._routines() for exercise in routine.exercises)

    def titles(self) -> dict[str, str]:
        """Return the title of each routine and exercise by id."""
        return bootstrap.titles(self.settings)

    def _routines(self) -> Iterator[Routine]:
        """Yield every routine that can be read; one that is at fault cannot be started."""
        for name in open_library(self.settings).ids():
            with suppress(RoutineFaults, UserError):
                yield self.shelf.routine(name)

    def _choice(self, routine: Routine) -> RoutineChoice:
        """Return what is shown of a routine; how long it takes is worked out once."""
        from skill.web.site import RoutineChoice  # noqa: PLC0415 - only with pages

        known = self._known.get(routine.id)
        if known is not None and known[0] is routine:
            return known[1]
        plan = Plan()
        lengths = EstimatedLengths(plan.rate_wpm, typical=True)
        total_ms = course_to_show(routine, self.phrases, lengths).timeline(plan).total_ms
        minutes = max(1, round(total_ms / _MINUTE_MS))
        choice = RoutineChoice(id=routine.id, title=capital(routine.title), minutes=minutes)
        self._known[routine.id] = (routine, choice)
        return choice

    def end(self) -> None:
        """Let everybody go who waits, and break off what is going on. `close` comes after."""
        for end in self._ending:
            end()

    def close(self) -> None:
        """Break off what is going on, so that it can be gone on with, and let go of everything."""
        self.end()
        self._closing.close()
