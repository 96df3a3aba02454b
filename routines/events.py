"""What may happen to a session, and what a session asks for: events in, effects out. All values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from routines.model import Barrier, Side

# -- events ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something a person, a device or time did.

    `offset_ms` is how far the block that is playing had come, None where nothing plays.
    """

    offset_ms: int | None = None


class Start(Event):
    """Begin: ask the safety questions if there are any, else lead at once."""


class Ready(Event):
    """The person is ready; while an exercise is explained: start it now."""


class Next(Event):
    """Go to the next set."""


class Previous(Event):
    """Go to the set before."""


class Repeat(Event):
    """Say or do this block again from its start."""


class Pause(Event):
    """Hold everything."""


class Resume(Event):
    """Go on where it was paused."""


class Slower(Event):
    """One step slower."""


class Faster(Event):
    """One step faster."""


class Easier(Event):
    """One level easier."""


class Skip(Event):
    """Leave this exercise out."""


class HowLong(Event):
    """Say how much is left."""


class Stop(Event):
    """End here; what was done stays done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Event):
    """The answer to the question that was asked.

    Yes or no, a number, a side, or None for "I'd rather not say".
    """

    value: bool | int | Side | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cannot(Event):
    """The person cannot do this today; take alternatives from here on."""

    barrier: Barrier


@dataclass(frozen=True, slots=True, kw_only=True)
class Pain(Event):
    """It hurts. `number` (0-10) where the person gave one."""

    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTopic(Event):
    """A question that one topic of the advice answers; None if none does."""

    topic: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFinished(Event):
    """The block has been played to its end."""

    block: str


# -- effects ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row for the history.

    The same `key` twice in a session is the same thing: it counts once. An empty key is always a new thing.
    """

    kind: str
    key: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Save:
    """Write these records, and the session as it now is, in one go; before anything is heard."""

    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Halt:
    """Be silent at once."""


@dataclass(frozen=True, slots=True)
class Say:
    """Say these lines now, instead of what was playing."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not possible now: show these lines, say them only if nothing is playing."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play a block from a place in it, after "3, 2, 1" if `count_in`."""

    block: str
    from_ms: int = 0
    count_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask this question and wait for an `Answer` (or `Ready`) without any time limit."""

    question: str  #: id: phrases `questions.<id>`
    lines: tuple[str, ...]
    expects: str  #: "yes-no", "number", "choice", "side" or "ready"


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell whoever may know: done, stopped, pain."""

    what: str


@dataclass(frozen=True, slots=True)
class End:
    """The session is over: done, stopped, pain, red-flag or refused."""

    outcome: str


Effect = Save | Halt | Say | Refuse | Play | Ask | Notify | End
EFFECTS: tuple[type[Effect], ...] = (Save, Halt, Say, Refuse, Play, Ask, Notify, End)
EVENTS: tuple[type[Event], ...] = (
    Start, Ready, Next, Previous, Repeat, Pause, Resume, Slower, Faster, Easier, Skip, Cannot, Pain,
    AskTopic, HowLong, Answer, Stop, BlockFinished,
)  # fmt: skip
