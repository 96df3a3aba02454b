"""A session as one audio file: from a player's token and offset to a block, and back. Pure.

The player tells a token and how far it came, and only now and then. The session stands in the store; what was
heard since is caught up by the same steps as everywhere, so that each set is kept once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from routines.course import Course
from routines.events import BlockFinished, Effect, Ready
from routines.load import load_advice
from routines.model import Routine
from routines.phrases import load_phrases
from routines.plan import Plan
from routines.script import BlockKind, Channel, Occasion
from routines.session import Session, State, Step, step
from routines.timeline import LaidBlock, Lengths, Timeline

_VERSION = "v1"
_TOKEN = re.compile(r"v1\|([0-9a-zA-Z-]{1,64})\|([0-9a-f]{32,128})\|([0-9a-f]{1,32})", re.ASCII)

#: Work that goes on in the middle begins this much earlier: its last counts lead in.
RUN_UP_MS = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a player is given with a file, and gives back with every event."""

    session_id: str
    digest: str  #: of the file
    play: str  #: in answer to which request, short; an event about an earlier one is out of date

    def __str__(self) -> str:
        return f"{_VERSION}|{self.session_id}|{self.digest}|{self.play}"

    @staticmethod
    def parse(text: str) -> Token | None:
        """Return the token that was written like this; None if it is none of ours."""
        found = _TOKEN.fullmatch(text)
        return found and Token(session_id=found[1], digest=found[2], play=found[3])


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedAudio:
    """A whole session as a file that a player can fetch."""

    url: str
    digest: str
    plan: Plan
    course: Course  #: with the lengths that the file was made with
    timeline: Timeline  #: of the file


class AudioLibrary(Protocol):
    """Has sessions as audio files. For any thread."""

    def url(self, routine: Routine, plan: Plan) -> RenderedAudio | None:
        """Return a session as a file; None if it cannot be had within a few seconds. It is made then."""

    def find(self, digest: str) -> RenderedAudio | None:
        """Return the file of this digest if it is there and still what would be made today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayAudio:
    """Play a file from an offset, instead of whatever is playing."""

    url: str
    token: str
    offset_ms: int
    title: str


@dataclass(frozen=True, slots=True)
class StopAudio:
    """Be silent."""


AudioOut = PlayAudio | StopAudio


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a block."""

    block_id: str
    offset_ms: int  #: from the block's start


def audio_course(routine: Routine, lengths: Lengths) -> Course:
    """Return the course of a session that is played as a file: it says by itself how it is stopped."""
    phrases = load_phrases(routine.locale)
    return Course(
        routine=routine,
        phrases=phrases,
        topics=load_advice(phrases.locale),
        occasion=Occasion(told=True, notes=phrases.lines("alexa-audio.notes"), channel=Channel.NONE),
        lengths=lengths,
    )


def spot_at(timeline: Timeline, offset_ms: int) -> Spot:
    """Return the place that an offset of the file is in; after its end, the end of the last block."""
    block = next((block for block in timeline.blocks if offset_ms < block.end_ms), timeline.blocks[-1])
    return Spot(block.id, min(max(0, offset_ms - block.at_ms), block.length_ms))


def offset_at(timeline: Timeline, spot: Spot) -> int:
    """Return the offset of a place. KeyError if the file has no such block."""
    block = block_of(timeline, spot.block_id)
    return block.at_ms + min(max(0, spot.offset_ms), block.length_ms)


def offset_to_go_on(timeline: Timeline, spot: Spot) -> int:
    """Return from where to play so that work goes on at a place: a little before it, but in the same work."""
    block = block_of(timeline, spot.block_id)
    offset_ms = offset_at(timeline, spot)
    if block.kind is not BlockKind.WORK or block.work_at_ms is None or offset_ms <= block.work_at_ms:
        return offset_ms
    return max(block.work_at_ms, offset_ms - RUN_UP_MS)


def block_of(timeline: Timeline, block_id: str) -> LaidBlock:
    """Return a block by its id. KeyError if the file has none of it."""
    for block in timeline.blocks:
        if block.id == block_id:
            return block
    raise KeyError(block_id)


def heard_until(session: Session, offset_ms: int, audio: RenderedAudio) -> Step:
    """Return the session when the file has been heard up to an offset, and what is to be kept of it.

    It never goes back, and the last block does not end by an offset: only the player knows that. The session
    must stand in one of the file's blocks.
    """
    effects: list[Effect] = []
    last = audio.timeline.blocks[-1]
    while not session.is_over and session.state is not State.PAUSED:
        block = block_of(audio.timeline, session.block)
        if block is last or offset_ms < block.end_ms:
            break
        session, more = _finished(session, audio.course)
        effects += more
    return session, tuple(effects)


def heard_all(session: Session, audio: RenderedAudio) -> Step:
    """Return the session when the file has been heard to its end, and what is to be kept of it."""
    session, effects = heard_until(session, audio.timeline.total_ms, audio)
    if session.is_over or session.block != audio.timeline.blocks[-1].id:
        return session, effects
    session, more = _finished(session, audio.course)
    return session, (*effects, *more)


def _finished(session: Session, course: Course) -> Step:
    if session.waiting:  # a file waits for nobody
        session, _ = step(session, Ready(), course)
    return step(session, BlockFinished(block=session.block), course)
