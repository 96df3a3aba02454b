"""What a caregiver sees of a person at this moment, in words: what goes on, where, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from skill.care.device import BUSY, LED_ELSEWHERE
from skill.care.gate import Access
from skill.care.live_state import LiveState, Phase
from skill.care.permissions import Action
from skill.care.records import Caregiver, CommandKind, CommandState, Device, Live, Sent
from skill.web.site import Site, caregiver

#: A device that has not been heard of for this long is off, or has lost its network.
OFFLINE_AFTER = timedelta(seconds=30)

#: How long it is of interest that a session is over, and what became of a command.
_OVER_FOR = timedelta(hours=4)
_OUTCOME_FOR = timedelta(minutes=10)

_OVER = (Phase.DONE, Phase.STOPPED, Phase.INTERRUPTED)
#: The commands whose going well shows in what the device then does.
_SEEN_ANYWAY = (CommandState.DELIVERED, CommandState.ACCEPTED, CommandState.DONE)
#: What only those are told who may see what the person does.
_TOLD_WITH_CONSENT = (CommandState.ACCEPTED, CommandState.DECLINED, CommandState.NO_ANSWER, CommandState.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """One device, and what goes on there. Texts are ready to be shown; "" where there is nothing to say."""

    device: Device
    phase: Phase
    headline: str
    routine: str = ""
    where: str = ""
    exercise: str = ""
    aside: str = ""
    offline: str = ""
    percent: int | None = None  #: how far the session has come
    controls: tuple[CommandKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Everything about one person at this moment."""

    access: Access
    playing: tuple[Playing, ...]
    outcome: str  #: what became of what the caregiver last asked for
    sees: bool  #: whether the caregiver may see what goes on


def panel_of(site: Site, who: Caregiver, access: Access) -> Panel:
    """Return what a caregiver may see of a person now."""
    sees = Action.SEE_LIVE in access.actions
    coaches = site.house.coaches(access.person.id)
    lives = {live.device: live for live in site.house.care.lives(access.person.id)} if sees else {}
    playing = [_playing(site, access, device, lives.get(device.id)) for device in coaches]
    if sees:
        going_on = [one for one in playing if one.phase is not Phase.IDLE]
        playing = going_on or playing[:1]
    else:
        playing = [one for one in playing if one.controls][:1]
    return Panel(access=access, playing=tuple(playing), outcome=_outcome(site, who, access), sees=sees)


def now_of(site: Site, access: Access) -> Playing | None:
    """Return what a person is doing; None if that is not to be seen, or they have no device."""
    playing = panel_of(site, caregiver(), access)
    return playing.playing[0] if playing.sees and playing.playing else None


def states_of(site: Site, access: Access) -> list[dict[str, Any]]:
    """Return the same as plain values."""
    return [
        {"device": live.device, "at": live.at.isoformat(), **state.to_dict()}
        for live in _lives(site, access)
        if (state := LiveState.from_dict(live.state).for_caregiver(access.actions)) is not None
    ]


def offline_since(site: Site, device: Device, zone: str) -> str:
    """Return that a device is offline, and since when; "" if it is not."""
    if device.seen_at is None:
        return site.phrases("web.live.never-seen", device=device.name)
    if site.now() - device.seen_at < OFFLINE_AFTER:
        return ""
    time = site.moments.since(device.seen_at, zone)
    return site.phrases("web.live.offline", device=device.name, time=time)


def _lives(site: Site, access: Access) -> tuple[Live, ...]:
    there = {device.id for device in site.house.coaches(access.person.id)}
    return tuple(live for live in site.house.care.lives(access.person.id) if live.device in there)


def _playing(site: Site, access: Access, device: Device, live: Live | None) -> Playing:
    told = LiveState.from_dict(live.state if live else {}).for_caregiver(access.actions)
    may = Action.CONTROL in access.actions
    if told is None:
        controls = (CommandKind.PAUSE, CommandKind.RESUME, CommandKind.STOP) if may else ()
        return Playing(device=device, phase=Phase.IDLE, headline="", controls=controls)
    state = _still(site, told)
    zone = access.person.zone
    return Playing(
        device=device,
        phase=state.phase,
        headline=_headline(site, state, access),
        routine=state.routine_title if state.phase is not Phase.IDLE else "",
        where=_where(site, state),
        exercise=state.exercise_title if state.phase.running else "",
        aside=_aside(site, state, zone),
        offline=offline_since(site, device, zone),
        percent=_percent(state),
        controls=_controls(state.phase) if may else (),
    )


def _still(site: Site, state: LiveState) -> LiveState:
    """Return a state that is of interest: the end of a session long ago is none."""
    old = state.since is not None and site.now() - state.since > _OVER_FOR
    return LiveState() if state.phase in _OVER and old else state


def _headline(site: Site, state: LiveState, access: Access) -> str:
    if state.phase is Phase.STOPPED and state.reason:
        return site.phrases(f"web.live.stopped-{state.reason}", name=site.name(access.person))
    return _say(site, state.phase, access)


def _say(site: Site, phase: Phase, access: Access) -> str:
    return site.phrases(f"web.live.phase.{phase}", name=site.name(access.person))


def _where(site: Site, state: LiveState) -> str:
    """Return "Exercise 3 of 6, second set, left side", as far as that is known."""
    if not state.phase.running or state.exercise_no is None:
        return ""
    say = site.phrases
    parts = [say("web.live.exercise", n=state.exercise_no, of=state.exercises)]
    if state.set_no is not None and (state.sets or 0) > 1:
        ordinals = say.lines("web.live.set-ordinal")
        known = state.set_no <= len(ordinals)
        parts.append(ordinals[state.set_no - 1] if known else say("web.live.set", n=state.set_no))
    if state.side:
        parts.append(say(f"web.live.side.{state.side}"))
    return say("lists.comma").join(parts)


def _aside(site: Site, state: LiveState, zone: str) -> str:
    """Return since when, or for how long; and who asked."""
    if state.phase is Phase.INVITED and state.asked_by:
        return site.phrases("web.live.asked-by", name=state.asked_by)
    if state.since is None or state.phase is Phase.IDLE:
        return ""
    if state.phase in _OVER:
        return site.phrases("web.live.at", time=site.moments.since(state.since, zone))
    lasted = site.moments.for_how_long(state.since)
    if state.phase is Phase.PAUSED and lasted:
        return site.phrases("web.live.paused-for", time=lasted)
    return ""


def _percent(state: LiveState) -> int | None:
    if not state.phase.running or state.total_ms <= 0:
        return None
    return max(0, min(100, round(100 * state.progress_ms / state.total_ms)))


def _controls(phase: Phase) -> tuple[CommandKind, ...]:
    if phase is Phase.PAUSED:
        return (CommandKind.RESUME, CommandKind.STOP)
    return (CommandKind.PAUSE, CommandKind.STOP) if phase.running else ()


def _outcome(site: Site, who: Caregiver, access: Access) -> str:
    """Return what became of the last thing this caregiver asked for, where the device does not show it."""
    sent = site.house.care.sent_for(access.person.id, site.now() - _OUTCOME_FOR)
    mine = [one for one in sent if one.command.by == who.id]
    if not mine:
        return ""
    return _became(site, mine[-1], access)


def _became(site: Site, sent: Sent, access: Access) -> str:
    what, state, name = sent.command.what, sent.state, site.name(access.person)
    if state is None:
        late = site.now() > sent.command.not_after
        return site.phrases(f"web.sent.{'unheard' if late else 'on-its-way'}.{what}", name=name)
    if state is CommandState.REFUSED:
        return site.phrases(f"web.sent.refused.{_why(sent, access)}", name=name)
    if state is CommandState.LATE:
        return site.phrases(f"web.sent.unheard.{what}", name=name)
    if what is CommandKind.ASK_CONSENT:
        return site.phrases(f"web.sent.consent.{state}", name=name)
    if state in _TOLD_WITH_CONSENT and Action.SEE_LIVE not in access.actions:
        return ""
    return "" if state in _SEEN_ANYWAY else site.phrases(f"web.sent.start.{state}", name=name)


def _why(sent: Sent, access: Access) -> str:
    """Return why a device refused. That the person is led elsewhere is for those who may see what they do."""
    code = sent.events[-1].detail
    return BUSY if code == LED_ELSEWHERE and Action.SEE_LIVE not in access.actions else code
