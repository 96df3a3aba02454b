"""The way from a command to a session that runs: open what is needed, choose what is led, lead it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from routines.events import Resume, Start
from routines.load import DEFAULT_ROUTINE_ID
from routines.phrases import Phrases
from routines.plan import FirstSide, Level, Plan
from routines.progress import summary
from skill import bootstrap
from skill.coach import Keeper, Run, place, spoken_to
from skill.errors import UserError
from skill.hearing import Ear, NoEar
from skill.history import sessions_of
from skill.history_view import HistoryView
from skill.lease import Lease, leading_alone
from skill.live import Live
from skill.ports import ME, LeaseLostError, Store
from skill.runs import Finder
from skill.settings import Settings
from skill.sound_out import SoundOut
from skill.terminal.guard import TerminalGuard
from skill.terminal.view import OutputClosedError
from skill.watched_keys import WatchedKeys
from speech.clips import Clips

#: How long the first words are waited for; usual is a tenth of a second.
PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the person chose on the command line."""

    routine: str | None = None
    asked: bool = True  #: questions can be asked: somebody is there and wants them
    plain: bool = False
    counts: str | None = None  #: which counts become plain lines: all, fives or none
    level: Level | None = None
    pace_percent: int | None = None
    wait: bool | None = None
    first_side: FirstSide | None = None
    anew: bool = False  #: do not go on with an interrupted session
    only_resume: bool = False  #: do nothing else
    questions: bool = True  #: somebody wants them, if they can be answered by voice alone
    listen: bool | None = None  #: None: as the plan has it


@dataclass(frozen=True, slots=True)
class Led:
    """How a session went."""

    outcome: str | None  #: None: broken off, and kept
    summary: str  #: what was done, in words


def lead(
    phrases: Phrases, settings: Settings, choices: Choices, voices: bootstrap.Voices, sound: SoundOut
) -> Led:
    """Lead the session that the choices ask for, to its end or until it is broken off."""
    with ExitStack() as opened:
        store = opened.enter_context(bootstrap.open_history(settings))
        lease = opened.enter_context(leading_alone(store, ME, bootstrap.now))
        plan = _plan_today(store.plan(ME), choices)
        bank = bootstrap.open_clips(settings, voices, plan.rate_wpm, patience_s=PATIENCE_S)
        clips = opened.enter_context(bank)
        sound.clips = clips
        ear: Ear = NoEar()
        if plan.listen if choices.listen is None else choices.listen:
            ear = opened.enter_context(bootstrap.open_ear(phrases, settings, sound))
        choices = replace(choices, asked=choices.asked or (ear.on and choices.questions))
        fresh, interrupted = _runs(phrases, settings, choices, plan, store, clips)
        if ear.on:
            fresh, interrupted = spoken_to(fresh), interrupted and spoken_to(interrupted)
        face, keys, parts = bootstrap.terminal(
            phrases, plain=choices.plain, counts=choices.counts, stream=sys.stdout
        )
        if lease is not None:
            keys = WatchedKeys(keys, lease)
        leading: list[Live] = []

        def live(run: Run) -> Live:
            keeper = _keeper(store, run, lease)
            leading.append(Live(run, keeper, sound=sound, clips=clips, face=face, keys=keys, ear=ear))
            return leading[-1]

        def suspend() -> None:
            sound.player.pause()
            for one in leading[-1:]:
                one.suspended()

        try:
            with TerminalGuard(*parts, suspended=suspend), _silent_when_lost(sound):
                if interrupted is not None and not _wants_to_go_on(live(interrupted), interrupted, choices):
                    _keeper(store, interrupted, lease).leave(interrupted.session)
                    interrupted = None
                if interrupted is None and choices.routine is None and choices.asked and ear.on:
                    named = live(fresh).which(_titles(settings))
                    chosen = replace(choices, routine=named or fresh.course.routine.id, anew=True)
                    fresh = spoken_to(_runs(phrases, settings, chosen, plan, store, clips)[0])
                outcome = _lead_one(live, fresh, interrupted)
        except (KeyboardInterrupt, OutputClosedError):
            return Led(None, "")
        return Led(outcome, _summary(store, phrases, settings))


@contextmanager
def _silent_when_lost(sound: SoundOut) -> Iterator[None]:
    """Fall silent at once where another coach has taken over: to close all the rest takes time.

    Only then: a session that ends by itself has its last words still on their way to be heard.
    """
    try:
        yield
    except LeaseLostError:
        sound.player.stop()
        raise


def _lead_one(live: Callable[[Run], Live], fresh: Run, interrupted: Run | None) -> str:
    """Lead the interrupted session if there is one that is gone on with, else the fresh one."""
    if interrupted is not None:
        lines = interrupted.course.phrases.lines("session.going-on", where=place(interrupted))
        return live(interrupted).lead(Resume(), *lines)
    return live(fresh).lead(Start())


def _summary(store: Store, phrases: Phrases, settings: Settings) -> str:
    """Return what was done in the session that has just ended."""
    last = store.last_session(ME)
    if last is None:
        return ""
    return HistoryView(phrases, bootstrap.titles(settings)).lines([summary(sessions_of([last])[0])])


def _titles(settings: Settings) -> tuple[str, ...]:
    return tuple(names[0] for names in bootstrap.routine_names(settings).values())


def _keeper(store: Store, run: Run, lease: Lease | None) -> Keeper:
    held = lease.held if lease is not None else None
    return Keeper(store=store, now=bootstrap.now, session_id=run.session_id, held=held)


def _plan_today(plan: Plan, choices: Choices) -> Plan:
    """Return the person's plan with what was chosen for today."""
    return replace(
        plan,
        level=choices.level or plan.level,
        pace_percent=choices.pace_percent or plan.pace_percent,
        wait=plan.wait if choices.wait is None else choices.wait,
        first_side=choices.first_side or plan.first_side,
    )


def _runs(
    phrases: Phrases, settings: Settings, choices: Choices, plan: Plan, store: Store, clips: Clips
) -> tuple[Run, Run | None]:
    """Return a fresh session, and the interrupted one if there is one that can be gone on with."""
    finder = Finder(
        store=store,
        find_routine=lambda name: bootstrap.find_routine(name, settings),
        phrases=phrases,
        now=bootstrap.now,
    )
    fresh = finder.fresh(choices.routine or DEFAULT_ROUTINE_ID, plan, clips, asked=choices.asked)
    interrupted = None if choices.anew else finder.interrupted(fresh)
    if interrupted is None and choices.only_resume:
        raise UserError("nothing-to-resume")
    return fresh, interrupted


def _wants_to_go_on(live: Live, interrupted: Run, choices: Choices) -> bool:
    """Ask; where nobody can be asked, go on: nothing is lost and nothing is done twice."""
    if choices.only_resume or not choices.asked:
        return True
    return live.offer("go-on", where=place(interrupted))
