"""The way from a command to a session that runs: open what is needed, choose what is led, lead it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace

from routines.cue import Cue
from routines.events import Resume, Start
from routines.load import DEFAULT_ROUTINE_ID
from routines.phrases import Phrases
from routines.plan import Level, Plan
from routines.progress import next_start
from skill import bootstrap
from skill.coach import RESUME_WITHIN, Keeper, Run, going_on, new_run, place
from skill.errors import UserError
from skill.history import sessions_of
from skill.live import Live
from skill.ports import ME, Store
from skill.settings import Settings
from skill.sound_out import SoundOut
from skill.terminal.guard import TerminalGuard
from skill.terminal.view import OutputClosedError
from speech.clips import Clip, Clips
from speech.player import Player


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the person chose on the command line."""

    routine: str | None = None
    asked: bool = True  #: questions can be asked: somebody is there and wants them
    plain: bool = False
    mute: bool = False
    level: Level | None = None
    pace_percent: int | None = None
    wait: bool | None = None
    anew: bool = False  #: do not go on with an interrupted session
    only_resume: bool = False  #: do nothing else


class _Sounds:
    """What is ready of a bank of clips, for the player, which must never wait."""

    def __init__(self, clips: Clips) -> None:
        self._clips = clips

    def ready(self, cue: Cue) -> Clip | None:
        return self._clips.for_cue(cue, wait=False)


def lead(phrases: Phrases, settings: Settings, choices: Choices, voices: bootstrap.Voices) -> str | None:
    """Lead the session that the choices ask for. Return its outcome; None if it was broken off and kept."""
    with ExitStack() as opened:
        store = opened.enter_context(bootstrap.open_history(settings))
        plan = _plan_today(store.plan(ME), choices)
        clips = opened.enter_context(bootstrap.open_clips(settings, voices, plan.rate_wpm))
        player = Player(_Sounds(clips))
        sound = SoundOut(player, clips, phrases, mute=choices.mute)
        opened.callback(sound.stop)
        sound.start()
        face, keys, parts = bootstrap.terminal(phrases, plain=choices.plain, stream=sys.stdout)
        fresh, interrupted = _runs(phrases, settings, choices, plan, store, clips)

        def live(run: Run) -> Live:
            return Live(
                run, _keeper(store, run), player=player, clips=clips, face=face, keys=keys, sound=sound
            )

        try:
            with TerminalGuard(*parts, suspended=player.pause):
                if interrupted is not None and _wants_to_go_on(live(interrupted), interrupted, choices):
                    return live(interrupted).lead(Resume(), *_going_on_lines(interrupted, phrases))
                if interrupted is not None:
                    _keeper(store, interrupted).leave(interrupted.session)
                return live(fresh).lead(Start())
        except (KeyboardInterrupt, OutputClosedError):
            return None


def _keeper(store: Store, run: Run) -> Keeper:
    return Keeper(store=store, now=bootstrap.now, session_id=run.session_id)


def _plan_today(plan: Plan, choices: Choices) -> Plan:
    """Return the person's plan with what was chosen for today."""
    return replace(
        plan,
        level=choices.level or plan.level,
        pace_percent=choices.pace_percent or plan.pace_percent,
        wait=plan.wait if choices.wait is None else choices.wait,
    )


def _runs(
    phrases: Phrases, settings: Settings, choices: Choices, plan: Plan, store: Store, clips: Clips
) -> tuple[Run, Run | None]:
    """Return a fresh session, and the interrupted one if there is one that can be gone on with."""
    routine = bootstrap.find_routine(choices.routine or DEFAULT_ROUTINE_ID, settings)
    start = next_start(sessions_of(store.history(ME)), bootstrap.now().astimezone().date(), plan)
    notes: tuple[str, ...] = ()
    if start.easier and start.why is not None:
        plan = plan.easier()
        notes = phrases.lines(f"history.easier.{start.why}")
    ask_next_day = start.ask_next_day and choices.asked
    fresh = new_run(
        routine, plan, phrases, clips, asked=choices.asked, notes=notes, ask_next_day=ask_next_day
    )
    found = None if choices.anew else store.interrupted(ME, bootstrap.now(), RESUME_WITHIN)
    interrupted = None
    if found is not None:
        try:
            same = bootstrap.find_routine(found.routine_id, settings)
            interrupted = going_on(found, same, fresh)
        except UserError:
            interrupted = None  # its file is gone
    if interrupted is None and choices.only_resume:
        raise UserError("nothing-to-resume")
    return fresh, interrupted


def _wants_to_go_on(live: Live, interrupted: Run, choices: Choices) -> bool:
    """Ask; where nobody can be asked, go on: nothing is lost and nothing is done twice."""
    if choices.only_resume or not choices.asked:
        return True
    return live.offer("go-on", **place(interrupted))


def _going_on_lines(run: Run, phrases: Phrases) -> tuple[str, ...]:
    return phrases.lines("session.going-on", **place(run))
