"""The parts of the screen and how many rows each gets: pure numbers.

Rows are handed out in the order of importance, so that what matters least goes first on a small screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_ROOMY_ROWS = 20
_CAPTION_ROWS = 3


class Region(StrEnum):
    """The parts of the screen, from top to bottom."""

    HEADER = "header"
    SETTINGS = "settings"
    RULE = "rule"
    WHERE = "where"
    STATE = "state"
    AIR_1 = "air 1"
    BIG = "big"
    BIG_LABEL = "big label"
    AIR_2 = "air 2"
    CAPTION = "caption"
    AIR_3 = "air 3"
    SET_BAR = "set bar"
    SESSION_BAR = "session bar"
    NEXT = "next"
    NOTICE = "notice"
    AIR_4 = "air 4"
    KEYS = "keys"


Rows = dict[Region, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """How many rows the contents would like."""

    caption: int
    notice: int
    keys: int
    settings: int


def hand_out(height: int, wants: Wants) -> Rows:
    """Return the rows of every region; they add up to `height`."""
    rows = dict.fromkeys(Region, 0)
    left = max(0, height)
    for region, wanted in _demands(height >= _ROOMY_ROWS, wants):
        if wanted <= left:
            rows[region] += wanted
            left -= wanted
    rows[Region.BIG] += left
    return rows


def _demands(roomy: bool, wants: Wants) -> Iterator[tuple[Region, int]]:
    # The caption keeps its rows also while it is short, so that the number above it stays in one place.
    caption = max(wants.caption, _CAPTION_ROWS if roomy else _CAPTION_ROWS - 1)
    yield Region.WHERE, 1
    yield Region.BIG, 1
    yield Region.CAPTION, 1
    yield from ((Region.CAPTION, 1) for _ in range(caption - 1))
    yield Region.KEYS, 1
    yield from ((Region.NOTICE, 1) for _ in range(wants.notice))
    yield Region.BIG, 4  # the smallest font has five rows
    yield Region.HEADER, 1
    yield Region.SESSION_BAR, 1
    yield Region.BIG_LABEL, 1
    yield Region.SETTINGS, max(wants.settings, int(roomy))
    yield Region.STATE, 1
    yield Region.SET_BAR, 1
    yield Region.NEXT, 1
    yield Region.KEYS, max(0, wants.keys - 1)
    yield Region.RULE, 1
    yield Region.BIG, 2  # the taller font has seven
    yield Region.AIR_1, 1
    yield Region.AIR_2, 1
    yield Region.AIR_3, 1
    yield Region.AIR_4, 1
