"""Puts the Alexa skill together with everything that it needs of the rest."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from routines.faults import RoutineFaults
from routines.model import Routine
from skill.bootstrap import find_routine, open_library
from skill.ports import Store
from skill.settings import Delivery as AlexaDelivery
from skill.settings import Settings
from skill.shelf import Shelf

if TYPE_CHECKING:
    from ask_sdk_core.skill import CustomSkill

    from skill.alexa.audio import AudioLibrary
    from skill.audio_library import AudioFiles


def open_lasting_store(settings: Settings) -> Store:
    """Return the history, open for as long as the process runs. `StoreError` if it cannot be used.

    A power cut may take the last moments back, for the sake of quick answers: a conversation carries its
    own state and goes on from that.
    """
    from skill.bootstrap import open_database  # noqa: PLC0415 - it puts everything together

    return open_database(settings.database, durable=False)


def open_audio(settings: Settings) -> AudioFiles | None:
    """Return sessions as audio files if the settings ask for them and Alexa can fetch them; else None.

    Nothing is made yet.
    """
    if settings.alexa.delivery is not AlexaDelivery.AUDIO or not _fetchable(settings.public_url):
        return None
    from skill.audio_library import AudioFiles, usual_voices  # noqa: PLC0415 - numpy comes with it

    return AudioFiles(
        settings=settings,
        base_url=settings.public_url or "",
        find_routine=lambda name: find_routine(name, settings),
        open_voices=lambda: usual_voices(settings),
    )


def _fetchable(url: str | None) -> bool:
    """Whether Alexa fetches files from there: from nothing but the usual port."""
    return url is not None and urlsplit(url).port in (None, 443)


def all_routines(settings: Settings) -> tuple[Routine, ...]:
    """Return every routine that can be named to the skill; one that is at fault cannot."""
    found: list[Routine] = []
    for name in open_library(settings).ids():
        with suppress(RoutineFaults):
            found.append(find_routine(name, settings))
    return tuple(found)


def own_skill(settings: Settings, store: Store, audio: AudioLibrary | None = None) -> CustomSkill:
    """Return the coach's own skill, which keeps what it has to remember in a store.

    With `audio`, sessions are played as files by the device's player.
    """
    from skill.alexa.conversation import Desk  # noqa: PLC0415 - the SDK is slow to import
    from skill.alexa.replies import Delivery, Replies  # noqa: PLC0415
    from skill.alexa.skill import build_skill  # noqa: PLC0415

    shelf, replies = Shelf(settings), Replies()
    desk = Desk(
        store=store,
        find_routine=shelf.routine,
        routines=shelf.routines,
        fits=replies.fits,
        audio=audio,
        health=settings.alexa.health,
    )
    spoken = settings.alexa.delivery is AlexaDelivery.SSML
    return build_skill(desk, replies, Delivery.SSML if spoken else Delivery.APLA)
