"""Puts the Alexa skill together with everything that it needs of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routines.model import Routine
from skill.ports import Store
from skill.settings import Settings

if TYPE_CHECKING:
    from ask_sdk_core.skill import CustomSkill


def open_lasting_store(settings: Settings) -> Store:
    """Return the history, open for as long as the process runs. `StoreError` if it cannot be used."""
    from skill.store import open_store  # noqa: PLC0415 - SQLAlchemy comes with it

    return open_store(settings.database)


def own_skill(settings: Settings, store: Store) -> CustomSkill:
    """Return the coach's own skill, which keeps what it has to remember in a store."""
    from skill.alexa.conversation import Desk  # noqa: PLC0415 - the SDK is slow to import
    from skill.alexa.replies import Delivery, Replies  # noqa: PLC0415
    from skill.alexa.skill import build_skill  # noqa: PLC0415
    from skill.bootstrap import find_routine, open_library  # noqa: PLC0415

    def routine(name: str) -> Routine:
        return find_routine(name, settings)

    def routines() -> tuple[Routine, ...]:
        return tuple(routine(name) for name in open_library(settings).ids())

    replies = Replies()
    desk = Desk(store=store, find_routine=routine, routines=routines, fits=replies.fits)
    return build_skill(desk, replies, Delivery(settings.alexa.delivery))
